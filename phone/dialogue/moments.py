"""The start of an outing: from a day and an hour to an instant that can be promised."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from phone.dialogue.ears import speak_soon
from phone.dialogue.lines import Line, lines
from phone.dialogue.state import Language
from phone.dialogue.turn import Tools

_QUARTER = timedelta(minutes=15)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def starts_at(day: date | None, hour: time | None, zone: ZoneInfo) -> datetime | None:
    """The instant in UTC of an hour of a day in `zone`, or None while one of them is missing."""
    if day is None or hour is None:
        return None
    return datetime.combine(day, hour, tzinfo=zone).astimezone(UTC)


def refusal(
    day: date | None, hour: time | None, tools: Tools, language: Language = Language.FRENCH
) -> tuple[Line, ...]:
    """Why nobody can go out then, in sentences; empty when nothing speaks against it."""
    if day is None:
        return ()
    today = tools.now.astimezone(tools.zone).date()
    if day < today:
        return lines("when.past")
    if day > today + timedelta(days=tools.horizon_days):
        return (Line("when.too_far", {"days": str(tools.horizon_days)}),)
    if hour is None:
        return ()
    local = datetime.combine(day, hour, tzinfo=tools.zone)
    if local.astimezone(UTC).astimezone(tools.zone).replace(tzinfo=None) != local.replace(
        tzinfo=None
    ):
        return lines("when.no_such_hour")
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        return lines("when.hour_twice")
    if local.astimezone(UTC) < tools.now:
        return lines("when.past")
    earliest = tools.now + tools.lead
    if local.astimezone(UTC) < earliest:
        instant = speak_soon(_quarter_after(earliest), tools, language)
        return (*lines("when.too_soon"), Line("when.earliest", {"instant": instant}))
    return ()


def _quarter_after(instant: datetime) -> datetime:
    """The next quarter of an hour: nobody says "fifteen hours and seven minutes"."""
    return instant + (_EPOCH - instant) % _QUARTER
