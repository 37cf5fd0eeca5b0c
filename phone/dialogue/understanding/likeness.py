"""How much words are like those of a person in danger, learnt from phrases by `bench.distress`.

A phrase is the pairs of its words and the bits of its words, whatever their order: what nobody
wrote a pattern for still shares most of them with something that was said before. Each bit has a
weight by how rare it is, and one by how much it speaks for danger; a phrase is as long as it is, so
both kinds are brought to one length.
"""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from zlib import crc32

from phone.dialogue.understanding.normalise import normalise

BUCKETS = 32_768
"""Bits fall into so many; two that share one are told apart by the others of their phrase."""
LONGEST_RUN = 2
"""Words that are looked at together."""
SHORTEST_BIT, LONGEST_BIT = 3, 5
"""Letters, the blanks around a word included."""
FILE = "likeness.bin"
_EDGE = "|"
_UNSAID = frozenset({"ne", "n"})
_FORM = f"<{4 * BUCKETS + 1}eI"


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learnt of one kind of bits: how rare each bucket is, and how it speaks."""

    rarity: array[float]
    voice: array[float]

    def weigh(self, buckets: Iterable[int]) -> float:
        """What a phrase's buckets say together."""
        said, length = 0.0, 0.0
        for bucket in buckets:
            rarity = self.rarity[bucket]
            said += rarity * self.voice[bucket]
            length += rarity * rarity
        return said / math.sqrt(length) if length else 0.0


@dataclass(frozen=True, slots=True)
class Likeness:
    """The two kinds of bits, and what is thought before a word is said.

    `learnt_from` is a sum of the phrases, so that a test finds weights that are behind them.
    """

    runs: Weights
    bits: Weights
    bias: float
    learnt_from: int

    def of(self, text: str) -> float:
        """From 0, nothing like it, to 1."""
        words = words_of(text)
        if not words:
            return 0.0
        said = self.bias + self.runs.weigh(runs_of(words)) + self.bits.weigh(bits_of(words))
        return 1.0 / (1.0 + math.exp(-said))


def words_of(text: str) -> list[str]:
    """The words of a phrase, numbers in digits, and without "ne": few people say it."""
    return [word for word in normalise(text).split() if word not in _UNSAID]


def runs_of(words: list[str]) -> set[int]:
    """The buckets of single words and of neighbours, the edges of the phrase included."""
    edged = [_EDGE, *words, _EDGE]
    return {
        _bucket(" ".join(edged[start : start + length]))
        for length in range(1, LONGEST_RUN + 1)
        for start in range(len(edged) - length + 1)
    }


def bits_of(words: list[str]) -> set[int]:
    """The buckets of the letters that stand together in a word."""
    return set().union(*map(_bits, words))


@lru_cache(maxsize=4096)
def _bits(word: str) -> frozenset[int]:
    blank = f" {word} "
    return frozenset(
        _bucket(blank[start : start + length])
        for length in range(SHORTEST_BIT, LONGEST_BIT + 1)
        for start in range(len(blank) - length + 1)
    )


def _bucket(bit: str) -> int:
    return crc32(bit.encode()) % BUCKETS


def load() -> Likeness:
    """What was learnt, from the package's `words` folder."""
    source = resources.files("phone.dialogue.understanding") / "words" / FILE
    *numbers, learnt_from = struct.unpack(_FORM, source.read_bytes())
    parts = [
        array("f", numbers[start : start + BUCKETS]) for start in range(0, 4 * BUCKETS, BUCKETS)
    ]
    return Likeness(Weights(*parts[:2]), Weights(*parts[2:]), numbers[-1], learnt_from)


def save(likeness: Likeness) -> bytes:
    """What `load` reads."""
    numbers = (
        *likeness.runs.rarity,
        *likeness.runs.voice,
        *likeness.bits.rarity,
        *likeness.bits.voice,
        likeness.bias,
        likeness.learnt_from,
    )
    return struct.pack(_FORM, *numbers)
