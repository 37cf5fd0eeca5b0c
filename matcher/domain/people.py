"""The people of the service and the outings they share, as the rules see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from matcher.domain.availability import Availability, Interval
from matcher.domain.geo import Point


class Need(StrEnum):
    """A functional need, never a diagnosis."""

    WALKER = "walker"
    CANE = "cane"
    WHEELCHAIR = "wheelchair"
    SLOW = "slow"
    VISUAL = "visual"
    HEARING = "hearing"


class Skill(StrEnum):
    """What a volunteer was trained for."""

    WHEELCHAIR = "wheelchair"
    GUIDING = "guiding"
    SIGNING = "signing"
    MEMORY = "memory"


class Purpose(StrEnum):
    """Why somebody goes out."""

    MEDICAL = "medical"
    SHOPPING = "shopping"
    WALK = "walk"
    ADMINISTRATIVE = "administrative"
    LEISURE = "leisure"
    VISIT = "visit"
    OTHER = "other"


class VettingStep(StrEnum):
    """What must be marked seen before a volunteer gets an offer."""

    IDENTITY = "identity"
    INTERVIEW = "interview"
    CRIMINAL_RECORD = "criminal_record"
    CHARTER = "charter"


SKILL_FOR_NEED: dict[Need, Skill] = {
    Need.WHEELCHAIR: Skill.WHEELCHAIR,
    Need.VISUAL: Skill.GUIDING,
}

LANGUAGES: dict[str, str] = {
    "fr": "français",
    "en": "anglais",
    "es": "espagnol",
    "pt": "portugais",
    "it": "italien",
    "ar": "arabe",
    "zh": "chinois",
    "de": "allemand",
}


@dataclass(frozen=True, slots=True)
class Senior:
    """The elderly person accompanied.

    Attributes:
        languages: ISO 639-1 codes, see `LANGUAGES`; one in common with the volunteer is enough.
        circle: familiar volunteers.
        refused: volunteers they would rather not see again, no reason kept.
    """

    id: UUID
    home: Point
    needs: frozenset[Need] = frozenset()
    languages: frozenset[str] = frozenset({"fr"})
    circle: frozenset[UUID] = frozenset()
    refused: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True, order=True)
class Busy(Interval):
    """Time a volunteer has promised already, the walks around it included."""


@dataclass(frozen=True, slots=True)
class Volunteer:
    """Someone who may be offered missions once vetted, with what is known of their recent weeks.

    Attributes:
        home: where walks are counted from.
        active: not paused, blocked nor gone.
        vetted: every `VettingStep` is marked seen.
        max_walk_m: how far from home they meet somebody, metres in a straight line.
        weekly_cap: missions they wish for in a calendar week, at most.
        missions_week: missions held or done in the calendar week of the outing in question.
        missions_28d: missions held or done in the last 28 days.
        last_mission_at: end of the latest mission done, None when there was none.
        alerts_7d: offers sent to them in the last 7 days.
        promises: missions they said yes to in the last 180 days.
        taken_back: how many of these promises they took back.
        refused: seniors they would rather not accompany, no reason kept.
    """

    id: UUID
    home: Point
    availability: Availability
    active: bool = True
    vetted: bool = True
    max_walk_m: int = 2000
    weekly_cap: int = 2
    skills: frozenset[Skill] = frozenset()
    languages: frozenset[str] = frozenset({"fr"})
    busy: tuple[Busy, ...] = ()
    missions_week: int = 0
    missions_28d: int = 0
    last_mission_at: datetime | None = None
    alerts_7d: int = 0
    promises: int = 0
    taken_back: int = 0
    refused: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Outing:
    """A mission as matching sees it: one dated outing that starts and ends at `meeting_point`.

    Attributes:
        meeting_point: the senior's door, or where else they are to be met.
        already_asked: volunteers who had an offer for this outing, whatever they answered.
    """

    id: UUID
    senior: Senior
    meeting_point: Point
    starts_at: datetime
    ends_at: datetime
    purpose: Purpose
    already_asked: frozenset[UUID] = field(default_factory=frozenset)
