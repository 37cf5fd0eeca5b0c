"""Who to ask first: named components that add up to a score, and reasons a volunteer can read.

Each component is worth between nothing and its ceiling, so that a place in the order explains
itself: "à pied 31/40, cercle 0/25". The score is their sum. What falls with a quantity falls as
half / (half + quantity): full at zero, half at `half`, never zero, so nearer always counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import ceil
from zoneinfo import ZoneInfo

from matcher.domain.availability import Availability
from matcher.domain.eligibility import Walk
from matcher.domain.people import Outing, Volunteer

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
    urgent_s: float = 5 * HOUR_S


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a score, `value` points of at most `ceiling`."""

    name: ComponentName
    value: float
    ceiling: float


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
    ranked = [_rank_one(outing, volunteer, now, walk, policy, zone) for volunteer in volunteers]
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
) -> Ranked:
    walk_s = walk(volunteer.home, outing.meeting_point)
    components = _components(outing, volunteer, now, walk_s, policy)
    return Ranked(
        volunteer=volunteer,
        walk_s=walk_s,
        score=sum(component.value for component in components),
        components=components,
        reasons=_reasons(outing, volunteer, now, walk_s, policy, zone),
    )


def _components(
    outing: Outing, volunteer: Volunteer, now: datetime, walk_s: float, policy: RankingPolicy
) -> tuple[Component, ...]:
    known = volunteer.id in outing.senior.circle
    languages = outing.senior.languages
    common = len(languages & volunteer.languages) / len(languages) if languages else 1.0
    spare_s = max(0.0, (outing.starts_at - now).total_seconds() - walk_s)
    if volunteer.last_mission_at is None:
        rested = 1.0
    else:
        since_s = max(0.0, (now - volunteer.last_mission_at).total_seconds())
        rested = 1.0 - _falling(since_s, policy.rest_half_s)
    shares = (
        (ComponentName.WALK, policy.walk, _falling(walk_s, policy.walk_half_s)),
        (ComponentName.CIRCLE, policy.circle, float(known is not policy.new_faces_first)),
        (
            ComponentName.FAIR_SHARE,
            policy.fair_share,
            _falling(volunteer.missions_28d, policy.fair_share_half),
        ),
        (ComponentName.REST, policy.rest, rested),
        (ComponentName.LANGUAGES, policy.languages, common),
        (ComponentName.NOTICE, policy.notice, 1.0 - _falling(spare_s, policy.notice_half_s)),
        (ComponentName.ALERTS, policy.alerts, _falling(volunteer.alerts_7d, policy.alerts_half)),
    )
    return tuple(Component(name, weight * share, weight) for name, weight, share in shares)


def _falling(quantity: float, half: float) -> float:
    return half / (half + quantity)


def _reasons(
    outing: Outing,
    volunteer: Volunteer,
    now: datetime,
    walk_s: float,
    policy: RankingPolicy,
    zone: ZoneInfo,
) -> tuple[str, ...]:
    reasons = (
        _urgency(outing, now, policy),
        "Vous vous connaissez déjà." if volunteer.id in outing.senior.circle else None,
        _nearness(walk_s),
        _freedom(outing, volunteer, zone),
        "Pas de sortie ce mois-ci." if volunteer.missions_28d == 0 else None,
    )
    return tuple(reason for reason in reasons if reason is not None)[:MAX_REASONS]


def _urgency(outing: Outing, now: datetime, policy: RankingPolicy) -> str | None:
    lead_s = (outing.starts_at - now).total_seconds()
    if not 0 <= lead_s < policy.urgent_s:
        return None
    hours = int(lead_s // HOUR_S)
    if hours == 0:
        return "C'est urgent : dans moins d'une heure."
    return f"C'est urgent : dans {hours} heure{'s' if hours > 1 else ''}."


def _nearness(walk_s: float) -> str:
    minutes = max(1, ceil(walk_s / 60))
    return f"Vous êtes à {minutes} minute{'s' if minutes > 1 else ''} à pied."


def _freedom(outing: Outing, volunteer: Volunteer, zone: ZoneInfo) -> str | None:
    said = volunteer.availability
    if not said.is_free(outing.starts_at, outing.ends_at, zone):
        return None
    local = outing.starts_at.astimezone(zone)
    if local.hour < 12:
        part = "matin"
    elif local.hour < 18:
        part = "après-midi"
    else:
        part = "soir"
    # "le mardi" is a habit; a dated exception or "libre maintenant" is about this day alone.
    usual = Availability(said.windows).is_free(outing.starts_at, outing.ends_at, zone)
    return f"Vous êtes libre {'le ' if usual else ''}{WEEKDAYS[local.weekday()]} {part}."
