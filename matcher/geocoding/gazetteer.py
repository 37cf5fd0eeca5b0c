"""The streets, doors and named places of a territory, found from what somebody says.

The index is built once from the rows of a file or a table, then only read. An exact street
name (in normal form, see `words`) is looked up first, at any place of the phrase; only when
there is none do similar names count, and those are never more than a question to confirm.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib import resources

from matcher.domain.addresses import (
    Address,
    AddressAmbiguous,
    AddressFound,
    AddressMatch,
    AddressUnknown,
    Confidence,
    StreetFound,
)
from matcher.domain.geo import Point
from matcher.geocoding.corners import Corners
from matcher.geocoding.doors import AddressRow, Doors
from matcher.geocoding.hearing import Heard, Span, exact_spans, ordinals, with_number
from matcher.geocoding.likeness import DEFAULT, Likeness
from matcher.geocoding.meant import as_meant, is_choice, said_at, weigh
from matcher.geocoding.meant import load as load_meant
from matcher.geocoding.named import (
    NamedPlace,
    NamedPlaces,
    NamedSpan,
    ends_there,
    leads_there,
    load_named,
    town_hall_instead,
    with_town_hall,
)
from matcher.geocoding.phrase import ORDINAL, Phrase, names_town, parse
from matcher.geocoding.readings import corrections, is_corrected, kind_first, readings
from matcher.geocoding.similar import SimilarNames
from matcher.geocoding.street_names import StreetNames
from matcher.geocoding.traces import Trace, Why, why_no_door
from matcher.geocoding.words import BREAK, street_key

NEAREST_M = 300.0
"""How far the nearest door may be from a point that is said to be in its street."""


class Gazetteer:
    """The streets, doors and named places of a territory.

    Args:
        rows: the addresses, in any order; duplicates are kept once.
        places: places known by name; only those in a postcode of the rows are kept.
        likeness: from when a similar name is proposed.
    """

    def __init__(
        self,
        rows: Iterable[AddressRow],
        places: Iterable[NamedPlace] = (),
        likeness: Likeness = DEFAULT,
    ) -> None:
        self._meant = load_meant()
        self._doors = Doors(rows)
        self._streets = self._doors.streets
        self._names = StreetNames(self._doors, likeness)
        self._by_key = self._names.by_key
        self._similar = SimilarNames(self._names, likeness)
        self._corners = Corners(self._doors, self._names, self._similar)
        postcodes = {street.postcode for street in self._streets}
        # People say 75016 for the whole sixteenth, 75116 included.
        self._known_postcodes = postcodes | {f"{code[:2]}0{code[-2:]}" for code in postcodes}
        self._named = NamedPlaces(likeness)
        self.add_places(places)

    def add_places(self, places: Iterable[NamedPlace]) -> None:
        """More places known by name, while the index is built; only those of known postcodes."""
        here = (place for place in places if place.address.postcode in self._known_postcodes)
        self._named.add(self._placed(place) for place in here)

    def _placed(self, place: NamedPlace) -> NamedPlace:
        """The place at the point its own door has here, when the door is known."""
        one = place.address
        for street in self._by_key.get(street_key(one.street), ()):
            if self._streets[street].postcode == one.postcode:
                door = self._doors.find(street, one.number, one.rep)
                if door is not None and door[1]:
                    return NamedPlace(place.names, self._doors.address(door[0]))
        return place

    def __len__(self) -> int:
        """How many doors are known."""
        return len(self._doors)

    def __iter__(self) -> Iterator[Address]:
        """Every known door, street by street."""
        return map(self._doors.address, range(len(self._doors)))

    def nearest(self, point: Point, within_m: float = NEAREST_M) -> Address | None:
        """The door nearest to a point, or None when none is within `within_m` metres."""
        return self._doors.nearest(point, within_m)

    def street_near(self, point: Point) -> StreetFound | None:
        """The street somebody stands in, without a number; None far from any door."""
        door = self.nearest(point)
        if door is None:
            return None
        return StreetFound(door.street, door.postcode, Confidence.CONFIRM)

    def find(self, text: str) -> AddressMatch:
        """The address in what somebody said or wrote, chatter around it allowed.

        Sure only when the name of the street or place is exact, the number known as said, in the
        one arrondissement said or possible, and nothing unexplained stands beside it.
        """
        return self._settle(self._parse(text))[0]

    def trace(self, text: str) -> Trace:
        """The same, with the steps that led there."""
        phrase = self._parse(text)
        match, why = self._settle(phrase)
        words, named = self._place_in(self._place_instead(phrase) or phrase)
        place = None
        if named is not None:
            told = " ".join(words[named.span.start : named.span.end])
            place = told, self._named.proper_name(named)
        return Trace(phrase.words, phrase.said, self._weigh(phrase.words), place, match, why)

    def _settle(self, phrase: Phrase) -> tuple[AddressMatch, Why]:
        """What a phrase comes to, and why."""
        instead = self._place_instead(phrase)
        if instead is not None:
            found = self._find(instead)
            if isinstance(found, AddressFound):
                return replace(found, confidence=Confidence.CONFIRM), Why.PUT_RIGHT
            return found, why_no_door(found)
        found = self._find(phrase)
        corrected = is_corrected(phrase.words)
        sure = isinstance(found, AddressFound) and found.confidence is Confidence.SURE
        names = self._names_in(phrase.words)
        if sure and not corrected and not is_choice(phrase.words, names):
            return found, Why.PLAIN
        outside = isinstance(found, AddressUnknown) and found.outside
        pairs = () if outside else as_meant(phrase.words, names, self._meant)
        for tried, words in enumerate(pairs):
            door = self._find_street(replace(phrase, words=words))
            if isinstance(door, AddressFound) and not _strays(door, found, phrase.said):
                same = isinstance(found, AddressFound) and found.address == door.address
                if same and not tried and not corrected:
                    return found, Why.LIKELIEST if sure else Why.NOT_PLAIN
                return replace(door, confidence=Confidence.CONFIRM), Why.LIKELIEST
        exact = self._spot(phrase.words)
        placed = exact is not None and exact.number is not None and self._names.has_number(exact)
        for words in readings(phrase.words, placed=placed):
            door = self._find(replace(phrase, words=words))
            if isinstance(door, AddressFound):
                return replace(door, confidence=Confidence.CONFIRM), Why.READ_ANEW
        if isinstance(found, AddressFound):
            return replace(found, confidence=Confidence.CONFIRM), Why.NOT_PLAIN
        return found, why_no_door(found)

    def _weigh(self, words: list[str]) -> list[tuple[str, float]]:
        """The numbers and streets that are said, each with the chance that it is the door's."""
        names = self._names_in(words)
        chances = weigh(words, names, self._meant)
        return [
            (" ".join(words[place] for place in said_at(words, one, list(chances), names)), chance)
            for one, chance in chances.items()
        ]

    def _parse(self, text: str) -> Phrase:
        phrase = parse(text)
        return replace(phrase, words=kind_first(phrase.words, self._by_key))

    def _place_instead(self, phrase: Phrase) -> Phrase | None:
        """What is said behind a correction, when it names a place: "non, à la gare de Lyon"."""
        for start in corrections(phrase.words):
            town_hall = town_hall_instead(phrase.words, start, phrase.said)
            instead = replace(phrase, words=town_hall or phrase.words[start:])
            words = with_town_hall(instead.words, phrase.said)
            named = self._named.spot(words)
            if named is None or not leads_there(words[: named.span.start]):
                continue
            behind = [*words[named.span.end :], BREAK]
            if ends_there(behind[: behind.index(BREAK)]):
                return instead
        return None

    def _find(self, phrase: Phrase) -> AddressMatch:
        if phrase.postcodes and not phrase.postcodes & self._known_postcodes:
            return AddressUnknown(outside=True)
        words, named = self._place_in(phrase)
        if named is not None:
            return self._named_answer(words, named, phrase.said)
        found = self._find_street(phrase)
        if isinstance(found, AddressUnknown) and not found.outside:
            return self._named.find_town_halls(phrase.words) or found
        return found

    def _place_in(self, phrase: Phrase) -> tuple[list[str], NamedSpan | None]:
        """The words with a town hall's whole name, and the place named there, if one is."""
        words = with_town_hall(phrase.words, phrase.said)
        return words, self._spot_named(words, self._spot(phrase.words))

    def _find_street(self, phrase: Phrase) -> AddressMatch:
        """The same for a phrase that names no place."""
        said = phrase.said
        words = phrase.words
        likely = said or frozenset(int(o[1]) for word in words if (o := ORDINAL.fullmatch(word)))
        exact = self._spot(words)
        around = words if exact is None else [*words[: exact.start], BREAK, *words[exact.end :]]
        beyond = names_town(around)
        if beyond and not said:
            return AddressUnknown(outside=True)
        corner = self._corners.find(words, likely, exact)
        if corner is not None:
            return AddressFound(corner, Confidence.CONFIRM)
        heard = exact
        if exact is None or not (exact.whole or self._names.is_there(exact, said)):
            heard = self._similar.guess(words, likely, exact) or exact
        if heard is None or (
            not (heard is exact and heard.whole) and not self._names.has_number(heard)
        ):
            part = self._similar.spot_part(words, said)
            heard = part or (heard if heard is not None and heard.whole else None)
        if heard is None:
            return AddressUnknown(outside=False)
        sure = heard is exact and heard.whole and heard.alone and not beyond
        return self._answer(heard, said or ordinals(words, heard), sure=sure)

    def _spot(self, words: list[str]) -> Heard | None:
        """The longest exact street name in `words`, one with a number beside it first."""
        best: Heard | None = None
        best_rank = (False, 0, 0)
        for span in exact_spans(words, self._by_key):
            heard = with_number(words, span.start, span.end, span.key)
            rank = (heard.number is not None, span.size, -span.start)
            if best is None or rank > best_rank:
                best, best_rank = heard, rank
        return best

    def _names_in(self, words: list[str]) -> list[Span]:
        """Where streets' exact names are said, the longest ones where they meet."""
        names: list[Span] = []
        for span in sorted(exact_spans(words, self._by_key), key=lambda span: -span.size):
            if not any(span.meets(name) for name in names):
                names.append(span)
        return names

    def _spot_named(self, words: list[str], exact: Heard | None) -> NamedSpan | None:
        """The place named in `words`, unless they rather say a street.

        A street with its number says more than the place it is near to; a name that is part of
        a street's ("place de la gare") is the street's, and the other way round.
        """
        named = self._named.spot(words)
        if named is None or exact is None:
            return named
        street = Span(exact.key, exact.start, exact.end)
        if named.span.covers(street):
            return named
        if exact.number is not None or named.span.meets(street) or not named.exact:
            return None
        return named if named.span.start < street.start else None

    def _named_answer(
        self, words: list[str], named: NamedSpan, said: frozenset[int]
    ) -> AddressMatch:
        before, behind = words[: named.span.start], words[named.span.end :]
        if names_town([*before, BREAK, *behind]):
            return AddressUnknown(outside=True)
        said |= ordinals(words, named.span)
        plain = leads_there(before) and ends_there(behind)
        return self._named.answer(named, said, sure=plain)

    def _answer(self, heard: Heard, said: frozenset[int], *, sure: bool) -> AddressMatch:
        """What the heard street and number come to, in the arrondissements said if any."""
        everywhere = self._by_key[heard.key]
        streets = self._names.parts(heard.key, said)
        if said and (len(said) > 1 or self._streets[streets[0]].arrondissement not in said):
            sure = False
        if heard.number is None:
            return self._street(streets, sure=sure)
        for among in (streets, everywhere):
            doors = [(i, self._doors.find(i, heard.number, heard.rep)) for i in among]
            found = [(i, door[0], door[1]) for i, door in doors if door is not None]
            just = [one for one in found if one[2]] or found
            if len({self._streets[i].arrondissement for i, _, _ in just}) > 1:
                return self._ambiguous([i for i, _, _ in just])
            if just:
                _, row, as_said = just[0]
                confidence = Confidence.SURE if sure and as_said else Confidence.CONFIRM
                return AddressFound(self._doors.address(row), confidence)
            sure = False
        return self._street(streets, sure=False)

    def _street(self, streets: list[int], *, sure: bool) -> AddressMatch:
        if len({self._streets[i].arrondissement for i in streets}) > 1:
            return self._ambiguous(streets)
        part = max((self._streets[i] for i in streets), key=lambda one: one.last - one.first)
        return StreetFound(
            part.name, part.postcode, Confidence.SURE if sure else Confidence.CONFIRM
        )

    def _ambiguous(self, streets: list[int]) -> AddressAmbiguous:
        parts = [self._streets[i] for i in streets]
        return AddressAmbiguous(parts[0].name, tuple(sorted({one.postcode for one in parts})))


def _strays(door: AddressFound, found: AddressMatch, said: frozenset[int]) -> bool:
    """Whether `door` leaves the arrondissements said, which `found` does not."""
    return (
        isinstance(found, AddressFound)
        and int(found.address.postcode[-2:]) in said
        and int(door.address.postcode[-2:]) not in said
    )


def load_builtin(likeness: Likeness = DEFAULT) -> Gazetteer:
    """The hand-written gazetteer: well-known Paris addresses, for a machine without the BAN."""
    file = resources.files("matcher.geocoding").joinpath("data/gazetteer.csv")
    lines = file.read_text(encoding="utf-8").splitlines()
    reader = csv.DictReader(line for line in lines if not line.startswith("#"))
    rows = (
        AddressRow(
            int(row["number"]),
            row["rep"] or None,
            row["street"],
            row["postcode"],
            float(row["lat"]),
            float(row["lon"]),
        )
        for row in reader
    )
    return Gazetteer(rows, load_named(), likeness)
