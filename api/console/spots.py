"""Where an outing could begin: what words or a click on the map may mean, for a coordinator."""

from __future__ import annotations

from dataclasses import dataclass

from api.web.zone_map import point_at
from matcher.domain.addresses import (
    Address,
    AddressAmbiguous,
    AddressFound,
    AddressUnknown,
    StreetFound,
)
from matcher.domain.errors import InvalidInput, OutsideTerritory
from matcher.domain.geo import Point
from matcher.services.addresses import FAR_M
from matcher.services.work import Work

NUMBER_WANTED = "Cette rue est connue, mais pas à ce numéro. Essayez-en un autre, ou la carte."
NOT_FOUND = "Cette adresse n'a pas été trouvée. Écrivez-la autrement, ou cliquez sur la carte."
NO_DOOR = "Aucune adresse n'est connue près de ce point."


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form asked: words, or a click on the map in units of the drawing."""

    words: str = ""
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that was perhaps meant.

    Attributes:
        asked: what leads back to this very place.
        near: the address for the eye, the nearest one when `place` is a point.
        zone: how people call the zone.
    """

    asked: Asked
    place: Address | Point
    near: str
    zone: str

    @property
    def point(self) -> Point:
        """Where it is."""
        return self.place.point if isinstance(self.place, Address) else self.place


def list_spots(work: Work, asked: Asked) -> list[Spot]:
    """The places that may be meant, one for each arrondissement when the words leave it open.

    Raises:
        InvalidInput: no address is known by these words, or near the point.
        OutsideTerritory: what was meant lies elsewhere.
    """
    atlas = work.runtime.atlas
    if asked.x is None or asked.y is None or atlas.territory.outline is None:
        return [
            Spot(Asked(one.label), one, one.label, _zone_name(work, one.point))
            for one in _addresses(work, asked.words)
        ]
    point = point_at(atlas.territory.outline, asked.x, asked.y)
    zone = _zone_name(work, point)
    door = atlas.gazetteer.nearest(point, FAR_M)
    if door is None:
        raise InvalidInput(NO_DOOR)
    return [Spot(asked, point, door.label, zone)]


def get_spot(work: Work, asked: Asked) -> Spot:
    """The one place that leads back to `asked`.

    Raises:
        InvalidInput, OutsideTerritory: as `list_spots`, or when it is none of those.
    """
    for spot in list_spots(work, asked):
        if spot.asked == asked:
            return spot
    raise InvalidInput(NOT_FOUND)


def _addresses(work: Work, said: str) -> list[Address]:
    find = work.runtime.atlas.gazetteer.find
    match find(said):
        case AddressFound(address=address):
            return [address]
        case AddressAmbiguous(postcodes=postcodes):
            answers = [find(f"{said} {postcode}") for postcode in postcodes]
            doors = [one.address for one in answers if isinstance(one, AddressFound)]
            if not doors:
                raise InvalidInput(NUMBER_WANTED)
            return doors
        case StreetFound():
            raise InvalidInput(NUMBER_WANTED)
        case AddressUnknown(outside=outside):
            if outside:
                raise OutsideTerritory
            raise InvalidInput(NOT_FOUND)


def _zone_name(work: Work, point: Point) -> str:
    zone = work.runtime.atlas.territory.find_zone(point)
    if zone is None:
        raise OutsideTerritory
    return zone.name
