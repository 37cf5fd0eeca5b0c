"""What other open missions of the same hours mean for the order of a mission's offers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, func, select

from matcher.domain.chances import Candidate
from matcher.domain.lifecycle import MissionStatus
from matcher.domain.rivals import ENOUGH, heed, share_out
from matcher.services.plan import list_outings, nearest_first, priorities
from matcher.services.work import Work
from matcher.store.tables import MissionRow

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
    apart = func.abs(func.extract("epoch", col(MissionRow.starts_at) - mission.starts_at))
    return work.session.exec(
        select(MissionRow)
        .where(
            MissionRow.status == MissionStatus.OPEN.value,
            MissionRow.id != mission.id,
            MissionRow.starts_at > work.now,
            col(MissionRow.starts_at).between(
                mission.starts_at - SAME_HOURS, mission.starts_at + SAME_HOURS
            ),
        )
        .order_by(apart, col(MissionRow.id))
        .limit(MOST_RIVALS)
    ).all()
