"""What the grammars of days and hours share: parts of the day, reasons to refuse, common words."""

from __future__ import annotations

import re
from enum import StrEnum


class Part(StrEnum):
    """A part of the day, said instead of an hour or beside it."""

    MORNING = "morning"
    NOON = "noon"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class Reason(StrEnum):
    """Why no instant could be made of what was said. The slugs are stable."""

    UNKNOWN = "unknown"
    PAST = "past"
    NO_SUCH_DATE = "no-such-date"
    NO_SUCH_HOUR = "no-such-hour"
    AMBIGUOUS_HOUR = "ambiguous-hour"
    AMBIGUOUS_DAY = "ambiguous-day"
    TOO_FAR = "too-far"


WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
)
WEEKDAY = rf"(?:{'|'.join(WEEKDAYS)})s?"
MONTH = rf"(?:{'|'.join(MONTHS)})"
PART = r"(?:apres midi|matinee|matin|soiree|soir|midi)"

# A number before one of these is a house, an age or a price, neither a minute nor a date.
NOT_COUNTING = (
    r"(?! (?:heures?|rue|avenue|boulevard|place|quai|impasse|passage|square|villa|cite|allee|cours"
    r"|bis|ter|euros?|ans|personnes?|jours?|semaines?|mois|minutes?|fois)\b)"
)


def cut(text: str, match: re.Match[str]) -> str:
    """The text without what was matched; a bar stays so that its neighbours do not join."""
    return f"{text[: match.start()]} | {text[match.end() :]}"
