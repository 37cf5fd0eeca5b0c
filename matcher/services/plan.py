"""A proposal for all open missions of a period at once. It changes nothing: people decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from time import monotonic
from types import MappingProxyType
from uuid import UUID

import numpy as np
from geopy.distance import EARTH_RADIUS
from sqlmodel import col, select

from matcher.domain.assignment import Candidates, Problem, Proof, propose
from matcher.domain.assignment_model import Flags, Floats, Ints
from matcher.domain.eligibility import ALL_RULES, Rule, assess
from matcher.domain.errors import InvalidInput
from matcher.domain.geo import VOLUNTEER_KMH, Point, walking_times_s
from matcher.domain.halfhours import asked_of, halfhours_of
from matcher.domain.lifecycle import MissionStatus, OfferStatus
from matcher.domain.people import Outing, Purpose, Volunteer
from matcher.roster import Member, Week, week_of
from matcher.services.policies import ELIGIBILITY
from matcher.services.roll import list_members, outing_of
from matcher.services.work import Work
from matcher.store.tables import MissionRow, OfferRow, VolunteerRow

LONGEST_PERIOD = timedelta(days=31)
BUDGET_S = 20.0
"""A coordinator waits this long at most; what is proven by then is said."""

PRIORITY: Mapping[Purpose, int] = MappingProxyType({Purpose.MEDICAL: 2})
"""What a mission served counts; 1 when nothing is said."""

EARTH_M = 1000 * float(EARTH_RADIUS)
"""As `distance_m` has it."""

# How many a week they wish for is `Problem.room`'s affair, as the plan itself fills it; how far
# they live is known by columns.
RULES = ALL_RULES - {Rule.WEEKLY_CAP, Rule.TOO_FAR}

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
    proposals = [
        Proposal(missions[pair.mission], people.get(pair.volunteer), pair.walk_s)
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
    """The volunteers as the plan needs them, and who could take each of the missions."""

    def __init__(self, work: Work, missions: Sequence[MissionRow]) -> None:
        self._work, self._missions = work, missions
        self._zone = work.runtime.settings.zone
        said_no = _said_no(work, missions)
        self._outings = [
            replace(outing_of(work, mission), already_asked=said_no[mission.id])
            for mission in missions
        ]
        members = sorted(list_members(work), key=lambda one: one.volunteer.id)
        self._members = [m for m in members if m.volunteer.active and m.volunteer.vetted]
        homes = [member.volunteer.home for member in self._members]
        self._lat = np.radians([home.lat for home in homes])
        self._lon = np.radians([home.lon for home in homes])
        self._reach_m = np.array([m.volunteer.max_walk_m for m in self._members], np.float64)
        self._bank = np.array([_side(member.left_bank) for member in self._members], np.int64)
        halves = [halfhours_of(member.volunteer.availability) for member in self._members]
        self._days = np.array([half.days for half in halves], np.uint64).reshape(-1, 7)
        self._said_more = np.array([not half.exact for half in halves], np.bool_)
        self._able: dict[int, _Line] = {}

    def get(self, number: int) -> VolunteerRow:
        """The file of the volunteer of that number."""
        return self._work.session.get_one(VolunteerRow, self._members[number].volunteer.id)

    def problem(self) -> Problem:
        """The missions and people as numbers."""
        weeks = [week_of(outing, self._zone) for outing in self._outings]
        names = sorted(set(weeks))
        longest_s = walking_times_s(self._reach_m, VOLUNTEER_KMH, True)
        return Problem(
            starts_s=_seconds(mission.starts_at for mission in self._missions),
            ends_s=_seconds(mission.ends_at for mission in self._missions),
            priority=np.array(
                [PRIORITY.get(Purpose(mission.purpose), 1) for mission in self._missions],
                dtype=np.int64,
            ),
            week=np.array([names.index(week) for week in weeks], dtype=np.int64),
            room=np.array(
                [[_room(member, week) for week in names] for member in self._members],
                dtype=np.int64,
            ).reshape(len(self._members), len(names)),
            recent=np.array([m.volunteer.missions_28d for m in self._members], dtype=np.int64),
            longest_walk_s=float(longest_s.max(initial=0.0)),
            nearest=self._nearest,
        )

    def _nearest(self, mission: int, count: int) -> Candidates:
        if mission not in self._able:
            self._able[mission] = self._line(mission)
        return self._able[mission].first(count)

    def _line(self, mission: int) -> _Line:
        """Everybody in reach in the order of their walks, not yet asked whether they may go."""
        outing, territory = self._outings[mission], self._work.runtime.atlas.territory
        away_m = self._away_m(outing.meeting_point)
        near = np.flatnonzero((away_m <= self._reach_m) & self._maybe_free(outing))
        side = _side(territory.left_bank(outing.meeting_point))
        across = (side * self._bank[near]) < 0
        walks_s = walking_times_s(away_m[near], VOLUNTEER_KMH, across)
        order = np.argsort(walks_s, kind="stable")

        def eligible() -> Iterable[tuple[int, float]]:
            for row, walk_s in zip(near[order].tolist(), walks_s[order].tolist(), strict=True):
                if self._may_go(outing, self._members[row].volunteer, walk_s):
                    yield row, walk_s

        return _Line(eligible())

    def _maybe_free(self, outing: Outing) -> Flags:
        """Whose usual half-hours hold the outing, or who said more than half-hours can say."""
        _, asked, plain = asked_of(outing.starts_at, outing.ends_at, self._zone)
        free = np.ones(len(self._members), np.bool_)
        for weekday, bits in asked if plain else ():
            free &= (self._days[:, weekday] & np.uint64(bits)) == np.uint64(bits)
        return free | self._said_more

    def _may_go(self, outing: Outing, volunteer: Volunteer, walk_s: float) -> bool:
        rejection = assess(
            outing,
            volunteer,
            now=self._work.now,
            zone=self._zone,
            walk=lambda *_: walk_s,
            policy=ELIGIBILITY,
            rules=RULES,
        )
        return rejection is None

    def _away_m(self, point: Point) -> Floats:
        """Great circles from every home (haversine)."""
        lat, lon = np.radians(point.lat), np.radians(point.lon)
        half = (
            np.sin((self._lat - lat) / 2) ** 2
            + np.cos(lat) * np.cos(self._lat) * np.sin((self._lon - lon) / 2) ** 2
        )
        return np.asarray(2 * EARTH_M * np.arcsin(np.sqrt(half)))


class _Line:
    """People asked one by one, only as far as somebody wants to know."""

    def __init__(self, eligible: Iterable[tuple[int, float]]) -> None:
        self._more = iter(eligible)
        self._asked: list[tuple[int, float]] = []

    def first(self, count: int) -> Candidates:
        """The first `count` who may go, fewer only when there are no more."""
        self._asked += islice(self._more, max(0, count + 1 - len(self._asked)))
        kept = self._asked[:count]
        return Candidates(
            np.array([row for row, _ in kept], dtype=np.int64),
            np.array([walk_s for _, walk_s in kept], dtype=np.float64),
            complete=len(self._asked) <= count,
        )


def _said_no(work: Work, missions: Sequence[MissionRow]) -> defaultdict[UUID, frozenset[UUID]]:
    """Who said no to each mission, or let an offer of it pass."""
    found: defaultdict[UUID, frozenset[UUID]] = defaultdict(frozenset)
    for mission_id, volunteer_id in work.session.exec(
        select(OfferRow.mission_id, OfferRow.volunteer_id).where(
            col(OfferRow.mission_id).in_([mission.id for mission in missions]),
            col(OfferRow.status).in_(_SAID_NO),
        )
    ):
        found[mission_id] |= {volunteer_id}
    return found


def _room(member: Member, week: Week) -> int:
    """How many missions more they wish for in that week."""
    return max(0, member.volunteer.weekly_cap - member.weeks.get(week, 0))


def _side(left_bank: bool | None) -> int:
    """-1 left, 1 right, 0 unknown: the product of two is negative when the river lies between."""
    return 0 if left_bank is None else -1 if left_bank else 1


def _seconds(instants: Iterable[datetime]) -> Ints:
    return np.array([int(at.timestamp()) for at in instants], dtype=np.int64)
