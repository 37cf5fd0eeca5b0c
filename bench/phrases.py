"""The corpora's phrases, and phrases as rows of weighed bits, for what is learnt from them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import scipy.sparse as sp

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "tests" / "phone" / "corpus"
WORDS = ROOT / "phone" / "dialogue" / "understanding" / "words"


@dataclass(frozen=True, slots=True)
class Phrase:
    """What somebody wrote, and what it means."""

    author: str
    label: str
    text: str


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of one file of the corpora."""
    with (CORPUS / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def sum_of(phrases: Iterable[Phrase]) -> int:
    """Changes with every phrase and label."""
    return crc32("\n".join(f"{one.label} {one.text}" for one in phrases).encode())


def count_bits(
    phrases: Iterable[list[str]], kind: Callable[[list[str]], set[int]], buckets: int
) -> sp.csr_matrix:
    """A row for each phrase, given in words, with a one in each bucket that it has."""
    columns, ends = [], [0]
    for words in phrases:
        columns += sorted({bucket % buckets for bucket in kind(words)})
        ends.append(len(columns))
    return sp.csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(ends) - 1, buckets))


def rarity_of(counts: sp.csr_matrix) -> np.ndarray:
    """How much each bucket tells: the more, the fewer phrases have it."""
    held = np.asarray(counts.sum(axis=0)).ravel()
    return np.log((1 + counts.shape[0]) / (1 + held)) + 1


def scaled(counts: sp.csr_matrix, rarity: np.ndarray) -> sp.csr_matrix:
    """The rows weighed by rarity and brought to one length."""
    rows = counts @ sp.diags(rarity)
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return sp.diags(1 / np.maximum(length, 1e-9)) @ rows
