"""DOORS: learn which number and street of a phrase are the door's: `python -m bench.doors --learn`.

From the phrases of `where.tsv` and `where_winding.tsv`, each of which tells its door. Without
`--learn`, each sixth of them is judged by what was learnt from the others: how often, of several
numbers and of several streets mentioned, the likeliest is the one meant.
"""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz

from bench.phrases import ROOT, Phrase, learn_clues, print_judged, read_options, sum_of
from bench.where_corpus import ORDINARY, WINDING, Said, read_corpus, said_of
from matcher.domain.clues import ClueWeights, save_weights
from matcher.geocoding.meant import FILE, Kind, Mention, clues_of, find_mentions
from matcher.geocoding.phrase import parse
from matcher.geocoding.words import BREAK, key_words, name_of, street_key

WEIGHTS = ROOT / "matcher" / "geocoding" / "data" / FILE
PARTS = 6
_ALIKE, _UNLIKE = 78.0, 62.0
"""From which likeness (of 100) on a street said is the door's, and up to which it is not."""
_MORE_WORDS = 3
"""So many more words than the street's name has may be said for it."""

Meant = bool | None
"""Whether a mention is the door's; None when that cannot be told."""


def list_phrases() -> list[Said]:
    """All that is learnt from."""
    return [*read_corpus(ORDINARY), *read_corpus(WINDING)]


def told_mentions(one: Said) -> tuple[list[str], list[Mention], list[Meant]]:
    """The words of a phrase, its mentions, and what its door tells of each."""
    words = parse(one.phrase).words
    mentions = find_mentions(words)
    door = said_of(one.expected)
    if door is None:
        return words, mentions, [None] * len(mentions)
    number, street = door[0], street_key(door[1])
    numbers = {" ".join(words[each.start : each.end]) for each in mentions}
    # "22 bis" may be said in two breaths, but where it is said in one, 22 alone is another door.
    said = number if number in numbers else number.partition(" ")[0]
    meant: list[Meant] = [
        " ".join(words[each.start : each.end]) == said
        if each.kind == Kind.NUMBER
        else _is_said(words[each.start :], street)
        for each in mentions
    ]
    # Where none is the door's, it was said in a way that is no mention: the others tell nothing.
    told = {each.kind for each, is_meant in zip(mentions, meant, strict=True) if is_meant}
    if not number:
        told.add(Kind.NUMBER)
    known = [
        is_meant if each.kind in told else None
        for each, is_meant in zip(mentions, meant, strict=True)
    ]
    return words, mentions, known


def _is_said(words: list[str], street: str) -> Meant:
    """Whether `words` begin with the street, given in its normal form."""
    spoken = words[: words.index(BREAK)] if BREAK in words else words
    best = 0.0
    for size in range(2, min(len(spoken), len(street.split()) + _MORE_WORDS) + 1):
        said = " ".join(key_words(spoken[:size]))
        best = max(best, fuzz.ratio(said, street), fuzz.ratio(name_of(said), name_of(street)))
    return True if best >= _ALIKE else False if best < _UNLIKE else None


def learn(phrases: Sequence[Said]) -> ClueWeights:
    """What the doors of these phrases tell."""
    clues: list[set[int]] = []
    counts: list[bool] = []
    for one in phrases:
        words, mentions, meant = told_mentions(one)
        for own, is_meant in zip(clues_of(words, mentions), meant, strict=True):
            if is_meant is not None:
                clues.append(own)
                counts.append(is_meant)
    return learn_clues(clues, counts, sum_of_doors(phrases))


def sum_of_doors(phrases: Sequence[Said]) -> int:
    """Changes with every phrase and door."""
    return sum_of(Phrase("corpus", one.expected, one.phrase) for one in phrases)


def judge(phrases: Sequence[Said], weights: ClueWeights) -> dict[Kind, list[bool]]:
    """Of phrases with several numbers or streets: whether the likeliest is the one meant."""
    found: dict[Kind, list[bool]] = {kind: [] for kind in Kind}
    for one in phrases:
        words, mentions, meant = told_mentions(one)
        clues = clues_of(words, mentions)
        for kind in Kind:
            some = [
                (weights.chance(own), is_meant)
                for mention, own, is_meant in zip(mentions, clues, meant, strict=True)
                if mention.kind is kind and is_meant is not None
            ]
            if len({is_meant for _, is_meant in some}) > 1:
                found[kind].append(max(some, key=lambda pair: pair[0])[1])
    return found


def main() -> None:
    """Learn, or measure."""
    options = read_options("bench.doors", __doc__)
    phrases = list_phrases()
    if options.learn:
        WEIGHTS.write_bytes(save_weights(learn(phrases)))
        print(f"{WEIGHTS.relative_to(ROOT)}: learnt from {len(phrases)} phrases")
        return
    right: dict[Kind, list[bool]] = {kind: [] for kind in Kind}
    for part in range(PARTS):
        others = [one for at, one in enumerate(phrases) if at % PARTS != part]
        for kind, judged in judge(phrases[part::PARTS], learn(others)).items():
            right[kind] += judged
    report = {
        f"several {kind.name.lower()}s": {
            "phrases": len(judged),
            "right": sum(judged) / len(judged),
        }
        for kind, judged in right.items()
    }
    print_judged(report, as_json=options.json)


if __name__ == "__main__":
    main()
