"""How an address was found, for people who ask why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from matcher.domain.addresses import AddressAmbiguous, AddressMatch, AddressUnknown


class Why(StrEnum):
    """Why an answer is sure, to confirm, or none."""

    PLAIN = "said exactly, nothing unexplained beside it"
    LIKELIEST = "the number and the street most likely meant"
    PUT_RIGHT = "the place said behind a correction"
    READ_ANEW = "read as spelled, or without what it is near to"
    NOT_PLAIN = "not said exactly, or more is said beside it"
    NO_NUMBER = "a street, without a number that it has"
    SEVERAL = "it lies in several arrondissements"
    OUTSIDE = "in another town"
    NOTHING = "no street and no place known"


@dataclass(frozen=True, slots=True)
class Trace:
    """What was made of a phrase.

    Attributes:
        words: those of the phrase, in normal form.
        arrondissements: those clearly said.
        chances: the numbers and streets said, each with the chance that it is the door's.
        place: how a place was named, and its proper name.
        match: what was found.
        why: the reason for it.
    """

    words: list[str]
    arrondissements: frozenset[int]
    chances: list[tuple[str, float]]
    place: tuple[str, str] | None
    match: AddressMatch
    why: Why


def why_no_door(match: AddressMatch) -> Why:
    """Why no door was found."""
    if isinstance(match, AddressAmbiguous):
        return Why.SEVERAL
    if isinstance(match, AddressUnknown):
        return Why.OUTSIDE if match.outside else Why.NOTHING
    return Why.NO_NUMBER
