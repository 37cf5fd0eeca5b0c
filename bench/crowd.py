"""RANK: the volunteers, the requests and the exact answer every contestant must give.

A volunteer has a home, a travel limit, outings of the last four weeks, eight skills and eight
languages as bits, and for each weekday 48 bits of half-hours. A request asks for the ten lowest
scores among those who are free in all its half-hours, have its skill, speak its language and live
no further than their own limit. The score is the metres to them (haversine) plus 300 for each
recent outing; between equals the lower number comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

EARTH_M = 6_371_008.7714150598
"""Mean radius of WGS 84, the sphere of PostGIS, so that all measure alike."""

METRES_AN_OUTING = 300.0
NEAREST = 10
PARIS = (48.8566, 2.3522)

_SKILLS = (0.60, 0.55, 0.45, 0.35, 0.25, 0.15, 0.08, 0.04)
_LANGUAGES = (0.97, 0.42, 0.15, 0.12, 0.09, 0.08, 0.06, 0.03)

# Free from about the first half-hour to about the second, with the chance of it on any one day.
_HABITS = ((17, 25, 0.31), (25, 36, 0.31), (36, 43, 0.15), (43, 47, 0.02))

Floats = NDArray[np.float64]


class Kind(StrEnum):
    """COMMON: a weekday's hour and a half, a 60 % skill, French. SCARCE: an evening, 4 %, 6 %."""

    COMMON = "common"
    SCARCE = "scarce"


@dataclass(frozen=True, slots=True)
class Crowd:
    """The volunteers, one array a column; a volunteer is their position."""

    lat: Floats
    lon: Floats
    limit_m: NDArray[np.uint16]
    recent: NDArray[np.uint8]
    skills: NDArray[np.uint8]
    languages: NDArray[np.uint8]
    free: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.lat)


@dataclass(frozen=True, slots=True)
class Request:
    """Half-hours `first` to `last` (excluded) of a weekday at a place; skill and language bits."""

    lat: float
    lon: float
    weekday: int
    first: int
    last: int
    skill: int
    language: int

    @property
    def halfhours(self) -> int:
        """The half-hours as bits."""
        return (1 << self.last) - (1 << self.first)


def make_crowd(n: int, seed: int = 1) -> Crowd:
    """`n` volunteers: 45 % in Paris, 40 % in the inner suburbs, 15 % over the region."""
    rng = np.random.default_rng((seed, n))
    lat, lon = _homes(rng, n, (0.45, 0.40, 0.15))
    free = np.zeros((n, 7), dtype=np.uint64)
    one = np.uint64(1)
    for weekday in range(7):
        for first, last, chance in _HABITS:
            opens = (first + rng.integers(0, 4, n)).astype(np.uint64)
            closes = (last - rng.integers(0, 3, n)).astype(np.uint64)
            free[:, weekday] |= np.where(
                (rng.random(n) < chance) & (opens < closes),
                (one << closes) - (one << opens),
                np.uint64(0),
            )
    return Crowd(
        lat=lat,
        lon=lon,
        limit_m=np.clip(rng.lognormal(np.log(1500), 0.6, n), 400, 6000).astype(np.uint16),
        recent=np.minimum(rng.poisson(1.2, n), 8).astype(np.uint8),
        skills=_some(rng, n, _SKILLS),
        languages=_some(rng, n, _LANGUAGES),
        free=free,
    )


def make_requests(kind: Kind, count: int, seed: int = 1) -> list[Request]:
    """Requests from where people live."""
    rng = np.random.default_rng((seed, len(kind.value), count))
    lat, lon = _homes(rng, count, (0.50, 0.45, 0.05))
    found = []
    for north, east in zip(lat.tolist(), lon.tolist(), strict=True):
        if kind is Kind.COMMON:
            weekday, first, skill, language = rng.integers(5), rng.choice((20, 21, 28, 29)), 1, 1
        else:
            weekday, first, skill, language = rng.integers(7), rng.choice((38, 39)), 128, 64
        found.append(
            Request(north, east, int(weekday), int(first), int(first) + 3, skill, language)
        )
    return found


def haversine_m(lat: float, lon: float, lats: Floats, lons: Floats) -> Floats:
    """Great-circle metres from one point to many."""
    here, there = np.radians(lat), np.radians(lats)
    half = np.sin((there - here) / 2) ** 2
    half = half + np.cos(here) * np.cos(there) * np.sin(np.radians(lons - lon) / 2) ** 2
    away: Floats = 2 * EARTH_M * np.arcsin(np.sqrt(half))
    return away


def eligible(crowd: Crowd, request: Request) -> NDArray[np.intp]:
    """Everybody free, trained and understood, wherever they live."""
    hours = np.uint64(request.halfhours)
    fits = (crowd.free[:, request.weekday] & hours) == hours
    fits &= (crowd.skills & request.skill) == request.skill
    fits &= (crowd.languages & request.language) != 0
    return np.flatnonzero(fits)


def best(crowd: Crowd, request: Request, k: int = NEAREST) -> tuple[list[int], list[float]]:
    """The exact answer, everybody looked at: positions and scores, best first."""
    people = eligible(crowd, request)
    return best_of(crowd, request, people, k)


def best_of(
    crowd: Crowd, request: Request, people: NDArray[np.intp], k: int = NEAREST
) -> tuple[list[int], list[float]]:
    """The exact answer among `people` who are free, trained and understood."""
    away = haversine_m(request.lat, request.lon, crowd.lat[people], crowd.lon[people])
    near = away <= crowd.limit_m[people]
    people = people[near]
    scores = away[near] + METRES_AN_OUTING * crowd.recent[people]
    order = np.lexsort((people, scores))[:k]
    return people[order].tolist(), scores[order].tolist()


def _homes(
    rng: np.random.Generator, n: int, parts: tuple[float, float, float]
) -> tuple[Floats, Floats]:
    """Homes in the city's neighbourhoods, in the suburbs' and anywhere around."""
    town = np.random.default_rng(7)  # the same neighbourhoods for every crowd
    where = rng.choice(3, n, p=parts)
    lat = rng.uniform(48.12, 49.24, n)
    lon = rng.uniform(1.45, 3.55, n)
    for part, (count, inner_m, outer_m) in enumerate(((80, 0, 5200), (200, 5200, 20_000))):
        turn = town.uniform(0, 2 * np.pi, count)
        out_m = np.sqrt(town.uniform(inner_m**2, outer_m**2, count))
        wide_m = town.uniform(350, 1200, count)
        weight = town.dirichlet(np.full(count, 2.0))
        here = np.flatnonzero(where == part)
        at = rng.choice(count, len(here), p=weight)
        north_m = out_m[at] * np.sin(turn[at]) + rng.normal(0, 1, len(here)) * wide_m[at]
        east_m = out_m[at] * np.cos(turn[at]) + rng.normal(0, 1, len(here)) * wide_m[at]
        lat[here] = PARIS[0] + np.degrees(north_m / EARTH_M)
        lon[here] = PARIS[1] + np.degrees(east_m / (EARTH_M * np.cos(np.radians(PARIS[0]))))
    return lat, lon


def _some(rng: np.random.Generator, n: int, chances: tuple[float, ...]) -> NDArray[np.uint8]:
    on = rng.random((n, len(chances))) < chances
    return np.packbits(on, axis=1, bitorder="little").ravel()
