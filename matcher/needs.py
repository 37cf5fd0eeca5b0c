"""One bit a row for each need bit of a key: a rare need reads one bit a row and not eight bytes."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]
Bits = NDArray[np.uint64]

NEED_BITS = 16
FIRST_NEED_BIT = 48
"""Keys hold 48 half-hours, then the needs."""

_WORD = 64


class NeedMaps:
    """The need bits of these keys, a bitmap each.

    Attributes:
        maps: the bitmaps, row 0 in the lowest bit of the first word.
    """

    def __init__(self, keys: Bits) -> None:
        self._rows = len(keys)
        self.maps = [_bitmap(keys, FIRST_NEED_BIT + bit) for bit in range(NEED_BITS)]

    def note(self, row: int, key: int) -> None:
        """A row has another key; rows that came later have no bit here."""
        if row >= self._rows:
            return
        word, bit = divmod(row, _WORD)
        for need, lot in enumerate(self.maps):
            if key >> (FIRST_NEED_BIT + need) & 1:
                lot[word] |= np.uint64(1 << bit)
            else:
                lot[word] &= ~np.uint64(1 << bit)

    def having(self, needs: int, first: int, last: int) -> Rows:
        """The rows from `first` to `last` with all of `needs`, and a few neighbours of theirs."""
        lots = [self.maps[bit] for bit in range(NEED_BITS) if needs >> bit & 1]
        word, end = first // _WORD, ceil(last / _WORD)
        words = lots[0][word:end]
        for lot in lots[1:]:
            words = words & lot[word:end]
        full = np.flatnonzero(words)
        at = np.flatnonzero(
            np.unpackbits(words.take(full).view(np.uint8), bitorder="little").view(bool)
        )
        rows: Rows = (full.take(at >> 6) + word) * _WORD + (at & 63)
        return rows


def _bitmap(keys: Bits, bit: int) -> Bits:
    on = (keys >> np.uint64(bit)) & np.uint64(1)
    packed = np.packbits(on.astype(bool), bitorder="little")
    words = np.zeros(ceil(len(keys) / _WORD) * 8, dtype=np.uint8)
    words[: len(packed)] = packed
    return words.view(np.uint64)
