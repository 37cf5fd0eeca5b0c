"""The best plan for all open missions of a period at once.

Best means, in this order: the most missions served, counted by priority; the least walking, in
whole minutes; the fairest shares, somebody's next outing weighing more the more they had. Each
volunteer may take several missions when they do not overlap, walks from home and back included (as
the store's exclusion constraint counts them), and no more a week than they wish for.

The three aims are one number: a minute of walking is the unit, a mission served is worth more than
all the walking there could be, all fairness together less than a minute.

Only the nearest candidates of each mission enter the program at first. The prices of its linear
relaxation then say what a pair left out could gain at most, and lists are widened until none could
gain anything: the bound holds for everybody, not for the few who were looked at (column generation,
Dantzig and Wolfe 1960; the walks come nearest first, so a list's end bounds all that follow).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor, inf

import numpy as np

from matcher.domain.assignment_model import (
    INTEGRAL,
    SAME_WALK_S,
    Columns,
    Flags,
    Floats,
    Ints,
    OutOfTime,
    Relaxed,
    Share,
    match,
    price_absent,
    relax,
    solve_whole,
)

FIRST = 16
"""Candidates of each mission in the first program; more only where prices ask for them."""

BEST_OF_MISSION = 8
BEST_OF_VOLUNTEER = 2
"""Pairs added in a round: the best of each mission, and of each volunteer, so that missions at one
place do not all bring the same few volunteers."""

ALL_WELCOME = 4
"""Up to so many pairs a mission, all that could gain come in at once."""

MOST_RECENT = 12
"""Outings beyond these weigh no more in somebody's share."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Who could take one mission, nearest first.

    Attributes:
        volunteers: their row numbers.
        walks_s: the walk of each, seconds, ascending.
        complete: there is nobody else.
    """

    volunteers: Ints
    walks_s: Floats
    complete: bool


Nearest = Callable[[int, int], Candidates]
"""The nearest candidates of a mission (its row number), so many of them or all there are. A longer
list begins with the shorter one."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be planned; missions and volunteers are row numbers, times whole seconds.

    Attributes:
        starts_s: when each mission begins, from any common origin.
        ends_s: when it ends, walks not included.
        priority: what serving it counts, 1 or more.
        week: which column of `room` it counts in.
        room: missions each volunteer may still take, one row a volunteer, one column a week.
        recent: missions each had lately, 0 or more.
        longest_walk_s: no candidate of any mission walks longer.
        nearest: the candidates.
    """

    starts_s: Ints
    ends_s: Ints
    priority: Ints
    week: Ints
    room: Ints
    recent: Ints
    longest_walk_s: float
    nearest: Nearest


class Proof(StrEnum):
    """How sure the plan is to be the best one."""

    OPTIMAL = "optimal"
    MOST_SERVED = "most_served"
    NOT_PROVEN = "not_proven"


@dataclass(frozen=True, slots=True)
class Pair:
    """One mission given to one volunteer, by row number, with the walk in seconds."""

    mission: int
    volunteer: int
    walk_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan, and what is known of any better one.

    Attributes:
        pairs: by mission.
        served: priorities of the missions served, added up.
        bound: no plan serves more than this.
        walk_min: minutes of walking there, each walk rounded up.
        worth: the plan's value in minutes, see the module.
        worth_bound: no plan has a higher one.
        proof: optimal; or most served, but the walking might be less; or not proven.
        rounds: linear programs solved.
        columns: pairs in the last of them.
    """

    pairs: tuple[Pair, ...]
    served: int
    bound: int
    walk_min: int
    worth: float
    worth_bound: float
    proof: Proof
    rounds: int
    columns: int

    @property
    def gap(self) -> float:
        """What part of the bound is not served, 0 to 1."""
        return 0.0 if self.bound == 0 else 1 - self.served / self.bound


def _forever() -> float:
    return inf


def propose(
    problem: Problem, seconds_left: Callable[[], float] = _forever, first: int = FIRST
) -> Plan:
    """The best plan, or the best found when `seconds_left` runs out.

    Deterministic: the same problem gives the same plan, unless time ran out.

    Args:
        problem: what is to be planned.
        seconds_left: asked before each step; the caller's clock.
        first: candidates of each mission to begin with; the plan does not depend on it.
    """
    return _Search(problem, seconds_left, first).run()


