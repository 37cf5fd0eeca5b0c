"""What happens to a mission once somebody holds it, and how it ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from matcher.domain.errors import NotFound, PlaceUnknown, TransitionRefused
from matcher.domain.lifecycle import Absent, MissionEvent, MissionStatus, OfferEvent
from matcher.domain.timeline import WAY_HOME, Question
from matcher.domain.waves import hand_over_at
from matcher.services import texts
from matcher.services.absences import mark_no_show
from matcher.services.alarms import settle_alarms
from matcher.services.alerts import alert_team
from matcher.services.circle import join_circle
from matcher.services.intake import go_on_with_series
from matcher.services.messages import count_as_heard
from matcher.services.missions import count_moves, lock_mission, plan_visit, schedule_step
from matcher.services.offers import close_offers, take_back_yes
from matcher.services.policies import WAVES
from matcher.services.same_again import ask_who_came_last, promise_by_the_eve
from matcher.services.senior_news import tell_senior
from matcher.services.tasks import add_task, settle_tasks
from matcher.services.volunteer_news import tell_volunteer
from matcher.services.work import Job, Work
from matcher.store.tables import MissionRow, RequestRow, TaskKind
from matcher.store.transitions import move_mission

PROBLEM = "Un souci pendant une sortie : appeler le bénévole tout de suite."

CAME_EARLY = "Sortie commencée bien avant l'heure : appeler le bénévole."

EARLIEST = timedelta(hours=1)
"""Nobody is at the door so long before the hour."""

TELL_SENIOR_WITHIN = timedelta(hours=24)
"""A withdrawal closer than this is told to the senior at once; earlier, when it comes this close
and nobody else was found."""

SENIOR_KNOWS = frozenset({"senior", "caller", "moved", "duplicate", "series_stopped"})
"""Why an outing is called off when its senior asked for it, has another that stands, or is told of
a whole series at once."""

FREED: dict[str, Any] = {
    "needs_attention": None,
    "confirm_by": None,
    "steps_done": [],
    "volunteer_id": None,
    "accepted_at": None,
    "busy_from": None,
    "busy_until": None,
    "walk_s": None,
    "code_word": None,
}


def withdraw(work: Work, mission_id: UUID, volunteer_id: UUID) -> MissionRow:
    """The volunteer cannot come after all: the mission is open again and somebody else is asked.

    Past the hour of the outing it counts as not having come.

    Raises:
        NotFound: the mission is not theirs.
        TransitionRefused: the outing has begun or is over.
    """
    mission = _own_mission(work, mission_id, volunteer_id)
    if mission.status == MissionStatus.ACCEPTED and work.now >= mission.starts_at:
        return mark_no_show(work, mission_id, Absent.VOLUNTEER)
    return hand_back(work, mission)


def release(work: Work, mission_id: UUID) -> MissionRow:
    """A coordinator frees whoever holds a mission: they are told, and somebody else is asked.

    Raises:
        NotFound: there is no such mission.
        TransitionRefused: nobody holds it, or its hour has come.
    """
    mission = lock_mission(work, mission_id)
    held_by = mission.volunteer_id
    if held_by is None or work.now >= mission.starts_at:
        raise TransitionRefused
    when = texts.day_and_hour(mission.starts_at, work.runtime.settings.zone)
    hand_back(work, mission, "released")
    once = f"{mission.id}:{count_moves(work, mission, MissionEvent.WITHDRAW)}"
    tell_volunteer(work, held_by, mission, "released", texts.released(when), once)
    return mission


def hand_back(work: Work, mission: MissionRow, reason: str | None = None) -> MissionRow:
    """Open a held mission again, its row held by this transaction, and look for somebody at once.

    The senior is told when it is near: otherwise somebody else is found first, or they are told
    when it has come near.

    Raises:
        TransitionRefused: nobody holds it, or the outing has begun.
    """
    settle_alarms(work, mission)
    move_mission(
        work.session,
        mission,
        MissionEvent.WITHDRAW,
        work.now,
        work.actor,
        reason=reason,
        deadline_at=hand_over_at(mission.starts_at, work.now, WAVES),
        opened_at=work.now,
        **FREED,
    )
    take_back_yes(work, mission, reason)
    count_as_heard(work, mission.id, Question.CHANGED)
    schedule_step(work, mission, work.now)
    tell_when_near(work, mission)
    return mission


def tell_withdrawn(work: Work, mission_id: UUID) -> None:
    """The outing is near and still has nobody since its volunteer withdrew: the senior is told."""
    mission = lock_mission(work, mission_id)
    if mission.status == MissionStatus.OPEN:
        tell_when_near(work, mission)


def tell_when_near(work: Work, mission: MissionRow) -> None:
    """Tell the senior of an open mission's last withdrawal, or plan to; once a withdrawal."""
    withdrawn = count_moves(work, mission, MissionEvent.WITHDRAW)
    near_from = mission.starts_at - TELL_SENIOR_WITHIN
    if not withdrawn:
        return
    if work.now < near_from:
        work.defer(Job.TELL_WITHDRAWN, at=near_from, mission_id=str(mission.id))
    else:
        tell_senior(work, mission, "looking_again", texts.looking_again, str(withdrawn))


