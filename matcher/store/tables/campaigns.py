"""Lists of people to ring, as in a heat-wave, and the weeks summed up."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Interval, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from matcher.domain.campaigns import CallStatus
from matcher.store.tables.base import INSTANT, INSTANTS, one_of

SPAN: Any = Interval()


class CampaignRow(SQLModel, table=True):
    """A list of seniors rung with one sentence; `audience` says how the list was made."""

    __tablename__ = "campaign"

    id: UUID = Field(primary_key=True)
    created_at: datetime = Field(sa_type=INSTANT)
    created_by: UUID | None = Field(default=None, foreign_key="staff.id")
    name: str
    template: str
    audience: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    stopped_at: datetime | None = Field(default=None, sa_type=INSTANT)


class CampaignCallRow(SQLModel, table=True):
    """One senior of a campaign's list.

    `behind` is how long after the first of the list they are rung, `rung_at` when they were, and
    `next_look_at` when the service looks at them again: a job exists for that instant.
    """

    __tablename__ = "campaign_call"
    __table_args__ = (
        one_of("status", CallStatus),
        UniqueConstraint("campaign_id", "senior_id"),
        Index("ix_campaign_call_senior_id", "senior_id"),
    )

    id: UUID = Field(primary_key=True)
    campaign_id: UUID = Field(foreign_key="campaign.id")
    senior_id: UUID = Field(foreign_key="senior.id")
    status: str
    behind: Any = Field(sa_type=SPAN)
    rung_at: list[datetime] = Field(default_factory=list, sa_type=INSTANTS)
    next_look_at: datetime | None = Field(default=None, sa_type=INSTANT)
    settled_at: datetime | None = Field(default=None, sa_type=INSTANT)


class DigestRow(SQLModel, table=True):
    """What a week came to, as it stood when it was summed up. Counts alone, nobody's data."""

    __tablename__ = "digest"

    monday: date = Field(primary_key=True)
    made_at: datetime = Field(sa_type=INSTANT)
    facts: dict[str, Any] = Field(sa_type=JSONB)
