"""Places known by their name: town halls, hospitals, stations, museums, and the directory's."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise

from matcher.domain.addresses import (
    Address,
    AddressAmbiguous,
    AddressFound,
    AddressMatch,
    Confidence,
)
from matcher.domain.geo import Point
from matcher.geocoding.hearing import Span, exact_spans
from matcher.geocoding.likeness import Likeness, Names
from matcher.geocoding.phrase import ORDINAL
from matcher.geocoding.words import ARTICLES, BREAK, STREET_TYPES, listed, street_key, word_set

_TOWN_HALL = "mairie"
_DENIES = word_set("pas ni")
_COURTESY = listed("courtesy") | {BREAK}
_BEFORE = _COURTESY | listed("before_place")
_BEHIND = _COURTESY | ARTICLES | listed("behind_place")
_MAX_REST = 6  # words after the kind of place that opens a name


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A place with the door it stands at.

    Attributes:
        names: as people call it, the proper name first.
        address: its door.
    """

    names: tuple[str, ...]
    address: Address


@dataclass(frozen=True, slots=True)
class NamedSpan:
    """A name found in a phrase, where, and whether it was said exactly."""

    span: Span
    exact: bool


class NamedPlaces:
    """The places a phrase may name.

    Args:
        likeness: from when a misheard name is proposed.
    """

    def __init__(self, likeness: Likeness) -> None:
        self._likeness = likeness
        self._by_key: dict[str, list[NamedPlace]] = {}
        self._rests: dict[str, Names] = {}
        self._town_halls: set[str] = set()

    def add(self, places: Iterable[NamedPlace]) -> None:
        """More places, in any order; a name that several share is ambiguous."""
        for place in places:
            for key in sorted({street_key(name) for name in place.names} - {""}):
                if key not in self._by_key:
                    kind, _, rest = key.partition(" ")
                    if kind == _TOWN_HALL and ORDINAL.fullmatch(rest):
                        self._town_halls.add(place.address.postcode)
                    if rest and kind not in STREET_TYPES and not kind.isdigit():
                        self._rests.setdefault(kind, Names()).add(rest)
                self._by_key.setdefault(key, []).append(place)

    def spot(self, words: list[str]) -> NamedSpan | None:
        """The longest exact name in `words`, else the one most like what was said.

        One that is said not to be it ("pas à Tenon, à Cochin") only when there is no other.
        """
        spans = [
            span
            for span in exact_spans(words, self._by_key, least=1)
            if not _in_a_street(words, span.start)
        ]
        if spans:
            denied = [span for span in spans if _leading(words, span.start) in _DENIES]
            meant = [span for span in spans if not any(span.meets(other) for other in denied)]
            spans = meant or spans
            return NamedSpan(min(spans, key=lambda span: (-span.size, span.start)), exact=True)
        near = self._near(words)
        return None if near is None else NamedSpan(near, exact=False)

    def find_town_halls(self, words: list[str]) -> AddressAmbiguous | None:
        """All of them, when one is said with nothing to tell which."""
        if _TOWN_HALL not in words or len(self._town_halls) < 2:
            return None
        at = words.index(_TOWN_HALL)
        if leads_there(words[:at]) and ends_there(words[at + 1 :]):
            return AddressAmbiguous(_TOWN_HALL, tuple(sorted(self._town_halls)))
        return None

    def proper_name(self, named: NamedSpan) -> str:
        """What the place is called, of several of that name the first."""
        return self._by_key[named.span.key][0].names[0]

    def answer(self, named: NamedSpan, said: frozenset[int], *, sure: bool) -> AddressMatch:
        """The door of the place named, in the arrondissements said if any.

        A name of one word ("Cochin") may be a person's or a street's: it is asked back.
        """
        places = self._by_key[named.span.key]
        here = [place for place in places if int(place.address.postcode[-2:]) in said]
        near = not said or (bool(here) and len(said) == 1)
        sure = sure and near and named.exact and named.span.size > 1
        doors = {place.address: None for place in here or places}
        first, *others = doors
        postcodes = {door.postcode for door in doors}
        if len(postcodes) > 1:
            return AddressAmbiguous(places[0].names[0], tuple(sorted(postcodes)))
        certain = sure and not others
        return AddressFound(first, Confidence.SURE if certain else Confidence.CONFIRM)

    def _near(self, words: list[str]) -> Span | None:
        best: Span | None = None
        best_score = 0.0
        for start, kind in enumerate(words):
            if kind not in self._rests or _in_a_street(words, start):
                continue
            stop = start + 1
            while stop < len(words) and stop - start <= _MAX_REST and words[stop] != BREAK:
                stop += 1
            for end in range(start + 2, stop + 1):
                rest = street_key(" ".join(words[start + 1 : end]))
                if len(rest) < 4 or words[end - 1] in ARTICLES:
                    continue
                least = self._likeness.anywhere
                for found, score in self._rests[kind].like(rest, least, self._likeness):
                    if score > best_score:
                        best, best_score = Span(f"{kind} {found}", start, end), score
        return best


