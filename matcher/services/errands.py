"""What a caller settles on the line about an outing: called off, moved, a message, a withdrawal.

A number that is shown identifies and never authenticates. So each of these is told to the number
in the file, or left to a coordinator to confirm.
"""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from text_to_num import alpha2digit

from matcher.domain.errors import DomainError, NotFound, TransitionRefused
from matcher.domain.lifecycle import MissionStatus
from matcher.domain.people import Need, Purpose
from matcher.services import texts, visits
from matcher.services.calls import HeldCall
from matcher.services.changes import change_time
from matcher.services.intake import Booking, book, promise, promised_call_at
from matcher.services.messages import queue_sms
from matcher.services.opening import person_call_at
from matcher.services.roll import address_of
from matcher.services.tasks import add_task
from matcher.services.telephone import takes_sms
from matcher.services.work import Work
from matcher.store.tables import (
    MissionRow,
    PlaceRow,
    RequestRow,
    SeniorRow,
    TaskKind,
    VolunteerRow,
)

MAX_PLACES_IN_SMS = 9
UNDER_WAY = "Annulation demandée pendant la sortie : rappeler tout de suite."
_NUMBER = re.compile(r"(?:\+|\b)\d(?:[ .\-]?\d){7,}")


def cancel_by_phone(work: Work, call: HeldCall, mission_id: UUID) -> None:
    """Call off one of the caller's own outings; one under way, or over, is left to a person.

    Under way, the alarm stays set that sounds when nobody comes home.

    Raises:
        NotFound: it is not theirs.
    """
    mission = _own_outing(work, call, mission_id)
    if mission.status == MissionStatus.IN_PROGRESS:
        _task(work, call, mission, UNDER_WAY, due_at=work.now)
        return
    try:
        visits.cancel(work, mission.id, "caller")
    except TransitionRefused:
        _task(work, call, mission, "Annulation demandée au téléphone : la vérifier.")
        return
    _task(work, call, mission, "Annulée au téléphone : le confirmer à la personne.")
    senior = work.session.get_one(SeniorRow, mission.senior_id)
    if senior.phone is not None and takes_sms(senior.phone):
        text = texts.cancelled_by_phone(_when(work, mission))
        once = f"cancelled_by_phone:{mission.id}"
        queue_sms(work, senior.phone, text, "cancelled_by_phone", once, mission.id)


def move_by_phone(
    work: Work, call: HeldCall, mission_id: UUID, starts_at: datetime, words: tuple[str, ...]
) -> MissionRow:
    """Put one of the caller's own outings to another instant.

    Whoever holds it is asked whether they still come; otherwise it is called off, and asked for
    anew.

    Raises:
        NotFound: it is not theirs.
    """
    old = _own_outing(work, call, mission_id)
    if old.status == MissionStatus.ACCEPTED:
        return _move_held(work, old, starts_at, words)
    senior = work.session.get_one(SeniorRow, old.senior_id)
    if old.status != MissionStatus.UNFILLED:
        try:
            visits.cancel(work, old.id, "moved")
        except TransitionRefused:
            _task(work, call, old, "Changement d'une sortie déjà close : à vérifier.")
    settings = work.runtime.settings
    return book(
        work,
        Booking(
            senior_id=senior.id,
            phone=senior.phone,
            purpose=Purpose(old.purpose),
            starts_at=starts_at,
            ends_at=starts_at + (old.ends_at - old.starts_at),
            address=None if old.meeting in (None, senior.home) else address_of(old.meeting),
            place_unknown=old.meeting is None,
            access_notes=old.access_notes or "",
            needs=frozenset(Need(need) for need in old.needs),
            words=words,
            promised_call_at=promised_call_at(work.now, settings.zone, starts_at),
            call_id=call.id,
        ),
    )


