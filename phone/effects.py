"""What a turn of the dialogue does to the service, inside the turn's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from matcher.services import errands
from matcher.services.alerts import alert_team
from matcher.services.calls import HeldCall
from matcher.services.intake import Booking, book, promised_call_at
from matcher.services.opening import person_call_at
from matcher.services.tasks import add_task
from matcher.services.work import Work
from matcher.store.tables import CallOutcome, TaskKind
from phone.dialogue.turn import (
    AlertPerson,
    BookRequest,
    CancelOuting,
    Draft,
    Effect,
    LeaveTask,
    MoveOuting,
    PassMessage,
    Reason,
    SendPlaces,
    WillBeLate,
    WithdrawFrom,
)

CALL_BACK = "Rappeler la personne qui a téléphoné."
OTHER_MONTHS = "Sortie à répéter chaque mois : la première est notée, voir les autres ensemble."
DISTRESS_SMS = "Compagnie : un appel en cours semble urgent. Décrochez ou ouvrez la console."
DISTRESS_CALL = "Compagnie. Un appel semble urgent. Ouvrez la console, s'il vous plaît."


def apply_effects(work: Work, call: HeldCall, effects: Iterable[Effect]) -> CallOutcome | None:
    """Carry out the effects; how the call ended if one of them ends it."""
    outcome: CallOutcome | None = None
    for effect in effects:
        outcome = _apply(work, call, effect) or outcome
    return outcome


def _apply(work: Work, call: HeldCall, effect: Effect) -> CallOutcome | None:
    match effect:
        case BookRequest(draft=draft):
            book(work, _booking(work, call, draft))
            return CallOutcome.BOOKED
        case MoveOuting(outing_id=outing, starts_at=at, draft=draft):
            errands.move_by_phone(work, call, UUID(outing), at, draft.words_heard)
            return CallOutcome.BOOKED
        case LeaveTask(reason=Reason.MONTHLY):
            _leave_task(work, call, effect)
            return None
        case LeaveTask(reason=reason):
            _leave_task(work, call, effect)
            return CallOutcome.TASK if reason is Reason.SETTLED else CallOutcome.PERSON
        case AlertPerson(draft=draft):
            _alert(work, call, draft)
            return CallOutcome.PERSON
        case SendPlaces(place_ids=ids):
            errands.send_places(work, call, ids)
            return None
        case CancelOuting(outing_id=outing):
            errands.cancel_by_phone(work, call, UUID(outing))
        case PassMessage(outing_id=outing, text=text):
            errands.pass_message(work, call, UUID(outing), text)
        case WithdrawFrom(outing_id=outing, volunteer_id=volunteer):
            errands.withdraw_by_phone(work, call, UUID(outing), UUID(volunteer))
        case WillBeLate(outing_id=outing, minutes=minutes):
            errands.tell_late(work, call, UUID(outing), minutes)
    return CallOutcome.TASK


def _leave_task(work: Work, call: HeldCall, effect: LeaveTask) -> None:
    """Leave a coordinator what was understood, to be done by the time the caller was told."""
    add_task(
        work,
        TaskKind.CALL_BACK,
        OTHER_MONTHS if effect.reason is Reason.MONTHLY else CALL_BACK,
        due_at=person_call_at(work.now, work.runtime.settings),
        senior_id=call.senior_id,
        call_id=call.id,
        details=left_behind(effect),
    )


def left_behind(effect: LeaveTask) -> dict[str, object]:
    """A task's details as JSON values."""
    return {
        "wish": effect.kind.value,
        "reason": effect.reason.value,
        **effect.draft.to_json(),
    }


def _alert(work: Work, call: HeldCall, draft: Draft) -> None:
    """A task, an SMS and a call to each of the team, whatever the hour."""
    add_task(
        work,
        TaskKind.DISTRESS,
        "Appel inquiétant : rappeler tout de suite.",
        due_at=work.now,
        senior_id=call.senior_id,
        call_id=call.id,
        details=draft.to_json(),
    )
    alert_team(work, f"distress:{call.id}", DISTRESS_SMS, DISTRESS_CALL, purpose="distress")


def _booking(work: Work, call: HeldCall, draft: Draft) -> Booking:
    if draft.purpose is None or draft.starts_at is None:
        raise ValueError("a confirmed request has a purpose and a time")
    promised = promised_call_at(work.now, work.runtime.settings.zone, draft.starts_at)
    if draft.place_later:
        promised = min(promised, person_call_at(work.now, work.runtime.settings))
    return Booking(
        senior_id=None if draft.senior_id is None else UUID(draft.senior_id),
        phone=draft.callback_number or call.caller or None,
        purpose=draft.purpose,
        starts_at=draft.starts_at,
        ends_at=draft.starts_at + timedelta(hours=draft.duration_h),
        address=None if draft.from_home else draft.address,
        needs=frozenset(draft.needs),
        words=draft.words_heard,
        promised_call_at=promised,
        call_id=call.id,
        first_name=draft.first_name,
        for_other=draft.for_other,
        every_weeks=draft.every_weeks,
        weekdays=draft.weekdays,
        place_unknown=draft.place_later,
        access_notes=draft.access,
    )
