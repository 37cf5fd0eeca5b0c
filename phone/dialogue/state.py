"""Where a call stands: everything the dialogue remembers between two turns, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import Any

from matcher.domain.addresses import Address
from matcher.domain.geo import Point
from matcher.domain.people import Need, Purpose
from phone.dialogue.understanding.grammar import Part

MAX_TURNS = 30
MAX_FAILURES = 2
"""Failures on one topic before a person takes over."""
MAX_SILENCES = 3
"""Silences in a row before a person takes over."""
MAX_REPEATS = 5
"""Times a call's questions are repeated on demand before a person takes over."""
MAX_WORDS_KEPT = 300
"""Characters kept of one answer: far more than anybody says, so that a state stays small."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who seems to be calling: never a name nor an address, so that neither can be spoken.

    Attributes:
        known: the number belongs to a senior's file.
        senior_id: that file.
        home_in_file: the file has the address of the senior's home.
        phone_usable: the number can be called back.
    """

    known: bool
    senior_id: str | None
    home_in_file: bool
    phone_usable: bool


class Wish(StrEnum):
    """What the caller wants of the line, as far as it is known."""

    UNKNOWN = "unknown"
    REQUEST = "request"
    FOLLOW_UP = "follow_up"
    CANCEL = "cancel"
    SERVICES = "services"


class Topic(StrEnum):
    """What failures are counted on, and what a caller may want to change."""

    MENU = "menu"
    PURPOSE = "purpose"
    WHEN = "when"
    PLACE = "place"
    CALLBACK = "callback"
    RECAP = "recap"


class Question(StrEnum):
    """What the caller was just asked."""

    MENU = "menu"
    PURPOSE = "purpose"
    WHEN = "when"
    DAY = "day"
    HOUR = "hour"
    PART = "part"
    HOME = "home"
    PLACE = "place"
    CONFIRM_PLACE = "confirm_place"
    ARRONDISSEMENT = "arrondissement"
    NUMBER = "number"
    CALLBACK = "callback"
    RECAP = "recap"
    CHANGE = "change"

    @property
    def topic(self) -> Topic:
        """The topic its failures count on."""
        return _TOPICS[self]


_TOPICS = {
    Question.MENU: Topic.MENU,
    Question.PURPOSE: Topic.PURPOSE,
    Question.WHEN: Topic.WHEN,
    Question.DAY: Topic.WHEN,
    Question.HOUR: Topic.WHEN,
    Question.PART: Topic.WHEN,
    Question.HOME: Topic.PLACE,
    Question.PLACE: Topic.PLACE,
    Question.CONFIRM_PLACE: Topic.PLACE,
    Question.ARRONDISSEMENT: Topic.PLACE,
    Question.NUMBER: Topic.PLACE,
    Question.CALLBACK: Topic.CALLBACK,
    Question.RECAP: Topic.RECAP,
    Question.CHANGE: Topic.RECAP,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the outing starts, as far as it is understood.

    Attributes:
        home: from the senior's own home; None until the question is answered.
        address: a known door.
        sure: the address needs no question of its own any more.
        street: a street whose number is missing or, with several postcodes, not told apart yet.
        postcodes: where that street may be; a single one when it is known.
        words: the caller's words for the street, to be searched again with what is added.
    """

    home: bool | None = None
    address: Address | None = None
    sure: bool = False
    street: str | None = None
    postcodes: tuple[str, ...] = ()
    words: str = ""

    @property
    def known(self) -> bool:
        """Whether nothing more has to be asked."""
        return self.home is True or (self.address is not None and self.sure)


@dataclass(frozen=True, slots=True)
class CallState:
    """One call between two turns.

    `unclear` holds words like "à six heures" until the part of the day is told. `failures` counts
    by topic, `silences` in a row, the other counters over the call.
    """

    caller: Caller
    asking: Question = Question.MENU
    wish: Wish = Wish.UNKNOWN
    purpose: Purpose | None = None
    day: date | None = None
    hour: time | None = None
    part: Part | None = None
    unclear: str = ""
    place: Place = Place()
    needs: tuple[Need, ...] = ()
    callback_number: str | None = None
    words_heard: tuple[str, ...] = ()
    turns: int = 0
    silences: int = 0
    repeats: int = 0
    failures: Mapping[str, int] = field(default_factory=dict)
    distress: bool = False
    ended: bool = False

    def to_json(self) -> dict[str, Any]:
        """The state as JSON values."""
        return {
            "caller": {
                "known": self.caller.known,
                "senior_id": self.caller.senior_id,
                "home_in_file": self.caller.home_in_file,
                "phone_usable": self.caller.phone_usable,
            },
            "asking": self.asking.value,
            "wish": self.wish.value,
            "purpose": self.purpose and self.purpose.value,
            "day": self.day and self.day.isoformat(),
            "hour": self.hour and self.hour.isoformat(),
            "part": self.part and self.part.value,
            "unclear": self.unclear,
            "place": {
                "home": self.place.home,
                "address": self.place.address and address_to_json(self.place.address),
                "sure": self.place.sure,
                "street": self.place.street,
                "postcodes": list(self.place.postcodes),
                "words": self.place.words,
            },
            "needs": [need.value for need in self.needs],
            "callback_number": self.callback_number,
            "words_heard": list(self.words_heard),
            "turns": self.turns,
            "silences": self.silences,
            "repeats": self.repeats,
            "failures": dict(self.failures),
            "distress": self.distress,
            "ended": self.ended,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CallState:
        """The state that `to_json` wrote."""
        place = data["place"]
        address = place["address"]
        return cls(
            caller=Caller(**data["caller"]),
            asking=Question(data["asking"]),
            wish=Wish(data["wish"]),
            purpose=Purpose(data["purpose"]) if data["purpose"] else None,
            day=date.fromisoformat(data["day"]) if data["day"] else None,
            hour=time.fromisoformat(data["hour"]) if data["hour"] else None,
            part=Part(data["part"]) if data["part"] else None,
            unclear=data["unclear"],
            place=Place(
                home=place["home"],
                address=address_from_json(address) if address else None,
                sure=place["sure"],
                street=place["street"],
                postcodes=tuple(place["postcodes"]),
                words=place["words"],
            ),
            needs=tuple(Need(need) for need in data["needs"]),
            callback_number=data["callback_number"],
            words_heard=tuple(data["words_heard"]),
            turns=data["turns"],
            silences=data["silences"],
            repeats=data["repeats"],
            failures=dict(data["failures"]),
            distress=data["distress"],
            ended=data["ended"],
        )


def address_to_json(address: Address) -> dict[str, Any]:
    """An address as JSON values, its point in WGS 84 degrees."""
    return {
        "number": address.number,
        "rep": address.rep,
        "street": address.street,
        "postcode": address.postcode,
        "lat": address.point.lat,
        "lon": address.point.lon,
    }


def address_from_json(data: Mapping[str, Any]) -> Address:
    """The address that `address_to_json` wrote."""
    return Address(
        number=data["number"],
        rep=data["rep"],
        street=data["street"],
        postcode=data["postcode"],
        point=Point(lat=data["lat"], lon=data["lon"]),
    )
