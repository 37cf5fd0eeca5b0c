"""Staff, sign-in sessions, one-time codes and answers kept for repeated calls."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from matcher.store.encrypted import EncryptedText
from matcher.store.tables.base import INSTANT, one_of
from matcher.store.tables.people import PersonKind


class StaffRole(StrEnum):
    """What a member of staff may do."""

    COORDINATOR = "coordinator"
    SUPERVISOR = "supervisor"


class StaffRow(SQLModel, table=True):
    """A coordinator: argon2 password hash and TOTP secret."""

    __tablename__ = "staff"
    __table_args__ = (one_of("role", StaffRole),)

    id: UUID = Field(primary_key=True)
    created_at: datetime = Field(sa_type=INSTANT)
    email: str = Field(unique=True)
    name: str
    role: str
    password_hash: str
    totp_secret: str = Field(sa_type=EncryptedText)
    totp_last_step: int | None = None
    active: bool = True


class SessionRow(SQLModel, table=True):
    """A signed-in person; the token itself is never stored, only its keyed hash."""

    __tablename__ = "session"
    __table_args__ = (one_of("person_kind", PersonKind),)

    token_index: str = Field(primary_key=True)
    person_kind: str
    person_id: UUID = Field(index=True)
    created_at: datetime = Field(sa_type=INSTANT)
    expires_at: datetime = Field(sa_type=INSTANT)


class OneTimeCodeRow(SQLModel, table=True):
    """A sign-in code sent to a telephone: single use, few tries, short life."""

    __tablename__ = "one_time_code"
    __table_args__ = (Index("ix_one_time_code_phone", "phone_index", "created_at"),)

    id: UUID = Field(primary_key=True)
    phone_index: str
    code_index: str
    created_at: datetime = Field(sa_type=INSTANT)
    expires_at: datetime = Field(sa_type=INSTANT)
    tries: int = 0
    used_at: datetime | None = Field(default=None, sa_type=INSTANT)


class SignInAttemptRow(SQLModel, table=True):
    """One failed staff sign-in, counted to slow guessing down."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt", "subject_index", "at"),)

    id: UUID = Field(primary_key=True)
    subject_index: str
    at: datetime = Field(sa_type=INSTANT)


class IdempotencyRow(SQLModel, table=True):
    """The answer given to an unsafe call, kept so that its repetition gets the same."""

    __tablename__ = "idempotency"

    owner_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True)
    route: str
    at: datetime = Field(sa_type=INSTANT)
    body: str = Field(sa_type=EncryptedText)
