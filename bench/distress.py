"""DISTRESS: learn how people in danger speak, and measure it: `python -m bench.distress`.

Without an option, each author's phrases are judged by what was learnt from all others', and two
files that are left out of what is learnt, word for word, and for whose authors nothing was changed,
by what the product carries: `distress_plainly.tsv`, who were asked for danger said directly, and
`distress_blind.tsv`, who were asked for rare turns of it. With `--learn` the product's own file is
written anew from all others.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from random import Random

import scipy.sparse as sp

from bench.misheard import mishear
from bench.phrases import (
    ROOT,
    WORDS,
    Phrase,
    count_bits,
    fit,
    print_judged,
    rarity_of,
    read_options,
    read_rows,
    scaled,
    sum_of,
)
from matcher.domain.spelling import spell_plainly
from phone.dialogue.understanding import likeness
from phone.dialogue.understanding.answers import Danger, judge_danger
from phone.dialogue.understanding.likeness import (
    BUCKETS,
    Likeness,
    Weights,
    bits_of,
    runs_of,
    words_of,
)

WEIGHTS = WORDS / likeness.FILE
CALM = "calm"
TIMES = 3
_DOOR = re.compile(r"(?P<number>\d+(?: \w+)?) (?P<street>.+) 75(?:0|1)(?P<zone>\d\d)")
_SAID = (
    "{number} {street}",
    "{street} au {number}",
    "j'habite {number} {street}",
    "{number} {street} dans le {zone}ème",
    "c'est {street} dans le {zone}ème",
    "{street}",
)
STRENGTH = 100.0
UNSEEN = ("plainly", "blind")


def list_phrases() -> list[Phrase]:
    """All that may be learnt from, once each, and nothing of what must stay unseen."""
    found = [Phrase(row["author"], row["label"], row["phrase"]) for row in read_rows("distress")]
    for row in read_rows("answers"):
        danger = row["kind"] == "distress" and row["expected"] == "true"
        found.append(Phrase("corpus", "danger" if danger else CALM, row["phrase"]))
    for name in ("choices", "when", "where", "where_winding", "spans"):
        found += [Phrase("corpus", CALM, row["phrase"]) for row in read_rows(name)]
    found += [Phrase("corpus", CALM, text) for text in misheard_doors()]
    unseen = {spell_plainly(one.text) for author in UNSEEN for one in list_unseen(author)}
    known = {spell_plainly(one.text): one for one in found}
    return [one for spelled, one in known.items() if spelled not in unseen]


def misheard_doors() -> Iterator[str]:
    """The doors of the corpus again, said in few words and misheard.

    Most of what is said on the line that nobody has heard before is the name of a street.
    """
    random = Random(1)
    doors = {row["expected"] for name in ("where", "where_winding") for row in read_rows(name)}
    for door in filter(None, map(_DOOR.fullmatch, sorted(doors))):
        street, zone = door["street"], int(door["zone"])
        for said in random.sample(_SAID, TIMES):
            yield said.format(number=door["number"], street=mishear(street, random), zone=zone)


def list_unseen(name: str) -> list[Phrase]:
    """The phrases of one of `UNSEEN`: nothing was learnt from them."""
    return [Phrase(name, row["label"], row["phrase"]) for row in read_rows(f"distress_{name}")]


def learn(phrases: Iterable[Phrase]) -> Likeness:
    """The weights under which the phrases are most likely what they are (logistic regression)."""
    known = list(phrases)
    learnt_from = sum_of(known)
    # Whoever says one of these is in danger for sure.
    known += [one for one in known if one.author == "corpus" and one.label != CALM]
    words = [words_of(one.text) for one in known]
    kinds = [count_bits(words, kind, BUCKETS) for kind in (runs_of, bits_of)]
    rarities = [rarity_of(counts) for counts in kinds]
    rows = sp.hstack([scaled(counts, one) for counts, one in zip(kinds, rarities, strict=True)])
    danger = [one.label != CALM for one in known]
    voice, bias = fit(rows.tocsr(), danger, STRENGTH)
    runs, bits = (
        Weights(array("f", rarity), array("f", part))
        for rarity, part in zip(rarities, (voice[:BUCKETS], voice[BUCKETS:]), strict=True)
    )
    return Likeness(runs, bits, bias, learnt_from)


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
    options = read_options("bench.distress", __doc__)
    phrases = list_phrases()
    if options.learn:
        WEIGHTS.write_bytes(likeness.save(learn(phrases)))
        print(f"{WEIGHTS.relative_to(ROOT)}: learnt from {len(phrases)} phrases")
        return
    authors = sorted({one.author for one in phrases} - {"corpus"})
    judged = {
        f"without {author}": judge(
            [one for one in phrases if one.author == author],
            learn(one for one in phrases if one.author != author),
        )
        for author in authors
    }
    judged |= {name: judge(list_unseen(name), likeness.load()) for name in UNSEEN}
    report = {
        f"{name}, {label}": found
        for name, by_label in judged.items()
        for label, found in by_label.items()
    }
    print_judged(report, as_json=options.json)


if __name__ == "__main__":
    main()
