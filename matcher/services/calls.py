"""Calls as the store keeps them: every turn durable, every repeat answered the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import select

from matcher.services.tasks import add_task
from matcher.services.work import Job, Work
from matcher.store.tables import (
    CallOutcome,
    CallRow,
    CallTurnRow,
    FileStatus,
    SeniorRow,
    TaskKind,
)

LONGEST_CALL = timedelta(minutes=30)
"""A call that never told of its end is closed after this."""


def find_senior(work: Work, number: str | None) -> SeniorRow | None:
    """Whose file this number belongs to; nobody's when it is unknown or shared by several."""
    if number is None:
        return None
    seniors = work.session.exec(
        select(SeniorRow).where(
            SeniorRow.phone_index == work.runtime.keyring.index(number),
            SeniorRow.status == FileStatus.ACTIVE.value,
        )
    ).all()
    return seniors[0] if len(seniors) == 1 else None


def find_call(work: Work, sid: str) -> CallRow | None:
    """The call, its turns made to wait for one another until this transaction ends."""
    work.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(sid, 0))))
    return work.session.exec(select(CallRow).where(CallRow.sid == sid)).one_or_none()


def open_call(
    work: Work, sid: str, number: str, senior: SeniorRow | None, state: dict[str, Any]
) -> CallRow:
    """A new call; should its end never be told, it is closed by a job."""
    call = CallRow(
        id=work.new_id(),
        sid=sid,
        started_at=work.now,
        caller=number,
        state=state,
        senior_id=None if senior is None else senior.id,
    )
    work.session.add(call)
    work.session.flush()
    work.defer(Job.CLOSE_CALL, at=work.now + LONGEST_CALL, call_id=str(call.id))
    return call


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
    call.step = step.number
    call.state = step.state
    call.left_behind = step.left_behind
    if step.outcome is not None:
        call.outcome = step.outcome.value
        call.ended_at = work.now
    work.session.add(call)
    work.session.add(
        CallTurnRow(
            call_id=call.id,
            step=step.number,
            at=work.now,
            heard=step.heard,
            response=step.response,
        )
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
