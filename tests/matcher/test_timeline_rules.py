"""What comes next for an outing somebody holds: always something, in time, until it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.lifecycle import MissionStatus
from matcher.domain.timeline import (
    REMINDERS,
    THE_DAY_BEFORE,
    Planned,
    Step,
    TimelinePolicy,
    Visit,
    is_quiet,
    next_step,
)

PARIS = ZoneInfo("Europe/Paris")
POLICY = TimelinePolicy()
ALARMS = {
    MissionStatus.ACCEPTED: [Step.ASK_ARRIVED, Step.ALERT_LATE, Step.ALERT_OVERDUE],
    MissionStatus.IN_PROGRESS: [Step.ASK_HOME, Step.ALERT_OVERDUE],
    MissionStatus.COMPLETED: [],
}
LIVED = tuple(ALARMS)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=PARIS)
CHANGES = (
    datetime(2026, 10, 25, 1, 0, tzinfo=UTC),
    datetime(2027, 3, 28, 1, 0, tzinfo=UTC),
    datetime(2027, 10, 31, 1, 0, tzinfo=UTC),
)
"""When Paris changes its clocks."""


def at_hour(hour: int, minute: int = 0, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=PARIS)


def accepted(starts_at: datetime = NOON, **fields: object) -> Visit:
    """Accepted three days before, two hours long."""
    visit = Visit(
        MissionStatus.ACCEPTED,
        starts_at,
        starts_at + timedelta(hours=2),
        accepted_at=starts_at - timedelta(days=3),
    )
    return replace(visit, **fields)  # type: ignore[arg-type]


def follow(visit: Visit, now: datetime, policy: TimelinePolicy = POLICY) -> list[Planned]:
    """Every step in turn, when nobody does anything about any of them."""
    steps: list[Planned] = []
    while (planned := next_step(visit, now, policy, PARIS)) is not None:
        steps.append(planned)
        assert len(steps) < 50, "it never ends"
        now = planned.at
        visit = replace(visit, done=(*visit.done, planned.step))
        if planned.step is Step.SETTLE:
            over = visit.status is MissionStatus.IN_PROGRESS
            status = MissionStatus.COMPLETED if over else MissionStatus.CANCELLED
            visit = replace(visit, status=status, completed_at=now, closed=True)
        elif planned.step is Step.CLOSE:
            visit = replace(visit, closed=True)
    return steps


@st.composite
def visits(draw: st.DrawFn) -> Visit:
    """Any outing, days on which the clocks change not being rare."""
    near_a_change = st.builds(
        lambda change, minutes: change + timedelta(minutes=minutes),
        st.sampled_from(CHANGES),
        st.integers(-3 * 1440, 3 * 1440),
    )
    any_time = st.integers(-365 * 1440, 365 * 1440).map(lambda by: NOON + timedelta(minutes=by))
    starts_at = draw(near_a_change | any_time)
    before = st.timedeltas(timedelta(0), timedelta(days=20)).map(lambda by: starts_at - by)
    ends_at = starts_at + draw(st.timedeltas(timedelta(minutes=30), timedelta(hours=8)))
    return Visit(
        status=draw(st.sampled_from(LIVED)),
        starts_at=starts_at,
        ends_at=ends_at,
        accepted_at=draw(before),
        confirm_by=draw(st.none() | before),
        completed_at=draw(st.none() | st.just(ends_at + timedelta(minutes=20))),
        closed=draw(st.booleans()),
        done=tuple(draw(st.lists(st.sampled_from(Step), max_size=4, unique=True))),
    )


def some_time(visit: Visit, hours: int) -> datetime:
    return visit.starts_at + timedelta(hours=hours)


HOURS = st.integers(-30 * 24, 30 * 24)


@given(visits(), HOURS)
def test_what_is_not_over_always_has_a_next_step_and_what_is_has_none(
    visit: Visit, hours: int
) -> None:
    over = visit.status is MissionStatus.COMPLETED and visit.closed
    assert (next_step(visit, some_time(visit, hours), POLICY, PARIS) is None) == over


@pytest.mark.parametrize("status", [one for one in MissionStatus if one not in LIVED])
def test_an_outing_nobody_holds_has_no_step_here(status: MissionStatus) -> None:
    assert next_step(accepted(status=status), NOON, POLICY, PARIS) is None


@given(visits(), HOURS)
def test_steps_end_and_never_lie_in_the_past(visit: Visit, hours: int) -> None:
    now = some_time(visit, hours)
    times = [planned.at for planned in follow(visit, now)]
    assert times == sorted(times)
    assert all(at >= now for at in times)


@given(visits(), HOURS)
def test_no_alarm_is_left_out_however_late(visit: Visit, hours: int) -> None:
    steps = [planned.step for planned in follow(visit, some_time(visit, hours))]
    wanted = [step for step in ALARMS[visit.status] if step not in visit.done]
    if visit.confirm_by is not None and visit.status is MissionStatus.ACCEPTED:
        wanted += [Step.ALERT_UNCONFIRMED] * (Step.ALERT_UNCONFIRMED not in visit.done)
    assert set(wanted) <= set(steps)
    assert all(steps.count(step) == 1 for step in set(steps) - {Step.CHASE})


@given(visits(), HOURS)
def test_nobody_is_reminded_in_quiet_hours_nor_after_the_start(visit: Visit, hours: int) -> None:
    for planned in follow(visit, some_time(visit, hours)):
        if planned.step in REMINDERS:
            assert not is_quiet(planned.at, POLICY, PARIS)
            assert planned.at < visit.starts_at


@given(visits(), st.integers(0, 600))
def test_a_look_that_comes_late_keeps_the_order_of_the_alarms(visit: Visit, late_min: int) -> None:
    now = visit.ends_at + timedelta(minutes=late_min)
    steps = [planned.step for planned in follow(visit, now)]
    alarms = [step for step in steps if step in ALARMS[visit.status]]
    assert alarms == [step for step in ALARMS[visit.status] if step in alarms]


def test_the_steps_of_an_outing_nobody_cares_for() -> None:
    steps = follow(accepted(), at_hour(12, day=21))
    assert [(one.step, one.at.astimezone(PARIS)) for one in steps[:6]] == [
        (Step.REMIND_SENIOR, at_hour(18, day=23)),
        (Step.REMIND_VOLUNTEER_EVE, at_hour(18, day=23)),
        (Step.REMIND_VOLUNTEER, at_hour(11)),
        (Step.ASK_ARRIVED, at_hour(12, 10)),
        (Step.ALERT_LATE, at_hour(12, 20)),
        (Step.ALERT_OVERDUE, at_hour(14, 45)),
    ]
    assert [one.step for one in steps[6:]] == [Step.CHASE] * 6 + [Step.SETTLE]
    assert steps[6].at.astimezone(PARIS) == at_hour(9, day=25)


def test_the_steps_of_an_outing_that_is_not_over() -> None:
    steps = follow(accepted(status=MissionStatus.IN_PROGRESS), NOON)
    assert [(one.step, one.at.astimezone(PARIS)) for one in steps[:2]] == [
        (Step.ASK_HOME, at_hour(14, 30)),
        (Step.ALERT_OVERDUE, at_hour(14, 45)),
    ]


def test_a_report_is_asked_for_once_on_the_next_morning_and_then_given_up() -> None:
    visit = accepted(status=MissionStatus.COMPLETED, completed_at=at_hour(14, 5))
    assert follow(visit, at_hour(14, 5)) == [
        Planned(Step.REMIND_REPORT, at_hour(9, 30, day=25).astimezone(UTC)),
        Planned(Step.CLOSE, at_hour(9, 30, day=28).astimezone(UTC)),
    ]


@pytest.mark.parametrize(
    ("agreed_at", "reminded"),
    [(at_hour(15, 59, day=23), True), (at_hour(16, 1, day=23), False), (at_hour(8), False)],
)
def test_who_just_agreed_is_not_reminded(agreed_at: datetime, reminded: bool) -> None:
    steps = {one.step for one in follow(accepted(accepted_at=agreed_at), agreed_at)}
    assert (Step.REMIND_SENIOR in steps) == reminded
    assert (Step.REMIND_VOLUNTEER_EVE in steps) == reminded


def test_a_reminder_the_service_slept_through_goes_out_the_next_morning_if_it_still_helps() -> None:
    late = next_step(accepted(), at_hour(23, day=23), POLICY, PARIS)
    assert late == Planned(Step.REMIND_SENIOR, at_hour(8).astimezone(UTC))
    too_late = next_step(accepted(), at_hour(10, 1), POLICY, PARIS)
    assert too_late is not None
    assert too_late.step is Step.REMIND_VOLUNTEER


def test_before_an_early_outing_the_volunteer_is_reminded_once_the_evening_before() -> None:
    steps = follow(accepted(at_hour(8, 30)), at_hour(12, day=21))
    assert Planned(Step.REMIND_VOLUNTEER, at_hour(21, day=23).astimezone(UTC)) in steps
    assert Step.REMIND_VOLUNTEER_EVE not in {one.step for one in steps}


def test_nobody_is_reminded_the_day_before_of_a_change_nobody_confirmed() -> None:
    visit = accepted(confirm_by=at_hour(20, day=23))
    steps = [one.step for one in follow(visit, at_hour(12, day=21))]
    assert not THE_DAY_BEFORE & set(steps)
    assert Step.ALERT_UNCONFIRMED in steps


@pytest.mark.parametrize("change", CHANGES)
def test_on_days_the_clocks_change_reminders_keep_to_the_wall_clock(change: datetime) -> None:
    starts_at = datetime.combine(change.astimezone(PARIS).date(), time(10), PARIS)
    steps = follow(accepted(starts_at), starts_at - timedelta(days=2))
    walls = {one.step: one.at.astimezone(PARIS) for one in steps}
    assert walls[Step.REMIND_SENIOR].time() == time(18)
    assert walls[Step.REMIND_VOLUNTEER].time() == time(9)
    assert walls[Step.ASK_ARRIVED].time() == time(10, 10)


def test_an_alarm_counts_minutes_that_pass_also_while_the_clocks_change() -> None:
    starts_at = CHANGES[0] - timedelta(minutes=5)
    steps = follow(accepted(starts_at.astimezone(PARIS)), starts_at - timedelta(hours=1))
    (asked,) = (one for one in steps if one.step is Step.ASK_ARRIVED)
    assert asked.at == starts_at + POLICY.late_after


@pytest.mark.parametrize(
    "fields",
    [
        {"quiet_until": time(23)},
        {"late_alert_after": timedelta(minutes=5)},
        {"overdue_alert_after": timedelta(minutes=5)},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"quiet hours|asked before"):
        TimelinePolicy(**fields)  # type: ignore[arg-type]
