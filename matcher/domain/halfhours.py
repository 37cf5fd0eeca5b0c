"""Availability as 48 half-hours a weekday: fast to compare, and honest about what it cannot say.

A bit is set when any part of its half-hour is free, so the bits of an outing never leave out
somebody who is free; whether they are free to the minute is `Availability.is_free`'s to say where
`Halfhours.exact` is False. Bit 0 is 00:00 to 00:30, wall-clock time of the territory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from matcher.domain.availability import MIDNIGHT, ONE_DAY, Availability, WeeklyWindow

PER_DAY = 48
MINUTES = 30
WHOLE_DAY = (1 << PER_DAY) - 1
_AROUND_A_CHANGE = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Halfhours:
    """The usual week of one volunteer.

    Attributes:
        days: 48 bits for each weekday, Monday first.
        exact: the bits say everything: every window starts and ends on a half-hour, and there is
            neither a dated exception nor a "free now".
        opened: dates on which an exception adds free time, both dates of one past midnight.
    """

    days: tuple[int, ...]
    exact: bool
    opened: frozenset[date]


def halfhours_of(availability: Availability) -> Halfhours:
    """The half-hours a volunteer's weekly windows touch, and what they leave unsaid."""
    days = [0] * 7
    exact = not availability.exceptions and availability.free_until is None
    for window in availability.windows:
        opens, closes = _minute(window.start), _minute(window.end)
        exact = exact and opens % MINUTES == 0 and closes % MINUTES == 0
        first, last = int(opens // MINUTES), -int(-closes // MINUTES)
        if closes > opens:
            days[window.weekday] |= _run(first, last)
        else:
            days[window.weekday] |= _run(first, PER_DAY)
            days[(window.weekday + 1) % 7] |= _run(0, last)
    opened: set[date] = set()
    for exception in availability.exceptions:
        if exception.free:
            opened.add(exception.day)
            if (exception.end or MIDNIGHT) <= (exception.start or MIDNIGHT):
                opened.add(exception.day + ONE_DAY)
    return Halfhours(tuple(days), exact, frozenset(opened))


def windows_of(days: Sequence[int]) -> tuple[WeeklyWindow, ...]:
    """Weekly windows that are free exactly where the bits are set."""
    windows: list[WeeklyWindow] = []
    for weekday, bits in enumerate(days):
        slot = 0
        while bits >> slot:
            if bits >> slot & 1:
                first = slot
                while bits >> slot & 1:
                    slot += 1
                windows.append(WeeklyWindow(weekday, _time(first), _time(slot % PER_DAY)))
            else:
                slot += 1
    return tuple(windows)


@lru_cache(maxsize=4096)
def asked_of(
    start: datetime, end: datetime, zone: ZoneInfo
) -> tuple[tuple[date, ...], tuple[tuple[int, int], ...], bool]:
    """The local dates [start, end) touches, (weekday, bits) it needs there, and whether to trust.

    Near a change of hour wall-clock half-hours say too little: no bits are asked then and the
    last value is False, so that everybody is looked at to the minute. Remembered, as an outing is
    looked at many times.
    """
    opens, closes = start.astimezone(zone), end.astimezone(zone)
    first, last = opens.date(), closes.date()
    dates = tuple(first + n * ONE_DAY for n in range((last - first).days + 1))
    before = (start.astimezone(UTC) - _AROUND_A_CHANGE).astimezone(zone).utcoffset()
    after = (end.astimezone(UTC) + _AROUND_A_CHANGE).astimezone(zone).utcoffset()
    if before != after:
        return dates, (), False
    needed: list[tuple[int, int]] = []
    for day in dates:
        from_slot = int(_minute(opens.time()) // MINUTES) if day == first else 0
        to_slot = -int(-_minute(closes.time()) // MINUTES) if day == last else PER_DAY
        if bits := _run(from_slot, to_slot):
            needed.append((day.weekday(), bits))
    return dates, tuple(needed), True


def _run(first: int, last: int) -> int:
    return (1 << last) - (1 << first) if last > first else 0


def _minute(at: time) -> float:
    return at.hour * 60 + at.minute + at.second / 60 + at.microsecond / 60e6


def _time(slot: int) -> time:
    return time(slot // 2, slot % 2 * MINUTES)
