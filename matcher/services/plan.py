"""A proposal for all open missions of a period at once. It changes nothing: people decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from time import monotonic
from types import MappingProxyType
from uuid import UUID

import numpy as np
from sqlmodel import col, select

from matcher.domain.assignment import Candidates, Problem, Proof, propose
from matcher.domain.assignment_model import Ints
from matcher.domain.errors import InvalidInput
from matcher.domain.geo import VOLUNTEER_KMH, walking_times_s
from matcher.domain.lifecycle import MissionStatus, OfferStatus
from matcher.domain.people import Outing, Purpose
from matcher.domain.ranking import RankingPolicy
from matcher.roster import Member, Placed, Roster, Week, week_of
from matcher.services.lives import Query, among, asked_for, columns
from matcher.services.policies import ELIGIBILITY
from matcher.services.roll import as_outings, list_members
from matcher.services.work import Work
from matcher.store.tables import MissionRow, OfferRow, VolunteerRow

LONGEST_PERIOD = timedelta(days=31)
BUDGET_S = 20.0
"""A coordinator waits this long at most; what is proven by then is said."""

PRIORITY: Mapping[Purpose, int] = MappingProxyType({Purpose.MEDICAL: 2})
"""What a mission served counts; 1 when nothing is said."""

BY_WALK = RankingPolicy(
    walk=1.0,
    circle=0.0,
    fair_share=0.0,
    rest=0.0,
    languages=0.0,
    notice=0.0,
    alerts=0.0,
    spare_skills=0.0,
    reliability=0.0,
)
"""The order in which a plan looks at people; it weighs the rest itself."""

_SAID_NO = [OfferStatus.DECLINED.value, OfferStatus.EXPIRED.value]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One mission for one volunteer, with the walk in seconds."""

    mission: MissionRow
    volunteer: VolunteerRow
    walk_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What is proposed, which missions nobody could be found for, and how good it is.

    Attributes:
        proposals: by start.
        left: open missions without anybody, by start.
        served: missions served, the important ones counted more (`PRIORITY`).
        bound: no plan serves more than this.
        walk_min: minutes of walking there, all together.
        proof: optimal; most served, but perhaps not the least walking; or not proven.
    """

    proposals: tuple[Proposal, ...]
    left: tuple[MissionRow, ...]
    served: int
    bound: int
    walk_min: int
    proof: Proof


def propose_plan(work: Work, from_: datetime, to: datetime) -> Plan:
    """The best plan for the missions that are open and start in [from_, to), as things stand.

    Whoever said no to a mission, or let an offer of it pass, is not proposed for it; whoever has
    not answered yet may be.

    Args:
        work: read only.
        from_: aware; missions that have begun are left out in any case.
        to: aware, at most `LONGEST_PERIOD` later.

    Raises:
        InvalidInput: the period is empty or too long.
    """
    if not timedelta() < to - from_ <= LONGEST_PERIOD:
        raise InvalidInput("La période va d'un début à une fin, 31 jours plus tard au plus.")
    deadline = monotonic() + BUDGET_S
    missions = _open_missions(work, max(from_, work.now), to)
    people = _People(work, missions)
    plan = propose(people.problem(), seconds_left=lambda: deadline - monotonic())
    volunteers = people.list_rows(pair.volunteer for pair in plan.pairs)
    proposals = [
        Proposal(missions[pair.mission], volunteers[pair.volunteer], pair.walk_s)
        for pair in plan.pairs
    ]
    given = {one.mission.id for one in proposals}
    return Plan(
        proposals=tuple(proposals),
        left=tuple(one for one in missions if one.id not in given),
        served=plan.served,
        bound=plan.bound,
        walk_min=plan.walk_min,
        proof=plan.proof,
    )


def _open_missions(work: Work, start: datetime, end: datetime) -> Sequence[MissionRow]:
    return work.session.exec(
        select(MissionRow)
        .where(
            MissionRow.status == MissionStatus.OPEN.value,
            MissionRow.starts_at >= start,
            MissionRow.starts_at < end,
        )
        .order_by(col(MissionRow.starts_at), col(MissionRow.id))
    ).all()


class _People:
    """The volunteers as the plan needs them, and who could take each of the missions.

    A roster of its own, as the plan is about what this transaction sees.
    """

    def __init__(self, work: Work, missions: Sequence[MissionRow]) -> None:
        self._work, self._missions = work, missions
        self._zone = work.runtime.settings.zone
        self._outings = list_outings(work, missions)
        members = sorted(list_members(work), key=lambda one: one.volunteer.id)
        self._members = [m for m in members if m.volunteer.active and m.volunteer.vetted]
        self._roster = Roster(self._members, self._zone)
        self._numbers = {one.volunteer.id: n for n, one in enumerate(self._members)}

    def list_rows(self, numbers: Iterable[int]) -> dict[int, VolunteerRow]:
        """The files of the volunteers of these numbers."""
        ids = {self._members[number].volunteer.id: number for number in numbers}
        rows = self._work.session.exec(
            select(VolunteerRow).where(among(col(VolunteerRow.id), list(ids)))
        )
        return {ids[row.id]: row for row in rows}

    def problem(self) -> Problem:
        """The missions and people as numbers."""
        weeks = [week_of(outing, self._zone) for outing in self._outings]
        names = sorted(set(weeks))
        reach_m = np.array([m.volunteer.max_walk_m for m in self._members], dtype=np.float64)
        return Problem(
            starts_s=_seconds(mission.starts_at for mission in self._missions),
            ends_s=_seconds(mission.ends_at for mission in self._missions),
            priority=priorities(self._outings),
            week=np.array([names.index(week) for week in weeks], dtype=np.int64),
            room=np.array(
                [[_room(member, week) for week in names] for member in self._members],
                dtype=np.int64,
            ).reshape(len(self._members), len(names)),
            recent=np.array([m.volunteer.missions_28d for m in self._members], dtype=np.int64),
            longest_walk_s=float(walking_times_s(reach_m, VOLUNTEER_KMH, True).max(initial=0.0)),
            nearest=self._nearest,
        )

    def _nearest(self, mission: int, count: int) -> Candidates:
        found = nearest_first(self._work, self._roster, self._outings[mission], count + 1)
        kept = found[:count]
        return Candidates(
            np.array([self._numbers[one.volunteer_id] for one in kept], dtype=np.int64),
            np.array([one.walk_s for one in kept], dtype=np.float64),
            complete=len(found) <= count,
        )


def nearest_first(work: Work, roster: Roster, outing: Outing, count: int) -> list[Placed]:
    """The eligible volunteers with the shortest walks."""
    return roster.nearest(
        outing,
        work.now,
        count,
        left_bank=work.runtime.atlas.territory.left_bank(outing.meeting_point),
        eligibility=ELIGIBILITY,
        ranking=BY_WALK,
    )


def list_outings(work: Work, missions: Sequence[MissionRow]) -> list[Outing]:
    """The missions as the rules see them, where only a no keeps somebody from being proposed."""
    return as_outings(work, missions, _said_no(work, missions))


def priorities(outings: Iterable[Outing]) -> Ints:
    """What serving each counts."""
    return np.array([PRIORITY.get(outing.purpose, 1) for outing in outings], dtype=np.int64)


def _said_no(work: Work, missions: Sequence[MissionRow]) -> defaultdict[UUID, set[UUID]]:
    """Who said no to each mission, or let an offer of it pass."""
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    ids = [mission.id for mission in missions]
    for mission_id, volunteer_id in work.session.execute(_refusals(), {"ids": ids}):
        found[mission_id].add(volunteer_id)
    return found


@cache
def _refusals() -> Query:
    return columns(OfferRow, "mission_id", "volunteer_id").where(
        asked_for(col(OfferRow.mission_id)), col(OfferRow.status).in_(_SAID_NO)
    )


def _room(member: Member, week: Week) -> int:
    """How many missions more they wish for in that week."""
    return max(0, member.volunteer.weekly_cap - member.weeks.get(week, 0))


def _seconds(instants: Iterable[datetime]) -> Ints:
    return np.array([int(at.timestamp()) for at in instants], dtype=np.int64)
