"""When the team is there, and by when it rings back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays

from matcher.settings import Settings

ANSWER_WITHIN = timedelta(hours=2)
"""Opening time in which a person rings back."""
SHORTEST = timedelta(minutes=30)
"""Less than this before closing, the call back is for the next opening."""
FARTHEST_DAYS = 14


def is_open(at: datetime, settings: Settings) -> bool:
    """Whether the team is there at the aware instant `at`."""
    local = at.astimezone(settings.zone)
    return (
        _is_working_day(local.date(), settings)
        and settings.opening_from <= local.time() < settings.opening_until
    )


def person_call_at(at: datetime, settings: Settings) -> datetime:
    """By when a person rings back: two hours of opening time from `at`, on the quarter before."""
    local = at.astimezone(settings.zone)
    if is_open(at, settings):
        closing = datetime.combine(local.date(), settings.opening_until, settings.zone)
        promised = min(local + ANSWER_WITHIN, closing)
        if promised - local >= SHORTEST:
            return promised.replace(
                minute=promised.minute - promised.minute % 15, second=0, microsecond=0
            )
    return next_opening(at, settings) + ANSWER_WITHIN


def next_opening(at: datetime, settings: Settings) -> datetime:
    """The first opening after `at`; in two weeks when the settings leave no working day."""
    local = at.astimezone(settings.zone)
    for days in range(FARTHEST_DAYS):
        day = local.date() + timedelta(days=days)
        opening = datetime.combine(day, settings.opening_from, settings.zone)
        if opening > local and _is_working_day(day, settings):
            return opening
    return local + timedelta(days=FARTHEST_DAYS)


def _is_working_day(day: date, settings: Settings) -> bool:
    if day.isoweekday() not in settings.opening_days:
        return False
    return day not in list_holidays(settings.holidays_of, day.year)


@lru_cache(maxsize=8)
def list_holidays(country: str, year: int) -> frozenset[date]:
    """The public holidays of a year, of a country by its ISO code; none of no country."""
    if not country:
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year))
