"""Offers leave as notifications, tried once: who is not reached so is asked by telephone."""

from __future__ import annotations

from uuid import UUID

from matcher.domain.lifecycle import OfferStatus
from matcher.ports import SendingFailed, SendingUnsure, SubscriptionGone
from matcher.services.messages import sending_time
from matcher.services.missions import get_mission
from matcher.services.offers import ask_by_telephone
from matcher.services.push import find_subscription, forget
from matcher.services.sending import get_locked, is_settled
from matcher.services.work import Job, Runtime, Work
from matcher.store.tables import MessageRow, OfferRow
from matcher.store.transitions import SYSTEM


def send_push(runtime: Runtime, message_id: UUID) -> None:
    """Hand a notification to the browser's service, outside any transaction.

    When that fails, or an earlier try may or may not have gone through, the volunteer is asked by
    telephone: an offer seen twice is better than one not seen.
    """
    with runtime.begin(SYSTEM) as work:
        message = get_locked(work, message_id)
        if message.sent_at is not None or is_settled(work, message):
            return
        later = sending_time(work, message.purpose, message.mission_id)
        if later is not None:
            work.defer(Job.SEND_PUSH, at=later, message_id=str(message_id))
            return
        offer = _offer_of(work, message)
        subscription = find_subscription(work, offer.volunteer_id)
        if runtime.pusher is None or subscription is None or message.trying_at is not None:
            _ask_otherwise(work, message)
            return
        message.trying_at = work.now
        life_s = max(0, int((offer.expires_at - work.now).total_seconds()))
    try:
        runtime.pusher.push(subscription, message.text, life_s)
    except SendingFailed as error:
        with runtime.begin(SYSTEM) as work:
            message = get_locked(work, message_id)
            if isinstance(error, SubscriptionGone):
                forget(work, offer.volunteer_id, subscription)
            if not isinstance(error, SendingUnsure):
                message.trying_at = None
            _ask_otherwise(work, message)
        return
    with runtime.begin(SYSTEM) as work:
        message = get_locked(work, message_id)
        message.attempts, message.trying_at = 1, None
        message.sent_at, message.sent_times = work.now, [work.now]


def _ask_otherwise(work: Work, message: MessageRow) -> None:
    message.failed_at = work.now
    offer = _offer_of(work, message)
    if offer.status == OfferStatus.SENT:
        ask_by_telephone(work, get_mission(work, offer.mission_id), [offer])


def _offer_of(work: Work, message: MessageRow) -> OfferRow:
    return work.session.get_one(OfferRow, message.offer_id)
