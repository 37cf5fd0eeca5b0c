"""Opening hours in OpenStreetMap's notation: whether a place is open, and that in words.

Read by opening-hours-py, which knows the notation and the public holidays. What it takes but
cannot know here is refused on import: school holidays, the sun, ends left open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, State, validate

COUNTRY = "FR"
"""Whose public holidays count."""

LOOK_AHEAD = timedelta(days=14)
"""An opening further away is not told."""

ALWAYS = "jour et nuit"
VARIABLE = "horaires variables"

_WEEKS = 5
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip

_COMMENT = re.compile('"[^"]*"')
_UNKNOWABLE = re.compile(r"\bSH\b|sunrise|sunset|dawn|dusk|\+", re.IGNORECASE)

_Spans = tuple[tuple[time, time], ...]


class HoursUnreadable(ValueError):
    """The hours are not in the notation, or in a part of it that cannot be answered here."""


class OpenState(StrEnum):
    """Whether one may walk in."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Opening:
    """Open, closed or unknown at an instant, and until when (UTC); None when that is not near."""

    state: OpenState
    until: datetime | None = None


def check_hours(text: str) -> None:
    """Refuse hours that `opening` could not answer for; empty ones are merely unknown.

    Raises:
        HoursUnreadable: not OpenStreetMap's notation, or a part of it that is not supported.
    """
    if not text:
        return
    if _UNKNOWABLE.search(_COMMENT.sub("", text)):
        raise HoursUnreadable("vacances scolaires, soleil ou fin ouverte")
    if not validate(text):
        raise HoursUnreadable("notation inconnue")


def opening(text: str, at: datetime, zone: ZoneInfo) -> Opening:
    """Whether a place with these checked hours is open at `at`, and until when.

    A comment ("sur rendez-vous") means that one cannot just walk in: unknown.
    """
    if not text:
        return Opening(OpenState.UNKNOWN)
    hours = OpeningHours(text, timezone=zone, country=COUNTRY)
    here = at.astimezone(zone)  # the library takes no other kind of time zone
    state = _state(hours, here)
    change = hours.next_change(here)
    while change is not None and change <= here + LOOK_AHEAD:
        after = _state(hours, change)
        if after is not state and (state is not OpenState.CLOSED or after is OpenState.OPEN):
            return Opening(state, change.astimezone(UTC))
        change = hours.next_change(change)
    return Opening(state)


def opening_in_words(found: Opening, at: datetime, zone: ZoneInfo) -> str:
    """A short sentence for the ear: "Ouvert jusqu'à 17 heures", "Ouvre jeudi à 9 heures"."""
    if found.state is OpenState.UNKNOWN:
        return "Téléphonez avant d'y aller."
    if found.state is OpenState.OPEN and found.until is None:
        return "Ouvert jour et nuit."
    if found.until is None:
        return "Fermé en ce moment."
    then, here = found.until.astimezone(zone), at.astimezone(zone)
    if found.state is OpenState.OPEN:
        return f"Ouvert jusqu'à {_said(then.time())}."
    days = (then.date() - here.date()).days
    if days == 0:
        day = ""
    elif days == 1:
        day = "demain "
    else:
        day = f"{_DAYS[then.weekday()]} "
    if days >= len(_DAYS):
        day += f"{day_of_month(then.date())} "
    return f"Ouvre {day}à {_said(then.time())}."


def week_in_words(text: str, today: date) -> str:
    """The hours of a week for the eye, public holidays aside; empty when they are not known.

    "du lundi au vendredi de 9 h à 17 h, le samedi de 10 h à 12 h". Hours that change from one of
    the coming weeks to the next are `VARIABLE`.
    """
    if not text:
        return ""
    hours = OpeningHours(text)
    monday = today - timedelta(days=today.weekday())
    weeks = {_week(hours, monday + timedelta(weeks=ahead)) for ahead in range(_WEEKS)}
    if len(weeks) > 1:
        return VARIABLE
    days = weeks.pop()
    if all(spans == ((time.min, time.min),) for spans in days):
        return ALWAYS
    groups: list[tuple[int, int, _Spans]] = []
    for day, spans in enumerate(days):
        if groups and groups[-1][1] == day - 1 and groups[-1][2] == spans:
            groups[-1] = (groups[-1][0], day, spans)
        elif spans:
            groups.append((day, day, spans))
    return ", ".join(
        f"{_group(first, last)} {' et '.join(_span(span) for span in spans)}"
        for first, last, spans in groups
    )


def day_of_month(day: date) -> str:
    """Without the year: "3 octobre", "1er novembre"."""
    return f"{'1er' if day.day == 1 else day.day} {_MONTHS[day.month - 1]}"


def _state(hours: OpeningHours, at: datetime) -> OpenState:
    state, comment = hours.state(at)
    if state == State.CLOSED:
        return OpenState.CLOSED
    if state == State.OPEN and not comment:
        return OpenState.OPEN
    return OpenState.UNKNOWN


def _week(hours: OpeningHours, monday: date) -> tuple[_Spans, ...]:
    return tuple(_day(hours, monday + timedelta(days=ahead)) for ahead in range(7))


def _day(hours: OpeningHours, day: date) -> _Spans:
    """From when to when it is open on this day; midnight is 00:00 at either end."""
    start = datetime.combine(day, time.min)
    found = hours.intervals(start, start + timedelta(days=1))
    return tuple(
        (opens.time(), closes.time())
        for opens, closes, state, comment in found
        if state == State.OPEN and not comment and closes is not None
    )


def _group(first: int, last: int) -> str:
    if (first, last) == (0, 6):
        return "tous les jours"
    if first == last:
        return f"le {_DAYS[first]}"
    if last == first + 1:
        return f"{_DAYS[first]} et {_DAYS[last]}"
    return f"du {_DAYS[first]} au {_DAYS[last]}"


def _span(span: tuple[time, time]) -> str:
    return f"de {_read(span[0])} à {_read(span[1])}"


def _read(at: time) -> str:
    if at == time.min:
        return "minuit"
    return f"{at.hour} h {at.minute:02d}" if at.minute else f"{at.hour} h"


def _said(at: time) -> str:
    if at == time.min:
        return "minuit"
    if at == time(12):
        return "midi"
    hour = "1 heure" if at.hour == 1 else f"{at.hour} heures"
    return f"{hour} {at.minute:02d}" if at.minute else hour
