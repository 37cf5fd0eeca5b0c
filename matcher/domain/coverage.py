"""Who could come where and when: a table of zones by half-days of a week.

A cell counts the volunteers who are free for an outing in that half-day and walk to the middle of
the zone within the minutes asked and within their own reach. Beside the count stands the chance
that one more mission there would be filled: 1 - prod(1 - p) over those same people, p each one's
chance of saying yes (`chances`: the policy's prior for a newcomer, their own record after) at the
distance to that middle. It supposes that everybody is asked in turn and answers for themselves,
so it is a ceiling rather than a promise.

Both are sums over people (the second of logarithms), so that one person's change is one small
table taken off and one put on. Tables are values: a change gives a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

import numpy as np
from geopy.distance import EARTH_RADIUS
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.sparse import csr_array

from matcher.domain.geo import VOLUNTEER_KMH, walking_times_s

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Bits = NDArray[np.uint64]

OUTING = timedelta(hours=2)
"""A volunteer counts when free this long in a row: about an outing's length."""

HALF_HOURS = 4
"""`OUTING` in half-hours."""

EARTH_M = 1000 * float(EARTH_RADIUS)

SLACK = 1.001
"""A box is drawn this much larger than it needs to be."""

STEEP = 89.0
"""Nobody lives nearer a pole, in degrees."""

FARTHEST_M = 20_000.0
"""No walk is looked at beyond."""


