"""The coordinators' board: what is going on, and what a person has to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, or_, select

from matcher.domain.lifecycle import LIVE_MISSIONS, MissionStatus, OfferStatus
from matcher.services.tasks import list_tasks
from matcher.services.walks import WALKS_ESTIMATED
from matcher.services.work import Work
from matcher.store.tables import (
    CoordinatorTaskRow,
    EventRow,
    MissionRow,
    OfferRow,
    SeniorRow,
    VolunteerRow,
    ZoneRow,
)

RECENT = timedelta(days=7)
"""How long a mission that is over stays on the board."""
MAX_RECENT = 20

LATELY = timedelta(hours=1)
"""How long the board says that the route service failed."""

UNCOMMITTED = 1000
"""No transaction takes longer than so many lines of others."""


@dataclass(frozen=True, slots=True)
class BoardMission:
    """A mission with the names and counts the board shows.

    Attributes:
        offers: how many volunteers were asked.
        waiting: how many of them have not answered yet.
    """

    mission: MissionRow
    senior: SeniorRow
    volunteer: VolunteerRow | None
    zone: ZoneRow | None
    offers: int
    waiting: int

    @property
    def proposed(self) -> bool:
        """Open, with somebody still thinking it over."""
        return self.mission.status == MissionStatus.OPEN and self.waiting > 0


@dataclass(frozen=True, slots=True)
class BoardTask:
    """Something to do, with the senior it is about when there is one."""

    task: CoordinatorTaskRow
    senior: SeniorRow | None


@dataclass(frozen=True, slots=True)
class Board:
    """What goes on, by deadline: missions without and with a volunteer; what is lately over; tasks.

    Tasks come by the time they are due.

    Attributes:
        estimated_at: when the route service last failed one of the missions, if that was lately.
    """

    open: list[BoardMission]
    held: list[BoardMission]
    recent: list[BoardMission]
    tasks: list[BoardTask]
    estimated_at: datetime | None


def get_board(work: Work) -> Board:
    """The board as it stands.

    A mission nobody took stays among the live ones until its hour, as somebody may still be found.
    """
    status = col(MissionRow.status)
    live = or_(
        status.in_([one.value for one in LIVE_MISSIONS]),
        (status == MissionStatus.UNFILLED.value) & (col(MissionRow.starts_at) > work.now),
    )
    current = work.session.exec(
        select(MissionRow).where(live).order_by(col(MissionRow.deadline_at), col(MissionRow.id))
    ).all()
    over = work.session.exec(
        select(MissionRow)
        .where(~live, col(MissionRow.starts_at) > work.now - RECENT)
        .order_by(col(MissionRow.starts_at).desc(), col(MissionRow.id))
        .limit(MAX_RECENT)
    ).all()
    named = _named(work, current)
    return Board(
        open=[one for one in named if one.volunteer is None],
        held=[one for one in named if one.volunteer is not None],
        recent=_named(work, over),
        tasks=_tasks(work),
        estimated_at=_find_estimated_at(work, [one.id for one in (*current, *over)]),
    )


def get_journal_mark(work: Work) -> int:
    """A number that grows with every line of the journal that comes to be seen.

    Transactions do not commit in the order of their lines: an earlier one may be seen later.
    """
    last = work.session.exec(select(func.max(col(EventRow.id)))).one() or 0
    lately = select(func.count()).where(col(EventRow.id) > last - UNCOMMITTED)
    return last * (UNCOMMITTED + 1) + work.session.exec(lately).one()


def _named(work: Work, missions: Sequence[MissionRow]) -> list[BoardMission]:
    session = work.session
    senior_ids = {one.senior_id for one in missions}
    volunteer_ids = {one.volunteer_id for one in missions}
    seniors = {
        row.id: row
        for row in session.exec(select(SeniorRow).where(col(SeniorRow.id).in_(senior_ids)))
    }
    volunteers = {
        row.id: row
        for row in session.exec(
            select(VolunteerRow).where(col(VolunteerRow.id).in_(volunteer_ids - {None}))
        )
    }
    zones = {row.code: row for row in session.exec(select(ZoneRow))}
    counts = _count_offers(work, [one.id for one in missions])
    return [
        BoardMission(
            mission=one,
            senior=seniors[one.senior_id],
            volunteer=None if one.volunteer_id is None else volunteers[one.volunteer_id],
            zone=None if one.zone_code is None else zones[one.zone_code],
            offers=counts.get(one.id, (0, 0))[0],
            waiting=counts.get(one.id, (0, 0))[1],
        )
        for one in missions
    ]


def _count_offers(work: Work, missions: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    waiting = func.count().filter(col(OfferRow.status) == OfferStatus.SENT.value)
    rows = work.session.execute(
        select(col(OfferRow.mission_id), func.count(), waiting)
        .where(col(OfferRow.mission_id).in_(missions))
        .group_by(col(OfferRow.mission_id))
    )
    return {mission_id: (offers, unanswered) for mission_id, offers, unanswered in rows}


def _find_estimated_at(work: Work, missions: Sequence[UUID]) -> datetime | None:
    # By mission, since that is how the journal, which only grows, is indexed.
    return work.session.exec(
        select(func.max(col(EventRow.at))).where(
            EventRow.entity == "mission",
            col(EventRow.entity_id).in_(missions),
            EventRow.kind == WALKS_ESTIMATED,
            col(EventRow.at) > work.now - LATELY,
        )
    ).one()


def _tasks(work: Work) -> list[BoardTask]:
    tasks = list_tasks(work)
    ids = {task.senior_id for task in tasks if task.senior_id is not None}
    seniors = {
        senior.id: senior
        for senior in work.session.exec(select(SeniorRow).where(col(SeniorRow.id).in_(ids)))
    }
    return [
        BoardTask(task, None if task.senior_id is None else seniors[task.senior_id])
        for task in tasks
    ]
