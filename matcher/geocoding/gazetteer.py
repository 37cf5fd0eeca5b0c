"""The streets and doors of a territory, found from what somebody says.

The index is built once from the rows of a file or a table, then only read. An exact street
name (in normal form, see `words`) is looked up first, at any place of the phrase; only when
there is none do similar names count, and those are never more than a question to confirm.
"""

from __future__ import annotations

import csv
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from typing import NamedTuple

from rapidfuzz import fuzz, process

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
from matcher.geocoding.hearing import (
    MAX_STREET_WORDS,
    Heard,
    normal_rep,
    ordinals,
    spans,
    with_number,
)
from matcher.geocoding.phrase import names_town, parse
from matcher.geocoding.words import (
    ARTICLES,
    BREAK,
    STREET_TYPES,
    key_words,
    name_of,
    street_key,
)

_MICRODEGREES = 1_000_000


class AddressRow(NamedTuple):
    """One address as files and tables give it; `lat` and `lon` in WGS 84 degrees."""

    number: int
    rep: str | None
    street: str
    postcode: str
    lat: float
    lon: float


@dataclass(slots=True)
class _Street:
    """The part of a street that lies in one postcode; its doors are rows `first` to `last`."""

    name: str
    postcode: str
    first: int
    last: int

    @property
    def arrondissement(self) -> int:
        """75116 is a second postcode of the sixteenth."""
        return int(self.postcode[-2:])


