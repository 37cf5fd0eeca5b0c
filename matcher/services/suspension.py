"""A volunteer who must not accompany anyone for now: shut out at once, and nobody is left waiting.

Why stays between people: no reason is asked, none is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, or_, select

from matcher.domain.errors import NotFound
from matcher.domain.lifecycle import HELD_MISSIONS, MissionStatus, OfferEvent, OfferStatus
from matcher.services.missions import schedule_step
from matcher.services.offers import list_sent_offers
from matcher.services.push import unsubscribe
from matcher.services.tasks import add_task
from matcher.services.visits import release
from matcher.services.work import Work
from matcher.store.tables import (
    MissionRow,
    OfferRow,
    PersonKind,
    SessionRow,
    TaskKind,
    VolunteerRow,
)
from matcher.store.transitions import move_offer

UNDER_WAY = "Bénévole suspendu pendant une sortie : appeler la personne aînée tout de suite."


def suspend(work: Work, volunteer_id: UUID) -> None:
    """Shut the volunteer out until they are brought back; twice changes nothing.

    They are signed out everywhere and asked for nothing. What they hold is open again, and they
    are told that it is somebody else's; an outing whose hour has come is a coordinator's at once.

    Raises:
        NotFound: there is no such volunteer.
    """
    # As for a yes, the volunteer's row before the missions': one that is on its way comes first.
    volunteer = _hold(work, volunteer_id)
    if not volunteer.active:
        return
    volunteer.active = False
    work.session.execute(
        delete(SessionRow).where(
            col(SessionRow.person_kind) == PersonKind.VOLUNTEER.value,
            col(SessionRow.person_id) == volunteer_id,
        )
    )
    unsubscribe(work, volunteer_id)
    work.note("volunteer", volunteer_id, "suspended")
    for mission in _hold_missions(work, volunteer_id):
        if mission.volunteer_id != volunteer_id:
            _take_offer_back(work, mission, volunteer_id)
        elif mission.status == MissionStatus.ACCEPTED and work.now < mission.starts_at:
            release(work, mission.id)
        else:
            add_task(
                work,
                TaskKind.ATTENTION,
                UNDER_WAY,
                due_at=work.now,
                mission_id=mission.id,
                senior_id=mission.senior_id,
                details={"volunteer_id": str(volunteer_id)},
            )


def bring_back(work: Work, volunteer_id: UUID) -> None:
    """Let the volunteer sign in and be asked again; twice changes nothing.

    Raises:
        NotFound: there is no such volunteer.
    """
    volunteer = _hold(work, volunteer_id)
    if not volunteer.active:
        volunteer.active = True
        work.note("volunteer", volunteer_id, "brought_back")


def _hold(work: Work, volunteer_id: UUID) -> VolunteerRow:
    volunteer = work.session.exec(
        select(VolunteerRow).where(VolunteerRow.id == volunteer_id).with_for_update(key_share=True)
    ).one_or_none()
    if volunteer is None:
        raise NotFound
    return volunteer


def _hold_missions(work: Work, volunteer_id: UUID) -> Sequence[MissionRow]:
    """What the volunteer holds or is asked for, the rows held until the end."""
    asked_for = select(OfferRow.mission_id).where(
        OfferRow.volunteer_id == volunteer_id, OfferRow.status == OfferStatus.SENT.value
    )
    return work.session.exec(
        select(MissionRow)
        .where(
            or_(
                (col(MissionRow.volunteer_id) == volunteer_id)
                & col(MissionRow.status).in_([status.value for status in HELD_MISSIONS]),
                col(MissionRow.id).in_(asked_for),
            )
        )
        .order_by(col(MissionRow.starts_at), col(MissionRow.id))
        .with_for_update(),
        execution_options={"populate_existing": True},
    ).all()


def _take_offer_back(work: Work, mission: MissionRow, volunteer_id: UUID) -> None:
    for offer in list_sent_offers(work, mission):
        if offer.volunteer_id == volunteer_id:
            move_offer(work.session, offer, OfferEvent.WITHDRAW, work.now, work.actor)
            schedule_step(work, mission, work.now)
