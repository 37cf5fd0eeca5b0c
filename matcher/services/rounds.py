"""What is looked after once a day: series, feedback, silences, demand, the digest."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import text

from matcher.services.series import list_series
from matcher.services.work import Job, Work

ROUND_AT = time(9)
"""Wall-clock time; whatever of a round that comes late would reach people at night waits."""

_LOCK = 0x636F6D7061676E03


def keep_daily_round(work: Work) -> None:
    """Plan the next round unless one is planned; called at start, and by every round."""
    connection = work.connection
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    waiting = connection.execute(
        text("SELECT 1 FROM procrastinate_jobs WHERE task_name = :name AND status = 'todo'"),
        {"name": Job.DAILY_ROUND.value},
    ).first()
    if waiting is None:
        work.defer(Job.DAILY_ROUND, at=_next_round(work))


def make_round(work: Work) -> None:
    """Ask for everything the day calls for, each as a job of its own that may fail alone."""
    for request in list_series(work):
        work.defer(Job.EXTEND_SERIES, request_id=str(request.id))
    for part in (Job.ASK_HOW_IT_WAS, Job.ASK_THE_SILENT, Job.WEIGH_DEMAND, Job.MAKE_DIGEST):
        work.defer(part)


def _next_round(work: Work) -> datetime:
    zone = work.runtime.settings.zone
    day = work.now.astimezone(zone).date()
    at = datetime.combine(day, ROUND_AT, zone)
    return at if at > work.now else datetime.combine(day + timedelta(days=1), ROUND_AT, zone)
