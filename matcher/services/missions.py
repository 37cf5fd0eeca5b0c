"""Finding a mission, holding its row, and planning the next look at it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import col, func, select

from matcher.domain.errors import NotFound
from matcher.domain.lifecycle import MissionEvent, MissionStatus
from matcher.domain.timeline import Step, Visit, next_step
from matcher.services.policies import TIMELINE
from matcher.services.work import Job, Work
from matcher.store.tables import EventRow, MissionRow


def get_mission(work: Work, mission_id: UUID) -> MissionRow:
    """The mission.

    Raises:
        NotFound: there is none.
    """
    mission = work.session.get(MissionRow, mission_id)
    if mission is None:
        raise NotFound
    return mission


def lock_mission(work: Work, mission_id: UUID) -> MissionRow:
    """The mission, its row held until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    mission = work.session.exec(
        select(MissionRow).where(col(MissionRow.id) == mission_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).one_or_none()
    if mission is None:
        raise NotFound
    return mission


def schedule_step(work: Work, mission: MissionRow, at: datetime) -> None:
    """Look at the mission again at `at`, instead of any step planned before."""
    mission.next_step_at = at
    work.session.add(mission)
    work.defer(
        Job.ADVANCE_MISSION,
        at=at,
        mission_id=str(mission.id),
        due=at.isoformat(),
    )


def count_moves(work: Work, mission: MissionRow, event: MissionEvent) -> int:
    """How often this has happened to the mission: no clock tells two such occasions apart."""
    return work.session.exec(
        select(func.count()).where(
            EventRow.entity == "mission",
            EventRow.entity_id == mission.id,
            EventRow.kind == event.value,
        )
    ).one()


def visit_of(mission: MissionRow) -> Visit:
    """The mission as the timeline sees it."""
    return Visit(
        status=MissionStatus(mission.status),
        starts_at=mission.starts_at,
        ends_at=mission.ends_at,
        accepted_at=mission.accepted_at,
        confirm_by=mission.confirm_by,
        started_at=mission.started_at,
        completed_at=mission.completed_at,
        closed=mission.closed_at is not None,
        done=tuple(Step(step) for step in mission.steps_done),
    )


def plan_visit(work: Work, mission: MissionRow) -> None:
    """Plan what comes next for a mission that somebody holds or held, if anything does."""
    planned = next_step(visit_of(mission), work.now, TIMELINE, work.runtime.settings.zone)
    if planned is None:
        mission.next_step_at = None
        work.session.add(mission)
    else:
        schedule_step(work, mission, planned.at)
