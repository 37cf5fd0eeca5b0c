"""Who may be asked for an outing, and the rule that keeps each of the others out.

A volunteer's availability is about the outing itself, not the walk to it: "libre le mardi de 9 h à
12 h" means ready to meet somebody at nine. What is promised already is about real time: both
walks count, from home and back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

from matcher.domain.geo import Point, distance_m
from matcher.domain.people import SKILL_FOR_NEED, Busy, Need, Outing, Skill, Volunteer

Walk = Callable[[Point, Point], float]
"""Seconds a volunteer walks from one point to another."""


class Rule(StrEnum):
    """What may keep a volunteer from an outing, the cheapest to check first."""

    INACTIVE = "inactive"
    NOT_VETTED = "not_vetted"
    REFUSED = "refused"
    ALREADY_ASKED = "already_asked"
    WEEKLY_CAP = "weekly_cap"
    MISSING_SKILL = "missing_skill"
    NO_COMMON_LANGUAGE = "no_common_language"
    TOO_FAR = "too_far"
    TOO_LATE = "too_late"
    BUSY = "busy"
    NOT_AVAILABLE = "not_available"


ALL_RULES = frozenset(Rule)

ACCEPTANCE_RULES = ALL_RULES - {Rule.ALREADY_ASKED, Rule.TOO_LATE, Rule.NOT_AVAILABLE}
"""What still binds somebody who says yes: they may come outside their usual hours, and know best
whether they can make it."""

SKILL_NAMES: Mapping[Skill, str] = MappingProxyType(
    {
        Skill.WHEELCHAIR: "fauteuil roulant",
        Skill.GUIDING: "guidage d'une personne malvoyante",
        Skill.SIGNING: "langue des signes",
        Skill.MEMORY: "troubles de la mémoire",
    }
)


@dataclass(frozen=True, slots=True)
class EligibilityPolicy:
    """What a city may decide about who is asked.

    Attributes:
        skill_for_need: the training each functional need calls for; other needs call for none.
        language_required: leave out those who share no language with the senior.
    """

    skill_for_need: Mapping[Need, Skill] = field(
        default_factory=lambda: MappingProxyType(SKILL_FOR_NEED)
    )
    language_required: bool = True


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a volunteer is not asked; `reason` is a French sentence for the coordinator only."""

    volunteer_id: UUID
    rule: Rule
    reason: str


@dataclass(frozen=True, slots=True)
class Sifted:
    """Everyone who was looked at, each on one side, both in the order they came."""

    kept: tuple[Volunteer, ...]
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """One volunteer before one outing, and what the checks need besides."""

    outing: Outing
    volunteer: Volunteer
    now: datetime
    zone: ZoneInfo
    walk: Walk
    policy: EligibilityPolicy


def promised_time(outing: Outing, walk_s: float) -> Busy:
    """The time an accepted outing takes from a volunteer who lives `walk_s` seconds away.

    The outing with the walk there and the walk back, as the store's exclusion constraint keeps it.
    """
    walk = timedelta(seconds=walk_s)
    return Busy(outing.starts_at - walk, outing.ends_at + walk)


def assess(
    outing: Outing,
    volunteer: Volunteer,
    *,
    now: datetime,
    zone: ZoneInfo,
    walk: Walk,
    policy: EligibilityPolicy,
    rules: frozenset[Rule] = ALL_RULES,
) -> Rejection | None:
    """The first of `rules` that keeps this volunteer from this outing, or None.

    Used alike for choosing whom to ask and, with `ACCEPTANCE_RULES`, inside the transaction that
    takes an acceptance.

    Args:
        outing: what is to be filled.
        volunteer: as known at `now`.
        now: aware.
        zone: where wall-clock availability is read.
        walk: seconds from one point to another at a volunteer's pace.
        policy: what the city decided.
        rules: those to apply; the order is always `Rule`'s.
    """
    case = _Case(outing, volunteer, now, zone, walk, policy)
    for rule, check in _CHECKS.items():
        if rule in rules and (reason := check(case)) is not None:
            return Rejection(volunteer.id, rule, reason)
    return None


