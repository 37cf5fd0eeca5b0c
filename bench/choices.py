"""CHOICES: learn how callers say what they want and why, and measure it: `python -m bench.choices`.

Without an option, the phrases of `choices_unseen.tsv`, which nothing is ever learnt from, are
judged by what the product carries, beside its word lists alone. With `--learn` the product's own
files are written anew.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize

from bench.phrases import (
    ROOT,
    WORDS,
    Phrase,
    count_bits,
    print_judged,
    rarity_of,
    read_options,
    read_rows,
    scaled,
    sum_of,
)
from matcher.domain.spelling import spell_plainly
from phone.dialogue.understanding.answers import (
    MenuChoice,
    answer_menu,
    answer_purpose,
    understand_menu,
    understand_purpose,
)
from phone.dialogue.understanding.choices import BUCKETS, NOTHING, Choices, Weights, save
from phone.dialogue.understanding.likeness import bits_of, runs_of

QUESTIONS: dict[str, tuple[Callable[[str], str | None], Callable[[str], str | None]]] = {
    "menu": (answer_menu, understand_menu),
    "purpose": (answer_purpose, understand_purpose),
}
"""How each question is answered, and what its word lists alone make of an answer."""

EVERY = 3
"""So many of the purposes go into the menu, lest they drown what else is asked there."""

STRENGTH = 30.0
"""How closely the phrases are followed, against weights that stay small."""
ROUNDS = 200


def list_phrases(question: str) -> list[Phrase]:
    """All that may be learnt from for one question, once each."""
    found = _rows("choices", question)
    if question == "menu":
        # Who is asked what they want may say at once what for.
        why = [one for one in _rows("choices", "purpose") if one.label != NOTHING]
        found += [Phrase(one.author, MenuChoice.REQUEST, one.text) for one in why[::EVERY]]
    for row in read_rows("answers"):
        if row["kind"] == question:
            found.append(Phrase("corpus", row["expected"], row["phrase"]))
        elif row["kind"] in ("yesno", "name", "phone"):
            found.append(Phrase("corpus", NOTHING, row["phrase"]))
    unseen = {spell_plainly(one.text) for one in list_unseen(question)}
    known = {spell_plainly(one.text): one for one in found}
    return [one for spelled, one in known.items() if spelled not in unseen]


def list_unseen(question: str) -> list[Phrase]:
    """The phrases nothing was learnt from."""
    return _rows("choices_unseen", question)


def _rows(name: str, question: str) -> list[Phrase]:
    return [
        Phrase(row["author"], row["label"], row["phrase"])
        for row in read_rows(name)
        if row["kind"] == question
    ]


def learn(phrases: Sequence[Phrase]) -> Choices:
    """The weights under which the phrases are most likely what they are (softmax regression)."""
    words = [spell_plainly(one.text).split() for one in phrases]
    kinds = [count_bits(words, kind, BUCKETS) for kind in (runs_of, bits_of)]
    rarities = [rarity_of(counts) for counts in kinds]
    rows = sp.hstack([scaled(counts, one) for counts, one in zip(kinds, rarities, strict=True)])
    labels = tuple(sorted({one.label for one in phrases}))
    meant = np.array([labels.index(one.label) for one in phrases])
    voices = _fit(rows.tocsr(), meant, len(labels))
    runs, bits = (
        Weights(array("f", rarity), tuple(array("f", column) for column in part.T))
        for rarity, part in zip(rarities, (voices[:BUCKETS], voices[BUCKETS:-1]), strict=True)
    )
    return Choices(labels, runs, bits, array("f", voices[-1]), sum_of(phrases))


def _fit(rows: sp.csr_matrix, meant: np.ndarray, labels: int) -> np.ndarray:
    """A row of weights for each bucket and one for the bias, a column for each label."""
    shape = (rows.shape[1] + 1, labels)
    one = np.arange(len(meant))

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        at = flat.reshape(shape)
        said = rows @ at[:-1] + at[-1]
        said -= said.max(axis=1, keepdims=True)
        chance = np.exp(said)
        chance /= chance.sum(axis=1, keepdims=True)
        value = -STRENGTH * np.log(chance[one, meant] + 1e-12).sum() + (at[:-1] ** 2).sum() / 2
        chance[one, meant] -= 1
        pull = STRENGTH * chance
        return value, np.vstack([rows.T @ pull + at[:-1], pull.sum(axis=0)]).ravel()

    start = np.zeros(shape).ravel()
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS})
    return found.x.reshape(shape)


def judge(phrases: Sequence[Phrase], understand: Callable[[str], str | None]) -> dict[str, float]:
    """The shares that were understood and misunderstood; the rest is asked again."""
    heard = [understand(one.text) or NOTHING for one in phrases]
    right = sum(said == one.label for said, one in zip(heard, phrases, strict=True))
    wrong = sum(said not in (one.label, NOTHING) for said, one in zip(heard, phrases, strict=True))
    return {"phrases": len(phrases), "right": right / len(phrases), "wrong": wrong / len(phrases)}


def main() -> None:
    """Learn, or measure."""
    options = read_options("bench.choices", __doc__)
    if options.learn:
        for question in QUESTIONS:
            phrases = list_phrases(question)
            path = WORDS / f"{question}.bin"
            path.write_bytes(save(learn(phrases)))
            print(f"{path.relative_to(ROOT)}: learnt from {len(phrases)} phrases")
        return
    report = {}
    for question, (answer, by_lists) in QUESTIONS.items():
        unseen = list_unseen(question)
        for author in sorted({one.author for one in unseen}):
            theirs = [one for one in unseen if one.author == author]
            report[f"{question}, author {author}"] = judge(theirs, answer)
            report[f"{question}, author {author}, lists alone"] = judge(theirs, by_lists)
    print_judged(report, as_json=options.json)


if __name__ == "__main__":
    main()
