"""Which number and which street of a phrase are the door's: learnt from phrases by `bench.doors`.

"Le 14 c'est la boulangerie, moi le 16, passage Lhomme, on entre par la rue de Charonne": two
numbers and two streets are mentioned, and one of each is meant. What is learnt and how is told in
`matcher.domain.clues`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache
from heapq import nlargest
from importlib import resources
from itertools import product
from math import prod

from matcher.domain.clues import ClueWeights, Mention, Mentioned, bucketed, load_weights
from matcher.geocoding.hearing import KIND_ALONE, MAX_STREET_WORDS, Span, follows_a_street
from matcher.geocoding.phrase import ORDINAL
from matcher.geocoding.words import ARTICLES, BREAK, STREET_TYPES, word_set

FILE = "doors.bin"
_LEAST = 0.3
"""Below this chance a mention is not the door's."""
_TRIES = 2
_LONGEST_NUMBER = 4
_OF = word_set("de des du")
_OPENS = word_set("est et l le ni pas puis")
_KINGS = word_set("charles edouard francois george georges henri louis urbain")
_REPS = word_set("bis ter quater")
_TELLS = word_set("c dans est par pas sur")
_CALLS = word_set("au le n no numero")
_AFTER_LETTER = STREET_TYPES | {BREAK, "comme", "pas"}
_CALLED = ARTICLES | {BREAK}
_LETTER = re.compile(r"[a-f]")


class Kind(StrEnum):
    """What is mentioned."""

    NUMBER = "<number>"
    STREET = "<street>"


def find_mentions(words: list[str], names: Sequence[Span] = ()) -> list[Mention]:
    """The numbers with their repetitions and the streets mentioned, from left to right.

    Their places count words; a street is its kind alone.

    Args:
        words: of a phrase.
        names: where streets that are known are said; what stands in them is no other mention.
    """
    named = {place: name for name in names for place in range(name.start, name.end)}
    found: list[Mention] = []
    for place, word in enumerate(words):
        name = named.get(place)
        if name is not None:
            if place == _kind_place(words, name):
                found.append(Mention(place, place + 1, Kind.STREET))
        elif found and place < found[-1].end:
            continue
        elif _is_number(words, place):
            found.append(Mention(place, _number_end(words, place), Kind.NUMBER))
        elif word in STREET_TYPES and _is_street(words, place):
            found.append(Mention(place, place + 1, Kind.STREET))
    return found


def _kind_place(words: list[str], name: Span) -> int:
    """Where the kind of street stands in a name: "12P2 Rue des Rosiers" begins with a number."""
    places = range(name.start, name.end)
    return next((place for place in places if words[place] in STREET_TYPES), name.start)


def _is_number(words: list[str], place: int) -> bool:
    """Whether it may be a door's: not that of a name ("rue du 4 septembre", "Henri 4")."""
    word = words[place]
    if not word.isdigit() or len(word) > _LONGEST_NUMBER:
        return False
    before = words[:place]
    if word == "1" and not _is_said_as_number(words, place):
        return False
    if before[-1:] and before[-1] in _KINGS:
        return False
    return len(before) < 2 or before[-1] not in _OF or before[-2] not in STREET_TYPES


def _is_said_as_number(words: list[str], place: int) -> bool:
    """Whether "un" is the number ("au un", "un, rue Perrault"), not "un grand monsieur"."""
    if place and words[place - 1] in _CALLS:
        return True
    after = words[place + 1 : place + 2]
    if after and after[0] in STREET_TYPES:
        return words[max(place - 1, 0)] not in _TELLS and _is_street(words, place + 1)
    apart = not place or words[place - 1] == BREAK
    return not after or after[0] in _REPS or (apart and _CALLED.issuperset(after))


def _number_end(words: list[str], place: int) -> int:
    follows = words[place + 1 : place + 3]
    if follows[:1] and follows[0] in _REPS:
        return place + 2
    if len(follows) == 2 and len(follows[0]) == 1 and follows[1].isdigit():
        return place + 3 if follows[0].isalpha() and len(follows[1]) < 3 else place + 1
    lettered = follows[:1] and _LETTER.fullmatch(follows[0])
    return place + 2 if lettered and _AFTER_LETTER.issuperset(follows[1:]) else place + 1


def _is_street(words: list[str], place: int) -> bool:
    """Whether a name follows, and it is no name itself ("avenue de la porte de Sèvres")."""
    before = place - 1
    while before >= 0 and words[before] in ARTICLES - {"et"}:
        before -= 1
    if before >= 0 and words[before] in STREET_TYPES | {"vieux"}:
        return False
    if _OF.intersection(words[place + 1 : place + 2]):
        return True
    named = next((word for word in words[place + 1 :] if word not in ARTICLES), BREAK)
    return named not in KIND_ALONE and not named.isdigit()


