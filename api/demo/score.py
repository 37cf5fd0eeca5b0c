"""What became of the days that were played."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from sqlmodel import col, func, select

from matcher.domain.lifecycle import MissionStatus
from matcher.services.watchdog import count_without_next_step
from matcher.services.work import Work
from matcher.store.tables import CoordinatorTaskRow, MessageRow, MissionRow, OfferRow

_FILLED = {MissionStatus.ACCEPTED, MissionStatus.IN_PROGRESS, MissionStatus.COMPLETED}


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of a simulation.

    Attributes:
        filled_percent: of the outings whose answer is known.
        median_minutes_to_yes: from the request to the acceptance that holds.
        alerts_per_fill: offers sent for each outing that found somebody.
        busiest_week: alerts of one volunteer in any seven days.
        overdue_tasks: of coordinators, who do nothing here, past their time at the end.
        without_next_step: outings that nothing owns; anything but 0 is a defect.
    """

    requests: int
    by_status: dict[str, int]
    filled_percent: float | None
    median_minutes_to_yes: float | None
    alerts_per_fill: float | None
    busiest_week: int
    messages: dict[str, int]
    tasks: dict[str, int]
    overdue_tasks: int
    without_next_step: int


def score(work: Work, since: datetime) -> Score:
    """The figures of everything asked since then, as the store has them now."""
    missions = work.session.exec(select(MissionRow).where(MissionRow.created_at >= since)).all()
    status = Counter(mission.status for mission in missions)
    filled = [mission for mission in missions if mission.status in _FILLED]
    answered = len(filled) + status[MissionStatus.UNFILLED] + status[MissionStatus.NO_SHOW]
    waits = [
        (one.accepted_at - one.created_at) / timedelta(minutes=1)
        for one in filled
        if one.accepted_at
    ]
    offers = work.session.exec(
        select(OfferRow.volunteer_id, OfferRow.sent_at).where(
            OfferRow.sent_at >= since, OfferRow.wave > 0
        )
    ).all()
    tasks = work.session.exec(
        select(CoordinatorTaskRow).where(CoordinatorTaskRow.created_at >= since)
    ).all()
    purposes = work.session.exec(
        select(MessageRow.purpose, func.count())
        .where(col(MessageRow.queued_at) >= since)
        .group_by(MessageRow.purpose)
        .order_by(MessageRow.purpose)
    ).all()
    return Score(
        requests=len(missions),
        by_status=dict(sorted(status.items())),
        filled_percent=round(100 * len(filled) / answered, 1) if answered else None,
        median_minutes_to_yes=round(median(waits), 1) if waits else None,
        alerts_per_fill=round(len(offers) / len(filled), 2) if filled else None,
        busiest_week=_busiest_week(offers),
        messages=dict(purposes),
        tasks=dict(sorted(Counter(task.kind for task in tasks).items())),
        overdue_tasks=sum(task.done_at is None and task.due_at < work.now for task in tasks),
        without_next_step=count_without_next_step(work.session, work.now),
    )


def _busiest_week(offers: Sequence[tuple[UUID, datetime]]) -> int:
    by_volunteer: dict[UUID, list[datetime]] = {}
    for volunteer_id, at in offers:
        by_volunteer.setdefault(volunteer_id, []).append(at)
    week = timedelta(days=7)
    return max(
        (
            sum(at <= other < at + week for other in instants)
            for instants in by_volunteer.values()
            for at in instants
        ),
        default=0,
    )
