"""Calls as the store keeps them: every turn durable, every repeat answered the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, insert, update
from sqlmodel import col, select

from matcher.domain.lifecycle import LIVE_MISSIONS
from matcher.services.tasks import add_task
from matcher.services.work import Job, Work
from matcher.store.tables import (
    CallOutcome,
    CallRow,
    CallTurnRow,
    CoordinatorTaskRow,
    MissionRow,
    SeniorRow,
    TaskKind,
)

LONGEST_CALL = timedelta(minutes=30)
"""A call that never told of its end is closed after this."""

MOST_CALLS = 5
MOST_CALLS_WITHIN = timedelta(minutes=10)
"""More calls than that from one number are a flood, or somebody who needs a person."""

# Built once: a caller waits in silence, and building them takes as long as running them.
HELD_CALL = select(CallRow).where(CallRow.sid == bindparam("sid")).with_for_update()
HOLD_NAME = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("sid"), 0)))
_TURN = (
    insert(CallTurnRow)
    .values(
        call_id=bindparam("call"),
        step=bindparam("number"),
        at=bindparam("now"),
        heard=bindparam("heard"),
        response=bindparam("response"),
    )
    .cte("turn")
)
KEEP_TURN = (
    update(CallRow)
    .add_cte(_TURN)
    .where(col(CallRow.id) == bindparam("call"))
    .values(
        step=bindparam("number"), state=bindparam("state"), left_behind=bindparam("left_behind")
    )
)
END_WITH_TURN = KEEP_TURN.values(outcome=bindparam("outcome"), ended_at=bindparam("now"))


def find_call(work: Work, sid: str) -> CallRow | None:
    """The call, its turns made to wait for one another until this transaction ends.

    So does its beginning: where there is no row yet to hold, the name of the call is held.
    """
    call = work.session.scalars(HELD_CALL, {"sid": sid}).one_or_none()
    if call is None:
        work.session.execute(HOLD_NAME, {"sid": sid})
        call = work.session.scalars(HELD_CALL, {"sid": sid}).one_or_none()
    return call


def open_call(
    work: Work, sid: str, number: str, senior: SeniorRow | None, state: dict[str, Any]
) -> CallRow:
    """A new call; should its end never be told, it is closed by a job."""
    call = CallRow(
        id=work.new_id(),
        sid=sid,
        started_at=work.now,
        caller=number,
        caller_index=work.runtime.keyring.index(number) if number else None,
        state=state,
        senior_id=None if senior is None else senior.id,
    )
    work.session.add(call)
    work.session.flush()
    work.defer(Job.CLOSE_CALL, at=work.now + LONGEST_CALL, call_id=str(call.id))
    return call


def is_flooding(work: Work, number: str | None) -> bool:
    """Whether a call from `number` beginning now goes to a person rather than to the dialogue.

    So goes the sixth in ten minutes, unless somebody with that number has an outing under way.
    """
    if number is None:
        return False
    index = work.runtime.keyring.index(number)
    lately = work.session.exec(
        select(func.count())
        .select_from(CallRow)
        .where(
            CallRow.caller_index == index,
            col(CallRow.started_at) > work.now - MOST_CALLS_WITHIN,
        )
    ).one()
    return lately >= MOST_CALLS and not _is_waiting(work, index)


def _is_waiting(work: Work, index: str) -> bool:
    return (
        work.session.exec(
            select(MissionRow.id)
            .join(SeniorRow, col(SeniorRow.id) == col(MissionRow.senior_id))
            .where(
                SeniorRow.phone_index == index,
                col(MissionRow.status).in_([one.value for one in LIVE_MISSIONS]),
            )
            .limit(1)
        ).first()
        is not None
    )


def find_answer(work: Work, call: CallRow, step: int) -> str | None:
    """What was answered at this step already, or None for the step that comes next.

    A step out of order is answered as the last one was.
    """
    if step == call.step + 1:
        return None
    turn = work.session.get_one(CallTurnRow, (call.id, min(step, call.step)))
    return turn.response


@dataclass(frozen=True, slots=True)
class Step:
    """One turn to be kept: what was heard, what was answered and where the dialogue stands."""

    number: int
    heard: dict[str, str]
    response: str
    state: dict[str, Any]
    left_behind: dict[str, Any] | None
    outcome: CallOutcome | None


def keep_step(work: Work, call: CallRow, step: Step) -> None:
    """Write a turn down; with an outcome the call has nothing left to lose."""
    work.session.connection().execute(
        KEEP_TURN if step.outcome is None else END_WITH_TURN,
        {
            "call": call.id,
            "number": step.number,
            "now": work.now,
            "heard": step.heard,
            "response": step.response,
            "state": step.state,
            "left_behind": step.left_behind,
            "outcome": step.outcome,
        },
    )


def hang_up(work: Work, call: CallRow) -> None:
    """The line is closed: whatever was asked and not settled is left to a coordinator, once."""
    if call.outcome is not None:
        return
    if call.left_behind is None:
        call.outcome = CallOutcome.NOTHING_ASKED.value
    else:
        call.outcome = CallOutcome.TASK.value
        add_task(
            work,
            TaskKind.CALL_BACK,
            "Appel interrompu : rappeler.",
            senior_id=call.senior_id,
            call_id=call.id,
            details=call.left_behind,
        )
    call.ended_at = work.now
    work.session.add(call)


def close_silent(work: Work, call_id: UUID) -> None:
    """Hang up a call whose end was never told."""
    sid = work.session.get_one(CallRow, call_id).sid
    call = find_call(work, sid)
    if call is not None:
        hang_up(work, call)


def pick_up(work: Work, call: CallRow, place: int) -> None:
    """A telephone of the team was picked up, by its place in the list: perhaps by a machine."""
    if place not in call.picked_up:
        call.picked_up = [*call.picked_up, place]
        work.session.add(call)


def take(work: Work, call: CallRow, place: int) -> bool:
    """Somebody of the team pressed the key: theirs if nobody was first, and nobody rings back.

    Pressed again by the same person it stays theirs.
    """
    if call.taken_at is not None:
        return call.taken_by == place
    call.taken_at, call.taken_by = work.now, place
    work.session.add(call)
    settle_call_backs(work, call)
    return True


def settle_call_backs(work: Work, call: CallRow) -> None:
    """Nobody needs to ring back: the caller is talking to whom they wanted."""
    for task in _open_call_backs(work, call):
        task.done_at = work.now
        work.session.add(task)
        work.note("coordinator_task", task.id, "done")


def leave_recording(work: Work, call: CallRow, url: str, duration_s: int) -> None:
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


def _open_call_backs(work: Work, call: CallRow) -> list[CoordinatorTaskRow]:
    return list(
        work.session.exec(
            select(CoordinatorTaskRow).where(
                CoordinatorTaskRow.call_id == call.id,
                CoordinatorTaskRow.kind == TaskKind.CALL_BACK.value,
                col(CoordinatorTaskRow.done_at).is_(None),
            )
        )
    )
