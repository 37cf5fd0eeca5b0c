"""How many to ask now, whom first, when to look again, and when to hand over to a person.

A wave is the smallest set of people whose chances (chances.py), with those of the offers still
unanswered, make a yes likely enough for this step of the time left. Its order weighs what asking
somebody costs against what it may bring, as in Weitzman's search for the best alternative
(Econometrica 47, 1979): an offer costs everybody's patience, so much for each yes; a mission costs
the person who has had some already, who lives far, on whom the city leans most, or who is better
kept for another outing of the same hours (rivals.py). The form and its figures were measured on a
simulated city (docs/adr/0020).

Whoever has met the senior is asked a little before everybody else, unless it is urgent.

Nobody is ever asked in quiet hours, beyond their caps, or twice for one outing (the caller leaves
out those already asked). Every plan says when to look again, or hands over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from math import prod
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from matcher.domain.chances import (
    HOUR,
    MINUTE,
    Candidate,
    ChancePolicy,
    Crowd,
    Expectation,
    Flags,
    Floats,
    Ints,
    OutingFacts,
    Outlook,
    outlook,
)

__all__ = [
    "Candidate",
    "ChancePolicy",
    "Crowd",
    "Expectation",
    "OutingFacts",
    "Pending",
    "WavePlan",
    "WavePolicy",
    "expectation",
    "hand_over_at",
    "offer_expires_at",
    "open_time",
    "plan_wave",
]

ONE_DAY = timedelta(days=1)
TWO_DAYS = timedelta(days=2)

NO_TIME_LEFT = "Personne n'a accepté et il ne reste plus le temps de demander."
NOBODY_SUITS = "Aucun bénévole ne convient pour cette sortie."
ALL_CAPPED = "Tous les bénévoles possibles ont déjà reçu assez de propositions."
FEW_CHANCES = "Peu de bénévoles risquent de pouvoir dire oui à temps."
WHY_LOOK = frozenset({NO_TIME_LEFT, NOBODY_SUITS, ALL_CAPPED, FEW_CHANCES})
"""Why a coordinator is asked to look at a mission already, all in all."""


@dataclass(frozen=True, slots=True)
class WavePolicy:
    """What a city may decide about asking.

    Attributes:
        quiet_from: wall-clock time from which nobody is asked; must come after `quiet_until`.
        quiet_until: wall-clock time from which people may be asked again.
        hand_over_lead: a coordinator has the mission this long before it starts.
        offer_life: an unanswered offer ends after this, or at the deadline.
        target: wanted chance of a yes before the deadline.
        target_medical: the same for a medical outing.
        target_urgent: the same for an urgent one.
        stretch_below: with a smaller chance of a yes than this within the usual caps, the wider
            ones of an urgent mission hold.
        alarm_below: with a smaller chance than this even so, a coordinator is told.
        urgent_below: with less open time than this a mission is urgent: wider caps and waves.
        week_cap: offers to one person in 7 days.
        day_cap: offers to one person in a calendar day.
        urgent_week_cap: `week_cap` for an urgent mission.
        urgent_day_cap: `day_cap` for an urgent mission.
        max_wave: people asked at once.
        urgent_max_wave: `max_wave` for an urgent mission.
        min_gap: shortest time between two looks.
        max_gap: longest time between two looks, quiet hours apart.
        gaps: looks the open time is divided into, within those two.
        reserve: open time left out when counting the looks still to come, for the last answers.
        max_looks: looks the target is spread over, at most.
        first_chance: chance of a yes the first offers have at least, so that most seniors know
            soon.
        first_time: how long after the opening offers count as the first.
        circle_lead: how long those who have met the senior are asked before anybody else, when the
            outing is not urgent.
        circle_price: how much more asking one of them may cost than asking somebody else.
        offer_cost: what an offer costs in the order, divided by the chance it is accepted; the
            costs that follow are in the same unit.
        fairness: what each mission of the last 30 days costs.
        long_fairness: what each mission of the last 90 days costs.
        nearness_per_km: what each kilometre costs, on top of its part in the chance.
        leaning: what each mission a week of `Candidate.demand` costs.
        planning: what it costs to ask somebody who is better kept for another outing, and what is
            taken off for whoever is kept for this one; it decides between near equals.
        weariness: what being at the weekly cap costs; half-way there, a quarter of it.
        chances: what is believed about answers.
    """

    quiet_from: time = time(21)
    quiet_until: time = time(8)
    hand_over_lead: timedelta = 2 * HOUR
    offer_life: timedelta = TWO_DAYS
    target: float = 0.96
    target_medical: float = 0.98
    target_urgent: float = 0.985
    stretch_below: float = 0.85
    alarm_below: float = 0.63
    urgent_below: timedelta = 340 * MINUTE
    week_cap: int = 8
    day_cap: int = 2
    urgent_week_cap: int = 10
    urgent_day_cap: int = 3
    max_wave: int = 12
    urgent_max_wave: int = 20
    min_gap: timedelta = 12 * MINUTE
    max_gap: timedelta = 48 * MINUTE
    gaps: float = 8.0
    reserve: timedelta = 40 * MINUTE
    max_looks: float = 23.0
    first_chance: float = 0.22
    first_time: timedelta = 30 * MINUTE
    circle_lead: timedelta = 12 * MINUTE
    circle_price: float = 2.0
    offer_cost: float = 0.42
    fairness: float = 0.25
    long_fairness: float = 0.48
    nearness_per_km: float = 0.43
    leaning: float = 1.4
    planning: float = 0.25
    weariness: float = 0.7
    chances: ChancePolicy = field(default_factory=ChancePolicy)

    def __post_init__(self) -> None:
        if self.quiet_until >= self.quiet_from:
            raise ValueError("quiet hours go from an evening to the next morning")


@dataclass(frozen=True, slots=True)
class Pending:
    """An offer for this outing without an answer, with the chance it had when sent."""

    sent_at: datetime
    chance: float


@dataclass(frozen=True, slots=True)
class WavePlan:
    """What to do now. There is a `next_at`, or it is handed over.

    Attributes:
        ask: whom to send an offer now, best first.
        expectations: what is expected of each of them, in the same order.
        next_at: when to plan again, the deadline at the latest; None once handed over.
        hand_over: a coordinator takes the mission from here.
        attention: why a coordinator should look already, a French sentence; always there when
            handed over.
        fill_chance: of a yes before the deadline if everyone who may be asked is.
        stretched: people are asked beyond their usual caps though the mission is not urgent, as
            it would hardly be filled otherwise; for coordinators to see.
    """

    ask: tuple[UUID, ...]
    expectations: tuple[Expectation, ...]
    next_at: datetime | None
    hand_over: bool
    attention: str | None
    fill_chance: float = 0.0
    stretched: bool = False


def hand_over_at(starts_at: datetime, opened_at: datetime, policy: WavePolicy) -> datetime:
    """The deadline of a mission opened, or open again, at `opened_at`.

    `policy.hand_over_lead` before the start; when that leaves less than half of the time there is,
    half of that time, so that neither the volunteers nor the coordinator are left with nothing.
    """
    return max(starts_at - policy.hand_over_lead, opened_at + (starts_at - opened_at) / 2)


def offer_expires_at(now: datetime, deadline: datetime, policy: WavePolicy) -> datetime:
    """Until when an offer sent at `now` may be answered.

    Raises:
        ValueError: the deadline has passed, so that nothing may be offered.
    """
    if deadline <= now:
        raise ValueError("no offer is sent at or after the deadline")
    return min(now + policy.offer_life, deadline)


def open_time(start: datetime, end: datetime, policy: WavePolicy, zone: ZoneInfo) -> timedelta:
    """How long of [start, end) lies outside quiet hours; nothing when it is empty."""
    begin, stop = start.astimezone(UTC), end.astimezone(UTC)
    spans = _waking_hours(begin, stop, policy, zone)
    return sum((min(closes, stop) - max(opens, begin) for opens, closes in spans), timedelta())


def expectation(
    facts: OutingFacts,
    candidate: Candidate,
    now: datetime,
    left: timedelta,
    policy: WavePolicy,
) -> Expectation:
    """What to expect of an offer sent at `now`, with `left` open time before the deadline."""
    found = outlook(facts, Crowd.of([candidate]), now, left, policy.chances)
    return _expectations(found, np.array([0]))[0]


def plan_wave(
    facts: OutingFacts,
    candidates: Iterable[Candidate] | Crowd,
    pending: Sequence[Pending],
    now: datetime,
    deadline: datetime,
    policy: WavePolicy,
    zone: ZoneInfo,
) -> WavePlan:
    """Whom to ask at `now`, and what comes next.

    Args:
        facts: the mission, open and without a volunteer.
        candidates: eligible and never asked for it; their order does not matter.
        pending: its offers still without an answer.
        now: aware.
        deadline: see `hand_over_at`.
        policy: what the city decided.
        zone: where quiet hours are read.
    """
    opens_at = _next_waking(now, policy, zone)
    if now >= deadline or (opens_at >= deadline and not pending):
        return WavePlan((), (), next_at=None, hand_over=True, attention=NO_TIME_LEFT)
    crowd = candidates if isinstance(candidates, Crowd) else Crowd.of(candidates)
    left = open_time(now, deadline, policy, zone)
    found = outlook(facts, crowd, now, left, policy.chances)
    urgent = left < policy.urgent_below
    nobody = prod(1 - _still_likely(offer, now, policy) for offer in pending)
    free = _within_caps(crowd, policy, wide=urgent)
    fill_chance = 1 - nobody * float(np.prod(1 - found.chance[free]))
    stretched = not urgent and fill_chance < policy.stretch_below
    if stretched:
        free = _within_caps(crowd, policy, wide=True)
        fill_chance = 1 - nobody * float(np.prod(1 - found.chance[free]))
    week_cap = policy.urgent_week_cap if urgent or stretched else policy.week_cap
    attention = _attention(crowd, free, pending, fill_chance, policy)
    if opens_at > now:
        next_at = min(opens_at, deadline)
        return WavePlan((), (), next_at, False, attention, fill_chance, stretched)
    gap = min(max(left / policy.gaps, policy.min_gap), policy.max_gap)
    price = _price(crowd, found, week_cap, policy)
    ordered = _cheapest_first(price, free)
    if not urgent and not pending and _just_opened(facts, now, policy.circle_lead):
        circle = _circle_of(ordered, crowd, price, policy)
        if len(circle):
            ordered, gap = circle, policy.circle_lead
    wave = _smallest_wave(
        ordered,
        found,
        nobody_so_far=nobody,
        nobody_wanted=_nobody_wanted(facts, now, left, gap, policy),
        size=policy.urgent_max_wave if urgent else policy.max_wave,
    )
    return WavePlan(
        ask=tuple(crowd.ids[row] for row in wave),
        expectations=_expectations(found, wave),
        next_at=min(_next_waking(now + gap, policy, zone), deadline),
        hand_over=False,
        attention=attention,
        fill_chance=fill_chance,
        stretched=stretched,
    )


def _within_caps(crowd: Crowd, policy: WavePolicy, *, wide: bool) -> Flags:
    week_cap = policy.urgent_week_cap if wide else policy.week_cap
    day_cap = policy.urgent_day_cap if wide else policy.day_cap
    return (crowd.alerts_7d < week_cap) & (crowd.alerts_today < day_cap)


def _nobody_wanted(
    facts: OutingFacts, now: datetime, left: timedelta, gap: timedelta, policy: WavePolicy
) -> float:
    """The chance of no yes that this look has to come down to."""
    if left < policy.urgent_below:
        target = policy.target_urgent
    else:
        target = policy.target_medical if facts.medical else policy.target
    looks = min(max((left - policy.reserve) / gap, 1.0), policy.max_looks)
    nobody = (1 - target) ** (1 / looks)
    first = _just_opened(facts, now, policy.first_time)
    return float(min(nobody, 1 - policy.first_chance) if first else nobody)


def _just_opened(facts: OutingFacts, now: datetime, since: timedelta) -> bool:
    return facts.opened_at is not None and now - facts.opened_at < since


def _price(crowd: Crowd, found: Outlook, week_cap: int, policy: WavePolicy) -> Floats:
    """What asking each of them costs."""
    return np.asarray(
        policy.offer_cost / np.maximum(found.hopeful, 1e-9)
        + policy.fairness * crowd.missions_30d
        + policy.long_fairness * crowd.missions_90d
        + policy.nearness_per_km * crowd.walk_m / 1000
        + policy.leaning * crowd.demand
        - policy.planning * crowd.planned
        + policy.weariness * (crowd.alerts_7d / week_cap) ** 2,
        np.float64,
    )


def _cheapest_first(price: Floats, free: Flags) -> Ints:
    """The rows of those who may be asked; equals by id, as the crowd is sorted by it."""
    rows = np.flatnonzero(free)
    return np.asarray(rows[np.argsort(price[rows], kind="stable")], np.int64)


def _circle_of(ordered: Ints, crowd: Crowd, price: Floats, policy: WavePolicy) -> Ints:
    """Those of `ordered` who have met the senior and cost little more than the first of all."""
    if not len(ordered):
        return ordered
    fair = price[ordered] <= price[ordered[0]] + policy.circle_price
    return np.asarray(ordered[(crowd.met[ordered] > 0) & fair], np.int64)


def _smallest_wave(
    ordered: Ints, found: Outlook, nobody_so_far: float, nobody_wanted: float, size: int
) -> Ints:
    """The first of `ordered` until the chance that nobody says yes is down to what is wanted."""
    if nobody_so_far <= nobody_wanted:
        return ordered[:0]
    nobody = nobody_so_far * np.cumprod(1 - found.chance[ordered])
    enough = int(np.count_nonzero(nobody > nobody_wanted)) + 1
    return ordered[: min(enough, size)]


def _expectations(found: Outlook, rows: Ints) -> tuple[Expectation, ...]:
    return tuple(Expectation(float(found.context[row]), float(found.chance[row])) for row in rows)


def _still_likely(offer: Pending, now: datetime, policy: WavePolicy) -> float:
    """What is left of an offer's chance: the longer the silence, the less."""
    age = max(timedelta(), now - offer.sent_at)
    answer_time = policy.chances.answer_time
    return offer.chance * (answer_time / (answer_time + age))


def _attention(
    crowd: Crowd,
    free: Flags,
    pending: Sequence[Pending],
    fill_chance: float,
    policy: WavePolicy,
) -> str | None:
    if fill_chance >= policy.alarm_below:
        return None
    if not crowd.ids and not pending:
        return NOBODY_SUITS
    return ALL_CAPPED if crowd.ids and not free.any() else FEW_CHANCES


def _waking_hours(
    start: datetime, end: datetime, policy: WavePolicy, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """The spans outside quiet hours that meet [start, end), in UTC."""
    day = start.astimezone(zone).date()
    while True:
        opens = datetime.combine(day, policy.quiet_until, zone).astimezone(UTC)
        closes = datetime.combine(day, policy.quiet_from, zone).astimezone(UTC)
        if opens >= end:
            return
        if closes > start:
            yield opens, closes
        day += ONE_DAY


def _next_waking(at: datetime, policy: WavePolicy, zone: ZoneInfo) -> datetime:
    """`at` in UTC when people may be asked then, else the end of these quiet hours."""
    begin = at.astimezone(UTC)
    opens, _ = next(_waking_hours(begin, begin + TWO_DAYS, policy, zone))
    return max(opens, begin)
