"""Several facts in one sentence: "demain à quinze heures chez le kiné, 12 rue de Rivoli"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from matcher.domain.people import Need, Purpose
from phone.dialogue.understanding.answers import understand_needs, understand_purpose
from phone.dialogue.understanding.days import find_day
from phone.dialogue.understanding.durations import understand_duration
from phone.dialogue.understanding.grammar import MONTHS, PART, WEEKDAY, Part, Reason
from phone.dialogue.understanding.normalise import normalise
from phone.dialogue.understanding.recurrence import says_monthly, understand_recurrence
from phone.dialogue.understanding.when import Instant, NotUnderstood, When, understand_when

_STREET = r"(?:rue|avenue|boulevard|quai|impasse|allee|faubourg)"
# "une place", "un square": the article became a number, so 1 counts for none of these.
_OTHER_STREET = r"(?:place|passage|square|cour|cite|villa|chemin|route|sentier|esplanade|hameau)"
_DOOR = re.compile(
    rf"\b(?:\d{{1,4}}(?: (?:bis|ter|quater))?,? {_STREET}"
    rf"|(?!1 )\d{{1,4}}(?: (?:bis|ter|quater))?,? {_OTHER_STREET})\b.*"
)
_AFTER_DOOR = re.compile(
    rf",? \b(?:apres demain|demain|aujourd hui|ce {PART}|cet apres midi|(?:le |ce )?{WEEKDAY}"
    r"|(?:a|vers) (?:\d+ heures?|midi)|dans \d+ (?:jours?|semaines?)|pour|chez|parce que|afin"
    r"|s il vous plait|merci)\b"
)
_GOING_TO = re.compile(
    r"\b(?:aller|vais|irai|rendre|rends|conduire|emmener|accompagner|destination)"
    r"(?: (?:au|a|jusqu au|jusqu a|vers le|le))?(?: numero)?,? ?$"
)
_FROM_HOME = re.compile(
    r"\b(?:de|depuis|partir de) chez (?:moi|nous)\b"
    r"|\b(?:de|depuis) (?:la maison|mon domicile|mon appartement)\b"
)
_HOME = re.compile(r"\bchez (?:moi|nous|vous)\b|\b(?:la maison|domicile|mon appartement)\b")
_LAPSE = re.compile(r"\b(?:dans|d ici) (?:\w+ ){1,4}(?:heures?|minutes?)\b")
_OTHER = re.compile(
    r"\bpour (?:ma|mon|mes|notre) (?:mere|maman|pere|papa|grand mere|grand pere|mari|femme|epouse"
    r"|epoux|soeur|frere|tante|oncle|amie?|voisine?|patiente?|cliente?|resident\w*|belle mere"
    r"|beau pere|parents?)\b|\bpour (?:quelqu 1|1) d autre\b|\bpour (?:1|une?) (?:autre|dame"
    r"|monsieur|personne agee|voisine?|amie?|patiente?|residente?)\b|\bpas pour moi\b"
)
_SELF = re.compile(r"\bpour moi\b|\bc est moi\b")
_PART_WORDS = {
    Part.MORNING: "le matin",
    Part.AFTERNOON: "l'après-midi",
    Part.EVENING: "le soir",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """What was said of the day and of the hour.

    `reason` tells why one could not be taken, and `unclear` keeps the words of an hour that may
    be of the morning or of the evening.
    """

    day: date | None = None
    hour: time | None = None
    part: Part | None = None
    reason: Reason | None = None
    unclear: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What one sentence tells of an outing; None or empty where it tells nothing.

    Attributes:
        door: the words of a starting address with its number, ready to be searched.
        duration_h: how long it lasts, hours.
        every_weeks: the outing comes back, every so many weeks, on these `weekdays` from 0,
            Monday; none where it is that of the first date.
        monthly: it is to come back by the month.
        for_other: whether it is for somebody else than the caller.
    """

    purpose: Purpose | None
    moment: Moment
    door: str | None
    from_home: bool
    needs: tuple[Need, ...]
    duration_h: float | None = None
    every_weeks: int | None = None
    weekdays: tuple[int, ...] = ()
    monthly: bool = False
    for_other: bool | None = None


def hear_facts(text: str, known: Moment, now: datetime, zone: ZoneInfo) -> Facts:
    """Everything `text` tells of an outing; an hour alone is of the day and part `known`."""
    door, rest = _split_door(normalise(text, keep=",/:."))
    lasts = understand_duration(rest)
    again = understand_recurrence(rest)
    return Facts(
        purpose=understand_purpose(rest),
        moment=hear_moment(rest, known, now, zone),
        door=door,
        from_home=_FROM_HOME.search(rest) is not None,
        needs=tuple(sorted(understand_needs(text))),
        duration_h=None if lasts is None else lasts / timedelta(hours=1),
        every_weeks=None if again is None else again.every_weeks,
        weekdays=() if again is None else again.weekdays,
        monthly=says_monthly(rest),
        for_other=says_for_whom(rest),
    )


def says_for_whom(text: str) -> bool | None:
    """Whether the outing is for somebody else; None when nobody said."""
    words = normalise(text)
    if _OTHER.search(words):
        return True
    return False if _SELF.search(words) else None


def says_door(text: str) -> bool:
    """Whether a house number and a street were said together."""
    return _DOOR.search(normalise(text, keep=",")) is not None


def says_home(text: str) -> bool:
    """Whether an answer to "from where?" means the caller's own home."""
    return _HOME.search(normalise(text)) is not None


def hear_moment(text: str, known: Moment, now: datetime, zone: ZoneInfo) -> Moment:
    """The day and the hour, each only when it was said, with what is `known` to read them by."""
    if known.unclear:
        cleared = _hear(f"{known.unclear}, {text}", known, now, zone)
        if cleared.hour is not None:
            return cleared
    return _hear(text, known, now, zone)


def _hear(text: str, known: Moment, now: datetime, zone: ZoneInfo) -> Moment:
    words = normalise(text)
    today = now.astimezone(zone).date()
    says_day = _LAPSE.search(words) is not None or find_day(words, today).value is not None
    found = understand_when(text, now, zone)
    if not says_day and known.day is not None and not _says_nothing(found):
        day = f"le {known.day.day} {MONTHS[known.day.month - 1]} {known.day.year}"
        found = understand_when(f"{day}, {text}", now, zone)
        if _is_unclear(found) and known.part in _PART_WORDS:
            found = understand_when(f"{day} {_PART_WORDS[known.part]}, {text}", now, zone)
    if isinstance(found, Instant):
        return Moment(day=found.date if says_day else None, hour=found.time, part=found.part)
    if _says_nothing(found):
        return Moment()
    return Moment(reason=Reason(found.reason), unclear=text if _is_unclear(found) else "")


def _says_nothing(found: When) -> bool:
    return isinstance(found, NotUnderstood) and found.reason == Reason.UNKNOWN


def _is_unclear(found: When) -> bool:
    return isinstance(found, NotUnderstood) and found.reason == Reason.AMBIGUOUS_HOUR


def _split_door(text: str) -> tuple[str | None, str]:
    """The words of the starting address, if one is told with its number, and all the others."""
    match = _DOOR.search(text)
    if match is None:
        return None, text
    end = _AFTER_DOOR.search(match.group())
    door = match.group()[: end.start()] if end else match.group()
    before, after = text[: match.start()], match.group()[len(door) :]
    rest = f"{before}, {after}"
    return (None if _GOING_TO.search(before) else door), rest
