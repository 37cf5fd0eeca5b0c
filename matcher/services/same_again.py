"""An outing that comes back: whoever came last time is asked first, and the senior has news."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from sqlmodel import col, or_, select

from matcher.domain.lifecycle import HELD_MISSIONS, MissionStatus
from matcher.domain.ranking import MAX_REASONS
from matcher.domain.ringing import decent_hour
from matcher.domain.waves import offer_expires_at
from matcher.services import texts
from matcher.services.candidates import expected, order, sift_for
from matcher.services.intake import promise
from matcher.services.offers import add_offer, ask
from matcher.services.policies import WAVES
from matcher.services.roll import get_enrolled, outing_of
from matcher.services.work import Work
from matcher.store.tables import MissionRow

TELL_AT = time(12)
"""The day before, a senior hears by then that nobody was found so far."""

CAME = [status.value for status in (*HELD_MISSIONS, MissionStatus.COMPLETED)]


def promise_by_the_eve(work: Work, mission: MissionRow) -> None:
    """By when the senior hears of it whatever happens, as after a call."""
    zone = work.runtime.settings.zone
    eve = mission.starts_at.astimezone(zone).date() - timedelta(days=1)
    at = min(datetime.combine(eve, TELL_AT, zone), mission.deadline_at)
    if at > work.now:
        promise(work, mission, at)


def ask_who_came_last(work: Work, mission: MissionRow) -> datetime:
    """Offer it to whoever came, or comes, to the outing before; when the others are asked.

    At night nobody is: then there is no head start, and the waves begin in the morning. Nor is
    there one for whoever was asked often enough already.
    """
    came = _find_who_came_last(work, mission)
    by_day = decent_hour(work.now, work.runtime.settings.zone) == work.now
    if not by_day or came is None or mission.deadline_at <= work.now:
        return work.now
    outing = outing_of(work, mission)
    enrolled = get_enrolled(work, outing, came)
    asked_often = enrolled.volunteer.alerts_7d >= WAVES.week_cap
    if asked_often or enrolled.alerts_today >= WAVES.day_cap:
        return work.now
    sifted, walk = sift_for(work, outing, [enrolled.volunteer])
    if not sifted.kept:
        return work.now
    offer = add_offer(
        work,
        mission,
        order(work, outing, sifted.kept, walk)[0],
        wave=1,
        expected=expected(work, mission, enrolled),
        expires_at=offer_expires_at(work.now, mission.deadline_at, WAVES),
    )
    offer.reasons = [texts.SAME_AGAIN, *offer.reasons][:MAX_REASONS]
    ask(work, mission, [offer])
    head_start = timedelta(hours=work.runtime.settings.series_head_start_hours)
    return work.now + min(head_start, (mission.deadline_at - work.now) / 4)


def _find_who_came_last(work: Work, mission: MissionRow) -> UUID | None:
    return work.session.exec(
        select(MissionRow.volunteer_id)
        .where(
            MissionRow.request_id == mission.request_id,
            MissionRow.id != mission.id,
            or_(col(MissionRow.occurs_on).is_(None), col(MissionRow.occurs_on) < mission.occurs_on),
            col(MissionRow.status).in_(CAME),
        )
        .order_by(col(MissionRow.occurs_on).desc().nulls_last())
        .limit(1)
    ).first()
