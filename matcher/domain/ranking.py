"""Who to ask first: named components that add up to a score, and reasons a volunteer can read.

Each component is worth between nothing and its ceiling, so that a place in the order explains
itself: "à pied 31/40, cercle 0/25". The score is their sum. What falls with a quantity falls as
half / (half + quantity): full at zero, half at `half`, never zero, so nearer always counts.

`shares` is the one place where the components are computed, for a single volunteer (floats) and
for the roster's columns (arrays) alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from math import inf
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from matcher.domain.availability import Availability
from matcher.domain.eligibility import Walk
from matcher.domain.geo import walking_band
from matcher.domain.people import SKILL_FOR_NEED, Outing, Skill, Volunteer

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MAX_REASONS = 3
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S


class ComponentName(StrEnum):
    """What counts in the order."""

    WALK = "walk"
    CIRCLE = "circle"
    FAIR_SHARE = "fair_share"
    REST = "rest"
    LANGUAGES = "languages"
    NOTICE = "notice"
    ALERTS = "alerts"
    SPARE_SKILLS = "spare_skills"
    RELIABILITY = "reliability"


COMPONENT_WORDS: Mapping[ComponentName, str] = MappingProxyType(
    {
        ComponentName.WALK: "trajet à pied",
        ComponentName.CIRCLE: "se connaissent",
        ComponentName.FAIR_SHARE: "part équitable",
        ComponentName.REST: "temps depuis la dernière sortie",
        ComponentName.LANGUAGES: "langues en commun",
        ComponentName.NOTICE: "délai",
        ComponentName.ALERTS: "peu sollicité",
        ComponentName.SPARE_SKILLS: "formation au plus juste",
        ComponentName.RELIABILITY: "promesses tenues",
    }
)
"""The components as a coordinator reads them."""


@dataclass(frozen=True, slots=True)
class RankingPolicy:
    """How much each component counts, in points, and where each has lost half of them.

    Attributes:
        walk: being near. The largest, as a short walk is what makes people say yes.
        walk_half_s: walking time worth half of `walk`.
        circle: knowing each other already, or not yet (see `new_faces_first`).
        new_faces_first: give `circle` to those who do not know the senior, for services that
            rotate on purpose.
        fair_share: few missions in the last 28 days.
        fair_share_half: missions worth half of `fair_share`.
        rest: a long time since the last mission; somebody who had none gets all of it.
        rest_half_s: time since the last mission worth half of `rest`.
        languages: the share of the senior's languages they speak.
        notice: time left before they must leave home.
        notice_half_s: time left worth half of `notice`.
        alerts: few offers in the last 7 days.
        alerts_half: offers worth half of `alerts`.
        spare_skills: no training beyond what the outing needs, so that rare training stays free
            for those who need it.
        spare_skills_half: skills too many worth half of `spare_skills`.
        reliability: promises kept, out of those made; nobody is judged on a handful: everyone
            starts with `reliability_prior_weight` promises, kept at the rate `reliability_prior`.
        urgent_s: an outing that starts sooner is called urgent.
    """

    walk: float = 40.0
    walk_half_s: float = 15 * 60.0
    circle: float = 25.0
    new_faces_first: bool = False
    fair_share: float = 15.0
    fair_share_half: float = 1.0
    rest: float = 10.0
    rest_half_s: float = 14 * DAY_S
    languages: float = 5.0
    notice: float = 5.0
    notice_half_s: float = 3 * HOUR_S
    alerts: float = 10.0
    alerts_half: float = 3.0
    spare_skills: float = 4.0
    spare_skills_half: float = 2.0
    reliability: float = 8.0
    reliability_prior: float = 0.9
    reliability_prior_weight: float = 4.0
    urgent_s: float = 5 * HOUR_S


class Component(NamedTuple):
    """One part of a score, `value` points of at most `ceiling`."""

    name: ComponentName
    value: float
    ceiling: float


Quantity = TypeVar("Quantity", float, NDArray[np.float64])


class Facts(NamedTuple, Generic[Quantity]):
    """What the components are computed from: of one volunteer, or of many as arrays.

    Attributes:
        walk_s: seconds to the meeting point.
        known: 1 in the senior's circle, else 0.
        missions_28d: see `Volunteer`.
        since_s: seconds since the last mission, infinite when there was none.
        common: the share of the senior's languages they speak, 0 to 1.
        spare_s: seconds left before they must leave home, at least 0.
        alerts_7d: see `Volunteer`.
        extra_skills: skills the outing does not need.
        promises: see `Volunteer`.
        taken_back: see `Volunteer`.
    """

    walk_s: Quantity
    known: Quantity
    missions_28d: Quantity
    since_s: Quantity
    common: Quantity
    spare_s: Quantity
    alerts_7d: Quantity
    extra_skills: Quantity
    promises: Quantity
    taken_back: Quantity


def weights(policy: RankingPolicy) -> tuple[float, ...]:
    """The ceilings, in the order of `ComponentName`."""
    return (
        policy.walk,
        policy.circle,
        policy.fair_share,
        policy.rest,
        policy.languages,
        policy.notice,
        policy.alerts,
        policy.spare_skills,
        policy.reliability,
    )


def shares(facts: Facts[Quantity], policy: RankingPolicy) -> tuple[Quantity, ...]:
    """How much of each ceiling is reached, 0 to 1, in the order of `ComponentName`."""
    prior = policy.reliability_prior_weight
    kept = facts.promises - facts.taken_back + prior * policy.reliability_prior
    return (
        _falling(facts.walk_s, policy.walk_half_s),
        1.0 - facts.known if policy.new_faces_first else facts.known,
        _falling(facts.missions_28d, policy.fair_share_half),
        1.0 - _falling(facts.since_s, policy.rest_half_s),
        facts.common,
        1.0 - _falling(facts.spare_s, policy.notice_half_s),
        _falling(facts.alerts_7d, policy.alerts_half),
        _falling(facts.extra_skills, policy.spare_skills_half),
        kept / (facts.promises + prior),
    )


def best_score(policy: RankingPolicy, walk_s: float, lead_s: float, *, known: bool) -> float:
    """No volunteer who walks `walk_s` or longer to an outing in `lead_s` seconds scores higher.

    Distance decides the walk and the notice left; everything else counts at its ceiling. `known`
    says which side of the circle such a volunteer is on.
    """
    most = shares(
        Facts(
            walk_s=walk_s,
            known=float(known),
            missions_28d=0.0,
            since_s=inf,
            common=1.0,
            spare_s=max(0.0, lead_s - walk_s),
            alerts_7d=0.0,
            extra_skills=0.0,
            promises=1.0,
            taken_back=0.0,
        ),
        policy,
    )
    # The share of promises kept has no highest value short of one.
    return sum(
        weight * share for weight, share in zip(weights(policy), (*most[:-1], 1.0), strict=True)
    )


@dataclass(frozen=True, slots=True)
class Ranked:
    """A volunteer in their place, with the walk to the meeting point in seconds.

    `reasons` are at most three French sentences for the volunteer: facts about them and the
    outing, never a probability, never a comparison with somebody else.
    """

    volunteer: Volunteer
    walk_s: float
    score: float
    components: tuple[Component, ...]
    reasons: tuple[str, ...]


def rank(
    outing: Outing,
    volunteers: Iterable[Volunteer],
    *,
    now: datetime,
    walk: Walk,
    policy: RankingPolicy,
    zone: ZoneInfo,
) -> tuple[Ranked, ...]:
    """The volunteers, best first; between equals the longest without a mission, then the id.

    Args:
        outing: what is to be filled.
        volunteers: those kept by `eligibility`; the order they come in does not matter.
        now: aware.
        walk: seconds from one point to another at a volunteer's pace.
        policy: weights.
        zone: where days and hours are said.
    """
    urgency = say_urgency(outing, now, policy)
    ranked = [
        _rank_one(outing, volunteer, now, walk, policy, zone, urgency) for volunteer in volunteers
    ]
    return tuple(sorted(ranked, key=_place))


def _place(one: Ranked) -> tuple[float, float, str]:
    last = one.volunteer.last_mission_at
    return (-one.score, float("-inf") if last is None else last.timestamp(), one.volunteer.id.hex)


def _rank_one(
    outing: Outing,
    volunteer: Volunteer,
    now: datetime,
    walk: Walk,
    policy: RankingPolicy,
    zone: ZoneInfo,
    urgency: str | None,
) -> Ranked:
    walk_s = walk(volunteer.home, outing.meeting_point)
    components = _components(outing, volunteer, now, walk_s, policy)
    return Ranked(
        volunteer=volunteer,
        walk_s=walk_s,
        score=sum(component.value for component in components),
        components=components,
        reasons=say_reasons(
            urgency,
            volunteer.id in outing.senior.circle,
            walk_s,
            say_freedom(outing, volunteer, zone),
            volunteer.missions_28d,
        ),
    )


def _components(
    outing: Outing, volunteer: Volunteer, now: datetime, walk_s: float, policy: RankingPolicy
) -> tuple[Component, ...]:
    reached = shares(_facts(outing, volunteer, now, walk_s), policy)
    return tuple(
        Component(name, weight * share, weight)
        for name, weight, share in zip(ComponentName, weights(policy), reached, strict=True)
    )


def _facts(outing: Outing, volunteer: Volunteer, now: datetime, walk_s: float) -> Facts[float]:
    languages = outing.senior.languages
    last = volunteer.last_mission_at
    return Facts(
        walk_s=walk_s,
        known=float(volunteer.id in outing.senior.circle),
        missions_28d=float(volunteer.missions_28d),
        since_s=inf if last is None else max(0.0, (now - last).total_seconds()),
        common=len(languages & volunteer.languages) / len(languages) if languages else 1.0,
        spare_s=max(0.0, (outing.starts_at - now).total_seconds() - walk_s),
        alerts_7d=float(volunteer.alerts_7d),
        extra_skills=float(len(volunteer.skills - used_skills(outing))),
        promises=float(volunteer.promises),
        taken_back=float(volunteer.taken_back),
    )


def used_skills(outing: Outing) -> frozenset[Skill]:
    """The training this outing calls for."""
    return frozenset(SKILL_FOR_NEED[need] for need in outing.senior.needs if need in SKILL_FOR_NEED)


def _falling(quantity: Quantity, half: float) -> Quantity:
    return half / (half + quantity)


def say_components(components: Iterable[Component]) -> str:
    """A place in the order in words for the coordinator: "trajet à pied 28,8/40, ..."."""
    return ", ".join(
        f"{COMPONENT_WORDS[part.name]} {_points(part.value)}/{_points(part.ceiling)}"
        for part in components
    )


def _points(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0").replace(".", ",")


def say_reasons(
    urgency: str | None, known: bool, walk_s: float, freedom: str | None, missions_28d: int
) -> tuple[str, ...]:
    """The sentences that hold for one volunteer, the weightiest first, at most `MAX_REASONS`."""
    # Read before acceptance, when the exact walk would tell where the senior lives.
    return _sentences(urgency, known, walking_band(walk_s), freedom, missions_28d == 0)


@lru_cache(maxsize=4096)
def _sentences(
    urgency: str | None, known: bool, band_min: int, freedom: str | None, rested: bool
) -> tuple[str, ...]:
    reasons = (
        urgency,
        "Vous vous connaissez déjà." if known else None,
        f"Vous êtes à moins de {band_min} minutes à pied.",
        freedom,
        "Pas de sortie ce mois-ci." if rested else None,
    )
    return tuple([reason for reason in reasons if reason is not None][:MAX_REASONS])


def say_urgency(outing: Outing, now: datetime, policy: RankingPolicy) -> str | None:
    """How soon it is, when that is soon."""
    lead_s = (outing.starts_at - now).total_seconds()
    if not 0 <= lead_s < policy.urgent_s:
        return None
    hours = int(lead_s // HOUR_S)
    if hours == 0:
        return "C'est urgent : dans moins d'une heure."
    return f"C'est urgent : dans {hours} heure{'s' if hours > 1 else ''}."


def say_freedom(outing: Outing, volunteer: Volunteer, zone: ZoneInfo) -> str | None:
    """When they said they are free, if they did."""
    said = volunteer.availability
    if not said.is_free(outing.starts_at, outing.ends_at, zone):
        return None
    # "le mardi" is a habit; a dated exception or "libre maintenant" is about this day alone.
    usual = Availability(said.windows).is_free(outing.starts_at, outing.ends_at, zone)
    return free_then(outing, zone, usual=usual)


def free_then(outing: Outing, zone: ZoneInfo, *, usual: bool) -> str:
    """That somebody is free when the outing starts, by habit or this once."""
    local = outing.starts_at.astimezone(zone)
    if local.hour < 12:
        part = "matin"
    elif local.hour < 18:
        part = "après-midi"
    else:
        part = "soir"
    return f"Vous êtes libre {'le ' if usual else ''}{WEEKDAYS[local.weekday()]} {part}."
