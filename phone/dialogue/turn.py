"""What goes into a turn of the dialogue and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from matcher.domain.addresses import Address, AddressMatch
from matcher.domain.people import Need, Purpose
from phone.dialogue.lines import Line
from phone.dialogue.state import CallState, Wish, address_to_json


@dataclass(frozen=True, slots=True)
class Heard:
    """What the caller did at a turn: words, keys, or nothing at all when both are empty."""

    speech: str = ""
    digits: str = ""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the dialogue needs from outside, all of it answered from memory.

    Attributes:
        now: the aware instant of this turn.
        zone: the territory's time zone, in which people say times.
        find_address: words to a place.
        call_back_at: the instant before which the service will have rung the caller back about
            an outing that starts then, or whose start is not known.
        lead: how long before its start an outing must be asked for.
        horizon_days: how far ahead an outing may be asked for.
        outing_h: how long an outing lasts when nothing is said about it, hours.
    """

    now: datetime
    zone: ZoneInfo
    find_address: Callable[[str], AddressMatch]
    call_back_at: Callable[[datetime | None], datetime]
    lead: timedelta = timedelta(hours=1)
    horizon_days: int = 90
    outing_h: float = 2.0


@dataclass(frozen=True, slots=True)
class Draft:
    """What was understood of a request. `starts_at` is in UTC; a new caller has no `senior_id`.

    `from_home` is the senior's own address, which the dialogue never sees; else `address` holds
    the meeting point once it is known.
    """

    senior_id: str | None
    purpose: Purpose | None
    starts_at: datetime | None
    duration_h: float
    from_home: bool
    address: Address | None
    words_heard: tuple[str, ...]
    needs: tuple[Need, ...]
    callback_number: str | None

    def to_json(self) -> dict[str, Any]:
        """The draft as JSON, for a coordinator's task."""
        return {
            "senior_id": self.senior_id,
            "purpose": self.purpose,
            "starts_at": self.starts_at and self.starts_at.isoformat(),
            "duration_h": self.duration_h,
            "from_home": self.from_home,
            "address": self.address and address_to_json(self.address),
            "words_heard": list(self.words_heard),
            "needs": list(self.needs),
            "callback_number": self.callback_number,
        }


class Reason(StrEnum):
    """Why a call goes to a person, or leaves them something to do."""

    ASKED = "asked"
    NOT_UNDERSTOOD = "not_understood"
    SILENCE = "silence"
    TOO_LONG = "too_long"
    HUNG_UP = "hung_up"
    DISTRESS = "distress"


@dataclass(frozen=True, slots=True)
class BookRequest:
    """Record the request: the caller confirmed it. A new caller's is still to be verified."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class LeaveTask:
    """Leave a coordinator what the caller wished, as far as it was understood."""

    kind: Wish
    reason: Reason
    draft: Draft


@dataclass(frozen=True, slots=True)
class AlertPerson:
    """Alert a person at once: the caller said something that sounds like distress."""

    draft: Draft
    reason: Reason = Reason.DISTRESS


Effect: TypeAlias = BookRequest | LeaveTask | AlertPerson


@dataclass(frozen=True, slots=True)
class Expect:
    """What the line listens for: so many keys at most, and words it is likely to hear."""

    num_digits: int
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HangUp:
    """Everything is said."""


@dataclass(frozen=True, slots=True)
class ToPerson:
    """Ring the coordinators.

    Attributes:
        reason: why.
        transfer: spoken before they are rung.
        promise: spoken when there is nobody to ring.
    """

    reason: Reason
    transfer: tuple[Line, ...]
    promise: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """The line's answer: exactly one of `expects` and `ending` is there.

    The effects are to be committed before a word of `say` is spoken.
    """

    state: CallState
    say: tuple[Line, ...]
    expects: Expect | None = None
    effects: tuple[Effect, ...] = ()
    ending: HangUp | ToPerson | None = None
