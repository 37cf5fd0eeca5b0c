"""Points, metres, zones and walking times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import atan2, ceil, cos, hypot, radians, sin

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, STRtree

from matcher.domain.outline import Outline, draw

VOLUNTEER_KMH = 4.5
"""How fast a volunteer walks alone."""

SENIOR_KMH = 3.0
"""How fast an elderly person walks, and so whoever accompanies them."""

# Street distance over straight line, measured on Paris's street graph: the mean of a band of
# straight-line lengths (0.3-1, 1-2, 2-4 km) stands at the middle of the band.
_BAND_MIDDLES_M = np.array((650.0, 1500.0, 3000.0))
_SAME_BANK = np.array((1.20, 1.16, 1.12))
_ACROSS = np.array((1.31, 1.23, 1.16))

EARTH_M = 6_371_009.0
"""Mean radius of the Earth (IUGG): of the sphere distances are measured on."""

M_PER_DEGREE = 111_195.0
"""Length of a degree of latitude on that sphere."""

BORDER_GAP_M = 10.0
"""Official files leave slits between zones; a border is common when it lies this close."""

LEAST_BORDER_M = 50.0
"""Zones that touch in a corner only are no neighbours."""

KEPT_POINTS = 50_000
"""Points whose zone is remembered, in thirteen megabytes at most."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place on Earth, WGS 84 degrees, latitude first."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Zone:
    """A quartier or arrondissement.

    Attributes:
        code: stable identity, e.g. "75111" for an arrondissement.
        name: as people say it, e.g. "Paris 11e".
        polygon: WGS 84 degrees in shapely's order (lon, lat).
        left_bank: which side of the river it lies on; False everywhere where there is none.
    """

    code: str
    name: str
    polygon: Polygon | MultiPolygon
    left_bank: bool = False


def distance_m(a: Point, b: Point) -> float:
    """Straight line between two points, in metres.

    On a sphere: within 0.5 % of the ellipsoid, far below the error of the detour. Vincenty's
    formula, as exact for two sides of a street as for two ends of the Earth.
    """
    lat_a, lat_b, east = radians(a.lat), radians(b.lat), radians(b.lon - a.lon)
    along = cos(lat_b) * cos(east)
    aside = cos(lat_a) * sin(lat_b) - sin(lat_a) * along
    return EARTH_M * atan2(
        hypot(cos(lat_b) * sin(east), aside), sin(lat_a) * sin(lat_b) + cos(lat_a) * along
    )


def walking_time_s(a: Point, b: Point, pace_kmh: float, same_bank: bool = True) -> float:
    """Estimated walking time between two points, in seconds, at `pace_kmh`.

    Straight line times a detour that shrinks with the distance and grows when the river lies
    between. Source: ratios measured on Paris's street graph, by band of straight-line length:
    same bank 1.20 (0.3-1 km), 1.16 (1-2), 1.12 (2-4); across the Seine 1.31, 1.23, 1.16;
    interpolated between the middles of the bands, constant outside them.
    """
    return float(walking_times_s(np.array(distance_m(a, b)), pace_kmh, not same_bank))


def walking_times_s(
    straight_m: NDArray[np.float64], pace_kmh: float, across: NDArray[np.bool_] | bool
) -> NDArray[np.float64]:
    """`walking_time_s` for many straight lines at once; `across`: the river lies between."""
    detours = np.interp(straight_m, _BAND_MIDDLES_M, _SAME_BANK)
    if across is True or (across is not False and across.any()):
        detours = np.where(across, np.interp(straight_m, _BAND_MIDDLES_M, _ACROSS), detours)
    times_s: NDArray[np.float64] = straight_m * detours / (pace_kmh / 3.6)
    return times_s


def walking_minutes(walk_s: float) -> int:
    """A walk as it is told everywhere: whole minutes, never too short."""
    return max(1, ceil(walk_s / 60))


def walking_band(walk_s: float) -> int:
    """A walk as it is told before acceptance: whole minutes, rounded up to the next five."""
    return ceil(walking_minutes(walk_s) / 5) * 5


class Territory:
    """The zones the service covers, and the questions asked about a point.

    Args:
        zones: without overlaps; on a shared edge the first of them wins.
    """

    def __init__(self, zones: Iterable[Zone]) -> None:
        self._zones = tuple(zones)
        self._tree = STRtree([zone.polygon for zone in self._zones])
        # The same doors are asked about again and again: every walk has two ends.
        self._zone_at = lru_cache(KEPT_POINTS)(self._look_up)

    def list_zones(self) -> tuple[Zone, ...]:
        """All zones, in the order given."""
        return self._zones

    def find_zone(self, point: Point) -> Zone | None:
        """The zone `point` lies in, or None outside the territory."""
        return self._zone_at(point)

    def _look_up(self, point: Point) -> Zone | None:
        hits = self._tree.query(shapely.Point(point.lon, point.lat), predicate="intersects")
        return self._zones[int(hits.min())] if hits.size else None

    def contains(self, point: Point) -> bool:
        """Whether `point` lies inside the territory."""
        return self.find_zone(point) is not None

    def left_bank(self, point: Point) -> bool | None:
        """Whether `point` lies on the left bank; None outside the territory."""
        zone = self.find_zone(point)
        return None if zone is None else zone.left_bank

    def neighbours(self, zone: Zone) -> tuple[Zone, ...]:
        """The zones that share a border with this one, in the order given.

        Across a river too, where the border runs in its middle: compare `left_bank`.
        """
        return self._beside[self._zones.index(zone)]

    @cached_property
    def _beside(self) -> Sequence[tuple[Zone, ...]]:
        """The neighbours of each zone; looked for once, as quartiers take a tenth of a second."""
        borders = [shapely.boundary(shape) for shape in self._in_metres]
        grown = [shapely.buffer(shape, BORDER_GAP_M) for shape in self._in_metres]
        return [
            tuple(
                other
                for index, other in enumerate(self._zones)
                if index != at
                and shapely.length(shapely.intersection(own, borders[index])) >= LEAST_BORDER_M
            )
            for at, own in enumerate(grown)
        ]

    @cached_property
    def outline(self) -> Outline | None:
        """The zones as a drawing, made once; None when there are none."""
        return draw([one.code for one in self._zones], [one.polygon for one in self._zones])

    @cached_property
    def _in_metres(self) -> Sequence[Polygon | MultiPolygon]:
        """The zones on a flat earth: good to a per mille over a city."""
        polygons = np.array([zone.polygon for zone in self._zones], dtype=object)
        _, south, _, north = shapely.total_bounds(polygons)
        east_m = M_PER_DEGREE * cos(radians((south + north) / 2))
        return list(shapely.transform(polygons, lambda lon_lat: lon_lat * (east_m, M_PER_DEGREE)))

    def walking_time_s(self, a: Point, b: Point, pace_kmh: float) -> float:
        """`walking_time_s`, with the river between when the two banks are known and differ."""
        banks = {self.left_bank(a), self.left_bank(b)}
        return walking_time_s(a, b, pace_kmh, same_bank=banks != {True, False})

    def list_walking_times_s(
        self, starts: Sequence[Point], end: Point, pace_kmh: float
    ) -> list[float]:
        """`walking_time_s` from each of `starts` to `end`."""
        return [self.walking_time_s(start, end, pace_kmh) for start in starts]
