"""What the grammars of days and hours share: parts of the day, reasons to refuse, common words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from phone.dialogue.understanding.words import either, load_words


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
    r"(?! (?:heures?|demie?|quarts?|petite?|bonne?|rue|avenue|boulevard|place|quai|impasse"
    r"|passage|square|villa|cite|allee|cours|bis|ter|euros?|ans|personnes?|jours?|semaines?|mois|minutes?|fois)\b)"
)

_HESITATIONS = load_words("hesitations")
# Taken out after the numbers are read, so that "le quinze euh décembre" stays one date.
FILLER = re.compile(
    rf"\b(?:{either(_HESITATIONS['fillers'])}"
    r"|si (?:ca|cela) (?:ne )?vous (?:derange|ennuie|gene|embete) pas)\b ?"
)
# What follows one of these replaces what was said before it.
CORRECTION = re.compile(rf"\b(?:ou )?(?:{either(_HESITATIONS['corrections'])})\b")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was made of some words: for people who ask why."""

    what: str
    words: str
    meaning: str


class RefusedError(Exception):
    """The words lead nowhere sure."""

    def __init__(self, reason: Reason) -> None:
        """Refuse for a reason of `Reason`."""
        super().__init__(reason)
        self.reason = reason


def cut(text: str, match: re.Match[str]) -> str:
    """The text without what was matched; a bar stays so that its neighbours do not join."""
    return f"{text[: match.start()]} | {text[match.end() :]}"
