"""How a call ends: booked, settled, with a person, or with the receiver put down."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from phone.dialogue.booking import draft_of
from phone.dialogue.ears import speak_soon
from phone.dialogue.lines import Line, lines
from phone.dialogue.state import CallState, Question, Wish
from phone.dialogue.turn import (
    AlertPerson,
    BookRequest,
    Draft,
    Effect,
    HangUp,
    LeaveTask,
    MoveOuting,
    Reason,
    Tools,
    ToPerson,
    Turn,
)


def booked(state: CallState, tools: Tools) -> Turn:
    """The request is confirmed: it is recorded, and said with the time of the call back."""
    draft = draft_of(state, tools)
    at = tools.call_back_at(draft.starts_at)
    promise = "done.call_back" if state.from_file else "done.verify"
    if draft.place_later:
        promise, at = "done.place", min(at, tools.person_at)
    return settled(
        state,
        (BookRequest(draft), *_other_months(state, draft)),
        *lines("done.recorded"),
        call_back(promise, at, state, tools),
    )


def booked_without_place(state: CallState, tools: Tools) -> Turn:
    """All but the address is understood and recorded; a person of the team takes over."""
    draft = draft_of(state, tools)
    return Turn(
        state=replace(state, ended=True),
        say=lines("place.later"),
        effects=(BookRequest(draft), *_other_months(state, draft)),
        ending=_person(state, tools, Reason.NOT_UNDERSTOOD),
    )


def moved(state: CallState, outing_id: str, starts_at: datetime, tools: Tools) -> Turn:
    """The outing is at another time now; who comes may be somebody else."""
    draft = draft_of(state, tools)
    return settled(
        state,
        (MoveOuting(outing_id, starts_at, draft), *_other_months(state, draft)),
        *lines("done.recorded"),
        call_back("done.call_back", tools.call_back_at(starts_at), state, tools),
    )


def _other_months(state: CallState, draft: Draft) -> tuple[Effect, ...]:
    """What is left of a wish that no outing fulfils: the months after the first."""
    return (LeaveTask(state.wish, Reason.MONTHLY, draft),) if state.monthly else ()


def settled(state: CallState, effects: tuple[Effect, ...], *say: Line) -> Turn:
    """Everything is done: said, with a goodbye."""
    return Turn(
        state=replace(state, ended=True),
        say=(*say, *lines("done.goodbye")),
        effects=effects,
        ending=HangUp(),
    )


def call_back(key: str, at: datetime, state: CallState, tools: Tools) -> Line:
    """A sentence that promises a call before `at`."""
    return Line(key, {"instant": speak_soon(at, tools, state.language)})


def to_person(state: CallState, tools: Tools, reason: Reason, say: tuple[Line, ...] = ()) -> Turn:
    """A person takes over, and has what was understood so far even if nobody can be rung."""
    return Turn(
        state=replace(state, ended=True),
        say=say,
        effects=(LeaveTask(state.wish, reason, draft_of(state, tools)),),
        ending=_person(state, tools, reason, closed=lines("person.closed")),
    )


def ring_for(turn: Turn, outing_id: str) -> ToPerson:
    """The ending of a call to a person, with the other one of an outing rung first."""
    if not isinstance(turn.ending, ToPerson):
        raise TypeError("the call does not go to a person")
    return replace(turn.ending, partner_of=outing_id)


def in_distress(state: CallState, tools: Tools) -> Turn:
    """The emergency sentence at once, and a person alerted: nothing is judged here."""
    state = replace(state, distress=True)
    return Turn(
        state=replace(state, ended=True),
        say=lines("emergency", "distress.alerted"),
        effects=(AlertPerson(draft_of(state, tools)),),
        ending=_person(state, tools, Reason.DISTRESS),
    )


def unanswered(state: CallState, tools: Tools) -> Turn:
    """What is said after the team was rung and nobody came."""
    reason = Reason.DISTRESS if state.distress else Reason.ASKED
    ending = replace(_person(state, tools, reason), ring=False)
    return Turn(state=replace(state, ended=True), say=lines("person.busy"), ending=ending)


def abandon(state: CallState, tools: Tools) -> tuple[Effect, ...]:
    """What a caller who hangs up now leaves: a task if they asked for anything, else nothing."""
    asked = state.wish not in (Wish.UNKNOWN, Wish.HELP) or state.words_heard
    served = state.wish is Wish.SERVICES and state.shelf_read
    if state.ended or not asked or served:
        return ()
    reason = Reason.DISTRESS if state.asking is Question.SAFE else Reason.HUNG_UP
    return (LeaveTask(state.wish, reason, draft_of(state, tools)),)


def _person(
    state: CallState, tools: Tools, reason: Reason, closed: tuple[Line, ...] = ()
) -> ToPerson:
    """The team is rung when it is there, in distress always; else when it rings back is said.

    Nobody can promise that without a number. In distress there is no tone to talk to: the caller
    is to hang up and ring the emergency services.
    """
    if state.distress:
        promise = lines("distress.not_alone", "emergency")
        return ToPerson(reason, True, lines("person.transfer"), promise)
    ring = tools.staffed
    before = () if ring else closed
    if state.caller.phone_usable or state.callback_number is not None:
        promise = (*before, call_back("person.promise", tools.person_at, state, tools))
        invite = lines("voicemail.invite")
    else:
        promise = (*before, *lines("person.no_number"))
        invite = lines("voicemail.number")
    return ToPerson(reason, ring, lines("person.transfer"), promise, invite, lines("done.goodbye"))
