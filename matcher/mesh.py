"""A uniform mesh over points of a plane: which rows, sorted by cell, lie in a box.

Cells of a line follow each other, so that a box is one run of rows for each line it touches.
"""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CELL_M = 60.0
MOST_CELLS = 2_000_000


class Mesh:
    """Cells over these points, in metres; points outside belong to the cells of the border.

    Attributes:
        starts: where the rows of each cell begin, and at last how many there are.
    """

    starts: NDArray[np.int32]

    def __init__(self, x_m: Floats, y_m: Floats) -> None:
        n = len(x_m)
        if not n:
            x_m = y_m = np.zeros(1)
        # Far-off rows share the cells of the border, or they alone would decide the mesh.
        self._x0, x1 = (float(q) for q in np.quantile(x_m, (0.001, 0.999)))
        self._y0, y1 = (float(q) for q in np.quantile(y_m, (0.001, 0.999)))
        area = max(x1 - self._x0, 1.0) * max(y1 - self._y0, 1.0)
        self._cell_m = max(CELL_M, sqrt(area / MOST_CELLS), sqrt(area / (2 * n + 1)))
        self._across = int((x1 - self._x0) // self._cell_m) + 1
        self._up = int((y1 - self._y0) // self._cell_m) + 1
        counts = np.bincount(self._cells(x_m[:n], y_m[:n]), minlength=self._across * self._up)
        self.starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)

    def order_of(self, x_m: Floats, y_m: Floats) -> NDArray[np.intp]:
        """What sorts these points, those the mesh was laid over, by cell."""
        return np.argsort(self._cells(x_m, y_m), kind="stable")

    def runs(
        self, x_m: float, y_m: float, wide_m: float, high_m: float
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Where the rows of a box begin and end, line by line; it goes so far to each side."""
        cell_m, across, up = self._cell_m, self._across - 1, self._up - 1
        left = min(max(int((x_m - wide_m - self._x0) // cell_m), 0), across)
        right = min(max(int((x_m + wide_m - self._x0) // cell_m), 0), across)
        low = min(max(int((y_m - high_m - self._y0) // cell_m), 0), up)
        high = min(max(int((y_m + high_m - self._y0) // cell_m), 0), up)
        lines = self.starts[low * self._across : (high + 1) * self._across + 1]
        return lines[left :: self._across][: high - low + 1], lines[right + 1 :: self._across]

    def stripe(self, y_m: float, high_m: float) -> tuple[int, int]:
        """The rows that lie no further than `high_m` to either side of a line: from, to."""
        up = self._up - 1
        low = min(max(int((y_m - high_m - self._y0) // self._cell_m), 0), up)
        high = min(max(int((y_m + high_m - self._y0) // self._cell_m), 0), up)
        return int(self.starts[low * self._across]), int(self.starts[(high + 1) * self._across])

    def disc_m(self, x_m: float, y_m: float, wanted: float, most_m: float) -> float:
        """The radius of a disc that holds about `wanted` rows, from the cells around."""
        half = self._cell_m
        while half < most_m:
            starts, ends = self.runs(x_m, y_m, half, half)
            held = int((ends - starts).sum())
            if held >= min(wanted, 64):
                side_m = 2 * half + self._cell_m
                return sqrt(wanted * side_m * side_m / (pi * held))
            half *= 2
        return half

    def _cells(self, x_m: Floats, y_m: Floats) -> NDArray[np.int32]:
        across = np.clip((x_m - self._x0) // self._cell_m, 0, self._across - 1)
        up = np.clip((y_m - self._y0) // self._cell_m, 0, self._up - 1)
        return (up * self._across + across).astype(np.int32)
