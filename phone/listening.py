"""What the line makes of a phrase, for the command line: one JSON object a phrase."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from matcher.domain import addresses
from matcher.geocoding.gazetteer import Gazetteer
from phone.dialogue.understanding import answers
from phone.dialogue.understanding.when import to_json, understand_when


class Kind(StrEnum):
    """What to listen for."""

    WHEN = "when"
    WHERE = "where"
    YESNO = "yesno"
    MENU = "menu"
    PURPOSE = "purpose"
    NEEDS = "needs"
    DISTRESS = "distress"


def where(gazetteer: Gazetteer, phrase: str) -> dict[str, object]:
    """The address in a phrase."""
    return addresses.to_json(gazetteer.find(phrase))


def listen(kind: Kind, phrase: str, now: datetime, zone: ZoneInfo) -> dict[str, object]:
    """Anything but an address; what is not understood is null."""
    if kind is Kind.WHEN:
        return dict(to_json(understand_when(phrase, now, zone)))
    if kind is Kind.YESNO:
        return {"answer": answers.understand_yesno(phrase)}
    if kind is Kind.MENU:
        return {"choice": answers.understand_menu(phrase)}
    if kind is Kind.PURPOSE:
        return {"purpose": answers.understand_purpose(phrase)}
    if kind is Kind.NEEDS:
        return {"needs": sorted(answers.understand_needs(phrase))}
    return {"distress": answers.is_distress(phrase)}


def in_zone(at: datetime, zone: ZoneInfo) -> datetime:
    """The instant itself, or a naive one read as the territory's local time."""
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)
