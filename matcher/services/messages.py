"""Messages to people: written in the transaction that calls for them, sent by a job afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from matcher.domain.ringing import decent_hour, rings_for
from matcher.domain.timeline import Question, next_waking
from matcher.services.policies import TIMELINE
from matcher.services.tasks import add_task
from matcher.services.telephone import takes_sms
from matcher.services.work import Job, Work
from matcher.store.tables import (
    Channel,
    MessageRow,
    MissionRow,
    OptOutRow,
    TaskKind,
)

ALWAYS_SENT = frozenset({"sign_in", "distress", "alert"})
"""Purposes that no opt-out holds back: the person is waiting for them."""

SPARES_THE_WAY = frozenset({"cancelled", "released", "changed_away"})
"""News without which somebody would go to a door where nobody waits."""

BEYOND_CAPS = ALWAYS_SENT | SPARES_THE_WAY | {Question.CHANGED, Question.ARRIVED, Question.HOME}
"""Purposes that no cap of the day holds back: no call says the same."""

AT_ANY_HOUR = ALWAYS_SENT | {Question.ARRIVED, Question.HOME, "late", "replaced"}
"""Purposes that wait for no decent hour."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """How an outgoing call asks for an answer: until when it is made again for want of a key.

    It may be about a senior, or a place in a campaign's list.
    """

    until: datetime
    senior_id: UUID | None = None
    campaign_call_id: UUID | None = None


def queue_sms(
    work: Work,
    to: str,
    text: str,
    purpose: str,
    once: str,
    mission_id: UUID | None = None,
    agreement: int | None = None,
) -> None:
    """An SMS to the E.164 number `to`; a second one with the same `once` is left out.

    So is one to somebody who opted out, and one beyond the day's caps, which a coordinator is
    told of; news of care goes beyond them. One that says who comes does so by the `agreement` its
    mission stands at: it does not leave once there is another.
    """
    queue_sms_each(work, {once: to}, text, purpose, mission_id, agreement)


def queue_sms_each(
    work: Work,
    to: Mapping[str, str],
    text: str,
    purpose: str,
    mission_id: UUID | None = None,
    agreement: int | None = None,
    offers: Mapping[str, UUID] | None = None,
) -> None:
    """`queue_sms` of the same text to several, each number by its `once`.

    One that asks for an answer to an offer, given in `offers` by its `once`, does not leave once
    that offer has ended.
    """
    if not to:
        return
    allowed = dict(to)
    if purpose not in ALWAYS_SENT:
        readers = list_sms_readers(work, to.values())
        wanted = {once: number for once, number in to.items() if number in readers}
        allowed = wanted if purpose in BEYOND_CAPS else _within_caps(work, wanted)
        if len(allowed) < len(wanted):
            add_task(
                work,
                TaskKind.MESSAGE_FAILED,
                "Trop de SMS aujourd'hui : un message n'est pas parti.",
                mission_id=mission_id,
                details={"purpose": purpose},
            )
    if allowed:
        _queue(work, Channel.SMS, allowed, text, purpose, mission_id, None, agreement, offers)


def queue_push_each(
    work: Work, to: Mapping[str, str], text: str, mission_id: UUID, offers: Mapping[str, UUID]
) -> None:
    """A notification of the same text to several, each volunteer's number by its `once`.

    It asks for an answer to the offer that `offers` has by its `once`.
    """
    if to:
        _queue(work, Channel.PUSH, to, text, "offer", mission_id, None, None, offers)


def queue_call(
    work: Work,
    to: str,
    text: str,
    purpose: str,
    once: str,
    mission_id: UUID | None = None,
    repeat: Repeat | None = None,
    agreement: int | None = None,
    offer_id: UUID | None = None,
) -> bool:
    """A call that speaks `text` to `to`; a second one with the same `once` is left out.

    With `repeat` the call asks for a key, and is made again until one was pressed; `agreement` is
    as in `queue_sms`, and `offer_id` what it asks about. Whether it is a first one.
    """
    offers = None if offer_id is None else {once: offer_id}
    return _queue(
        work, Channel.CALL, {once: to}, text, purpose, mission_id, repeat, agreement, offers
    )


def gets_sms(work: Work, number: str) -> bool:
    """Whether an SMS to the E.164 `number` would be read: the others are rung."""
    return takes_sms(number) and bool(list_sms_readers(work, [number]))


def list_sms_readers(work: Work, numbers: Iterable[str]) -> set[str]:
    """Those of these E.164 numbers that want SMS, landlines included."""
    indexes = {work.runtime.keyring.index(number): number for number in numbers}
    opted_out = work.session.exec(
        select(OptOutRow.number_index).where(col(OptOutRow.number_index).in_(indexes))
    )
    return set(indexes.values()) - {indexes[index] for index in opted_out}


def count_as_heard(work: Work, mission_id: UUID, purpose: str) -> None:
    """What these calls asked was answered otherwise: they are not made again."""
    work.session.execute(
        update(MessageRow)
        .where(
            col(MessageRow.mission_id) == mission_id,
            col(MessageRow.purpose) == purpose,
            col(MessageRow.repeat_until).is_not(None),
            col(MessageRow.heard_at).is_(None),
        )
        .values(heard_at=work.now)
    )


def _within_caps(work: Work, to: Mapping[str, str]) -> dict[str, str]:
    """Those that the caps of the day leave room for."""
    settings = work.runtime.settings
    indexes = {number: work.runtime.keyring.index(number) for number in to.values()}
    index = col(MessageRow.recipient_index)
    whose = case((index.in_(indexes.values()), index))
    queued: dict[str | None, int] = dict(
        work.session.exec(
            select(whose, func.count())
            .where(
                MessageRow.channel == Channel.SMS.value,
                col(MessageRow.queued_at) > work.now - timedelta(days=1),
            )
            .group_by(whose)
        ).all()
    )
    room = settings.sms_daily_cap - sum(queued.values())
    fits = [
        (once, number)
        for once, number in to.items()
        if queued.get(indexes[number], 0) < settings.sms_number_cap
    ]
    return dict(fits[: max(0, room)])


def _queue(
    work: Work,
    channel: Channel,
    to: Mapping[str, str],
    text: str,
    purpose: str,
    mission_id: UUID | None,
    repeat: Repeat | None,
    agreement: int | None,
    offers: Mapping[str, UUID] | None = None,
) -> bool:
    """Write the messages down, each number by its `once`; whether any is a first one."""
    queued = work.session.scalars(
        insert(MessageRow)
        .values(
            [
                {
                    "id": work.new_id(),
                    "once": once,
                    "channel": channel.value,
                    "recipient": number,
                    "recipient_index": work.runtime.keyring.index(number),
                    "text": text,
                    "purpose": purpose,
                    "mission_id": mission_id,
                    "agreement": agreement,
                    "offer_id": (offers or {}).get(once),
                    "repeat_until": None if repeat is None else repeat.until,
                    "senior_id": None if repeat is None else repeat.senior_id,
                    "campaign_call_id": None if repeat is None else repeat.campaign_call_id,
                    "attempts": 0,
                    "sent_times": [],
                    "queued_at": work.now,
                }
                for once, number in to.items()
            ]
        )
        .on_conflict_do_nothing(index_elements=["once"])
        .returning(col(MessageRow.id))
    ).all()
    if queued:
        job, args = Job.SEND_MESSAGE, {"attempt": "1"}
        if channel is Channel.PUSH:
            job, args = Job.SEND_PUSH, {}
        work.defer_each(
            job,
            [{"message_id": str(message_id), **args} for message_id in queued],
            at=sending_time(work, purpose, mission_id),
        )
    return bool(queued)


def sending_time(work: Work, purpose: str, mission_id: UUID | None) -> datetime | None:
    """When a message leaves: at the next decent hour, or None for at once.

    At once goes what somebody waits for, and what is needed before that hour.
    """
    zone = work.runtime.settings.zone
    opens = rings_for(purpose).not_before
    if opens is not None:
        at = decent_hour(work.now, zone, opens)
        return None if at == work.now else at
    at = next_waking(work.now, TIMELINE, zone)
    if purpose in AT_ANY_HOUR or at == work.now or mission_id is None:
        return None
    mission = work.session.get_one(MissionRow, mission_id)
    return None if at >= mission.starts_at - TIMELINE.volunteer_reminder else at
