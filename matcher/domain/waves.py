"""How many to ask now, when to look again, and when to hand over to a person.

A wave is the smallest set of people whose chances, with those of the offers still unanswered, make
a yes likely enough for this step of the time left. Chances come from counts alone: a context (how
far, how soon, how often asked and out lately, met or not) times each person's own record, shrunk
towards the prior so that a newcomer is neither favoured nor forgotten. The form and its figures
were measured on a simulated city: fewest alerts for the missions filled, spread most evenly.

Nobody is ever asked in quiet hours, beyond their caps, or twice for one outing (the caller leaves
out those already asked). Every plan says when to look again, or hands over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import exp, prod
from uuid import UUID
from zoneinfo import ZoneInfo

from matcher.domain.availability import Availability, Interval, WeeklyWindow

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
TWO_DAYS = timedelta(days=2)

NO_TIME_LEFT = "Personne n'a accepté et il ne reste plus le temps de demander."
NOBODY_SUITS = "Aucun bénévole ne convient pour cette sortie."
ALL_CAPPED = "Tous les bénévoles possibles ont déjà reçu assez de propositions."
FEW_CHANCES = "Peu de bénévoles risquent de pouvoir dire oui à temps."


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
        answer_time: time in which about half of those who will answer have done so.
        late_notice_cost: part of the chance lost when the outing starts at once.
        notice_scale: notice over which that loss fades, by a factor e.
        alert_cost: chance kept for each offer of the last 7 days.
        mission_cost: chance kept for each mission of the last 7 days.
        met_bonus: chance gained when they have met.
        prior_yes: yeses a newcomer is supposed to have said.
        prior_offers: offers a newcomer is supposed to have had.
        max_chance: no chance is ever taken for higher.
        fairness: how fast missions of the last 30 days put a person back in the order.
        nearness_per_km: how fast distance does, on top of its part in the chance.
        weariness: part of the place in the order lost when the weekly cap is near.
        slim_chance: below this a person is asked after the others.
        slim_weight: place in the order kept below `slim_chance`.
    """

    quiet_from: time = time(21)
    quiet_until: time = time(8)
    hand_over_lead: timedelta = 2 * HOUR
    offer_life: timedelta = TWO_DAYS
    target: float = 0.97
    target_medical: float = 0.99
    urgent_below: timedelta = 5 * HOUR
    week_cap: int = 6
    day_cap: int = 2
    urgent_week_cap: int = 10
    urgent_day_cap: int = 3
    max_wave: int = 12
    urgent_max_wave: int = 20
    min_gap: timedelta = 15 * MINUTE
    max_gap: timedelta = 60 * MINUTE
    gaps: float = 10.0
    reserve: timedelta = 40 * MINUTE
    max_looks: float = 20.0
    answer_time: timedelta = 30 * MINUTE
    late_notice_cost: float = 0.5
    notice_scale: timedelta = 14 * HOUR
    alert_cost: float = 0.96
    mission_cost: float = 0.75
    met_bonus: float = 1.5
    prior_yes: float = 1.5
    prior_offers: float = 4.0
    max_chance: float = 0.95
    fairness: float = 0.5
    nearness_per_km: float = 0.3
    weariness: float = 0.9
    slim_chance: float = 0.08
    slim_weight: float = 0.1

    def __post_init__(self) -> None:
        if self.quiet_until >= self.quiet_from:
            raise ValueError("quiet hours go from an evening to the next morning")


@dataclass(frozen=True, slots=True)
class OutingFacts:
    """What the plan needs to know of the mission."""

    starts_at: datetime
    medical: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody eligible who was not asked for this outing yet.

    Attributes:
        walk_m: home to meeting point, metres in a straight line, as `max_walk_m`.
        max_walk_m: how far they go.
        met: they and the senior have met.
        alerts_7d: offers sent to them in the last 7 days, today included.
        alerts_today: offers sent to them since local midnight.
        missions_7d: missions in the 7 days before the outing.
        missions_30d: missions in the last 30 days and those booked.
        offers_seen: sum of `Expectation.context` over their past offers.
        yes: offers they said yes to, too late or not.
    """

    volunteer_id: UUID
    walk_m: float
    max_walk_m: float = 2000.0
    met: bool = False
    alerts_7d: int = 0
    alerts_today: int = 0
    missions_7d: int = 0
    missions_30d: int = 0
    offers_seen: float = 0.0
    yes: int = 0


@dataclass(frozen=True, slots=True)
class Pending:
    """An offer for this outing without an answer, with the chance it had when sent."""

    sent_at: datetime
    chance: float


@dataclass(frozen=True, slots=True)
class Expectation:
    """What was expected of one offer; kept with it, as the record is learned from it.

    Attributes:
        context: how favourable the circumstances are to anybody, about 0 to 1.5; their sum over
            a person's offers is `Candidate.offers_seen`.
        chance: of a yes from this person before the deadline, 0 to 1.
    """

    context: float
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
    """

    ask: tuple[UUID, ...]
    expectations: tuple[Expectation, ...]
    next_at: datetime | None
    hand_over: bool
    attention: str | None


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
    if end <= start:
        return timedelta()
    spans = _waking_hours(policy).free_intervals(start, end, zone)
    return sum((span.end - span.start for span in spans), timedelta())


