"""Two people who would rather not meet again: no reason asked, none kept."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from matcher.domain.errors import NotFound
from matcher.domain.lifecycle import MissionStatus, OfferEvent
from matcher.services.missions import schedule_step
from matcher.services.offers import list_sent_offers
from matcher.services.visits import hand_back, release
from matcher.services.work import Work
from matcher.store.tables import (
    BondKind,
    BondRow,
    MissionRow,
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
    # As for a yes, the volunteer's row before the missions': one that is on its way comes first.
    work.session.exec(
        select(VolunteerRow).where(VolunteerRow.id == volunteer_id).with_for_update(key_share=True)
    ).one()
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


def list_refused(work: Work, senior_id: UUID) -> list[VolunteerRow]:
    """The volunteers whom a senior would rather not meet again, by name."""
    return list(
        work.session.exec(
            select(VolunteerRow)
            .join(BondRow, col(BondRow.volunteer_id) == col(VolunteerRow.id))
            .where(BondRow.senior_id == senior_id, BondRow.kind == BondKind.SENIOR_REFUSES.value)
            .order_by(col(VolunteerRow.last_name), col(VolunteerRow.first_name))
        )
    )


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
    for mission in _hold_missions(work, senior_id):
        if mission.volunteer_id == volunteer_id and work.now < mission.starts_at:
            if kind is BondKind.SENIOR_REFUSES:
                release(work, mission.id)
            else:
                hand_back(work, mission)
        elif mission.status == MissionStatus.OPEN:
            for offer in list_sent_offers(work, mission):
                if offer.volunteer_id == volunteer_id:
                    move_offer(work.session, offer, OfferEvent.WITHDRAW, work.now, work.actor)
                    schedule_step(work, mission, work.now)


def _hold_missions(work: Work, senior_id: UUID) -> Sequence[MissionRow]:
    """The senior's outings that are looked for or agreed, their rows held until the end.

    Who is being asked about one at this very moment has been asked by then, and is in its offers.
    """
    return work.session.exec(
        select(MissionRow)
        .where(
            MissionRow.senior_id == senior_id,
            col(MissionRow.status).in_([MissionStatus.OPEN.value, MissionStatus.ACCEPTED.value]),
        )
        .order_by(col(MissionRow.starts_at), col(MissionRow.id))
        .with_for_update(),
        execution_options={"populate_existing": True},
    ).all()
