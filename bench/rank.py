"""RANK, every contestant in one run: `python -m bench.rank [--json]`.

The same crowd, the same requests and the same exact answers, checked; then the median time of each
and how many times slower than ours it is. `--verify 10000` compares the index with the reference
on that many requests of each kind after random updates instead of racing anybody, and the whole
product with its rules over everybody, one by one, on a fiftieth of them at 10,000 volunteers.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from statistics import median

import numpy as np

from bench.command import Found, emit
from bench.crowd import (
    NEAREST,
    Crowd,
    Kind,
    Request,
    best,
    make_crowd,
    make_requests,
)
from bench.machine import describe, in_one_line, versions
from bench.peer_servers import (
    PlainPostgres,
    PostgisBox,
    PostgisNearest,
    PostgisWithin,
    RedisGeosearch,
    RoundTrip,
    install,
    load_postgres,
    postgres,
    redis_server,
)
from bench.peers import (
    MOST_M,
    AllByBits,
    Answer,
    Contestant,
    GeopyLoop,
    KdTree,
    Missing,
    OurGrid,
    SqliteRtree,
    StrTree,
    keys_of,
)
from bench.product import measure_product, verify_product

SIZES = (10_000, 100_000, 1_000_000)
BUDGET_S = 20.0
"""How long one contestant may take over one kind of request; the median of what it got done."""

LEAST = 5
TRIES = 3
"""Each request is asked so many times and its quickest answer counts, as the machine has other
things to do too."""

WHOLE_PRODUCT = 20_000
"""Above, asking everybody one by one takes too long."""

PACKAGES = ("numpy", "scipy", "shapely", "geopy", "psycopg", "redis", "hiredis")


@dataclass(frozen=True, slots=True)
class Result:
    """How one contestant did."""

    name: str
    volunteers: int
    kind: Kind
    p50_us: float
    p95_us: float
    asked: int
    times_ours: float


def main() -> None:
    """Race, or verify, and print."""
    options = _options()
    sizes = (10_000, 100_000) if options.short else tuple(options.sizes)
    if options.verify:
        for size in sizes:
            verify(size, options.verify)
        if sizes[0] <= WHOLE_PRODUCT:
            verify_product(sizes[0], max(1, options.verify // 50))
        return
    if not options.no_servers:
        install()
    results: list[Result] = []
    missing: dict[str, str] = {}
    memory_mb = {}
    for size in sizes:
        found, megabytes = race(size, 50 if options.short else options.requests, missing, options)
        results += found
        memory_mb[size] = megabytes
    product = measure_product(10_000, 200)
    goals = _goals(results, memory_mb, product)
    document = {
        "machine": describe(),
        "versions": versions(*PACKAGES),
        "results": [asdict(one) for one in results],
        "missing": missing,
        "memory_mb": memory_mb,
        "product_10k": product,
        "goals": goals,
    }
    emit(document, _show, as_json=options.json)


def race(
    size: int, requests: int, missing: dict[str, str], options: argparse.Namespace
) -> tuple[list[Result], float]:
    """All contestants on one crowd; and the megabytes of ours."""
    crowd = make_crowd(size)
    asked = {kind: make_requests(kind, requests) for kind in Kind}
    truth = {kind: [best(crowd, one) for one in asked[kind]] for kind in Kind}
    ours = OurGrid(crowd)
    p50s: dict[Kind, float] = {}
    results: list[Result] = []
    with ExitStack() as stack:
        for make in _contestants(crowd, _hint_m(truth), stack, options):
            try:
                entrants: list[Contestant] = make() if make is not None else [ours]
            except Missing as error:
                missing[str(error)] = "not raced"
                continue
            for entrant in entrants:
                for kind in Kind:
                    times = _time(entrant, asked[kind], truth[kind])
                    p50 = median(times) * 1e6
                    p50s.setdefault(kind, p50)
                    results.append(
                        Result(
                            entrant.name,
                            size,
                            kind,
                            round(p50, 1),
                            round(float(np.quantile(times, 0.95)) * 1e6, 1),
                            len(times),
                            round(p50 / p50s[kind], 2),
                        )
                    )
                entrant.close()
    return results, round(ours.grid.nbytes / 1e6, 1)


def verify(size: int, count: int) -> None:
    """Compare ids, order and scores with the reference, between random updates.

    Raises:
        AssertionError: one answer differs.
    """
    crowd = make_crowd(size)
    ours = OurGrid(crowd)
    rng = np.random.default_rng(11)
    for kind in Kind:
        for number, request in enumerate(make_requests(kind, count, seed=23)):
            if number % 10 == 0:
                update(crowd, ours, int(rng.integers(size)), rng)
            check(ours.ask(request), best(crowd, request), kind)
        print(f"{size} volunteers, {count} {kind} requests: the same ids, order and scores")


def update(crowd: Crowd, ours: OurGrid, person: int, rng: np.random.Generator) -> None:
    """Somebody moves, gives another limit or hours, or goes out once more, here and there."""
    what = rng.integers(3)
    if what == 0:
        crowd.lat[person] += rng.normal(0, 0.01)
        crowd.lon[person] += rng.normal(0, 0.01)
    elif what == 1:
        crowd.limit_m[person] = rng.integers(400, 6001)
        crowd.free[person] = crowd.free[int(rng.integers(len(crowd)))]
    else:
        crowd.recent[person] = (crowd.recent[person] + 1) % 9
        crowd.skills[person] ^= np.uint8(1 << int(rng.integers(8)))
    one = Crowd(*(getattr(crowd, name)[person : person + 1] for name in Crowd.__slots__))
    ours.grid.put(
        person.to_bytes(16, "big"),
        float(crowd.lat[person]),
        float(crowd.lon[person]),
        int(crowd.limit_m[person]),
        [int(key[0]) for key in keys_of(one)],
        {"recent": int(crowd.recent[person])},
    )


def check(answer: Answer, truth: Answer, what: str) -> None:
    """The same people in the same order, the same scores to a tenth of a millimetre.

    Raises:
        AssertionError: they differ.
    """
    if answer[0] != truth[0] or not np.allclose(answer[1], truth[1], rtol=0, atol=1e-4):
        raise AssertionError(f"{what}: {answer} is not {truth}")


def _contestants(
    crowd: Crowd, hint_m: float, stack: ExitStack, options: argparse.Namespace
) -> Iterator[Callable[[], list[Contestant]] | None]:
    """Ours first (None), then the others, each made when its turn comes."""
    yield None
    yield lambda: [AllByBits(crowd)]
    yield lambda: [KdTree(crowd, hint_m)]
    yield lambda: [StrTree(crowd, hint_m)]
    yield lambda: [SqliteRtree(crowd, hint_m)]
    yield lambda: [GeopyLoop(crowd)]
    if options.no_servers:
        return

    def of_postgres() -> list[Contestant]:
        conninfo = stack.enter_context(postgres())
        load_postgres(conninfo, crowd)
        return [
            RoundTrip(conninfo),
            PostgisWithin(conninfo, hint_m),
            PostgisBox(conninfo, hint_m),
            PostgisNearest(conninfo),
            PlainPostgres(conninfo, hint_m),
        ]

    yield of_postgres
    yield lambda: [RedisGeosearch(stack.enter_context(redis_server()), crowd, hint_m)]


def _hint_m(truth: dict[Kind, list[Answer]]) -> float:
    """The radius four common answers in five lie within."""
    worst = [
        answer[1][-1] if len(answer[1]) == NEAREST else MOST_M for answer in truth[Kind.COMMON]
    ]
    return float(np.quantile(worst, 0.8))


def _time(entrant: Contestant, requests: list[Request], truth: list[Answer]) -> list[float]:
    """Seconds of each request, after one that warms up; answers are checked, untimed."""
    entrant.ask(requests[0])
    gc.collect()
    times: list[float] = []
    spent_s = 0.0
    for request, right in zip(requests, truth, strict=True):
        tries = []
        for _ in range(TRIES):
            started = time.perf_counter()
            answer = entrant.ask(request)
            tries.append(time.perf_counter() - started)
        times.append(min(tries))
        spent_s += sum(tries)
        if not isinstance(entrant, RoundTrip):
            check(answer, right, entrant.name)
        if spent_s > BUDGET_S and len(times) >= LEAST:
            break
    return times


def _goals(
    results: list[Result], memory_mb: dict[int, float], product: dict[str, float]
) -> dict[str, dict[str, float | bool]]:
    """What PERFORMANCE asks for at the largest size raced, and what was reached."""
    largest, smallest = max(memory_mb), min(memory_mb)

    def p50(name: str, size: int, kind: Kind) -> float:
        return next(
            r.p50_us for r in results if (r.name, r.volunteers, r.kind) == (name, size, kind)
        )

    reached: dict[str, tuple[float, float, bool]] = {}
    for kind, goal in ((Kind.COMMON, 5.0), (Kind.SCARCE, 200.0)):
        postgis = [
            r.times_ours
            for r in results
            if r.name.startswith("PostGIS") and r.volunteers == largest and r.kind is kind
        ]
        if postgis:
            reached[f"{kind}: times faster than the best PostGIS"] = (min(postgis), goal, True)
    growth = p50(OurGrid.name, largest, Kind.COMMON) / p50(OurGrid.name, smallest, Kind.COMMON)
    reached[f"common: p50 at {largest} over p50 at {smallest}"] = (growth, 1.5, False)
    reached["megabytes"] = (memory_mb[largest], 150.0, False)
    reached["whole product with reasons over the bare kernel, at 10k"] = (
        product["ratio"],
        2.0,
        False,
    )
    return {
        name: {
            "reached": round(value, 2),
            "goal": goal,
            "met": value >= goal if more else value <= goal,
        }
        for name, (value, goal, more) in reached.items()
    }


def _show(document: Found) -> None:
    results = [Result(**one) for one in document["results"]]
    print(in_one_line(document["machine"]))
    print(", ".join(f"{name} {number}" for name, number in document["versions"].items()))
    for size in sorted({one.volunteers for one in results}):
        print(f"\n{size} volunteers{'common':>25}{'ratio':>9}{'scarce':>14}{'ratio':>9}   p50, us")
        rows: dict[str, list[Result]] = {}
        for one in results:
            if one.volunteers == size:
                rows.setdefault(one.name, []).append(one)
        for name, pair in rows.items():
            cells = "".join(f"{one.p50_us:>14,.0f}{one.times_ours:>9.1f}" for one in pair)
            print(f"{name:<24}{cells}")
    for what in ("missing", "memory_mb", "product_10k", "goals"):
        print(f"\n{what}")
        for name, value in document[what].items():
            print(f"  {name}: {value}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.rank", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--short", action="store_true", help="10k and 100k, 50 requests of a kind")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--requests", type=int, default=200, help="of each kind")
    parser.add_argument("--no-servers", action="store_true", help="leave out PostgreSQL and Redis")
    parser.add_argument("--verify", type=int, default=0, metavar="N", help="compare, race nobody")
    return parser.parse_args()


if __name__ == "__main__":
    main()
