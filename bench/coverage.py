"""The week's coverage table: counted whole, and after one volunteer's change.

    python -m bench.coverage [--json] [--short]

80 zones, 14 half-days, 10,000 volunteers from half-hour bits, homes and reaches, as the roster
holds them. Goals: 50 ms for the whole, 1 ms for a change. Beside it: the same counts one by one in
Python (the answers are compared), shapely's tree of homes asked zone by zone, and what somebody
would do without a table: counting everything again after each change.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bench.command import main_of
from bench.machine import describe, in_one_line, versions
from matcher.domain.coverage import (
    CELLS,
    CoveragePolicy,
    Ground,
    People,
    Table,
    cell_of,
    change,
    count,
    free_half_days,
    suppose,
    typical_of,
)
from matcher.domain.coverage import HalfDay as Half
from matcher.domain.geo import VOLUNTEER_KMH, Point, distance_m, walking_time_s

ZONES, PEOPLE, CHANGES = 80, 10_000, 200
POLICY = CoveragePolicy()
GOAL_WHOLE_MS, GOAL_CHANGE_MS = 50.0, 1.0
HABITS = ((17, 25, 0.31), (25, 36, 0.31), (36, 43, 0.15))
"""Free from about the first half-hour to about the second, with the chance of it on any day."""


def make(people: int, seed: int = 4) -> tuple[Ground, People, NDArray[np.uint64]]:
    """Zones on a grid over the city, homes around them, half-hour bits by weekday."""
    rng = np.random.default_rng(seed)
    row, column = np.divmod(np.arange(ZONES), 10)
    ground = Ground(
        tuple(f"Z{n:02}" for n in range(ZONES)),
        48.825 + 0.01 * row,
        2.27 + 0.014 * column,
        np.where(row < 3, -1, 1),
    )
    lat, lon = rng.normal(48.857, 0.03, people), rng.normal(2.345, 0.05, people)
    days = np.zeros((people, 7), dtype=np.uint64)
    for opens, closes, share in HABITS:
        first = (opens + rng.integers(0, 4, days.shape)).astype(np.uint64)
        last = (closes - rng.integers(0, 3, days.shape)).astype(np.uint64)
        run = (np.uint64(1) << last) - (np.uint64(1) << first)
        days |= np.where(rng.random(days.shape) < share, run, np.uint64(0))
    everyone = People(
        lat,
        lon,
        np.where(lat < 48.853, -1, 1),
        np.clip(rng.lognormal(np.log(1500), 0.6, people), 400, 6000),
        rng.uniform(0.2, 0.6, people),
        free_half_days(days),
    )
    return ground, everyone, days


def one_by_one(ground: Ground, people: People) -> NDArray[np.int64]:
    """Who could come, counted in plain Python."""
    counts = np.zeros((ZONES, CELLS), dtype=np.int64)
    middles = [Point(*pair) for pair in zip(ground.lat.tolist(), ground.lon.tolist(), strict=True)]
    for person in range(people.lat.size):
        home = Point(float(people.lat[person]), float(people.lon[person]))
        cells = np.flatnonzero(people.free[person]).tolist()
        for zone, middle in enumerate(middles):
            if distance_m(home, middle) > people.reach_m[person]:
                continue
            same = bool(people.bank[person] * ground.bank[zone] >= 0)
            if walking_time_s(home, middle, VOLUNTEER_KMH, same) <= POLICY.minutes * 60:
                for cell in cells:
                    counts[zone, cell] += 1
    return counts


def by_tree(ground: Ground, people: People) -> NDArray[np.int64]:
    """shapely's STRtree of homes on a plane, each zone's disc, then numpy for the rest.

    The straight line of 20 minutes stands for the walk, so that the counts are only about right.
    """
    east = 111_195 * np.cos(np.radians(48.86))
    homes = np.asarray(shapely.points(people.lon * east, people.lat * 111_195))
    tree = shapely.STRtree(homes.tolist())
    counts = np.zeros((ZONES, CELLS), dtype=np.int64)
    for zone in range(ZONES):
        middle = shapely.Point(ground.lon[zone] * east, ground.lat[zone] * 111_195)
        near = tree.query(middle, predicate="dwithin", distance=1290.0)
        away = shapely.distance(homes[near], middle)
        counts[zone] = people.free[near[away <= people.reach_m[near]]].sum(axis=0)
    return counts


def timed(what: Callable[[], object], times: int) -> tuple[float, float]:
    """Median and least milliseconds of so many runs, after one that does not count."""
    what()
    spent = []
    for _ in range(times):
        begun = perf_counter()
        what()
        spent.append(1000 * (perf_counter() - begun))
    return median(spent), min(spent)


def run(short: bool) -> dict[str, Any]:
    """All of it; in short form the slow peer counts a tenth of the people."""
    ground, everyone, days = make(PEOPLE)
    table = count(ground, everyone, POLICY)
    some = everyone.take(range(PEOPLE // 10 if short else PEOPLE))
    begun = perf_counter()
    slowly = one_by_one(ground, some)
    slow_ms = 1000 * (perf_counter() - begun) * PEOPLE / some.lat.size
    equal = bool((count(ground, some, POLICY).can_come == slowly).all())
    changed, change_ms = _changes(table, everyone)
    typical = typical_of(everyone)
    cell = cell_of(1, Half.MORNING)
    whole_ms, least_ms = timed(lambda: count(ground, everyone, POLICY), 20)
    return {
        "bench": "coverage",
        "machine": describe(),
        "versions": versions("numpy", "scipy", "shapely"),
        "zones": ZONES,
        "half_days": CELLS,
        "volunteers": PEOPLE,
        "whole_ms": whole_ms,
        "whole_least_ms": least_ms,
        "from_bits_ms": timed(lambda: free_half_days(days), 20)[0],
        "change_ms": change_ms,
        "what_if_ms": timed(lambda: suppose(table, "Z41", cell, 3, typical), 50)[0],
        "one_by_one_ms": slow_ms,
        "tree_ms": timed(lambda: by_tree(ground, everyone), 5)[0],
        "equal_to_one_by_one": equal,
        "equal_after_changes": changed,
        "goals": {"whole_ms": GOAL_WHOLE_MS, "change_ms": GOAL_CHANGE_MS},
        "met": whole_ms <= GOAL_WHOLE_MS and change_ms <= GOAL_CHANGE_MS and equal and changed,
    }


def _changes(table: Table, everyone: People) -> tuple[bool, float]:
    """Many volunteers free elsewhere in the week, one after the other, each timed."""
    free = everyone.free.copy()
    spent = []
    for person in range(0, CHANGES * 37, 37):
        gone = everyone.take([person])
        free[person] = ~free[person]
        come = People(gone.lat, gone.lon, gone.bank, gone.reach_m, gone.chance, free[[person]])
        begun = perf_counter()
        table = change(table, gone, come)
        spent.append(1000 * (perf_counter() - begun))
    anew = count(
        table.ground,
        People(everyone.lat, everyone.lon, everyone.bank, everyone.reach_m, everyone.chance, free),
        POLICY,
    )
    same = (table.can_come == anew.can_come).all() and np.allclose(table.chance, anew.chance)
    return bool(same), median(spent)


def _show(found: dict[str, Any]) -> None:
    print(in_one_line(found["machine"]), found["versions"])
    print(f"{found['zones']} zones x {found['half_days']} half-days, {found['volunteers']} people")
    whole = found["whole_ms"]
    for name, key, note in (
        ("whole table", "whole_ms", f"goal {GOAL_WHOLE_MS:.0f} ms"),
        ("whole table, least of 20", "whole_least_ms", ""),
        ("half-days from half-hour bits", "from_bits_ms", ""),
        ("one volunteer's change", "change_ms", f"goal {GOAL_CHANGE_MS:.0f} ms"),
        ("what-if, three more", "what_if_ms", ""),
        ("one by one in Python", "one_by_one_ms", f"{found['one_by_one_ms'] / whole:.0f} x"),
        ("tree, counts only, about right", "tree_ms", f"{found['tree_ms'] / whole:.1f} x"),
    ):
        print(f"  {name:32} {found[key]:10.3f} ms  {note}")
    print(f"  counting again instead of a change: {whole / found['change_ms']:.0f} x")
    print(f"  equal to one by one: {found['equal_to_one_by_one']}")
    print(f"  equal after {CHANGES} changes: {found['equal_after_changes']}")


def main() -> None:
    """The command."""
    main_of("bench.coverage", __doc__, run, _show, "the slow peer counts fewer people")


if __name__ == "__main__":
    main()
