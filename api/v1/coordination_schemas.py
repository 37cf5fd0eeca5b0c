"""The shapes of the coordinators' API."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from api.v1.schemas import Instant, Sent
from matcher.domain.assignment import Proof
from matcher.domain.lifecycle import Absent, MissionStatus, OfferStatus
from matcher.domain.people import Need, Purpose

_EMAIL = r"^[^\s@\x00]+@[^\s@\x00]+$"


class StaffSessionCreate(Sent):
    """Signing in with a password and the code of the moment."""

    email: str = Field(max_length=200, pattern=_EMAIL, examples=["camille@exemple.fr"])
    password: str = Field(min_length=1, max_length=200)
    totp: str = Field(pattern="^[0-9]{6}$", examples=["123456"])


class CancelReason(StrEnum):
    """Why an outing is called off; one word, as the journal holds no stories."""

    SENIOR = "senior"
    VOLUNTEER = "volunteer"
    DUPLICATE = "duplicate"
    UNSAFE = "unsafe"
    OTHER = "other"


class CancelCreate(Sent):
    """Calling an outing off."""

    reason: CancelReason


class NoShowCreate(Sent):
    """Somebody did not come."""

    who: Absent


class TimeCreate(Sent):
    """Another time for an outing, as long as before when no end is given."""

    starts_at: Instant = Field(examples=["2026-11-25T15:00:00+01:00"])
    ends_at: Instant | None = Field(default=None, examples=["2026-11-25T17:00:00+01:00"])


class PointCreate(Sent):
    """A point put on the map, WGS 84 degrees."""

    lat: float = Field(ge=-90, le=90, examples=[48.8725])
    lon: float = Field(ge=-180, le=180, examples=[2.3164])


class PersonPublic(BaseModel):
    """Somebody to be reached."""

    id: UUID
    name: str = Field(examples=["Odette Lambert"])
    phone: str | None = Field(examples=["+33142000000"])


class MissionSummary(BaseModel):
    """One line of the coordinators' list."""

    id: UUID
    status: MissionStatus
    starts_at: datetime
    ends_at: datetime
    deadline_at: datetime
    purpose: Purpose
    needs: list[Need]
    zone: str | None = Field(examples=["Paris 8e"])
    needs_attention: str | None
    senior: PersonPublic
    volunteer: PersonPublic | None


class AskedPublic(BaseModel):
    """Somebody who was asked, and what came of it."""

    id: UUID
    volunteer_id: UUID
    volunteer_name: str
    wave: int
    status: OfferStatus
    sent_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    walk_minutes: int
    reasons: list[str]


class EventPublic(BaseModel):
    """One line of the journal."""

    at: datetime
    actor: str = Field(examples=["volunteer"])
    entity: str = Field(examples=["mission"])
    kind: str = Field(examples=["accept"])
    before: str | None
    after: str | None
    reason: str | None


class MissionWhole(MissionSummary):
    """Everything a coordinator needs about one outing; no address while it is to be placed."""

    address: str | None
    access_notes: str
    code_word: str | None
    walk_minutes: int | None
    offers: list[AskedPublic]
    events: list[EventPublic]


class ComponentPublic(BaseModel):
    """One part of a score."""

    name: str
    value: float
    ceiling: float


class RankedPublic(BaseModel):
    """A volunteer who could go."""

    volunteer_id: UUID
    name: str
    walk_minutes: int
    score: float
    components: list[ComponentPublic]
    reasons: list[str]


class RejectionPublic(BaseModel):
    """A volunteer who could not, and why."""

    volunteer_id: UUID
    name: str
    rule: str
    reason: str


class RankingPublic(BaseModel):
    """Who could go, best first, and who not."""

    ranked: list[RankedPublic]
    rejected: list[RejectionPublic]


class PlanCreate(Sent):
    """The period to plan: outings that start from `from`, included, to `to`, excluded."""

    from_: Instant = Field(alias="from", examples=["2026-11-23T00:00:00+01:00"])
    to: Instant = Field(examples=["2026-11-30T00:00:00+01:00"])


class ProposalPublic(BaseModel):
    """One outing, and who could take it in this plan."""

    mission: MissionSummary
    volunteer: PersonPublic
    walk_minutes: int


class PlanPublic(BaseModel):
    """A proposal for all open outings of a period; nothing is changed by it.

    `served` counts the outings with somebody, the medical ones twice; no plan reaches more than
    `bound`. `proof` says how sure that is.
    """

    proposals: list[ProposalPublic]
    left: list[MissionSummary]
    served: int
    bound: int
    walk_minutes: int
    proof: Proof


class TaskPublic(BaseModel):
    """Something a person must do."""

    id: UUID
    kind: str = Field(examples=["unfilled"])
    reason: str
    created_at: datetime
    due_at: datetime
    mission_id: UUID | None
    senior_id: UUID | None
    call_id: UUID | None
    details: dict[str, Any]
    done_at: datetime | None
