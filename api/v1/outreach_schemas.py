"""The shapes of series, campaigns and digests, for coordinators."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from api.v1.coordination_schemas import MissionSummary, PersonPublic
from api.v1.schemas import Sent
from matcher.domain.campaigns import CallStatus

_LINE = r"^[^\x00-\x1f]+$"


class SeriesPublic(BaseModel):
    """A request that comes back, with its outings to come."""

    id: UUID = Field(description="L'identifiant de la demande.")
    senior: PersonPublic
    rule: str = Field(examples=["FREQ=WEEKLY;INTERVAL=1;BYDAY=TU"], description="RFC 5545.")
    words: str = Field(examples=["toutes les semaines, le mardi, à 14 h 30"])
    first_at: datetime
    ended_at: datetime | None
    coming: list[MissionSummary]


class CampaignCreate(Sent):
    """A list to ring, and what to say."""

    name: str = Field(min_length=1, max_length=80, pattern=_LINE, examples=["Canicule de juillet"])
    template: str = Field(max_length=40, pattern="^[a-z_]+$", examples=["heat"])
    zones: list[str] = Field(
        default_factory=list,
        max_length=200,
        description="Les codes des zones ; sans zone, tout le territoire.",
    )
    min_age: int | None = Field(
        default=None,
        ge=0,
        le=130,
        examples=[80],
        description="L'âge à partir duquel on appelle ; sans âge connu, on appelle aussi.",
    )


class TemplatePublic(BaseModel):
    """What a campaign may say."""

    key: str = Field(examples=["heat"])
    title: str
    text: str


class CampaignSummary(BaseModel):
    """A campaign and how many stand where."""

    id: UUID
    name: str
    template: str
    zones: list[str]
    min_age: int | None
    created_at: datetime
    stopped_at: datetime | None
    counts: dict[CallStatus, int]


class CampaignCallPublic(BaseModel):
    """Somebody of a campaign's list."""

    id: UUID
    senior: PersonPublic
    zone: str | None
    status: CallStatus
    rung_at: list[datetime]
    next_look_at: datetime | None
    settled_at: datetime | None


class CampaignWhole(CampaignSummary):
    """A campaign with its list, those somebody must act on first."""

    people: list[CampaignCallPublic]


class DigestPublic(BaseModel):
    """What a week came to. Counts alone; `kept` of the `promised` call-backs were made in time."""

    monday: date
    requests: int
    outings: int
    filled: int
    unfilled: int
    cancelled: int
    promised: int
    kept: int
    well: int
    problem: int
    unreached: int
    tasks_open: int
    tasks_late: int
    short_zones: list[str]
