"""When the team is there, and by when it rings back."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.services.opening import is_open, next_opening, person_call_at
from matcher.settings import Settings

PARIS = ZoneInfo("Europe/Paris")
SETTINGS = Settings(_env_file=None)


def paris(*when: int) -> datetime:
    return datetime(*when, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("at", "there"),
    [
        (paris(2026, 11, 24, 10), True),
        (paris(2026, 11, 24, 8, 59), False),
        (paris(2026, 11, 24, 18), False),
        (paris(2026, 11, 28, 10), False),
        (paris(2026, 12, 25, 10), False),
        (paris(2027, 3, 29, 10), False),
    ],
    ids=["tuesday", "early", "closing", "saturday", "christmas", "easter_monday"],
)
def test_the_team_is_there_on_working_days_in_its_hours(at: datetime, there: bool) -> None:
    assert is_open(at, SETTINGS) is there


@pytest.mark.parametrize(
    ("at", "before"),
    [
        (paris(2026, 11, 24, 10, 7), paris(2026, 11, 24, 12)),
        (paris(2026, 11, 24, 17), paris(2026, 11, 24, 18)),
        (paris(2026, 11, 24, 17, 45), paris(2026, 11, 25, 11)),
        (paris(2026, 11, 27, 20), paris(2026, 11, 30, 11)),
        (paris(2026, 12, 24, 20), paris(2026, 12, 28, 11)),
    ],
)
def test_a_person_rings_back_within_two_hours_of_opening_time(
    at: datetime, before: datetime
) -> None:
    assert person_call_at(at, SETTINGS) == before


def test_no_country_has_no_holidays() -> None:
    settings = Settings(_env_file=None, holidays_of="")
    assert is_open(paris(2026, 12, 25, 10), settings)


def test_a_team_that_never_works_still_gives_a_time() -> None:
    settings = Settings(_env_file=None, opening_days=())
    assert next_opening(paris(2026, 11, 24, 10), settings) > paris(2026, 11, 24, 10)


@given(at=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_promise_is_always_ahead_and_in_opening_hours(at: datetime) -> None:
    promised = person_call_at(at, SETTINGS).astimezone(PARIS)
    assert promised > at
    assert promised.isoweekday() <= 5
    assert 9 <= promised.hour <= 18
