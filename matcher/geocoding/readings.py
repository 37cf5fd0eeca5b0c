"""Other ways to read a phrase: as spelled, without landmarks; and whether it was corrected."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from matcher.geocoding.hearing import KIND_ALONE, names_street
from matcher.geocoding.phrase import ORDINAL, without_landmarks
from matcher.geocoding.words import BREAK, STREET_TYPES, key_words, listed

_CORRECTION = re.compile(
    r"(?<!\S)(?:(?:ah |ou |enfin |mais )?non(?! loin)"
    r"(?: (?:non|pardon|plutot|attendez|excusez moi))*"
    r"|(?:oh |ah )?pardon|me trompe|me suis trompee?|veux dire|plutot|enfin)(?!\S)"
)
_NEW_NUMBER = re.compile(
    r"(?:^(?:\| )?(?!1 )|(?<!pas )(?:c est|au|le|numero) )"
    r"\d{1,4}(?!\S)"
)
_SPELLED = re.compile(
    r"(?<!\S)[a-z](?: (?:\| )?(?:2 )?"
    r"(?!a (?:cote|la|le|l [a-z]{2}|droite|gauche|paris)\b)[a-z]){2,}(?!\S)"
)
_POINTS = listed("before_last_kind")
_MOST_NAME_WORDS, _MOST_HEARD_WORDS = 6, 3
_AFTER_KIND = KIND_ALONE | listed("behind_last_kind")
_TWICE = re.compile(r"2 ([a-z])")


def readings(words: list[str], *, placed: bool) -> Iterator[list[str]]:
    """Other words the phrase may stand for, the most telling first, none of them as said.

    Args:
        words: those of the phrase, as `parse` gives them.
        placed: they say a known door; only what the person put right themselves counts then.
    """
    seen = {tuple(words)}
    for one in (_spelled(words), words):
        for kept in (one, one and without_landmarks(one)):
            if kept and tuple(kept) not in seen and (one is not words or not placed):
                seen.add(tuple(kept))
                yield kept


def kind_first(words: list[str], keys: Container[str]) -> list[str]:
    """The words with the kind of a street before its name: "Magellan, la rue, le huit".

    Args:
        words: those of the phrase, as `parse` gives them.
        keys: the streets there are, in their normal form.
    """
    for at, kind in enumerate(words):
        if kind not in STREET_TYPES or not _is_bare(words[at + 1 : at + 3]):
            continue
        end = at
        while end and words[end - 1] in _POINTS:
            end -= 1
        if end and words[end - 1] == BREAK:
            end -= 1
        start = end if end == at else _name_before(kind, words[:end], keys)
        if start < end:
            return [*words[:start], kind, *words[start:end], BREAK, *words[at + 1 :]]
    return words


def _name_before(kind: str, words: list[str], keys: Container[str]) -> int:
    """Where the name of a street of that kind begins that ends the words; their end when none.

    The longest one that there is, else what is said in one breath and short enough for a name.
    """
    end = len(words)
    least = max(0, end - _MOST_NAME_WORDS)
    if STREET_TYPES.intersection(words[least:]):
        return end  # that name has its kind
    for start in range(least, end):
        if " ".join(key_words([kind, *words[start:]])) in keys:
            return start
    pauses = (at + 1 for at, word in enumerate(words) if word == BREAK or word.isdigit())
    breath = max(pauses, default=0)
    return breath if end - breath <= _MOST_HEARD_WORDS else end


def _is_bare(after: list[str]) -> bool:
    """Whether a kind of street has no name behind it."""
    if not after or after[0] in _AFTER_KIND or after[0].isdigit() or ORDINAL.fullmatch(after[0]):
        return True
    return after[0] in {"dans", "du"} and ORDINAL.fullmatch(after[-1]) is not None


def is_corrected(words: list[str]) -> bool:
    """Whether somebody took back a number or a street they had said."""
    last = next(corrections(words), None)
    if last is None:
        return False
    after = words[last:]
    return names_street(after) or _NEW_NUMBER.search(" ".join(after)) is not None


def corrections(words: list[str]) -> Iterator[int]:
    """Where begins what is said behind "non", "pardon" and the like, the last one first."""
    said = " ".join(words)
    ends = [found.end() for found in _CORRECTION.finditer(said)]
    return (len(said[:end].split()) for end in reversed(ends))


def _spelled(words: list[str]) -> list[str] | None:
    """The street's name as spelled letter by letter, in place of how it was heard."""
    said = " ".join(words)
    letters = _SPELLED.search(said)
    if letters is None:
        return None
    before = said[: letters.start()].split()
    kinds = [at for at, word in enumerate(before) if word in STREET_TYPES]
    if not kinds:
        return None
    name = _TWICE.sub(r"\1\1", letters.group()).replace(BREAK, "").replace(" ", "")
    return [*before[: kinds[-1] + 1], name, BREAK, *said[letters.end() :].split()]
