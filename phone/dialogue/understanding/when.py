"""When an outing is wanted: what a caller says, told as a date and an hour, or asked back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from phone.dialogue.understanding.clock import Clock, find_clock
from phone.dialogue.understanding.days import FARTHEST, find_day
from phone.dialogue.understanding.grammar import MONTH, MONTHS, PART, WEEKDAY, Part, Reason, cut
from phone.dialogue.understanding.normalise import normalise

__all__ = ["Instant", "NotUnderstood", "Part", "Reason", "When", "to_json", "understand_when"]


@dataclass(frozen=True, slots=True)
class Instant:
    """A day in the territory's zone, with its hour when one was said, else the part of the day."""

    date: date
    time: time | None
    part: Part | None


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Nothing sure could be made of the words; the reason is one of `Reason`'s slugs."""

    reason: str


When = Instant | NotUnderstood

_NUMERIC_DATE = re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\b|\b(\d{1,2})/(\d{1,2})\b")
_WRITTEN_TIME = re.compile(r"\b(\d{1,2})\s*[h:.]\s*(\d{2})\b")
_WRITTEN_HOUR = re.compile(r"\b(\d{1,2})\s*h\b")

_STREET_NAME = re.compile(
    r"\b(?:rue|avenue|boulevard|place|quai|square|passage|impasse|allee|metro|station)"
    rf"(?: (?:du|de|des|la|l))* (?:\d{{1,2}}(?:er)? {MONTH}(?: \d{{4}})?|midi|{WEEKDAY})\b"
)
_CORRECTION = re.compile(
    r"\b(?:ou )?(?:non|pardon|plutot|enfin|mais|finalement|correction|attendez|excusez moi"
    r"|je (?:veux|voulais) dire|je me (?:suis )?trompee?|je me corrige|c est a dire)\b"
)
_ENDS_IN_NO = re.compile(r"\bnon(?: rien| merci)?$")
# Taken out after the numbers are read, so that "le quinze euh décembre" stays one date.
_FILLER = re.compile(r"\b(?:euh|heu|hein|ben|bah|hum|disons|on va dire|je dirais|mettons)\b ?")
_TELEPHONE = re.compile(r"\b\d{1,2}(?: \d{2}){3,}\b(?! heures?)")
_NOT_BEFORE = re.compile(r"\bpas avant\b")
_EXCLUDED = (
    rf"(?:{WEEKDAY}(?: prochain)?(?: {PART})?|apres demain|demain(?: {PART})?|aujourd hui|{PART}"
    rf"|\d{{1,2}} heures?(?: \d{{1,2}})?|\d{{1,2}}(?:er)? {MONTH})"
)
_RULED_OUT = re.compile(
    rf"\b(?:(?:et )?non pas|et non|(?:surtout |et )?pas|sauf)"
    rf" (?:(?:a|le|l|la|ce|cet|de|du) )*{_EXCLUDED}\b"
    rf"|\b(?:le )?{_EXCLUDED} (?:(?:je|j|ca|ce|c|on|ne|n|me) )*"
    r"(?:peux|pourrai|pourrais|suis|va|est|sera|convient|arrange) pas\b(?: (?:libre|possible|bon))?"
)

_IN_TIME = re.compile(
    r"\b(?:dans|d ici) (?:environ |a peu pres )?(?:"
    r"(?P<half_hour>(?:1 )?(?:petite )?demie? heure)"
    r"|(?P<quarters>[13]) quarts? d heure"
    r"|(?P<hours>\d+) (?:petites? |bonnes? )?heures?\b"
    r"(?: et (?P<and>demie?|quart|1 quart)\b| (?P<and_minutes>\d{1,2})\b)?"
    r"|(?P<minutes>\d+) minutes?\b)"
)
_WITHIN = re.compile(r"\b(?:dans|d ici|sous) les \d+ (?:heures?|minutes?|jours?)\b")
_PART_ENDS = {
    Part.MORNING: time(12),
    Part.NOON: time(14),
    Part.AFTERNOON: time(18, 30),
    Part.EVENING: time(23),
}


