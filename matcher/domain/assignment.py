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

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import floor, inf

import numpy as np

from matcher.domain.assignment_lists import Candidates, Lists, Problem, first_come
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
    gains_of,
    join,
    match,
    relax,
    solve_whole,
)

__all__ = ["Candidates", "Pair", "Plan", "Problem", "Proof", "propose"]

FIRST = 16
"""Candidates of each mission in the first program; more only where prices ask for them."""

BEST_OF_MISSION = 8
BEST_OF_VOLUNTEER = 2
"""Pairs added in a round: the best of each mission, and of each volunteer, so that missions at one
place do not all bring the same few volunteers."""

ALL_WELCOME = 4
"""Up to so many pairs a mission, all that could gain come in at once, and the next best with them:
they are what would be asked for after the next round."""

MOST_RECENT = 12
"""Outings beyond these weigh no more in somebody's share."""


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
        self._missions = problem.missions
        longest_min = int(np.ceil(problem.longest_walk_s / SAME_WALK_S))
        self._value = problem.priority * np.float64(2 + self._missions * longest_min)
        recent = np.clip(problem.recent, 0, MOST_RECENT)
        dearest = MOST_RECENT + int(problem.room.max(initial=0))
        self._share = Share(problem.room, recent, 1 / (1 + self._missions * dearest))
        self._tolerance = self._share.step / 2
        self._lists = Lists(problem, first)
        nearest = [one.volunteers.size for one in self._lists]
        chosen = first_come(problem, self._lists)
        self._known, place = self._pairs(range(self._missions), [0] * self._missions)
        self._inside = place < np.array(nearest, dtype=np.int64)[self._known.mission]
        self._inside |= chosen[self._known.mission] == place
        self._best = self._known.take(chosen[self._known.mission] == place)
        self._bound = float(self._value[np.array(nearest, dtype=np.int64) > 0].sum())
        self._priced = self._bound
        self._rounds = 0

    def run(self) -> Plan:
        if not len(self._known):
            return self._plan()
        try:
            relaxed = self._converge()
            if not self._proven:
                self._branch(relaxed)
        except OutOfTime:
            pass
        return self._plan()

    @property
    def _proven(self) -> bool:
        return self._bound - self._worth(self._best) <= self._tolerance

    def _offer(self, chosen: Columns) -> None:
        """Keep the choice if it is the best so far."""
        if self._worth(chosen) > self._worth(self._best):
            self._best = chosen

    def _converge(self) -> Relaxed:
        """Solve, price what is outside, let in what could gain, until nothing could."""
        while True:
            if self._left() <= 0:
                raise OutOfTime
            inside = self._known.take(self._inside)
            relaxed = self._relax(inside)
            self._rounds += 1
            if relaxed.whole:
                self._offer(inside.take(relaxed.taken > 0.5))
            if not self._admit(relaxed, least=INTEGRAL, room=ALL_WELCOME * self._missions):
                return relaxed

    def _relax(self, inside: Columns) -> Relaxed:
        if self._problem.starts_s.max() < self._problem.ends_s.min():
            return match(inside, self._missions, self._share)
        return relax(inside, self._missions, self._share, self._left())

    def _admit(self, relaxed: Relaxed, least: float, room: int = 0) -> bool:
        """Let in pairs that could gain more than `least`; whether that is worth another round.

        Up to `room` pairs come in, the next best too; where more could gain, the best of them.
        """
        while True:
            wanting = np.flatnonzero(self._beyond(relaxed) > least)
            if wanting.size:
                self._widen(wanting.tolist())
            gains = gains_of(self._known, relaxed, self._share)
            gains[self._inside] = -inf
            self._tighten(relaxed, gains)
            promising = np.flatnonzero(gains > least)
            if self._proven or (not promising.size and not wanting.size):
                return False
            if promising.size > ALL_WELCOME * self._missions:
                some = _best(self._known.take(promising), gains[promising])
                promising = promising[some]
            elif promising.size and promising.size < room < gains.size:
                promising = np.argpartition(-gains, room)[:room]
            if promising.size:
                self._inside[promising] = True
                return True

    def _beyond(self, relaxed: Relaxed) -> Floats:
        """What each mission could gain at most by somebody past the end of its list."""
        walks_min = np.ceil(self._lists.ends_s / SAME_WALK_S)
        return np.where(np.isinf(walks_min), -inf, self._value - walks_min - relaxed.mission_price)

    def _tighten(self, relaxed: Relaxed, gains: Floats) -> None:
        """Lower the bound: a mission's price raised by the most a pair left out could gain makes
        the prices right for all pairs, whatever else may still come in."""
        hope = np.maximum(self._beyond(relaxed), 0.0)
        np.maximum.at(hope, self._known.mission, gains)
        self._priced = relaxed.value + float(hope.sum())
        self._bound = min(self._bound, self._priced)

    def _branch(self, relaxed: Relaxed) -> None:
        """Whole choices: exact over what is inside, then over all that could still beat it."""
        while True:
            inside = self._known.take(self._inside)
            gains = gains_of(inside, relaxed, self._share)
            inside = inside.take(gains >= self._least_gain)
            chosen, bound = solve_whole(inside, self._missions, self._share, self._left())
            self._offer(inside.take(chosen))
            if self._proven:
                return
            if not self._admit(relaxed, least=self._least_gain):
                self._bound = min(self._bound, max(bound, self._worth(self._best)))
                return

    @property
    def _least_gain(self) -> float:
        """A pair that loses more than this at the last prices is in no plan better than the best
        so far."""
        return self._worth(self._best) - self._priced

    def _widen(self, missions: Sequence[int]) -> None:
        """Know more candidates of these missions; they are outside at first."""
        before = [self._lists[mission].volunteers.size for mission in missions]
        for mission in missions:
            self._lists.ask_on(mission)
        more, _ = self._pairs(missions, before)
        self._known = join(self._known, more)
        self._inside = np.append(self._inside, np.zeros(len(more), dtype=bool))

    def _pairs(self, missions: Sequence[int], seen: Sequence[int]) -> tuple[Columns, Ints]:
        """The lists of these missions as columns, each from `seen` on, and the place of each."""
        problem = self._problem
        lists = [self._lists[mission] for mission in missions]
        volunteers = [one.volunteers[start:] for one, start in zip(lists, seen, strict=True)]
        walks_s = [one.walks_s[start:] for one, start in zip(lists, seen, strict=True)]
        sizes = np.array([one.size for one in volunteers], dtype=np.int64)
        mission = np.repeat(np.array(missions, dtype=np.int64), sizes)
        place = np.arange(mission.size) - np.repeat(np.cumsum(sizes) - sizes - seen, sizes)
        walk_s = np.ceil(np.concatenate([np.empty(0), *walks_s])).astype(np.int64)
        columns = Columns(
            mission=mission,
            volunteer=np.concatenate([np.empty(0, dtype=np.int64), *volunteers]),
            busy_from=problem.starts_s[mission] - walk_s,
            busy_until=problem.ends_s[mission] + walk_s,
            week=problem.week[mission],
            worth=self._value[mission] - np.ceil(walk_s / SAME_WALK_S),
        )
        return columns, place

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
        if self._proven:
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
