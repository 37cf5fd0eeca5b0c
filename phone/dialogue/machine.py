"""The dialogue: pure steps from what was heard to what is said, asked and to be done."""

from __future__ import annotations

from dataclasses import replace

from phone.dialogue.endings import abandon, in_distress, to_person, unanswered
from phone.dialogue.lines import Line, lines
from phone.dialogue.questions import KEYS, listen, next_question, put, put_again
from phone.dialogue.replies import Reply, reply_to
from phone.dialogue.state import (
    MAX_FAILURES,
    MAX_REPEATS,
    MAX_SILENCES,
    MAX_TURNS,
    MAX_WORDS_KEPT,
    Caller,
    CallState,
    Question,
    Topic,
)
from phone.dialogue.turn import HangUp, Heard, Reason, Tools, Turn
from phone.dialogue.understanding.answers import MenuChoice, is_distress, understand_menu

__all__ = ["abandon", "start", "step", "unanswered"]

_SORRY = ("sorry.first", "sorry.second", "sorry.third")
_PATIENT = ("silence.first", "silence.second")


def start(caller: Caller, tools: Tools) -> Turn:
    """The first turn of a call: the emergency sentence, a greeting and one open question."""
    greeting = "greeting.known" if caller.known else "greeting.new"
    return _ask(CallState(caller), tools, lines("emergency", greeting))


def step(state: CallState, heard: Heard, tools: Tools) -> Turn:
    """One turn: what is said, asked and to be done after the caller was heard.

    Every call ends: after `MAX_TURNS` turns, or earlier after too many failures on one topic,
    silences or repetitions, a person takes over.
    """
    if state.ended:
        return Turn(state, lines("done.goodbye"), ending=HangUp())
    heard = Heard(heard.speech.strip()[:MAX_WORDS_KEPT], heard.digits.strip()[:MAX_WORDS_KEPT])
    state = replace(state, turns=state.turns + 1)
    if heard.speech:
        state = replace(state, words_heard=(*state.words_heard, heard.speech))
        if is_distress(heard.speech):
            return in_distress(state, tools)
    if state.turns >= MAX_TURNS:
        return to_person(state, tools, Reason.TOO_LONG, lines("person.too_long"))
    if not heard.speech and not heard.digits:
        return _silence(state, tools)
    state = replace(state, silences=0)
    choice = understand_menu(heard.speech) if heard.speech and not heard.digits else None
    if heard.digits == "0" or choice is MenuChoice.HUMAN:
        return to_person(state, tools, Reason.ASKED)
    if heard.digits in _repeat_keys(state.asking) or choice is MenuChoice.REPEAT:
        return _repeat(state, tools)
    return _next(state.asking, reply_to(state, heard, tools), tools)


def _next(asked: Question, reply: Reply, tools: Tools) -> Turn:
    if reply.ending is not None:
        return reply.ending
    state, before = reply.state, reply.before
    if reply.failed is not None:
        count = state.failures.get(reply.failed, 0) + 1
        state = replace(state, failures={**state.failures, reply.failed.value: count})
        if count >= MAX_FAILURES:
            before = before or lines("person.not_understood")
            return to_person(state, tools, Reason.NOT_UNDERSTOOD, before)
        before = before or _sorry(state)
    asking = reply.asking or next_question(state)
    if asking is Question.RECAP and asked.topic is not Topic.RECAP:
        # All is told now: what was hard before no longer counts against the caller.
        state = replace(state, failures={})
    if reply.failed is not None and asking is asked:
        state = replace(state, asking=asking)
        return Turn(state, (*before, *put_again(state)), expects=listen(state))
    return _ask(replace(state, asking=asking), tools, before)


def _sorry(state: CallState) -> tuple[Line, ...]:
    return lines(_SORRY[(sum(state.failures.values()) - 1) % len(_SORRY)])


def _ask(state: CallState, tools: Tools, before: tuple[Line, ...] = ()) -> Turn:
    return Turn(state, (*before, *put(state, tools)), expects=listen(state))


def _silence(state: CallState, tools: Tools) -> Turn:
    state = replace(state, silences=state.silences + 1)
    if state.silences >= MAX_SILENCES:
        return to_person(state, tools, Reason.SILENCE, lines("person.silence"))
    return _ask(state, tools, lines(_PATIENT[state.silences - 1]))


def _repeat(state: CallState, tools: Tools) -> Turn:
    state = replace(state, repeats=state.repeats + 1)
    if state.repeats > MAX_REPEATS:
        return to_person(state, tools, Reason.TOO_LONG, lines("person.too_long"))
    return _ask(state, tools)


def _repeat_keys(asking: Question) -> tuple[str, ...]:
    # Where a number is expected, 9 is one.
    return ("*",) if asking in KEYS else ("*", "9")
