"""The directory of places."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.access import may_see_details
from api.v1 import present
from api.v1.deps import SIGNED_IN, OpenWork, SignedInId
from api.v1.paging import Cursor, Limit, Page, find_mark, make_page
from api.v1.schemas import PlacePublic
from matcher.domain.errors import InvalidInput, NotFound
from matcher.domain.geo import Point
from matcher.services import directory
from matcher.services.roll import address_of
from matcher.services.work import Work
from matcher.store.tables import MissionRow, VolunteerRow

router = APIRouter(tags=["lieux"], dependencies=[SIGNED_IN])

Category = Annotated[str | None, Query(max_length=60, pattern="^[^\x00]*$")]
NearMission = Annotated[
    UUID | None,
    Query(description="Une de mes sorties : les lieux près du rendez-vous, à son heure."),
]


@router.get("/places")
def list_places(
    work: OpenWork,
    volunteer_id: SignedInId,
    category: Category = None,
    mission: NearMission = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[PlacePublic]:
    """Les associations, services et activités, du plus proche au plus lointain de chez moi."""
    volunteer = work.session.get_one(VolunteerRow, volunteer_id)
    around, at = Point(volunteer.lat, volunteer.lon), work.now
    if mission is not None:
        held = _held(work, mission, volunteer_id)
        around, at = address_of(held.meeting).point, max(work.now, held.starts_at)
    rows = directory.list_near(
        work,
        around,
        at,
        category,
        _mark(work, cursor),
        limit + 1,
        accompanied=mission is not None,
    )
    return make_page(
        work,
        rows,
        limit,
        mark=lambda row: (f"{row[0][0]} {row[0][1]}", row[0][2]),
        show=lambda row: present.place(work, row[1], at),
    )


def _held(work: Work, mission_id: UUID, volunteer_id: UUID) -> MissionRow:
    """A mission whose meeting point this volunteer may know: walks from it would tell it."""
    mission = work.session.get(MissionRow, mission_id)
    if mission is None or not may_see_details(mission, volunteer_id, work.now):
        raise NotFound
    return mission


def _mark(work: Work, cursor: str | None) -> directory.Mark | None:
    mark = find_mark(work, cursor)
    if mark is None:
        return None
    metres, _, name = mark[0].partition(" ")
    if not metres.isdecimal():
        raise InvalidInput("Ce curseur est celui d'une autre liste.")
    return int(metres), name, mark[1]
