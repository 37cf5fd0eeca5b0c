"""The grammar of hours: from normalised French words to a time or a part of the day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from phone.dialogue.understanding.grammar import NOT_COUNTING, Part, Reason, cut

_PARTS: tuple[tuple[Part, re.Pattern[str]], ...] = (
    (
        Part.NOON,
        re.compile(
            r"\bentre midi et (?:[12]|13|14)\b(?: heures?)?|\bheure (?:du|de) (?:dejeuner|repas)\b"
            r"|\bmi journee\b|\bsur le midi\b"
        ),
    ),
    (
        Part.MORNING,
        re.compile(
            r"\bmat(?:in(?:ee)?)?\b|\baube\b|\baurores?\b|\bde bonne heure\b"
            r"|\bavant (?:midi|(?:9|1[0-2]) heures)\b|\bavant (?:le )?dejeuner\b"
        ),
    ),
    (
        Part.AFTERNOON,
        re.compile(
            r"\bapres midi\b|\baprem\b|\btantot\b|\bapres (?:le )?dejeuner\b|\bapres la sieste\b"
            r"|\bheure du (?:the|gouter)\b"
        ),
    ),
    (Part.EVENING, re.compile(r"\bsoir(?:ee)?\b|\bfin de journee\b")),
)
_PART_OF_AN_HOUR = re.compile(r"^(?:de |dans )?(?:du|de l|de la) (?:apres midi|matin|soir)")
_BEFORE_SOME_HOUR = re.compile(r"\bavant (?!(?:9|1[0-2]) heures)\d{1,2} heures?\b")

_HOUR = r"(?:\d{1,2} heures?(?: \d{1,2})?|midi)"
_DURATIONS = (
    re.compile(
        r"\b(?:pendant|durant|dure|durera|duree de|il faut|il faudra|compter|comptez|reste|rester"
        r"|resterai)(?: a peu pres| environ)? \d{1,2} heures?\b(?: et demie?\b| \d{1,2}\b)?"
        r"(?: ou \d{1,2}\b(?: heures?\b)?)?"
    ),
    re.compile(r"(?<!\ba )(?<!\bvers )(?<!\bdes )\b1 heure ou 2\b(?: heures)?"),
    re.compile(rf"\bjusqu a(?:ux?)? (?:environ )?{_HOUR}"),
)
_FOR_HOURS = re.compile(r"\bpour (?P<count>\d{1,2}) heures?\b(?: et demie?\b)?(?! \d)")
_RANGES = (
    re.compile(rf"\bentre (?P<first>{_HOUR}|\d{{1,2}}(?: \d{{2}})?) et {_HOUR}"),
    re.compile(rf"\bde (?P<first>{_HOUR}|\d{{1,2}}) a {_HOUR}"),
    re.compile(rf"\bentre (?P<first>{_HOUR}) et \d{{1,2}}\b"),
    re.compile(rf"\bde (?P<first>{_HOUR}) a \d{{1,2}}\b"),
)
_EITHER = re.compile(r"\b\d{1,2} (?:ou|a) \d{1,2} heures?\b")
_NEXT_TO_EACH_OTHER = re.compile(r"\b(?P<one>\d{1,2}) (?P<other>\d{1,2}) heures?\b")
_TIME = re.compile(
    r"\b(?:(?P<hour>\d{1,3}) heures?|(?P<noon>midi)|(?P<midnight>minuit))\b"
    r"(?: et demie?\b(?P<half>)"
    r"| et (?:1 )?quart\b(?P<quarter>)"
    r"|(?: et)? (?:les )?3 quarts\b(?P<three_quarters>)"
    r"| moins (?:le |1 )?quart\b(?P<quarter_less>)"
    r"| moins (?P<less>\d{1,2})\b(?: minutes?\b)?"
    rf"|(?: et)? (?P<minutes_said>\d{{1,2}}) minutes?\b"
    rf"|(?: et)? (?P<minutes>\d{{1,2}})\b{NOT_COUNTING})?"
)
_BARE_TIME = re.compile(
    rf"(?<!\d )\b(?P<hour>\d{{1,2}}) (?P<minutes>[0-5]\d)\b(?! \d){NOT_COUNTING}"
)


@dataclass(frozen=True, slots=True)
class Clock:
    """An hour as it was said: minutes since midnight, not yet told from morning or evening."""

    minutes: int
    settled: bool
    """True when the words leave no doubt: midi, minuit, 13 to 23, zero."""
    midnight: bool = False

    def as_time(self, part: Part | None) -> time | Reason:
        """The time of day it means for an outing, given the part of the day that was said."""
        hour = self.minutes // 60
        if self.settled:
            if part is Part.MORNING and hour >= 13:
                return Reason.AMBIGUOUS_HOUR
            if part is Part.EVENING and 1 <= hour < 16:
                return Reason.AMBIGUOUS_HOUR
            return _time(self.minutes)
        afternoon = _AFTERNOON_HOURS.get(part)
        if afternoon is not None and hour in afternoon:
            return _time(self.minutes + 12 * 60)
        if hour in _SAME_HOURS[part]:
            return _time(self.minutes)
        return Reason.AMBIGUOUS_HOUR


# The bare hours of an outing: 1 to 5 are said of the afternoon, 8 to 11 of the morning.
_AFTERNOON_HOURS: dict[Part | None, range] = {
    None: range(6),
    Part.NOON: range(3),
    Part.AFTERNOON: range(8),
    Part.EVENING: range(1, 12),
}
_SAME_HOURS: dict[Part | None, range] = {
    None: range(8, 13),
    Part.MORNING: range(12),
    Part.NOON: range(11, 13),
    Part.AFTERNOON: range(12, 13),
    Part.EVENING: range(0),
}


def _time(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


@dataclass(frozen=True, slots=True)
class Heard:
    """The hour and the part of the day found in a piece of sentence."""

    clock: Clock | Reason | None
    part: Part | None
    part_completes: bool
    """True for "du soir": it tells more about an hour, it does not replace it."""


def find_clock(text: str) -> Heard:
    """Find the hour and the part of the day in normalised text, the day's words taken out."""
    if _BEFORE_SOME_HOUR.search(text):
        return Heard(Reason.AMBIGUOUS_HOUR, None, part_completes=False)
    completes = bool(_PART_OF_AN_HOUR.search(text.strip(" |")))
    part, rest = _take_part(text)
    return Heard(_read_clock(_plain(rest)), part, completes)


