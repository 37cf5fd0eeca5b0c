"""Requests, missions, offers, the journal of events and what coordinators have to do."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    column,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlmodel import Field, SQLModel

from matcher.domain.lifecycle import HELD_MISSIONS, MissionStatus, OfferStatus
from matcher.domain.people import Need, Purpose
from matcher.store.encrypted import EncryptedJson, EncryptedText
from matcher.store.tables.base import CODES, INSTANT, one_of, some_of


class AskedBy(StrEnum):
    """Who asked."""

    SENIOR = "senior"
    CALLER = "caller"
    COORDINATOR = "coordinator"


class ActorKind(StrEnum):
    """Who did it."""

    CALLER = "caller"
    VOLUNTEER = "volunteer"
    STAFF = "staff"
    SYSTEM = "system"


class TaskKind(StrEnum):
    """Why a coordinator is needed."""

    CALL_BACK = "call_back"
    VERIFY_REQUEST = "verify_request"
    UNFILLED = "unfilled"
    ATTENTION = "attention"
    DISTRESS = "distress"
    MESSAGE_FAILED = "message_failed"
    PROMISE_DUE = "promise_due"
    REPORT = "report"


_WITHOUT_PLACE = ", ".join(
    f"'{one.value}'"
    for one in (MissionStatus.CANCELLED, MissionStatus.TO_VERIFY, MissionStatus.UNFILLED)
)
_HELD = ", ".join(f"'{status.value}'" for status in sorted(HELD_MISSIONS))


class RequestRow(SQLModel, table=True):
    """What was asked, in the words it was asked, and the call-back time that was promised.

    `recurrence` is an RFC 5545 rule counted from `repeats_from`, the first outing's start, when it
    is to come back; until `ended_at`, when somebody stopped the series.
    """

    __tablename__ = "request"
    __table_args__ = (
        one_of("purpose", Purpose),
        one_of("asked_by", AskedBy),
        CheckConstraint("(recurrence IS NULL) = (repeats_from IS NULL)", name="series"),
    )

    id: UUID = Field(primary_key=True)
    created_at: datetime = Field(sa_type=INSTANT)
    senior_id: UUID = Field(foreign_key="senior.id", index=True)
    asked_by: str
    call_id: UUID | None = Field(default=None, foreign_key="call.id", unique=True)
    purpose: str
    words: list[str] = Field(default_factory=list, sa_type=EncryptedJson)
    promised_call_at: datetime | None = Field(default=None, sa_type=INSTANT)
    recurrence: str | None = None
    repeats_from: datetime | None = Field(default=None, sa_type=INSTANT)
    ended_at: datetime | None = Field(default=None, sa_type=INSTANT)


class MissionRow(SQLModel, table=True):
    """One dated outing. `meeting` is an address as JSON with its point, WGS 84.

    Without one nobody can be asked yet: a coordinator puts it on the map, then verifies it.
    `access_notes` are how to get in, as said for this outing; the senior's file has those of home.
    While a volunteer holds it, `busy_from`..`busy_until` is the outing with the walks around it,
    and no two such ranges of one volunteer may overlap. `next_step_at` is when the service looks at
    it again: a job exists for that instant and no other. `steps_done` are the steps of the timeline
    behind it. `opened_at` is when it was last booked, verified, moved, given back or tried again,
    which its deadline goes by. An outing that was moved has an `asked_from`, before which nobody
    was asked for it as it is now, and a `confirm_by` until its volunteer said that they still come.
    `started_at` is when they were at the door. One that took place is closed once its report came
    or was given up. `occurs_on` is the day of its series it was made for, whatever became of its
    hour; there is none for the outing that was asked for.
    """

    __tablename__ = "mission"
    __table_args__ = (
        one_of("status", MissionStatus),
        one_of("purpose", Purpose),
        some_of("needs", Need),
        CheckConstraint("ends_at > starts_at", name="hours"),
        CheckConstraint(
            f"(status IN ({_HELD})) <= (volunteer_id IS NOT NULL AND busy_from IS NOT NULL"
            " AND busy_until IS NOT NULL AND busy_from < busy_until)",
            name="held_by_someone",
        ),
        CheckConstraint("status <> 'open' OR volunteer_id IS NULL", name="open_is_free"),
        CheckConstraint(
            f"meeting IS NOT NULL OR status IN ({_WITHOUT_PLACE})", name="asked_with_a_place"
        ),
        ExcludeConstraint(
            (column("volunteer_id"), "="),
            (func.tstzrange(column("busy_from"), column("busy_until")), "&&"),
            where=f"status IN ({_HELD})",
            using="gist",
            name="ex_mission_no_overlap",
        ),
        Index("ix_mission_status_starts_at", "status", "starts_at"),
        Index(
            "ix_mission_not_closed",
            "completed_at",
            postgresql_where="status = 'completed' AND closed_at IS NULL",
        ),
        UniqueConstraint("request_id", "occurs_on"),
    )

    id: UUID = Field(primary_key=True)
    created_at: datetime = Field(sa_type=INSTANT)
    request_id: UUID = Field(foreign_key="request.id", index=True)
    senior_id: UUID = Field(foreign_key="senior.id", index=True)
    status: str
    purpose: str
    needs: list[str] = Field(default_factory=list, sa_type=CODES)
    starts_at: datetime = Field(sa_type=INSTANT)
    ends_at: datetime = Field(sa_type=INSTANT)
    deadline_at: datetime = Field(sa_type=INSTANT)
    opened_at: datetime = Field(sa_type=INSTANT)
    meeting: dict[str, Any] | None = Field(default=None, sa_type=EncryptedJson)
    access_notes: str | None = Field(default=None, sa_type=EncryptedText)
    zone_code: str | None = Field(default=None, foreign_key="zone.code")
    volunteer_id: UUID | None = Field(default=None, foreign_key="volunteer.id", index=True)
    accepted_at: datetime | None = Field(default=None, sa_type=INSTANT)
    agreement: int = 0
    busy_from: datetime | None = Field(default=None, sa_type=INSTANT)
    busy_until: datetime | None = Field(default=None, sa_type=INSTANT)
    walk_s: int | None = None
    code_word: str | None = Field(default=None, sa_type=EncryptedText)
    needs_attention: str | None = None
    next_step_at: datetime | None = Field(default=None, sa_type=INSTANT)
    steps_done: list[str] = Field(default_factory=list, sa_type=CODES)
    asked_from: datetime | None = Field(default=None, sa_type=INSTANT)
    confirm_by: datetime | None = Field(default=None, sa_type=INSTANT)
    started_at: datetime | None = Field(default=None, sa_type=INSTANT)
    completed_at: datetime | None = Field(default=None, sa_type=INSTANT)
    closed_at: datetime | None = Field(default=None, sa_type=INSTANT)
    occurs_on: date | None = None


class OfferRow(SQLModel, table=True):
    """A mission proposed to one volunteer; the policy learns from `chance` and `context`."""

    __tablename__ = "offer"
    __table_args__ = (
        one_of("status", OfferStatus),
        Index(
            "uq_offer_one_accepted",
            "mission_id",
            unique=True,
            postgresql_where="status = 'accepted'",
        ),
        Index(
            "uq_offer_one_live",
            "mission_id",
            "volunteer_id",
            unique=True,
            postgresql_where="status IN ('sent', 'accepted')",
        ),
        Index("ix_offer_volunteer_id_sent_at", "volunteer_id", "sent_at"),
    )

    id: UUID = Field(primary_key=True)
    mission_id: UUID = Field(foreign_key="mission.id", index=True)
    volunteer_id: UUID = Field(foreign_key="volunteer.id")
    wave: int
    status: str
    sent_at: datetime = Field(sa_type=INSTANT)
    expires_at: datetime = Field(sa_type=INSTANT)
    answered_at: datetime | None = Field(default=None, sa_type=INSTANT)
    walk_s: int
    context: float
    chance: float
    said_yes: bool = False
    reasons: list[str] = Field(default_factory=list, sa_type=CODES)


class EventRow(SQLModel, table=True):
    """The journal, append-only: who did what to which thing, when and why. No personal data."""

    __tablename__ = "event"
    __table_args__ = (
        one_of("actor_kind", ActorKind),
        Index("ix_event_entity", "entity", "entity_id"),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    at: datetime = Field(sa_type=INSTANT)
    actor_kind: str
    actor_id: UUID | None = None
    entity: str
    entity_id: UUID
    kind: str
    before: str | None = None
    after: str | None = None
    reason: str | None = None
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)


class CoordinatorTaskRow(SQLModel, table=True):
    """Something a person must do, by a time. `details` holds what was understood."""

    __tablename__ = "coordinator_task"
    __table_args__ = (
        one_of("kind", TaskKind),
        Index("ix_coordinator_task_due", "due_at", postgresql_where="done_at IS NULL"),
    )

    id: UUID = Field(primary_key=True)
    created_at: datetime = Field(sa_type=INSTANT)
    due_at: datetime = Field(sa_type=INSTANT)
    kind: str
    reason: str = Field(sa_type=Text)
    mission_id: UUID | None = Field(default=None, foreign_key="mission.id", index=True)
    senior_id: UUID | None = Field(default=None, foreign_key="senior.id")
    call_id: UUID | None = Field(default=None, foreign_key="call.id")
    details: dict[str, Any] = Field(default_factory=dict, sa_type=EncryptedJson)
    done_at: datetime | None = Field(default=None, sa_type=INSTANT)
    done_by: UUID | None = Field(default=None, foreign_key="staff.id")
