"""Calls as the store keeps them: every turn durable, every repeat answered the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from matcher.services.tasks import add_task
from matcher.services.work import Work
from matcher.store.tables import (
    CallOutcome,
    CallRow,
    CallTurnRow,
    CoordinatorTaskRow,
    TaskKind,
)

URGENT = "distress"
"""The reason in what a call leaves behind when somebody may be in danger."""
BROKEN_OFF = "Appel interrompu : rappeler."
BROKEN_OFF_URGENT = "Appel inquiétant interrompu : rappeler tout de suite."

LONGEST_CALL = timedelta(minutes=30)
"""A call that never told of its end is closed after this."""


@dataclass(frozen=True, slots=True)
class HeldCall:
    """A call as it stands, held: its other turns wait until this transaction ends.

    `CallRow` says what the fields mean; `caller` is a number or empty.
    """

    id: UUID
    sid: str
    caller: str
    senior_id: UUID | None
    step: int
    state: dict[str, Any]
    left_behind: dict[str, Any] | None
    outcome: str | None
    picked_up: list[int]
    taken_by: int | None
    taken_at: datetime | None


# The two statements of every turn go straight to the driver: a caller waits in silence, and the
# toolkit takes as long over them as PostgreSQL does.
_HELD = """
    SELECT id, sid, caller, senior_id, step, state, left_behind, outcome, picked_up, taken_by,
        taken_at
    FROM call WHERE sid = %(sid)s FOR NO KEY UPDATE"""
_KEEP_TURN = """
    WITH turn AS (
        INSERT INTO call_turn (call_id, step, at, heard, response)
        VALUES (%(call)s, %(step)s, %(now)s, %(heard)s, %(response)s)
    )
    UPDATE call SET step = %(step)s, state = %(state)s, left_behind = %(left_behind)s,
        outcome = coalesce(%(outcome)s, outcome),
        ended_at = CASE WHEN %(outcome)s::text IS NULL THEN ended_at ELSE %(now)s END
    WHERE id = %(call)s"""
# The others are built once.
_SILENT = select(col(CallRow.sid)).where(
    col(CallRow.outcome).is_(None), col(CallRow.started_at) < bindparam("before")
)
_OPENED = (
    insert(CallRow)
    .values({name: bindparam(name) for name in (*HeldCall.__slots__, "started_at", "caller_index")})
    .on_conflict_do_nothing(index_elements=["sid"])
    .returning(col(CallRow.id))
)
_OF_CALL = update(CallRow).where(col(CallRow.id) == bindparam("call"))
_END = _OF_CALL.values(outcome=bindparam("outcome"), ended_at=bindparam("now"))
_PICK_UP = _OF_CALL.values(picked_up=bindparam("places"))
_TAKE = _OF_CALL.values(taken_by=bindparam("place"), taken_at=bindparam("now"))
_GREETING = (
    select(col(CallTurnRow.response))
    .join(CallRow, col(CallRow.id) == col(CallTurnRow.call_id))
    .where(col(CallRow.sid) == bindparam("sid"), col(CallTurnRow.step) == 0)
)
_ANSWER = select(col(CallTurnRow.response)).where(
    col(CallTurnRow.call_id) == bindparam("call"), col(CallTurnRow.step) == bindparam("number")
)


def find_call(work: Work, sid: str) -> HeldCall | None:
    """The call, held."""
    row = work.driver.execute(_HELD, {"sid": sid}).fetchone()
    if row is None:
        return None
    keyring = work.runtime.keyring
    id_, sid, caller, senior_id, step, state, left_behind, *rest = row
    return HeldCall(
        id_,
        sid,
        keyring.decrypt(caller),
        senior_id,
        step,
        keyring.decrypt_json(state),
        None if left_behind is None else keyring.decrypt_json(left_behind),
        *rest,
    )


def open_call(
    work: Work, sid: str, number: str, senior_id: UUID | None, state: dict[str, Any]
) -> HeldCall | None:
    """A new call, held; None when it has begun already, be it at this very moment."""
    call = HeldCall(
        id=work.new_id(),
        sid=sid,
        caller=number,
        senior_id=senior_id,
        step=0,
        state=state,
        left_behind=None,
        outcome=None,
        picked_up=[],
        taken_by=None,
        taken_at=None,
    )
    told = {field: getattr(call, field) for field in HeldCall.__slots__}
    index = work.runtime.keyring.index(number) if number else None
    opened = work.connection.execute(
        _OPENED, told | {"started_at": work.now, "caller_index": index}
    )
    return None if opened.one_or_none() is None else call


def get_greeting(work: Work, sid: str) -> str:
    """What the call began with.

    Raises:
        NoResultFound: it never began.
    """
    greeting: str = work.connection.execute(_GREETING, {"sid": sid}).scalar_one()
    return greeting


def find_answer(work: Work, call: HeldCall, step: int) -> str | None:
    """What was answered at this step already, or None for the step that comes next.

    A step out of order is answered as the last one was.
    """
    if step == call.step + 1:
        return None
    asked = {"call": call.id, "number": min(step, call.step)}
    answer: str = work.connection.execute(_ANSWER, asked).scalar_one()
    return answer


@dataclass(frozen=True, slots=True)
class Step:
    """One turn to be kept: what was heard, what was answered and where the dialogue stands."""

    number: int
    heard: dict[str, str]
    response: str
    state: dict[str, Any]
    left_behind: dict[str, Any] | None
    outcome: CallOutcome | None


def keep_step(work: Work, call: HeldCall, step: Step) -> None:
    """Write a turn down; with an outcome the call has nothing left to lose."""
    keyring, left = work.runtime.keyring, step.left_behind
    work.driver.execute(
        _KEEP_TURN,
        {
            "call": call.id,
            "step": step.number,
            "now": work.now,
            "heard": keyring.encrypt_json(step.heard),
            "response": keyring.encrypt(step.response),
            "state": keyring.encrypt_json(step.state),
            "left_behind": None if left is None else keyring.encrypt_json(left),
            "outcome": step.outcome,
        },
    )


def hang_up(work: Work, call: HeldCall) -> None:
    """The line is closed: whatever was asked and not settled is left to a coordinator, once."""
    if call.outcome is not None:
        return
    outcome = CallOutcome.NOTHING_ASKED if call.left_behind is None else CallOutcome.TASK
    work.connection.execute(_END, {"call": call.id, "outcome": outcome.value, "now": work.now})
    if call.left_behind is not None:
        urgent = call.left_behind.get("reason") == URGENT
        add_task(
            work,
            TaskKind.DISTRESS if urgent else TaskKind.CALL_BACK,
            BROKEN_OFF_URGENT if urgent else BROKEN_OFF,
            due_at=work.now if urgent else None,
            senior_id=call.senior_id,
            call_id=call.id,
            details=call.left_behind,
        )


def close_silent(work: Work) -> None:
    """Hang up the calls whose end was never told."""
    before = {"before": work.now - LONGEST_CALL}
    for sid in work.connection.execute(_SILENT, before).scalars().all():
        call = find_call(work, sid)
        if call is not None:
            hang_up(work, call)


def pick_up(work: Work, call: HeldCall, place: int) -> None:
    """A telephone of the team was picked up, by its place in the list: perhaps by a machine."""
    if place not in call.picked_up:
        places = [*call.picked_up, place]
        work.connection.execute(_PICK_UP, {"call": call.id, "places": places})


def take(work: Work, call: HeldCall, place: int) -> bool:
    """Somebody of the team pressed the key: theirs if nobody was first, and nobody rings back.

    Pressed again by the same person it stays theirs.
    """
    if call.taken_at is not None:
        return call.taken_by == place
    work.connection.execute(_TAKE, {"call": call.id, "place": place, "now": work.now})
    settle_call_backs(work, call)
    return True


def settle_call_backs(work: Work, call: HeldCall) -> None:
    """Nobody needs to ring back: the caller is talking to whom they wanted."""
    for task in _open_call_backs(work, call):
        task.done_at = work.now
        work.session.add(task)
        work.note("coordinator_task", task.id, "done")


def leave_recording(work: Work, call: HeldCall, url: str, duration_s: int) -> None:
    """The caller left a message after the tone: whoever rings back finds it."""
    recording = {"recording": url, "recording_s": duration_s}
    tasks = _open_call_backs(work, call)
    for task in tasks:
        task.details = {**task.details, **recording}
        work.session.add(task)
    if not tasks:
        add_task(
            work,
            TaskKind.CALL_BACK,
            "Message vocal : rappeler.",
            senior_id=call.senior_id,
            call_id=call.id,
            details=recording,
        )


def _open_call_backs(work: Work, call: HeldCall) -> list[CoordinatorTaskRow]:
    return list(
        work.session.exec(
            select(CoordinatorTaskRow).where(
                CoordinatorTaskRow.call_id == call.id,
                CoordinatorTaskRow.kind == TaskKind.CALL_BACK.value,
                col(CoordinatorTaskRow.done_at).is_(None),
            )
        )
    )
