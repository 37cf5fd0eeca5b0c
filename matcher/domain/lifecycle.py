"""States of missions and offers, and the only function that changes one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar, overload

from matcher.domain.errors import TransitionRefused


class MissionStatus(StrEnum):
    """Where a mission stands. "Proposed" is an open mission with live offers, not a state."""

    TO_VERIFY = "to_verify"
    OPEN = "open"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    UNFILLED = "unfilled"
    NO_SHOW = "no_show"


class MissionEvent(StrEnum):
    """What may happen to a mission.

    REOPEN is the coordinator's: between the deadline and the outing somebody may still be found.
    """

    VERIFY = "verify"
    ACCEPT = "accept"
    WITHDRAW = "withdraw"
    START = "start"
    COMPLETE = "complete"
    CANCEL = "cancel"
    GIVE_UP = "give_up"
    REOPEN = "reopen"
    MARK_NO_SHOW = "mark_no_show"


class Absent(StrEnum):
    """Who did not come to an outing."""

    SENIOR = "senior"
    VOLUNTEER = "volunteer"


class OfferStatus(StrEnum):
    """Where an offer stands."""

    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class OfferEvent(StrEnum):
    """What may happen to an offer."""

    ACCEPT = "accept"
    DECLINE = "decline"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


M, ME = MissionStatus, MissionEvent

MISSION_TRANSITIONS: dict[tuple[MissionStatus, MissionEvent], MissionStatus] = {
    (M.TO_VERIFY, ME.VERIFY): M.OPEN,
    (M.OPEN, ME.ACCEPT): M.ACCEPTED,
    (M.ACCEPTED, ME.WITHDRAW): M.OPEN,
    (M.ACCEPTED, ME.START): M.IN_PROGRESS,
    (M.IN_PROGRESS, ME.COMPLETE): M.COMPLETED,
    (M.TO_VERIFY, ME.CANCEL): M.CANCELLED,
    (M.OPEN, ME.CANCEL): M.CANCELLED,
    (M.ACCEPTED, ME.CANCEL): M.CANCELLED,
    (M.IN_PROGRESS, ME.CANCEL): M.CANCELLED,
    (M.TO_VERIFY, ME.GIVE_UP): M.UNFILLED,
    (M.OPEN, ME.GIVE_UP): M.UNFILLED,
    (M.UNFILLED, ME.REOPEN): M.OPEN,
    (M.ACCEPTED, ME.MARK_NO_SHOW): M.NO_SHOW,
    (M.IN_PROGRESS, ME.MARK_NO_SHOW): M.NO_SHOW,
}

OFFER_TRANSITIONS: dict[tuple[OfferStatus, OfferEvent], OfferStatus] = {
    (OfferStatus.SENT, OfferEvent.ACCEPT): OfferStatus.ACCEPTED,
    (OfferStatus.SENT, OfferEvent.DECLINE): OfferStatus.DECLINED,
    (OfferStatus.SENT, OfferEvent.EXPIRE): OfferStatus.EXPIRED,
    (OfferStatus.SENT, OfferEvent.WITHDRAW): OfferStatus.WITHDRAWN,
    (OfferStatus.ACCEPTED, OfferEvent.WITHDRAW): OfferStatus.WITHDRAWN,
}

LIVE_MISSIONS = frozenset({M.TO_VERIFY, M.OPEN, M.ACCEPTED, M.IN_PROGRESS})
HELD_MISSIONS = frozenset({M.ACCEPTED, M.IN_PROGRESS})

S = TypeVar("S", MissionStatus, OfferStatus)


@dataclass(frozen=True, slots=True)
class Transition(Generic[S]):
    """One change of state, as it goes into the row and into the journal."""

    before: S
    after: S
    event: str
    at: datetime


@overload
def apply(
    status: MissionStatus, event: MissionEvent, now: datetime
) -> Transition[MissionStatus]: ...


@overload
def apply(status: OfferStatus, event: OfferEvent, now: datetime) -> Transition[OfferStatus]: ...


def apply(
    status: MissionStatus | OfferStatus, event: MissionEvent | OfferEvent, now: datetime
) -> Transition[MissionStatus] | Transition[OfferStatus]:
    """What `event` makes of `status`, at the aware instant `now`.

    Raises:
        TransitionRefused: the table has no such step.
        TypeError: a mission's status with an offer's event, the reverse, or plain text for either.
        ValueError: `now` is naive.
    """
    if now.tzinfo is None:
        raise ValueError("a transition needs an aware datetime")
    # Members of two StrEnums with the same text are equal: only their types tell them apart.
    if isinstance(status, MissionStatus) and isinstance(event, MissionEvent):
        return _step(MISSION_TRANSITIONS.get((status, event)), status, event, now)
    if isinstance(status, OfferStatus) and isinstance(event, OfferEvent):
        return _step(OFFER_TRANSITIONS.get((status, event)), status, event, now)
    raise TypeError(f"{event!r} does not happen to {status!r}")


def _step(after: S | None, before: S, event: StrEnum, now: datetime) -> Transition[S]:
    if after is None:
        raise TransitionRefused
    return Transition(before=before, after=after, event=event.value, at=now)
