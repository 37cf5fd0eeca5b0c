"""The zones as a drawing made on the server: small, and every zone a link that can be tabbed to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from matcher.services.coverage import ZoneCoverage

WIDTH = 1000.0
MARGIN = 6.0
TOLERANCE = 2.0
"""How far a border may move when it is simplified, in units of the drawing."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One zone as drawn: an SVG path, and where its label stands."""

    coverage: ZoneCoverage
    path: str
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class ZoneMap:
    """The drawing, `width` by `height` units."""

    width: int
    height: int
    shapes: tuple[Shape, ...]


def draw(coverage: Sequence[ZoneCoverage]) -> ZoneMap | None:
    """The map of these zones, north up; None when there are none.

    Equirectangular at the territory's middle latitude: over a city the error is invisible.
    """
    if not coverage:
        return None
    outlines = shapely.from_geojson([json.dumps(one.zone.geometry) for one in coverage])
    west, south, east, north = shapely.total_bounds(outlines)
    squeeze = cos(radians((south + north) / 2))
    scale = (WIDTH - 2 * MARGIN) / ((east - west) * squeeze)
    projected = shapely.transform(
        outlines,
        lambda lon_lat: np.column_stack(
            (
                MARGIN + (lon_lat[:, 0] - west) * squeeze * scale,
                MARGIN + (north - lon_lat[:, 1]) * scale,
            )
        ),
    )
    simple = shapely.coverage_simplify(projected, TOLERANCE)
    labels = [shapely.point_on_surface(one) for one in simple]
    return ZoneMap(
        width=round(WIDTH),
        height=round((north - south) * scale + 2 * MARGIN),
        shapes=tuple(
            Shape(zone, _path(outline), round(label.x, 1), round(label.y, 1))
            for zone, outline, label in zip(coverage, simple, labels, strict=True)
        ),
    )


def _path(outline: BaseGeometry) -> str:
    parts = outline.geoms if isinstance(outline, MultiPolygon) else [outline]
    rings = [
        ring
        for part in parts
        if isinstance(part, Polygon)
        for ring in (part.exterior, *part.interiors)
    ]
    return "".join(_ring(ring.coords) for ring in rings)


def _ring(points: Sequence[tuple[float, ...]]) -> str:
    moves = [f"{x:.0f} {y:.0f}" for x, y in points[:-1]]
    return f"M{'L'.join(moves)}Z"
