"""How well and how fast spoken places are found: `python -m bench.places`.

Without an option: the corpus, the nonexistent streets, speed, memory. `--all` says every address
of the official file, `--curve` draws right against wrong proposals over the thresholds,
`--import` times `compagnie import addresses`, `--json` prints one object. All of it needs the
official file in ../shared/data.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import quantiles

from rapidfuzz import fuzz, process

from bench.machine import describe, in_one_line, versions
from bench.misheard import mishear, mistype
from bench.say import spoken
from bench.where_corpus import BAN_FILE, ROOT, is_sure, read_corpus, read_nowhere, score
from matcher.domain.addresses import AddressFound, AddressMatch, AddressUnknown
from matcher.geocoding.doors import AddressRow
from matcher.geocoding.gazetteer import Gazetteer
from matcher.geocoding.imports import read_addresses
from matcher.geocoding.likeness import DEFAULT, Likeness
from matcher.geocoding.named import load_named
from matcher.geocoding.words import street_key

ADDOK_MS = 8.0
"""What addok publishes for one search of an address."""

OUT = ROOT / "bench" / "results"
JUNK = (
    "rue " * 40,
    "12 rue 14 avenue 16 boulevard 18 place 20 quai 22 impasse 24 villa " * 6,
    "xkcd " * 60,
    "a" * 5000,
    "12 rue de la de la de la de la de la de la zut",
    "la gare de la gare de la mairie du musée de l'hôpital du théâtre " * 5,
    "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 " * 4,
    "à l'angle de la rue zig et de la rue zag et du boulevard zut et de l'avenue flûte",
)


def official_rows() -> list[AddressRow]:
    """Every address of the official file."""
    return [row for row in read_addresses(BAN_FILE) if isinstance(row, AddressRow)]


def say_all(gazetteer: Gazetteer, rows: list[AddressRow]) -> dict[str, object]:
    """Say every address with its arrondissement, in turns of phrase that go round."""
    exact = wrong_sure = 0
    failed: list[dict[str, str]] = []
    for way, row in enumerate(rows):
        phrase = spoken(row, way)
        match = gazetteer.find(phrase)
        if is_door(match, row):
            exact += 1
            continue
        wrong_sure += is_sure(match) and street_of(match) != row.street
        failed.append({"said": phrase, "file": " ".join(map(str, row[:4])), "found": str(match)})
    return {
        "addresses": len(rows),
        "exact": exact / len(rows),
        "another_street_while_sure": wrong_sure,
        "failed": failed,
    }


def is_door(match: AddressMatch, row: AddressRow) -> bool:
    """Whether the match is just this door."""
    if not isinstance(match, AddressFound):
        return False
    one = match.address
    return (one.number, one.rep, one.street, one.postcode) == row[:4]


def street_of(match: AddressMatch) -> str | None:
    """The street a match names, if it names one."""
    if isinstance(match, AddressFound):
        return match.address.street
    return None if isinstance(match, AddressUnknown) else match.street


def nowhere_phrases() -> list[str]:
    """The nonexistent streets with a number, every second with an arrondissement."""
    return [
        f"{7 + i % 40} {street}" + (f" dans le {1 + i % 20}e" if i % 2 else "")
        for i, street in enumerate(read_nowhere())
    ]


def misheard_phrases(rows: list[AddressRow], count: int) -> list[tuple[str, str]]:
    """Doors whose street is misheard or mistyped, with the street meant; seeded."""
    random = Random(7)
    known = {street_key(row.street) for row in rows}
    phrases: list[tuple[str, str]] = []
    while len(phrases) < count:
        row = random.choice(rows)
        if not row.street[0].isalpha() or len(row.street) < 8:
            continue
        change = mishear if len(phrases) % 2 else mistype
        name = change(row.street, random)
        if street_key(name) in known:
            continue
        where = f" dans le {row.postcode[-2:].lstrip('0')}e" if len(phrases) % 4 < 2 else ""
        phrases.append((f"{row.number} {name}{where}", row.street))
    return phrases


def curve(rows: list[AddressRow]) -> list[dict[str, float]]:
    """Right and wrong proposals over the thresholds, for three shares of the sound."""
    heard = misheard_phrases(rows, 1200)
    nowhere = [phrase for phrase in nowhere_phrases() if " à " not in phrase]
    points = []
    for share in (0.01, 0.5, 0.7, 0.99):
        for shift in (-8, -5, -3, 0, 3, 6, 10):
            likeness = replace(
                DEFAULT,
                sound_share=share,
                in_arrondissement=DEFAULT.in_arrondissement + shift,
                anywhere=DEFAULT.anywhere + shift,
            )
            points.append(_point(Gazetteer(rows, (), likeness), likeness, heard, nowhere))
            print(points[-1], file=sys.stderr)
    OUT.mkdir(exist_ok=True)
    with (OUT / "places_curve.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, points[0])
        writer.writeheader()
        writer.writerows(points)
    _draw(points)
    return points


def _point(
    gazetteer: Gazetteer, likeness: Likeness, heard: list[tuple[str, str]], nowhere: list[str]
) -> dict[str, float]:
    found = [(street_of(gazetteer.find(phrase)), street) for phrase, street in heard]
    invented = [gazetteer.find(phrase) for phrase in nowhere]
    return {
        "sound_share": likeness.sound_share,
        "in_arrondissement": likeness.in_arrondissement,
        "anywhere": likeness.anywhere,
        "right": sum(street == meant for street, meant in found),
        "wrong": sum(street not in (None, meant) for street, meant in found),
        "proposed_nowhere": sum(not isinstance(match, AddressUnknown) for match in invented),
        "sure_nowhere": sum(is_sure(match) for match in invented),
        "heard": len(heard),
        "nowhere": len(nowhere),
    }


def _draw(points: list[dict[str, float]]) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 5))
    for share in sorted({point["sound_share"] for point in points}):
        line = [point for point in points if point["sound_share"] == share]
        wrong = [point["wrong"] + point["proposed_nowhere"] for point in line]
        axes.plot(wrong, [point["right"] for point in line], marker="o", label=f"sound {share:.0%}")
    axes.set_xlabel("wrong proposals, all of them asked back")
    axes.set_ylabel("right proposals")
    axes.legend()
    figure.savefig(OUT / "places_curve.png", dpi=120)


def speed(gazetteer: Gazetteer, rows: list[AddressRow]) -> dict[str, float]:
    """Milliseconds a phrase, beside a plain scan of the same phrases over the street names.

    All of one thread's own time but `p95_wall_ms`, which a busy machine makes longer.
    """
    corpus = [said.phrase for said in read_corpus()]
    fuzzy = [phrase for phrase, _ in misheard_phrases(rows, 500)]
    streets = sorted({row.street for row in rows})
    plain = [
        _timed(lambda said: process.extractOne(said, streets, scorer=fuzz.WRatio), phrase)
        for phrase in corpus[:60] + fuzzy[:60]
    ]
    ours = {phrase: _timed(gazetteer.find, phrase) for phrase in corpus + fuzzy}
    junk = [_timed(gazetteer.find, phrase) for phrase in JUNK]
    mine = list(ours.values())
    wall = [_on_the_wall(gazetteer, phrase) for phrase in corpus + fuzzy]
    return {
        "phrases": len(mine),
        "p50_ms": quantiles(mine, n=100)[49],
        "p95_ms": quantiles(mine, n=100)[94],
        "p99_ms": quantiles(mine, n=100)[98],
        "p95_wall_ms": quantiles(wall, n=100)[94],
        "corpus_p95_ms": quantiles([ours[phrase] for phrase in corpus], n=100)[94],
        "misheard_p95_ms": quantiles([ours[phrase] for phrase in fuzzy], n=100)[94],
        "worst_junk_ms": max(junk),
        "plain_scan_p50_ms": quantiles(plain, n=100)[49],
        "times_faster_than_plain_scan": quantiles(plain, n=100)[49] / quantiles(mine, n=100)[49],
        "p50_over_addok_8_ms": quantiles(mine, n=100)[49] / ADDOK_MS,
    }


def _timed(run: Callable[[str], object], phrase: str) -> float:
    """Milliseconds of this thread's own time: the machine may have other things to do."""
    start = time.thread_time()
    run(phrase)
    return (time.thread_time() - start) * 1000


