"""What the dialogue is told of a caller, and of the places around a point."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import shapely

from matcher.domain.directory import spoken
from matcher.domain.geo import Point
from matcher.domain.lifecycle import HELD_MISSIONS, MissionStatus
from matcher.domain.people import Need, Purpose
from matcher.services import callers
from matcher.services.callers import WhoRings
from matcher.services.directory import find_nearest
from matcher.services.telephone import takes_sms
from matcher.services.work import Work
from matcher.store.tables import MissionRow, SeniorRow
from phone.dialogue.caller import Caller, Outing, Usual
from phone.dialogue.state import NearbyPlace

MAX_PLACES = 9
STEPS_MATTER = frozenset({Need.WALKER, Need.WHEELCHAIR})
"""With one of these, a place is told with its steps."""


def who_calls(work: Work, number: str | None, who: WhoRings) -> Caller:
    """Who the number shown seems to be; somebody with two files is a senior first."""
    senior = None if who.senior_id is None else work.session.get_one(SeniorRow, who.senior_id)
    usual = None if senior is None else callers.find_usual(work, senior)
    return Caller(
        known=senior is not None,
        senior_id=None if senior is None else str(senior.id),
        home_in_file=senior is not None and senior.home is not None,
        phone_usable=number is not None,
        number=number if senior is None and who.volunteer_id is None else None,
        takes_sms=number is not None and takes_sms(number),
        outings=() if senior is None else _outings(callers.list_outings(work, senior.id)),
        usual=None if usual is None else _usual(usual),
        volunteer_id=None if who.volunteer_id is None else str(who.volunteer_id),
        held=()
        if who.volunteer_id is None
        else _outings(callers.list_held(work, who.volunteer_id)),
    )


def find_nearby(work: Work, where: Point | int, needs: Iterable[Need]) -> tuple[NearbyPlace, ...]:
    """Places open now around a point, or in the middle of an arrondissement by its number.

    `needs` are those told in this call: what a file holds is not for whoever rings.
    """
    point = where if isinstance(where, Point) else _middle(work, where)
    if point is None:
        return ()
    zone = work.runtime.settings.zone
    # The walk from the middle of an arrondissement is nobody's walk.
    from_here, steps_matter = point is where, not STEPS_MATTER.isdisjoint(needs)
    return tuple(
        NearbyPlace(
            str(near.place.id),
            spoken(near, work.now, zone, from_here=from_here, steps_matter=steps_matter),
        )
        for near in find_nearest(work, point, work.now, limit=MAX_PLACES)
    )


def _middle(work: Work, arrondissement: int) -> Point | None:
    """A point in the midst of an arrondissement, be it one zone or several quartiers."""
    shapes = [
        zone.polygon
        for zone in work.runtime.atlas.territory.list_zones()
        if zone.code.startswith(f"751{arrondissement:02d}")
    ]
    if not shapes:
        return None
    middle = shapely.union_all(shapes).representative_point()
    return Point(lat=middle.y, lon=middle.x)


def _outings(missions: Iterable[MissionRow]) -> tuple[Outing, ...]:
    return tuple(
        Outing(
            id=str(mission.id),
            starts_at=mission.starts_at,
            found=mission.status in HELD_MISSIONS,
            started=mission.status == MissionStatus.IN_PROGRESS,
        )
        for mission in missions
    )


def _usual(mission: MissionRow) -> Usual:
    hours = (mission.ends_at - mission.starts_at) / timedelta(hours=1)
    return Usual(Purpose(mission.purpose), hours)
