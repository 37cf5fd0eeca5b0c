"""Two people who would rather not meet again: no reason asked, none kept."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import col, select

from matcher.domain.errors import NotFound
from matcher.domain.lifecycle import MissionStatus, OfferEvent, OfferStatus
from matcher.services.missions import lock_mission, schedule_step
from matcher.services.visits import hand_back, release
from matcher.services.work import Work
from matcher.store.tables import (
    BondKind,
    BondRow,
    MissionRow,
    OfferRow,
    SeniorRow,
    VolunteerRow,
)
from matcher.store.transitions import move_offer


def refuse(work: Work, senior_id: UUID, volunteer_id: UUID, kind: BondKind) -> None:
    """Keep the two apart from now on; twice changes nothing. `kind` says who would rather not.

    They leave each other's circle; what the volunteer was asked for this senior is withdrawn, and
    what they hold is open again.

    Raises:
        NotFound: there is no such senior or volunteer.
        ValueError: it is no refusal.
    """
    if kind is BondKind.CIRCLE:
        raise ValueError("the circle keeps nobody apart")
    _check_both(work, senior_id, volunteer_id)
    work.session.merge(
        BondRow(senior_id=senior_id, volunteer_id=volunteer_id, kind=kind.value, since=work.now)
    )
    _forget(work, senior_id, volunteer_id, BondKind.CIRCLE)
    work.note("senior", senior_id, "refusal")
    _part(work, senior_id, volunteer_id, kind)


def allow_again(work: Work, senior_id: UUID, volunteer_id: UUID, kind: BondKind) -> None:
    """Take a refusal back; twice changes nothing.

    Raises:
        NotFound: there is no such senior or volunteer.
    """
    _check_both(work, senior_id, volunteer_id)
    _forget(work, senior_id, volunteer_id, kind)
    work.note("senior", senior_id, "refusal_taken_back")


def refuse_after(work: Work, mission_id: UUID, volunteer_id: UUID) -> None:
    """The volunteer of a mission would rather not accompany its senior again.

    Raises:
        NotFound: the mission is not theirs.
    """
    mission = work.session.get(MissionRow, mission_id)
    if mission is None or mission.volunteer_id != volunteer_id:
        raise NotFound
    refuse(work, mission.senior_id, volunteer_id, BondKind.VOLUNTEER_REFUSES)


def _check_both(work: Work, senior_id: UUID, volunteer_id: UUID) -> None:
    senior = work.session.get(SeniorRow, senior_id)
    if senior is None or work.session.get(VolunteerRow, volunteer_id) is None:
        raise NotFound


def _forget(work: Work, senior_id: UUID, volunteer_id: UUID, kind: BondKind) -> None:
    bond = work.session.get(BondRow, (senior_id, volunteer_id, kind.value))
    if bond is not None:
        work.session.delete(bond)


def _part(work: Work, senior_id: UUID, volunteer_id: UUID, kind: BondKind) -> None:
    offers = work.session.exec(
        select(OfferRow)
        .join(MissionRow, col(MissionRow.id) == col(OfferRow.mission_id))
        .where(
            MissionRow.senior_id == senior_id,
            OfferRow.volunteer_id == volunteer_id,
            col(OfferRow.status).in_([OfferStatus.SENT.value, OfferStatus.ACCEPTED.value]),
        )
        .order_by(col(OfferRow.id))
    ).all()
    for offer in offers:
        mission = lock_mission(work, offer.mission_id)
        if mission.status == MissionStatus.ACCEPTED and work.now < mission.starts_at:
            if kind is BondKind.SENIOR_REFUSES:
                release(work, mission.id)
            else:
                hand_back(work, mission)
        elif mission.status == MissionStatus.OPEN and offer.status == OfferStatus.SENT:
            move_offer(work.session, offer, OfferEvent.WITHDRAW, work.now, work.actor)
            schedule_step(work, mission, work.now)
