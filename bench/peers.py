"""RANK's contestants that live in this process: ours, and those Python people reach for.

Each is given the crowd once and then answers requests exactly. Those that search by radius start
with the radius most answers need (`hint_m`, measured beforehand), which is more than they could
know.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Protocol

import numpy as np
import shapely
from geopy.distance import great_circle
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from bench.crowd import (
    EARTH_M,
    METRES_AN_OUTING,
    NEAREST,
    PARIS,
    Crowd,
    Floats,
    Request,
    best_of,
)
from matcher.grid import Grid, Sieve
from matcher.needs import Rows

MOST_M = 6000.0
"""No travel limit goes further."""

SLACK = 1.015
"""Flat maps, other spheres and rounded positions err by less."""

Answer = tuple[list[int], list[float]]


class Missing(Exception):
    """A contestant cannot take part on this machine; the text says why."""


class Contestant(Protocol):
    """Somebody who answers RANK."""

    name: str

    def ask(self, request: Request) -> Answer:
        """The ten best, positions and scores."""

    def close(self) -> None:
        """Give everything back."""


def flat(lat: Floats | float, lon: Floats | float) -> tuple[Floats, Floats]:
    """Metres east and north of the middle of Paris, on a flat earth."""
    east = np.radians(np.asarray(lon) - PARIS[1]) * EARTH_M * np.cos(np.radians(PARIS[0]))
    return east, np.radians(np.asarray(lat) - PARIS[0]) * EARTH_M


def keys_of(crowd: Crowd) -> list[NDArray[np.uint64]]:
    """One 64-bit key a weekday: half-hours, skills, languages."""
    more = crowd.skills.astype(np.uint64) << np.uint64(48)
    more |= crowd.languages.astype(np.uint64) << np.uint64(56)
    return [crowd.free[:, weekday] | more for weekday in range(7)]


def bits_of(request: Request) -> int:
    """What a key must have."""
    return request.halfhours | request.skill << 48 | request.language << 56


def by_radius(found: Callable[[float], Answer], hint_m: float) -> Answer:
    """Widen the circle until the tenth score lies inside it."""
    radius_m = min(hint_m, MOST_M)
    while True:
        people, scores = found(radius_m)
        if radius_m >= MOST_M or (len(scores) == NEAREST and scores[-1] < radius_m):
            return people, scores
        radius_m = min(2 * radius_m, MOST_M)


class OurGrid:
    """`matcher.grid`, the roster's index, with RANK's score."""

    name = "compagnie"

    def __init__(self, crowd: Crowd) -> None:
        n = len(crowd)
        ids = np.zeros((n, 16), dtype=np.uint8)
        ids[:, 8:] = np.arange(n, dtype=">u8").view(np.uint8).reshape(n, 8)
        self.grid = Grid(
            ids.view("S16").ravel(),
            crowd.lat,
            crowd.lon,
            crowd.limit_m.astype(np.int16),
            keys_of(crowd),
            {"recent": crowd.recent.copy()},
            earth_m=EARTH_M,
        )

    def ask(self, request: Request) -> Answer:
        sieve = Sieve(request.lat, request.lon, ((request.weekday, bits_of(request)),))
        found = self.grid.search(sieve, NEAREST, _MetresAndOutings(self.grid))
        ids = [int.from_bytes(self.grid.id_of(row), "big") for row in found.rows]
        return ids, found.costs

    def close(self) -> None:
        pass


class _MetresAndOutings:
    """RANK's score as the grid's scoring."""

    def __init__(self, grid: Grid) -> None:
        self._recent = grid.columns["recent"]

    def floor(self, away_m: float) -> float:
        return away_m

    def costs(self, rows: Rows, away_m: Floats) -> Floats:
        costs: Floats = away_m + METRES_AN_OUTING * self._recent.take(rows)
        return costs


class AllByBits:
    """The same keys, everybody looked at."""

    name = "numpy, all rows"

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._keys = keys_of(crowd)

    def ask(self, request: Request) -> Answer:
        bits = np.uint64(bits_of(request))
        people = np.flatnonzero((self._keys[request.weekday] & bits) == bits)
        return best_of(self._crowd, request, people)

    def close(self) -> None:
        pass


Near = Callable[[float, float, float], NDArray[np.intp]]
"""Everybody within so many metres of a latitude and longitude, and perhaps some others."""


class _Filter:
    """The hits of a spatial index, filtered by the crowd's columns."""

    def __init__(self, crowd: Crowd, hint_m: float) -> None:
        self._crowd = crowd
        self._keys = keys_of(crowd)
        self._hint_m = hint_m

    def ask(self, request: Request, near: Near) -> Answer:
        bits = np.uint64(bits_of(request))
        keys = self._keys[request.weekday]

        def found(radius_m: float) -> Answer:
            people = near(request.lat, request.lon, radius_m)
            people = people[(keys[people] & bits) == bits]
            return best_of(self._crowd, request, people)

        return by_radius(found, self._hint_m)