def _take_part(text: str) -> tuple[Part | None, str]:
    parts: set[Part] = set()
    for part, pattern in _PARTS:
        while match := pattern.search(text):
            parts.add(part)
            text = cut(text, match)
    # "matin ou après-midi": the day holds, the part stays to be asked.
    return (parts.pop() if len(parts) == 1 else None), text


def _plain(text: str) -> str:
    """The text without how long and until when; a range is told by its beginning."""
    for pattern in _DURATIONS:
        text = pattern.sub(" | ", text)
    for pattern in _RANGES:
        text = pattern.sub(_beginning, text)
    return text


def _beginning(match: re.Match[str]) -> str:
    first = match["first"]
    if "heure" in first or first == "midi":
        return first
    hour, _, minutes = first.partition(" ")
    return f"{hour} heures {minutes}".strip()


def _read_clock(text: str) -> Clock | Reason | None:
    lasting = [int(match["count"]) for match in _FOR_HOURS.finditer(text)]
    without = _FOR_HOURS.sub(" | ", text)
    if lasting and _TIME.search(without):
        text = without
    elif any(count < 8 for count in lasting):
        # "pour trois heures": until when, or for how long?
        return Reason.AMBIGUOUS_HOUR
    if _EITHER.search(text) or any(
        int(match["other"]) == int(match["one"]) + 1
        for match in _NEXT_TO_EACH_OTHER.finditer(text)
        if "heure" not in text[: match.start()][-7:]
    ):
        return Reason.AMBIGUOUS_HOUR
    found = {_clock(match) for match in _TIME.finditer(text)}
    if not found:
        found = {_clock(match) for match in _BARE_TIME.finditer(text) if int(match["hour"]) < 24}
    if len(found) > 1:
        return Reason.AMBIGUOUS_HOUR
    return found.pop() if found else None


def _clock(match: re.Match[str]) -> Clock | Reason:
    said = match.groupdict()
    hour = int(said["hour"]) if said["hour"] else 12 if said.get("noon") else 0
    minutes = int(said["minutes"] or said.get("minutes_said") or 0)
    less = int(said.get("less") or 0)
    if said.get("half") is not None:
        minutes = 30
    elif said.get("quarter") is not None:
        minutes = 15
    elif said.get("three_quarters") is not None:
        minutes = 45
    elif said.get("quarter_less") is not None:
        less = 15
    if hour > 23 or minutes > 59 or less > 59:
        return Reason.NO_SUCH_HOUR
    if said.get("midnight"):
        return Clock((minutes - less) % (24 * 60), settled=True, midnight=True)
    settled = bool(said.get("noon")) or hour == 0 or hour > 12
    total = (hour * 60 + minutes - less) % (24 * 60)
    # "treize heures moins le quart" is already past noon: nothing to guess.
    return Clock(total, settled)