class HalfDay(StrEnum):
    """The part of a day coverage is counted over."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


HOURS = {HalfDay.MORNING: (time(9), time(13)), HalfDay.AFTERNOON: (time(14), time(18))}
"""Wall-clock bounds, whole half-hours."""

AFTERNOON_FROM = time(13, 30)
"""An outing that starts earlier belongs to the morning, whatever its length."""

CELLS = 14
"""Half-days of a week: Monday morning, Monday afternoon, ..."""


def cell_of(weekday: int, half_day: HalfDay) -> int:
    """The column of a half-day; Monday is 0."""
    return 2 * weekday + list(HalfDay).index(half_day)


def cell_at(local: datetime) -> int:
    """The column an outing that starts then counts in; wall-clock time."""
    morning = local.time() < AFTERNOON_FROM
    return cell_of(local.weekday(), HalfDay.MORNING if morning else HalfDay.AFTERNOON)


@dataclass(frozen=True, slots=True)
class Ground:
    """The zones of a table: codes, middles (WGS 84 degrees) and banks.

    `bank` is -1 left, 1 right, 0 unknown or no river.
    """

    codes: tuple[str, ...]
    lat: Floats
    lon: Floats
    bank: Ints


@dataclass(frozen=True, slots=True)
class People:
    """Volunteers by columns, a row each.

    Attributes:
        lat: of home, WGS 84 degrees.
        lon: idem.
        bank: as in `Ground`.
        reach_m: how far they walk, metres in a straight line.
        chance: that they say yes to an outing at their own door.
        free: one column for each half-day of the week.
    """

    lat: Floats
    lon: Floats
    bank: Ints
    reach_m: Floats
    chance: Floats
    free: Flags

    def take(self, rows: Ints | Sequence[int]) -> People:
        """Some of them, in that order."""
        which = np.asarray(rows, dtype=np.int64)
        return People(
            self.lat[which],
            self.lon[which],
            self.bank[which],
            self.reach_m[which],
            self.chance[which],
            self.free[which],
        )


@dataclass(frozen=True, slots=True)
class CoveragePolicy:
    """What counts as near, and how distance wears a chance down.

    Attributes:
        minutes: the longest walk to the middle of a zone.
        distance_cost: a place at the end of somebody's reach is accepted exp(-this) as often, as
            `chances.ChancePolicy` has it.
        max_chance: no chance is ever taken for higher, idem.
    """

    minutes: float = 20.0
    distance_cost: float = 1.0
    max_chance: float = 0.95


@dataclass(frozen=True, slots=True)
class Table:
    """Zones by half-days.

    Attributes:
        ground: the zones, a row each.
        policy: how it was counted.
        can_come: how many people could come.
        log_nobody: logarithm of the chance that none of them says yes.
    """

    ground: Ground
    policy: CoveragePolicy
    can_come: Ints
    log_nobody: Floats

    @property
    def chance(self) -> Floats:
        """The chance that one more mission is filled, 0 to 1."""
        return np.asarray(0.0 - np.expm1(np.minimum(self.log_nobody, 0.0)))


def count(ground: Ground, people: People, policy: CoveragePolicy) -> Table:
    """The table of these people."""
    near = _near(ground, people, policy)
    chance = people.chance[near.person] * np.exp(
        -policy.distance_cost * near.away_m / people.reach_m[near.person]
    )
    no = np.log1p(-np.clip(chance, 0.0, policy.max_chance))
    where = (near.zone, near.person)
    shape = (len(ground.codes), people.lat.size)
    free = people.free.astype(np.float64)
    # Floats throughout: counts stay far below where they would lose a unit.
    can_come = csr_array((np.ones_like(no), where), shape=shape) @ free
    return Table(
        ground,
        policy,
        np.rint(can_come).astype(np.int64),
        csr_array((no, where), shape=shape) @ free,
    )


def change(table: Table, gone: People, come: People) -> Table:
    """The table after `gone`, as they were counted, made room for `come`; either may be empty."""
    before, after = (count(table.ground, one, table.policy) for one in (gone, come))
    return replace(
        table,
        can_come=table.can_come - before.can_come + after.can_come,
        log_nobody=table.log_nobody - before.log_nobody + after.log_nobody,
    )


def suppose(table: Table, code: str, cell: int, more: int, typical: People) -> Table:
    """What the table would be with so many more people free in one half-day in one zone.

    They live in the middle of it and are otherwise like `typical`, one row, in reach and chance;
    those within a walk of other zones count there too.

    Raises:
        ValueError: there is no such zone.
    """
    if code not in table.ground.codes:
        raise ValueError(f"no zone {code}")
    at = table.ground.codes.index(code)
    free = np.zeros((more, CELLS), dtype=np.bool_)
    free[:, cell] = True
    newcomers = People(
        lat=np.full(more, table.ground.lat[at]),
        lon=np.full(more, table.ground.lon[at]),
        bank=np.full(more, table.ground.bank[at]),
        reach_m=np.full(more, typical.reach_m[0]),
        chance=np.full(more, typical.chance[0]),
        free=free,
    )
    return change(table, typical.take([]), newcomers)


def typical_of(people: People) -> People:
    """One row for somebody like most of them: middle reach, middle chance.

    Raises:
        ValueError: there is nobody.
    """
    if not people.lat.size:
        raise ValueError("nobody is like nobody")
    one = people.take([0])
    return replace(
        one,
        reach_m=np.array([np.median(people.reach_m)]),
        chance=np.array([np.median(people.chance)]),
    )


def free_half_days(days: Bits) -> Flags:
    """In which half-days an outing fits, from the 48 half-hours of each weekday (see `halfhours`).

    `days` has one row a person and seven columns, Monday first.
    """
    # A bit stays set where it begins a long enough run of set bits.
    runs = days.copy()
    for shift in range(1, HALF_HOURS):
        runs &= days >> np.uint64(shift)
    free = np.empty((days.shape[0], CELLS), dtype=np.bool_)
    for place, (opens, closes) in enumerate(HOURS.values()):
        first = opens.hour * 2 + opens.minute // 30
        last = closes.hour * 2 + closes.minute // 30 - HALF_HOURS
        starts = np.uint64((1 << (last + 1)) - (1 << first))
        free[:, place::2] = (runs & starts) != 0
    return free


@dataclass(frozen=True, slots=True)
class _Near:
    """Pairs of a zone and somebody near enough to it, by number, and how far they are."""

    zone: Ints
    person: Ints
    away_m: Floats


def _near(ground: Ground, people: People, policy: CoveragePolicy) -> _Near:
    """Who is within their reach and the minutes of which middle, along great circles.

    A box around each middle leaves out most pairs; the others are measured one by one, so that
    somebody taken off a table is as far away as when they were counted. An arc is its chord and a
    twenty-fourth of the chord's cube, to the millimetre within a city.
    """
    same_m, across_m = (_straight_m(policy.minutes, way) for way in (False, True))
    zone, person = _boxed(ground, people, max(same_m, across_m))
    homes, middles = (_on_sphere(each.lat, each.lon) for each in (people, ground))
    chord2 = ((homes.take(person, axis=0) - middles.take(zone, axis=0)) ** 2).sum(axis=1)
    away_m = EARTH_M * np.sqrt(chord2) * (1 + chord2 / 24)
    across = people.bank[person] * ground.bank[zone] < 0
    limit_m = np.minimum(np.where(across, across_m, same_m), people.reach_m[person])
    kept = away_m <= limit_m
    return _Near(zone[kept], person[kept], away_m[kept])


def _boxed(ground: Ground, people: People, farthest_m: float) -> tuple[Ints, Ints]:
    """Zones and people by number that lie so near each other, and those in the corners."""
    high = SLACK * np.degrees(farthest_m / EARTH_M)
    # A degree of longitude is shorter nearer the pole.
    wide = high / np.cos(np.radians(np.minimum(np.abs(ground.lat) + high, STEEP)))
    order = np.argsort(people.lat)
    lat = people.lat[order]
    first = np.searchsorted(lat, ground.lat - high)
    sizes = np.searchsorted(lat, ground.lat + high, side="right") - first
    zone = np.repeat(np.arange(sizes.size), sizes)
    person = order[np.arange(zone.size) + np.repeat(first - np.cumsum(sizes) + sizes, sizes)]
    apart = np.abs(people.lon[person] - ground.lon[zone])
    kept = np.flatnonzero(np.minimum(apart, 360 - apart) <= wide[zone])
    return zone[kept], person[kept]


def _on_sphere(lat: Floats, lon: Floats) -> Floats:
    phi, theta = np.radians(lat), np.radians(lon)
    return np.column_stack([np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)])


@lru_cache(maxsize=64)
def _straight_m(minutes: float, across: bool) -> float:
    """How far somebody gets: walking times grow with the distance."""

    def late_s(straight_m: float) -> float:
        return float(walking_times_s(np.array(straight_m), VOLUNTEER_KMH, across)) - minutes * 60

    if late_s(FARTHEST_M) <= 0:
        return FARTHEST_M
    return float(brentq(late_s, 0.0, FARTHEST_M))
