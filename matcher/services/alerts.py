"""Alerting the team at once, whatever the hour: an SMS to each of them, and a call if it presses.

The words name nobody and no place: the console says the rest.
"""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import col, or_, select

from matcher.domain.ringing import decent_hour
from matcher.services import texts
from matcher.services.messages import queue_call, queue_sms
from matcher.services.work import Work
from matcher.store.tables import CoordinatorTaskRow, TaskKind

FORGOTTEN = timedelta(minutes=30)
"""A task this much overdue was not seen."""

A_NIGHT = timedelta(hours=12)
"""For so long an alarm nobody saw to wakes the team."""

PRESSING = frozenset({TaskKind.DISTRESS, TaskKind.UNFILLED, TaskKind.PROMISE_DUE})
"""What somebody waits for: the others stand red on the board."""

ALARMS = frozenset({TaskKind.ATTENTION, TaskKind.REPORT})
"""What presses as much when it was due the moment it was asked: somebody is not back home."""


def alert_team(
    work: Work, once: str, text: str, spoken: str | None = None, purpose: str = "alert"
) -> None:
    """Send `text` to the team's telephones, and with `spoken` ring them; once for each `once`."""
    for number in work.runtime.settings.coordinator_numbers:
        told = f"{once}:{work.runtime.keyring.index(number)}"
        queue_sms(work, number, text, purpose, f"sms:{told}")
        if spoken is not None:
            queue_call(work, number, spoken, purpose, f"call:{told}")


def alert_overdue_tasks(work: Work) -> None:
    """Tell the team of pressing tasks not seen to: once an hour, by night of danger alone."""
    kind, due_at = col(CoordinatorTaskRow.kind), col(CoordinatorTaskRow.due_at)
    alarm = kind.in_(ALARMS) & (due_at <= col(CoordinatorTaskRow.created_at))
    # An older one was seen and not ticked off rather than missed: that waits for the day.
    danger = or_(kind == TaskKind.DISTRESS.value, alarm & (due_at > work.now - A_NIGHT))
    overdue = set(
        work.session.exec(
            select(danger).where(
                col(CoordinatorTaskRow.done_at).is_(None),
                due_at < work.now - FORGOTTEN,
                or_(danger, alarm, kind.in_(PRESSING)),
            )
        )
    )
    by_day = decent_hour(work.now, work.runtime.settings.zone) == work.now
    if True in overdue or (overdue and by_day):
        hour = work.now.replace(minute=0, second=0, microsecond=0)
        alert_team(work, f"tasks:{hour.isoformat()}", texts.TEAM_TASKS_LATE)
