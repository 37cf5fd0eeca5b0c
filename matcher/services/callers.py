"""Who rings: what a number says about the person, and what is under way for them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlmodel import col, or_, select

from matcher.domain.lifecycle import HELD_MISSIONS, LIVE_MISSIONS, MissionStatus
from matcher.services.work import Work
from matcher.store.tables import FileStatus, MissionRow, SeniorRow, VolunteerRow

STILL_TOLD = timedelta(hours=6)
"""An outing that nobody closed is told for so long after its start."""
USUAL_WITHIN = timedelta(days=180)
"""An outing longer ago is no habit."""


def find_senior(work: Work, number: str | None) -> SeniorRow | None:
    """Whose file this number belongs to; nobody's when it is unknown or shared by several."""
    if number is None:
        return None
    seniors = work.session.exec(
        select(SeniorRow).where(
            SeniorRow.phone_index == work.runtime.keyring.index(number),
            SeniorRow.status == FileStatus.ACTIVE.value,
        )
    ).all()
    return seniors[0] if len(seniors) == 1 else None


def find_volunteer(work: Work, number: str | None) -> VolunteerRow | None:
    """The active volunteer with this number."""
    if number is None:
        return None
    return work.session.exec(
        select(VolunteerRow).where(
            VolunteerRow.phone_index == work.runtime.keyring.index(number),
            col(VolunteerRow.active),
        )
    ).one_or_none()


def list_outings(work: Work, senior_id: UUID) -> list[MissionRow]:
    """What is under way or to come for a senior, the next one first.

    One that found nobody by its deadline stays until its hour: somebody may still be found.
    """
    status = col(MissionRow.status)
    to_come = col(MissionRow.starts_at) > work.now
    return list(
        work.session.exec(
            select(MissionRow)
            .where(
                MissionRow.senior_id == senior_id,
                or_(
                    status.in_([one.value for one in LIVE_MISSIONS])
                    & (col(MissionRow.starts_at) > work.now - STILL_TOLD),
                    (status == MissionStatus.UNFILLED.value) & to_come,
                ),
            )
            .order_by(col(MissionRow.starts_at), col(MissionRow.id))
        )
    )


def list_held(work: Work, volunteer_id: UUID) -> list[MissionRow]:
    """What a volunteer has promised, the next one first."""
    return list(
        work.session.exec(
            select(MissionRow)
            .where(
                MissionRow.volunteer_id == volunteer_id,
                col(MissionRow.status).in_([one.value for one in HELD_MISSIONS]),
                col(MissionRow.starts_at) > work.now - STILL_TOLD,
            )
            .order_by(col(MissionRow.starts_at), col(MissionRow.id))
        )
    )


def find_partner(work: Work, mission_id: UUID, *, of_senior: bool) -> str | None:
    """The number of the other one of an outing that is held; None when there is none to ring."""
    mission = work.session.get(MissionRow, mission_id)
    if mission is None or mission.status not in HELD_MISSIONS or mission.volunteer_id is None:
        return None
    if of_senior:
        return work.session.get_one(VolunteerRow, mission.volunteer_id).phone
    return work.session.get_one(SeniorRow, mission.senior_id).phone


def find_usual(work: Work, senior: SeniorRow) -> MissionRow | None:
    """The senior's latest outing when it was lately and from their own door."""
    latest = work.session.exec(
        select(MissionRow)
        .where(
            MissionRow.senior_id == senior.id,
            col(MissionRow.status) != MissionStatus.CANCELLED.value,
            col(MissionRow.created_at) > work.now - USUAL_WITHIN,
        )
        .order_by(col(MissionRow.starts_at).desc(), col(MissionRow.id))
        .limit(1)
    ).one_or_none()
    if latest is None or senior.home is None or latest.meeting != senior.home:
        return None
    return latest
