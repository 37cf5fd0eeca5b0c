"""Zones as a drawing: simplified SVG paths, north up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LinearRing, MultiPolygon, Polygon

WIDTH = 1000.0
MARGIN = 6.0
TOLERANCE = 2.0
"""How far a border may move when it is simplified, in units of the drawing."""


Degrees = TypeVar("Degrees", float, NDArray[np.float64])


@dataclass(frozen=True, slots=True)
class ZoneShape:
    """One zone as drawn: an SVG path, and where its label stands."""

    path: str
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Projection:
    """From WGS 84 degrees to units of the drawing and back.

    Attributes:
        west, north: the degrees at the corner of the margins, up and left.
        across, down: units a degree of longitude, and of latitude.
    """

    west: float
    north: float
    across: float
    down: float

    def spot_of(self, lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
        """Where it lies in the drawing, x before y; one point or an array of them."""
        return MARGIN + (lon - self.west) * self.across, MARGIN + (self.north - lat) * self.down

    def lon_lat_at(self, x: float, y: float) -> tuple[float, float]:
        """What lies there in the drawing."""
        return self.west + (x - MARGIN) / self.across, self.north - (y - MARGIN) / self.down


@dataclass(frozen=True, slots=True)
class Outline:
    """The drawing, `width` by `height` units, with its shapes by the zones' codes."""

    width: int
    height: int
    shapes: Mapping[str, ZoneShape]
    projection: Projection


def draw(codes: Sequence[str], polygons: Sequence[Polygon | MultiPolygon]) -> Outline | None:
    """The drawing of these zones (WGS 84, lon before lat), without overlaps; None without any.

    Equirectangular at the middle latitude: over a city the error is invisible. Neighbours keep
    a common border, since the zones are simplified together.
    """
    if not polygons:
        return None
    west, south, east, north = shapely.total_bounds(polygons).tolist()
    squeeze = cos(radians((south + north) / 2))
    scale = (WIDTH - 2 * MARGIN) / ((east - west) * squeeze)
    projection = Projection(west, north, squeeze * scale, scale)
    projected = shapely.transform(
        np.array(polygons, dtype=object),
        lambda lon_lat: np.column_stack(projection.spot_of(lon_lat[:, 0], lon_lat[:, 1])),
    )
    simple = shapely.coverage_simplify(projected, TOLERANCE)
    labels = [shapely.point_on_surface(one) for one in simple]
    return Outline(
        width=round(WIDTH),
        height=round((north - south) * scale + 2 * MARGIN),
        shapes={
            code: ZoneShape(_path(shape), round(label.x, 1), round(label.y, 1))
            for code, shape, label in zip(codes, simple, labels, strict=True)
        },
        projection=projection,
    )


def _path(shape: Polygon | MultiPolygon) -> str:
    parts = shape.geoms if isinstance(shape, MultiPolygon) else [shape]
    return "".join(_ring(ring) for part in parts for ring in (part.exterior, *part.interiors))


def _ring(ring: LinearRing) -> str:
    moves = [f"{x:.0f} {y:.0f}" for x, y in ring.coords[:-1]]
    return f"M{'L'.join(moves)}Z"
