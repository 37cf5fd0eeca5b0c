"""Every sentence the dialogue may speak, by key, with the values it fills in.

`phone.prompts` checks its data files against this table at start-up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from matcher.domain.people import Need, Purpose

_PLAIN = """
    emergency
    greeting.known greeting.new greeting.volunteer
    menu.ask menu.request menu.follow menu.services menu.person menu.words menu.again
    purpose.ask purpose.medical purpose.shopping purpose.walk purpose.words purpose.again
    purpose.other when.other place.other
    when.ask when.again when.day when.day_again when.hour when.hour_again
    when.morning when.noon when.afternoon when.evening
    when.past when.no_such_day when.no_such_hour when.hour_twice when.too_soon
    when.day_unclear
    part.ask part.morning part.afternoon part.evening part.again
    home.ask home.choices home.words home.again
    place.ask place.words place.again place.not_in_file place.unknown place.later place.outside
    place.only_here
    place.confirm_ask place.which place.which_again
    place.number place.number_again place.number_unknown
    callback.ask callback.words callback.again
    recap.intro recap.home recap.place_later recap.ask recap.again recap.corrected
    change.ask change.purpose change.when change.place change.phone change.again
    usual.ask recap.usual recap.weekly recap.fortnightly recap.monthly recap.others
    move.intro
    who.ask name.ask name.other name.again number.ask
    follow.none follow.found follow.looking follow.first follow.second follow.third
    follow.one_found follow.one_looking
    outing.ask outing.move outing.cancel outing.message outing.partner outing.again
    partner.ask partner.calling partner.no_answer partner.senior_calls partner.volunteer_calls
    partner.press
    which.ask which.next which.second which.third which.again which.unknown
    cancel.ask cancel.done cancel.told cancel.kept
    message.ask message.again message.confirm message.sent message.nobody
    nearby.ask nearby.words nearby.again nearby.intro nearby.none nearby.no_more nearby.sent
    nearby.no_sms shelf.ask shelf.more shelf.sms shelf.enough
    volunteer.ask volunteer.withdraw volunteer.delay volunteer.reach volunteer.again
    volunteer.none volunteer.confirm volunteer.withdrawn volunteer.kept volunteer.late
    delay.ask delay.again
    choice.yes_no language.switched repeat.slower
    done.recorded done.goodbye done.nothing
    person.transfer person.busy person.no_number
    person.not_understood person.silence person.too_long person.will_answer person.closed
    voicemail.invite voicemail.number voicemail.thanks
    whisper.call whisper.urgent whisper.press whisper.connected whisper.taken
    distress.alerted distress.not_alone
    safe.ask safe.good
    silence.first silence.second
    sorry.first sorry.second sorry.third
    outage.sorry outage.later
"""

_FILLED = {
    "when.earliest": {"instant"},
    "when.too_far": {"days"},
    "place.confirm": {"address"},
    "place.several": {"street"},
    "place.street": {"street"},
    "recap.when": {"instant"},
    "recap.address": {"address"},
    "recap.access": {"noted"},
    "recap.callback": {"number"},
    "recap.name": {"name"},
    "recap.lasts": {"duration"},
    "recap.every_weeks": {"weeks"},
    "recap.days": {"days"},
    "recap.longest": {"hours"},
    "number.shown": {"number"},
    "message.heard": {"message"},
    "nearby.place": {"place"},
    "follow.call_back": {"instant"},
    "done.call_back": {"instant"},
    "done.verify": {"instant"},
    "done.place": {"instant"},
    "person.promise": {"instant"},
}

LINES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(_PLAIN.split(), frozenset()),
    **{f"recap.{purpose.value}": frozenset() for purpose in Purpose},
    **{f"recap.need_{need.value}": frozenset() for need in Need},
    **{key: frozenset(values) for key, values in _FILLED.items()},
}


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence to speak: its key in the prompts and the words that fill its placeholders."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if LINES.get(self.key) != frozenset(self.values):
            raise ValueError(f"sentence {self.key!r} is not declared with {set(self.values)}")


def lines(*keys: str) -> tuple[Line, ...]:
    """Sentences without placeholders, in order."""
    return tuple(Line(key) for key in keys)
