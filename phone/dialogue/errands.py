"""Outings that are under way: how they stand, calling one off, moving it, a message for who comes.

The number shown identifies a file and authenticates nobody: of an outing, only whether somebody
was found is ever said. Its day is the caller's to say.
"""

from __future__ import annotations

import re
from dataclasses import replace

from phone.dialogue.booking import draft_of, take_facts
from phone.dialogue.caller import Outing
from phone.dialogue.endings import call_back, moved, settled, to_person
from phone.dialogue.facts import Moment, hear_moment
from phone.dialogue.lines import Line, lines
from phone.dialogue.moments import refusal, starts_at
from phone.dialogue.partner import find_today, put_through, says_partner
from phone.dialogue.reply import Reply, said_yes
from phone.dialogue.state import MAX_WORDS_KEPT, CallState, Question, Topic, Wish
from phone.dialogue.turn import CancelOuting, Heard, LeaveTask, PassMessage, Reason, Tools
from phone.dialogue.understanding.answers import MenuChoice, understand_menu
from phone.dialogue.understanding.normalise import normalise

MAX_TOLD = 3
"""Outings told apart on one call: nobody keeps more in mind."""

_MOVE = re.compile(r"\b(?:chang|modifi|deplac|report|decal|avanc)\w*")
_MESSAGE = re.compile(r"\b(?:messages?|prevenir|prevenez|dites lui|lui dire)\b")
_THANKS = re.compile(r"\b(?:merci|rien|c est tout|au revoir|c est bon)\b")
_OUTING_KEYS = {"1": Wish.MOVE, "2": Wish.CANCEL, "3": Wish.MESSAGE}
_NTH = (
    re.compile(r"\b(?:prochaine|premiere|1|1ere|1re|1er)\b"),
    re.compile(r"\b(?:suivante|deuxieme|seconde|2|2e|2eme)\b"),
    re.compile(r"\b(?:troisieme|3|3e|3eme)\b"),
)
_ORDER = ("follow.first", "follow.second", "follow.third")


def hear_errand(text: str, choice: MenuChoice | None) -> Wish | None:
    """What is to be done about an outing, said in these words to mean this choice, if any."""
    words = normalise(text)
    if _MESSAGE.search(words):
        return Wish.MESSAGE
    if choice is MenuChoice.CANCEL:
        return Wish.CANCEL
    if _MOVE.search(words):
        return Wish.MOVE
    return Wish.FOLLOW_UP if choice is MenuChoice.FOLLOW_UP else None


def begin_errand(state: CallState, wish: Wish, text: str, tools: Tools) -> Reply:
    """Turn to the outings of the file: the one that is meant, or how they all stand."""
    state = replace(state, wish=wish)
    fitting = outings_for(state)
    if not fitting:
        why = "message.nobody" if wish is Wish.MESSAGE else "person.will_answer"
        say = lines(why if state.caller.outings else "follow.none")
        say = say if state.caller.known else lines("person.will_answer")
        return Reply(state, ending=to_person(state, tools, Reason.ASKED, say))
    if wish is Wish.FOLLOW_UP:
        return Reply(state, before=_standing(state, tools))
    if len(fitting) == 1:
        return Reply(replace(state, outing=fitting[0].id))
    chosen = _choose(fitting, text, tools)
    return Reply(state if chosen is None else replace(state, outing=chosen.id))


def outings_for(state: CallState) -> tuple[Outing, ...]:
    """The outings an errand may be about: a message needs somebody who comes."""
    told = state.caller.outings[:MAX_TOLD]
    if state.wish is Wish.MESSAGE:
        return tuple(outing for outing in told if outing.found)
    if state.wish in (Wish.MOVE, Wish.CANCEL):
        return tuple(outing for outing in told if not outing.started)
    return told


def next_errand_question(state: CallState) -> Question:
    """What is still missing for the errand, its confirmation when nothing is."""
    if state.wish is Wish.FOLLOW_UP:
        return Question.OUTING
    if state.outing is None:
        return Question.WHICH_OUTING
    if state.wish is Wish.CANCEL:
        return Question.CONFIRM_CANCEL
    if state.wish is Wish.MESSAGE:
        return Question.CONFIRM_MESSAGE if state.message else Question.MESSAGE
    missing = (
        (state.unclear != "", Question.PART),
        (state.day is None and state.hour is None, Question.WHEN),
        (state.day is None, Question.DAY),
        (state.hour is None, Question.HOUR),
    )
    return next((question for lacking, question in missing if lacking), Question.CONFIRM_MOVE)


