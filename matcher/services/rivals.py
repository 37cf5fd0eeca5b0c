"""What other open missions of the same hours mean for the order of a mission's offers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from matcher.domain.chances import Candidate
from matcher.domain.lifecycle import MissionStatus
from matcher.domain.rivals import ENOUGH, heed, share_out
from matcher.services.plan import list_outings, nearest_first, priorities
from matcher.services.work import Work
from matcher.store.tables import MissionRow
from matcher.store.tables.base import INSTANT

SAME_HOURS = timedelta(hours=3)
"""Outings that begin this close take the same people's time, walks and all."""

MOST_RIVALS = 30
"""Looked at beside the mission itself, the nearest in time: a look takes some milliseconds."""


def heed_rivals(
    work: Work, mission: MissionRow, candidates: Sequence[Candidate]
) -> Sequence[Candidate]:
    """The mission's candidates, knowing who is better kept for another open mission."""
    rivals = _list_rivals(work, mission)
    if not rivals or not candidates:
        return candidates
    outings = list_outings(work, [mission, *rivals])
    roster = work.runtime.roster.up_to_date(work.runtime)

    def nearest(limit: int) -> list[list[tuple[UUID, float]]]:
        return [
            [(one.volunteer_id, one.walk_s) for one in nearest_first(work, roster, outing, limit)]
            for outing in outings
        ]

    few = nearest(ENOUGH)
    if all(len(people) == ENOUGH for people in few):
        return candidates  # nobody needs to be kept for anybody
    shared = share_out(outings, priorities(outings).tolist(), nearest(max(len(outings), ENOUGH)))
    return heed(candidates, mission.id, shared)


def _list_rivals(work: Work, mission: MissionRow) -> Sequence[MissionRow]:
    begins_at = mission.starts_at
    values = {
        "own": mission.id,
        "begins_at": begins_at,
        "now": work.now,
        "from": begins_at - SAME_HOURS,
        "to": begins_at + SAME_HOURS,
    }
    return work.session.execute(_rivals(), values).scalars().all()


@cache
def _rivals() -> sa.Select[MissionRow]:
    starts_at = col(MissionRow.starts_at)
    begins_at = sa.bindparam("begins_at", type_=INSTANT)
    return (
        sa.select(MissionRow)
        .where(
            col(MissionRow.status) == MissionStatus.OPEN.value,
            col(MissionRow.id) != sa.bindparam("own"),
            starts_at > sa.bindparam("now"),
            starts_at.between(sa.bindparam("from"), sa.bindparam("to")),
        )
        .order_by(sa.func.abs(sa.func.extract("epoch", starts_at - begins_at)), col(MissionRow.id))
        .limit(MOST_RIVALS)
    )
