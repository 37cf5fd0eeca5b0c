"""Instants written for the ear, in words that `understand_when` hears as the same instant."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
_SMALL = (
    "zéro",
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
)
_TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante"}


def speak_instant(when: datetime, zone: ZoneInfo) -> str:
    """Say an instant in French words.

    Args:
        when: aware.
        zone: the territory's.

    Returns:
        For instance "mardi premier décembre à quatorze heures trente". The year is left out:
        outings are within months.
    """
    local = when.astimezone(zone)
    day = "premier" if local.day == 1 else _words(local.day)
    date = f"{_WEEKDAYS[local.weekday()]} {day} {_MONTHS[local.month - 1]}"
    return f"{date} à {_speak_time(local.hour, local.minute)}"


def _speak_time(hour: int, minute: int) -> str:
    if (hour, minute) == (12, 0):
        return "midi"
    noun = "heure" if hour < 2 else "heures"
    minutes = f" {_words(minute, feminine=True)}" if minute else ""
    # Below eight the same words may mean the evening or the afternoon.
    morning = " du matin" if 1 <= hour < 8 else ""
    return f"{_words(hour, feminine=True)} {noun}{minutes}{morning}"


def _words(number: int, *, feminine: bool = False) -> str:
    """A number from 0 to 59 in words."""
    if number == 1 and feminine:
        return "une"
    if number < len(_SMALL):
        return _SMALL[number]
    if number < 20:
        return f"dix-{_SMALL[number - 10]}"
    tens, unit = divmod(number, 10)
    if not unit:
        return _TENS[tens]
    if unit == 1:
        return f"{_TENS[tens]} et {'une' if feminine else 'un'}"
    return f"{_TENS[tens]}-{_SMALL[unit]}"
