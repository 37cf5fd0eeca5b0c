"""What an answer to each question does to the request."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from matcher.domain.addresses import AddressFound, AddressUnknown, Confidence
from matcher.domain.people import Purpose
from phone.dialogue.booking import Taken, french_number, take_facts, take_home, take_match
from phone.dialogue.endings import booked, to_person
from phone.dialogue.facts import says_home
from phone.dialogue.lines import Line, lines
from phone.dialogue.moments import refusal
from phone.dialogue.state import CallState, Place, Question, Topic, Wish
from phone.dialogue.turn import Heard, Reason, Tools, Turn
from phone.dialogue.understanding.answers import (
    MenuChoice,
    YesNo,
    understand_menu,
    understand_yesno,
)
from phone.dialogue.understanding.normalise import normalise

_PURPOSE_KEYS = {"1": Purpose.MEDICAL, "2": Purpose.SHOPPING, "3": Purpose.WALK}
_PART_KEYS = {"1": "le matin", "2": "l'après-midi", "3": "le soir"}
_MENU_KEYS = {"1": Wish.REQUEST, "2": Wish.FOLLOW_UP, "3": Wish.SERVICES}
_MENU_WISHES: dict[MenuChoice | None, Wish] = {
    MenuChoice.REQUEST: Wish.REQUEST,
    MenuChoice.FOLLOW_UP: Wish.FOLLOW_UP,
    MenuChoice.CANCEL: Wish.CANCEL,
    MenuChoice.SERVICES: Wish.SERVICES,
}
_CHANGE_KEYS = {"1": "raison", "2": "moment", "3": "adresse"}
_NUMBER = re.compile(r"\b(\d{1,4})(?: (bis|ter|quater)\b)?")
_ARRONDISSEMENT = re.compile(r"\b(?:75[01])?(\d{1,2})(?:er|e|eme|nd|nde)?\b")

_PURPOSE_WORDS = re.compile(r"\b(?:raison|motif|pourquoi|sortie)\b")
_DAY_WORDS = re.compile(r"\b(?:jour|date|moment|quand)\b")
_HOUR_WORDS = re.compile(r"\b(?:heure|horaire|moment|quand)\b")
_PLACE_WORDS = re.compile(r"\b(?:lieu|endroit|adresse|depart|rue|place)\b")
_PHONE_WORDS = re.compile(r"\b(?:telephone|numero|rappeler)\b")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of an answer.

    Attributes:
        state: the call after it.
        before: what to say before the next question.
        failed: the topic on which nothing could be taken.
        asking: the next question when it is not the first thing missing.
        ending: the last turn, when the call ends here.
    """

    state: CallState
    before: tuple[Line, ...] = ()
    failed: Topic | None = None
    asking: Question | None = None
    ending: Turn | None = None


def reply_to(state: CallState, heard: Heard, tools: Tools) -> Reply:
    """Take the answer to the question being asked; silence and keys 0 and * are not for here."""
    return _REPLIES[state.asking](state, heard, tools)


def _menu(state: CallState, heard: Heard, tools: Tools) -> Reply:
    wish = _MENU_KEYS.get(heard.digits)
    if wish is None and heard.speech:
        wish = _MENU_WISHES.get(understand_menu(heard.speech))
    if wish not in (None, Wish.REQUEST):
        state = replace(state, wish=wish)
        say = lines("person.will_answer")
        return Reply(state, ending=to_person(state, tools, Reason.ASKED, say))
    taken = take_facts(state, heard.speech, tools)
    if wish is None and not taken.changed and taken.refused is None:
        return Reply(state, failed=Topic.MENU)
    return _after(replace(taken, state=replace(taken.state, wish=Wish.REQUEST), changed=True))


def _purpose(state: CallState, heard: Heard, tools: Tools) -> Reply:
    if heard.digits in _PURPOSE_KEYS:
        return Reply(replace(state, purpose=_PURPOSE_KEYS[heard.digits]))
    return _some_fact(state, heard, tools)


def _part(state: CallState, heard: Heard, tools: Tools) -> Reply:
    taken = take_facts(state, _PART_KEYS.get(heard.digits, heard.speech), tools)
    if taken.state.hour is None and taken.refused is None:
        return Reply(replace(taken.state, unclear=""), failed=Topic.WHEN)
    return _after(replace(taken, state=replace(taken.state, unclear="")))


def _home(state: CallState, heard: Heard, tools: Tools) -> Reply:
    said = _yes_no(heard)
    taken = take_facts(state, heard.speech, tools)
    if said is True:
        return _after(take_home(taken.state))
    if taken.state.place != state.place or taken.refused is Topic.PLACE:
        return _after(taken)
    if said is False:
        return Reply(replace(taken.state, place=Place(home=False)))
    if says_home(heard.speech):
        return _after(take_home(taken.state))
    match = tools.find_address(heard.speech) if heard.speech else AddressUnknown(outside=False)
    if isinstance(match, AddressUnknown) and not match.outside:
        return Reply(taken.state, failed=Topic.PLACE)
    return _after(take_match(taken.state, match, heard.speech))


def _place(state: CallState, heard: Heard, tools: Tools) -> Reply:
    if not heard.speech:
        return Reply(state, failed=Topic.PLACE)
    taken = take_facts(state, heard.speech, tools)
    if taken.state.place != state.place or taken.refused is Topic.PLACE:
        return _after(taken)
    if says_home(heard.speech):
        return _after(take_home(taken.state))
    return _after(take_match(taken.state, tools.find_address(heard.speech), heard.speech))


