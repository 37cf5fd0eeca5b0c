"""The zones as a drawing made on the server: small, and every zone a link that can be tabbed to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcher.domain.geo import Point
from matcher.domain.outline import Outline
from matcher.services.coverage import ZoneCoverage


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


def draw(coverage: Sequence[ZoneCoverage], outline: Outline | None) -> ZoneMap | None:
    """The map of the zones that the outline knows; None when there are none."""
    if outline is None:
        return None
    shapes = []
    for one in coverage:
        drawn = outline.shapes.get(one.zone.code)
        if drawn is not None:
            shapes.append(Shape(one, drawn.path, drawn.label_x, drawn.label_y))
    return ZoneMap(outline.width, outline.height, tuple(shapes))


def point_at(outline: Outline, x: float, y: float) -> Point:
    """What was meant by a click there in the drawing."""
    lon, lat = outline.projection.lon_lat_at(x, y)
    return Point(lat=lat, lon=lon)


def mark_of(outline: Outline, point: Point) -> tuple[float, float]:
    """Where a point is marked in the drawing, x before y."""
    x, y = outline.projection.spot_of(point.lon, point.lat)
    return round(x, 1), round(y, 1)
