"""Nobody is dropped: every outing under way has its next step, and whoever lost it gets it back."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, literal_column, text
from sqlmodel import Session, col, or_, select

from matcher.domain.lifecycle import LIVE_MISSIONS, MissionStatus
from matcher.services.missions import schedule_step
from matcher.services.tasks import add_task
from matcher.services.work import Job, Work
from matcher.store.tables import CoordinatorTaskRow, MissionRow, TaskKind

SLACK = timedelta(minutes=2)
"""A step this much overdue counts as missed."""

SOON_MIN = 15
"""A job that comes this much later is no longer one that waits for a worker or for its retry."""

MENDED = "Des sorties avaient perdu leur étape suivante : reprises. Prévenir la technique."

log = logging.getLogger(__name__)


def without_next_step(now: datetime) -> ColumnElement[bool]:
    """Missions that somebody should be looking after, and nobody is: always none.

    Those that are live, or took place and wait for their report, whose next step is missing or
    overdue by more than `SLACK`.
    """
    return and_(
        or_(
            col(MissionRow.status).in_([status.value for status in LIVE_MISSIONS]),
            and_(
                col(MissionRow.status) == MissionStatus.COMPLETED.value,
                col(MissionRow.closed_at).is_(None),
            ),
        ),
        or_(col(MissionRow.next_step_at).is_(None), col(MissionRow.next_step_at) < now - SLACK),
    )


def count_without_next_step(session: Session, now: datetime) -> int:
    """How many there are: a figure that must be nought."""
    query = select(func.count()).select_from(MissionRow).where(without_next_step(now))
    return session.exec(query).one()


def mend_missed_steps(work: Work) -> int:
    """Look now at every mission that lost its next step, and tell a coordinator; how many.

    A step that is late while its job still waits for a worker is not lost. One whose job comes
    far too late is: it was planned while the clock was wrong.
    """
    lost = work.session.exec(
        select(MissionRow)
        .where(without_next_step(work.now), ~_job_waits())
        .with_for_update(skip_locked=True)
    ).all()
    for mission in lost:
        schedule_step(work, mission, work.now)
    if lost:
        log.error("%d missions had lost their next step", len(lost))
        _tell_coordinator(work, len(lost))
    return len(lost)


def _job_waits() -> ColumnElement[bool]:
    """A job for the very step that is planned is waiting, or being done."""
    return exists(
        select(literal_column("1"))
        .select_from(text("procrastinate_jobs AS job"))
        .where(
            text(
                f"job.task_name = '{Job.ADVANCE_MISSION.value}'"
                " AND job.status IN ('todo', 'doing')"
                " AND (job.scheduled_at IS NULL"
                f" OR job.scheduled_at <= now() + interval '{SOON_MIN} minutes')"
                " AND job.args->>'mission_id' = mission.id::text"
                " AND (job.args->>'due')::timestamptz = mission.next_step_at"
            )
        )
        .correlate(MissionRow)
    )


def _tell_coordinator(work: Work, lost: int) -> None:
    told = select(CoordinatorTaskRow.id).where(
        CoordinatorTaskRow.kind == TaskKind.ATTENTION.value,
        CoordinatorTaskRow.reason == MENDED,
        col(CoordinatorTaskRow.done_at).is_(None),
    )
    if work.session.exec(told.limit(1)).first() is None:
        add_task(work, TaskKind.ATTENTION, MENDED, details={"missions": lost})
