"""What an answer to each question does to the request."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from matcher.domain.addresses import AddressFound, AddressUnknown, Confidence
from matcher.domain.people import Purpose
from phone.dialogue.booking import Taken, take_facts, take_home, take_match
from phone.dialogue.endings import booked, settled, to_person
from phone.dialogue.errands import (
    begin_errand,
    hear_errand,
    reply_confirm_cancel,
    reply_confirm_message,
    reply_confirm_move,
    reply_message,
    reply_outing,
    reply_which,
)
from phone.dialogue.facts import says_home
from phone.dialogue.helpers import (
    greet_volunteer,
    reply_confirm_withdraw,
    reply_delay,
    reply_volunteer,
)
from phone.dialogue.lines import lines
from phone.dialogue.moments import refusal
from phone.dialogue.nearby import keep_needs, reply_nearby, reply_shelf
from phone.dialogue.partner import find_today, put_through
from phone.dialogue.reply import Reply, choice_of, said_yes
from phone.dialogue.state import CallState, Language, Place, Question, Topic, Wish
from phone.dialogue.turn import Heard, Reason, Tools
from phone.dialogue.understanding.answers import MenuChoice, answer_purpose, understand_menu
from phone.dialogue.understanding.normalise import normalise
from phone.dialogue.where import keep_access
from phone.dialogue.who import (
    reply_callback,
    reply_confirm_number,
    reply_for_whom,
    reply_name,
)

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
_NAME_WORDS = re.compile(r"\b(?:prenom|nom)\b")
_VOLUNTEER = re.compile(r"\bbenevole\b")
_PHONE_WORDS = re.compile(r"\b(?:telephone|numero|rappeler)\b")


def reply_to(state: CallState, heard: Heard, tools: Tools) -> Reply:
    """Take the answer to the question being asked; silence and keys 0 and * are not for here."""
    return _REPLIES[state.asking](state, heard, tools)


def _menu(state: CallState, heard: Heard, tools: Tools) -> Reply:
    wish, choice = _MENU_KEYS.get(heard.digits), None
    if wish is None and heard.speech:
        if state.caller.volunteer_id is not None and _VOLUNTEER.search(normalise(heard.speech)):
            return greet_volunteer(state, tools)
        choice = choice_of(state, heard.speech)
        wish = _MENU_WISHES.get(choice)
        if wish is not Wish.REQUEST and wish is not Wish.SERVICES:
            wish = hear_errand(heard.speech, choice) if wish or state.caller.outings else None
    if wish is Wish.SERVICES:
        return Reply(keep_needs(replace(state, wish=wish), heard.speech))
    if wish not in (None, Wish.REQUEST):
        return begin_errand(state, wish, heard.speech, tools)
    taken = take_facts(state, heard.speech, tools)
    if wish is None and not taken.changed and taken.refused is None:
        if choice is MenuChoice.HUMAN:
            return Reply(state, ending=to_person(state, tools, Reason.ASKED))
        return Reply(state, failed=Topic.MENU)
    return _after(replace(taken, state=replace(taken.state, wish=Wish.REQUEST), changed=True))


def _partner(state: CallState, heard: Heard, tools: Tools) -> Reply:
    """Whether the caller wants the person who comes with them, or something else."""
    said = said_yes(heard)
    today = find_today(state.caller.outings, tools)
    if today is not None and said is True:
        return Reply(state, ending=put_through(state, today, tools))
    wished = _menu(state, replace(heard, digits=""), tools)
    if wished.failed is None:
        return wished
    if said is False or today is None:
        return Reply(state)
    return Reply(state, failed=Topic.MENU, asking=Question.PARTNER)


def _purpose(state: CallState, heard: Heard, tools: Tools) -> Reply:
    if heard.digits in _PURPOSE_KEYS:
        return Reply(replace(state, purpose=_PURPOSE_KEYS[heard.digits]))
    if state.language is Language.FRENCH:
        state = replace(state, purpose=answer_purpose(heard.speech))
    taken = take_facts(state, heard.speech, tools)
    if state.purpose is None and not taken.changed and taken.refused is None:
        return Reply(state, failed=state.asking.topic)
    return _after(taken)


def _part(state: CallState, heard: Heard, tools: Tools) -> Reply:
    taken = take_facts(state, _PART_KEYS.get(heard.digits, heard.speech), tools)
    if taken.state.hour is None and taken.refused is None:
        return Reply(replace(taken.state, unclear=""), failed=Topic.WHEN)
    return _after(replace(taken, state=replace(taken.state, unclear="")))


def _home(state: CallState, heard: Heard, tools: Tools) -> Reply:
    said = said_yes(heard)
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
    said = said_yes(heard)
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


def _recap(state: CallState, heard: Heard, tools: Tools) -> Reply:
    said = said_yes(heard)
    noted = keep_access(state, heard.speech)
    taken = take_facts(noted, heard.speech, tools, correct=True)
    if taken.changed or taken.refused:
        return _corrected(taken)
    if said is True:
        return _book(noted, tools)
    if noted != state:
        return Reply(noted, before=lines("recap.corrected"))
    if heard.speech and understand_menu(heard.speech) is MenuChoice.CANCEL:
        return Reply(state, ending=settled(state, (), *lines("done.nothing")))
    if said is False:
        return Reply(state, asking=Question.CHANGE)
    return Reply(state, failed=Topic.RECAP)


def _usual(state: CallState, heard: Heard, tools: Tools) -> Reply:
    """As last time, at the moment told: yes books it, and any fact of the caller's comes first."""
    said = said_yes(heard)
    state = keep_access(state, heard.speech)
    taken = take_facts(state, heard.speech, tools, correct=True)
    if taken.changed or taken.refused:
        return _corrected(taken)
    if said is None:
        return Reply(state, failed=Topic.RECAP)
    state = replace(state, usual=said)
    return _book(state, tools) if said else Reply(state)


def _change(state: CallState, heard: Heard, tools: Tools) -> Reply:
    noted = keep_access(state, heard.speech)
    taken = take_facts(noted, heard.speech, tools, correct=True)
    if taken.changed or taken.refused or noted != state:
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
        cleared = replace(cleared, callback_number=None, number_asked=False)
    elif _NAME_WORDS.search(words):
        cleared = replace(cleared, first_name="")
    if cleared == state:
        return Reply(state, failed=Topic.RECAP, asking=Question.CHANGE)
    return Reply(cleared)


def _book(state: CallState, tools: Tools) -> Reply:
    why = refusal(state.day, state.hour, tools, state.language)
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


_REPLIES: dict[Question, Callable[[CallState, Heard, Tools], Reply]] = {
    Question.MENU: _menu,
    Question.PARTNER: _partner,
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
    Question.CALLBACK: reply_callback,
    Question.RECAP: _recap,
    Question.CHANGE: _change,
    Question.USUAL: _usual,
    Question.FOR_WHOM: reply_for_whom,
    Question.NAME: reply_name,
    Question.CONFIRM_NUMBER: reply_confirm_number,
    Question.OUTING: reply_outing,
    Question.WHICH_OUTING: reply_which,
    Question.CONFIRM_CANCEL: reply_confirm_cancel,
    Question.CONFIRM_MOVE: reply_confirm_move,
    Question.MESSAGE: reply_message,
    Question.CONFIRM_MESSAGE: reply_confirm_message,
    Question.NEARBY: reply_nearby,
    Question.SHELF: reply_shelf,
    Question.VOLUNTEER: reply_volunteer,
    Question.CONFIRM_WITHDRAW: reply_confirm_withdraw,
    Question.DELAY: reply_delay,
}
