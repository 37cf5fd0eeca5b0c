"""A volunteer's yes or no to what they were asked about an outing, by key or by SMS."""

from __future__ import annotations

from uuid import UUID

from matcher.domain.errors import DomainError
from matcher.domain.lifecycle import Absent, MissionStatus
from matcher.domain.timeline import Question, is_open_question
from matcher.services import texts, visits
from matcher.services.absences import mark_no_show
from matcher.services.changes import confirm_change
from matcher.services.missions import lock_mission, visit_of
from matcher.services.tasks import add_task
from matcher.services.work import Work
from matcher.store.tables import MissionRow, TaskKind

CAME_LATE = "Se dit arrivé après avoir été noté absent : l'appeler."


def answer_question(
    work: Work, volunteer_id: UUID, mission_id: UUID, question: Question, *, yes: bool
) -> str:
    """Do what the answer means and return what is said back; a late or repeated one does nothing.

    Whoever says that they are there after they were marked absent is called by a coordinator.
    """
    mission = lock_mission(work, mission_id)
    own = mission.volunteer_id == volunteer_id
    if not own or not is_open_question(question, visit_of(mission)):
        if own and yes and mission.status == MissionStatus.NO_SHOW:
            add_task(work, TaskKind.ATTENTION, CAME_LATE, due_at=work.now, mission_id=mission.id)
            return texts.REPLACED_ALREADY
        return texts.THANK_YOU
    try:
        with work.session.begin_nested():
            _do(work, mission, volunteer_id, question, yes=yes)
    except DomainError as error:
        return str(error)
    return (texts.ANSWERED_YES if yes else texts.ANSWERED_NO)[question]


def _do(
    work: Work, mission: MissionRow, volunteer_id: UUID, question: Question, *, yes: bool
) -> None:
    match question, yes:
        case Question.CHANGED, True:
            confirm_change(work, mission)
        case Question.CHANGED, False:
            visits.withdraw(work, mission.id, volunteer_id)
        case Question.ARRIVED, True:
            visits.start(work, mission.id, volunteer_id)
        case Question.ARRIVED, False:
            mark_no_show(work, mission.id, Absent.VOLUNTEER)
        case Question.HOME, True:
            visits.complete(work, mission.id, volunteer_id)
        case Question.HOME, False:
            visits.report(work, mission.id, volunteer_id, "problem", "")
        case Question.REPORT, _:
            answer = "well" if yes else "problem"
            visits.report(work, mission.id, volunteer_id, answer, "")
