"""A volunteer rings the line: cannot come, will be late, looks for the person."""

from __future__ import annotations

import re
from dataclasses import replace

from phone.dialogue.endings import settled, to_person
from phone.dialogue.lines import lines
from phone.dialogue.partner import find_today, put_through
from phone.dialogue.reply import Reply, said_yes
from phone.dialogue.state import CallState, Question, Topic, Wish
from phone.dialogue.turn import Heard, Reason, Tools, WillBeLate, WithdrawFrom
from phone.dialogue.understanding.answers import MenuChoice, understand_menu
from phone.dialogue.understanding.normalise import normalise

_KEYS = {"1": Wish.WITHDRAW, "2": Wish.LATE, "3": Wish.REACH}
_LATE = re.compile(r"\b(?:retard|tard|minutes?|bouchons?|arrive|late)\b")
_WITHDRAW = re.compile(
    r"\b(?:malades?|empechee?|imprevu|ne (?:peux|pourrai) (?:pas|plus)|peux (?:pas|plus)"
    r"|pas venir|desist\w*|retir\w*|annul\w*)\b"
)
_REACH = re.compile(r"\b(?:joindre|appeler|parler|trouve pas|repond pas|porte|adresse|code)\b")
_MINUTES = re.compile(r"\b(\d{1,3})\b")
_QUARTERS = {"1 quart d heure": 15, "demi heure": 30, "3 quarts d heure": 45, "1 heure": 60}


def greet_volunteer(state: CallState, tools: Tools) -> Reply:
    """A volunteer with nothing promised can only be rung through."""
    state = replace(state, wish=Wish.HELP)
    if state.caller.held:
        return Reply(state)
    say = lines("volunteer.none")
    return Reply(state, ending=to_person(state, tools, Reason.ASKED, say))


def reply_volunteer(state: CallState, heard: Heard, tools: Tools) -> Reply:
    """What the volunteer rings for; it is about the next outing they promised."""
    wish = _KEYS.get(heard.digits) or _hear(heard.speech)
    if wish is None:
        return Reply(state, failed=Topic.VOLUNTEER)
    outing = state.caller.held[0]
    state = replace(state, wish=wish, outing=outing.id)
    today = find_today((outing,), tools)
    if wish is Wish.REACH and today is not None:
        return Reply(state, ending=put_through(state, today, tools))
    if wish is Wish.REACH or (wish is Wish.WITHDRAW and outing.started):
        return Reply(state, ending=to_person(state, tools, Reason.ASKED))
    if wish is Wish.LATE:
        minutes = _hear_minutes(heard.speech)
        if minutes is not None:
            return _late(state, outing.id, minutes)
    return Reply(state)


def next_volunteer_question(state: CallState) -> Question:
    """The confirmation of what the volunteer said."""
    by_wish = {Wish.WITHDRAW: Question.CONFIRM_WITHDRAW, Wish.LATE: Question.DELAY}
    return by_wish.get(state.wish, Question.VOLUNTEER)


def reply_confirm_withdraw(state: CallState, heard: Heard, _tools: Tools) -> Reply:
    """Whether they really cannot come."""
    yes = said_yes(heard)
    if yes is None or state.outing is None or state.caller.volunteer_id is None:
        return Reply(state, failed=Topic.VOLUNTEER)
    if not yes:
        return Reply(state, ending=settled(state, (), *lines("volunteer.kept")))
    effect = WithdrawFrom(state.outing, state.caller.volunteer_id)
    return Reply(state, ending=settled(state, (effect,), *lines("volunteer.withdrawn")))


def reply_delay(state: CallState, heard: Heard, _tools: Tools) -> Reply:
    """In how many minutes they will be there; what matters is that somebody is told."""
    minutes = int(heard.digits) if heard.digits.isdigit() else _hear_minutes(heard.speech)
    if minutes is None or state.outing is None:
        return Reply(state, failed=Topic.VOLUNTEER)
    return _late(state, state.outing, minutes)


def _late(state: CallState, outing_id: str, minutes: int) -> Reply:
    effect = WillBeLate(outing_id, minutes)
    return Reply(state, ending=settled(state, (effect,), *lines("volunteer.late")))


def _hear(text: str) -> Wish | None:
    words = normalise(text)
    if _LATE.search(words):
        return Wish.LATE
    if _WITHDRAW.search(words) or understand_menu(text) is MenuChoice.CANCEL:
        return Wish.WITHDRAW
    return Wish.REACH if _REACH.search(words) else None


def _hear_minutes(text: str) -> int | None:
    words = normalise(text)
    spoken = next((minutes for said, minutes in _QUARTERS.items() if said in words), None)
    number = _MINUTES.search(words)
    if spoken is not None or number is None:
        return spoken
    return int(number[1])
