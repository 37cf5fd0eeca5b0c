"""What happens to a mission once somebody holds it, and how it ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import select

from matcher.domain.errors import NotFound, TransitionRefused
from matcher.domain.lifecycle import MissionEvent, MissionStatus, OfferEvent, OfferStatus
from matcher.domain.waves import hand_over_at
from matcher.services import texts
from matcher.services.messages import queue_sms
from matcher.services.missions import lock_mission, schedule_step
from matcher.services.offers import close_offers
from matcher.services.policies import WAVES
from matcher.services.senior_news import tell_senior
from matcher.services.tasks import add_task
from matcher.services.work import Work
from matcher.store.tables import (
    BondKind,
    BondRow,
    MissionRow,
    OfferRow,
    TaskKind,
    VolunteerRow,
)
from matcher.store.transitions import move_mission, move_offer

TELL_SENIOR_WITHIN = timedelta(hours=24)
"""A withdrawal closer than this is told to the senior; earlier, somebody else is found first."""

FREED: dict[str, Any] = {
    "volunteer_id": None,
    "accepted_at": None,
    "busy_from": None,
    "busy_until": None,
    "walk_s": None,
    "code_word": None,
}


def withdraw(work: Work, mission_id: UUID, volunteer_id: UUID) -> MissionRow:
    """The volunteer cannot come after all: the mission is open again and somebody else is asked.

    Raises:
        NotFound: the mission is not theirs.
        TransitionRefused: the outing has begun or is over.
    """
    mission = _own_mission(work, mission_id, volunteer_id)
    accepted = work.session.exec(
        select(OfferRow).where(
            OfferRow.mission_id == mission.id, OfferRow.status == OfferStatus.ACCEPTED.value
        )
    ).one()
    move_mission(
        work.session,
        mission,
        MissionEvent.WITHDRAW,
        work.now,
        work.actor,
        deadline_at=hand_over_at(mission.starts_at, work.now, WAVES),
        **FREED,
    )
    move_offer(work.session, accepted, OfferEvent.WITHDRAW, work.now, work.actor)
    schedule_step(work, mission, work.now)
    if mission.starts_at - work.now < TELL_SENIOR_WITHIN:
        tell_senior(work, mission, "looking_again", texts.looking_again, occasion=work.now)
    return mission


def start(work: Work, mission_id: UUID, volunteer_id: UUID) -> MissionRow:
    """The volunteer is at the door.

    Raises:
        NotFound, TransitionRefused: as `withdraw`.
    """
    mission = _own_mission(work, mission_id, volunteer_id)
    if mission.status != MissionStatus.IN_PROGRESS:
        move_mission(work.session, mission, MissionEvent.START, work.now, work.actor)
    return mission


def complete(work: Work, mission_id: UUID, volunteer_id: UUID) -> MissionRow:
    """The senior is home again.

    Raises:
        NotFound, TransitionRefused: as `withdraw`.
    """
    mission = _own_mission(work, mission_id, volunteer_id)
    if mission.status != MissionStatus.COMPLETED:
        move_mission(work.session, mission, MissionEvent.COMPLETE, work.now, work.actor)
    return mission


def report(work: Work, mission_id: UUID, volunteer_id: UUID, answer: str, note: str) -> MissionRow:
    """How it went: `well` (they now know each other), `mixed` or `problem` (a person looks).

    Raises:
        NotFound: the mission is not theirs.
        TransitionRefused: it is not over yet.
    """
    mission = _own_mission(work, mission_id, volunteer_id)
    if mission.status != MissionStatus.COMPLETED:
        raise TransitionRefused
    work.note("mission", mission.id, "report", reason=answer)
    if answer == "well":
        work.session.merge(
            BondRow(
                senior_id=mission.senior_id,
                volunteer_id=volunteer_id,
                kind=BondKind.CIRCLE.value,
                since=work.now,
            )
        )
    if answer == "problem" or note:
        add_task(
            work,
            TaskKind.REPORT,
            "Un bilan demande votre attention.",
            mission_id=mission.id,
            senior_id=mission.senior_id,
            details={"answer": answer, "note": note},
        )
    return mission


def cancel(work: Work, mission_id: UUID, reason: str) -> MissionRow:
    """Call the outing off; whoever held it or was asked is told. `reason` is a word, not a story.

    Raises:
        NotFound: there is no such mission.
        TransitionRefused: it is over already.
    """
    mission = lock_mission(work, mission_id)
    held_by = mission.volunteer_id
    close_offers(work, mission, OfferEvent.WITHDRAW)
    move_mission(
        work.session,
        mission,
        MissionEvent.CANCEL,
        work.now,
        work.actor,
        reason=reason,
        next_step_at=None,
        needs_attention=None,
    )
    if held_by is not None:
        volunteer = work.session.get_one(VolunteerRow, held_by)
        when = texts.day_and_hour(mission.starts_at, work.runtime.settings.zone)
        queue_sms(
            work,
            volunteer.phone,
            texts.cancelled(when),
            "cancelled",
            f"cancelled:{mission.id}",
            mission.id,
        )
    return mission


def verify(work: Work, mission_id: UUID) -> MissionRow:
    """A coordinator has checked who asks: volunteers may be asked from now on.

    Raises:
        NotFound: there is no such mission.
        TransitionRefused: it is not waiting to be verified.
    """
    mission = lock_mission(work, mission_id)
    move_mission(
        work.session,
        mission,
        MissionEvent.VERIFY,
        work.now,
        work.actor,
        deadline_at=hand_over_at(mission.starts_at, work.now, WAVES),
    )
    schedule_step(work, mission, work.now)
    return mission


def _own_mission(work: Work, mission_id: UUID, volunteer_id: UUID) -> MissionRow:
    mission = lock_mission(work, mission_id)
    if mission.volunteer_id != volunteer_id:
        raise NotFound
    return mission
