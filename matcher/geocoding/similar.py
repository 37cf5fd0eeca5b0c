"""The street whose name was said inexactly: misheard, or only in part."""

from __future__ import annotations

from matcher.geocoding.hearing import Heard, exact_spans, spans, with_number
from matcher.geocoding.likeness import Likeness
from matcher.geocoding.street_names import LAST_NAME, StreetNames, spellings
from matcher.geocoding.words import STREET_TYPES, name_of

_MOST_GUESSES = 6  # spans of a phrase compared with every name: a turn must stay short


class SimilarNames:
    """The search for who finds no exact name.

    Args:
        names: the streets of a territory.
        likeness: from when a name is like another, and what is taken off.
    """

    def __init__(self, names: StreetNames, likeness: Likeness) -> None:
        self._names = names
        self._likeness = likeness

    def guess(self, words: list[str], said: frozenset[int], exact: Heard | None) -> Heard | None:
        """The most similar street name in `words`, or none that is near enough.

        After an exact name with unexplained words behind it, only a longer name counts.
        """
        best: Heard | None = None
        best_rank = (False, 0.0)
        guessed: dict[str, list[tuple[str, float]]] = {}
        for start, end, left_over in spans(words):
            if exact is not None and not start <= exact.start < exact.end < end:
                continue
            if best is not None and best.start == start and not words[end].isdigit():
                continue  # with more of the words there it is a street already
            typed = words[start] in STREET_TYPES
            kind = words[start] if typed else None
            named = words[start + 1 : end] if typed else words[start:end]
            near: list[tuple[str, float]] = []
            for name in spellings(named):
                if len(name) < 3 or (name not in guessed and len(guessed) == _MOST_GUESSES):
                    continue
                if name not in guessed:
                    guessed[name] = self._names.like(name, said)
                near += guessed[name]
            for key, likeness in near:
                heard = with_number(words, start, end, key)
                if heard.number is None and not typed:
                    continue
                unexplained = max(0, end + left_over - heard.end)
                score = likeness - self._unlikely(heard, kind, unexplained)
                here = self._names.lies_in(key, said)
                least = self._likeness.in_arrondissement if here else self._likeness.anywhere
                longer = exact is None or (
                    len(name_of(key)) > len(name_of(exact.key)) and not key.endswith(exact.key)
                )
                if score < least or not longer:
                    continue
                if (here, score) > best_rank:
                    best, best_rank = heard, (here, score)
        return best

    def spot_part(self, words: list[str], said: frozenset[int]) -> Heard | None:
        """The street of whose name a part is said beside a number it has: "63, Sébastopol".

        In an arrondissement that was said, if any was.
        """
        best: Heard | None = None
        best_rank = (False, 0)
        for span in exact_spans(words, self._names.by_part, least=1):
            if len(span.key) < LAST_NAME:
                continue
            for key in self._names.by_part[span.key]:
                heard = with_number(words, span.start, span.end, key)
                kind_said = key.partition(" ")[0] in words
                told = heard.number is not None and (heard.whole or kind_said)
                rank = (kind_said, span.size)
                here = self._names.is_there(heard, said) if said else self._names.has_number(heard)
                if told and here and rank > best_rank:
                    best, best_rank = heard, rank
        if best is not None:
            best.alone = False
        return best

    def _unlikely(self, heard: Heard, kind: str | None, unexplained: int) -> float:
        """The likeness lost to another kind, a number the street has not, words left over."""
        lost = unexplained * self._likeness.unexplained
        if not heard.key.startswith(f"{kind} "):
            lost += self._likeness.other_kind
        if not self._names.has_number(heard):
            lost += self._likeness.no_such_number
        return lost