class Gazetteer:
    """The streets and doors of a territory.

    Args:
        rows: the addresses, in any order; duplicates are kept once.
        near_in_arrondissement: likeness (0-100, rapidfuzz's ratio of the names) from which a
            similar street of the arrondissement said is proposed.
        near_anywhere: the same when no arrondissement was said, or none of its streets is
            near; higher, as twenty times more names are in reach.
        other_kind_penalty: likeness lost when the kind differs ("rue Parmentier" for "avenue
            Parmentier").

    The thresholds were chosen on 1,500 misspelled and 600 nonexistent streets against the full
    BAN (8 right proposals for one wrong); they only separate a question to confirm from
    "unknown", never what is sure.
    """

    def __init__(
        self,
        rows: Iterable[AddressRow],
        *,
        near_in_arrondissement: float = 72.0,
        near_anywhere: float = 80.0,
        other_kind_penalty: float = 5.0,
    ) -> None:
        self._near_in_arrondissement = near_in_arrondissement
        self._near_anywhere = near_anywhere
        self._other_kind_penalty = other_kind_penalty
        self._streets: list[_Street] = []
        self._numbers = array("H")
        self._rep_ids = array("H")
        self._lats = array("i")
        self._lons = array("i")
        self._reps: list[str | None] = [None]
        self._fill(rows)
        self._index()

    def _fill(self, rows: Iterable[AddressRow]) -> None:
        """Group the rows by street, in flat arrays: 12 bytes a door."""
        rep_ids: dict[str | None, int] = {None: 0}
        grouped: dict[tuple[str, str], dict[tuple[int, int], tuple[int, int]]] = defaultdict(dict)
        for row in rows:
            rep = normal_rep(row.rep)
            rep_id = rep_ids.setdefault(rep, len(rep_ids))
            point = (round(row.lat * _MICRODEGREES), round(row.lon * _MICRODEGREES))
            grouped[row.street, row.postcode].setdefault((row.number, rep_id), point)
        self._reps = list(rep_ids)
        for (name, postcode), doors in sorted(grouped.items()):
            first = len(self._numbers)
            for (number, rep_id), (lat, lon) in sorted(doors.items()):
                self._numbers.append(number)
                self._rep_ids.append(rep_id)
                self._lats.append(lat)
                self._lons.append(lon)
            self._streets.append(_Street(name, postcode, first, len(self._numbers)))

    def _index(self) -> None:
        self._by_key: dict[str, list[int]] = defaultdict(list)
        by_name: dict[str, list[str]] = defaultdict(list)
        for index, street in enumerate(self._streets):
            key = street_key(street.name)
            if key not in self._by_key:
                by_name[name_of(key)].append(key)
            self._by_key[key].append(index)
        self._by_key = dict(self._by_key)
        self._by_name = dict(by_name)
        self._names = list(by_name)
        self._names_in: dict[int, list[str]] = defaultdict(list)
        for name, keys in by_name.items():
            zones = {self._streets[i].arrondissement for key in keys for i in self._by_key[key]}
            for zone in zones:
                self._names_in[zone].append(name)
        postcodes = {street.postcode for street in self._streets}
        # People say 75016 for the whole sixteenth, 75116 included.
        self._known_postcodes = postcodes | {f"{code[:2]}0{code[-2:]}" for code in postcodes}

    def __len__(self) -> int:
        """How many doors are known."""
        return len(self._numbers)

    def __iter__(self) -> Iterator[Address]:
        """Every known door, street by street."""
        for index, street in enumerate(self._streets):
            for row in range(street.first, street.last):
                yield self._address(index, row)

    def find(self, text: str) -> AddressMatch:
        """The address in what somebody said or wrote, chatter around it allowed.

        Sure only when the street's name is exact, its number known as said, in the one
        arrondissement said or possible, and nothing unexplained stands beside it.
        """
        phrase = parse(text)
        if phrase.postcodes and not phrase.postcodes & self._known_postcodes:
            return AddressUnknown(outside=True)
        said = phrase.arrondissements | {int(postcode[-2:]) for postcode in phrase.postcodes}
        words = phrase.words
        exact = self._spot(words)
        around = words if exact is None else [*words[: exact.start], BREAK, *words[exact.end :]]
        if names_town(around):
            return AddressUnknown(outside=True)
        heard = exact
        if exact is None or not exact.whole:
            heard = self._guess(words, said, exact) or exact
        if heard is None:
            return AddressUnknown(outside=False)
        sure = heard is exact and heard.whole and heard.alone
        return self._answer(heard, said or ordinals(words, heard), sure=sure)

    def _spot(self, words: list[str]) -> Heard | None:
        """The longest exact street name in `words`, one with a number beside it first."""
        best: Heard | None = None
        best_rank = (False, 0, 0)
        for start, first in enumerate(words):
            if first == BREAK or first in ARTICLES:
                continue
            spoken = words[start : start + MAX_STREET_WORDS]
            if BREAK in spoken:
                spoken = spoken[: spoken.index(BREAK)]
            for size in range(len(spoken), 1, -1):
                kept = key_words(spoken[:size])
                key = " ".join(kept)
                if key not in self._by_key or kept[-1] != spoken[size - 1]:
                    continue
                heard = with_number(words, start, start + size, key)
                rank = (heard.number is not None, len(kept), -start)
                if best is None or rank > best_rank:
                    best, best_rank = heard, rank
        return best

    def _guess(self, words: list[str], said: frozenset[int], exact: Heard | None) -> Heard | None:
        """The most similar street name in `words`, or none that is near enough.

        After an exact name with unexplained words behind it, only a longer name counts.
        """
        best: Heard | None = None
        best_score = 0.0
        for start, end in spans(words):
            if exact is not None and not start <= exact.start < exact.end < end:
                continue
            typed = words[start] in STREET_TYPES
            kind = words[start] if typed else None
            name = " ".join(key_words(words[start + 1 : end] if typed else words[start:end]))
            if len(name) < 3:
                continue
            for key, score in self._similar(kind, name, said):
                heard = with_number(words, start, end, key)
                if heard.number is not None:
                    score += 2.0 if self._has_number(key, heard.number) else 0.0
                elif not typed:
                    continue
                if score > best_score and (exact is None or len(key) > len(exact.key)):
                    best, best_score = heard, score
        return best

    def _similar(
        self, kind: str | None, name: str, said: frozenset[int]
    ) -> Iterable[tuple[str, float]]:
        """Keys of the streets whose name is near `name`, with their likeness."""
        here = [found for zone in said for found in self._names_in.get(zone, ())]
        reaches = ((here, self._near_in_arrondissement), (self._names, self._near_anywhere))
        for names, least in reaches:
            found = [
                (key, score - (0.0 if key.startswith(f"{kind} ") else self._other_kind_penalty))
                for near, score, _ in process.extract(
                    name, names, scorer=fuzz.ratio, score_cutoff=least, limit=5
                )
                for key in self._by_name[near]
            ]
            kept = [(key, score) for key, score in found if score >= least]
            if kept:
                return kept
        return []

    def _has_number(self, key: str, number: int) -> bool:
        return any(self._doors(street, number) for street in self._by_key[key])

    def _doors(self, street: int, number: int) -> range:
        """The rows of one number of a street, all its bis and ter."""
        part = self._streets[street]
        low = bisect_left(self._numbers, number, part.first, part.last)
        return range(low, bisect_right(self._numbers, number, low, part.last))

    def _door(self, street: int, number: int, rep: str | None) -> tuple[int, bool] | None:
        """The row of a door and whether it is just the one said; else its plain number."""
        doors = self._doors(street, number)
        for row in doors:
            if self._reps[self._rep_ids[row]] == rep:
                return row, True
        return (doors[0], False) if doors else None

    def _address(self, street: int, row: int) -> Address:
        part = self._streets[street]
        point = Point(self._lats[row] / _MICRODEGREES, self._lons[row] / _MICRODEGREES)
        rep = self._reps[self._rep_ids[row]]
        return Address(self._numbers[row], rep, part.name, part.postcode, point)

    def _answer(self, heard: Heard, said: frozenset[int], *, sure: bool) -> AddressMatch:
        """What the heard street and number come to, in the arrondissements said if any."""
        everywhere = self._by_key[heard.key]
        streets = [i for i in everywhere if self._streets[i].arrondissement in said]
        if said and (not streets or len(said) > 1):
            sure = False
        streets = streets or everywhere
        if heard.number is None:
            return self._street(streets, sure=sure)
        for among in (streets, everywhere):
            doors = [(i, self._door(i, heard.number, heard.rep)) for i in among]
            found = [(i, door[0], door[1]) for i, door in doors if door is not None]
            just = [one for one in found if one[2]] or found
            if len({self._streets[i].arrondissement for i, _, _ in just}) > 1:
                return self._ambiguous([i for i, _, _ in just])
            if just:
                street, row, as_said = just[0]
                confidence = Confidence.SURE if sure and as_said else Confidence.CONFIRM
                return AddressFound(self._address(street, row), confidence)
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


def load_builtin() -> Gazetteer:
    """The hand-written gazetteer: well-known Paris addresses, for a machine without the BAN."""
    file = resources.files("matcher.geocoding").joinpath("data/gazetteer.csv")
    lines = file.read_text(encoding="utf-8").splitlines()
    reader = csv.DictReader(line for line in lines if not line.startswith("#"))
    return Gazetteer(
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
