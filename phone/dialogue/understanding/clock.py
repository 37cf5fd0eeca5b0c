"""The grammar of hours: from normalised French words to a time or a part of the day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from phone.dialogue.understanding.grammar import NOT_COUNTING, Part, Reason, cut
from phone.dialogue.understanding.lengths import MARKED, ONE_OR_TWO
from phone.dialogue.understanding.words import either, load_words

ROUGHLY_MIN = 30
"""So far apart two hours may lie that are said together: the outing begins at the first."""

_SAID = {part: either(phrases) for part, phrases in load_words("day_parts").items()}
_PARTS: tuple[tuple[Part, re.Pattern[str]], ...] = (
    (
        Part.NOON,
        re.compile(rf"\b(?:{_SAID[Part.NOON]})\b|\bentre midi et (?:[12]|13|14)\b(?: heures?)?"),
    ),
    (
        Part.MORNING,
        re.compile(
            rf"\b(?:{_SAID[Part.MORNING]})\b"
            r"|\b(?:a|des) (?:la |les )?(?:premieres?|1eres?) heures?\b"
            r"|\bavant (?:midi|(?:9|1[0-2]) heures)\b"
        ),
    ),
    (Part.AFTERNOON, re.compile(rf"\b(?:{_SAID[Part.AFTERNOON]})\b")),
    (Part.EVENING, re.compile(rf"\b(?:{_SAID[Part.EVENING]})\b")),
)
_PART_OF_AN_HOUR = re.compile(r"^(?:de |dans )?(?:du|de l|de la) (?:apres midi|matin|soir)")
_BEFORE_SOME_HOUR = re.compile(r"\bavant (?!(?:9|1[0-2]) heures)\d{1,2} heures?\b")

HOUR = (
    r"(?:(?:\d{1,2} heures?|midi|minuit)\b"
    r"(?: et demie?\b|(?: et(?: 1)?| 1) quart\b| moins (?:le |1 )?quart\b| moins \d{1,2}\b"
    r"| \d{1,2}\b(?! heures?\b))?)"
)
_BARE = rf"\d{{1,2}}(?: \d{{2}})?\b{NOT_COUNTING}"
_RANGES = (
    *(
        re.compile(rf"\b{lead} (?P<first>{first}) {link}(?: environ)? (?P<last>{last})")
        for lead, link in (("entre", "et"), ("de", "a"), ("de", "jusqu a"))
        for first, last in (
            (HOUR, HOUR),
            (r"\d{1,2}(?: \d{2})?", HOUR),
            (HOUR, r"\d{1,2}\b"),
            (_BARE, _BARE),
        )
    ),
    re.compile(rf"(?<!\bdans )\b(?P<first>(?=\d){HOUR}) a (?P<last>(?=\d){HOUR})"),
)
_UNTIL = re.compile(rf"\bjusqu (?:a|aux?)(?: environ)? (?P<last>{HOUR})")
_FOR_HOURS = re.compile(r"\bpour (?P<count>\d{1,2}) heures?\b(?: et demie?\b)?(?! \d)")
_EITHER = re.compile(r"\b\d{1,2} (?:ou|a) \d{1,2} heures?\b")
_NEXT_TO_EACH_OTHER = re.compile(r"\b(?P<one>\d{1,2}) (?P<other>\d{1,2}) heures?\b")
_OR = re.compile(r"\bou\b")
_TIME = re.compile(
    r"\b(?:(?P<hour>\d{1,3}) heures?|(?P<noon>midi)|(?P<midnight>minuit))\b"
    r"(?: et demie?\b(?P<half>)"
    r"|(?: et(?: 1)?| 1) quart\b(?P<quarter>)"
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

    def __str__(self) -> str:
        """As "15:30", with a question mark when the half of the day is not told."""
        return f"{_time(self.minutes):%H:%M}{'' if self.settled else '?'}"

    def as_time(self, part: Part | None) -> time | Reason:
        """The time of day it means for an outing, given the part of the day that was said."""
        hour = self.minutes // 60
        if self.settled:
            if part is Part.MORNING and hour >= 13:
                return Reason.AMBIGUOUS_HOUR
            if part is Part.AFTERNOON and hour < 12:
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

    def after(self, start: time) -> time | None:
        """The first time it may mean later than `start` on the same day."""
        begun = start.hour * 60 + start.minute
        meant = [self.minutes] if self.settled else [self.minutes, self.minutes + 12 * 60]
        return next((_time(minutes) for minutes in meant if minutes > begun), None)


_NOON = Clock(12 * 60, settled=True)
# The bare hours of an outing: 1 to 5 are said of the afternoon, 8 to 11 of the morning.
_AFTERNOON_HOURS: dict[Part | None, range] = {
    None: range(6),
    Part.NOON: range(3),
    Part.AFTERNOON: range(8),
    Part.EVENING: range(4, 12),
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
    until: Clock | None = None
    """The end of a range of hours; `clock` is its beginning."""
    words: tuple[str, ...] = ()
    """The words it was made of."""


def find_clock(text: str) -> Heard:
    """Find the hour and the part of the day in normalised text, the day's words taken out."""
    if before := _BEFORE_SOME_HOUR.search(text):
        words = (before.group(),)
        return Heard(Reason.AMBIGUOUS_HOUR, None, part_completes=False, words=words)
    completes = bool(_PART_OF_AN_HOUR.search(text.strip(" |")))
    used: list[str] = []
    parts, rest = _take_parts(text, used)
    until, rest = _take_until(ONE_OR_TWO.sub(" | ", MARKED.sub(" | ", rest)), used)
    clock = _read_clock(rest, used)
    # "matin ou après-midi": the day holds, the part stays to be asked.
    part = min(parts) if len(parts) == 1 or (parts and clock is not None) else None
    if isinstance(clock, Clock) and len({clock.as_time(said) for said in parts}) > 1:
        clock, part = Reason.AMBIGUOUS_HOUR, None
    return Heard(clock, part, completes, until, tuple(used))


