"""Other ways to read a phrase: as spelled, without landmarks; and whether it was corrected."""

from __future__ import annotations

import re
from collections.abc import Iterator

from matcher.geocoding.hearing import names_street
from matcher.geocoding.phrase import without_landmarks
from matcher.geocoding.words import BREAK, STREET_TYPES

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


def is_corrected(words: list[str]) -> bool:
    """Whether somebody took back a number or a street they had said."""
    said = " ".join(words)
    last = max(_CORRECTION.finditer(said), key=lambda found: found.start(), default=None)
    if last is None:
        return False
    after = said[last.end() :].strip()
    return names_street(after.split()) or _NEW_NUMBER.search(after) is not None


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
