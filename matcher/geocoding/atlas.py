"""The territory in memory: its streets and its zones, replaced whole after an import."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.domain.geo import Territory
from matcher.geocoding.gazetteer import Gazetteer


@dataclass(slots=True)
class Atlas:
    """What a telephone turn looks places up in; swapped by assignment, never changed in place."""

    gazetteer: Gazetteer
    territory: Territory
