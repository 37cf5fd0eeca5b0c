"""Dates, hours, numbers and addresses written for the ear, in the language of the call."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from matcher.domain.addresses import Address, spoken_street
from phone.dialogue.state import Language
from phone.dialogue.turn import Tools
from phone.dialogue.understanding.grammar import WEEKDAYS
from phone.dialogue.understanding.spoken import speak_instant

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def speak_when(instant: datetime, zone: ZoneInfo, language: Language) -> str:
    """An aware instant: "mardi premier décembre à quatorze heures trente"."""
    if language is Language.FRENCH:
        return speak_instant(instant, zone)
    local = instant.astimezone(zone)
    day = f"{_DAYS[local.weekday()]}, {local.day} {_MONTHS[local.month - 1]}"
    return f"{day}, at {_speak_hour(local)}"


def speak_soon(instant: datetime, tools: Tools, language: Language) -> str:
    """An instant by its hour alone when it is today: "dix-huit heures"."""
    local = instant.astimezone(tools.zone)
    if local.date() != tools.now.astimezone(tools.zone).date():
        return speak_when(instant, tools.zone, language)
    if language is Language.ENGLISH:
        return _speak_hour(local)
    return speak_instant(instant, tools.zone).split(" à ")[-1]


def speak_number(e164: str) -> str:
    """A French number two digits at a time, as people say it: "06 12 34 56 78"."""
    national = e164.replace("+33", "0", 1)
    return " ".join(national[i : i + 2] for i in range(0, len(national), 2))


def speak_days(weekdays: tuple[int, ...], language: Language) -> str:
    """Days of the week, 0 is Monday: "le mardi et le jeudi"."""
    if language is Language.ENGLISH:
        return " and ".join(_DAYS[day] for day in weekdays)
    return " et ".join(f"le {WEEKDAYS[day]}" for day in weekdays)


def speak_length(hours: float, language: Language) -> str:
    """How long: "une heure", "2 heures 30", "45 minutes"."""
    whole, minutes = divmod(round(hours * 60), 60)
    if language is Language.ENGLISH:
        spoken = [f"{whole} hour{'s' if whole > 1 else ''}"] if whole else []
        return " and ".join([*spoken, *([f"{minutes} minutes"] if minutes else [])])
    if not whole:
        return f"{minutes} minutes"
    return f"{'une heure' if whole == 1 else f'{whole} heures'} {minutes or ''}".rstrip()


def speak_address(address: Address, language: Language) -> str:
    """An address the caller told: "55 bis, rue des Martyrs, dans le neuvième"."""
    if language is Language.FRENCH:
        return address.spoken
    return f"{address.house_number}, {speak_street(address.street, address.postcode, language)}"


def speak_street(street: str, postcode: str, language: Language) -> str:
    """A street the caller told: "rue des Martyrs, dans le neuvième"."""
    if language is Language.FRENCH:
        return spoken_street(street, postcode)
    return f"{street[:1].lower()}{street[1:]}, {postcode}"


def _speak_hour(local: datetime) -> str:
    if (local.hour, local.minute) == (12, 0):
        return "noon"
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes} {'AM' if local.hour < 12 else 'PM'}"
