"""What goes into a turn of the dialogue and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from matcher.domain.addresses import Address, AddressMatch
from matcher.domain.geo import Point
from matcher.domain.people import Need, Purpose
from phone.dialogue.lines import Line
from phone.dialogue.state import CallState, Language, NearbyPlace, Wish


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
        person_at: the instant before which a person of the team will have rung back.
        staffed: the team is there now and can be rung.
        find_nearby: services and activities around a point or, by its number, in an
            arrondissement, the nearest first; with these needs to be told of.
        lead: how long before its start an outing must be asked for.
        horizon_days: how far ahead an outing may be asked for.
        outing_h: how long an outing lasts when nothing is said about it, hours.
        longest_h: how long it may last, hours.
    """

    now: datetime
    zone: ZoneInfo
    find_address: Callable[[str], AddressMatch]
    call_back_at: Callable[[datetime | None], datetime]
    person_at: datetime
    staffed: bool
    find_nearby: Callable[[Point | int, tuple[Need, ...]], tuple[NearbyPlace, ...]]
    lead: timedelta = timedelta(hours=1)
    horizon_days: int = 90
    outing_h: float = 2.0
    longest_h: float = 4.0


@dataclass(frozen=True, slots=True)
class Draft:
    """What was understood of a request. `starts_at` is in UTC; a new caller has no `senior_id`.

    `from_home` is the senior's own address, which the dialogue never sees; else `address` holds
    the meeting point once it is known. `every_weeks` is there when the outing comes
    back, with its `weekdays` when they are told.
    `place_later` tells that nobody understood where it starts; `access` how to get in there.
    `outing_id` is what an errand was about, `words_heard` everything that was said.
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
    every_weeks: int | None = None
    weekdays: tuple[int, ...] = ()
    first_name: str = ""
    for_other: bool = False
    place_later: bool = False
    access: str = ""
    language: Language = Language.FRENCH
    outing_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The draft as JSON, for a coordinator's task."""
        return {
            "senior_id": self.senior_id,
            "purpose": self.purpose,
            "starts_at": self.starts_at and self.starts_at.isoformat(),
            "duration_h": self.duration_h,
            "from_home": self.from_home,
            "address": self.address and self.address.to_json(),
            "words_heard": list(self.words_heard),
            "needs": list(self.needs),
            "callback_number": self.callback_number,
            "every_weeks": self.every_weeks,
            "weekdays": list(self.weekdays),
            "first_name": self.first_name,
            "for_other": self.for_other,
            "place_later": self.place_later,
            "access": self.access,
            "language": "" if self.language is Language.FRENCH else self.language,
            "outing_id": self.outing_id,
        }


class Reason(StrEnum):
    """Why a call goes to a person, or leaves them something to do."""

    ASKED = "asked"
    NOT_UNDERSTOOD = "not_understood"
    SILENCE = "silence"
    TOO_LONG = "too_long"
    HUNG_UP = "hung_up"
    DISTRESS = "distress"
    MONTHLY = "monthly"
    """The first outing is booked on the line; those of the other months are not."""
    SETTLED = "settled"
    """All was said on the line; the call back was promised."""


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


@dataclass(frozen=True, slots=True)
class CancelOuting:
    """Call off one of the senior's own outings: the caller confirmed it."""

    outing_id: str


@dataclass(frozen=True, slots=True)
class MoveOuting:
    """Put one of the senior's own outings to another instant, in UTC."""

    outing_id: str
    starts_at: datetime
    draft: Draft


@dataclass(frozen=True, slots=True)
class PassMessage:
    """Tell whoever comes to the outing what the caller said."""

    outing_id: str
    text: str


@dataclass(frozen=True, slots=True)
class WithdrawFrom:
    """The volunteer cannot come to an outing they promised."""

    outing_id: str
    volunteer_id: str


@dataclass(frozen=True, slots=True)
class WillBeLate:
    """The volunteer will be late, by so many minutes when they said it."""

    outing_id: str
    minutes: int | None


@dataclass(frozen=True, slots=True)
class SendPlaces:
    """Send these places by SMS to the number that calls."""

    place_ids: tuple[str, ...]


Errand: TypeAlias = CancelOuting | MoveOuting | PassMessage | WithdrawFrom | WillBeLate | SendPlaces
Effect: TypeAlias = BookRequest | LeaveTask | AlertPerson | Errand


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
    """A person takes over.

    Attributes:
        reason: why.
        ring: ring the team now; else, or when there is nobody to ring, the promise is spoken.
        transfer: spoken before they are rung.
        promise: by when somebody rings back.
        voicemail: invites to leave a message after a tone; without it there is no tone.
        goodbye: the last words.
        partner_of: an outing whose other one is rung first, before anybody of the team.
    """

    reason: Reason
    ring: bool
    transfer: tuple[Line, ...]
    promise: tuple[Line, ...]
    voicemail: tuple[Line, ...] = ()
    goodbye: tuple[Line, ...] = ()
    partner_of: str | None = None


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
