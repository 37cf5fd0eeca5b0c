"""What a job could not do, however often it was tried, is a coordinator's."""

from __future__ import annotations

import logging
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from matcher.services.tasks import add_task
from matcher.services.work import Job, Work
from matcher.store.tables import EventRow, MessageRow, TaskKind

SPENT = "Le service n'a pas pu faire une de ses tâches : la faire, et prévenir la technique."

MENDED_ELSEWHERE = frozenset({Job.ADVANCE_MISSION, Job.RING_CAMPAIGN})
"""Whose sweeps plan the same step anew."""

_FAILED = text(
    "SELECT id, task_name, args->>'mission_id' AS mission_id, args->>'message_id' AS message_id"
    " FROM procrastinate_jobs WHERE status = 'failed' AND task_name = ANY(:names) ORDER BY id"
)

log = logging.getLogger(__name__)


def hand_over_spent_jobs(work: Work) -> int:
    """Tell coordinators of every job that was given up on, once each; how many are new.

    The journal remembers which were told: tasks are closed, and the engine keeps its failures.
    """
    names = [job.value for job in Job if job not in MENDED_ELSEWHERE]
    failed = {UUID(int=row.id): row for row in work.connection.execute(_FAILED, {"names": names})}
    told = set(
        work.session.exec(
            select(EventRow.entity_id).where(
                EventRow.entity == "job", col(EventRow.entity_id).in_(failed)
            )
        )
    )
    new = {key: row for key, row in failed.items() if key not in told}
    for key, row in new.items():
        log.error("job %d, %s, was given up on", row.id, row.task_name)
        work.note("job", key, "given_up", reason=row.task_name)
        add_task(
            work,
            TaskKind.ATTENTION,
            SPENT,
            mission_id=_mission_of(work, row.mission_id, row.message_id),
            details={"job": row.task_name},
        )
    return len(new)


def _mission_of(work: Work, mission_id: str | None, message_id: str | None) -> UUID | None:
    if mission_id is not None:
        return UUID(mission_id)
    message = None if message_id is None else work.session.get(MessageRow, UUID(message_id))
    return None if message is None else message.mission_id