def with_town_hall(words: list[str], said: frozenset[int]) -> list[str]:
    """`words` with the arrondissement put back behind "mairie": it is the town hall's name."""
    if _TOWN_HALL not in words:
        return words
    after = words.index(_TOWN_HALL) + 1
    follows = next((word for word in words[after:] if word not in ARTICLES), BREAK)
    if ORDINAL.fullmatch(follows):
        return words
    if words[after : after + 1] == ["du"] and follows.isdigit():
        # "La mairie du douze"
        return [*words[: after + 1], f"{follows}eme", *words[after + 2 :]]
    if len(said) != 1:
        return words
    (number,) = said
    return [*words[:after], f"{number}eme", *words[after:]]


def town_hall_instead(words: list[str], start: int, said: frozenset[int]) -> list[str] | None:
    """The town hall meant when only its arrondissement was corrected, from `start` on."""
    if _TOWN_HALL not in words[:start]:
        return None
    told = [word for word in words[start:] if word not in _BEHIND]
    if not told and len(said) == 1:
        told = [str(number) for number in said]
    if len(told) != 1 or not told[0].removesuffix("eme").isdigit():
        return None
    return [_TOWN_HALL, "du", f"{told[0].removesuffix('eme')}eme"]


def _in_a_street(words: list[str], start: int) -> bool:
    """Whether what begins at `start` goes on a street's name or follows its number."""
    leading = _leading(words, start)
    return leading in STREET_TYPES or leading.isdigit()


def _leading(words: list[str], start: int) -> str:
    """The word before the little ones that lead to what begins at `start`."""
    return next((word for word in reversed(words[:start]) if word not in ARTICLES), BREAK)


def leads_there(before: list[str]) -> bool:
    """Whether a name is the place itself behind these words, not what the place is near to."""
    return _BEFORE.issuperset(before) and not _hangs(before)


def ends_there(behind: list[str]) -> bool:
    """Whether these words add nothing to a name but its arrondissement."""
    plain = all(word in _BEHIND or ORDINAL.fullmatch(word) for word in behind)
    return plain and not _hangs(behind)


def _hangs(words: list[str]) -> bool:
    """Whether a little word led to what was cut out: "à 5 minutes"."""
    return any(word in ARTICLES and after == BREAK for word, after in pairwise(words))


def load_named() -> list[NamedPlace]:
    """The hand-written places: those of the hand-written addresses that have a name."""
    file = resources.files("matcher.geocoding").joinpath("data/gazetteer.csv")
    lines = file.read_text(encoding="utf-8").splitlines()
    return [
        NamedPlace(
            tuple(name.strip() for name in row["names"].split("|")),
            Address(
                int(row["number"]),
                row["rep"] or None,
                row["street"],
                row["postcode"],
                Point(float(row["lat"]), float(row["lon"])),
            ),
        )
        for row in csv.DictReader(line for line in lines if not line.startswith("#"))
        if row["names"]
    ]
