"""When a campaign rings whom: at most four times in two days, by day, never twice in an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.domain.campaigns import (
    CALL_TRANSITIONS,
    CallEvent,
    CallStatus,
    CampaignPolicy,
    next_move,
    queue_time,
    step,
)
from matcher.domain.errors import TransitionRefused
from matcher.domain.ringing import RING_FROM, RING_UNTIL

PARIS = ZoneInfo("Europe/Paris")
POLICY = CampaignPolicy()
START = datetime(2026, 7, 7, 8, tzinfo=UTC)

instants = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001 - hypothesis wants them naive
    datetime(2028, 1, 1),  # noqa: DTZ001 - idem
    timezones=st.just(UTC),
)


def play(
    began_at: datetime,
    behind: timedelta,
    others: list[datetime],
    late: list[timedelta],
    policy: CampaignPolicy = POLICY,
) -> tuple[list[datetime], datetime]:
    """Ring somebody who never answers, each look late by as much; the rings and the hand-over."""
    rings: list[datetime] = []
    now = began_at
    delays = iter(late)
    for _ in range(40):
        move = next_move(
            began_at, behind, rings, [at for at in others if at <= now], now, policy, PARIS
        )
        if move.hand_over:
            return rings, now
        if move.ring:
            rings.append(now)
        else:
            assert move.at is not None
            assert move.at > now
            now = move.at + next(delays, timedelta())
    raise AssertionError("nobody took over")


@given(
    instants,
    st.timedeltas(timedelta(), POLICY.longest_queue),
    st.lists(st.timedeltas(timedelta(hours=-3), timedelta(hours=50)), max_size=6),
    st.lists(st.timedeltas(timedelta(), timedelta(hours=9)), max_size=6),
)
def test_nobody_is_rung_at_night_too_often_or_twice_in_an_hour_and_all_are_handed_over(
    began_at: datetime, behind: timedelta, others: list[timedelta], late: list[timedelta]
) -> None:
    others_at = sorted(began_at + offset for offset in others)
    rings, _ = play(began_at, behind, others_at, late)
    assert len(rings) <= POLICY.most
    for ring in rings:
        assert RING_FROM <= ring.astimezone(PARIS).time() < RING_UNTIL
        assert began_at <= ring < began_at + POLICY.within
        for other in others_at:
            assert not timedelta() <= ring - other < POLICY.apart
        day = ring.astimezone(PARIS).date()
        so_far = [at for at in (*rings, *others_at) if at <= ring]
        assert sum(at.astimezone(PARIS).date() == day for at in so_far) <= max(
            POLICY.day_cap, sum(at.astimezone(PARIS).date() == day for at in others_at)
        )
    assert all(after - before >= POLICY.gap for before, after in pairwise(rings))


@settings(max_examples=400)
@given(instants, st.timedeltas(timedelta(), POLICY.longest_queue))
def test_whoever_never_answers_is_rung_four_times_in_two_days_and_then_a_coordinators(
    began_at: datetime, behind: timedelta
) -> None:
    rings, handed_over_at = play(began_at, behind, [], [])
    assert len(rings) == POLICY.most
    assert handed_over_at <= began_at + POLICY.within + POLICY.patience


def test_a_campaign_begun_in_the_morning_rings_four_times_by_the_next_one() -> None:
    rings, handed_over_at = play(START, timedelta(), [], [])
    local = [ring.astimezone(PARIS).strftime("%d %H:%M") for ring in rings]
    assert local == ["07 10:00", "07 14:00", "07 18:00", "08 09:00"]
    assert handed_over_at.astimezone(PARIS).strftime("%d %H:%M") == "08 09:30"


def test_over_the_change_of_clocks_rings_stay_in_the_day() -> None:
    for began_at in (
        datetime(2026, 10, 24, 17, 30, tzinfo=UTC),
        datetime(2027, 3, 27, 18, 30, tzinfo=UTC),
    ):
        rings, _ = play(began_at, timedelta(minutes=5), [], [])
        for ring in rings:
            assert RING_FROM <= ring.astimezone(PARIS).time() < RING_UNTIL


@given(st.integers(1, 20_000))
def test_the_last_of_a_list_of_any_length_is_rung_the_same_day(length: int) -> None:
    last = queue_time(length - 1, length, POLICY)
    assert timedelta() <= last < POLICY.longest_queue
    assert queue_time(0, length, POLICY) == timedelta()


def test_a_list_is_rung_ten_a_minute() -> None:
    assert queue_time(10, 100, POLICY) == timedelta(minutes=1)


@pytest.mark.parametrize(("status", "event"), list(product(CallStatus, CallEvent)))
def test_only_the_steps_of_the_table_are_taken(status: CallStatus, event: CallEvent) -> None:
    if (status, event) in CALL_TRANSITIONS:
        assert step(status, event) is CALL_TRANSITIONS[status, event]
    else:
        with pytest.raises(TransitionRefused):
            step(status, event)


def test_a_key_pressed_late_still_counts_and_an_answer_stays() -> None:
    assert step(CallStatus.UNREACHED, CallEvent.SAY_WELL) is CallStatus.WELL
    for answered in (CallStatus.WELL, CallStatus.HELP):
        with pytest.raises(TransitionRefused):
            step(answered, CallEvent.HAND_OVER)
