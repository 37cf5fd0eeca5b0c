"""The dialogue: pure steps from what was heard to what is said, asked and to be done."""

from __future__ import annotations

from dataclasses import replace

from phone.dialogue.caller import Caller
from phone.dialogue.endings import (
    abandon,
    booked_without_place,
    in_distress,
    to_person,
    unanswered,
)
from phone.dialogue.helpers import greet_volunteer
from phone.dialogue.languages import asks_english, asks_french, asks_slower, to_french
from phone.dialogue.lines import Line, lines
from phone.dialogue.moments import refusal
from phone.dialogue.partner import find_today, is_near, put_through, says_partner, unreached
from phone.dialogue.questions import KEYS, listen, next_question, put, put_again
from phone.dialogue.replies import reply_to
from phone.dialogue.reply import Reply
from phone.dialogue.safety import ask_whether_safe, beside_no, reply_safe
from phone.dialogue.state import (
    MAX_FAILURES,
    MAX_REPEATS,
    MAX_SILENCES,
    MAX_TURNS,
    MAX_WORDS_KEPT,
    CallState,
    Language,
    Place,
    Question,
    Topic,
    Wish,
)
from phone.dialogue.turn import HangUp, Heard, Reason, Tools, Turn
from phone.dialogue.understanding.answers import (
    Danger,
    MenuChoice,
    shows_danger,
    understand_danger,
    understand_menu,
)
from phone.dialogue.where import keep_access
from phone.dialogue.who import says_little

__all__ = ["abandon", "start", "step", "unanswered", "unreached"]

_SORRY = ("sorry.first", "sorry.second", "sorry.third")
_FREE_SPEECH = (Question.MESSAGE, Question.NAME)
"""Where words are taken as they are: only a short answer can be a command."""
_CLEAN_SLATE = (Question.RECAP, Question.USUAL, Question.CONFIRM_MOVE)
_PATIENT = ("silence.first", "silence.second")


def start(caller: Caller, tools: Tools) -> Turn:
    """The first turn of a call: the emergency sentence, a greeting and one open question."""
    state = CallState(caller)
    if caller.volunteer_id is not None and not caller.known:
        reply = greet_volunteer(state, tools)
        hello = lines("emergency", "greeting.volunteer")
        if reply.ending is not None:
            return replace(reply.ending, say=(*hello, *reply.ending.say))
        return _ask(replace(reply.state, asking=next_question(reply.state)), tools, hello)
    greeting = "greeting.known" if caller.known else "greeting.new"
    today = find_today(caller.outings, tools)
    if today is not None and is_near(today, tools):
        state = replace(state, asking=Question.PARTNER)
    return _ask(state, tools, lines("emergency", greeting))


def step(state: CallState, heard: Heard, tools: Tools) -> Turn:
    """One turn: what is said, asked and to be done after the caller was heard.

    Every call ends: after `MAX_TURNS` turns, or earlier after too many failures on one topic,
    silences or repetitions, a person takes over.
    """
    if state.ended:
        return Turn(state, lines("done.goodbye"), ending=HangUp())
    heard = Heard(_plain(heard.speech), _plain(heard.digits))
    state = replace(state, turns=state.turns + 1)
    danger = Danger.NONE
    if heard.speech:
        state = replace(state, words_heard=(*state.words_heard, heard.speech))
        danger = _danger(state, heard)
    if danger is Danger.HEARD:
        return in_distress(state, tools)
    if state.turns >= MAX_TURNS:
        return to_person(state, tools, Reason.TOO_LONG, lines("person.too_long"))
    if heard.digits == "0":
        return to_person(state, tools, Reason.ASKED)
    if state.asking is Question.SAFE:
        after = reply_safe(state, _in_french(state, heard), danger, tools)
        if isinstance(after, Turn):
            return after
        calm, words = after
        turn = _hear(calm, words, tools)
        # A manner of speaking need not be understood.
        state = replace(turn.state, failures=calm.failures)
        return replace(turn, state=state, say=(*lines("safe.good"), *turn.say))
    # A message or a name is read by somebody in any case.
    if danger is Danger.PERHAPS and not state.safe and state.asking not in _FREE_SPEECH:
        return ask_whether_safe(state, heard, tools)
    return _hear(state, heard, tools)


def _danger(state: CallState, heard: Heard) -> Danger:
    """What was learnt was learnt in French: of other words only the signs count."""
    if state.language is Language.FRENCH:
        answers = state.asking is Question.SAFE
        return understand_danger(beside_no(heard.speech) if answers else heard.speech)
    shown = shows_danger(_in_french(state, heard).speech)
    return Danger.HEARD if shown else Danger.NONE


def _in_french(state: CallState, heard: Heard) -> Heard:
    english = state.language is Language.ENGLISH
    return replace(heard, speech=to_french(heard.speech)) if english else heard


