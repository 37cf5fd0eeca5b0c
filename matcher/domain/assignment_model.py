"""The linear program behind the best plan: columns, the rows that bind them, prices and bounds.

A column is a pair (mission, volunteer). Three families of rows bind the columns:

- a mission goes to one volunteer at most;
- a volunteer is in one place at a time: one row for each maximal set of their columns that share
  an instant, walks included (the maximal cliques of an interval graph, which is what makes the
  relaxation tight);
- a volunteer takes at most what they wish for in a week. Each further outing of a week fills a
  slot that costs more than the one before, which shares the outings out.

Times are whole seconds from any common origin; volunteers and missions are row numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

INTEGRAL = 1e-6
"""A variable this near to a whole number is one; a hundred times the solver's own tolerance."""

SAME_WALK_S = 60.0
"""Walks that differ by less than this, rounded up, count as equal, so that fairness may choose."""


AT_LEAST_S = 0.01
"""The solver takes no time limit of nothing or less."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Pairs of a mission and a volunteer, each once, in any order.

    Attributes:
        busy_from: when the volunteer leaves home, seconds.
        busy_until: when they are home again, seconds.
        week: which column of `room` the mission counts in.
        worth: what serving the mission by this volunteer adds, walking taken off.
    """

    mission: Ints
    volunteer: Ints
    busy_from: Ints
    busy_until: Ints
    week: Ints
    worth: Floats

    def __len__(self) -> int:
        return int(self.mission.size)

    def take(self, which: Ints | Flags) -> Columns:
        """Some of them, in that order."""
        return Columns(
            self.mission[which],
            self.volunteer[which],
            self.busy_from[which],
            self.busy_until[which],
            self.week[which],
            self.worth[which],
        )


def join(some: Columns, more: Columns) -> Columns:
    """Both, one after the other."""
    names = [field.name for field in fields(Columns)]
    return Columns(*(np.concatenate([getattr(some, name), getattr(more, name)]) for name in names))


@dataclass(frozen=True, slots=True)
class Share:
    """What outings cost a volunteer's fair share.

    Attributes:
        room: outings each volunteer may still take, one row a volunteer, one column a week.
        recent: outings each had lately.
        step: what one outing more costs in `Columns.worth`'s unit; all together less than one.
    """

    room: Ints
    recent: Ints
    step: float


@dataclass(frozen=True, slots=True)
class Moments:
    """The instants that stand for the maximal cliques, sorted by volunteer, then time."""

    volunteer: Ints
    at: Ints


