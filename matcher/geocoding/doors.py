"""Every door of a territory in flat arrays: found by number, by nearness, or where streets meet."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.domain.addresses import Address
from matcher.domain.geo import Point, distance_m
from matcher.geocoding.hearing import normal_rep

_MICRODEGREES = 1_000_000


class AddressRow(NamedTuple):
    """One address as files and tables give it; `lat` and `lon` in WGS 84 degrees."""

    number: int
    rep: str | None
    street: str
    postcode: str
    lat: float
    lon: float


@dataclass(slots=True)
class Street:
    """The part of a street that lies in one postcode; its doors are rows `first` to `last`."""

    name: str
    postcode: str
    first: int
    last: int

    @property
    def arrondissement(self) -> int:
        """75116 is a second postcode of the sixteenth."""
        return int(self.postcode[-2:])


class Doors:
    """The doors, street by street and in the order of their numbers: 12 bytes each.

    Args:
        rows: the addresses, in any order; duplicates are kept once.

    Attributes:
        streets: every part of every street; its index there is what the methods take.
    """

    def __init__(self, rows: Iterable[AddressRow]) -> None:
        self.streets: list[Street] = []
        self._numbers = array("H")
        self._rep_ids = array("H")
        rep_ids: dict[str | None, int] = {None: 0}
        grouped: dict[tuple[str, str], dict[tuple[int, int], tuple[int, int]]] = defaultdict(dict)
        for row in rows:
            rep = normal_rep(row.rep)
            rep_id = rep_ids.setdefault(rep, len(rep_ids))
            point = (round(row.lat * _MICRODEGREES), round(row.lon * _MICRODEGREES))
            grouped[row.street, row.postcode].setdefault((row.number, rep_id), point)
        self._reps = list(rep_ids)
        points = array("i")
        for (name, postcode), doors in sorted(grouped.items()):
            first = len(self._numbers)
            for (number, rep_id), point in sorted(doors.items()):
                self._numbers.append(number)
                self._rep_ids.append(rep_id)
                points.extend(point)
            self.streets.append(Street(name, postcode, first, len(self._numbers)))
        self._points: NDArray[np.int32] = np.array(points, dtype=np.int32).reshape(-1, 2)
        self._firsts = [street.first for street in self.streets]
        # The earth is flat at a city's scale: one degree of longitude, in degrees of latitude.
        middle = float(np.median(self._points[:, 0])) / _MICRODEGREES if points else 0.0
        self._flat: NDArray[np.float32] = np.array([1.0, cos(radians(middle))], dtype=np.float32)

    def __len__(self) -> int:
        """How many doors there are."""
        return len(self._numbers)

    def numbered(self, street: int, number: int) -> range:
        """The rows of one number of a street, all its bis and ter."""
        part = self.streets[street]
        low = bisect_left(self._numbers, number, part.first, part.last)
        return range(low, bisect_right(self._numbers, number, low, part.last))

    def find(self, street: int, number: int, rep: str | None) -> tuple[int, bool] | None:
        """The row of a door and whether it is just the one said; else its plain number."""
        doors = self.numbered(street, number)
        for row in doors:
            if self._reps[self._rep_ids[row]] == rep:
                return row, True
        return (doors[0], False) if doors else None

    def address(self, row: int) -> Address:
        """The door of one row."""
        part = self.streets[bisect_right(self._firsts, row) - 1]
        rep = self._reps[self._rep_ids[row]]
        return Address(self._numbers[row], rep, part.name, part.postcode, self._point(row))

    def nearest(self, point: Point, within_m: float) -> Address | None:
        """The door nearest to a point, or None when none is so near."""
        if not len(self):
            return None
        here = np.array([point.lat, point.lon]) * _MICRODEGREES
        away = (self._points - here.astype(np.int32)) * self._flat
        row = int(np.argmin(np.einsum("ij,ij->i", away, away)))
        return self.address(row) if distance_m(point, self._point(row)) <= within_m else None

    def corner(self, these: Sequence[int], those: Sequence[int], within_m: float) -> Address | None:
        """The door of `these` streets nearest to a door of `those`; None when they never meet.

        Streets meet when two of their doors are `within_m` metres from each other or less.
        """
        rows, others = self._rows(these), self._rows(those)
        mine = self._points[rows].astype(np.float32) * self._flat
        theirs = self._points[others].astype(np.float32) * self._flat
        apart = ((mine[:, None, :] - theirs[None, :, :]) ** 2).sum(axis=2)
        i, j = np.unravel_index(int(np.argmin(apart)), apart.shape)
        near, far = int(rows[i]), int(others[j])
        meet = distance_m(self._point(near), self._point(far)) <= within_m
        return self.address(near) if meet else None

    def _rows(self, streets: Sequence[int]) -> NDArray[np.int64]:
        parts = [self.streets[index] for index in streets]
        return np.concatenate([np.arange(part.first, part.last) for part in parts])

    def _point(self, row: int) -> Point:
        lat, lon = self._points[row].tolist()
        return Point(lat / _MICRODEGREES, lon / _MICRODEGREES)