def _take_parts(text: str, used: list[str]) -> tuple[set[Part], str]:
    parts: set[Part] = set()
    for part, pattern in _PARTS:
        while match := pattern.search(text):
            parts.add(part)
            used.append(match.group())
            text = cut(text, match)
    return parts, text


def _take_until(text: str, used: list[str]) -> tuple[Clock | None, str]:
    """The end of a range of hours, and the text in which its beginning alone is left."""
    ends: set[Clock | Reason] = set()
    for pattern in _RANGES:
        while match := pattern.search(text):
            ends.add(_read_hour(match["last"]))
            used.append(match.group())
            first = match["first"]
            hours = first if "heure" in first or "mi" in first else _as_hours(first)
            text = f"{text[: match.start()]} | {hours} | {text[match.end() :]}"
    while match := _UNTIL.search(text):
        ends.add(_read_hour(match["last"]))
        used.append(match.group())
        text = cut(text, match)
    only = ends.pop() if len(ends) == 1 else None
    return (only if isinstance(only, Clock) else None), text


def _as_hours(bare: str) -> str:
    hour, _, minutes = bare.partition(" ")
    return f"{hour} heures {minutes}".strip()


def _read_hour(words: str) -> Clock | Reason:
    match = _TIME.search(words) or _TIME.search(_as_hours(words))
    return _clock(match) if match else Reason.NO_SUCH_HOUR


def _read_clock(text: str, used: list[str]) -> Clock | Reason | None:
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
    matches = list(_TIME.finditer(text)) or [
        match for match in _BARE_TIME.finditer(text) if int(match["hour"]) < 24
    ]
    used.extend(match.group() for match in matches)
    if len(matches) == 2 and _is_about(text, *matches):
        matches.pop()
    found = {_clock(match) for match in matches}
    if len(found) > 1:
        return Reason.AMBIGUOUS_HOUR if _OR.search(text) else _one_of(found)
    return found.pop() if found else None


def _one_of(found: set[Clock | Reason]) -> Clock | Reason:
    """The one hour that was told twice: "midi, douze heures", "ce midi à midi et demi"."""
    clocks = {one for one in found if isinstance(one, Clock)}
    exact = clocks - {_NOON}
    if _NOON in found and len(exact) == 1 == len(found) - 1:
        only = exact.pop()
        if only.minutes == _NOON.minutes:
            return _NOON
        if _NOON.minutes < only.minutes < _NOON.minutes + 2 * 60:
            return only
    return Reason.AMBIGUOUS_HOUR


def _is_about(text: str, one: re.Match[str], other: re.Match[str]) -> bool:
    """Whether two hours said one after the other are one, told roughly: "onze heures, et quart"."""
    first, last = _clock(one), _clock(other)
    return (
        isinstance(first, Clock)
        and isinstance(last, Clock)
        and text[one.end() : other.start()].strip() in ("", "ou", "ou a", "ou vers")
        and 0 < last.minutes - first.minutes <= ROUGHLY_MIN
    )


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
