"""How a call ends: booked, with a person, or with the receiver put down."""

from __future__ import annotations

from dataclasses import replace

from phone.dialogue.booking import draft_of
from phone.dialogue.lines import Line, lines
from phone.dialogue.moments import spoken_soon
from phone.dialogue.state import CallState, Wish
from phone.dialogue.turn import (
    AlertPerson,
    BookRequest,
    Effect,
    HangUp,
    LeaveTask,
    Reason,
    Tools,
    ToPerson,
    Turn,
)


def booked(state: CallState, tools: Tools) -> Turn:
    """The request is confirmed: it is recorded, and said with the time of the call back."""
    draft = draft_of(state, tools)
    promised = {"instant": spoken_soon(tools.call_back_at(draft.starts_at), tools)}
    promise = Line("done.call_back" if state.caller.known else "done.verify", promised)
    return Turn(
        state=replace(state, ended=True),
        say=(*lines("done.recorded"), promise, *lines("done.goodbye")),
        effects=(BookRequest(draft),),
        ending=HangUp(),
    )


def to_person(state: CallState, tools: Tools, reason: Reason, say: tuple[Line, ...] = ()) -> Turn:
    """A person takes over, and has what was understood so far even if nobody can be rung."""
    return Turn(
        state=replace(state, ended=True),
        say=say,
        effects=(LeaveTask(state.wish, reason, draft_of(state, tools)),),
        ending=ToPerson(reason, lines("person.transfer"), _promise(state, tools)),
    )


def in_distress(state: CallState, tools: Tools) -> Turn:
    """The emergency sentence at once, and a person alerted: nothing is judged here."""
    state = replace(state, distress=True)
    return Turn(
        state=replace(state, ended=True),
        say=lines("emergency", "distress.alerted"),
        effects=(AlertPerson(draft_of(state, tools)),),
        ending=ToPerson(Reason.DISTRESS, lines("person.transfer"), _promise(state, tools)),
    )


def unanswered(state: CallState, tools: Tools) -> Turn:
    """What is said after the coordinators were rung and nobody came."""
    say = (*lines("person.busy"), *_promise(state, tools))
    return Turn(state=replace(state, ended=True), say=say, ending=HangUp())


def abandon(state: CallState, tools: Tools) -> tuple[Effect, ...]:
    """What a caller who hangs up now leaves: a task if they asked for anything, else nothing."""
    asked = state.wish is not Wish.UNKNOWN or state.words_heard
    if state.ended or not asked:
        return ()
    return (LeaveTask(state.wish, Reason.HUNG_UP, draft_of(state, tools)),)


def _promise(state: CallState, tools: Tools) -> tuple[Line, ...]:
    """When the caller is rung back; without a number nobody can promise that."""
    if state.distress:
        return lines("distress.not_alone", "emergency")
    if state.caller.phone_usable or state.callback_number is not None:
        at = tools.call_back_at(draft_of(state, tools).starts_at)
        promise = Line("person.promise", {"instant": spoken_soon(at, tools)})
        return (promise, *lines("done.goodbye"))
    return lines("person.no_number", "done.goodbye")
