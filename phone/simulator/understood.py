"""What the line has understood of a call so far, read from the state it keeps between two turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from matcher.domain.people import Need, Purpose
from matcher.services.texts import day_and_hour
from phone.dialogue.ears import speak_days, speak_length, speak_number
from phone.dialogue.moments import starts_at
from phone.dialogue.state import CallState, Language, Place
from phone.dialogue.understanding.grammar import Part

_PARTS = {
    Part.MORNING: "le matin",
    Part.NOON: "vers midi",
    Part.AFTERNOON: "l'après-midi",
    Part.EVENING: "le soir",
}
_WEEKS = {1: "Toutes les semaines", 2: "Toutes les deux semaines"}


@dataclass(frozen=True, slots=True)
class Understood:
    """The facts of a call, in French; empty or None where nothing was said of it.

    Attributes:
        wish: what the caller wants of the line, a value of the dialogue's `Wish`.
        usual: the outing is as last time.
    """

    wish: str
    purpose: Purpose | None
    usual: bool
    when: str
    duration: str
    again: str
    place: str
    needs: tuple[Need, ...]
    for_other: bool
    first_name: str
    callback: str
    message: str
    slow: bool
    english: bool
    distress: bool


def understood(kept: Mapping[str, Any], zone: ZoneInfo) -> Understood:
    """What the `kept` state of a call says, its times in `zone`."""
    state = CallState.from_json(kept)
    usual = state.caller.usual if state.usual else None
    hours = state.duration_h or (usual.duration_h if usual else None)
    return Understood(
        wish=state.wish.value,
        purpose=state.purpose or (usual.purpose if usual else None),
        usual=usual is not None,
        when=_when(state, zone),
        duration="" if hours is None else speak_length(hours, Language.FRENCH),
        again=_again(state),
        place=_place(state.place),
        needs=state.needs,
        for_other=state.for_other is True,
        first_name=state.first_name,
        callback="" if state.callback_number is None else speak_number(state.callback_number),
        message=state.message,
        slow=state.slow,
        english=state.language is Language.ENGLISH,
        distress=state.distress,
    )


def _when(state: CallState, zone: ZoneInfo) -> str:
    at = starts_at(state.day, state.hour, zone)
    if at is not None:
        return day_and_hour(at, zone)
    noon = starts_at(state.day, time(12), zone)
    day = "" if noon is None else day_and_hour(noon, zone).rpartition(" à ")[0]
    hour = "" if state.hour is None else f"à {state.hour.hour} h {state.hour.minute:02d}"
    part = "" if state.part is None else _PARTS[state.part]
    return " ".join(said for said in (day, hour, part) if said)


def _again(state: CallState) -> str:
    if state.monthly:
        return "Tous les mois, à voir avec une personne"
    if state.every_weeks is None:
        return ""
    often = _WEEKS.get(state.every_weeks, f"Toutes les {state.every_weeks} semaines")
    days = speak_days(state.weekdays, Language.FRENCH)
    return f"{often}, {days}" if days else often


def _place(place: Place) -> str:
    if place.home:
        return "De chez soi"
    if place.address is not None:
        return place.address.label if place.sure else f"{place.address.label} (à confirmer)"
    if place.street is None:
        return ""
    where = f" ({place.postcodes[0]})" if len(place.postcodes) == 1 else ""
    return f"{place.street}{where}, numéro à préciser"