class _Search:
    """One run: the pairs known, those in the program, the best choice so far and the bound."""

    def __init__(self, problem: Problem, seconds_left: Callable[[], float], first: int) -> None:
        self._problem = problem
        self._left = seconds_left
        self._missions = int(problem.starts_s.size)
        longest_min = int(np.ceil(problem.longest_walk_s / SAME_WALK_S))
        self._value = problem.priority * float(2 + self._missions * longest_min)
        recent = np.clip(problem.recent, 0, MOST_RECENT)
        dearest = MOST_RECENT + int(problem.room.max(initial=0))
        self._share = Share(problem.room, recent, 1 / (1 + self._missions * dearest))
        self._tolerance = self._share.step / 2
        self._asked = np.full(self._missions, first)
        self._lists = [self._fetch(mission) for mission in range(self._missions)]
        self._known, self._first = self._all_known()
        self._inside = np.ones(len(self._known), dtype=bool)
        reachable = [bool(one.volunteers.size) for one in self._lists]
        self._bound = float(self._value[np.array(reachable, dtype=bool)].sum())
        self._best = self._known.take(np.empty(0, dtype=np.int64))
        self._rounds = 0

    def run(self) -> Plan:
        if not len(self._known):
            return self._plan()
        self._offer(self._first_come())
        try:
            relaxed = self._converge()
            if not relaxed.whole:
                self._branch(relaxed)
        except OutOfTime:
            pass
        return self._plan()

    def _offer(self, chosen: Columns) -> None:
        """Keep the choice if it is the best so far."""
        if self._worth(chosen) > self._worth(self._best):
            self._best = chosen

    def _converge(self) -> Relaxed:
        """Solve, price what is outside, let in what could gain, until nothing could."""
        while True:
            if self._left() <= 0:
                raise OutOfTime
            relaxed = self._relax()
            self._rounds += 1
            if relaxed.whole:
                self._offer(self._known.take(self._inside).take(relaxed.taken > 0.5))
            if not self._admit(relaxed, least=INTEGRAL):
                return relaxed

    def _relax(self) -> Relaxed:
        inside = self._known.take(self._inside)
        starts, ends = self._problem.starts_s, self._problem.ends_s
        if self._missions and starts.max() < ends.min():
            return match(inside, self._missions, self._share, int(starts.max()))
        return relax(inside, self._missions, self._share, self._left())

    def _admit(self, relaxed: Relaxed, least: float) -> bool:
        """Let in pairs that could gain more than `least`; whether there were any."""
        while True:
            wanting = np.flatnonzero(self._beyond(relaxed) > least)
            if wanting.size:
                self._asked[wanting] *= 2
                self._refetch(wanting.tolist())
            outside = np.flatnonzero(~self._inside)
            gains = price_absent(self._known.take(outside), relaxed, self._share)
            self._tighten(relaxed, outside, gains)
            promising = gains > least
            if promising.any():
                outside, gains = outside[promising], gains[promising]
                if outside.size > ALL_WELCOME * self._missions:
                    outside = outside[_best(self._known.take(outside), gains)]
                self._inside[outside] = True
                return True
            if not wanting.size:
                return False

    def _beyond(self, relaxed: Relaxed) -> Floats:
        """What each mission could gain at most by somebody past the end of its list."""
        # The next in a list walks at least as far as the last one known.
        ends = [-inf if one.complete else float(one.walks_s[-1]) for one in self._lists]
        return np.asarray(
            np.where(
                np.isinf(ends),
                -inf,
                self._value - np.ceil(np.array(ends) / SAME_WALK_S) - relaxed.mission_price,
            )
        )

    def _tighten(self, relaxed: Relaxed, outside: Ints, gains: Floats) -> None:
        """Lower the bound: a mission's price raised by the most a pair left out could gain makes
        the prices right for all pairs, whatever else may still come in."""
        hope = np.maximum(self._beyond(relaxed), 0.0)
        np.maximum.at(hope, self._known.mission[outside], gains)
        self._bound = min(self._bound, relaxed.value + float(hope.sum()))

    def _branch(self, relaxed: Relaxed) -> None:
        """Whole choices: exact over what is inside, then over all that could still beat it."""
        while True:
            inside = self._known.take(self._inside)
            chosen, bound = solve_whole(inside, self._missions, self._share, self._left())
            self._offer(inside.take(chosen))
            missing = self._bound - self._worth(self._best)
            if missing <= self._tolerance:
                return
            # A pair that loses more than what is missing is in no better plan.
            if not self._admit(relaxed, least=-missing):
                self._bound = min(self._bound, max(bound, self._worth(self._best)))
                return

    def _first_come(self) -> Columns:
        """Mission by mission the nearest who is free: a plan to start from, let in."""
        held: dict[int, list[tuple[int, int]]] = {}
        room = self._problem.room.copy()
        chosen: list[tuple[int, int]] = []
        for mission in np.argsort(-self._problem.priority, kind="stable").tolist():
            place = self._first_free(mission, 0, held, room)
            while place is None and not self._lists[mission].complete:
                seen = self._lists[mission].volunteers.size
                self._asked[mission] *= 4
                self._lists[mission] = self._fetch(mission)
                place = self._first_free(mission, seen, held, room)
            if place is not None:
                chosen.append((mission, place))
        self._refetch([])
        at = np.array([self._first[mission] + place for mission, place in chosen], dtype=np.int64)
        self._inside[at] = True
        return self._known.take(at)

    def _first_free(
        self, mission: int, seen: int, held: dict[int, list[tuple[int, int]]], room: Ints
    ) -> int | None:
        """The place in the mission's list, from `seen` on, of the first who could still take it."""
        problem, one = self._problem, self._lists[mission]
        week = int(problem.week[mission])
        starts, ends = int(problem.starts_s[mission]), int(problem.ends_s[mission])
        people, walks = one.volunteers[seen:].tolist(), one.walks_s[seen:].tolist()
        for place, (who, walk) in enumerate(zip(people, walks, strict=True), start=seen):
            since, until = starts - ceil(walk), ends + ceil(walk)
            if room[who, week] > 0 and all(
                until <= begun or ended <= since for begun, ended in held.get(who, ())
            ):
                held.setdefault(who, []).append((since, until))
                room[who, week] -= 1
                return place
        return None

    def _fetch(self, mission: int) -> Candidates:
        """As many as the mission asks for by now, without those who wish for no more that week."""
        asked = int(self._asked[mission])
        while True:
            found = self._problem.nearest(mission, asked)
            able = self._problem.room[found.volunteers, self._problem.week[mission]] > 0
            if able.any() or found.complete:
                return Candidates(found.volunteers[able], found.walks_s[able], found.complete)
            asked *= 2

    def _refetch(self, missions: list[int]) -> None:
        """Fetch these missions' lists anew; what was inside stays inside."""
        before, first = self._known, self._first
        for mission in missions:
            self._lists[mission] = self._fetch(mission)
        inside = np.flatnonzero(self._inside)
        of = before.mission[inside]
        self._known, self._first = self._all_known()
        self._inside = np.zeros(len(self._known), dtype=bool)
        self._inside[inside - first[of] + self._first[of]] = True

    def _all_known(self) -> tuple[Columns, Ints]:
        """All lists as columns, mission by mission, and where each mission's begin."""
        problem = self._problem
        sizes = np.array([one.volunteers.size for one in self._lists], dtype=np.int64)
        mission = np.repeat(np.arange(self._missions), sizes)
        nobody = np.empty(0, dtype=np.int64)
        walks = np.ceil(np.concatenate([nobody, *(one.walks_s for one in self._lists)]))
        known = Columns(
            mission=mission,
            volunteer=np.concatenate([nobody, *(one.volunteers for one in self._lists)]),
            busy_from=problem.starts_s[mission] - walks.astype(np.int64),
            busy_until=problem.ends_s[mission] + walks.astype(np.int64),
            week=problem.week[mission],
            worth=self._value[mission] - np.ceil(walks / SAME_WALK_S),
        )
        return known, np.cumsum(sizes) - sizes

    def _worth(self, chosen: Columns) -> float:
        weeks = chosen.volunteer * self._share.room.shape[1] + chosen.week
        which, counts = np.unique(weeks, return_counts=True)
        recent = self._share.recent[which // self._share.room.shape[1]]
        shares = float((counts * recent + counts * (counts - 1) / 2).sum())
        return float(chosen.worth.sum()) - self._share.step * shares

    def _plan(self) -> Plan:
        best = self._best
        worth = self._worth(best)
        served = int(self._problem.priority[best.mission].sum())
        unit = float(self._value[0] / self._problem.priority[0]) if self._missions else 1.0
        # All walking and all unfairness together are worth less than one mission.
        bound = max(served, floor((self._bound + unit - 1) / unit + INTEGRAL))
        missing = self._bound - worth
        if missing <= self._tolerance:
            proof = Proof.OPTIMAL
        else:
            proof = Proof.MOST_SERVED if bound == served else Proof.NOT_PROVEN
        best = best.take(np.argsort(best.mission, kind="stable"))
        walks = self._problem.starts_s[best.mission] - best.busy_from
        pairs = tuple(
            Pair(int(mission), int(volunteer), float(walk))
            for mission, volunteer, walk in zip(best.mission, best.volunteer, walks, strict=True)
        )
        return Plan(
            pairs=pairs,
            served=served,
            bound=bound,
            walk_min=int(np.ceil(walks / SAME_WALK_S).sum()),
            worth=worth,
            worth_bound=max(self._bound, worth),
            proof=proof,
            rounds=self._rounds,
            columns=int(self._inside.sum()),
        )


def _best(columns: Columns, gains: Floats) -> Flags:
    """The pairs with the highest gains of each mission and of each volunteer."""
    kept = np.zeros(len(columns), dtype=bool)
    for groups, most in (
        (columns.mission, BEST_OF_MISSION),
        (columns.volunteer, BEST_OF_VOLUNTEER),
    ):
        order = np.lexsort((-gains, groups))
        ranks = np.arange(order.size) - np.searchsorted(groups[order], groups[order])
        kept[order[ranks < most]] = True
    return kept
