"""How likely a person is to say yes to an offer, learned from counts alone.

A chance is the product of three things that can each be said in words:

- the context: how far within their reach, how soon, asked and out how often lately, met or not;
- the record: yeses for each favourable offer, shrunk towards a prior so that a newcomer is neither
  favoured nor forgotten (Gamma and Poisson, to which Beta and binomial come close when chances are
  small), times the chance that the person answers offers at all: some of those who sign up never
  do, and a run of silences says so long before the shrunken record would;
- the time: the part of their answers that comes before the deadline, from how fast they answered
  so far, shrunk towards the usual delay.

Everything is worked out by columns, a row for each person, as hundreds are looked at for one wave.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ChancePolicy:
    """What a city may believe about answers before it has seen any.

    Attributes:
        distance_cost: a place at the end of somebody's reach is accepted exp(-this) as often.
        late_notice_cost: part of the chance lost when the outing starts at once.
        notice_scale: notice over which that loss fades, by a factor e.
        alert_cost: chance kept for each offer of the last 7 days.
        mission_cost: chance kept for each mission of the last 7 days.
        met_bonus: chance gained when they have met.
        prior_yes: yeses a newcomer is supposed to have said.
        prior_offers: favourable offers a newcomer is supposed to have had.
        silent_share: part of those who sign up that practically never answers.
        silent_yes: yeses of such a person for one favourable offer.
        answer_time: time in which half of those who will answer have done so.
        answer_weight: answers after which a person's own delay counts as much as `answer_time`.
        hope: how far somebody little known is given the benefit of the doubt in the order, as a
            part of the chance that they do answer.
        max_chance: no chance is ever taken for higher.
    """

    distance_cost: float = 1.15
    late_notice_cost: float = 0.56
    notice_scale: timedelta = 14 * HOUR
    alert_cost: float = 0.95
    mission_cost: float = 0.8
    met_bonus: float = 1.7
    prior_yes: float = 4.0
    prior_offers: float = 8.5
    silent_share: float = 0.27
    silent_yes: float = 0.025
    answer_time: timedelta = 36 * MINUTE
    answer_weight: float = 2.3
    hope: float = 0.5
    max_chance: float = 0.95


@dataclass(frozen=True, slots=True)
class OutingFacts:
    """What the plan needs to know of the mission.

    Attributes:
        starts_at: aware.
        medical: a medical outing, which may not be missed.
        opened_at: since when it is open; unknown, it counts as open for long.
    """

    starts_at: datetime
    medical: bool = False
    opened_at: datetime | None = None


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
        missions_90d: missions in the last 90 days and those booked.
        offers_seen: sum of `Expectation.context` over their past offers.
        yes: offers they said yes to, too late or not.
        answers: offers they answered, yes or no.
        answer_min: minutes they took to answer, geometric mean; anything when `answers` is 0.
        demand: missions a week that would be theirs if each were shared among all who may go, in
            proportion to their chances: how much the city leans on them.
        planned: 1 when the best plan for all outings of these hours gives them this one, -1 when
            it gives them another, else 0 (see `rivals`).
    """

    volunteer_id: UUID
    walk_m: float
    max_walk_m: float = 2000.0
    met: bool = False
    alerts_7d: int = 0
    alerts_today: int = 0
    missions_7d: int = 0
    missions_30d: int = 0
    missions_90d: int = 0
    offers_seen: float = 0.0
    yes: int = 0
    answers: int = 0
    answer_min: float = 0.0
    demand: float = 0.0
    planned: float = 0.0


