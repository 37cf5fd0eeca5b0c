"""When an outing that comes back takes place: its rule, read in the territory's own time.

The hour on the wall is kept when clocks change: two o'clock stays two o'clock. An hour that a
change of clocks leaves out is the hour after.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr


@dataclass(frozen=True, slots=True)
class Occasion:
    """One day of a series, with the instant it starts at in UTC."""

    day: date
    starts_at: datetime
    holiday: bool


def occasions(
    rule: str,
    first: datetime,
    zone: ZoneInfo,
    after: datetime,
    until: datetime,
    is_holiday: Callable[[date], bool],
) -> tuple[Occasion, ...]:
    """What the rule brings later than `first`'s own day, in (after, until], in order.

    Args:
        rule: RFC 5545, counted from `first`; of several on one day the first counts.
        first: the first outing's start, aware; whether the rule names its day or not.
        zone: where days and hours are read.
        after: aware.
        until: aware.
        is_holiday: whether a day of the territory is a public holiday.

    Raises:
        ValueError: the rule cannot be read.
    """
    begin = first.astimezone(zone).replace(tzinfo=None)
    # One day of slack on either side: between them lie the changes of clocks.
    since = max(after.astimezone(zone).replace(tzinfo=None) - timedelta(days=1), begin)
    last = until.astimezone(zone).replace(tzinfo=None) + timedelta(days=1)
    found: dict[date, Occasion] = {}
    for local in rrulestr(rule, dtstart=begin).between(since, last, inc=True):
        starts_at = local.replace(tzinfo=zone).astimezone(UTC)
        day = local.date()
        if day > begin.date() and after < starts_at <= until:
            found.setdefault(day, Occasion(day, starts_at, is_holiday(day)))
    return tuple(found.values())


_DAYS = dict(
    zip(
        ("MO", "TU", "WE", "TH", "FR", "SA", "SU"),
        ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        strict=True,
    )
)


def in_words(rule: str, first: datetime, zone: ZoneInfo) -> str:
    """The rule for a coordinator: "toutes les 2 semaines, le mardi et le jeudi, à 14 h 30".

    A rule that is not one of weeks is given as it is.
    """
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    local = first.astimezone(zone)
    days = parts.get("BYDAY", list(_DAYS)[local.weekday()]).split(",")
    if parts.get("FREQ") != "WEEKLY" or not set(days) <= set(_DAYS):
        return rule
    every = int(parts.get("INTERVAL", "1"))
    often = "toutes les semaines" if every == 1 else f"toutes les {every} semaines"
    *others, last = [f"le {_DAYS[day]}" for day in days]
    spoken = f"{', '.join(others)} et {last}" if others else last
    return f"{often}, {spoken}, à {local.hour} h {local.minute:02d}"