def _confirm_place(state: CallState, heard: Heard, tools: Tools) -> Reply:
    said = _yes_no(heard)
    if said is True:
        return Reply(replace(state, place=replace(state.place, sure=True)))
    emptied = replace(state, place=Place(home=False))
    taken = take_facts(emptied, heard.speech, tools)
    if taken.state.place != emptied.place or taken.refused is Topic.PLACE:
        return _after(taken)
    return Reply(emptied if said is False else state, failed=Topic.PLACE)


def _arrondissement(state: CallState, heard: Heard, tools: Tools) -> Reply:
    said = {int(n) for n in _ARRONDISSEMENT.findall(heard.digits or normalise(heard.speech))}
    fitting = [postcode for postcode in state.place.postcodes if int(postcode[-2:]) in said]
    if len({postcode[-2:] for postcode in fitting}) != 1:
        return Reply(state, failed=Topic.PLACE)
    words = f"{state.place.words} {fitting[0]}"
    return _after(take_match(state, tools.find_address(words), words))


def _number(state: CallState, heard: Heard, tools: Tools) -> Reply:
    taken = take_facts(state, heard.speech, tools)
    if taken.state.place != state.place or taken.refused is Topic.PLACE:
        return _after(taken)
    number = _NUMBER.search(heard.digits or normalise(heard.speech))
    if number is None:
        return Reply(state, failed=Topic.PLACE)
    place = state.place
    match = tools.find_address(f"{number.group()} {place.street} {place.postcodes[0]}")
    if not isinstance(match, AddressFound):
        return Reply(state, before=lines("place.number_unknown"), failed=Topic.PLACE)
    sure = place.sure and match.confidence is Confidence.SURE
    found = Place(home=False, address=match.address, sure=sure)
    return Reply(replace(state, place=found))


def _callback(state: CallState, heard: Heard, _tools: Tools) -> Reply:
    number = french_number(heard.digits or heard.speech)
    if number is None:
        return Reply(state, failed=Topic.CALLBACK)
    return Reply(replace(state, callback_number=number))


def _recap(state: CallState, heard: Heard, tools: Tools) -> Reply:
    said = _yes_no(heard)
    taken = take_facts(state, heard.speech, tools, correct=True)
    if taken.changed or taken.refused:
        return _corrected(taken)
    if said is True:
        return _book(state, tools)
    if said is False:
        return Reply(state, asking=Question.CHANGE)
    return Reply(state, failed=Topic.RECAP)


def _change(state: CallState, heard: Heard, tools: Tools) -> Reply:
    taken = take_facts(state, heard.speech, tools, correct=True)
    if taken.changed or taken.refused:
        return _corrected(taken)
    words = _CHANGE_KEYS.get(heard.digits) or normalise(heard.speech)
    cleared = state
    if _PURPOSE_WORDS.search(words):
        cleared = replace(cleared, purpose=None)
    if _DAY_WORDS.search(words):
        cleared = replace(cleared, day=None)
    if _HOUR_WORDS.search(words):
        cleared = replace(cleared, hour=None, part=None)
    if _PLACE_WORDS.search(words):
        cleared = replace(cleared, place=Place())
    elif _PHONE_WORDS.search(words):
        cleared = replace(cleared, callback_number=None)
    if cleared == state:
        return Reply(state, failed=Topic.RECAP, asking=Question.CHANGE)
    return Reply(cleared)


def _book(state: CallState, tools: Tools) -> Reply:
    why = refusal(state.day, state.hour, tools)
    if why:
        # The caller took so long that the hour they named has come too near.
        return Reply(replace(state, day=None, hour=None), before=why, failed=Topic.WHEN)
    return Reply(state, ending=booked(state, tools))


def _some_fact(state: CallState, heard: Heard, tools: Tools) -> Reply:
    """Any fact is welcome, whichever was asked for; what is missing is asked next."""
    taken = take_facts(state, heard.speech, tools)
    if not taken.changed and taken.refused is None:
        return Reply(state, failed=state.asking.topic)
    return _after(taken)


def _after(taken: Taken) -> Reply:
    return Reply(taken.state, before=taken.why, failed=taken.refused)


def _corrected(taken: Taken) -> Reply:
    if taken.refused is not None:
        return _after(taken)
    return Reply(taken.state, before=lines("recap.corrected"))


def _yes_no(heard: Heard) -> bool | None:
    """Yes, no, or None when it was neither for sure."""
    if heard.digits:
        return {"1": True, "2": False}.get(heard.digits)
    return {YesNo.YES: True, YesNo.NO: False}.get(understand_yesno(heard.speech))


_REPLIES: dict[Question, Callable[[CallState, Heard, Tools], Reply]] = {
    Question.MENU: _menu,
    Question.PURPOSE: _purpose,
    Question.WHEN: _some_fact,
    Question.DAY: _some_fact,
    Question.HOUR: _some_fact,
    Question.PART: _part,
    Question.HOME: _home,
    Question.PLACE: _place,
    Question.CONFIRM_PLACE: _confirm_place,
    Question.ARRONDISSEMENT: _arrondissement,
    Question.NUMBER: _number,
    Question.CALLBACK: _callback,
    Question.RECAP: _recap,
    Question.CHANGE: _change,
}
