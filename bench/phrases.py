"""Phrases as rows of weighed bits, for what is learnt from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import scipy.sparse as sp


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
