"""What speaks for or against something mentioned in a sentence, and how much: learnt by `bench`.

A time, a house number, a street: each mention is told by the words around it, by its place among
the others of its kind and by what lies between them. The clues' numbers are added up and told as
a chance. Clues are texts that fall into buckets, so that no list of words is kept.
"""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

BUCKETS = 32_768
"""Clues fall into so many; two that share one are told apart by the others."""
_FORM = f"<{BUCKETS + 1}eI"
_BEFORE, _AFTER = 8, 6
"""Words that are looked at on either side."""
_NEAR_BEFORE, _NEAR_AFTER = 4, 3
_STEM = 4
_CLAUSE_STARTS = frozenset({
    "donc", "alors", "mais", "parce", "car", "puisque", "comme", "et", "que", "qui", "si", "quand",
    "non", "plutot", "pour",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mention:
    """What is mentioned, from one place of a sentence to before another."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A sentence in which each mention is one token, its kind.

    Attributes:
        tokens: the words, plainly spelled, kinds in the place of mentions.
        places: where in `tokens` the mentions stand, from left to right.
        kinds: of each mention.
    """

    tokens: Sequence[str]
    places: Sequence[int]
    kinds: Sequence[str]

    @classmethod
    def told(
        cls, mentions: Sequence[Mention], words: Callable[[slice], Iterable[str]]
    ) -> Mentioned:
        """The mentions among their words; `words` spells plainly what lies between two places."""
        tokens: list[str] = []
        places: list[int] = []
        last = 0
        for one in mentions:
            tokens += words(slice(last, one.start))
            places.append(len(tokens))
            tokens.append(one.kind)
            last = one.end
        tokens += words(slice(last, None))
        return cls(tokens, places, [one.kind for one in mentions])

    def around(self, index: int) -> Iterator[str]:
        """The words before and after a mention, by their place, near or far, in twos and threes.

        Where no other of its kind is mentioned, the same words may tell another thing.
        """
        place = self.places[index]
        alone = self.kinds.count(self.kinds[index]) == 1
        before = self.tokens[max(0, place - _BEFORE) : place][::-1]
        after = self.tokens[place + 1 : place + 1 + _AFTER]
        for side, words, near in (("before", before, _NEAR_BEFORE), ("after", after, _NEAR_AFTER)):
            for distance, word in enumerate(words):
                reach = "near" if distance < near else "far"
                yield f"{side} {reach} {word}"
                yield f"{side} {reach} {_stem(word)}*"
                if distance < 3:
                    yield f"{side} {distance} {word}"
            edged = [*words, "|", "|", "|"]
            yield f"{side} two {edged[0]} {edged[1]}"
            yield f"{side} three {edged[0]} {edged[1]} {edged[2]}"
            for one, other in pairwise(edged[:5]):
                yield f"{side} pair {one} {other}"
            if alone:
                yield f"{side} alone {edged[0]}"
                yield f"{side} alone {edged[0]} {edged[1]}"
                for word in words[:near]:
                    yield f"{side} alone near {_stem(word)}*"
        yield f"between {before[0] if before else '|'} {after[0] if after else '|'}"
        if alone:
            yield f"alone between {before[0] if before else '|'} {after[0] if after else '|'}"
        for distance, word in enumerate(before):
            if word in _CLAUSE_STARTS:
                yield f"clause {word}"
                yield f"clause {word} {min(distance, 5) // 2}"
                break
        yield f"begins {self.tokens[0]}"

    def among(self, index: int) -> Iterator[str]:
        """Its place among those of its kind, and what lies between it and its neighbours."""
        kind, place = self.kinds[index], self.places[index]
        alike = [one for one, other in enumerate(self.kinds) if other == kind]
        rank, left = alike.index(index), len(alike) - 1 - alike.index(index)
        yield f"rank {min(rank, 2)} {min(left, 2)}"
        yield f"alike {min(len(alike), 3)}"
        yield f"first {rank == 0}"
        yield f"last {left == 0}"
        for word in self.tokens[self.places[alike[rank - 1]] + 1 : place] if rank else ():
            yield f"since alike {_stem(word)}*"
        for word in self.tokens[place + 1 : self.places[alike[rank + 1]]] if left else ():
            yield f"until alike {_stem(word)}*"
        for side, other in (("previous", index - 1), ("next", index + 1)):
            if not 0 <= other < len(self.kinds):
                yield f"{side} none"
                continue
            gap = self.between(index, other)
            neighbour = f"{side} {self.kinds[other]}"
            yield f"{neighbour} {min(len(gap), 4)}"
            yield f"{neighbour} {' '.join(gap[:4])}"
            for word in gap:
                yield f"{neighbour} gap {word}"

    def between(self, one: int, other: int) -> Sequence[str]:
        """The tokens between two mentions."""
        low, high = sorted((self.places[one], self.places[other]))
        return self.tokens[low + 1 : high]


def _stem(word: str) -> str:
    return word[:_STEM]


def bucketed(kind: str, clues: Iterable[str]) -> set[int]:
    """The buckets that the clues of a mention of this kind fall into."""
    return {crc32(f"{kind} {clue}".encode()) % BUCKETS for clue in clues}


@dataclass(frozen=True, slots=True)
class ClueWeights:
    """How each clue speaks, and what is thought before any does.

    `learnt_from` is a sum of the phrases, so that a test finds weights that are behind them.
    """

    voice: array[float]
    bias: float
    learnt_from: int

    def chance(self, clues: Iterable[int]) -> float:
        """The chance that a mention with these clues is meant."""
        return 1.0 / (1.0 + math.exp(-self.bias - sum(self.voice[clue] for clue in clues)))


def load_weights(kept: bytes) -> ClueWeights:
    """What `save_weights` made."""
    *voice, bias, learnt_from = struct.unpack(_FORM, kept)
    return ClueWeights(array("f", voice), bias, learnt_from)


def save_weights(weights: ClueWeights) -> bytes:
    """What `load_weights` reads."""
    return struct.pack(_FORM, *weights.voice, weights.bias, weights.learnt_from)
