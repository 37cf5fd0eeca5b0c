"""Ringing a list of people, as in a heat-wave: when to ring whom again, and when to hand over.

Everybody is rung until they pressed a key, a few times within two days, by day only, never twice
in an hour; whoever was not reached by then is for a coordinator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from matcher.domain.errors import TransitionRefused
from matcher.domain.ringing import RING_FROM, RING_UNTIL, decent_hour


class CallStatus(StrEnum):
    """Where a person of a campaign's list stands."""

    WAITING = "waiting"
    WELL = "well"
    HELP = "help"
    PERSON = "person"
    UNREACHED = "unreached"
    REACHED = "reached"
    STOPPED = "stopped"


class CallEvent(StrEnum):
    """What may happen to them. REACH is the coordinator's: they reached the person themselves."""

    SAY_WELL = "say_well"
    ASK_HELP = "ask_help"
    ASK_PERSON = "ask_person"
    HAND_OVER = "hand_over"
    REACH = "reach"
    STOP = "stop"


S, E = CallStatus, CallEvent

_ANSWERS = {E.SAY_WELL: S.WELL, E.ASK_HELP: S.HELP, E.ASK_PERSON: S.PERSON}

CALL_TRANSITIONS: dict[tuple[CallStatus, CallEvent], CallStatus] = {
    # A key pressed late still counts.
    **{(s, e): to for s in (S.WAITING, S.UNREACHED, S.STOPPED) for e, to in _ANSWERS.items()},
    # Nor does a call for help come too late, whatever was said before.
    **{(s, E.ASK_HELP): S.HELP for s in (S.WELL, S.PERSON, S.REACHED)},
    **{(s, E.REACH): S.REACHED for s in (S.WAITING, S.HELP, S.PERSON, S.UNREACHED)},
    (S.WAITING, E.HAND_OVER): S.UNREACHED,
    (S.WAITING, E.STOP): S.STOPPED,
}


def step(status: CallStatus, event: CallEvent) -> CallStatus:
    """What `event` makes of `status`.

    Raises:
        TransitionRefused: the table has no such step.
    """
    after = CALL_TRANSITIONS.get((status, event))
    if after is None:
        raise TransitionRefused
    return after


@dataclass(frozen=True, slots=True)
class CampaignPolicy:
    """What a city may decide about ringing a list.

    Attributes:
        most: times a person is rung.
        within: a coordinator has whoever did not answer, this long after the campaign began.
        gap: time between two rings to a person.
        apart: the same between rings of different campaigns.
        day_cap: rings of all campaigns to one number in a calendar day.
        patience: time after the last ring before it counts as unanswered.
        a_minute: people rung in a minute, so that those who want a person find one free.
        longest_queue: however long the list, the last of it is rung this long after the first.
    """

    most: int = 4
    within: timedelta = timedelta(hours=48)
    gap: timedelta = timedelta(hours=4)
    apart: timedelta = timedelta(hours=1)
    day_cap: int = 4
    patience: timedelta = timedelta(minutes=30)
    a_minute: float = 10.0
    longest_queue: timedelta = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class NextMove:
    """What to do about a person now: ring, hand over to a coordinator, or neither until `at`."""

    ring: bool = False
    hand_over: bool = False
    at: datetime | None = None


def queue_time(place: int, length: int, policy: CampaignPolicy) -> timedelta:
    """How long after the first of the list the one at `place`, from 0, is rung."""
    usual = timedelta(minutes=1) / policy.a_minute
    return place * min(usual, policy.longest_queue / max(length, 1))


def next_move(
    began_at: datetime,
    behind: timedelta,
    own: Sequence[datetime],
    others: Sequence[datetime],
    now: datetime,
    policy: CampaignPolicy,
    zone: ZoneInfo,
) -> NextMove:
    """What to do at `now` about a person who has pressed no key yet.

    Args:
        began_at: when the campaign began.
        behind: their `queue_time`.
        own: when this campaign rang them, in order.
        others: when other campaigns rang the same number.
        now: aware, as all instants.
        policy: what the city decided.
        zone: where hours and days are read.
    """
    end = began_at + policy.within
    unanswered_at = own[-1] + policy.patience if own else began_at
    if now >= max(end, unanswered_at):
        return NextMove(hand_over=True)
    if len(own) >= policy.most:
        return NextMove(hand_over=True) if now >= unanswered_at else NextMove(at=unanswered_at)
    at = _earliest(began_at + behind, behind, own, others, policy, zone)
    if at >= end:
        return NextMove(at=max(end, unanswered_at))
    # Whoever looks late rings at once, as far as the hour lets them.
    at = max(at, _earliest(now, behind, own, others, policy, zone)) if at < now else at
    if at >= end:
        return NextMove(at=max(end, unanswered_at))
    return NextMove(ring=True) if at <= now else NextMove(at=at)


def _earliest(
    wanted: datetime,
    behind: timedelta,
    own: Sequence[datetime],
    others: Sequence[datetime],
    policy: CampaignPolicy,
    zone: ZoneInfo,
) -> datetime:
    """The first time from `wanted` on that keeps every distance, the cap and decent hours."""
    own_gap = [ring + policy.gap for ring in own]
    at = max([wanted, *own_gap, *(ring + policy.apart for ring in others)])
    while True:
        at = _by_day(at, behind, zone)
        day = at.astimezone(zone).date()
        rung = sum(ring.astimezone(zone).date() == day for ring in (*own, *others))
        if rung < policy.day_cap:
            return at
        at = datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)


def _by_day(at: datetime, behind: timedelta, zone: ZoneInfo) -> datetime:
    """`at` by day; those who wait for the morning keep their place in the queue."""
    morning = decent_hour(at, zone)
    if morning == at:
        return at
    opens = datetime.combine(morning.astimezone(zone).date(), RING_FROM, zone)
    closes = datetime.combine(opens.date(), RING_UNTIL, zone)
    last = closes.astimezone(UTC) - timedelta(minutes=1)
    return min(opens.astimezone(UTC) + behind, last)
