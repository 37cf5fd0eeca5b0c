"""Numbers and instants for the ear, in words that `understand_when` hears as the same instant."""

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
_TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante"}


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
    day = "premier" if local.day == 1 else number_in_words(local.day)
    date = f"{_WEEKDAYS[local.weekday()]} {day} {_MONTHS[local.month - 1]}"
    return f"{date} à {_speak_time(local.hour, local.minute)}"


def _speak_time(hour: int, minute: int) -> str:
    if (hour, minute) == (12, 0):
        return "midi"
    noun = "heure" if hour < 2 else "heures"
    minutes = f" {number_in_words(minute, feminine=True)}" if minute else ""
    # Below eight the same words may mean the evening or the afternoon.
    morning = " du matin" if 1 <= hour < 8 else ""
    return f"{number_in_words(hour, feminine=True)} {noun}{minutes}{morning}"


def number_in_words(number: int, *, feminine: bool = False) -> str:
    """A number from 0 to 9,999 in words; the ear knows "vingt et une heures" from "vingt et un"."""
    one = "une" if feminine else "un"
    if number == 1:
        return one
    if number < len(_SMALL):
        return _SMALL[number]
    if number < 20:
        return f"dix-{_SMALL[number - 10]}"
    if number < 70:
        tens, unit = divmod(number, 10)
        if not unit:
            return _TENS[tens]
        return f"{_TENS[tens]} et {one}" if unit == 1 else f"{_TENS[tens]}-{_SMALL[unit]}"
    if number < 80:
        return "soixante et onze" if number == 71 else f"soixante-{number_in_words(number - 60)}"
    if number < 100:
        if number == 80:
            return "quatre-vingts"
        return f"quatre-vingt-{number_in_words(number - 80, feminine=feminine)}"
    size, name = (1000, "mille") if number >= 1000 else (100, "cent")
    many, rest = divmod(number, size)
    said = name if many == 1 else f"{number_in_words(many)} {name}"
    return f"{said} {number_in_words(rest, feminine=feminine)}" if rest else said