def start(work: Work, mission_id: UUID, volunteer_id: UUID) -> MissionRow:
    """The volunteer is at the door.

    Long before the hour it is a slip of the finger or a change nobody knows of: nobody would be
    missed at the hour itself, so a coordinator asks.

    Raises:
        NotFound, TransitionRefused: as `withdraw`.
    """
    mission = _own_mission(work, mission_id, volunteer_id)
    if mission.status != MissionStatus.IN_PROGRESS:
        settle_alarms(work, mission)
        move_mission(
            work.session,
            mission,
            MissionEvent.START,
            work.now,
            work.actor,
            needs_attention=None,
            confirm_by=None,
            started_at=work.now,
            # Whoever comes late is missed as late: the alarms of the way home are set anew.
            steps_done=[step for step in mission.steps_done if step not in WAY_HOME],
        )
        count_as_heard(work, mission.id, Question.ARRIVED)
        plan_visit(work, mission)
        if work.now < mission.starts_at - EARLIEST:
            add_task(work, TaskKind.ATTENTION, CAME_EARLY, mission_id=mission.id)
    return mission


def complete(work: Work, mission_id: UUID, volunteer_id: UUID) -> MissionRow:
    """The senior is home again.

    Raises:
        NotFound, TransitionRefused: as `withdraw`.
    """
    mission = _own_mission(work, mission_id, volunteer_id)
    if mission.status != MissionStatus.COMPLETED:
        settle_alarms(work, mission)
        move_mission(
            work.session,
            mission,
            MissionEvent.COMPLETE,
            work.now,
            work.actor,
            needs_attention=None,
            completed_at=work.now,
        )
        plan_visit(work, mission)
    return mission


def report(work: Work, mission_id: UUID, volunteer_id: UUID, answer: str, note: str) -> MissionRow:
    """How it went: `well` (they now know each other), `mixed` or `problem` (a person looks).

    A problem reaches the team at once, on every channel; it may be told while the outing lasts.

    Raises:
        NotFound: the mission is not theirs.
        TransitionRefused: it is not over yet.
    """
    mission = _own_mission(work, mission_id, volunteer_id)
    problem = answer == "problem"
    over = mission.status == MissionStatus.COMPLETED
    if not over and not (problem and mission.status == MissionStatus.IN_PROGRESS):
        raise TransitionRefused
    work.note("mission", mission.id, "report", reason=answer)
    if over:
        mission.closed_at = mission.closed_at or work.now
        plan_visit(work, mission)
    if answer == "well":
        join_circle(work, mission.senior_id, volunteer_id)
    if problem:
        alert_team(work, f"problem:{mission.id}", texts.TEAM_PROBLEM, texts.TEAM_PROBLEM_SPOKEN)
    if problem or note:
        add_task(
            work,
            TaskKind.REPORT,
            PROBLEM if problem else "Un bilan demande votre attention.",
            due_at=work.now if problem else None,
            mission_id=mission.id,
            senior_id=mission.senior_id,
            details={"answer": answer, "note": note},
        )
    return mission


