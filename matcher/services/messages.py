"""Messages to people: written in the transaction that calls for them, sent by a job afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from matcher.domain.lifecycle import HELD_MISSIONS, MissionStatus, OfferStatus
from matcher.domain.ringing import FEEDBACK, decent_hour, rings_for
from matcher.domain.timeline import Question, next_waking
from matcher.ports import SendingFailed, SendingUnsure
from matcher.services.policies import TIMELINE
from matcher.services.tasks import add_task
from matcher.services.telephone import takes_sms
from matcher.services.work import Job, Runtime, Work
from matcher.store.tables import (
    Channel,
    MessageRow,
    MissionRow,
    OfferRow,
    OptOutRow,
    TaskKind,
)
from matcher.store.transitions import SYSTEM

ALWAYS_SENT = frozenset({"sign_in", "distress", "alert"})
"""Purposes that no daily cap and no opt-out holds back: the person is waiting for them."""

AT_ANY_HOUR = ALWAYS_SENT | {Question.ARRIVED, Question.HOME, "late", "replaced"}
"""Purposes that wait for no decent hour."""

SAYS_WHO_COMES = frozenset({"found", "reminder", "visit_reminder"})
"""Purposes of messages that are no longer true once whoever held the outing then does not."""

FOLLOWED_UP = frozenset(Question)
"""Purposes of calls that a step of the timeline follows: without a key, no other task is left."""

LONGEST_DOUBT = timedelta(minutes=5)
"""A message in doubt for longer holds no other back: what became of it may never be known."""

TELL_APART = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Repeat:
    """How an outgoing call asks for an answer: until when it is made again for want of a key.

    It may be about an offer, a senior, or a place in a campaign's list.
    """

    until: datetime
    offer_id: UUID | None = None
    senior_id: UUID | None = None
    campaign_call_id: UUID | None = None


def queue_sms(
    work: Work, to: str, text: str, purpose: str, once: str, mission_id: UUID | None = None
) -> None:
    """An SMS to the E.164 number `to`; a second one with the same `once` is left out.

    So is one to somebody who opted out, and one beyond the day's caps, which a coordinator is
    told of.
    """
    index = work.runtime.keyring.index(to)
    if purpose not in ALWAYS_SENT:
        if work.session.get(OptOutRow, index) is not None:
            return
        if _over_cap(work, index):
            add_task(
                work,
                TaskKind.MESSAGE_FAILED,
                "Trop de SMS aujourd'hui : un message n'est pas parti.",
                mission_id=mission_id,
                details={"purpose": purpose},
            )
            return
    _queue(work, Channel.SMS, to, text, purpose, once, mission_id, None)


def queue_call(
    work: Work,
    to: str,
    text: str,
    purpose: str,
    once: str,
    mission_id: UUID | None = None,
    repeat: Repeat | None = None,
) -> bool:
    """A call that speaks `text` to `to`; a second one with the same `once` is left out.

    With `repeat` the call asks for a key, and is made again until one was pressed. Whether it is
    a first one.
    """
    return _queue(work, Channel.CALL, to, text, purpose, once, mission_id, repeat)


def gets_sms(work: Work, number: str) -> bool:
    """Whether an SMS to the E.164 `number` would be read: the others are rung."""
    if not takes_sms(number):
        return False
    return work.session.get(OptOutRow, work.runtime.keyring.index(number)) is None


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


def _over_cap(work: Work, index: str) -> bool:
    settings = work.runtime.settings
    queued, own = work.session.exec(
        select(func.count(), func.count().filter(col(MessageRow.recipient_index) == index)).where(
            MessageRow.channel == Channel.SMS.value,
            col(MessageRow.queued_at) > work.now - timedelta(days=1),
        )
    ).one()
    return queued >= settings.sms_daily_cap or own >= settings.sms_number_cap


def _queue(
    work: Work,
    channel: Channel,
    to: str,
    text: str,
    purpose: str,
    once: str,
    mission_id: UUID | None,
    repeat: Repeat | None,
) -> bool:
    message_id = work.session.execute(
        insert(MessageRow)
        .values(
            id=work.new_id(),
            once=once,
            channel=channel.value,
            recipient=to,
            recipient_index=work.runtime.keyring.index(to),
            text=text,
            purpose=purpose,
            mission_id=mission_id,
            offer_id=None if repeat is None else repeat.offer_id,
            repeat_until=None if repeat is None else repeat.until,
            senior_id=None if repeat is None else repeat.senior_id,
            campaign_call_id=None if repeat is None else repeat.campaign_call_id,
            attempts=0,
            sent_times=[],
            queued_at=work.now,
        )
        .on_conflict_do_nothing(index_elements=["once"])
        .returning(col(MessageRow.id))
    ).scalar_one_or_none()
    if message_id is not None:
        at = _sending_time(work, purpose, mission_id)
        work.defer(Job.SEND_MESSAGE, at=at, message_id=str(message_id), attempt="1")
    return message_id is not None


def _sending_time(work: Work, purpose: str, mission_id: UUID | None) -> datetime | None:
    """The next decent hour; None for at once: for what somebody waits for, or is needed before."""
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


def send(runtime: Runtime, message_id: UUID, attempt: int, *, last_try: bool) -> None:
    """Hand a message to the provider, outside any transaction, and write down that it left.

    When an earlier try may have gone through, the provider is asked first, even about a message
    that nobody needs any more. After the last try a coordinator is asked to reach the person.

    Raises:
        SendingFailed: the provider did not take it and another try follows.
    """
    with runtime.begin(SYSTEM) as work:
        message = get_locked(work, message_id)
        tried_at, settled = message.trying_at, is_settled(work, message)
        if message.attempts >= attempt or (settled and tried_at is None):
            return
        later = None if settled else _sending_time(work, message.purpose, message.mission_id)
        # A worker that slept, or a provider that was down, leaves it to the night.
        later = later or _when_told_apart(work, message)
        if later is not None:
            work.defer(Job.SEND_MESSAGE, at=later, message_id=str(message_id), attempt=str(attempt))
            return
        known = _known_ids(work, message)
        message.trying_at = tried_at or work.now
        work.session.add(message)
    try:
        provider_id = None if tried_at is None else _find_sent(runtime, message, tried_at, known)
        if provider_id is None and not settled:
            provider_id = _hand_over(runtime, message)
        with runtime.begin(SYSTEM) as work:
            message = get_locked(work, message_id)
            if provider_id is None:
                message.trying_at = None
            else:
                _write_down(work, message, attempt, provider_id)
    except SendingFailed as error:
        if not isinstance(error, SendingUnsure):
            with runtime.begin(SYSTEM) as work:
                get_locked(work, message_id).trying_at = None
        if not last_try:
            raise
        if not settled:
            with runtime.begin(SYSTEM) as work:
                give_up(work, get_locked(work, message_id), "Un message n'est pas parti")


def _when_told_apart(work: Work, message: MessageRow) -> datetime | None:
    """When to look again whether this message can leave; None when it can now.

    While another is in doubt that the provider could not tell from it, it waits: the provider
    keeps no words of calls.
    """
    if message.trying_at is not None:
        return None
    number = func.hashtextextended(message.recipient_index, 0)
    work.session.execute(select(func.pg_advisory_xact_lock(number)))
    in_doubt = work.session.exec(
        select(MessageRow).where(
            MessageRow.recipient_index == message.recipient_index,
            MessageRow.channel == message.channel,
            col(MessageRow.trying_at) > work.now - LONGEST_DOUBT,
        )
    )
    alike = (message.channel == Channel.CALL or one.text == message.text for one in in_doubt)
    return work.now + TELL_APART if any(alike) else None


def _write_down(work: Work, message: MessageRow, attempt: int, provider_id: str) -> None:
    message.attempts, message.trying_at = attempt, None
    message.sent_at, message.provider_id = message.sent_at or work.now, provider_id
    message.sent_times = [*message.sent_times, work.now]
    if message.repeat_until is not None:
        again = rings_for(message.purpose).again
        work.defer(Job.CHECK_HEARD, at=work.now + again, message_id=str(message.id))


def _known_ids(work: Work, message: MessageRow) -> set[str]:
    """What the provider took for other messages to the same number."""
    ids = work.session.exec(
        select(MessageRow.provider_id).where(
            MessageRow.recipient_index == message.recipient_index,
            col(MessageRow.provider_id).is_not(None),
        )
    )
    return {provider_id for provider_id in ids if provider_id is not None}


def _find_sent(
    runtime: Runtime, message: MessageRow, tried_at: datetime, known: set[str]
) -> str | None:
    return runtime.messenger.find_sent(
        Channel(message.channel), message.recipient, message.text, tried_at, known
    )


def _hand_over(runtime: Runtime, message: MessageRow) -> str:
    messenger = runtime.messenger
    if message.channel == Channel.SMS:
        return messenger.send_sms(message.recipient, message.text)
    asks = message.repeat_until is not None
    return messenger.call(message.recipient, message.text, str(message.id) if asks else None)


def check_heard(work: Work, message_id: UUID) -> None:
    """Nobody pressed a key yet: ring again at a decent hour, or ask a coordinator."""
    message = get_locked(work, message_id)
    if is_settled(work, message) or message.repeat_until is None:
        return
    rings = rings_for(message.purpose)
    at = decent_hour(work.now, work.runtime.settings.zone)
    if message.attempts >= rings.most or at >= message.repeat_until:
        if message.offer_id is None and message.purpose not in FOLLOWED_UP:
            give_up(work, message, rings.unheard)
        return
    work.defer(
        Job.SEND_MESSAGE, at=at, message_id=str(message_id), attempt=str(message.attempts + 1)
    )


def give_up(work: Work, message: MessageRow, why: str) -> None:
    """No provider and no ringing helped: a coordinator reaches the person, where one needs to."""
    message.failed_at = work.now
    work.session.add(message)
    if not rings_for(message.purpose).told:
        return
    add_task(
        work,
        TaskKind.MESSAGE_FAILED,
        f"{why} : joindre la personne.",
        mission_id=message.mission_id,
        senior_id=message.senior_id,
        details={"purpose": message.purpose},
    )


def is_settled(work: Work, message: MessageRow) -> bool:
    """Whether nothing more is to be done: heard, given up, or overtaken by events."""
    if message.heard_at is not None or message.failed_at is not None:
        return True
    if message.offer_id is not None:
        offer = work.session.get_one(OfferRow, message.offer_id)
        return offer.status != OfferStatus.SENT
    if message.mission_id is None:
        return False
    mission = work.session.get_one(MissionRow, message.mission_id)
    if message.purpose in SAYS_WHO_COMES and _holds_no_more(mission, message):
        return True
    if message.attempts > 0:
        ends_at = mission.ends_at
        if message.purpose == FEEDBACK and message.repeat_until is not None:
            # It is about an outing that is over, and asked until its own time is up.
            ends_at = message.repeat_until
        over = mission.status == MissionStatus.CANCELLED or ends_at <= work.now
        return over or _is_overtaken(work, message)
    return False


def _holds_no_more(mission: MissionRow, message: MessageRow) -> bool:
    """Whether the message speaks of somebody who has given the outing back since."""
    if mission.status not in HELD_MISSIONS or mission.accepted_at is None:
        return True
    return mission.accepted_at > message.queued_at


def _is_overtaken(work: Work, message: MessageRow) -> bool:
    """Whether the same person was rung since about the same outing, with fresher news."""
    fresher = select(MessageRow.id).where(
        MessageRow.mission_id == message.mission_id,
        MessageRow.recipient_index == message.recipient_index,
        MessageRow.channel == message.channel,
        col(MessageRow.queued_at) > message.queued_at,
    )
    return work.session.exec(fresher.limit(1)).first() is not None


def get_locked(work: Work, message_id: UUID) -> MessageRow:
    """The message, its row held until the transaction ends."""
    return work.session.exec(
        select(MessageRow).where(col(MessageRow.id) == message_id).with_for_update()
    ).one()
