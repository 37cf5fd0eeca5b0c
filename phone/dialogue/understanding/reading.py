"""What words say when all the times in them are meant: one instant, or why there is none."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from phone.dialogue.understanding.clock import Clock, Heard, find_clock
from phone.dialogue.understanding.days import FARTHEST, find_day
from phone.dialogue.understanding.grammar import (
    CORRECTION,
    Part,
    Reason,
    RefusedError,
    Step,
    cut,
)
from phone.dialogue.understanding.prepare import leave_earlier

# A field of `Instant` is called "time", as in the contract, and hides the type there.
Hour = time


@dataclass(frozen=True, slots=True)
class Instant:
    """A day in the territory's zone, with its hour when one was said, else the part of the day."""

    date: date
    time: time | None = None
    part: Part | None = None
    until: Hour | None = None
    """The end of a range of hours that begins at `time`, the same day."""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Nothing sure could be made of the words; the reason is one of `Reason`'s slugs."""

    reason: str


When = Instant | NotUnderstood

_IN_TIME = re.compile(
    r"\b(?:dans|d ici) (?:environ |a peu pres )?(?:"
    r"(?P<half_hour>(?:1 )?(?:petite )?demie? heure)"
    r"|(?P<quarters>[13]) quarts? d heure"
    r"|(?P<hours>\d+) (?:petites? |bonnes? )?heures?\b"
    r"(?: et (?P<and>demie?|quart|1 quart)\b| moins (?P<less>(?:le |1 )?quart|\d{1,2})\b"
    r"| (?P<and_minutes>\d{1,2})\b)?"
    r"|(?P<minutes>\d+) minutes?\b)"
)
_ENDS_IN_NO = re.compile(r"(?<!ou )(?<!moi )\bnon(?: rien| merci)?$")
_WITHIN = re.compile(r"\b(?:dans|d ici|sous) les \d+ (?:heures?|minutes?|jours?)\b")
_PART_ENDS = {
    Part.MORNING: time(12),
    Part.NOON: time(14),
    Part.AFTERNOON: time(18, 30),
    Part.EVENING: time(23),
}


@dataclass(slots=True)
class _Slots:
    """What is held so far, from the first version said to the last."""

    day: date | Reason | None = None
    lapse: timedelta | Reason | None = None
    clock: Clock | Reason | None = None
    part: Part | None = None
    until: Clock | None = None


def read_when(words: str, now: datetime, zone: ZoneInfo) -> tuple[When, tuple[Step, ...]]:
    """What prepared words say, and the steps that led there.

    Args:
        words: as `prepare` writes them, without the times that are not meant.
        now: in the zone.
        zone: the territory's.
    """
    steps: list[Step] = []
    try:
        return _settle(_read(leave_earlier(words), now.date(), steps), now, zone), tuple(steps)
    except RefusedError as refused:
        return NotUnderstood(refused.reason.value), tuple(steps)


def _read(words: str, today: date, steps: list[Step]) -> _Slots:
    """Read the versions one after the other; what the last one says counts.

    Raises:
        RefusedError: all that was said was taken back.
    """
    if _ENDS_IN_NO.search(words):
        raise RefusedError(Reason.UNKNOWN)
    slots = _Slots()
    for version in CORRECTION.split(words):
        rest = _WITHIN.sub(" | ", version)
        lapse = _IN_TIME.search(rest)
        if lapse:
            rest = cut(rest, lapse)
            slots = _Slots(lapse=_read_lapse(lapse))
            steps.append(Step("lapse", lapse.group(), str(slots.lapse)))
        day = find_day(rest, today, slots.day)
        if day.value is not None:
            slots.day = day.value
            slots.lapse = slots.lapse if lapse else None
            steps.append(Step("day", ", ".join(day.words), str(day.value)))
        heard = find_clock(day.rest)
        _take_hour(slots, heard, spares_lapse=lapse is not None)
        if heard.words:
            steps.append(Step("hour", ", ".join(heard.words), _describe(heard)))
    return slots


def _take_hour(slots: _Slots, heard: Heard, *, spares_lapse: bool) -> None:
    if heard.clock is not None:
        if heard.part or (isinstance(heard.clock, Clock) and heard.clock.settled):
            slots.part = heard.part
        slots.clock = heard.clock
        slots.until = heard.until
        slots.lapse = slots.lapse if spares_lapse else None
    elif heard.part:
        slots.part = heard.part
        if not heard.part_completes:
            slots.clock = slots.until = None


def _describe(heard: Heard) -> str:
    told = [heard.clock, heard.until, heard.part]
    return ", ".join(str(one) for one in told if one is not None)


