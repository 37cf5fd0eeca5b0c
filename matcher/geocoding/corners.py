"""The corner of two streets, for who says both and no number."""

from __future__ import annotations

from matcher.domain.addresses import Address
from matcher.geocoding.doors import Doors
from matcher.geocoding.hearing import Heard, Span, exact_spans
from matcher.geocoding.similar import SimilarNames
from matcher.geocoding.street_names import StreetNames
from matcher.geocoding.words import ARTICLES, BREAK, listed

CORNER_M = 120.0
"""Two streets meet when two of their doors are no further apart."""

_CORNER_WORDS = listed("corner")
_BETWEEN_CORNERS = ARTICLES | {BREAK}


class Corners:
    """Where the streets of a territory meet.

    Args:
        doors: every door.
        names: their streets by name.
        similar: how a second street that is said inexactly is found.
    """

    def __init__(self, doors: Doors, names: StreetNames, similar: SimilarNames) -> None:
        self._doors = doors
        self._names = names
        self._similar = similar

    def find(self, words: list[str], said: frozenset[int], exact: Heard | None) -> Address | None:
        """The door where two streets meet, when a phrase says two and no number."""
        if exact is None or exact.number is not None:
            return None
        first = Span(exact.key, exact.start, exact.end)
        asked = bool(_CORNER_WORDS.intersection(words))
        second = self._second(words, first) or (self._guess(words, first, said) if asked else None)
        if second is None:
            return None
        left, right = sorted((first, second), key=lambda span: span.start)
        between = words[left.end : right.start]
        if not (asked or (between and _BETWEEN_CORNERS.issuperset(between))):
            return None
        these, those = self._names.parts(left.key, said), self._names.parts(right.key, said)
        return self._doors.corner(these, those, CORNER_M)

    def _second(self, words: list[str], first: Span) -> Span | None:
        """The longest exact name beside the first one."""
        others = (span for span in exact_spans(words, self._names.by_key) if not span.meets(first))
        return min(others, key=lambda span: (-span.size, span.start), default=None)

    def _guess(self, words: list[str], first: Span, said: frozenset[int]) -> Span | None:
        """The most similar name beside the first one."""
        masked = [*words[: first.start], BREAK, *words[first.end :]]
        near = self._similar.guess(masked, said, None)
        if near is None:
            return None
        moved = first.end - first.start - 1 if near.start > first.start else 0
        return Span(near.key, near.start + moved, near.end + moved)