def sift(
    outing: Outing,
    volunteers: Iterable[Volunteer],
    *,
    now: datetime,
    zone: ZoneInfo,
    walk: Walk,
    policy: EligibilityPolicy,
    rules: frozenset[Rule] = ALL_RULES,
) -> Sifted:
    """`assess` for many: those kept, and one rejection for each of the others."""
    kept: list[Volunteer] = []
    rejections: list[Rejection] = []
    for volunteer in volunteers:
        rejection = assess(
            outing, volunteer, now=now, zone=zone, walk=walk, policy=policy, rules=rules
        )
        if rejection is None:
            kept.append(volunteer)
        else:
            rejections.append(rejection)
    return Sifted(tuple(kept), tuple(rejections))


def _inactive(case: _Case) -> str | None:
    return None if case.volunteer.active else "Son compte est en pause."


def _not_vetted(case: _Case) -> str | None:
    return None if case.volunteer.vetted else "Son dossier n'est pas encore vérifié."


def _refused(case: _Case) -> str | None:
    senior, volunteer = case.outing.senior, case.volunteer
    if volunteer.id in senior.refused:
        return "La personne aînée préfère quelqu'un d'autre."
    if senior.id in volunteer.refused:
        return "Ne souhaite pas accompagner cette personne."
    return None


def _already_asked(case: _Case) -> str | None:
    if case.volunteer.id in case.outing.already_asked:
        return "A déjà reçu une proposition pour cette sortie."
    return None


def _weekly_cap(case: _Case) -> str | None:
    volunteer = case.volunteer
    if volunteer.missions_week < volunteer.weekly_cap:
        return None
    return f"A atteint son maximum cette semaine-là : {volunteer.weekly_cap}."


def _missing_skill(case: _Case) -> str | None:
    wanted = {
        skill
        for need in case.outing.senior.needs
        if (skill := case.policy.skill_for_need.get(need)) is not None
    }
    missing = sorted(SKILL_NAMES[skill] for skill in wanted - case.volunteer.skills)
    return f"Formation manquante : {', '.join(missing)}." if missing else None


def _no_common_language(case: _Case) -> str | None:
    if not case.policy.language_required:
        return None
    if case.outing.senior.languages & case.volunteer.languages:
        return None
    return "Aucune langue en commun."


def _too_far(case: _Case) -> str | None:
    away_m = distance_m(case.volunteer.home, case.outing.meeting_point)
    if away_m <= case.volunteer.max_walk_m:
        return None
    return f"Habite à {away_m:.0f} m, sa limite est de {case.volunteer.max_walk_m} m."


def _too_late(case: _Case) -> str | None:
    if case.now + timedelta(seconds=_walk_s(case)) <= case.outing.starts_at:
        return None
    return "N'a plus le temps d'arriver à pied pour le début."


def _busy(case: _Case) -> str | None:
    if not case.volunteer.busy:
        return None  # as for most: their walk back need not be known
    taken = promised_time(case.outing, _walk_s(case))
    if any(taken.overlaps(busy) for busy in case.volunteer.busy):
        return "A déjà une sortie à ce moment-là, trajets compris."
    return None


def _not_available(case: _Case) -> str | None:
    outing = case.outing
    if case.volunteer.availability.is_free(outing.starts_at, outing.ends_at, case.zone):
        return None
    return "N'est pas libre pendant toute la sortie."


def _walk_s(case: _Case) -> float:
    return case.walk(case.volunteer.home, case.outing.meeting_point)


_CHECKS: Mapping[Rule, Callable[[_Case], str | None]] = MappingProxyType(
    {
        Rule.INACTIVE: _inactive,
        Rule.NOT_VETTED: _not_vetted,
        Rule.REFUSED: _refused,
        Rule.ALREADY_ASKED: _already_asked,
        Rule.WEEKLY_CAP: _weekly_cap,
        Rule.MISSING_SKILL: _missing_skill,
        Rule.NO_COMMON_LANGUAGE: _no_common_language,
        Rule.TOO_FAR: _too_far,
        Rule.TOO_LATE: _too_late,
        Rule.BUSY: _busy,
        Rule.NOT_AVAILABLE: _not_available,
    }
)
