"""DISTRESS: learn how people in danger speak, and measure it: `python -m bench.distress`.

Without an option, each author's phrases are judged by what was learnt from all others', and those
of `distress_unseen.tsv`, which nothing is ever learnt from, by what the product carries. With
`--learn` the product's own file is written anew from all phrases but those.
"""

from __future__ import annotations

import argparse
import json
from array import array
from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize

from bench.machine import describe, in_one_line
from bench.phrases import (
    ROOT,
    WORDS,
    Phrase,
    count_bits,
    rarity_of,
    read_rows,
    scaled,
    sum_of,
)
from phone.dialogue.understanding import likeness
from phone.dialogue.understanding.answers import Danger, judge_danger
from phone.dialogue.understanding.likeness import BUCKETS, Likeness, Weights, bits_of, runs_of
from phone.dialogue.understanding.normalise import spell_plainly

WEIGHTS = WORDS / likeness.FILE
CALM = "calm"
STRENGTH = 30.0
"""How closely the phrases are followed, against weights that stay small."""
ROUNDS = 300


def list_phrases() -> list[Phrase]:
    """All that may be learnt from, once each, and nothing of what must stay unseen."""
    found = [Phrase(row["author"], row["label"], row["phrase"]) for row in read_rows("distress")]
    for row in read_rows("answers"):
        danger = row["kind"] == "distress" and row["expected"] == "true"
        found.append(Phrase("corpus", "danger" if danger else CALM, row["phrase"]))
    for name in ("when", "where", "spans"):
        found += [Phrase("corpus", CALM, row["phrase"]) for row in read_rows(name)]
    unseen = {spell_plainly(one.text) for one in list_unseen()}
    known = {spell_plainly(one.text): one for one in found}
    return [one for spelled, one in known.items() if spelled not in unseen]


def list_unseen() -> list[Phrase]:
    """The phrases nothing was learnt from."""
    return [Phrase("unseen", row["label"], row["phrase"]) for row in read_rows("distress_unseen")]


def learn(phrases: Iterable[Phrase]) -> Likeness:
    """The weights under which the phrases are most likely what they are (logistic regression)."""
    known = list(phrases)
    words = [spell_plainly(one.text).split() for one in known]
    kinds = [count_bits(words, kind, BUCKETS) for kind in (runs_of, bits_of)]
    rarities = [rarity_of(counts) for counts in kinds]
    rows = sp.hstack([scaled(counts, one) for counts, one in zip(kinds, rarities, strict=True)])
    danger = np.array([1.0 if one.label != CALM else -1.0 for one in known])
    voice = _fit(rows.tocsr(), danger)
    runs, bits = (
        Weights(array("f", rarity), array("f", part))
        for rarity, part in zip(rarities, (voice[:BUCKETS], voice[BUCKETS:-1]), strict=True)
    )
    return Likeness(runs, bits, float(voice[-1]), sum_of(known))


def _fit(rows: sp.csr_matrix, danger: np.ndarray) -> np.ndarray:
    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        margin = danger * (rows @ at[:-1] + at[-1])
        pull = STRENGTH * danger / (1 + np.exp(np.clip(margin, -50, 50)))
        value = STRENGTH * np.logaddexp(0, -margin).sum() + at[:-1] @ at[:-1] / 2
        return value, np.append(at[:-1] - rows.T @ pull, -pull.sum())

    start = np.zeros(rows.shape[1] + 1)
    return minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS}).x


def judge(phrases: Iterable[Phrase], like: Likeness) -> dict[str, dict[str, float]]:
    """By label: how many, and the shares taken for danger and asked back."""
    found: dict[str, list[Danger]] = defaultdict(list)
    for one in phrases:
        found[one.label].append(judge_danger(one.text, like))
    return {
        label: {
            "phrases": len(heard),
            "heard": heard.count(Danger.HEARD) / len(heard),
            "asked": heard.count(Danger.PERHAPS) / len(heard),
        }
        for label, heard in sorted(found.items())
    }


def main() -> None:
    """Learn, or measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.distress", description=__doc__)
    parser.add_argument("--learn", action="store_true", help="write the product's file anew")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    phrases = list_phrases()
    if options.learn:
        WEIGHTS.write_bytes(likeness.save(learn(phrases)))
        print(f"{WEIGHTS.relative_to(ROOT)}: learnt from {len(phrases)} phrases")
        return
    authors = sorted({one.author for one in phrases} - {"corpus"})
    report = {
        f"without {author}": judge(
            [one for one in phrases if one.author == author],
            learn(one for one in phrases if one.author != author),
        )
        for author in authors
    }
    report["unseen"] = judge(list_unseen(), likeness.load())
    if options.json:
        print(json.dumps({"machine": describe(), "phrases": len(phrases), "judged": report}))
        return
    print(in_one_line(describe()), f"{len(phrases)} phrases")
    for name, by_label in report.items():
        for label, found in by_label.items():
            print(
                f"{name:12} {label:8} {found['phrases']:5}"
                f"  heard {found['heard']:6.1%}  asked {found['asked']:6.1%}"
            )


if __name__ == "__main__":
    main()
