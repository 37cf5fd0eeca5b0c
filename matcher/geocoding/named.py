"""Places known by their name: town halls, hospitals, stations, museums, and the directory's."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources

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
from matcher.geocoding.words import ARTICLES, BREAK, STREET_TYPES, street_key

_TOWN_HALL = "mairie"
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

    def add(self, places: Iterable[NamedPlace]) -> None:
        """More places, in any order; a name that several share is ambiguous."""
        for place in places:
            for key in sorted({street_key(name) for name in place.names} - {""}):
                if key not in self._by_key:
                    kind, _, rest = key.partition(" ")
                    if rest and kind not in STREET_TYPES and not kind.isdigit():
                        self._rests.setdefault(kind, Names()).add(rest)
                self._by_key.setdefault(key, []).append(place)

    def spot(self, words: list[str]) -> NamedSpan | None:
        """The longest exact name in `words`, else the one most like what was said."""
        spans = [
            span
            for span in exact_spans(words, self._by_key, least=1)
            if not _in_a_street(words, span.start)
        ]
        if spans:
            return NamedSpan(min(spans, key=lambda span: (-span.size, span.start)), exact=True)
        near = self._near(words)
        return None if near is None else NamedSpan(near, exact=False)

    def answer(self, named: NamedSpan, said: frozenset[int], *, sure: bool) -> AddressMatch:
        """The door of the place named, in the arrondissements said if any.

        A name of one word ("Cochin") may be a person's or a street's: it is asked back.
        """
        places = self._by_key[named.span.key]
        here = [place for place in places if int(place.address.postcode[-2:]) in said]
        sure = sure and named.exact and named.span.size > 1 and bool(here or not said)
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
    if _TOWN_HALL not in words or len(said) != 1:
        return words
    after = words.index(_TOWN_HALL) + 1
    (number,) = said
    return [*words[:after], f"{number}eme", *words[after:]]


def _in_a_street(words: list[str], start: int) -> bool:
    """Whether what begins at `start` goes on a street's name or follows its number."""
    before = start - 1
    while before >= 0 and words[before] in ARTICLES:
        before -= 1
    return before >= 0 and (words[before] in STREET_TYPES or words[before].isdigit())


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