def find_nobody(work: Work, mission_id: UUID, volunteer_id: UUID) -> MissionRow:
    """The volunteer is there and the senior is not.

    Raises:
        NotFound: the mission is not theirs.
        TransitionRefused: its hour has not come, or it is over.
    """
    _own_mission(work, mission_id, volunteer_id)
    return mark_no_show(work, mission_id, Absent.SENIOR)


def cancel(work: Work, mission_id: UUID, reason: str) -> MissionRow:
    """Call the outing off; whoever held it is told, and the senior unless they know.

    `reason` is a word, not a story.

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
    settle_tasks(
        work,
        mission.id,
        {TaskKind.UNFILLED, TaskKind.PROMISE_DUE, TaskKind.VERIFY_REQUEST, TaskKind.ATTENTION},
    )
    if held_by is not None:
        when = texts.day_and_hour(mission.starts_at, work.runtime.settings.zone)
        text = texts.cancelled(when)
        tell_volunteer(work, held_by, mission, "cancelled", text, str(mission.id))
    if reason not in SENIOR_KNOWS and work.now < mission.ends_at:
        tell_senior(work, mission, "cancelled", texts.outing_cancelled)
    return mission


def verify(work: Work, mission_id: UUID) -> MissionRow:
    """A coordinator has checked who asks: volunteers may be asked from now on.

    Raises:
        NotFound: there is no such mission.
        TransitionRefused: it is not waiting to be verified.
        PlaceUnknown: its place is still to be put on the map.
    """
    mission = lock_mission(work, mission_id)
    if mission.status == MissionStatus.TO_VERIFY and mission.meeting is None:
        raise PlaceUnknown
    move_mission(
        work.session,
        mission,
        MissionEvent.VERIFY,
        work.now,
        work.actor,
        deadline_at=hand_over_at(mission.starts_at, work.now, WAVES),
        opened_at=work.now,
    )
    settle_tasks(work, mission.id, {TaskKind.VERIFY_REQUEST, TaskKind.PROMISE_DUE})
    asks_at = work.now
    if mission.occurs_on is not None:
        promise_by_the_eve(work, mission)
        asks_at = ask_who_came_last(work, mission)
    schedule_step(work, mission, asks_at)
    go_on_with_series(work, work.session.get_one(RequestRow, mission.request_id))
    return mission


def reopen(work: Work, mission_id: UUID) -> MissionRow:
    """Nobody was found by the deadline, and a coordinator gives it another try before its hour.

    Whoever was asked already is not asked again, but may still take it.

    Raises:
        NotFound: there is no such mission.
        TransitionRefused: it is not unfilled, or its hour has come.
        PlaceUnknown: its place is still to be put on the map.
    """
    mission = lock_mission(work, mission_id)
    if work.now >= mission.starts_at:
        raise TransitionRefused
    if mission.meeting is None:
        raise PlaceUnknown
    move_mission(
        work.session,
        mission,
        MissionEvent.REOPEN,
        work.now,
        work.actor,
        deadline_at=hand_over_at(mission.starts_at, work.now, WAVES),
        opened_at=work.now,
    )
    schedule_step(work, mission, work.now)
    return mission


def _own_mission(work: Work, mission_id: UUID, volunteer_id: UUID) -> MissionRow:
    mission = lock_mission(work, mission_id)
    if mission.volunteer_id != volunteer_id:
        raise NotFound
    return mission
