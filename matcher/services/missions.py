"""Finding a mission, holding its row, and planning the next look at it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from matcher.domain.errors import NotFound
from matcher.services.work import Job, Work
from matcher.store.tables import MissionRow


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
        select(MissionRow).where(col(MissionRow.id) == mission_id).with_for_update()
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