def expectation(
    facts: OutingFacts,
    candidate: Candidate,
    now: datetime,
    left: timedelta,
    policy: WavePolicy,
) -> Expectation:
    """What to expect of an offer sent at `now`, with `left` open time before the deadline."""
    lead = max(timedelta(), facts.starts_at - now)
    context = (
        exp(-candidate.walk_m / candidate.max_walk_m)
        * (1 - policy.late_notice_cost * exp(-lead / policy.notice_scale))
        * policy.alert_cost**candidate.alerts_7d
        * policy.mission_cost**candidate.missions_7d
        * (policy.met_bonus if candidate.met else 1.0)
    )
    record = (policy.prior_yes + candidate.yes) / (policy.prior_offers + candidate.offers_seen)
    in_time = left / (left + policy.answer_time)
    return Expectation(context, min(policy.max_chance, context * record * in_time))


def plan_wave(
    facts: OutingFacts,
    candidates: Iterable[Candidate],
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
    left = open_time(now, deadline, policy, zone)
    opens_at = _next_waking(now, policy, zone)
    if now >= deadline or (opens_at >= deadline and not pending):
        return _handed_over()
    urgent = left < policy.urgent_below
    week_cap = policy.urgent_week_cap if urgent else policy.week_cap
    day_cap = policy.urgent_day_cap if urgent else policy.day_cap
    everyone = list(candidates)
    expected = [
        (candidate, expectation(facts, candidate, now, left, policy))
        for candidate in everyone
        if candidate.alerts_7d < week_cap and candidate.alerts_today < day_cap
    ]
    waiting = [_still_likely(offer, now, policy) for offer in pending]
    attention = _attention(everyone, expected, waiting)
    if opens_at > now:
        next_at = min(opens_at, deadline)
        return WavePlan((), (), next_at, hand_over=False, attention=attention)
    gap = min(max(left / policy.gaps, policy.min_gap), policy.max_gap)
    looks = min(max((left - policy.reserve) / gap, 1.0), policy.max_looks)
    target = policy.target_medical if facts.medical else policy.target
    size = policy.urgent_max_wave if urgent else policy.max_wave
    wave = _smallest_wave(
        sorted(expected, key=lambda one: _place(one[0], one[1], week_cap, policy)),
        nobody_so_far=prod(1 - chance for chance in waiting),
        nobody_wanted=(1 - target) ** (1 / looks),
        size=size,
    )
    return WavePlan(
        ask=tuple(candidate.volunteer_id for candidate, _ in wave),
        expectations=tuple(expectation for _, expectation in wave),
        next_at=min(_next_waking(now + gap, policy, zone), deadline),
        hand_over=False,
        attention=attention,
    )


def _handed_over() -> WavePlan:
    return WavePlan((), (), next_at=None, hand_over=True, attention=NO_TIME_LEFT)


def _smallest_wave(
    ordered: Iterable[tuple[Candidate, Expectation]],
    nobody_so_far: float,
    nobody_wanted: float,
    size: int,
) -> list[tuple[Candidate, Expectation]]:
    """The first of `ordered` until the chance that nobody says yes is down to what is wanted."""
    wave: list[tuple[Candidate, Expectation]] = []
    nobody = nobody_so_far
    for candidate, expected in ordered:
        if nobody <= nobody_wanted or len(wave) == size:
            break
        wave.append((candidate, expected))
        nobody *= 1 - expected.chance
    return wave


def _place(
    candidate: Candidate, expected: Expectation, week_cap: int, policy: WavePolicy
) -> tuple[float, str]:
    worth = (
        expected.chance
        * exp(-policy.fairness * candidate.missions_30d)
        * exp(-policy.nearness_per_km * candidate.walk_m / 1000)
        * (1 - policy.weariness * candidate.alerts_7d / week_cap)
        * (policy.slim_weight if expected.chance < policy.slim_chance else 1.0)
    )
    return (-worth, candidate.volunteer_id.hex)


def _still_likely(offer: Pending, now: datetime, policy: WavePolicy) -> float:
    """What is left of an offer's chance: the longer the silence, the less."""
    age = max(timedelta(), now - offer.sent_at)
    return offer.chance * (policy.answer_time / (policy.answer_time + age))


def _attention(
    everyone: Sequence[Candidate],
    expected: Sequence[tuple[Candidate, Expectation]],
    waiting: Sequence[float],
) -> str | None:
    if sum(waiting) + sum(one.chance for _, one in expected) >= 1:
        return None
    if not everyone and not waiting:
        return NOBODY_SUITS
    return ALL_CAPPED if everyone and not expected else FEW_CHANCES


def _waking_hours(policy: WavePolicy) -> Availability:
    return Availability(
        tuple(WeeklyWindow(day, policy.quiet_until, policy.quiet_from) for day in range(7))
    )


def _next_waking(at: datetime, policy: WavePolicy, zone: ZoneInfo) -> datetime:
    """`at` in UTC when people may be asked then, else the end of these quiet hours."""
    span = Interval(at, at + TWO_DAYS)
    return _waking_hours(policy).free_intervals(span.start, span.end, zone)[0].start
