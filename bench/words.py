"""How right and how fast spoken words are understood, function by function, over the corpora.

python -m bench.words [--rounds N] [--json]

Times are of this thread alone: the machine may have other things to do.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from bench.machine import describe, in_one_line, versions
from phone.dialogue.understanding.answers import (
    is_distress,
    understand_menu,
    understand_needs,
    understand_purpose,
    understand_yesno,
)
from phone.dialogue.understanding.durations import understand_duration
from phone.dialogue.understanding.names import understand_name
from phone.dialogue.understanding.recurrence import understand_recurrence
from phone.dialogue.understanding.telephone import understand_phone_number
from phone.dialogue.understanding.when import Instant, When, understand_when

CORPUS = Path(__file__).parents[1] / "tests" / "phone" / "corpus"
ZONE = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 18, 10, tzinfo=ZONE)

FUNCTIONS: dict[str, Callable[[str], object]] = {
    "when": lambda phrase: understand_when(phrase, NOW, ZONE),
    "yesno": understand_yesno,
    "menu": understand_menu,
    "purpose": understand_purpose,
    "needs": understand_needs,
    "distress": is_distress,
    "duration": understand_duration,
    "recurrence": understand_recurrence,
    "name": understand_name,
    "phone": understand_phone_number,
}


def load_phrases() -> list[str]:
    """Every phrase of the corpora once, in their order."""
    phrases: dict[str, None] = {}
    for name in ("when", "answers", "spans"):
        with (CORPUS / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
            phrases |= {row["phrase"]: None for row in csv.DictReader(file, delimiter="\t")}
    return list(phrases)


def measure(listen: Callable[[str], object], phrases: list[str], rounds: int) -> dict[str, float]:
    """The p50 and p95 of one phrase, milliseconds; each phrase counts by its best round."""
    best = np.full(len(phrases), np.inf)
    for _ in range(rounds):
        for index, phrase in enumerate(phrases):
            start = time.thread_time()
            listen(phrase)
            best[index] = min(best[index], time.thread_time() - start)
    p50, p95, slowest = np.percentile(best * 1000, (50, 95, 100))
    return {"p50_ms": float(p50), "p95_ms": float(p95), "max_ms": float(slowest)}


def rows_of(name: str) -> Iterator[dict[str, str]]:
    """The lines of one corpus."""
    with (CORPUS / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t")


def quality() -> dict[str, float]:
    """Shares that are right; of distress, what is missed and what is alarmed for nothing."""
    when = [say_when(row["phrase"], row["now"]) == row["expected"] for row in rows_of("when")]
    figures = {"when_phrases": len(when), "when_right": sum(when) / len(when)}
    answers = list(rows_of("answers"))
    for kind in ("yesno", "menu", "purpose", "needs", "name", "phone"):
        right = [
            say(kind, row["phrase"]) == row["expected"] for row in answers if row["kind"] == kind
        ]
        figures |= {f"{kind}_phrases": len(right), f"{kind}_right": sum(right) / len(right)}
    for name, rows in {
        "distress": [row for row in answers if row["kind"] == "distress"],
        "distress_held_out": list(rows_of("distress_held_out")),
    }.items():
        direct = [is_distress(row["phrase"]) for row in rows if row["expected"] == "true"]
        alike = [is_distress(row["phrase"]) for row in rows if row["expected"] == "false"]
        figures |= {
            f"{name}_direct": len(direct),
            f"{name}_missed": 1 - sum(direct) / len(direct),
            f"{name}_lookalikes": len(alike),
            f"{name}_false_alarms": sum(alike) / len(alike),
        }
    ordinary = [row["phrase"] for row in answers if row["kind"] != "distress"]
    ordinary += [row["phrase"] for name in ("when", "where", "spans") for row in rows_of(name)]
    figures["ordinary_phrases"] = len(ordinary)
    figures["ordinary_false_alarms"] = sum(map(is_distress, ordinary)) / len(ordinary)
    return figures


def say_when(phrase: str, now: str) -> str:
    """What was understood of a time, as the corpus writes it."""
    return say_read(understand_when(phrase, datetime.fromisoformat(now).replace(tzinfo=ZONE), ZONE))


def say_read(found: When) -> str:
    """An instant, or the reason for a question, as the corpus writes it."""
    if not isinstance(found, Instant):
        return f"! {found.reason}"
    if found.time is None:
        return f"{found.date} {found.part}" if found.part else str(found.date)
    until = f"-{found.until:%H:%M}" if found.until else ""
    return f"{found.date} {found.time:%H:%M}{until}"


def say(kind: str, phrase: str) -> str:
    """What was understood of an answer, as the corpus writes it."""
    found = FUNCTIONS[kind](phrase)
    if isinstance(found, frozenset):
        return ",".join(sorted(map(str, found))) or "none"
    return str(found or "none")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    phrases = load_phrases()
    report = {
        "machine": describe(),
        "versions": versions("text2num", "rapidfuzz"),
        "phrases": len(phrases),
        "quality": quality(),
        "functions": {
            name: measure(listen, phrases, options.rounds) for name, listen in FUNCTIONS.items()
        },
    }
    if options.json:
        print(json.dumps(report))
        return
    print(in_one_line(describe()))
    for name, figure in report["quality"].items():
        print(f"{name:32} {figure:.4g}")
    print(f"{len(phrases)} phrases, milliseconds a phrase")
    for name, figure in report["functions"].items():
        print(f"{name:10} p50 {figure['p50_ms']:.3f}  p95 {figure['p95_ms']:.3f}")


if __name__ == "__main__":
    main()