def is_choice(words: list[str], names: Sequence[Span]) -> bool:
    """Whether more than one number or one street is mentioned."""
    kinds = [one.kind for one in find_mentions(words, names)]
    return len(kinds) != len(set(kinds))


def clues_of(words: list[str], mentions: list[Mention]) -> list[set[int]]:
    """The buckets of what speaks for or against each mention."""
    mentioned = Mentioned.told(mentions, lambda part: map(_plain, words[part]))
    said = [" ".join(words[one.start : one.end]) for one in mentions]
    return [
        bucketed(
            one.kind,
            (
                *mentioned.around(index),
                *mentioned.among(index),
                *_own(said, index),
                *_beside_streets(mentioned, index),
            ),
        )
        for index, one in enumerate(mentions)
    ]


def _plain(word: str) -> str:
    return "#" if word.isdigit() or ORDINAL.fullmatch(word) else word


def _own(said: list[str], index: int) -> Iterator[str]:
    """What a mention is itself: the kind of street, or what sort of number."""
    own = said[index]
    yield f"repeated {min(said.count(own), 3)}"
    number, _, rep = own.partition(" ")
    if not number.isdigit():
        yield f"kind {own}"
        return
    yield f"long {len(number)}"
    yield f"rep {bool(rep)}"
    # "une pharmacie", "un grand monsieur"
    yield f"one {number == '1'}"


def _beside_streets(mentioned: Mentioned, index: int) -> Iterator[str]:
    """What lies between a mention and the nearest streets on either side."""
    for side, others in (
        ("before", range(index - 1, -1, -1)),
        ("after", range(index + 1, len(mentioned.kinds))),
    ):
        near = next((one for one in others if mentioned.kinds[one] == Kind.STREET), None)
        if near is None:
            yield f"street {side} none"
            continue
        gap = mentioned.between(index, near)
        yield f"street {side} {min(len(gap), 6)}"
        yield f"street {side} last {gap[-1] if gap else '-'}"
        for word in gap:
            yield f"street {side} gap {word}"


@cache
def load() -> ClueWeights:
    """What was learnt, from the package's `data` folder."""
    source = resources.files("matcher.geocoding") / "data" / FILE
    return load_weights(source.read_bytes())


def weigh(words: list[str], names: Sequence[Span], weights: ClueWeights) -> dict[Mention, float]:
    """The chance that each mention is the door's, from left to right."""
    mentions = find_mentions(words, names)
    clues = clues_of(words, mentions)
    return {one: weights.chance(own) for one, own in zip(mentions, clues, strict=True)}


def as_meant(words: list[str], names: Sequence[Span], weights: ClueWeights) -> Iterator[list[str]]:
    """The number and the street that are meant, in this order, and ordinals said beside them.

    The likeliest of each first, then the next. Nothing when no number or no street is likely.
    """
    chances = weigh(words, names, weights)
    mentions = list(chances)
    likely = [one for one, chance in chances.items() if chance >= _LEAST]
    pairs = product(*([one for one in likely if one.kind == kind] for kind in Kind))
    tried = nlargest(_TRIES, pairs, key=lambda pair: prod(chances[one] for one in pair))
    for number, street in tried:
        name = said_at(words, street, mentions, names)
        outside = words[: name.start] + words[name.stop :]
        ordinals = [word for word in outside if ORDINAL.fullmatch(word)]
        said = words[name.start : name.stop]
        yield [*words[number.start : number.end], *said, BREAK, *ordinals]


def said_at(
    words: list[str], one: Mention, mentions: Sequence[Mention], names: Sequence[Span]
) -> range:
    """The places of a number, or of a street's name: the known one, else as far as it may go."""
    start = one.start
    if one.kind == Kind.NUMBER:
        return range(start, one.end)
    for known in names:
        if known.start <= start < known.end:
            return range(known.start, known.end)
    end = min(
        [other.start for other in mentions if other.start > start]
        + [start + MAX_STREET_WORDS, len(words)]
    )
    end = next(
        (at for at in range(start + 1, end) if _ends_name(words[start:end], at - start)), end
    )
    while words[end - 1] in ARTICLES:
        end -= 1
    return range(start, end)


def _ends_name(said: list[str], at: int) -> bool:
    """Whether a street's name is over at this word: a pause, "le square, pas la rue", "métro"."""
    word, before = said[at], said[at - 1]
    another = word in STREET_TYPES and before in _OPENS
    over = at > 1 and follows_a_street(said[at:])
    return word == BREAK or another or over or ORDINAL.fullmatch(word) is not None
