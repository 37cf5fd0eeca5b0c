"""Which answer to an open question words are most like, learnt from phrases by `bench.choices`.

A phrase is taken apart as in `likeness`. Each answer has a number for each bit; they are added up,
weighed by how rare the bits are, and told as chances.
"""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources

from matcher.domain.spelling import spell_plainly
from phone.dialogue.understanding.likeness import bits_of, runs_of

BUCKETS = 8192
"""Fewer than `likeness` has, as a question has fewer phrases."""

NOTHING = "none"
"""The answer of those who said nothing of the question."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learnt of one kind of bits: how rare each bucket is, and how it speaks for each."""

    rarity: array[float]
    voices: tuple[array[float], ...]

    def weigh(self, buckets: Iterable[int]) -> list[float]:
        """What a phrase's buckets say together, answer by answer."""
        kept = {bucket % BUCKETS for bucket in buckets}
        length = math.sqrt(sum(self.rarity[bucket] ** 2 for bucket in kept)) or 1.0
        return [
            sum(self.rarity[bucket] * voice[bucket] for bucket in kept) / length
            for voice in self.voices
        ]


@dataclass(frozen=True, slots=True)
class Choices:
    """The answers there are to one question.

    `learnt_from` is a sum of the phrases, so that a test finds weights that are behind them.
    """

    labels: tuple[str, ...]
    runs: Weights
    bits: Weights
    bias: array[float]
    learnt_from: int

    def best(self, text: str) -> tuple[str, float]:
        """The likeliest answer and its chance, 0 to 1."""
        words = spell_plainly(text).split()
        if not words:
            return NOTHING, 1.0
        said = [
            bias + run + bit
            for bias, run, bit in zip(
                self.bias,
                self.runs.weigh(runs_of(words)),
                self.bits.weigh(bits_of(words)),
                strict=True,
            )
        ]
        highest = max(said)
        chance = 1.0 / sum(math.exp(one - highest) for one in said)
        return self.labels[said.index(highest)], chance


def load(name: str) -> Choices:
    """What was learnt for one question, from the package's `words` folder.

    Raises:
        FileNotFoundError: nothing was.
    """
    source = resources.files("phone.dialogue.understanding") / "words" / f"{name}.bin"
    packed = source.read_bytes()
    names, _, numbers = packed.partition(b"\n")
    labels = tuple(names.decode().split())
    rows = 2 * (len(labels) + 1)
    *flat, learnt_from = struct.unpack(f"<{rows * BUCKETS + len(labels)}eI", numbers)
    columns = [array("f", flat[row * BUCKETS : (row + 1) * BUCKETS]) for row in range(rows)]
    half = rows // 2
    return Choices(
        labels,
        Weights(columns[0], tuple(columns[1:half])),
        Weights(columns[half], tuple(columns[half + 1 :])),
        array("f", flat[rows * BUCKETS :]),
        learnt_from,
    )


def save(choices: Choices) -> bytes:
    """What `load` reads."""
    flat = [
        number
        for kind in (choices.runs, choices.bits)
        for column in (kind.rarity, *kind.voices)
        for number in column
    ]
    numbers = struct.pack(
        f"<{len(flat) + len(choices.bias)}eI", *flat, *choices.bias, choices.learnt_from
    )
    return " ".join(choices.labels).encode() + b"\n" + numbers
