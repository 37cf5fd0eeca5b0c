"""The streets of a territory by their names: exact, in part, or alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from matcher.geocoding.doors import Doors
from matcher.geocoding.hearing import Heard
from matcher.geocoding.likeness import Likeness, Names
from matcher.geocoding.words import ARTICLES, elided_name, key_words, name_of, street_key

LAST_NAME = 5
"""Letters that one word of a name must have to stand for the whole."""

_OPENING = 3  # words that stand for a longer name: "rond-point des Champs-Élysées"
_JOINED = 2  # words that a recogniser makes of one


class StreetNames:
    """Built once from the doors, then only read.

    Args:
        doors: the streets and their doors; the numbers below are places in its `streets`.
        likeness: from when a name is like another.

    Attributes:
        by_key: the parts of each street by its name in normal form (see `words.street_key`).
        by_part: keys by the name without its kind, and by the kind and first words of a long name.
    """

    def __init__(self, doors: Doors, likeness: Likeness) -> None:
        self._doors = doors
        self._streets = streets = doors.streets
        self._likeness = likeness
        by_key: dict[str, list[int]] = defaultdict(list)
        by_name: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for index, street in enumerate(streets):
            key = street_key(street.name)
            if key not in by_key:
                for name in dict.fromkeys((name_of(key), elided_name(street.name))):
                    by_name[name].append((key, 0.0))
            by_key[key].append(index)
        for name, keys in list(by_name.items()):
            last = name.rpartition(" ")[2]
            if last != name and len(last) >= LAST_NAME and last not in by_key:
                by_name[last] += [(key, likeness.last_name_only) for key, _ in keys]
        self.by_key = dict(by_key)
        self.by_part = _parts(self.by_key)
        self._by_name = dict(by_name)
        self._all = Names()
        within: dict[int, Names] = defaultdict(Names)
        for name, keys in by_name.items():
            self._all.add(name)
            for zone in {streets[i].arrondissement for key, _ in keys for i in by_key[key]}:
                within[zone].add(name)
        self._within = dict(within)

    def like(self, name: str, said: frozenset[int]) -> list[tuple[str, float]]:
        """Keys of the streets whose name is like `name`, near ones first, with their likeness.

        Only in the arrondissements said, when some name there is like it.
        """
        here = [self._within[zone] for zone in said if zone in self._within]
        least = self._likeness.in_arrondissement
        found = [one for names in here for one in names.like(name, least, self._likeness)]
        if not found:
            found = self._all.like(name, self._likeness.anywhere, self._likeness)
        return [(key, score - lost) for near, score in found for key, lost in self._by_name[near]]

    def parts(self, key: str, said: frozenset[int]) -> list[int]:
        """The parts of a street, in the arrondissements said if it lies there."""
        everywhere = self.by_key[key]
        return [i for i in everywhere if self._streets[i].arrondissement in said] or everywhere

    def lies_in(self, key: str, said: frozenset[int]) -> bool:
        """Whether a part of the street lies in an arrondissement that was said."""
        return any(self._streets[i].arrondissement in said for i in self.by_key[key])

    def has_number(self, heard: Heard) -> bool:
        """Whether the street has the number said beside it, if one was said."""
        number = heard.number
        return number is None or any(
            self._doors.numbered(street, number) for street in self.by_key[heard.key]
        )

    def is_there(self, heard: Heard, said: frozenset[int]) -> bool:
        """Whether the street lies in an arrondissement that was said, and has the number said."""
        return heard.number is not None and any(
            self._streets[street].arrondissement in said
            and self._doors.numbered(street, heard.number)
            for street in self.by_key[heard.key]
        )


def spellings(named: list[str]) -> list[str]:
    """A name in its normal form, and joined: "la fite" may be Laffitte, "mon orgueil" one word."""
    spelled = [" ".join(key_words(named))]
    if len(named) > 1 and named[0] in ARTICLES:
        spelled.append(" ".join(key_words([named[0] + named[1], *named[2:]])))
    if " " in spelled[0] and len(named) == _JOINED:
        spelled.append(spelled[0].replace(" ", ""))
    return spelled


def _parts(keys: Collection[str]) -> dict[str, list[str]]:
    parts: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        if key != name_of(key):
            parts[name_of(key)].append(key)
        opening = " ".join(key.split()[:_OPENING])
        if opening != key and opening not in keys:
            parts[opening].append(key)
    return dict(parts)
