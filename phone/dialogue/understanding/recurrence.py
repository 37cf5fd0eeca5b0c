"""What comes back: "tous les mardis", "un jeudi sur deux", "toutes les semaines"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from phone.dialogue.understanding.grammar import CORRECTION, FILLER, WEEKDAY, WEEKDAYS
from phone.dialogue.understanding.normalise import normalise


@dataclass(frozen=True, slots=True)
class Recurrence:
    """An outing that comes back every so many weeks.

    Attributes:
        every_weeks: 1 for each week, 2 for every other week.
        weekdays: 0 is Monday; empty when they are those of the first date.
    """

    every_weeks: int
    weekdays: tuple[int, ...]


_SEVERAL = rf"{WEEKDAY}(?:(?: et| ou)?(?: tous)?(?: les?| chaque)? {WEEKDAY})*"
_ONE_IN_SOME = re.compile(rf"\b1 (?:{WEEKDAY}|semaine) sur (?P<count>\d)\b")
_ALL = re.compile(
    rf"\b(?:tous les|chaque|chaques|toutes les) (?P<count>\d{{1,2}} )?(?P<days>{_SEVERAL})\b"
)
_PLURAL = re.compile(rf"\bles (?P<days>(?:{'|'.join(WEEKDAYS)})s(?: et(?: les)? {WEEKDAY})*)\b")
_WEEKS = re.compile(
    r"\b(?:toutes les (?P<count>\d{1,2}) semaines|tous les (?P<count_days>7|8|14|15) jours"
    r"|(?P<fortnight>(?:chaque|par|toutes les|1 fois par) quinzaines?)"
    r"|toutes les semaines|chaque semaine|(?P<times>\d{1,2}) fois (?:par|la) semaine"
    r"|par semaine|hebdomadaire(?:ment)?)\b"
)
_DAILY = re.compile(
    r"\b(?:tous les jours|chaque jour|tous les (?:matins|soirs|midis|apres midis?)|chaque matin"
    r"|chaque apres midi|quotidien(?:ne)?(?:ment)?)\b(?P<working> (?:de la|en) semaine)?"
)
_FROM_TO = re.compile(rf"\bdu (?P<first>{WEEKDAY}) au (?P<last>{WEEKDAY})\b")
_EXCEPT = re.compile(
    rf"\b(?:sauf|hormis|excepte|pas)(?: les?| l)? (?P<days>week ?end|{_SEVERAL})\b"
)
_NTH = r"(?:premiers?|derniers?|\d+(?:ers?|emes?|es?))"
_MONTHLY = re.compile(
    r"(?<!\bpas )(?<!\bplus )(?<!\bjamais )\b(?:"
    r"(?:tous les|chaque) (?:\d{1,2} )?mois|(?<!euros )par mois|mensuel(?:le)?s?(?:ment)?"
    rf"|tous les {_NTH} {WEEKDAY}|les (?:premiers|derniers|\d+(?:ers|emes|es)) {WEEKDAY} du mois)\b"
)
# Months are no number of weeks, and what is denied does not come back.
_NOT_WEEKLY = re.compile(
    rf"\b(?:pas|plus|jamais) (?:tous|toutes|chaque)\b|\bdu mois\b|\bpar mois\b|\btous les mois\b"
    rf"|\bchaque mois\b|\b(?:premiers?|derniers?|\d+(?:ers?|emes?|es?)) {WEEKDAY}\b"
)


def understand_recurrence(text: str) -> Recurrence | None:
    """How often an outing is to come back; None when it is told once, or not by the week.

    The first date is no matter of this: `understand_when` hears it in the same words.
    """
    found: Recurrence | None = None
    for version in CORRECTION.split(FILLER.sub("", normalise(text))):
        found = _read(version.strip()) or found
    return found


def says_monthly(text: str) -> bool:
    """Whether an outing is to come back by the month, which no `Recurrence` tells."""
    versions = CORRECTION.split(FILLER.sub("", normalise(text)))
    told = [one for one in versions if _MONTHLY.search(one) or _read(one.strip())]
    return bool(told) and _MONTHLY.search(told[-1]) is not None


def _read(words: str) -> Recurrence | None:
    if _NOT_WEEKLY.search(words):
        return None
    if match := _ONE_IN_SOME.search(words):
        return _every(int(match["count"]), _weekdays(words))
    if match := _DAILY.search(words):
        return _daily(words, working=match["working"] is not None)
    if match := _ALL.search(words):
        weeks = _WEEKS.search(words)
        count = int(match["count"] or (weeks and weeks["count"]) or 1)
        return _every(count, _weekdays(match["days"]))
    if match := _WEEKS.search(words):
        return _by_weeks(match, _weekdays(words))
    if match := _PLURAL.search(words):
        return _every(1, _weekdays(match["days"]))
    return None


def _every(weeks: int, weekdays: tuple[int, ...]) -> Recurrence | None:
    return Recurrence(weeks, weekdays) if weeks >= 1 else None


def _by_weeks(match: re.Match[str], weekdays: tuple[int, ...]) -> Recurrence | None:
    if match["times"] and int(match["times"]) != max(len(weekdays), 1):
        # "deux fois par semaine": which days is still to be asked.
        return None
    if match["fortnight"] or match["count_days"] in ("14", "15"):
        return Recurrence(2, weekdays)
    return _every(int(match["count"] or 1), weekdays)


def _daily(words: str, *, working: bool) -> Recurrence | None:
    days = set(range(5 if working else 7))
    if span := _FROM_TO.search(words):
        first, last = (_weekdays(span[name])[0] for name in ("first", "last"))
        days = set(range(first, last + 1))
    if left_out := _EXCEPT.search(words):
        named = left_out["days"]
        days -= {5, 6} if named.startswith("week") else set(_weekdays(named))
    return Recurrence(1, tuple(sorted(days))) if days else None


def _weekdays(words: str) -> tuple[int, ...]:
    names = (name.removesuffix("s") for name in re.findall(rf"\b{WEEKDAY}\b", words))
    return tuple(sorted({WEEKDAYS.index(name) for name in names}))
