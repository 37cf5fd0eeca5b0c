"""Messages leave, are rung again, and are given up: what the jobs do with what was queued."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from matcher.domain.lifecycle import HELD_MISSIONS, MissionStatus, OfferStatus
from matcher.domain.ringing import FEEDBACK, decent_hour, rings_for
from matcher.domain.timeline import Question
from matcher.ports import SendingFailed, SendingUnsure
from matcher.services.messages import ALWAYS_SENT, SPARES_THE_WAY, sending_time
from matcher.services.missions import lock_mission
from matcher.services.tasks import add_task
from matcher.services.work import Job, Runtime, Work
from matcher.store.tables import Channel, MessageRow, MissionRow, OfferRow, TaskKind
from matcher.store.transitions import SYSTEM

TRUE_WHILE: Mapping[str, frozenset[MissionStatus]] = MappingProxyType(
    {
        "not_yet": frozenset({MissionStatus.TO_VERIFY, MissionStatus.OPEN, MissionStatus.ACCEPTED}),
        "looking_again": frozenset({MissionStatus.OPEN}),
        "unfilled": frozenset({MissionStatus.UNFILLED}),
        "late": frozenset({MissionStatus.ACCEPTED}),
        "replaced": frozenset({MissionStatus.OPEN}),
    }
)
"""News that may wait for the morning or a retry, and what it is true of: else it does not leave."""

FOLLOWED_UP = frozenset(Question)
"""Purposes of calls that a step of the timeline follows: without a key, no other task is left."""

LONGEST_DOUBT = timedelta(minutes=5)
"""A message in doubt for longer holds no other back: what became of it may never be known."""

TELL_APART = timedelta(seconds=5)


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
        later = None if settled else sending_time(work, message.purpose, message.mission_id)
        # A worker that slept, or a provider that was down, leaves it to the night.
        later = later or _when_told_apart(work, message)
        if later is not None:
            work.defer(Job.SEND_MESSAGE, at=later, message_id=str(message_id), attempt=str(attempt))
            return
        known = _known_ids(work, message)
        message.trying_at = tried_at or work.now
        work.session.add(message)
    try:
        left_at = tried_at
        provider_id = None if tried_at is None else _find_sent(runtime, message, tried_at, known)
        if provider_id is None and not settled:
            left_at = None
            if tried_at is not None:
                with runtime.begin(SYSTEM) as work:
                    get_locked(work, message_id).trying_at = work.now
            provider_id = _hand_over(runtime, message)
        with runtime.begin(SYSTEM) as work:
            message = get_locked(work, message_id)
            if provider_id is None:
                message.trying_at = None
            else:
                _write_down(work, message, attempt, provider_id, left_at or work.now)
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
    keeps no words of calls. An alarm does not: one too many is better than one too late.
    """
    if message.trying_at is not None or message.purpose in ALWAYS_SENT:
        return None
    number = func.hashtextextended(message.recipient_index, 0)
    work.session.execute(select(func.pg_advisory_xact_lock(number)))
    in_doubt = work.session.exec(
        select(MessageRow).where(
            MessageRow.recipient_index == message.recipient_index,
            MessageRow.channel == message.channel,
            col(MessageRow.trying_at).between(work.now - LONGEST_DOUBT, work.now),
        )
    )
    alike = (message.channel == Channel.CALL or one.text == message.text for one in in_doubt)
    return work.now + TELL_APART if any(alike) else None


def _write_down(
    work: Work, message: MessageRow, attempt: int, provider_id: str, at: datetime
) -> None:
    message.attempts, message.trying_at = attempt, None
    message.sent_at, message.provider_id = message.sent_at or at, provider_id
    message.sent_times = [*message.sent_times, at]
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
    if message.agreement is not None and not _stands(mission, message.agreement):
        return True
    if _is_stale(mission, message.purpose):
        return True
    if message.attempts > 0:
        ends_at = mission.ends_at
        if message.purpose == FEEDBACK and message.repeat_until is not None:
            # It is about an outing that is over, and asked until its own time is up.
            ends_at = message.repeat_until
        off = mission.status == MissionStatus.CANCELLED
        cancelled = off and message.purpose not in SPARES_THE_WAY
        over = cancelled or ends_at <= work.now
        return over or _is_overtaken(work, message)
    return False


def _stands(mission: MissionRow, agreement: int) -> bool:
    """Whether the mission is held still, by the same person at the same time and place.

    No instant tells: two people may say yes at one, and who began first may be heard last.
    """
    return mission.status in HELD_MISSIONS and mission.agreement == agreement


def _is_stale(mission: MissionRow, purpose: str) -> bool:
    """Whether the news stopped being true before it was heard."""
    if purpose == "not_yet" and mission.status == MissionStatus.ACCEPTED:
        return mission.confirm_by is None
    return purpose in TRUE_WHILE and mission.status not in TRUE_WHILE[purpose]


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
    """The message, its row held until the transaction ends.

    Where it asks a volunteer something, the outing's row first: whoever answers otherwise holds
    that one, and settles the message after it.
    """
    message = work.session.get_one(MessageRow, message_id)
    if message.purpose in FOLLOWED_UP and message.mission_id is not None:
        lock_mission(work, message.mission_id)
    return work.session.exec(
        select(MessageRow).where(col(MessageRow.id) == message_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).one()