class _RefusalError(Exception):
    """The words lead nowhere sure."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class _Slots:
    """What is held so far, from the first version said to the last."""

    day: date | Reason | None = None
    lapse: timedelta | Reason | None = None
    clock: Clock | Reason | None = None
    part: Part | None = None


def understand_when(text: str, now: datetime, zone: ZoneInfo) -> When:
    """Understand when an outing is wanted.

    Args:
        text: the words of the caller, as the recogniser wrote them.
        now: aware.
        zone: the territory's; the answer is in its local time.

    Returns:
        An `Instant` that exists once in the zone and is not past, or `NotUnderstood`. A time
        said alone is today's when it is still ahead, else tomorrow's.
    """
    local_now = now.astimezone(zone)
    try:
        slots = _read(_prepare(text), local_now.date())
        return _settle(slots, local_now, zone)
    except _RefusalError as refused:
        return NotUnderstood(refused.reason.value)


def to_json(when: When) -> dict[str, str | bool | None]:
    """The shape `compagnie understand when --json` prints."""
    if isinstance(when, NotUnderstood):
        return {"reject": True, "reason": when.reason}
    return {
        "date": when.date.isoformat(),
        "time": when.time.strftime("%H:%M") if when.time else None,
        "part": when.part.value if when.part else None,
    }


def _prepare(text: str) -> str:
    lowered = _NUMERIC_DATE.sub(_spell_date, text.lower())
    lowered = _WRITTEN_TIME.sub(r"\1 heures \2", lowered)
    words = normalise(_WRITTEN_HOUR.sub(r"\1 heures", lowered))
    # "un mardi" became "1 mardi": the article is no number.
    words = re.sub(rf"\b1 (?={WEEKDAY}\b)", "", words)
    words = _FILLER.sub("", words).strip()
    words = _TELEPHONE.sub(" | ", _STREET_NAME.sub(" | ", words))
    words = _NOT_BEFORE.sub("a partir de", words)
    if _ENDS_IN_NO.search(words):
        raise _RefusalError(Reason.UNKNOWN)
    return _RULED_OUT.sub(" | ", words)


def _spell_date(match: re.Match[str]) -> str:
    day, month, year = match[1] or match[4], int(match[2] or match[5]), match[3]
    if not 1 <= month <= 12:
        raise _RefusalError(Reason.NO_SUCH_DATE)
    full_year = "" if year is None else f" {year if len(year) == 4 else 2000 + int(year)}"
    return f"{day} {MONTHS[month - 1]}{full_year}"


def _read(words: str, today: date) -> _Slots:
    """Read the versions one after the other; what the last one says counts."""
    slots = _Slots()
    for version in _CORRECTION.split(words):
        rest = _WITHIN.sub(" | ", version)
        lapse = _IN_TIME.search(rest)
        if lapse:
            rest = cut(rest, lapse)
            slots = _Slots(lapse=_read_lapse(lapse))
        day = find_day(rest, today)
        if day.value is not None:
            slots.day = day.value
            slots.lapse = slots.lapse if lapse else None
        heard = find_clock(day.rest)
        if heard.clock is not None:
            if heard.part or (isinstance(heard.clock, Clock) and heard.clock.settled):
                slots.part = heard.part
            slots.clock = heard.clock
            slots.lapse = slots.lapse if lapse else None
        elif heard.part:
            slots.part = heard.part
            slots.clock = slots.clock if heard.part_completes else None
    return slots


def _read_lapse(match: re.Match[str]) -> timedelta | Reason:
    if match["half_hour"]:
        return timedelta(minutes=30)
    if match["quarters"]:
        return timedelta(minutes=15 * int(match["quarters"]))
    minutes = int(match["minutes"] or 0) + 60 * int(match["hours"] or 0)
    minutes += int(match["and_minutes"] or 0)
    if match["and"]:
        minutes += 30 if match["and"].startswith("demi") else 15
    return timedelta(minutes=minutes) if minutes <= FARTHEST.days * 24 * 60 else Reason.TOO_FAR


def _settle(slots: _Slots, now: datetime, zone: ZoneInfo) -> Instant:
    """Make one instant of the slots.

    Raises:
        _RefusalError: when it is past, does not exist, exists twice or was not told for sure.
    """
    day = slots.day
    if isinstance(day, Reason):
        raise _RefusalError(day)
    if day is not None and day < now.date():
        raise _RefusalError(Reason.PAST)
    if day is not None and day - now.date() > FARTHEST:
        raise _RefusalError(Reason.TOO_FAR)
    if slots.lapse is not None:
        return _after(slots.lapse, day, slots.clock, now, zone)
    if slots.clock is None:
        return _without_hour(day, slots.part, now)
    return _at_hour(day, slots.clock, slots.part, now, zone)


def _after(
    lapse: timedelta | Reason,
    day: date | None,
    clock: Clock | Reason | None,
    now: datetime,
    zone: ZoneInfo,
) -> Instant:
    if isinstance(lapse, Reason):
        raise _RefusalError(lapse)
    then = (now.astimezone(UTC) + lapse).astimezone(zone)
    if clock is not None or day not in (None, then.date()):
        raise _RefusalError(Reason.AMBIGUOUS_HOUR)
    return _existing(then.date(), then.time().replace(second=0, microsecond=0), now, zone)


def _without_hour(day: date | None, part: Part | None, now: datetime) -> Instant:
    over = part is not None and now.time() >= _PART_ENDS[part]
    if day is None:
        if part is None:
            raise _RefusalError(Reason.UNKNOWN)
        return Instant(now.date() + timedelta(days=1 if over else 0), None, part)
    if over and day == now.date():
        raise _RefusalError(Reason.PAST)
    return Instant(day, None, part)


def _at_hour(
    day: date | None, clock: Clock | Reason, part: Part | None, now: datetime, zone: ZoneInfo
) -> Instant:
    if isinstance(clock, Reason):
        raise _RefusalError(clock)
    hour = clock.as_time(part)
    if hour is Reason.AMBIGUOUS_HOUR and part is None and day == now.date():
        hour = _only_one_ahead(clock, now)
    if isinstance(hour, Reason):
        raise _RefusalError(hour)
    if clock.midnight and day is not None:
        # "samedi à minuit" begins or ends Saturday: only an evening tells.
        if part is not Part.EVENING:
            raise _RefusalError(Reason.AMBIGUOUS_DAY)
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
        raise _RefusalError(Reason.NO_SUCH_HOUR)
    if first.utcoffset() != second.utcoffset():
        raise _RefusalError(Reason.AMBIGUOUS_HOUR)
    if first.astimezone(UTC) <= now.astimezone(UTC):
        raise _RefusalError(Reason.PAST)
    return Instant(day, hour, None)
