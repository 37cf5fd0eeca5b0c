"""Outings close in time want the same people: who is best kept for which.

A wave looks at one outing, and its first offer may go to the only volunteer another one could
have. The best plan for all of them (`assignment`) says whom each could be given so that most are
served. For an outing that has few to ask, that counts in the order of offers as a price, no more:
nobody is left out by it. An outing with enough others to ask loses nothing and claims nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np

from matcher.domain.assignment import Candidates, Problem, propose
from matcher.domain.chances import Candidate
from matcher.domain.people import Outing

PLANNED_HERE, PLANNED_ELSEWHERE = 1.0, -1.0

ENOUGH = 10
"""With so many people to ask a yes is likely whoever goes elsewhere."""


def share_out(
    outings: Sequence[Outing],
    priority: Sequence[int],
    nearest: Sequence[Sequence[tuple[UUID, float]]],
) -> dict[UUID, UUID]:
    """Whom to keep for each outing that has few to ask, one outing a person: volunteers by outing.

    Args:
        outings: so close in time that people are supposed to take one of them.
        priority: what serving each counts, as in `assignment.Problem`.
        nearest: of each outing the eligible volunteers and their walks in seconds, the shortest
            first; as many as there are outings are enough, as each can lose only so many, but not
            fewer than `ENOUGH`.
    """
    people = sorted({who for one in nearest for who, _ in one})
    number = {who: n for n, who in enumerate(people)}
    lists = [
        Candidates(
            np.array([number[who] for who, _ in one], dtype=np.int64),
            np.array([walk_s for _, walk_s in one], dtype=np.float64),
            complete=True,
        )
        for one in nearest
    ]
    plan = propose(
        Problem(
            starts_s=np.array([int(one.starts_at.timestamp()) for one in outings]),
            ends_s=np.array([int(one.ends_at.timestamp()) for one in outings]),
            priority=np.array(priority, dtype=np.int64),
            week=np.zeros(len(outings), dtype=np.int64),
            room=np.ones((len(people), 1), dtype=np.int64),
            recent=np.zeros(len(people), dtype=np.int64),
            longest_walk_s=max((walk_s for one in nearest for _, walk_s in one), default=0.0),
            nearest=lambda outing, _: lists[outing],
        )
    )
    return {
        outings[pair.mission].id: people[pair.volunteer]
        for pair in plan.pairs
        if len(nearest[pair.mission]) < ENOUGH
    }


def heed(
    candidates: Iterable[Candidate], outing: UUID, shared: Mapping[UUID, UUID]
) -> list[Candidate]:
    """The candidates of one outing with what the share-out means for each."""
    planned = {
        volunteer: PLANNED_HERE if given == outing else PLANNED_ELSEWHERE
        for given, volunteer in shared.items()
    }
    return [replace(one, planned=planned.get(one.volunteer_id, 0.0)) for one in candidates]