class KdTree:
    """scipy's k-d tree of flat points."""

    name = "scipy cKDTree"

    def __init__(self, crowd: Crowd, hint_m: float) -> None:
        self._filter = _Filter(crowd, hint_m)
        self._tree = cKDTree(np.column_stack(flat(crowd.lat, crowd.lon)))

    def ask(self, request: Request) -> Answer:
        return self._filter.ask(request, self._near)

    def _near(self, lat: float, lon: float, radius_m: float) -> NDArray[np.intp]:
        found = self._tree.query_ball_point(flat(lat, lon), radius_m * SLACK)
        return np.array(found, dtype=np.intp)

    def close(self) -> None:
        pass


class StrTree:
    """shapely's packed R-tree of flat points."""

    name = "shapely STRtree"

    def __init__(self, crowd: Crowd, hint_m: float) -> None:
        self._filter = _Filter(crowd, hint_m)
        self._tree = shapely.STRtree(shapely.points(*flat(crowd.lat, crowd.lon)))

    def ask(self, request: Request) -> Answer:
        return self._filter.ask(request, self._near)

    def _near(self, lat: float, lon: float, radius_m: float) -> NDArray[np.intp]:
        x, y = flat(lat, lon)
        reach = radius_m * SLACK
        return self._tree.query(shapely.box(x - reach, y - reach, x + reach, y + reach))

    def close(self) -> None:
        pass


class GeopyLoop:
    """Everybody who fits, one by one."""

    name = "geopy loop"

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._keys = keys_of(crowd)

    def ask(self, request: Request) -> Answer:
        crowd, here = self._crowd, (request.lat, request.lon)
        bits = np.uint64(bits_of(request))
        people = np.flatnonzero((self._keys[request.weekday] & bits) == bits)
        scored = []
        for person in people.tolist():
            there = (float(crowd.lat[person]), float(crowd.lon[person]))
            away_m = great_circle(here, there, radius=EARTH_M / 1000).m
            if away_m <= crowd.limit_m[person]:
                scored.append((away_m + METRES_AN_OUTING * int(crowd.recent[person]), person))
        scored = sorted(scored)[:NEAREST]
        return [person for _, person in scored], [score for score, _ in scored]

    def close(self) -> None:
        pass


class SqliteRtree:
    """SQLite's R*Tree with the columns beside it, everything in memory."""

    name = "SQLite R*Tree"

    def __init__(self, crowd: Crowd, hint_m: float) -> None:
        self._crowd = crowd
        self._hint_m = hint_m
        self._base = sqlite3.connect(":memory:")
        try:
            self._base.execute("CREATE VIRTUAL TABLE home USING rtree(id, x0, x1, y0, y1)")
        except sqlite3.OperationalError as error:
            raise Missing(str(error)) from error
        days = ", ".join(f"k{weekday} INTEGER" for weekday in range(7))
        self._base.execute(f"CREATE TABLE person (id INTEGER PRIMARY KEY, {days})")
        x, y = (values.tolist() for values in flat(crowd.lat, crowd.lon))
        ids = range(len(crowd))
        self._base.executemany(
            "INSERT INTO home VALUES (?, ?, ?, ?, ?)", zip(ids, x, x, y, y, strict=True)
        )
        keys = [key.view(np.int64).tolist() for key in keys_of(crowd)]
        self._base.executemany(
            "INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?, ?)", zip(ids, *keys, strict=True)
        )

    def ask(self, request: Request) -> Answer:
        x, y = (float(value) for value in flat(request.lat, request.lon))
        bits = int(np.uint64(bits_of(request)).view(np.int64))
        query = (
            f"SELECT person.id FROM home CROSS JOIN person ON person.id = home.id"
            f" WHERE x0 >= ? AND x1 <= ? AND y0 >= ? AND y1 <= ?"
            f" AND k{request.weekday} & ? = ?"
        )

        def found(radius_m: float) -> Answer:
            reach = radius_m * SLACK
            box = (x - reach, x + reach, y - reach, y + reach)
            rows = self._base.execute(query, (*box, bits, bits)).fetchall()
            people = np.array([row[0] for row in rows], dtype=np.intp)
            return best_of(self._crowd, request, people)

        return by_radius(found, self._hint_m)

    def close(self) -> None:
        self._base.close()
