"""The exact nearest by bits: rows on a grid, searched outwards until a bound says enough.

It knows no people: a row has an id, a point, a limit in metres, one 64-bit key a weekday and
whatever columns the caller keeps beside them. Rows lie sorted by cell, so that a disc is a few
runs of them; rows that moved wait in a short tail until the next merge. Keys hold 48 half-hours
and `NEED_BITS` further bits; the latter are kept as bitmaps too, so that a rare need reads one
bit a row and not eight bytes.

One lock guards everything: a search takes a fraction of a millisecond.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, inf, radians, sin
from threading import RLock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.domain.geo import EARTH_M
from matcher.mesh import Floats, Mesh
from matcher.needs import FIRST_NEED_BIT, Bits, NeedMaps, Rows

Column = NDArray[np.generic]

_SAMPLE = 4096
_SPREAD = 6.0
"""Rows that pass the bits in the first disc, for each one wanted."""

_GATHER = 16.0
"""Cost of a row reached through the grid, in rows read in sequence."""

_MIN_TAIL = 256
_GONE = -1


@dataclass(frozen=True, slots=True)
class Sieve:
    """What rows are asked for.

    Attributes:
        lat: degrees, WGS 84.
        lon: degrees, WGS 84.
        keys: (weekday, bits that must all be set); at least one.
        any_of: bits of which one must be set, 0 for none.
        besides: further rows to look at wherever they lie, their keys tested by the caller.
    """

    lat: float
    lon: float
    keys: tuple[tuple[int, int], ...]
    any_of: int = 0
    besides: Rows | None = None


class Scoring(Protocol):
    """What makes a row better than another: a lower cost."""

    def floor(self, away_m: float) -> float:
        """A cost nobody at least `away_m` metres away goes below, `Sieve.besides` apart."""

    def costs(self, rows: Rows, away_m: Floats) -> Floats:
        """The cost of each row; infinite leaves it out."""


Admit = Callable[[int, int], bool]
"""The last word on a row that passed bits, limit and score: its number, and its position in the
arrays last given to `Scoring.costs`."""


@dataclass(frozen=True, slots=True)
class Found:
    """The best rows, best first.

    Attributes:
        rows: their numbers, good until the grid changes.
        costs: what each costs.
        at: their positions in the last arrays given to `Scoring.costs`.
    """

    rows: list[int]
    costs: list[float]
    at: list[int]


class Grid:
    """Rows sorted by cell of a uniform grid over metres.

    Args:
        ids: 16 bytes each, dtype S16, no two alike.
        lat: degrees, WGS 84.
        lon: degrees, WGS 84.
        limit_m: how far each row may be found from, at most 32,767.
        keys: seven arrays, one a weekday.
        columns: whatever else is kept of a row, by name.
        tie_break: the column that decides between equal costs, lowest first; then ids do.
        earth_m: radius of the sphere.
    """

    def __init__(
        self,
        ids: NDArray[np.bytes_],
        lat: Floats,
        lon: Floats,
        limit_m: NDArray[np.int16],
        keys: Sequence[Bits],
        columns: Mapping[str, Column],
        *,
        tie_break: str | None = None,
        earth_m: float = EARTH_M,
    ) -> None:
        self.lock = RLock()
        self.version = 0
        self._earth_m = earth_m
        self._reach_m = 0.0
        self._tie_break = tie_break
        self._lay(ids, _on_sphere(lat, lon), limit_m, keys, columns)

    def __len__(self) -> int:
        return self._live

    @property
    def nbytes(self) -> int:
        """Memory held by the arrays."""
        arrays = [self._ids, self._xyz, self.limit_m, self._every, self._mesh.starts, self._order]
        arrays += [*self.keys, *self._sample, *self._needs.maps, *self.columns.values()]
        return sum(array.nbytes for array in arrays)

    def find(self, id: bytes) -> int | None:
        """The row of this id, or None."""
        row = self._tail.get(id)
        if row is not None or self._sorted == 0:
            return row
        at = int(np.searchsorted(self._ids[: self._sorted], np.bytes_(id), sorter=self._order))
        if at == self._sorted:
            return None
        row = int(self._order[at])
        same = bytes(self._ids[row]) == id.rstrip(b"\0")
        return row if same and self.limit_m[row] != _GONE else None

    def id_of(self, row: int) -> bytes:
        """The 16 bytes of a row's id."""
        return bytes(self._ids[row]).ljust(16, b"\0")

    def ids_of(self, rows: Rows) -> list[bytes]:
        """`id_of` for many rows."""
        return [id.ljust(16, b"\0") for id in self._ids.take(rows).tolist()]

    def point_of(self, row: int) -> tuple[float, float]:
        """(lat, lon) of a row in degrees, to the last digit or so."""
        x, y, z = self._xyz[row]
        return float(np.degrees(np.arcsin(z))), float(np.degrees(np.arctan2(y, x)))

    def list_rows(self) -> Rows:
        """Every row there is."""
        rows: Rows = np.flatnonzero(self.limit_m[: self._end] != _GONE)
        return rows

    def put(
        self,
        id: bytes,
        lat: float,
        lon: float,
        limit_m: int,
        keys: Sequence[int],
        columns: Mapping[str, float],
    ) -> None:
        """Add a row, or replace the one of this id."""
        with self.lock:
            self.version += 1
            xyz = _on_sphere(np.array([lat]), np.array([lon]))[0]
            row = self.find(id)
            if row is not None and not np.array_equal(self._xyz[row], xyz):
                self._drop(row)
                row = None
            if row is None:
                if self._end == len(self.limit_m):
                    self._merge()
                row = self._end
                self._end += 1
                self._live += 1
                self._tail[id] = row
                self._ids[row] = id
                self._xyz[row] = xyz
            self.limit_m[row] = limit_m
            self._reach_m = max(self._reach_m, float(limit_m))
            for key, bits in zip(self.keys, keys, strict=True):
                key[row] = bits
            for name, value in columns.items():
                self.columns[name][row] = value
            self._needs.note(row, keys[0])

    def remove(self, id: bytes) -> bool:
        """Take a row out; whether there was one."""
        with self.lock:
            row = self.find(id)
            if row is None:
                return False
            self.version += 1
            self._drop(row)
            return True

    def passing(self, rows: Rows, sieve: Sieve) -> Rows:
        """Those of `rows` whose keys have the bits."""
        for weekday, must in sieve.keys:
            bits = np.uint64(must)
            rows = rows[(self.keys[weekday].take(rows) & bits) == bits]
        if sieve.any_of:
            rows = rows[(self.keys[0].take(rows) & np.uint64(sieve.any_of)) != 0]
        return rows

    def within(self, sieve: Sieve) -> tuple[Rows, Floats]:
        """Every row with the bits whose limit reaches the point, and how far each is."""
        with self.lock:
            rows = self._all_passing(sieve)
            away_m = self._away_m(sieve, rows)
            # A hair of slack: whoever measures otherwise has the last word.
            reached = away_m <= self.limit_m.take(rows) + 0.01
            return rows[reached], away_m[reached]

    def search(self, sieve: Sieve, k: int, scoring: Scoring, admit: Admit | None = None) -> Found:
        """The `k` rows of lowest cost that have the bits and whose limit reaches, exactly.

        The disc grows until the k-th cost lies below `Scoring.floor` at its edge, so that nobody
        outside could take a place; where few pass, all rows are read by bits instead.
        """
        with self.lock:
            weekday, must = sieve.keys[0]
            bits = np.uint64(must)
            hits = np.count_nonzero((self._sample[weekday] & bits) == bits)
            wanted = _SPREAD * k * (len(self._sample[weekday]) + 1) / (hits + 0.5)
            x_m, y_m = self._flat(sieve)
            first, last = self._mesh.stripe(y_m, self._reach_m * 1.001)
            radius_m = self._mesh.disc_m(x_m, y_m, wanted, self._reach_m)
            while radius_m < self._reach_m:
                rows = self._disc(sieve, x_m, y_m, radius_m, (last - first) / _GATHER)
                if rows is None:
                    break
                found = self._best(sieve, rows, k, scoring, admit)
                if len(found.rows) == k and found.costs[-1] < scoring.floor(radius_m):
                    return found
                radius_m *= 2
            return self._best(sieve, self._all_passing(sieve), k, scoring, admit)

    def _best(
        self, sieve: Sieve, rows: Rows, k: int, scoring: Scoring, admit: Admit | None
    ) -> Found:
        away_m = self._away_m(sieve, rows)
        near = np.flatnonzero(away_m <= self.limit_m.take(rows))
        rows, away_m = rows.take(near), away_m.take(near)
        costs = scoring.costs(rows, away_m)
        chosen: list[int] = []
        seen = 0
        take = k
        while len(chosen) < k and seen < len(rows):
            order = self._cheapest(rows, costs, take)
            for at in order[seen:]:
                if costs[at] == inf or len(chosen) == k:
                    break
                if admit is None or admit(int(rows[at]), at):
                    chosen.append(at)
            seen = len(order)
            take = 4 * seen
        picked = np.array(chosen, dtype=np.intp)
        return Found(rows.take(picked).tolist(), costs.take(picked).tolist(), chosen)

    def _cheapest(self, rows: Rows, costs: Floats, least: int) -> list[int]:
        """Positions of the `least` lowest costs and of all that tie with the last, in order."""
        if least < len(costs):
            edge = np.partition(costs, least - 1)[least - 1]
            at = np.flatnonzero(costs <= edge)
        else:
            at = np.arange(len(costs))
        at = at[np.argsort(costs[at])]
        ordered = costs[at]
        if (ordered[1:] == ordered[:-1]).any():
            ties = [self._ids[rows[at]], costs[at]]
            if self._tie_break is not None:
                ties.insert(1, self.columns[self._tie_break][rows[at]])
            at = at[np.lexsort(ties)]
        positions: list[int] = at.tolist()
        return positions

    def _disc(
        self, sieve: Sieve, x_m: float, y_m: float, radius_m: float, most: float
    ) -> Rows | None:
        """Rows with the bits in the cells a disc touches and in the tail; None: too many cells."""
        # A degree of longitude is shorter nearer the pole than where the grid was laid.
        pole = min(abs(sieve.lat) + np.degrees(radius_m / self._earth_m), 89.0)
        wide_m = radius_m * 1.001 * max(1.0, self._cos / cos(radians(pole)))
        starts, ends = self._mesh.runs(x_m, y_m, wide_m, radius_m * 1.001)
        if int((ends - starts).sum()) > most:
            return None
        every = self._every
        runs = [every[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True) if a < b]
        runs.append(every[self._sorted : self._end])
        return self._with_besides(sieve, self.passing(np.concatenate(runs), sieve))

    def _all_passing(self, sieve: Sieve) -> Rows:
        """Every row with the bits that lies no further north or south than any limit reaches."""
        first, last = self._mesh.stripe(self._flat(sieve)[1], self._reach_m * 1.001)
        weekday, must = sieve.keys[0]
        needs = must >> FIRST_NEED_BIT
        if needs:
            rows = self._needs.having(needs, first, last)
        else:
            bits = np.uint64(must)
            rows = np.flatnonzero((self.keys[weekday][first:last] & bits) == bits) + first
        rows = np.concatenate((rows, self._every[self._sorted : self._end]))
        return self._with_besides(sieve, self.passing(rows, sieve))

    def _with_besides(self, sieve: Sieve, rows: Rows) -> Rows:
        if sieve.besides is None or not len(sieve.besides):
            return rows
        both = np.sort(np.concatenate((rows, sieve.besides)))
        once = np.ones(len(both), dtype=bool)
        np.not_equal(both[1:], both[:-1], out=once[1:])
        return both[once]

    def _away_m(self, sieve: Sieve, rows: Rows) -> Floats:
        """Great-circle metres, from the chord between two points of the unit sphere."""
        lat, lon = radians(sieve.lat), radians(sieve.lon)
        here = np.array((cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)))
        apart = self._xyz.take(rows, axis=0)
        apart -= here
        chord = np.sqrt(np.einsum("ij,ij->i", apart, apart))
        chord *= 0.5
        away: Floats = np.arcsin(chord)
        away *= 2 * self._earth_m
        return away

    def _flat(self, sieve: Sieve) -> tuple[float, float]:
        return (
            radians(sieve.lon) * self._earth_m * self._cos,
            radians(sieve.lat) * self._earth_m,
        )

    def _drop(self, row: int) -> None:
        self._tail.pop(self.id_of(row), None)
        self.limit_m[row] = _GONE
        self._live -= 1
        for key in self.keys:
            key[row] = 0
        self._needs.note(row, 0)

    def _merge(self) -> None:
        """Sort the tail in among the others and forget those that are gone."""
        rows = self.list_rows()
        self._lay(
            self._ids[rows],
            self._xyz[rows],
            self.limit_m[rows],
            [key[rows] for key in self.keys],
            {name: column[rows] for name, column in self.columns.items()},
        )

    def _lay(
        self,
        ids: NDArray[np.bytes_],
        xyz: Floats,
        limit_m: NDArray[np.int16],
        keys: Sequence[Bits],
        columns: Mapping[str, Column],
    ) -> None:
        n = len(ids)
        lat = np.arcsin(xyz[:, 2])
        self._cos = cos(float(np.median(lat))) if n else 1.0
        x_m = np.arctan2(xyz[:, 1], xyz[:, 0]) * (self._earth_m * self._cos)
        y_m = lat * self._earth_m
        self._mesh = Mesh(x_m, y_m)
        order = self._mesh.order_of(x_m, y_m)
        room = n + max(_MIN_TAIL, n // 128)
        self._ids = _with_room(ids, order, room)
        self._xyz = _with_room(xyz, order, room)
        self.limit_m = _with_room(limit_m, order, room)
        self.keys = [_with_room(key, order, room) for key in keys]
        self.columns = {name: _with_room(column, order, room) for name, column in columns.items()}
        self._every = np.arange(room, dtype=np.int32)
        self._sorted = self._end = self._live = n
        self._tail: dict[bytes, int] = {}
        self._reach_m = float(self.limit_m[:n].max(initial=0))
        self._order = np.argsort(self._ids[:n]).astype(np.int32)
        step = max(1, n // _SAMPLE)
        self._sample = [key[:n:step].copy() for key in self.keys]
        self._needs = NeedMaps(self.keys[0][:n])


def _on_sphere(lat: Floats, lon: Floats) -> Floats:
    """Degrees to points of the unit sphere, (n, 3)."""
    phi, theta = np.radians(lat), np.radians(lon)
    flat = np.cos(phi)
    return np.column_stack((flat * np.cos(theta), flat * np.sin(theta), np.sin(phi)))


def _with_room(values: NDArray, order: NDArray[np.intp], room: int) -> NDArray:  # type: ignore[type-arg]
    wide = np.zeros((room, *values.shape[1:]), dtype=values.dtype)
    wide[: len(order)] = values[order]
    return wide