def _on_the_wall(gazetteer: Gazetteer, phrase: str) -> float:
    start = time.perf_counter()
    gazetteer.find(phrase)
    return (time.perf_counter() - start) * 1000


def quality(gazetteer: Gazetteer) -> dict[str, object]:
    """The corpus, the blind part of it, and the nonexistent streets."""
    corpus = read_corpus()
    everything = score(gazetteer.find, corpus)
    blind = score(gazetteer.find, [said for said in corpus if said.blind])
    nowhere = [gazetteer.find(phrase) for phrase in nowhere_phrases()]
    return {
        "corpus": everything.total,
        "right": everything.right,
        "wrong_while_sure": len(everything.wrong_sure),
        "blind": blind.total,
        "blind_right_now": blind.right,
        "nowhere": len(nowhere),
        "nowhere_sure": sum(is_sure(match) for match in nowhere),
        "nowhere_proposed": sum(not isinstance(match, AddressUnknown) for match in nowhere),
        "wrong": everything.wrong,
    }


def time_import() -> dict[str, float]:
    """`compagnie import addresses` of the whole file into a fresh database."""
    command = [sys.executable, "-m", "api.cli"]
    with tempfile.TemporaryDirectory(prefix="compagnie-bench-") as folder:
        environment = {**os.environ, "COMPAGNIE_DATA_DIR": folder}
        subprocess.run(
            [*command, "doctor"], env=environment, cwd=ROOT, capture_output=True, check=False
        )
        start = time.perf_counter()
        subprocess.run(
            [*command, "import", "addresses", str(BAN_FILE)],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        took_s = time.perf_counter() - start
    most_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"import_s": took_s, "import_most_mb": most_kb / 1024}


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * resource.getpagesize() / 2**20


