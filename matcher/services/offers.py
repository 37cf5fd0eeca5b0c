"""Offers of a mission: made, told to the volunteer, ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from matcher.domain.lifecycle import OfferEvent, OfferStatus
from matcher.domain.ranking import Ranked
from matcher.domain.waves import Expectation
from matcher.services import push, texts
from matcher.services.lives import among
from matcher.services.messages import (
    Repeat,
    list_sms_readers,
    queue_call,
    queue_push_each,
    queue_sms_each,
)
from matcher.services.telephone import takes_sms
from matcher.services.work import Work
from matcher.store.tables import MissionRow, OfferRow, VolunteerRow
from matcher.store.transitions import move_offer


def list_sent_offers(work: Work, mission: MissionRow) -> list[OfferRow]:
    """The unanswered ones."""
    return list(
        work.session.exec(
            select(OfferRow)
            .where(OfferRow.mission_id == mission.id, OfferRow.status == OfferStatus.SENT.value)
            .order_by(col(OfferRow.id))
        )
    )


def add_offer(
    work: Work,
    mission: MissionRow,
    ranked: Ranked,
    *,
    wave: int,
    expected: Expectation,
    expires_at: datetime,
) -> OfferRow:
    """A new offer, sent now, with the chance it was made on and its reasons."""
    offer = OfferRow(
        id=work.new_id(),
        mission_id=mission.id,
        volunteer_id=ranked.volunteer.id,
        wave=wave,
        status=OfferStatus.SENT.value,
        sent_at=work.now,
        expires_at=expires_at,
        walk_s=round(ranked.walk_s),
        context=expected.context,
        chance=expected.chance,
        reasons=list(ranked.reasons),
    )
    work.session.add(offer)
    work.note("offer", offer.id, "sent")
    return offer


def ask(work: Work, mission: MissionRow, offers: Sequence[OfferRow]) -> None:
    """Tell the volunteers of these offers: in the browser that they chose, or by telephone."""
    reached = push.list_reached(work, [offer.volunteer_id for offer in offers])
    shown = {f"push:{one.id}": one for one in offers if one.volunteer_id in reached}
    queue_push_each(
        work,
        {once: reached[offer.volunteer_id] for once, offer in shown.items()},
        texts.shown_offer(_when(work, mission)),
        mission.id,
        {once: offer.id for once, offer in shown.items()},
    )
    rest = [offer for offer in offers if offer.volunteer_id not in reached]
    if rest:
        ask_by_telephone(work, mission, rest)


def ask_by_telephone(work: Work, mission: MissionRow, offers: Sequence[OfferRow]) -> None:
    """Tell the volunteers of these offers: by SMS, or by a call where none arrives."""
    when = _when(work, mission)
    ids = [offer.volunteer_id for offer in offers]
    rows = work.session.exec(select(VolunteerRow).where(among(col(VolunteerRow.id), ids)))
    numbers = {row.id: row.phone for row in rows}
    readers = list_sms_readers(work, filter(takes_sms, numbers.values()))
    by_sms, asked, by_call = {}, {}, []
    for offer in offers:
        number = numbers[offer.volunteer_id]
        if number in readers:
            once = f"offer:{offer.id}"
            by_sms[once], asked[once] = number, offer.id
        else:
            by_call.append((offer, number))
    text = texts.offer(when, work.runtime.settings.public_url)
    queue_sms_each(work, by_sms, text, "offer", mission.id, offers=asked)
    for offer, number in by_call:
        queue_call(
            work,
            number,
            texts.spoken_offer(when, offer.reasons),
            "offer",
            f"offer:{offer.id}",
            mission.id,
            Repeat(until=offer.expires_at),
            offer_id=offer.id,
        )


def _when(work: Work, mission: MissionRow) -> str:
    return texts.day_and_hour(mission.starts_at, work.runtime.settings.zone)


def take_back_yes(work: Work, mission: MissionRow, reason: str | None = None) -> None:
    """The yes that holds no more: of the one accepted offer of a mission."""
    accepted = work.session.exec(
        select(OfferRow).where(
            OfferRow.mission_id == mission.id, OfferRow.status == OfferStatus.ACCEPTED.value
        )
    ).one()
    move_offer(work.session, accepted, OfferEvent.WITHDRAW, work.now, work.actor, reason=reason)


def expire_offers(work: Work, mission: MissionRow) -> None:
    """End those whose time is over."""
    for offer in list_sent_offers(work, mission):
        if offer.expires_at <= work.now:
            move_offer(work.session, offer, OfferEvent.EXPIRE, work.now, work.actor)


def close_offers(work: Work, mission: MissionRow, event: OfferEvent) -> list[OfferRow]:
    """End every unanswered offer of a mission whose row this transaction holds."""
    offers = list_sent_offers(work, mission)
    for offer in offers:
        move_offer(work.session, offer, event, work.now, work.actor)
    return offers
