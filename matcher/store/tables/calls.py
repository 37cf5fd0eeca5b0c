"""Calls with their turns, and the messages that go out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, Integer, text
from sqlmodel import Field, SQLModel

from matcher.store.encrypted import EncryptedJson, EncryptedText
from matcher.store.tables.base import INSTANT, INSTANTS, one_of

PLACES: Any = ARRAY(Integer)


class CallOutcome(StrEnum):
    """How a call ended."""

    BOOKED = "booked"
    PERSON = "person"
    TASK = "task"
    NOTHING_ASKED = "nothing_asked"


class Channel(StrEnum):
    """How a message travels."""

    SMS = "sms"
    CALL = "call"
    PUSH = "push"


class CallRow(SQLModel, table=True):
    """One incoming call. `state` is the dialogue's session, resumed at the next turn.

    `left_behind` is what a coordinator is told should the caller hang up now. When the team is
    rung, `picked_up` are the places in the list of numbers where somebody, or a machine, answered,
    and `taken_by` the one that pressed the key.
    """

    __tablename__ = "call"
    __table_args__ = (
        one_of("outcome", CallOutcome),
        Index("ix_call_caller", "caller_index", "started_at"),
        Index("ix_call_under_way", "started_at", postgresql_where=text("outcome IS NULL")),
    )

    id: UUID = Field(primary_key=True)
    sid: str = Field(unique=True)
    started_at: datetime = Field(sa_type=INSTANT)
    ended_at: datetime | None = Field(default=None, sa_type=INSTANT)
    caller: str = Field(default="", sa_type=EncryptedText)
    caller_index: str | None = None
    senior_id: UUID | None = Field(default=None, foreign_key="senior.id")
    step: int = 0
    state: dict[str, Any] = Field(sa_type=EncryptedJson)
    left_behind: dict[str, Any] | None = Field(default=None, sa_type=EncryptedJson)
    outcome: str | None = None
    picked_up: list[int] = Field(default_factory=list, sa_type=PLACES)
    taken_by: int | None = None
    taken_at: datetime | None = Field(default=None, sa_type=INSTANT)


class CallTurnRow(SQLModel, table=True):
    """One turn of a call: what was heard and the TwiML answered, so that a repeat gets the same."""

    __tablename__ = "call_turn"

    call_id: UUID = Field(foreign_key="call.id", primary_key=True, ondelete="CASCADE")
    step: int = Field(primary_key=True)
    at: datetime = Field(sa_type=INSTANT)
    heard: dict[str, Any] = Field(sa_type=EncryptedJson)
    response: str = Field(sa_type=EncryptedText)


class MessageRow(SQLModel, table=True):
    """A message to one person for one purpose; `once` makes sure it goes out once.

    It waits until it has a `sent_at`, or a `failed_at` when the provider never took it.
    `sent_times` are all the times it left: a call may be made again. `trying_at` stands while a
    try is under way whose end is not known. A call that asks for a key has a `repeat_until`, and a
    `heard_at` with the `answer` once one was pressed. `senior_id` is whom it is about, where no
    mission says so, and `campaign_call_id` the place in a campaign's list that it rings for. One
    that says who comes carries the `agreement` it tells of, which its mission counts.
    """

    __tablename__ = "message"
    __table_args__ = (
        one_of("channel", Channel),
        Index("ix_message_sent_at", "sent_at"),
        Index(
            "ix_message_channel_queued_at",
            "channel",
            "queued_at",
            postgresql_include=["recipient_index"],
        ),
    )

    id: UUID = Field(primary_key=True)
    once: str = Field(unique=True)
    channel: str
    recipient: str = Field(sa_type=EncryptedText)
    recipient_index: str = Field(index=True)
    text: str = Field(sa_type=EncryptedText)
    purpose: str
    mission_id: UUID | None = Field(default=None, foreign_key="mission.id", index=True)
    agreement: int | None = None
    queued_at: datetime = Field(sa_type=INSTANT)
    sent_at: datetime | None = Field(default=None, sa_type=INSTANT)
    failed_at: datetime | None = Field(default=None, sa_type=INSTANT)
    provider_id: str | None = None
    attempts: int = 0
    sent_times: list[datetime] = Field(default_factory=list, sa_type=INSTANTS)
    trying_at: datetime | None = Field(default=None, sa_type=INSTANT)
    repeat_until: datetime | None = Field(default=None, sa_type=INSTANT)
    offer_id: UUID | None = Field(default=None, foreign_key="offer.id")
    heard_at: datetime | None = Field(default=None, sa_type=INSTANT)
    answer: str | None = None
    senior_id: UUID | None = Field(default=None, foreign_key="senior.id", index=True)
    campaign_call_id: UUID | None = Field(default=None, foreign_key="campaign_call.id", index=True)


class OptOutRow(SQLModel, table=True):
    """A number, by its keyed hash, that wants no SMS any more; calls remain."""

    __tablename__ = "sms_opt_out"

    number_index: str = Field(primary_key=True)
    since: datetime = Field(sa_type=INSTANT)
