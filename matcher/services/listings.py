"""What each person may find: a volunteer's offers and missions, and a coordinator's.

Lists go by pages: `after` is the sort key and id of the last item of the page before, and at most
`limit` items come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, tuple_
from sqlmodel import col, select

from matcher.domain.eligibility import ACCEPTANCE_RULES, Rejection, Rule, assess
from matcher.domain.errors import InvalidInput, NotFound
from matcher.domain.geo import Point, distance_m
from matcher.domain.lifecycle import HELD_MISSIONS, MissionStatus, OfferStatus
from matcher.services.people import is_vetted
from matcher.services.policies import ELIGIBILITY
from matcher.services.roll import address_of, get_enrolled, outing_of
from matcher.services.telephone import normal_number
from matcher.services.walks import walk_s, walks_to
from matcher.services.work import Work
from matcher.store.tables import EventRow, MissionRow, OfferRow, VolunteerRow

Moment = tuple[datetime, UUID]


def list_offers(
    work: Work, volunteer_id: UUID, status: OfferStatus | None, after: Moment | None, limit: int
) -> list[tuple[OfferRow, MissionRow]]:
    """The volunteer's offers with their missions, newest first; none before they are vetted."""
    if not is_vetted(work, volunteer_id):
        return []
    key = tuple_(col(OfferRow.sent_at), col(OfferRow.id))
    query = (
        select(OfferRow, MissionRow)
        .join(MissionRow, col(MissionRow.id) == col(OfferRow.mission_id))
        .where(OfferRow.volunteer_id == volunteer_id)
        .order_by(col(OfferRow.sent_at).desc(), col(OfferRow.id).desc())
        .limit(limit)
    )
    if status is not None:
        query = query.where(OfferRow.status == status.value)
    if after is not None:
        query = query.where(key < after)
    return list(work.session.exec(query))


def list_open_missions(
    work: Work, volunteer_id: UUID, after: Moment | None, limit: int
) -> list[MissionRow]:
    """Open missions this volunteer could take, the soonest first."""
    volunteer = work.session.get_one(VolunteerRow, volunteer_id)
    home = Point(volunteer.lat, volunteer.lon)
    query = (
        select(MissionRow)
        .where(MissionRow.status == MissionStatus.OPEN.value, MissionRow.starts_at > work.now)
        .order_by(col(MissionRow.starts_at), col(MissionRow.id))
    )
    if after is not None:
        query = query.where(tuple_(col(MissionRow.starts_at), col(MissionRow.id)) > after)
    found: list[MissionRow] = []
    for mission in work.session.exec(query):
        # Where a mission is cannot be asked of the database: meeting points are encrypted.
        away_m = distance_m(home, address_of(mission.meeting).point)
        if away_m <= volunteer.max_walk_m and _rejection(work, mission, volunteer_id) is None:
            found.append(mission)
            if len(found) == limit:
                break
    return found


