"""Where a call stands: everything the dialogue remembers between two turns, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import Any

from matcher.domain.addresses import Address
from matcher.domain.people import Need, Purpose
from phone.dialogue.caller import Caller
from phone.dialogue.understanding.grammar import Part

MAX_TURNS = 40
MAX_FAILURES = 2
"""Failures on one topic before a person takes over."""
MAX_SILENCES = 3
"""Silences in a row before a person takes over."""
MAX_REPEATS = 5
"""Times a call's questions are repeated on demand before a person takes over."""
MAX_WORDS_KEPT = 300
"""Characters kept of one answer: far more than anybody says, so that a state stays small."""


class Wish(StrEnum):
    """What the caller wants of the line, as far as it is known."""

    UNKNOWN = "unknown"
    REQUEST = "request"
    FOLLOW_UP = "follow_up"
    CANCEL = "cancel"
    MOVE = "move"
    MESSAGE = "message"
    SERVICES = "services"
    HELP = "help"
    WITHDRAW = "withdraw"
    LATE = "late"
    REACH = "reach"


class Language(StrEnum):
    """What the line speaks, by ISO 639-1 code."""

    FRENCH = "fr"
    ENGLISH = "en"


class Topic(StrEnum):
    """What failures are counted on, and what a caller may want to change."""

    MENU = "menu"
    PURPOSE = "purpose"
    WHEN = "when"
    PLACE = "place"
    CALLBACK = "callback"
    RECAP = "recap"
    WHO = "who"
    OUTING = "outing"
    MESSAGE = "message"
    NEARBY = "nearby"
    VOLUNTEER = "volunteer"
    SAFETY = "safety"


class Question(StrEnum):
    """What the caller was just asked."""

    MENU = "menu"
    PARTNER = "partner"
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
    USUAL = "usual"
    FOR_WHOM = "for_whom"
    NAME = "name"
    CONFIRM_NUMBER = "confirm_number"
    OUTING = "outing"
    WHICH_OUTING = "which_outing"
    CONFIRM_CANCEL = "confirm_cancel"
    CONFIRM_MOVE = "confirm_move"
    MESSAGE = "message"
    CONFIRM_MESSAGE = "confirm_message"
    NEARBY = "nearby"
    SHELF = "shelf"
    VOLUNTEER = "volunteer"
    CONFIRM_WITHDRAW = "confirm_withdraw"
    DELAY = "delay"
    SAFE = "safe"

    @property
    def topic(self) -> Topic:
        """The topic its failures count on."""
        return _TOPICS[self]


