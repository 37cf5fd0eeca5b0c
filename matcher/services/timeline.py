"""What a mission needs next, and when: one planned step at a time, owned by a job."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select

from matcher.domain.lifecycle import MissionStatus
from matcher.services.dispatch import look_for_someone
from matcher.services.missions import lock_mission, schedule_step
from matcher.services.work import Work
from matcher.store.tables import MissionRow


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


def mend_missed_steps(work: Work, slack: timedelta) -> None:
    """Look now at every waiting mission whose planned step is missing or overdue by `slack`."""
    overdue = work.session.exec(
        select(MissionRow)
        .where(
            col(MissionRow.status).in_([MissionStatus.OPEN.value, MissionStatus.TO_VERIFY.value]),
            or_(
                col(MissionRow.next_step_at).is_(None),
                col(MissionRow.next_step_at) < work.now - slack,
            ),
        )
        .with_for_update(skip_locked=True)
    )
    for mission in overdue.all():
        schedule_step(work, mission, work.now)
