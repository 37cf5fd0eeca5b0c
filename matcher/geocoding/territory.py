"""The hand-written zones of a machine that has not imported the official ones."""

from __future__ import annotations

import json
from importlib import resources

from shapely import Polygon

from matcher.domain.geo import Territory, Zone


def load_builtin_territory() -> Territory:
    """The hand-written, approximate outline of Paris and its 20 arrondissements.

    Neighbours share the nodes of their border, so there are no gaps and no overlaps.
    """
    file = resources.files("matcher.geocoding").joinpath("data/zones.json")
    data = json.loads(file.read_text(encoding="utf-8"))
    nodes: dict[str, tuple[float, float]] = {
        name: (lon, lat) for name, (lat, lon) in data["nodes"].items()
    }
    return Territory(
        Zone(
            code=zone["code"],
            name=zone["name"],
            polygon=Polygon([nodes[name] for name in zone["ring"]]),
            left_bank=zone["left_bank"],
        )
        for zone in data["zones"]
    )
