"""Zones as a drawing: simplified SVG paths, north up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians

import numpy as np
import shapely
from shapely import LinearRing, MultiPolygon, Polygon

WIDTH = 1000.0
MARGIN = 6.0
TOLERANCE = 2.0
"""How far a border may move when it is simplified, in units of the drawing."""


@dataclass(frozen=True, slots=True)
class ZoneShape:
    """One zone as drawn: an SVG path, and where its label stands."""

    path: str
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Outline:
    """The drawing, `width` by `height` units, with its shapes by the zones' codes."""

    width: int
    height: int
    shapes: Mapping[str, ZoneShape]


def draw(codes: Sequence[str], polygons: Sequence[Polygon | MultiPolygon]) -> Outline | None:
    """The drawing of these zones (WGS 84, lon before lat), without overlaps; None without any.

    Equirectangular at the middle latitude: over a city the error is invisible. Neighbours keep
    a common border, since the zones are simplified together.
    """
    if not polygons:
        return None
    west, south, east, north = shapely.total_bounds(polygons)
    squeeze = cos(radians((south + north) / 2))
    scale = (WIDTH - 2 * MARGIN) / ((east - west) * squeeze)
    projected = shapely.transform(
        np.array(polygons, dtype=object),
        lambda lon_lat: np.column_stack(
            (
                MARGIN + (lon_lat[:, 0] - west) * squeeze * scale,
                MARGIN + (north - lon_lat[:, 1]) * scale,
            )
        ),
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
    )


def _path(shape: Polygon | MultiPolygon) -> str:
    parts = shape.geoms if isinstance(shape, MultiPolygon) else [shape]
    return "".join(_ring(ring) for part in parts for ring in (part.exterior, *part.interiors))


def _ring(ring: LinearRing) -> str:
    moves = [f"{x:.0f} {y:.0f}" for x, y in ring.coords[:-1]]
    return f"M{'L'.join(moves)}Z"
