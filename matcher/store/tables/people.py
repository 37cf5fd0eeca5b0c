"""Seniors, volunteers, their availability, vetting, ties and consents."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from matcher.domain.people import Need, Skill, VettingStep
from matcher.store.encrypted import EncryptedJson, EncryptedText
from matcher.store.tables.base import CODES, INSTANT, one_of, some_of


class FileStatus(StrEnum):
    """Whether a senior's file has been checked by a coordinator."""

    TO_VERIFY = "to_verify"
    ACTIVE = "active"
    CLOSED = "closed"


class BondKind(StrEnum):
    """What ties a senior and a volunteer, or keeps them apart."""

    CIRCLE = "circle"
    SENIOR_REFUSES = "senior_refuses"
    VOLUNTEER_REFUSES = "volunteer_refuses"


class PersonKind(StrEnum):
    """Whose record this is."""

    SENIOR = "senior"
    VOLUNTEER = "volunteer"
    STAFF = "staff"


class SeniorRow(SQLModel, table=True):
    """A senior's file. `home` is an address as JSON with its point, WGS 84."""

    __tablename__ = "senior"
    __table_args__ = (
        one_of("status", FileStatus),
        some_of("needs", Need),
        Index("ix_senior_phone_index", "phone_index"),
    )

    id: UUID = Field(primary_key=True)
    created_at: datetime = Field(sa_type=INSTANT)
    status: str
    first_name: str = ""
    last_name: str = ""
    birth_year: int | None = None
    phone: str | None = Field(default=None, sa_type=EncryptedText)
    phone_index: str | None = None
    home: dict[str, Any] | None = Field(default=None, sa_type=EncryptedJson)
    zone_code: str | None = Field(default=None, foreign_key="zone.code")
    access_notes: str = Field(default="", sa_type=EncryptedText)
    needs: list[str] = Field(default_factory=list, sa_type=CODES)
    needs_note: str = Field(default="", sa_type=EncryptedText)
    languages: list[str] = Field(default_factory=lambda: ["fr"], sa_type=CODES)


class VolunteerRow(SQLModel, table=True):
    """A volunteer's file. Home is a point the volunteer chose, WGS 84 degrees."""

    __tablename__ = "volunteer"
    __table_args__ = (
        some_of("skills", Skill),
        CheckConstraint("max_walk_m BETWEEN 100 AND 20000", name="max_walk_m"),
        CheckConstraint("weekly_cap BETWEEN 0 AND 50", name="weekly_cap"),
        Index("ix_volunteer_lat_lon", "lat", "lon"),
    )

    id: UUID = Field(primary_key=True)
    created_at: datetime = Field(sa_type=INSTANT)
    first_name: str
    last_name: str
    phone: str = Field(sa_type=EncryptedText)
    phone_index: str = Field(unique=True)
    lat: float
    lon: float
    zone_code: str | None = Field(default=None, foreign_key="zone.code")
    max_walk_m: int = 2000
    weekly_cap: int = 2
    skills: list[str] = Field(default_factory=list, sa_type=CODES)
    languages: list[str] = Field(default_factory=lambda: ["fr"], sa_type=CODES)
    active: bool = True
    free_until: datetime | None = Field(default=None, sa_type=INSTANT)


class AvailabilityWindowRow(SQLModel, table=True):
    """One weekly window, local time; an end at or before the start is on the next day."""

    __tablename__ = "availability_window"
    __table_args__ = (CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),)

    id: UUID = Field(primary_key=True)
    volunteer_id: UUID = Field(foreign_key="volunteer.id", index=True, ondelete="CASCADE")
    weekday: int
    start: time
    end: time


class AvailabilityExceptionRow(SQLModel, table=True):
    """One dated exception, a whole day when it has no hours."""

    __tablename__ = "availability_exception"
    __table_args__ = (CheckConstraint('(start IS NULL) = ("end" IS NULL)', name="hours"),)

    id: UUID = Field(primary_key=True)
    volunteer_id: UUID = Field(foreign_key="volunteer.id", index=True, ondelete="CASCADE")
    day: date
    start: time | None = None
    end: time | None = None
    free: bool


class VettingCheckRow(SQLModel, table=True):
    """That a step of the vetting was seen: by whom and when, never the document."""

    __tablename__ = "vetting_check"
    __table_args__ = (one_of("step", VettingStep),)

    volunteer_id: UUID = Field(foreign_key="volunteer.id", primary_key=True, ondelete="CASCADE")
    step: str = Field(primary_key=True)
    seen_at: datetime = Field(sa_type=INSTANT)
    seen_by: UUID | None = Field(default=None, foreign_key="staff.id")


class PushSubscriptionRow(SQLModel, table=True):
    """The one browser in which a volunteer takes notifications.

    `subscription` has the fields of `matcher.ports.Subscription`: whoever knows them can write to
    that browser.
    """

    __tablename__ = "push_subscription"

    volunteer_id: UUID = Field(foreign_key="volunteer.id", primary_key=True, ondelete="CASCADE")
    since: datetime = Field(sa_type=INSTANT)
    subscription: dict[str, Any] = Field(sa_type=EncryptedJson)


class LeaningRow(SQLModel, table=True):
    """How much the city leans on a volunteer: see `chances.Candidate.demand`.

    Apart from the file, as counting it again changes nothing that rosters keep.
    """

    __tablename__ = "leaning"

    volunteer_id: UUID = Field(foreign_key="volunteer.id", primary_key=True, ondelete="CASCADE")
    missions_a_week: float


class BondRow(SQLModel, table=True):
    """A tie between a senior and a volunteer."""

    __tablename__ = "bond"
    __table_args__ = (one_of("kind", BondKind),)

    senior_id: UUID = Field(foreign_key="senior.id", primary_key=True, ondelete="CASCADE")
    volunteer_id: UUID = Field(
        foreign_key="volunteer.id", primary_key=True, index=True, ondelete="CASCADE"
    )
    kind: str = Field(primary_key=True)
    since: datetime = Field(sa_type=INSTANT)


class ConsentRow(SQLModel, table=True):
    """Who agreed to what, when, and to which wording."""

    __tablename__ = "consent"
    __table_args__ = (one_of("person_kind", PersonKind),)

    id: UUID = Field(primary_key=True)
    person_kind: str
    person_id: UUID = Field(index=True)
    subject: str
    wording_version: str
    given_at: datetime = Field(sa_type=INSTANT)
    withdrawn_at: datetime | None = Field(default=None, sa_type=INSTANT)
    recorded_by: UUID | None = Field(default=None, foreign_key="staff.id")