NO_MOMENTS = Moments(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Relaxed:
    """An optimum of the relaxation: value, columns taken (0 to 1) and the price of each row.

    `mission_price` has one entry a mission, `volunteer_price` one a volunteer, paid whatever they
    take; `moment_price` belongs to `moments`; `week_price` has the shape of `Share.room`.
    """

    value: float
    taken: Floats
    mission_price: Floats
    volunteer_price: Floats
    moments: Moments
    moment_price: Floats
    week_price: Floats

    @property
    def whole(self) -> bool:
        """Whether every column is taken entirely or not at all."""
        return bool(np.all(np.abs(self.taken - np.round(self.taken)) <= INTEGRAL))


@dataclass(frozen=True, slots=True)
class _Program:
    cost: Floats
    matrix: csr_array[np.float64]
    limit: Floats
    upper: Floats
    moments: Moments
    weeks: Ints


class OutOfTime(Exception):
    """The solver found nothing before its time was up."""


def relax(columns: Columns, missions: int, share: Share, seconds: float) -> Relaxed:
    """Solve the linear relaxation to the optimum.

    Raises:
        OutOfTime: not within `seconds`.
    """
    program = _program(columns, missions, share)
    # The stubs do not know that "highs" takes a sparse matrix (its documentation says so).
    found: Any = linprog(  # type: ignore[call-overload]
        program.cost,
        A_ub=program.matrix,
        b_ub=program.limit,
        bounds=np.column_stack([np.zeros_like(program.upper), program.upper]),
        method="highs",
        options={"time_limit": max(seconds, AT_LEAST_S)},
    )
    if found.status != 0:
        raise OutOfTime
    price = -np.asarray(found.ineqlin.marginals)
    moments = program.moments.at.size
    week_price = np.zeros(share.room.shape)
    week_price.reshape(-1)[program.weeks] = price[missions + moments :]
    return Relaxed(
        value=-float(found.fun),
        taken=np.asarray(found.x)[: len(columns)],
        mission_price=price[:missions],
        volunteer_price=np.zeros(len(share.room)),
        moments=program.moments,
        moment_price=price[missions : missions + moments],
        week_price=week_price,
    )


def match(columns: Columns, missions: int, share: Share) -> Relaxed:
    """`relax` where all missions are under way at one instant, so that nobody could take two.

    A plain assignment, solved by shortest augmenting paths; whole by nature. The prices are the
    lowest ones for volunteers: what taking somebody away from their mission would cost.
    """
    worth = columns.worth - share.step * share.recent[columns.volunteer]
    names, place = np.unique(columns.volunteer, return_inverse=True)
    mission = np.concatenate([columns.mission, np.arange(missions)])
    # Each mission may stay without anybody: a place of its own, worth nothing.
    place = np.concatenate([place, names.size + np.arange(missions)])
    worth = np.concatenate([worth, np.zeros(missions)])
    # The solver leaves out entries of 0, so the cheapest costs 1.
    cost = worth.max(initial=0.0) + 1.0 - worth
    graph = csr_array((cost, (mission, place)), shape=(missions, names.size + missions))
    given = np.asarray(min_weight_full_bipartite_matching(graph)[1], dtype=np.int64)
    taken = given[mission] == place
    own = np.zeros(missions)
    own[mission[taken]] = worth[taken]
    price = _volunteer_prices(mission, place, worth - own[mission], given)
    volunteer_price = np.zeros(len(share.room))
    volunteer_price[names] = price[: names.size]
    return Relaxed(
        value=float(own.sum()),
        taken=taken[: len(columns)].astype(np.float64),
        mission_price=own - price[given],
        volunteer_price=volunteer_price,
        moments=NO_MOMENTS,
        moment_price=np.empty(0),
        week_price=np.zeros(share.room.shape),
    )


def _volunteer_prices(mission: Ints, place: Ints, better: Floats, given: Ints) -> Floats:
    """The least prices at which every mission is content with the place it was given.

    `better` is what each pair is worth beyond the mission's own; a place costs at least that, on
    top of the price of the mission's own. Longest paths by Bellman and Ford: they end, as an
    optimal matching has no cycle that gains.
    """
    order = np.argsort(place, kind="stable")
    mission, better = mission[order], better[order]
    firsts = np.flatnonzero(np.diff(place[order], prepend=-1))
    price = np.zeros(firsts.size)
    while True:
        asked = np.maximum.reduceat(price[given][mission] + better, firsts)
        raised = asked > price + INTEGRAL
        if not raised.any():
            return price
        price[raised] = asked[raised]


def solve_whole(
    columns: Columns, missions: int, share: Share, seconds: float
) -> tuple[Flags, float]:
    """The best whole choice of columns found within `seconds`, and a bound on any choice of them.

    Raises:
        OutOfTime: nothing was found.
    """
    program = _program(columns, missions, share)
    found = milp(
        program.cost,
        integrality=np.ones(program.cost.size, dtype=np.int64),
        bounds=Bounds(np.zeros_like(program.upper), program.upper),
        constraints=LinearConstraint(program.matrix, -np.inf, program.limit),
        options={"time_limit": max(seconds, AT_LEAST_S), "mip_rel_gap": 0.0},
    )
    if found.x is None:
        raise OutOfTime
    return np.asarray(found.x)[: len(columns)] > 0.5, -float(found.mip_dual_bound)


def gains_of(columns: Columns, relaxed: Relaxed, share: Share) -> Floats:
    """What each pair would gain at these prices; above 0, one left out of the program might."""
    gain = columns.worth - relaxed.mission_price[columns.mission]
    gain -= relaxed.volunteer_price[columns.volunteer]
    # A week nothing is taken from may be priced below its first slot; nobody gets in for less.
    first_slot = share.step * share.recent
    gain -= np.maximum(first_slot[:, None], relaxed.week_price)[columns.volunteer, columns.week]
    if relaxed.moments.at.size:
        gain -= _paid_for_moments(columns, relaxed)
    return np.asarray(gain)


def _paid_for_moments(columns: Columns, relaxed: Relaxed) -> Floats:
    line = _Line(columns.busy_from, columns.busy_until, relaxed.moments.at)
    moments = line.at(relaxed.moments.volunteer, relaxed.moments.at)
    paid = np.concatenate([[0.0], np.cumsum(relaxed.moment_price)])
    first = np.searchsorted(moments, line.at(columns.volunteer, columns.busy_from))
    last = np.searchsorted(moments, line.at(columns.volunteer, columns.busy_until))
    return np.asarray(paid[last] - paid[first])


def _program(columns: Columns, missions: int, share: Share) -> _Program:
    count = len(columns)
    moments, in_moment, of_moment = _moments(columns)
    weeks, in_week, of_week = _weeks(columns, share)
    slot_week, slot_cost = _slots(weeks, np.bincount(of_week, minlength=weeks.size), share)
    slotted = np.zeros(count, dtype=bool)
    slotted[in_week] = True
    own_cost = np.where(slotted, 0.0, share.step * share.recent[columns.volunteer])
    first_week_row = missions + moments.at.size
    rows = np.concatenate(
        [
            columns.mission,
            missions + of_moment,
            first_week_row + of_week,
            first_week_row + slot_week,
        ]
    )
    places = np.concatenate(
        [np.arange(count), in_moment, in_week, count + np.arange(slot_week.size)]
    )
    signs = np.ones(rows.size)
    signs[rows.size - slot_week.size :] = -1.0
    height, width = first_week_row + weeks.size, count + slot_week.size
    return _Program(
        cost=np.concatenate([own_cost - columns.worth, slot_cost]),
        matrix=csr_array((signs, (rows, places)), shape=(height, width)),
        limit=np.concatenate([np.ones(first_week_row), np.zeros(weeks.size)]),
        upper=np.ones(width),
        moments=moments,
        weeks=weeks,
    )


def _moments(columns: Columns) -> tuple[Moments, Ints, Ints]:
    """Each volunteer's maximal cliques of two columns or more, and which columns lie in which.

    The columns that share an instant are those that began and have not ended; the set is maximal
    at the last beginning before somebody's end.
    """
    line = _Line(columns.busy_from, columns.busy_until)
    begins = line.at(columns.volunteer, columns.busy_from)
    order = np.argsort(begins, kind="stable")
    begins, who = begins[order], columns.volunteer[order]
    until = line.at(columns.volunteer, columns.busy_until)
    place = np.arange(order.size)
    ended = np.searchsorted(np.sort(until), begins, side="right")
    follows = np.append(who[1:] == who[:-1], False)
    maximal = ~follows | (np.append(ended[1:], 0) > ended)
    # All columns of the volunteers before have ended here; nothing is bound by a set of one.
    alone = place == ended
    kept = np.flatnonzero(maximal & ~alone)
    first = np.searchsorted(kept, place)
    last = np.searchsorted(kept, np.searchsorted(begins, until[order]))
    spans = last - first
    which = np.repeat(place, spans)
    offset = np.arange(which.size) - np.repeat(np.cumsum(spans) - spans, spans)
    moments = Moments(who[kept], columns.busy_from[order][kept])
    return moments, order[which], np.repeat(first, spans) + offset


def _weeks(columns: Columns, share: Share) -> tuple[Ints, Ints, Ints]:
    """The (volunteer, week) pairs with a choice to make, flat, and which columns lie in which."""
    flat = columns.volunteer * share.room.shape[1] + columns.week
    weeks, of, counts = np.unique(flat, return_inverse=True, return_counts=True)
    bound = counts > 1
    renumbered = np.cumsum(bound) - 1
    inside = np.flatnonzero(bound[of])
    return weeks[bound], inside, renumbered[of[inside]]


def _slots(weeks: Ints, counts: Ints, share: Share) -> tuple[Ints, Floats]:
    """One slot for each outing a volunteer may take in a week, and what it costs."""
    slots = np.minimum(counts, share.room.reshape(-1)[weeks])
    week = np.repeat(np.arange(weeks.size), slots)
    nth = np.arange(week.size) - np.repeat(np.cumsum(slots) - slots, slots)
    recent = share.recent[weeks[week] // share.room.shape[1]]
    return week, share.step * (recent + nth)


class _Line:
    """Instants of many volunteers on one line, so that one search finds a place among them."""

    def __init__(self, *instants: Ints) -> None:
        self._origin = min(int(one.min(initial=0)) for one in instants)
        self._span = max(int(one.max(initial=0)) for one in instants) - self._origin + 1

    def at(self, volunteer: Ints, instant: Ints) -> Ints:
        """Where an instant lies on the volunteer's part of the line."""
        return np.asarray(volunteer * self._span + (instant - self._origin))
