"""What a turn of the dialogue does to the service, inside the turn's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from matcher.services.intake import Booking, book, promised_call_at
from matcher.services.messages import queue_sms
from matcher.services.tasks import add_task
from matcher.services.work import Work
from matcher.store.tables import CallOutcome, CallRow, TaskKind
from phone.dialogue.turn import AlertPerson, BookRequest, Draft, Effect, LeaveTask

DISTRESS_SMS = "Compagnie : un appel en cours semble urgent. Décrochez ou ouvrez la console."


def apply_effects(work: Work, call: CallRow, effects: Iterable[Effect]) -> CallOutcome | None:
    """Carry out the effects; how the call ended if one of them ends it."""
    outcome: CallOutcome | None = None
    for effect in effects:
        if isinstance(effect, BookRequest):
            book(work, _booking(work, call, effect.draft))
            outcome = CallOutcome.BOOKED
        elif isinstance(effect, LeaveTask):
            _leave_task(work, call, effect)
            outcome = CallOutcome.PERSON
        else:
            _alert(work, call, effect)
            outcome = CallOutcome.PERSON
    return outcome


def _leave_task(work: Work, call: CallRow, effect: LeaveTask) -> None:
    """Leave a coordinator what was understood, to be done by the time the caller was told."""
    add_task(
        work,
        TaskKind.CALL_BACK,
        "Rappeler la personne qui a téléphoné.",
        due_at=promised_call_at(work.now, work.runtime.settings.zone, effect.draft.starts_at),
        senior_id=call.senior_id,
        call_id=call.id,
        details=left_behind(effect),
    )


def left_behind(effect: LeaveTask) -> dict[str, object]:
    """A task's details as JSON values."""
    return {
        "wish": effect.kind.value,
        "reason": effect.reason.value,
        "draft": effect.draft.to_json(),
    }


def _alert(work: Work, call: CallRow, effect: AlertPerson) -> None:
    add_task(
        work,
        TaskKind.DISTRESS,
        "Appel inquiétant : rappeler tout de suite.",
        due_at=work.now,
        senior_id=call.senior_id,
        call_id=call.id,
        details={"draft": effect.draft.to_json()},
    )
    for number in work.runtime.settings.coordinator_numbers:
        queue_sms(work, number, DISTRESS_SMS, "distress", f"distress:{call.id}:{number}")


def _booking(work: Work, call: CallRow, draft: Draft) -> Booking:
    if draft.purpose is None or draft.starts_at is None:
        raise ValueError("a confirmed request has a purpose and a time")
    return Booking(
        senior_id=None if draft.senior_id is None else UUID(draft.senior_id),
        phone=draft.callback_number or call.caller or None,
        purpose=draft.purpose,
        starts_at=draft.starts_at,
        ends_at=draft.starts_at + timedelta(hours=draft.duration_h),
        address=None if draft.from_home else draft.address,
        needs=frozenset(draft.needs),
        words=draft.words_heard,
        promised_call_at=promised_call_at(work.now, work.runtime.settings.zone, draft.starts_at),
        call_id=call.id,
    )
