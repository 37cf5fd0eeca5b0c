"""Half-hours as bits: they never leave out a free time, and say everything when they claim to."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.availability import Availability, WeeklyWindow
from matcher.domain.halfhours import WHOLE_DAY, asked_of, halfhours_of, windows_of
from tests.strategies import NOW, PARIS, availabilities, instants, windows


@given(availabilities(), instants(days=20), st.integers(1, 600))
def test_bits_and_added_days_never_leave_out_a_free_time(
    availability: Availability, start: datetime, minutes: int
) -> None:
    end = start + timedelta(minutes=minutes)
    half = halfhours_of(availability)
    dates, asked, _ = asked_of(start, end, PARIS)
    if availability.is_free(start, end, PARIS):
        touched = all(half.days[weekday] & bits == bits for weekday, bits in asked)
        assert touched or half.opened & set(dates)


@given(st.lists(windows(), max_size=5), instants(days=40), st.integers(1, 600))
def test_exact_bits_say_just_what_the_windows_say(
    found: list[WeeklyWindow], start: datetime, minutes: int
) -> None:
    rounded = tuple(
        WeeklyWindow(w.weekday, time(w.start.hour, w.start.minute // 30 * 30), time(w.end.hour))
        for w in found
    )
    availability = Availability(rounded)
    end = start + timedelta(minutes=minutes)
    half = halfhours_of(availability)
    _, asked, plain = asked_of(start, end, PARIS)
    assert half.exact
    again = Availability(windows_of(half.days))
    assert again.is_free(start, end, PARIS) is availability.is_free(start, end, PARIS)
    if plain:
        fits = all(half.days[weekday] & bits == bits for weekday, bits in asked)
        assert fits is availability.is_free(start, end, PARIS)


@pytest.mark.parametrize(
    "availability",
    [
        Availability((WeeklyWindow(0, time(9, 10), time(11)),)),
        Availability(free_until=NOW),
    ],
)
def test_bits_own_up_to_what_they_cannot_say(availability: Availability) -> None:
    assert not halfhours_of(availability).exact


def test_midnight_to_midnight_is_the_whole_day() -> None:
    half = halfhours_of(Availability((WeeklyWindow(6, time(0), time(0)),)))
    assert half.days == (0, 0, 0, 0, 0, 0, WHOLE_DAY)
    assert windows_of(half.days) == (WeeklyWindow(6, time(0), time(0)),)


def test_around_a_change_of_hour_nothing_is_asked_of_the_bits() -> None:
    night = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert asked_of(night, night + timedelta(hours=2), PARIS)[1:] == ((), False)
    noon = datetime(2026, 10, 25, 11, 0, tzinfo=UTC)
    _, asked, plain = asked_of(noon, noon + timedelta(hours=1), PARIS)
    assert plain
    assert asked == ((6, 0b11 << 24),)
