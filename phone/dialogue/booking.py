"""Filling in a request: what one answer changes in it, and what has to be said about that."""

from __future__ import annotations

from dataclasses import dataclass, replace

from matcher.domain.addresses import (
    AddressAmbiguous,
    AddressFound,
    AddressMatch,
    AddressUnknown,
    Confidence,
    StreetFound,
)
from phone.dialogue.facts import Facts, Moment, hear_facts, says_door
from phone.dialogue.lines import Line, lines
from phone.dialogue.moments import refusal, starts_at
from phone.dialogue.state import CallState, Place, Topic, Wish
from phone.dialogue.turn import Draft, Tools
from phone.dialogue.understanding.grammar import Reason

_WHY_NOT: dict[Reason, tuple[str, ...]] = {
    Reason.PAST: ("when.past",),
    Reason.NO_SUCH_DATE: ("when.no_such_day",),
    Reason.NO_SUCH_HOUR: ("when.no_such_hour",),
    Reason.AMBIGUOUS_DAY: ("when.day_unclear",),
}
_NO_SUCH_PLACE = lines("place.unknown")


@dataclass(frozen=True, slots=True)
class Taken:
    """A request after an answer.

    Attributes:
        state: with what could be taken.
        changed: something was taken.
        refused: the topic of what could not be taken.
        why: the sentences that explain it.
    """

    state: CallState
    changed: bool = False
    refused: Topic | None = None
    why: tuple[Line, ...] = ()


def take_facts(state: CallState, text: str, tools: Tools, *, correct: bool = False) -> Taken:
    """Take from a sentence all it tells.

    What is known already is left alone unless the caller is there to `correct` it; a correction
    that cannot be taken leaves what was there.
    """
    known = Moment(day=state.day, part=state.part, unclear=state.unclear)
    facts = hear_facts(text, known, tools.now, tools.zone)
    before = state
    state = replace(state, needs=tuple(sorted({*state.needs, *facts.needs})))
    if facts.purpose is not None and (correct or state.purpose is None):
        state = replace(state, purpose=facts.purpose)
    if facts.for_other is not None:
        state = replace(state, for_other=facts.for_other)
    if facts.every_weeks is not None:
        state = replace(
            state, every_weeks=facts.every_weeks, weekdays=facts.weekdays, monthly=False
        )
    if facts.monthly:
        state = replace(state, every_weeks=None, weekdays=(), monthly=True)
    if facts.duration_h is not None and (correct or state.duration_h is None):
        state = replace(state, duration_h=facts.duration_h)
    taken = _take_moment(state, facts.moment, tools, correct=correct)
    if taken.refused is None and (correct or not state.place.known):
        taken = _take_place(taken.state, facts, tools)
    changed = taken.state != before
    after = taken.state
    if after.wish is Wish.UNKNOWN and (changed or taken.refused):
        after = replace(after, wish=Wish.REQUEST)
    if after.duration_h is not None and after.duration_h > tools.longest_h:
        after = replace(after, duration_h=tools.longest_h)
        limit = Line("recap.longest", {"hours": str(int(tools.longest_h))})
        taken = replace(taken, why=(*taken.why, limit))
    return replace(taken, state=after, changed=changed)


def take_match(state: CallState, match: AddressMatch, words: str) -> Taken:
    """Take what an address search found for `words`, the caller's own."""
    match match:
        case AddressFound(address=address, confidence=confidence):
            sure = confidence is Confidence.SURE
            return _placed(state, Place(home=False, address=address, sure=sure))
        case StreetFound(street=street, postcode=postcode, confidence=confidence):
            sure = confidence is Confidence.SURE
            place = Place(home=False, street=street, postcodes=(postcode,), sure=sure, words=words)
            why = lines("place.number_unknown") if says_door(words) else ()
            return replace(_placed(state, place), why=why)
        case AddressAmbiguous(street=street, postcodes=postcodes):
            place = Place(home=False, street=street, postcodes=postcodes, words=words)
            return _placed(state, place)
        case AddressUnknown(outside=outside):
            why = lines("place.outside", "place.only_here") if outside else _NO_SUCH_PLACE
            return Taken(state, refused=Topic.PLACE, why=why)


def take_home(state: CallState) -> Taken:
    """Take that the outing starts at the senior's home, if their file has it."""
    if not state.home_in_file:
        return Taken(state, refused=Topic.PLACE, why=lines("place.not_in_file"))
    return _placed(state, Place(home=True))


def draft_of(state: CallState, tools: Tools) -> Draft:
    """The request as far as it is understood."""
    address = state.place.address if state.place.known else None
    usual = state.caller.usual if state.usual else None
    return Draft(
        senior_id=state.caller.senior_id if state.from_file else None,
        purpose=usual.purpose if usual and state.purpose is None else state.purpose,
        starts_at=starts_at(state.day, state.hour, tools.zone),
        duration_h=state.duration_h or (usual.duration_h if usual else tools.outing_h),
        from_home=state.place.home is True or (usual is not None and not state.place.known),
        address=address,
        words_heard=state.words_heard,
        needs=state.needs,
        callback_number=state.callback_number,
        every_weeks=state.every_weeks,
        weekdays=state.weekdays,
        first_name=state.first_name,
        for_other=state.for_other is True,
        place_later=state.place.later,
        access=state.access,
        language=state.language,
        outing_id=state.outing,
    )


def _placed(state: CallState, place: Place) -> Taken:
    return Taken(replace(state, place=place), changed=True)


def _take_moment(state: CallState, moment: Moment, tools: Tools, *, correct: bool) -> Taken:
    if moment.unclear and (correct or state.hour is None):
        return Taken(replace(state, hour=None, unclear=moment.unclear))
    if moment.reason is not None:
        if state.day is not None and state.hour is not None and not correct:
            return Taken(state)
        return Taken(state, refused=Topic.WHEN, why=_why_not(moment.reason, tools))
    after = state
    if moment.day is not None and (correct or state.day is None):
        after = replace(after, day=moment.day)
    if moment.hour is not None and (correct or state.hour is None):
        after = replace(after, hour=moment.hour, part=None, unclear="")
    elif moment.part is not None and (correct or state.hour is None):
        after = replace(after, hour=None, part=moment.part)
    if after == state:
        return Taken(state)
    why = refusal(after.day, after.hour, tools, state.language)
    if not why:
        return Taken(after)
    if correct:
        return Taken(state, refused=Topic.WHEN, why=why)
    if refusal(after.day, None, tools):
        # The day alone is wrong: the hour that was told still holds.
        return Taken(replace(after, day=None), refused=Topic.WHEN, why=why)
    return Taken(replace(after, day=None, hour=None), refused=Topic.WHEN, why=why)


def _why_not(reason: Reason, tools: Tools) -> tuple[Line, ...]:
    if reason is Reason.TOO_FAR:
        return (Line("when.too_far", {"days": str(tools.horizon_days)}),)
    return lines(*_WHY_NOT.get(reason, ()))


def _take_place(state: CallState, facts: Facts, tools: Tools) -> Taken:
    if facts.door is not None:
        taken = take_match(state, tools.find_address(facts.door), facts.door)
        # Words taken in passing may be no address at all: the question will come.
        return Taken(state) if taken.why == _NO_SUCH_PLACE else taken
    if facts.from_home and state.home_in_file:
        return take_home(state)
    return Taken(state)