def _move_held(
    work: Work, mission: MissionRow, starts_at: datetime, words: tuple[str, ...]
) -> MissionRow:
    """The caller was told by when they hear of it: that promise is kept as for a new request."""
    changed = change_time(work, mission.id, starts_at)
    request = work.session.get_one(RequestRow, mission.request_id)
    promised_at = promised_call_at(work.now, work.runtime.settings.zone, starts_at)
    request.words, request.promised_call_at = [*request.words, *words], promised_at
    work.session.add(request)
    promise(work, mission, promised_at)
    return changed


def pass_message(work: Work, call: HeldCall, mission_id: UUID, message: str) -> None:
    """Tell the volunteer what the caller said, and the team; never a number by SMS.

    Raises:
        NotFound: the outing is not the caller's.
    """
    mission = _own_outing(work, call, mission_id)
    _task(
        work, call, mission, "Message pour la personne qui vient : vérifier qu'il est arrivé.",
        message=message,
    )  # fmt: skip
    if mission.volunteer_id is None:
        return
    volunteer = work.session.get_one(VolunteerRow, mission.volunteer_id)
    when = _when(work, mission)
    says_number = _NUMBER.search(message) or _NUMBER.search(alpha2digit(message, "fr"))
    text = texts.message_waits(when) if says_number else texts.message_for_volunteer(when, message)
    queue_sms(work, volunteer.phone, text, "message", f"message:{call.id}", mission.id)


def withdraw_by_phone(work: Work, call: HeldCall, mission_id: UUID, volunteer_id: UUID) -> None:
    """The volunteer cannot come; what can no longer be given back is left to a person."""
    mission = work.session.get_one(MissionRow, mission_id)
    try:
        visits.withdraw(work, mission_id, volunteer_id)
    except DomainError:
        _task(work, call, mission, "Désistement au téléphone : à régler tout de suite.")
        return
    _task(work, call, mission, "Désistement au téléphone : suivre la recherche.")
    volunteer = work.session.get_one(VolunteerRow, volunteer_id)
    text = texts.withdrawn(_when(work, mission))
    queue_sms(work, volunteer.phone, text, "withdrawn", f"withdrawn:{call.id}", mission.id)


def tell_late(work: Work, call: HeldCall, mission_id: UUID, minutes: int | None) -> None:
    """The volunteer will be late: a coordinator tells the person."""
    mission = work.session.get_one(MissionRow, mission_id)
    _task(
        work, call, mission, "La personne bénévole sera en retard : prévenir la personne aînée.",
        due_at=work.now, minutes_late=minutes,
    )  # fmt: skip


def send_places(work: Work, call: HeldCall, place_ids: tuple[str, ...]) -> None:
    """The places that were read, to the mobile that rings."""
    ids = [UUID(one) for one in place_ids[:MAX_PLACES_IN_SMS]]
    rows = {
        row.id: row for row in work.session.exec(select(PlaceRow).where(col(PlaceRow.id).in_(ids)))
    }
    told = [
        ", ".join(part for part in (rows[one].name, rows[one].address, rows[one].phone) if part)
        for one in ids
        if one in rows
    ]
    if told:
        text = "Compagnie, près de vous : " + " ; ".join(told) + "."
        queue_sms(work, call.caller, text, "places", f"places:{call.id}")


def _own_outing(work: Work, call: HeldCall, mission_id: UUID) -> MissionRow:
    mission = work.session.get(MissionRow, mission_id)
    if mission is None or mission.senior_id != call.senior_id:
        raise NotFound
    return mission


def _when(work: Work, mission: MissionRow) -> str:
    return texts.day_and_hour(mission.starts_at, work.runtime.settings.zone)


def _task(
    work: Work,
    call: HeldCall,
    mission: MissionRow,
    reason: str,
    due_at: datetime | None = None,
    **details: object,
) -> None:
    """Not tied to the mission: two calls about one outing are two things to do."""
    add_task(
        work,
        TaskKind.ATTENTION,
        reason,
        due_at=due_at or person_call_at(work.now, work.runtime.settings),
        senior_id=mission.senior_id,
        call_id=call.id,
        details={"mission_id": str(mission.id), "starts_at": mission.starts_at.isoformat()}
        | {key: value for key, value in details.items() if value is not None},
    )