def _hear(state: CallState, heard: Heard, tools: Tools) -> Turn:
    """One turn of somebody who is in no danger."""
    if not heard.speech and not heard.digits:
        return _silence(state, tools)
    state = replace(state, silences=0)
    spoken = _in_french(state, heard).speech
    free = state.asking in _FREE_SPEECH
    commanded = _command(state, heard, spoken, tools) if not free or says_little(spoken) else None
    if commanded is not None:
        return commanded
    heard = heard if free else replace(heard, speech=spoken)
    reply = reply_to(state, heard, tools)
    if state.asking.topic is Topic.PLACE or reply.state.place != state.place:
        reply = replace(reply, state=keep_access(reply.state, heard.speech))
    return _next(state.asking, reply, tools)


def _plain(text: str) -> str:
    """What can be spoken back: no control characters, and no more than anybody says."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return printable.strip()[:MAX_WORDS_KEPT]


def _command(state: CallState, heard: Heard, spoken: str, tools: Tools) -> Turn | None:
    """What the caller wants of the line itself, rather than an answer to its question."""
    if heard.digits:
        english = heard.digits == "8" and state.asking is Question.MENU
        choice, slower, french = None, False, False
    else:
        choice, slower = understand_menu(spoken), asks_slower(spoken)
        english, french = asks_english(heard.speech), asks_french(heard.speech)
    today = find_today(state.caller.outings, tools)
    if today is not None and says_partner(spoken):
        return put_through(state, today, tools)
    if choice is MenuChoice.HUMAN:
        return to_person(state, tools, Reason.ASKED)
    if english and state.language is Language.FRENCH:
        state = replace(state, language=Language.ENGLISH)
        return _ask(state, tools, lines("language.switched"))
    if french and state.language is Language.ENGLISH:
        state = replace(state, language=Language.FRENCH)
        return _ask(state, tools, lines("language.switched"))
    if slower:
        return _repeat(replace(state, slow=True), tools, lines("repeat.slower"))
    if choice is MenuChoice.REPEAT or heard.digits in _repeat_keys(state.asking):
        return _repeat(state, tools)
    return None


def _next(asked: Question, reply: Reply, tools: Tools) -> Turn:
    if reply.ending is not None:
        return reply.ending
    state, before = reply.state, reply.before
    if reply.failed is not None:
        count = state.failures.get(reply.failed, 0) + 1
        state = replace(state, failures={**state.failures, reply.failed.value: count})
        if count >= MAX_FAILURES:
            if _lacks_only_place(state, reply, tools):
                return _without_place(state, tools)
            before = before or lines("person.not_understood")
            return to_person(state, tools, Reason.NOT_UNDERSTOOD, before)
        before = before or _sorry(state)
    asking = reply.asking or next_question(state)
    if asking in _CLEAN_SLATE and asked.topic is not asking.topic:
        # All is told now: what was hard before no longer counts against the caller.
        state = replace(state, failures={})
    state = replace(state, asking=asking)
    if reply.failed is not None and asking is asked:
        turn = Turn(state, (*before, *put_again(state)), expects=listen(state))
    else:
        turn = _ask(state, tools, before)
    return replace(turn, effects=reply.effects)


def _lacks_only_place(state: CallState, reply: Reply, tools: Tools) -> bool:
    """Whether everything of a request is understood but where, in the territory, it starts."""
    outside = any(line.key == "place.outside" for line in reply.before)
    who = state.from_file or (state.for_other is not None and state.first_name)
    return (
        reply.failed is Topic.PLACE
        and not outside
        and state.wish is Wish.REQUEST
        and state.purpose is not None
        and state.day is not None
        and state.hour is not None
        and bool(who)
        and not refusal(state.day, state.hour, tools)
    )


def _without_place(state: CallState, tools: Tools) -> Turn:
    """The request is kept without its address; the team is rung when it is there."""
    state = replace(state, place=Place(home=False, later=True), failures={})
    if tools.staffed:
        return booked_without_place(state, tools)
    state = replace(state, asking=next_question(state))
    return _ask(state, tools, lines("place.later"))


def _sorry(state: CallState) -> tuple[Line, ...]:
    return lines(_SORRY[(sum(state.failures.values()) - 1) % len(_SORRY)])


def _ask(state: CallState, tools: Tools, before: tuple[Line, ...] = ()) -> Turn:
    return Turn(state, (*before, *put(state, tools)), expects=listen(state))


def _silence(state: CallState, tools: Tools) -> Turn:
    state = replace(state, silences=state.silences + 1)
    if state.silences >= MAX_SILENCES:
        return to_person(state, tools, Reason.SILENCE, lines("person.silence"))
    return _ask(state, tools, lines(_PATIENT[state.silences - 1]))


def _repeat(state: CallState, tools: Tools, before: tuple[Line, ...] = ()) -> Turn:
    state = replace(state, repeats=state.repeats + 1)
    if state.repeats > MAX_REPEATS:
        return to_person(state, tools, Reason.TOO_LONG, lines("person.too_long"))
    return _ask(state, tools, before)


def _repeat_keys(asking: Question) -> tuple[str, ...]:
    # Where a number is expected, 9 is one.
    return ("*",) if asking in KEYS else ("*", "9")