def list_own_missions(
    work: Work, volunteer_id: UUID, after: Moment | None, limit: int
) -> list[MissionRow]:
    """Missions the volunteer holds or held to the end, the latest first."""
    query = (
        select(MissionRow)
        .where(MissionRow.volunteer_id == volunteer_id)
        .order_by(col(MissionRow.starts_at).desc(), col(MissionRow.id).desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(col(MissionRow.starts_at), col(MissionRow.id)) < after)
    return list(work.session.exec(query))


def get_mission_for(work: Work, mission_id: UUID, volunteer_id: UUID) -> MissionRow:
    """A mission this volunteer has to do with: theirs, or open and one they could take.

    Raises:
        NotFound: there is none, or it is another's business.
    """
    mission = work.session.get(MissionRow, mission_id)
    if mission is None:
        raise NotFound
    if mission.volunteer_id == volunteer_id:
        return mission
    if mission.status != MissionStatus.OPEN:
        raise NotFound
    rejection = _rejection(work, mission, volunteer_id)
    if rejection is None:
        return mission
    barred = rejection.rule in (Rule.INACTIVE, Rule.NOT_VETTED, Rule.REFUSED)
    if barred or not _was_asked(work, mission_id, volunteer_id):
        raise NotFound
    return mission


def walk_from_home_s(work: Work, mission: MissionRow, volunteer_id: UUID) -> float:
    """Seconds this volunteer walks from home to the meeting point."""
    volunteer = work.session.get_one(VolunteerRow, volunteer_id)
    return walk_s(work, Point(volunteer.lat, volunteer.lon), address_of(mission.meeting).point)


def list_missions(
    work: Work, status: MissionStatus | None, after: Moment | None, limit: int
) -> list[MissionRow]:
    """Missions for a coordinator, those that start last first."""
    query = (
        select(MissionRow)
        .order_by(col(MissionRow.starts_at).desc(), col(MissionRow.id).desc())
        .limit(limit)
    )
    if status is not None:
        query = query.where(MissionRow.status == status.value)
    if after is not None:
        query = query.where(tuple_(col(MissionRow.starts_at), col(MissionRow.id)) < after)
    return list(work.session.exec(query))


def list_held(work: Work, volunteer_id: UUID) -> list[MissionRow]:
    """What the volunteer holds, the soonest first."""
    return list(
        work.session.exec(
            select(MissionRow)
            .where(
                MissionRow.volunteer_id == volunteer_id,
                col(MissionRow.status).in_([status.value for status in HELD_MISSIONS]),
            )
            .order_by(col(MissionRow.starts_at), col(MissionRow.id))
        )
    )


def list_volunteers(work: Work, words: str, limit: int) -> list[VolunteerRow]:
    """Those whose name holds each of the words, or whose number this is, by name."""
    try:
        phone_index = work.runtime.keyring.index(normal_number(words))
    except InvalidInput:
        phone_index = ""
    name = func.concat_ws(" ", col(VolunteerRow.first_name), col(VolunteerRow.last_name))
    named = [name.icontains(word, autoescape=True) for word in words.split()]
    return list(
        work.session.exec(
            select(VolunteerRow)
            .where(or_(and_(*named), col(VolunteerRow.phone_index) == phone_index))
            .order_by(col(VolunteerRow.last_name), col(VolunteerRow.first_name))
            .limit(limit)
        )
    )


def list_suspended(work: Work) -> list[VolunteerRow]:
    """Those who are asked for nothing for now, by name."""
    return list(
        work.session.exec(
            select(VolunteerRow)
            .where(~col(VolunteerRow.active))
            .order_by(col(VolunteerRow.last_name), col(VolunteerRow.first_name))
        )
    )


def list_asked(work: Work, mission_id: UUID) -> list[tuple[OfferRow, VolunteerRow]]:
    """Everyone who was asked for this mission, in the order they were."""
    return list(
        work.session.exec(
            select(OfferRow, VolunteerRow)
            .join(VolunteerRow, col(VolunteerRow.id) == col(OfferRow.volunteer_id))
            .where(OfferRow.mission_id == mission_id)
            .order_by(col(OfferRow.sent_at), col(OfferRow.id))
        )
    )


def list_events(work: Work, mission_id: UUID, offer_ids: Sequence[UUID]) -> list[EventRow]:
    """What happened to the mission and its offers, in order."""
    return list(
        work.session.exec(
            select(EventRow)
            .where(
                col(EventRow.entity).in_(("mission", "offer")),
                col(EventRow.entity_id).in_((mission_id, *offer_ids)),
            )
            .order_by(col(EventRow.id))
        )
    )


def _rejection(work: Work, mission: MissionRow, volunteer_id: UUID) -> Rejection | None:
    """What would keep the volunteer from accepting, or None."""
    outing = outing_of(work, mission)
    volunteer = get_enrolled(work, outing, volunteer_id).volunteer
    return assess(
        outing,
        volunteer,
        now=work.now,
        zone=work.runtime.settings.zone,
        walk=walks_to(work, [volunteer.home], outing.meeting_point),
        policy=ELIGIBILITY,
        rules=ACCEPTANCE_RULES,
    )


def _was_asked(work: Work, mission_id: UUID, volunteer_id: UUID) -> bool:
    return (
        work.session.exec(
            select(OfferRow.id).where(
                OfferRow.mission_id == mission_id,
                OfferRow.volunteer_id == volunteer_id,
                OfferRow.status == OfferStatus.SENT.value,
            )
        ).first()
        is not None
    )
