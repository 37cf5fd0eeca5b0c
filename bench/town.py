"""An invented town for the planning benches: volunteers, outings, and who could go to which.

Everything is drawn from a seed. Homes lie in 80 quarters of different weight, some outside the
ring; a volunteer goes 400 to 6,000 m from home (median 1,500), is free in some mornings,
afternoons and evenings, was trained for some things and wishes for one to four outings a week.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.domain.assignment import Candidates, Problem
from matcher.domain.geo import VOLUNTEER_KMH

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
DETOUR = 1.16
"""Street over straight line, one figure for all, so that nearer is always shorter."""

M_PER_S = VOLUNTEER_KMH / 3.6
PARTS = ((9.0, 12.5, 0.31), (12.5, 18.0, 0.31), (18.0, 21.0, 0.15))
"""Parts of a day, each free every week for this share of the volunteers: hours from, to, share."""

SKILLS = (0.6, 0.35, 0.15, 0.04)
"""How many have each skill; every outing asks for one, the first three times in four."""

STARTS = (9.0, 9.5, 10.0, 14.0, 14.5, 15.0, 15.5, 16.0, 18.0)
LENGTHS = (1.0, 1.5, 2.0)


@dataclass(frozen=True, slots=True)
class Volunteers:
    """Homes in metres east and north, reach in metres, free parts of each weekday, skills."""

    east: Floats
    north: Floats
    reach_m: Floats
    free: NDArray[np.bool_]
    skills: NDArray[np.bool_]
    cap: Ints
    recent: Ints


@dataclass(frozen=True, slots=True)
class Outings:
    """Doors in metres east and north, day, part of the day, seconds from the first midnight."""

    east: Floats
    north: Floats
    day: Ints
    part: Ints
    starts_s: Floats
    ends_s: Floats
    skill: Ints
    priority: Ints


def draw_homes(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
    """Metres east and north of the middle of the town."""
    quarters = np.random.default_rng(7)  # the same town for every n
    radius = np.sqrt(quarters.uniform(0, 5200**2, 80))
    angle = quarters.uniform(0, 2 * np.pi, 80)
    weight = quarters.dirichlet(np.full(80, 2.0))
    lives = rng.choice(80, n, p=weight)
    outside = rng.random(n) < 0.35
    far, turn = np.sqrt(rng.uniform(5200**2, 12000**2, n)), rng.uniform(0, 2 * np.pi, n)
    east = (radius * np.cos(angle))[lives] + rng.normal(0, 500, n)
    north = (radius * np.sin(angle))[lives] + rng.normal(0, 500, n)
    return (
        np.where(outside, far * np.cos(turn), east),
        np.where(outside, far * np.sin(turn), north),
    )


def make_volunteers(n: int, seed: int = 1) -> Volunteers:
    """`n` volunteers."""
    rng = np.random.default_rng(seed)
    east, north = draw_homes(rng, n)
    return Volunteers(
        east,
        north,
        reach_m=np.clip(rng.lognormal(np.log(1500), 0.6, n), 400, 6000),
        free=rng.random((n, 7, len(PARTS))) < [share for _, _, share in PARTS],
        skills=rng.random((n, len(SKILLS))) < SKILLS,
        cap=rng.integers(1, 5, n),
        recent=np.minimum(rng.poisson(1.2, n), 8),
    )


def make_outings(n: int, days: int, seed: int = 2) -> Outings:
    """`n` outings over `days` days, all doors inside the ring."""
    rng = np.random.default_rng(seed)
    east, north = draw_homes(rng, 3 * n)
    inside = np.flatnonzero(np.hypot(east, north) < 5200)[:n]
    day, start = rng.integers(0, days, n), rng.choice(STARTS, n)
    skill = rng.choice(len(SKILLS), n, p=(0.75, 0.15, 0.08, 0.02))
    return Outings(
        east[inside],
        north[inside],
        day,
        part=np.searchsorted([12.5, 18.0], start, side="right"),
        starts_s=day * DAY_S + start * HOUR_S,
        ends_s=day * DAY_S + (start + rng.choice(LENGTHS, n)) * HOUR_S,
        skill=skill,
        priority=np.where(rng.random(n) < 0.34, 2, 1),
    )


def make_hot_spot(n: int, seed: int = 3) -> Outings:
    """`n` outings at one hour of one day, within 300 m of three places."""
    rng = np.random.default_rng(seed)
    places = np.array([(-800.0, 600.0), (900.0, 900.0), (300.0, -1200.0)])[rng.integers(0, 3, n)]
    away, angle = 300 * np.sqrt(rng.random(n)), rng.uniform(0, 2 * np.pi, n)
    return Outings(
        places[:, 0] + away * np.cos(angle),
        places[:, 1] + away * np.sin(angle),
        day=np.zeros(n, dtype=np.int64),
        part=np.ones(n, dtype=np.int64),
        starts_s=np.full(n, 14 * HOUR_S),
        ends_s=np.full(n, 16 * HOUR_S),
        skill=np.zeros(n, dtype=np.int64),
        priority=np.ones(n, dtype=np.int64),
    )


class Reach:
    """Who could take each outing, nearest first: the whole town is looked at each time."""

    def __init__(self, people: Volunteers, outings: Outings) -> None:
        self._people, self._outings = people, outings
        self._kept: dict[int, tuple[Ints, Floats]] = {}

    def everybody(self, mission: int) -> tuple[Ints, Floats]:
        """Every candidate and their walk in seconds, nearest first."""
        if mission not in self._kept:
            people, outings = self._people, self._outings
            away = np.hypot(
                people.east - outings.east[mission], people.north - outings.north[mission]
            )
            able = np.flatnonzero(away <= people.reach_m)
            fit = people.free[able, outings.day[mission] % 7, outings.part[mission]]
            fit &= people.skills[able, outings.skill[mission]]
            able = able[fit]
            able = able[np.argsort(away[able], kind="stable")]
            self._kept[mission] = able, away[able] * DETOUR / M_PER_S
        return self._kept[mission]

    def nearest(self, mission: int, count: int) -> Candidates:
        """The nearest `count`."""
        able, walks_s = self.everybody(mission)
        return Candidates(able[:count], walks_s[:count], complete=able.size <= count)


def make_problem(people: Volunteers, outings: Outings) -> tuple[Problem, Reach]:
    """The planning problem of these people and outings."""
    reach = Reach(people, outings)
    week = outings.day // 7
    room = np.repeat(people.cap[:, None], int(week.max(initial=0)) + 1, axis=1)
    problem = Problem(
        starts_s=outings.starts_s.astype(np.int64),
        ends_s=outings.ends_s.astype(np.int64),
        priority=outings.priority,
        week=week,
        room=room,
        recent=people.recent,
        longest_walk_s=6000 * DETOUR / M_PER_S,
        nearest=reach.nearest,
    )
    return problem, reach