def reply_outing(state: CallState, heard: Heard, tools: Tools) -> Reply:
    """What to do about the outings that were just told."""
    today = find_today(state.caller.outings, tools)
    if today is not None and (heard.digits == "3" or says_partner(heard.speech)):
        return Reply(state, ending=put_through(state, today, tools))
    wish = _OUTING_KEYS.get(heard.digits)
    if wish is None and heard.speech:
        wish = hear_errand(heard.speech, understand_menu(heard.speech))
    if wish is not None:
        return begin_errand(state, wish, heard.speech, tools)
    if said_yes(heard) is False or _THANKS.search(normalise(heard.speech)):
        task = LeaveTask(state.wish, Reason.SETTLED, draft_of(state, tools))
        return Reply(state, ending=settled(state, (task,)))
    return Reply(state, failed=Topic.OUTING)


def reply_which(state: CallState, heard: Heard, tools: Tools) -> Reply:
    """Which outing: its place in order, or its day in the caller's own words."""
    fitting = outings_for(state)
    if heard.digits:
        index = int(heard.digits) - 1 if heard.digits.isdigit() else -1
        chosen = fitting[index] if 0 <= index < len(fitting) else None
    else:
        chosen = _choose(fitting, heard.speech, tools)
    if chosen is None:
        return Reply(state, before=lines("which.unknown"), failed=Topic.OUTING)
    return Reply(replace(state, outing=chosen.id))


def reply_confirm_cancel(state: CallState, heard: Heard, _tools: Tools) -> Reply:
    """Whether the outing is really to be called off."""
    yes = said_yes(heard)
    if yes is None and understand_menu(heard.speech) is MenuChoice.CANCEL:
        yes = True
    if yes is None or state.outing is None:
        return Reply(state, failed=Topic.OUTING)
    if not yes:
        return Reply(state, ending=settled(state, (), *lines("cancel.kept")))
    chosen = next(outing for outing in state.caller.outings if outing.id == state.outing)
    told = lines("cancel.told") if chosen.found else ()
    done = settled(state, (CancelOuting(state.outing),), *lines("cancel.done"), *told)
    return Reply(state, ending=done)


def reply_confirm_move(state: CallState, heard: Heard, tools: Tools) -> Reply:
    """Whether the new moment is right; another may be said at once."""
    taken = take_facts(state, heard.speech, tools, correct=True)
    moment = (taken.state.day, taken.state.hour) != (state.day, state.hour)
    if moment or taken.refused:
        return Reply(taken.state, before=taken.why, failed=taken.refused)
    yes = said_yes(heard)
    at = starts_at(state.day, state.hour, tools.zone)
    if yes is None or at is None or state.outing is None:
        return Reply(state, failed=Topic.OUTING)
    again = replace(state, day=None, hour=None, part=None)
    if not yes:
        return Reply(again)
    why = refusal(state.day, state.hour, tools, state.language)
    if why:
        return Reply(again, before=why, failed=Topic.WHEN)
    return Reply(state, ending=moved(state, state.outing, at, tools))


def reply_message(state: CallState, heard: Heard, _tools: Tools) -> Reply:
    """The message itself, in the caller's words."""
    text = " ".join(heard.speech.split())[:MAX_WORDS_KEPT]
    if not text:
        return Reply(state, failed=Topic.MESSAGE)
    return Reply(replace(state, message=text))


def reply_confirm_message(state: CallState, heard: Heard, _tools: Tools) -> Reply:
    """Whether the message goes out as it was heard."""
    yes = said_yes(heard)
    if yes is None or state.outing is None:
        return Reply(state, failed=Topic.MESSAGE)
    if not yes:
        return Reply(replace(state, message=""), failed=Topic.MESSAGE)
    effect = PassMessage(state.outing, state.message)
    return Reply(state, ending=settled(state, (effect,), *lines("message.sent")))


def _standing(state: CallState, tools: Tools) -> tuple[Line, ...]:
    """How each outing stands, in order and without a name, a place, a day or a purpose."""
    outings = outings_for(state)
    promise = call_back("follow.call_back", tools.person_at, state, tools)
    if len(outings) == 1:
        return (*lines("follow.found" if outings[0].found else "follow.looking"), promise)
    said: list[Line] = []
    for order, outing in zip(_ORDER, outings, strict=False):
        said += lines(order, "follow.one_found" if outing.found else "follow.one_looking")
    return (*said, promise)


def _choose(outings: tuple[Outing, ...], text: str, tools: Tools) -> Outing | None:
    """The one outing these words can mean, by its day and hour or by its place in order."""
    if not text:
        return None
    moment = hear_moment(text, Moment(), tools.now, tools.zone)
    fitting = [
        outing
        for outing in outings
        if (moment.day or moment.hour)
        and moment.day in (None, outing.starts_at.astimezone(tools.zone).date())
        and moment.hour in (None, outing.starts_at.astimezone(tools.zone).time())
    ]
    if len(fitting) == 1:
        return fitting[0]
    if moment.day or moment.hour:
        return None
    words = normalise(text)
    named = [outing for outing, nth in zip(outings, _NTH, strict=False) if nth.search(words)]
    return named[0] if len(named) == 1 else None
