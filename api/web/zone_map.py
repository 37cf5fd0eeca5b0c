"""The zones as a drawing made on the server: small, and every zone a link that can be tabbed to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