def _read_lapse(match: re.Match[str]) -> timedelta | Reason:
    if match["half_hour"]:
        return timedelta(minutes=30)
    if match["quarters"]:
        return timedelta(minutes=15 * int(match["quarters"]))
    minutes = int(match["minutes"] or 0) + 60 * int(match["hours"] or 0)
    minutes += int(match["and_minutes"] or 0)
    if less := match["less"]:
        minutes -= int(less) if less.isdigit() else 15
    if match["and"]:
        minutes += 30 if match["and"].startswith("demi") else 15
    return timedelta(minutes=minutes) if minutes <= FARTHEST.days * 24 * 60 else Reason.TOO_FAR


def _settle(slots: _Slots, now: datetime, zone: ZoneInfo) -> Instant:
    """Make one instant of the slots.

    Raises:
        RefusedError: when it is past, does not exist, exists twice or was not told for sure.
    """
    day = slots.day
    if isinstance(day, Reason):
        raise RefusedError(day)
    if day is not None and day < now.date():
        raise RefusedError(Reason.PAST)
    if day is not None and day - now.date() > FARTHEST:
        raise RefusedError(Reason.TOO_FAR)
    if slots.lapse is not None:
        return _after(slots.lapse, day, slots.clock, now, zone)
    if slots.clock is None:
        return _without_hour(day, slots.part, now)
    instant = _at_hour(day, slots.clock, slots.part, now, zone)
    if slots.until is None or instant.time is None:
        return instant
    until = slots.until.after(instant.time)
    if until is None:
        raise RefusedError(Reason.AMBIGUOUS_HOUR)
    _existing(instant.date, until, now, zone)
    return replace(instant, until=until)


def _after(
    lapse: timedelta | Reason,
    day: date | None,
    clock: Clock | Reason | None,
    now: datetime,
    zone: ZoneInfo,
) -> Instant:
    if isinstance(lapse, Reason):
        raise RefusedError(lapse)
    then = (now.astimezone(UTC) + lapse).astimezone(zone)
    if clock is not None or day not in (None, then.date()):
        raise RefusedError(Reason.AMBIGUOUS_HOUR)
    return _existing(then.date(), then.time().replace(second=0, microsecond=0), now, zone)


def _without_hour(day: date | None, part: Part | None, now: datetime) -> Instant:
    over = part is not None and now.time() >= _PART_ENDS[part]
    if day is None:
        if part is None:
            raise RefusedError(Reason.UNKNOWN)
        return Instant(now.date() + timedelta(days=1 if over else 0), None, part)
    if over and day == now.date():
        raise RefusedError(Reason.PAST)
    return Instant(day, None, part)


def _at_hour(
    day: date | None, clock: Clock | Reason, part: Part | None, now: datetime, zone: ZoneInfo
) -> Instant:
    if isinstance(clock, Reason):
        raise RefusedError(clock)
    hour = clock.as_time(part)
    if hour is Reason.AMBIGUOUS_HOUR and part is None and day == now.date():
        hour = _only_one_ahead(clock, now)
    if isinstance(hour, Reason):
        raise RefusedError(hour)
    if clock.midnight and day is not None:
        # "samedi à minuit" begins or ends Saturday: only an evening tells.
        if part is not Part.EVENING:
            raise RefusedError(Reason.AMBIGUOUS_DAY)
        day += timedelta(days=1)
    if day is None:
        day = now.date() if hour > now.time() else now.date() + timedelta(days=1)
    return _existing(day, hour, now, zone)


def _only_one_ahead(clock: Clock, now: datetime) -> time | Reason:
    """The evening hour when today's morning one has gone by: then there is nothing to ask."""
    morning = clock.as_time(Part.MORNING)
    if isinstance(morning, time) and morning <= now.time():
        return clock.as_time(Part.EVENING)
    return Reason.AMBIGUOUS_HOUR


def _existing(day: date, hour: time, now: datetime, zone: ZoneInfo) -> Instant:
    """Refuse the hour that a change of clocks skips or repeats, and what is past."""
    first = datetime.combine(day, hour, zone)
    second = first.replace(fold=1)
    there_and_back = first.astimezone(UTC).astimezone(zone)
    if there_and_back.replace(tzinfo=None) != first.replace(tzinfo=None):
        raise RefusedError(Reason.NO_SUCH_HOUR)
    if first.utcoffset() != second.utcoffset():
        raise RefusedError(Reason.AMBIGUOUS_HOUR)
    if first.astimezone(UTC) <= now.astimezone(UTC):
        raise RefusedError(Reason.PAST)
    return Instant(day, hour, None)
