"""What a mission needs next, and when: one planned step at a time, owned by a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from matcher.domain.lifecycle import MissionEvent, MissionStatus
from matcher.domain.timeline import Question, Step, expected_end, next_step
from matcher.services import texts
from matcher.services.absences import list_free_now
from matcher.services.alarms import NEVER_BEGUN, NOT_ARRIVED, NOT_BACK, NOT_CONFIRMED
from matcher.services.alerts import alert_team
from matcher.services.dispatch import look_for_someone
from matcher.services.missions import lock_mission, plan_visit, visit_of
from matcher.services.policies import TIMELINE
from matcher.services.senior_news import tell_senior, tell_who_comes
from matcher.services.tasks import add_task
from matcher.services.volunteer_news import ask_volunteer, tell_volunteer
from matcher.services.work import Work
from matcher.store.tables import MissionRow, TaskKind, VolunteerRow
from matcher.store.transitions import move_mission


def advance(work: Work, mission_id: UUID, due: datetime | None = None) -> None:
    """Do what the mission needs now, and plan the next look at it.

    With `due`, only when that step is still the planned one: a step that was replaced does
    nothing, and doing the same one twice does it once.
    """
    mission = lock_mission(work, mission_id)
    if due is not None and mission.next_step_at != due:
        return
    mission.next_step_at = None
    if mission.status in (MissionStatus.OPEN, MissionStatus.TO_VERIFY):
        look_for_someone(work, mission)
        return
    planned = next_step(visit_of(mission), work.now, TIMELINE, work.runtime.settings.zone)
    if planned is not None and planned.at <= work.now:
        mission.steps_done = [*mission.steps_done, planned.step.value]
        work.session.add(mission)
        _STEPS[planned.step](work, mission)
        work.note("mission", mission.id, planned.step.value)
    plan_visit(work, mission)


def _remind_senior(work: Work, mission: MissionRow) -> None:
    tell_who_comes(work, mission, "reminder", texts.reminder)


def _remind_volunteer_eve(work: Work, mission: MissionRow) -> None:
    _remind(work, mission, texts.volunteer_eve(_when(work, mission)), "eve")


def _remind_volunteer(work: Work, mission: MissionRow) -> None:
    _remind(work, mission, texts.volunteer_reminder(_when(work, mission)), "soon")


def _remind(work: Work, mission: MissionRow, text: str, which: str) -> None:
    agreement, holder = mission.agreement, _holder(work, mission).id
    once = f"{mission.id}:{agreement}:{which}"
    tell_volunteer(work, holder, mission, "visit_reminder", text, once, agreement)


def _ask_arrived(work: Work, mission: MissionRow) -> None:
    ask_volunteer(
        work,
        mission,
        Question.ARRIVED,
        texts.not_checked_in(_when(work, mission)),
        until=mission.starts_at + TIMELINE.late_alert_after,
        also_ring=True,
    )


def _alert_unconfirmed(work: Work, mission: MissionRow) -> None:
    mission.needs_attention = NOT_CONFIRMED
    _task(work, mission, NOT_CONFIRMED)


def _alert_late(work: Work, mission: MissionRow) -> None:
    mission.needs_attention = NOT_ARRIVED
    _task(work, mission, NOT_ARRIVED, free_now=list_free_now(work, mission))
    alert_team(work, f"late:{mission.id}:{mission.starts_at.isoformat()}", texts.TEAM_LATE)
    tell_senior(work, mission, "late", texts.late, mission.starts_at.isoformat())


def _ask_home(work: Work, mission: MissionRow) -> None:
    ask_volunteer(
        work,
        mission,
        Question.HOME,
        texts.not_checked_out(_when(work, mission)),
        until=expected_end(visit_of(mission)) + TIMELINE.overdue_alert_after,
    )


def _alert_overdue(work: Work, mission: MissionRow) -> None:
    reason = NOT_BACK if mission.status == MissionStatus.IN_PROGRESS else NEVER_BEGUN
    mission.needs_attention = reason
    _task(work, mission, reason)
    if reason == NOT_BACK:
        # Once that evening, and once each morning that follows.
        once = f"overdue:{mission.id}:{mission.steps_done.count(Step.CHASE.value)}"
        alert_team(work, once, texts.TEAM_OVERDUE, texts.TEAM_OVERDUE_SPOKEN)


def _settle(work: Work, mission: MissionRow) -> None:
    """A week long nobody said what became of it: the service closes it and says so."""
    begun = mission.status == MissionStatus.IN_PROGRESS
    move_mission(
        work.session,
        mission,
        MissionEvent.COMPLETE if begun else MissionEvent.CANCEL,
        work.now,
        work.actor,
        reason="never_closed",
        needs_attention=None,
        completed_at=mission.ends_at if begun else None,
        closed_at=work.now,
    )


def _remind_report(work: Work, mission: MissionRow) -> None:
    news = texts.how_was_it(_when(work, mission))
    ask_volunteer(work, mission, Question.REPORT, news, until=work.now)


def _close(work: Work, mission: MissionRow) -> None:
    mission.closed_at = work.now


_STEPS: Mapping[Step, Callable[[Work, MissionRow], None]] = MappingProxyType(
    {
        Step.REMIND_SENIOR: _remind_senior,
        Step.REMIND_VOLUNTEER_EVE: _remind_volunteer_eve,
        Step.REMIND_VOLUNTEER: _remind_volunteer,
        Step.ALERT_UNCONFIRMED: _alert_unconfirmed,
        Step.ASK_ARRIVED: _ask_arrived,
        Step.ALERT_LATE: _alert_late,
        Step.ASK_HOME: _ask_home,
        Step.ALERT_OVERDUE: _alert_overdue,
        Step.CHASE: _alert_overdue,
        Step.SETTLE: _settle,
        Step.REMIND_REPORT: _remind_report,
        Step.CLOSE: _close,
    }
)


def _holder(work: Work, mission: MissionRow) -> VolunteerRow:
    return work.session.get_one(VolunteerRow, mission.volunteer_id)


def _when(work: Work, mission: MissionRow) -> str:
    return texts.day_and_hour(mission.starts_at, work.runtime.settings.zone)


def _task(work: Work, mission: MissionRow, reason: str, **details: object) -> None:
    volunteer = _holder(work, mission)
    add_task(
        work,
        TaskKind.ATTENTION,
        reason,
        due_at=work.now,
        mission_id=mission.id,
        senior_id=mission.senior_id,
        details={
            "volunteer": f"{volunteer.first_name} {volunteer.last_name}, {volunteer.phone}",
            **details,
        },
    )