_TOPICS = {
    Question.MENU: Topic.MENU,
    Question.PARTNER: Topic.MENU,
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
    Question.USUAL: Topic.RECAP,
    Question.FOR_WHOM: Topic.WHO,
    Question.NAME: Topic.WHO,
    Question.CONFIRM_NUMBER: Topic.CALLBACK,
    Question.OUTING: Topic.OUTING,
    Question.WHICH_OUTING: Topic.OUTING,
    Question.CONFIRM_CANCEL: Topic.OUTING,
    Question.CONFIRM_MOVE: Topic.OUTING,
    Question.MESSAGE: Topic.MESSAGE,
    Question.CONFIRM_MESSAGE: Topic.MESSAGE,
    Question.NEARBY: Topic.NEARBY,
    Question.SHELF: Topic.NEARBY,
    Question.VOLUNTEER: Topic.VOLUNTEER,
    Question.CONFIRM_WITHDRAW: Topic.VOLUNTEER,
    Question.DELAY: Topic.VOLUNTEER,
    Question.SAFE: Topic.SAFETY,
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
        later: nobody understood it: a person notes it with the caller.
    """

    home: bool | None = None
    address: Address | None = None
    sure: bool = False
    street: str | None = None
    postcodes: tuple[str, ...] = ()
    words: str = ""
    later: bool = False

    @property
    def known(self) -> bool:
        """Whether nothing more has to be asked."""
        return self.home is True or self.later or (self.address is not None and self.sure)


@dataclass(frozen=True, slots=True)
class NearbyPlace:
    """A service or an activity, with the sentences that tell of it."""

    id: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallState:
    """One call between two turns.

    Attributes:
        unclear: words like "à six heures" until the part of the day is told.
        duration_h: how long the outing lasts when the caller said so, hours.
        every_weeks: an outing that comes back, every so many weeks.
        weekdays: on which days it does, 0 is Monday; none where it is that of the first.
        monthly: it is to come back by the month: a person sees to all but the first.
        usual: whether it is as last time; None until that is answered.
        access: how to get in where it starts, as understood.
        for_other: whether the caller asks for somebody else; None while nobody said.
        first_name: of the person who goes out, as heard in this call.
        number_asked: whether the number shown was put to the caller.
        outing: which of the caller's outings an errand is about.
        message: for the volunteer who comes.
        shelf: the places found, in the order they are read.
        shelf_read: how many of them were read.
        shelf_sent: they went out by SMS.
        slow: the caller asked to be spoken to slowly.
        worry: words that perhaps were those of somebody in danger, while it is asked.
        worried_at: the question they answered.
        safe: nobody needs help, the caller said.
        failures: by topic; `silences` in a row; the other counters over the call.
    """

    caller: Caller
    asking: Question = Question.MENU
    wish: Wish = Wish.UNKNOWN
    purpose: Purpose | None = None
    day: date | None = None
    hour: time | None = None
    part: Part | None = None
    unclear: str = ""
    duration_h: float | None = None
    every_weeks: int | None = None
    weekdays: tuple[int, ...] = ()
    monthly: bool = False
    place: Place = Place()
    access: str = ""
    needs: tuple[Need, ...] = ()
    usual: bool | None = None
    for_other: bool | None = None
    first_name: str = ""
    number_asked: bool = False
    callback_number: str | None = None
    outing: str | None = None
    message: str = ""
    shelf: tuple[NearbyPlace, ...] = ()
    shelf_read: int = 0
    shelf_sent: bool = False
    language: Language = Language.FRENCH
    slow: bool = False
    words_heard: tuple[str, ...] = ()
    turns: int = 0
    silences: int = 0
    repeats: int = 0
    failures: Mapping[str, int] = field(default_factory=dict)
    worry: str = ""
    worried_at: str = ""
    safe: bool = False
    distress: bool = False
    ended: bool = False

    @property
    def from_file(self) -> bool:
        """Whether the request is the known caller's own, so that their file may serve."""
        return self.caller.known and self.for_other is not True

    @property
    def home_in_file(self) -> bool:
        """Whether "from home" can be taken without asking for an address."""
        return self.from_file and self.caller.home_in_file

    def to_json(self) -> dict[str, Any]:
        """The state as JSON values."""
        plain = {name: getattr(self, name) for name in _PLAIN}
        return {
            **plain,
            "caller": self.caller.to_json(),
            "asking": self.asking.value,
            "wish": self.wish.value,
            "purpose": self.purpose and self.purpose.value,
            "day": self.day and self.day.isoformat(),
            "hour": self.hour and self.hour.isoformat(),
            "part": self.part and self.part.value,
            "place": {
                "home": self.place.home,
                "address": self.place.address and self.place.address.to_json(),
                "sure": self.place.sure,
                "street": self.place.street,
                "postcodes": list(self.place.postcodes),
                "words": self.place.words,
                "later": self.place.later,
            },
            "needs": [need.value for need in self.needs],
            "shelf": [[place.id, list(place.sentences)] for place in self.shelf],
            "weekdays": list(self.weekdays),
            "language": self.language.value,
            "words_heard": list(self.words_heard),
            "failures": dict(self.failures),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CallState:
        """The state that `to_json` wrote."""
        place = data["place"]
        address = place["address"]
        return cls(
            **{name: data[name] for name in _PLAIN},
            caller=Caller.from_json(data["caller"]),
            asking=Question(data["asking"]),
            wish=Wish(data["wish"]),
            purpose=Purpose(data["purpose"]) if data["purpose"] else None,
            day=date.fromisoformat(data["day"]) if data["day"] else None,
            hour=time.fromisoformat(data["hour"]) if data["hour"] else None,
            part=Part(data["part"]) if data["part"] else None,
            place=Place(
                home=place["home"],
                address=Address.from_json(address) if address else None,
                sure=place["sure"],
                street=place["street"],
                postcodes=tuple(place["postcodes"]),
                words=place["words"],
                later=place["later"],
            ),
            needs=tuple(Need(need) for need in data["needs"]),
            shelf=tuple(NearbyPlace(one[0], tuple(one[1])) for one in data["shelf"]),
            weekdays=tuple(data["weekdays"]),
            language=Language(data["language"]),
            words_heard=tuple(data["words_heard"]),
            failures=dict(data["failures"]),
        )


_PLAIN = (
    "unclear", "access", "duration_h", "every_weeks", "monthly", "usual", "for_other", "first_name",
    "number_asked", "callback_number", "outing", "message", "shelf_read", "shelf_sent", "slow",
    "turns", "silences", "repeats", "worry", "worried_at", "safe",
    "distress", "ended",
)  # fmt: skip
"""The attributes of a state that are JSON values as they are."""
