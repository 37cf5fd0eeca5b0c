"""Messages to people: written in the transaction that calls for them, sent by a job afterwards."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from matcher.ports import SendingFailed
from matcher.services.tasks import add_task
from matcher.services.work import Job, Runtime, Work
from matcher.store.tables import Channel, MessageRow, TaskKind
from matcher.store.transitions import SYSTEM


def queue_sms(
    work: Work, to: str, text: str, purpose: str, once: str, mission_id: UUID | None = None
) -> None:
    """An SMS to the E.164 number `to`; a second one with the same `once` is left out."""
    _queue(work, Channel.SMS, to, text, purpose, once, mission_id)


def queue_call(
    work: Work, to: str, text: str, purpose: str, once: str, mission_id: UUID | None = None
) -> None:
    """A call that speaks `text` to `to`; a second one with the same `once` is left out."""
    _queue(work, Channel.CALL, to, text, purpose, once, mission_id)


def _queue(
    work: Work,
    channel: Channel,
    to: str,
    text: str,
    purpose: str,
    once: str,
    mission_id: UUID | None,
) -> None:
    message_id = work.session.execute(
        insert(MessageRow)
        .values(
            id=work.new_id(),
            once=once,
            channel=channel.value,
            recipient=to,
            text=text,
            purpose=purpose,
            mission_id=mission_id,
            queued_at=work.now,
        )
        .on_conflict_do_nothing(index_elements=["once"])
        .returning(col(MessageRow.id))
    ).scalar_one_or_none()
    if message_id is not None:
        work.defer(Job.SEND_MESSAGE, message_id=str(message_id))


def send(runtime: Runtime, message_id: UUID, *, last_attempt: bool) -> None:
    """Hand a queued message to the provider, outside any transaction, and write down that it left.

    After the last attempt a coordinator is asked to reach the person.

    Raises:
        SendingFailed: the provider did not take it and another attempt follows.
    """
    with runtime.begin(SYSTEM) as work:
        message = work.session.get_one(MessageRow, message_id)
    if message.sent_at is not None or message.failed_at is not None:
        return
    send_now = (
        runtime.messenger.send_sms if message.channel == Channel.SMS else runtime.messenger.call
    )
    try:
        provider_id = send_now(message.recipient, message.text)
    except SendingFailed:
        if not last_attempt:
            raise
        _give_up(runtime, message_id)
        return
    with runtime.begin(SYSTEM) as work:
        kept = _locked(work, message_id)
        kept.sent_at = work.now
        kept.provider_id = provider_id


def _give_up(runtime: Runtime, message_id: UUID) -> None:
    with runtime.begin(SYSTEM) as work:
        message = _locked(work, message_id)
        message.failed_at = work.now
        add_task(
            work,
            TaskKind.MESSAGE_FAILED,
            "Un message n'est pas parti : joindre la personne.",
            mission_id=message.mission_id,
            details={"purpose": message.purpose},
        )


def _locked(work: Work, message_id: UUID) -> MessageRow:
    return work.session.exec(
        select(MessageRow).where(col(MessageRow.id) == message_id).with_for_update()
    ).one()
