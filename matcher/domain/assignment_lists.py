"""What is to be planned, and who is known so far to be able to take each mission.

Lists are asked for little by little, nearest first; a longer list begins with the shorter one, so
that what was known of a pair stays true when its list grows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf

import numpy as np

from matcher.domain.assignment_model import Floats, Ints


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

    @property
    def missions(self) -> int:
        """How many there are."""
        return int(self.starts_s.size)


class Lists:
    """The candidates of each mission as far as they were asked for.

    Whoever wishes for no more that week is left out.
    """

    def __init__(self, problem: Problem, least: int) -> None:
        """Ask for the nearest `least` of each mission."""
        self._problem = problem
        self._asked = [least] * problem.missions
        self._lists = [self._fetch(mission) for mission in range(problem.missions)]

    def __getitem__(self, mission: int) -> Candidates:
        return self._lists[mission]

    def __iter__(self) -> Iterator[Candidates]:
        return iter(self._lists)

    @property
    def ends_s(self) -> Floats:
        """Whoever is not listed for a mission walks at least so long; minus infinity: nobody is."""
        ends = [-inf if one.complete else float(one.walks_s[-1]) for one in self._lists]
        return np.array(ends, dtype=np.float64)

    def ask_on(self, mission: int) -> Candidates:
        """Ask for twice as many as before."""
        self._asked[mission] *= 2
        self._lists[mission] = self._fetch(mission)
        return self._lists[mission]

    def _fetch(self, mission: int) -> Candidates:
        asked = self._asked[mission]
        while True:
            found = self._problem.nearest(mission, asked)
            able = self._problem.room[found.volunteers, self._problem.week[mission]] > 0
            if able.any() or found.complete:
                return Candidates(found.volunteers[able], found.walks_s[able], found.complete)
            asked *= 2


NOBODY = -1


def first_come(problem: Problem, lists: Lists) -> Ints:
    """Mission by mission the nearest who is free, the important ones first.

    The place of the one chosen in each mission's list, or `NOBODY`; lists grow as far as that
    takes.
    """
    book = _Book(problem)
    chosen = np.full(problem.missions, NOBODY, dtype=np.int64)
    for mission in np.argsort(-problem.priority, kind="stable").tolist():
        one, seen = lists[mission], 0
        while (place := book.first_free(mission, one, seen)) is None and not one.complete:
            seen = one.volunteers.size
            one = lists.ask_on(mission)
        if place is not None:
            book.take(mission, one, place)
            chosen[mission] = place
    return chosen


class _Book:
    """What volunteers have taken: nobody twice at once, nor beyond their week.

    Outings are kept in layers, the first of everybody, the second, ..., so that many people are
    looked up at once.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._room = problem.room.copy()
        self._held = np.zeros(len(problem.room), dtype=np.int64)
        self._layers: list[tuple[Ints, Ints]] = []

    def first_free(self, mission: int, one: Candidates, seen: int) -> int | None:
        """The place in the mission's list, from `seen` on, of the first who could still take it."""
        who = one.volunteers[seen:]
        since, until = self._span(mission, one.walks_s[seen:])
        free = self._room[who, self._problem.week[mission]] > 0
        for begun, ended in self._layers:
            free &= (until <= begun[who]) | (ended[who] <= since)
        places = np.flatnonzero(free)
        return seen + int(places[0]) if places.size else None

    def take(self, mission: int, one: Candidates, place: int) -> None:
        """Write it down."""
        who = one.volunteers[place]
        if self._held[who] == len(self._layers):
            never = np.iinfo(np.int64)
            shape = self._held.shape
            self._layers.append((np.full(shape, never.max), np.full(shape, never.min)))
        begun, ended = self._layers[self._held[who]]
        begun[who], ended[who] = self._span(mission, one.walks_s[place])
        self._held[who] += 1
        self._room[who, self._problem.week[mission]] -= 1

    def _span(self, mission: int, walks_s: Floats) -> tuple[Ints, Ints]:
        walks = np.ceil(walks_s).astype(np.int64)
        return self._problem.starts_s[mission] - walks, self._problem.ends_s[mission] + walks