def _index_mb() -> float:
    """What the index takes, measured in a process of its own."""
    code = (
        "from bench.places import *\nimport gc\nfrom bench.places import _resident_mb\n"
        "Gazetteer([]).find('rue x')\nbefore = _resident_mb()\n"
        "kept = Gazetteer(read_addresses(BAN_FILE), load_named())\ngc.collect()\n"
        "print(_resident_mb() - before)"
    )
    run = [sys.executable, "-c", code]
    return float(subprocess.run(run, capture_output=True, check=True, cwd=ROOT).stdout)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="say every address of the file")
    parser.add_argument("--curve", action="store_true", help="draw the thresholds' curve")
    parser.add_argument("--import", action="store_true", dest="importing")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not BAN_FILE.is_file():
        parser.error(f"{BAN_FILE} is not here")
    rows = official_rows()
    start = time.perf_counter()
    gazetteer = Gazetteer(rows, load_named())
    report: dict[str, object] = {
        "machine": describe(),
        "versions": versions("rapidfuzz", "text2num", "numpy"),
        "build_s": time.perf_counter() - start,
        "index_mb": _index_mb(),
        **speed(gazetteer, rows),
        **quality(gazetteer),
    }
    if options.all:
        report |= say_all(gazetteer, rows)
    if options.curve:
        report["curve"] = curve(rows)
    if options.importing:
        report |= time_import()
    if options.json:
        print(json.dumps(report, ensure_ascii=False))
        return
    print(in_one_line(describe()))
    for name, value in report.items():
        if isinstance(value, list):
            print(f"{name}: {len(value)}", *value, sep="\n  ")
        else:
            print(f"{name:30} {value:.4g}" if isinstance(value, float) else f"{name:30} {value}")


if __name__ == "__main__":
    main()