@dataclass(frozen=True, slots=True)
class Crowd:
    """Candidates by columns, sorted by id so that the order they came in changes nothing.

    The columns are the attributes of `Candidate`, a row for each of `ids`.
    """

    ids: Sequence[UUID]
    walk_m: Floats
    max_walk_m: Floats
    met: Floats
    alerts_7d: Floats
    alerts_today: Floats
    missions_7d: Floats
    missions_30d: Floats
    missions_90d: Floats
    offers_seen: Floats
    yes: Floats
    answers: Floats
    answer_min: Floats
    demand: Floats
    planned: Floats

    @classmethod
    def of(cls, candidates: Iterable[Candidate]) -> Crowd:
        """The crowd these people make."""
        people = sorted(candidates, key=lambda one: one.volunteer_id)
        columns = [field.name for field in fields(Candidate)[1:]]
        return cls(
            [one.volunteer_id for one in people],
            *(np.array([getattr(one, name) for one in people], np.float64) for name in columns),
        )


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
class Outlook:
    """What to expect of an offer to each of a crowd.

    Attributes:
        context: see `Expectation.context`.
        chance: see `Expectation.chance`.
        hopeful: the chance with the benefit of the doubt, for the order.
    """

    context: Floats
    chance: Floats
    hopeful: Floats


def outlook(
    facts: OutingFacts, crowd: Crowd, now: datetime, left: timedelta, policy: ChancePolicy
) -> Outlook:
    """What to expect of offers sent at `now`, with `left` open time before the deadline."""
    lead = max(timedelta(), facts.starts_at - now)
    soon = 1 - policy.late_notice_cost * np.exp(-(lead / policy.notice_scale))
    context = (
        soon
        * np.exp(-policy.distance_cost * crowd.walk_m / crowd.max_walk_m)
        * policy.alert_cost**crowd.alerts_7d
        * policy.mission_cost**crowd.missions_7d
        * policy.met_bonus**crowd.met
    )
    record = (policy.prior_yes + crowd.yes) / (policy.prior_offers + crowd.offers_seen)
    answering = _answering(crowd, policy)
    favour = context * record * _in_time(crowd, left, policy)
    silence = (1 - answering) * (context * policy.silent_yes)
    return Outlook(
        context,
        chance=np.clip(favour * answering + silence, 0.0, policy.max_chance),
        hopeful=np.clip(
            favour * np.minimum(1.0, answering * (1 + policy.hope)) + silence,
            0.0,
            policy.max_chance,
        ),
    )


def _answering(crowd: Crowd, policy: ChancePolicy) -> Floats:
    """The chance that each of them is one of those who answer at all.

    Bayes' rule on the two ways to explain a record: the negative binomial of people who answer
    (Poisson counts, Gamma rates) against the Poisson of the silent.
    """
    if policy.silent_share <= 0:
        return np.ones_like(crowd.yes)
    shape, rate = policy.prior_yes, policy.prior_offers
    seen = rate + crowd.offers_seen
    answers = (
        gammaln(shape + crowd.yes)
        - gammaln(shape)
        + shape * np.log(rate / seen)
        - crowd.yes * np.log(seen)
    )
    silent = crowd.yes * np.log(policy.silent_yes) - policy.silent_yes * crowd.offers_seen
    odds = (
        policy.silent_share / (1 - policy.silent_share) * np.exp(np.minimum(silent - answers, 50))
    )
    return np.asarray(1 / (1 + odds), np.float64)


def _in_time(crowd: Crowd, left: timedelta, policy: ChancePolicy) -> Floats:
    usual = np.log(policy.answer_time / MINUTE)
    own = np.log(np.maximum(crowd.answer_min, 1.0))
    weight = crowd.answers + policy.answer_weight
    delay = np.exp((crowd.answers * own + policy.answer_weight * usual) / weight)
    minutes = left / MINUTE
    return np.asarray(minutes / (minutes + delay), np.float64)


def demand_shares(found: Outlook) -> Floats:
    """What part of a mission falls to each, shared in proportion to their chances.

    Summed over the missions of a week it is `Candidate.demand`. When hardly anybody may say yes,
    their parts do not add up to one: nobody is leaned on by what cannot be filled.
    """
    return np.asarray(found.chance / max(1.0, float(found.chance.sum())), np.float64)
