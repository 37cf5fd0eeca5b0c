"""Free time, to the minute, on ordinary days and on both changes of hour."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.availability import Availability, DatedException, Interval, WeeklyWindow
from tests.strategies import CHANGES_OF_HOUR, NOW, PARIS, availabilities

MONDAY, TUESDAY, SATURDAY, SUNDAY = 0, 1, 5, 6
SPRING = date(2027, 3, 28)
AUTUMN = date(2027, 10, 31)
TUESDAY_MORNING = Availability((WeeklyWindow(TUESDAY, time(9), time(12)),))


def paris(day: int, hour: int, minute: int = 0, *, month: int = 11, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS, fold=fold)


def utc(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)


def free_on(day: date, *windows: WeeklyWindow) -> list[Interval]:
    """What is free from the evening before `day` to the morning after, in UTC."""
    start = utc(day - timedelta(days=1), 20)
    return Availability(windows).free_intervals(start, start + timedelta(hours=36), PARIS)


def test_nobody_is_free_who_said_nothing() -> None:
    assert not Availability().is_free(paris(24, 9), paris(24, 10), PARIS)


def test_an_outing_inside_a_window_is_free_to_the_minute() -> None:
    assert TUESDAY_MORNING.is_free(paris(24, 9), paris(24, 12), PARIS)
    assert not TUESDAY_MORNING.is_free(paris(24, 8, 59), paris(24, 12), PARIS)
    assert not TUESDAY_MORNING.is_free(paris(24, 9), paris(24, 12, 1), PARIS)
    assert not TUESDAY_MORNING.is_free(paris(25, 9), paris(25, 12), PARIS)


def test_windows_that_touch_make_one() -> None:
    said = Availability(
        (WeeklyWindow(TUESDAY, time(12), time(14)), WeeklyWindow(TUESDAY, time(9), time(12)))
    )
    assert said.is_free(paris(24, 9), paris(24, 14), PARIS)


def test_a_window_may_pass_midnight() -> None:
    late = Availability((WeeklyWindow(MONDAY, time(22), time(2)),))
    assert late.is_free(paris(23, 23), paris(24, 2), PARIS)
    assert not late.is_free(paris(24, 1), paris(24, 3), PARIS)
    assert not late.is_free(paris(23, 0), paris(23, 2), PARIS)


def test_sunday_night_goes_on_into_monday() -> None:
    late = Availability((WeeklyWindow(SUNDAY, time(22), time(2)),))
    assert late.is_free(paris(23, 0), paris(23, 2), PARIS)


def test_midnight_as_an_end_closes_the_day() -> None:
    evening = Availability((WeeklyWindow(TUESDAY, time(18), time(0)),))
    assert evening.is_free(paris(24, 18), paris(25, 0), PARIS)
    assert not evening.is_free(paris(24, 0), paris(24, 1), PARIS)


def test_seven_whole_days_are_always() -> None:
    always = Availability(tuple(WeeklyWindow(day, time(0), time(0)) for day in range(7)))
    assert always.is_free(NOW, NOW + timedelta(days=400), PARIS)


def test_a_day_off_takes_the_day_out() -> None:
    off = DatedException(date(2026, 11, 24), None, None, free=False)
    said = Availability(TUESDAY_MORNING.windows, (off,))
    assert not said.is_free(paris(24, 9), paris(24, 10), PARIS)
    assert said.is_free(datetime(2026, 12, 1, 9, tzinfo=PARIS), paris(1, 10, month=12), PARIS)


def test_an_appointment_cuts_a_window_in_two() -> None:
    out = DatedException(date(2026, 11, 24), time(10), time(10, 30), free=False)
    said = Availability(TUESDAY_MORNING.windows, (out,))
    assert said.free_intervals(paris(24, 0), paris(25, 0), PARIS) == [
        Interval(paris(24, 9), paris(24, 10)),
        Interval(paris(24, 10, 30), paris(24, 12)),
    ]


def test_an_exception_may_add_free_time() -> None:
    extra = DatedException(date(2026, 11, 26), time(14), None, free=True)
    assert Availability((), (extra,)).is_free(paris(26, 14), paris(27, 0), PARIS)


def test_an_exception_may_pass_midnight() -> None:
    out = DatedException(date(2026, 11, 23), time(22), time(9, 30), free=False)
    said = Availability(TUESDAY_MORNING.windows, (out,))
    assert not said.is_free(paris(24, 9), paris(24, 10), PARIS)
    assert said.is_free(paris(24, 9, 30), paris(24, 12), PARIS)


def test_not_free_wins_over_free_on_the_same_day() -> None:
    day = date(2026, 11, 24)
    clash = (DatedException(day, None, None, False), DatedException(day, time(9), time(12), True))
    for exceptions in (clash, clash[::-1]):
        assert not Availability((), exceptions).is_free(paris(24, 9), paris(24, 10), PARIS)


def test_free_now_is_free_until_it_ends_even_on_a_day_off() -> None:
    off = DatedException(date(2026, 11, 23), None, None, free=False)
    here = Availability((), (off,), free_until=paris(23, 12))
    assert here.is_free(paris(23, 10), paris(23, 12), PARIS)
    assert not here.is_free(paris(23, 10), paris(23, 12, 1), PARIS)
    assert not here.is_free(paris(23, 12), paris(23, 13), PARIS)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (NOW, NOW),
        (NOW, NOW - timedelta(hours=1)),
        (NOW.replace(tzinfo=None), NOW),
        (NOW, NOW.replace(tzinfo=None) + timedelta(hours=1)),
    ],
)
def test_a_question_needs_aware_bounds_in_order(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="interval"):
        TUESDAY_MORNING.is_free(start, end, PARIS)


def test_there_are_seven_weekdays() -> None:
    with pytest.raises(ValueError, match="weekday"):
        WeeklyWindow(7, time(9), time(12))


def test_in_spring_a_window_over_the_change_is_an_hour_shorter() -> None:
    assert free_on(SPRING, WeeklyWindow(SUNDAY, time(1), time(4))) == [
        Interval(utc(SPRING, 0), utc(SPRING, 2))
    ]


def test_in_spring_the_missing_times_are_the_instant_of_the_change() -> None:
    change = utc(SPRING, 1)
    assert free_on(SPRING, WeeklyWindow(SUNDAY, time(2, 30), time(4))) == [
        Interval(change, utc(SPRING, 2))
    ]
    assert free_on(SPRING, WeeklyWindow(SUNDAY, time(1), time(2, 30))) == [
        Interval(utc(SPRING, 0), change)
    ]


def test_in_spring_a_window_within_the_missing_hour_does_not_exist() -> None:
    assert free_on(SPRING, WeeklyWindow(SUNDAY, time(2, 10), time(2, 50))) == []


def test_in_autumn_a_window_over_the_change_is_an_hour_longer() -> None:
    assert free_on(AUTUMN, WeeklyWindow(SUNDAY, time(1), time(4))) == [
        Interval(utc(AUTUMN - timedelta(days=1), 23), utc(AUTUMN, 3))
    ]


def test_in_autumn_the_double_hour_opens_at_its_first_and_closes_at_its_second_showing() -> None:
    assert free_on(AUTUMN, WeeklyWindow(SUNDAY, time(2, 15), time(2, 45))) == [
        Interval(utc(AUTUMN, 0, 15), utc(AUTUMN, 1, 45))
    ]


def test_in_autumn_an_outing_from_one_showing_to_the_other_is_understood() -> None:
    said = Availability((WeeklyWindow(SUNDAY, time(0), time(4)),))
    day = date(2026, 10, 25)
    start = datetime(2026, 10, 25, 2, 40, tzinfo=PARIS, fold=0)
    end = datetime(2026, 10, 25, 2, 10, tzinfo=PARIS, fold=1)
    assert said.free_intervals(start, end, PARIS) == [Interval(utc(day, 0, 40), utc(day, 1, 10))]


@pytest.mark.parametrize("day", CHANGES_OF_HOUR)
def test_a_night_window_of_the_eve_spans_the_change(day: date) -> None:
    night = Availability((WeeklyWindow(SATURDAY, time(22), time(6)),))
    start = datetime.combine(day - timedelta(days=1), time(22), PARIS)
    end = datetime.combine(day, time(6), PARIS)
    assert night.is_free(start, end, PARIS)
    assert night.free_intervals(start, end, PARIS) == [Interval(start, end)]


def plainly_free(said: Availability, at: datetime) -> bool:
    """The rules read off the clock, one instant at a time; right where no hour changes."""
    wall = at.astimezone(PARIS).replace(tzinfo=None)

    def within(day: date, start: time | None, end: time | None) -> bool:
        opens = datetime.combine(day, start or time(0))
        closes = datetime.combine(day, end or time(0))
        if closes <= opens:
            closes += timedelta(days=1)
        return opens <= wall < closes

    days = (wall.date(), wall.date() - timedelta(days=1))
    usual = any(
        within(day, window.start, window.end)
        for window in said.windows
        for day in days
        if day.weekday() == window.weekday
    )
    added = any(within(e.day, e.start, e.end) for e in said.exceptions if e.free)
    taken = any(within(e.day, e.start, e.end) for e in said.exceptions if not e.free)
    return (usual or added) and not taken


@given(availabilities(), st.integers(-3 * 1440, 3 * 1440), st.integers(1, 3000))
def test_away_from_the_changes_the_answer_is_what_the_clock_says(
    said: Availability, offset: int, minutes: int
) -> None:
    start = NOW + timedelta(minutes=offset)
    end = start + timedelta(minutes=minutes)
    free = said.free_intervals(start, end, PARIS)
    for n in range(0, minutes, 7):
        at = start + timedelta(minutes=n)
        assert any(one.start <= at < one.end for one in free) == plainly_free(said, at)
    for one in free:
        for edge in (one.start, one.end):
            inside_now = plainly_free(said, edge)
            inside_before = plainly_free(said, edge - timedelta(minutes=1))
            assert edge in {start, end} or inside_now != inside_before


@given(
    st.sampled_from(CHANGES_OF_HOUR).flatmap(
        lambda day: st.tuples(st.just(day), availabilities(around=day))
    ),
    st.integers(-2 * 1440, 2 * 1440),
    st.lists(st.integers(1, 1500), min_size=2, max_size=2),
)
def test_around_the_changes_free_time_is_sorted_apart_inside_and_the_same_in_pieces(
    around: tuple[date, Availability], offset: int, pieces: list[int]
) -> None:
    day, said = around
    start = utc(day, 1) + timedelta(minutes=offset)
    middle = start + timedelta(minutes=pieces[0])
    end = middle + timedelta(minutes=pieces[1])
    whole = said.free_intervals(start, end, PARIS)
    assert all(start <= one.start < one.end <= end for one in whole)
    assert all(one.end < after.start for one, after in pairwise(whole))
    halves = [
        *said.free_intervals(start, middle, PARIS),
        *said.free_intervals(middle, end, PARIS),
    ]
    assert sum((one.end - one.start for one in halves), timedelta()) == sum(
        (one.end - one.start for one in whole), timedelta()
    )
    assert said.is_free(start, end, PARIS) == (whole == [Interval(start, end)])
    assert all(said.is_free(one.start, one.end, PARIS) for one in whole)
