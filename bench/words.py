"""How long understanding one phrase takes, function by function, over the tests' corpora.

python -m bench.words [--rounds N] [--json]
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

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
from phone.dialogue.understanding.when import understand_when

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
            start = time.perf_counter()
            listen(phrase)
            best[index] = min(best[index], time.perf_counter() - start)
    p50, p95, slowest = np.percentile(best * 1000, (50, 95, 100))
    return {"p50_ms": float(p50), "p95_ms": float(p95), "max_ms": float(slowest)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    phrases = load_phrases()
    figures = {name: measure(listen, phrases, options.rounds) for name, listen in FUNCTIONS.items()}
    if options.json:
        print(json.dumps({"phrases": len(phrases), "functions": figures}))
        return
    print(f"{len(phrases)} phrases, milliseconds a phrase")
    for name, figure in figures.items():
        print(f"{name:10} p50 {figure['p50_ms']:.3f}  p95 {figure['p95_ms']:.3f}")


if __name__ == "__main__":
    main()
