"""The grammar of days: from normalised French words to a date."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from phone.dialogue.understanding.feasts import FEAST, feast_in
from phone.dialogue.understanding.grammar import (
    MONTH,
    MONTHS,
    NOT_COUNTING,
    PART,
    WEEKDAY,
    WEEKDAYS,
    Reason,
    cut,
)

# A date said without its year that went by less than this ago is a slip, not next year's.
RECENTLY_PAST = timedelta(days=92)
FARTHEST = timedelta(days=5 * 366)
FARTHEST_YEARS = 100
"""Years further from this one are a slip of the ear."""

# By their first letters: avant-veille, veille, lendemain, surlendemain.
_BESIDE_DAY = {"a": -2, "v": -1, "l": 1, "s": 2}
_BESIDE_IT = re.compile(r"\b(?:la|le|au) (?P<beside>avant veille|veille|lendemain|surlendemain)\b")
_BESIDE_DATE = re.compile(
    r"\b(?:l |la |le |au )?(?P<beside>avant veille|veille|lendemain|surlendemain)"
    rf" (?:de |d |(?P<the>du ))(?=(?:{WEEKDAY}|\d{{1,2}}|1er|demain|apres demain|aujourd)\b)"
)
_NEXT_YEAR = r"(?: de)? l (?:an|annee) prochaine?"
_FEAST = re.compile(
    r"\b(?P<beside>(?:avant veille|veille|lendemain|surlendemain) (?:de |du |de la |de l |d )?)?"
    rf"(?P<feast>{FEAST})\b(?P<year> \d{{4}})?"
)
_WEEKDAY_BESIDE_FEAST = re.compile(
    rf"\b(?P<name>{WEEKDAY}) (?:juste )?(?:d )?(?P<side>avant|apres|entre) (?:la |le |l )?"
    rf"(?P<feast>{FEAST})\b(?: et (?:la |le |l )?{FEAST}\b)?"
)
_FULL_DATE = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:er)? (?:du mois )?(?:de |d )?(?P<month>{MONTH})\b"
    rf"(?:(?: de l annee| en)? (?P<year>\d{{4}})\b{NOT_COUNTING}|(?P<next_year>{_NEXT_YEAR}))?"
)
_DAY_OF_NEXT_MONTH = re.compile(
    r"\b(?P<day>\d{1,2})(?:er)? (?:du|le) mois (?:prochain|qui vient)\b"
)
_DAY_AND_MONTH_NUMBER = re.compile(
    rf"\ble (?P<day>\d{{1,2}})(?:er)? (?P<month>\d{{1,2}})\b(?: (?P<year>\d{{4}})\b)?{NOT_COUNTING}"
)
_DAY_OF_MONTH = re.compile(
    rf"\b(?:le|(?P<weekday>{WEEKDAY})(?: prochain)?(?: le)?)"
    # "le 95" is a bus.
    rf" (?P<day>[1-3]?\d)(?:er)?\b{NOT_COUNTING}"
)
_RELATIVE = re.compile(
    r"\b(?P<word>apres demain|demain|aujourd hui|ce jour(?! la))\b(?: en (?P<count>8|15)\b)?"
)
_IN_DAYS = re.compile(
    r"\b(?:dans|d ici) (?:(?P<vague>1 huitaine|1 quinzaine)"
    r"|(?P<count>\d+) (?P<unit>jours?|semaines?|mois))\b"
)
_WEEKDAY = re.compile(
    rf"\b(?P<lead>ce |\d+(?:er|eme|e) |dernier )?(?P<name>{WEEKDAY})\b(?P<next> prochains?)?"
    r"(?: (?P<tail>qui viennent|qui vient|qui arrive|a venir|en 8|en 15|en huitaine|en quinzaine"
    r"|dans 8 jours|dans 15 jours|dans (?P<weeks>\d+) semaines?"
    r"|d apres|suivant|derniers?|passes?)\b)?"
)
_MOVED_PART = re.compile(
    rf"\b(?P<name>{WEEKDAY}) (?P<part>(?:au |dans l |en )?{PART}) "
    r"(?P<tail>prochain|qui vient|en 8|en 15|de la semaine prochaine|dernier)\b"
)
_NEXT_WEEK = re.compile(r"\bsemaine (?:prochaine|qui vient|qui arrive|suivante)\b")
_WEEK_AFTER_NEXT = re.compile(r"\bsemaine en 15\b")
_THIS_WEEK = re.compile(r"\bcette semaine\b")
_PAST = re.compile(
    r"\b(?:avant hier|hier|(?:semaine|annee) (?:derniere|passee)|(?:an|mois) (?:dernier|passe))\b"
)
_AGO = re.compile(r"\bil y a \d+ (?:heures?|minutes?|jours?|semaines?|mois|ans?)\b")
# The day depends on the year or on the month: asked rather than guessed.
_ONE_DAY = rf"(?:{WEEKDAY}|aujourd hui|(?:\d{{1,2}}|1er) {MONTH})"
_BESIDE = (
    r"(?:avant|apres|d ici|jusqu a|jusqu aux?)"
    r"(?: (?:le|la|l|de|du|au|d|ce))*"
)
# The day depends on the year or on the month, or lies somewhere before or after the one named:
# asked rather than guessed.
_TO_ASK = re.compile(
    rf"\b{_BESIDE} {_ONE_DAY}\b|\b(?:avant|d ici|jusqu a) demain\b"
    r"|\b(?:(?:avant|apres|d ici) le|jusqu au) (?:\d{1,2}|1er)"
    r"(?! (?:heures?|minutes?|jours?|semaines?|mois)\b)\b"
    rf"|\bnuit (?:de|du) {WEEKDAY}"
    r"|\bpas cette semaine(?!.*\bsemaine prochaine)\b"
    rf"|\b(?:(?:premiers?|derniers?|1ers?|\d+(?:eme|e)) {WEEKDAY} (?:du|de|d)(?! l avent)"
    rf"|l autre {WEEKDAY}(?! le \d)"
    r"|pas celui|celui d apres)\b"
)
_NTH_OF_MONTH = re.compile(
    rf"\b(?P<nth>premier|1er|[2-4]eme|dernier) (?P<name>{WEEKDAY}|jour)"
    rf" (?:du mois(?P<next> prochain| qui vient)?|(?:du mois )?(?:de |d )(?P<month>{MONTH}))\b"
)
_ADVENT = re.compile(r"\b(?P<nth>[1-4])(?:er|eme|e) dimanche de l avent\b")
_TODAY = re.compile(r"\b(?:ce matin|ce midi|cet(?:te)? apres midi|ce soir|tout a l heure)\b")
# Today when no day is named, else only haste.
_SOON = re.compile(
    r"\b(?:(?:au|le) plus (?:vite|tot)(?: possible)?|des que possible|maintenant|tout de suite"
    r"|immediatement)\b"
)
_VAGUE = re.compile(
    r"\b(?:semaines?|week ?end|mois prochain|mois|tous les jours|chaque jour|1 de ces jours"
    r"|(?:autre|meme) jour|1 (?:matin|soir)|quinzaine|huitaine|lendemain|surlendemain|veille"
    r"|dans \d+ ans?|dans quelques jours|(?:celui|celle) d apres|l[ea] suivante?"
    rf"|(?:en|debut|fin|mi|courant) {MONTH})\b"
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day that was heard, or why it cannot be told, and the words left for the hour."""

    value: date | Reason | None
    rest: str
    words: tuple[str, ...] = ()
    """The words it was made of."""


def find_day(text: str, today: date, before: date | Reason | None = None) -> Day:
    """Find the day in normalised text.

    Args:
        text: the words, as `normalise` writes them.
        today: the date in the territory's zone.
        before: the day said before these words: "la veille" may be told from it.

    Returns:
        The date (it may be past), a reason when a day was said that cannot be told for sure,
        or None when no day was said; with the words that were not used.
    """
    rest = _MOVED_PART.sub(r"\g<name> \g<tail> \g<part>", text)
    apart = timedelta()
    if beside := _BESIDE_DATE.search(rest):
        apart = timedelta(days=_BESIDE_DAY[beside["beside"][0]])
        rest = f"{rest[: beside.start()]} | {'le ' if beside['the'] else ''}{rest[beside.end() :]}"
    dates: list[date | Reason] = []
    if past := _PAST.search(rest):
        return Day(Reason.PAST, rest, (past.group(),))
    used: list[str] = []
    while match := _NTH_OF_MONTH.search(rest):
        dates.append(_read_nth_of_month(match, today))
        used.append(match.group())
        rest = cut(rest, match)
    if unsure := _TO_ASK.search(rest):
        return Day(Reason.AMBIGUOUS_DAY, rest, (unsure.group(),))
    long_ago = _AGO.search(rest) is not None
    for pattern, read in (
        (_WEEKDAY_BESIDE_FEAST, _read_weekday_beside),
        (_FEAST, _read_feast),
        (_ADVENT, _read_advent),
        (_FULL_DATE, _read_full_date),
        (_DAY_OF_NEXT_MONTH, _read_day_of_next_month),
        (_DAY_AND_MONTH_NUMBER, _read_full_date),
        (_DAY_OF_MONTH, _read_day_of_month),
        (_RELATIVE, _read_relative),
    ):
        while match := pattern.search(rest):
            dates.append(read(match, today))
            used.append(match.group())
            weekday = match.groupdict().get("weekday")
            rest = cut(rest, match)
            if weekday:
                rest = f"{weekday} | {rest}"
    named = list(_read_weekdays(rest, today))
    used += [match.group() for match in _WEEKDAY.finditer(rest)]
    rest = _WEEKDAY.sub(" | ", rest)
    while match := _IN_DAYS.search(rest):
        used.append(match.group())
        dates.append(_read_in_days(match, today))
        rest = cut(rest, match)
    now = _TODAY.search(rest)
    if now is None and not dates and not named:
        now = _SOON.search(rest)
    if now:
        used.append(now.group())
        dates.append(today)
    if long_ago and not dates and not named:
        return Day(Reason.PAST, rest)
    day = _agree(dates, named, rest, today)
    if not dates and not named and isinstance(before, date) and _BESIDE_IT.search(text):
        day = before
    if isinstance(day, date):
        day += apart or _beside(text, today)
    return Day(day, rest, tuple(words.strip() for words in used))


def _beside(text: str, today: date) -> timedelta:
    """How far from the day named before it is what is meant: "le 28, la veille"."""
    beside = _BESIDE_IT.search(text)
    if beside is None or find_day(text[beside.end() :], today).value is not None:
        return timedelta()
    return timedelta(days=_BESIDE_DAY[beside["beside"][0]])


def _agree(
    dates: list[date | Reason], named: list[tuple[int, date | Reason]], rest: str, today: date
) -> date | Reason | None:
    """The one day all that was said agrees on; beside a date, a weekday only checks it."""
    if not dates and not named:
        return Reason.AMBIGUOUS_DAY if _VAGUE.search(rest) else None
    found = dates or [value for _, value in named]
    days = {day for day in found if isinstance(day, date)}
    for day in found:
        if isinstance(day, Reason):
            return day
    if len(days) > 1:
        return Reason.AMBIGUOUS_DAY
    chosen = days.pop()
    if any(chosen.weekday() != weekday for weekday, _ in named):
        return Reason.NO_SUCH_DATE
    if any(day not in (chosen, _first(weekday, today)) for weekday, day in named):
        # "jeudi de la semaine prochaine, demain": both are Thursdays, only one can be meant.
        return Reason.AMBIGUOUS_DAY
    return chosen


def _first(weekday: int, today: date) -> date:
    """The first such day after today."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _make_date(year: int, month: int, day: int) -> date | Reason:
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return Reason.NO_SUCH_DATE
    return date(year, month, day)


def _make_date_of_year(year: int, month: int, day: int, today: date) -> date | Reason:
    """The date, when the year is one that people live in."""
    if abs(year - today.year) > FARTHEST_YEARS:
        return Reason.NO_SUCH_DATE
    return _make_date(year, month, day)


def _without_year(month: int, day: int, today: date) -> date | Reason:
    """The next such date, today included; a date just gone by is a slip to ask about."""
    this_year = _make_date(today.year, month, day)
    if isinstance(this_year, Reason):
        # 29 February is a real day of another year, but nobody books it that early.
        return this_year
    if this_year >= today:
        return this_year
    if today - this_year < RECENTLY_PAST:
        return Reason.PAST
    return _make_date(today.year + 1, month, day)


def _read_feast(match: re.Match[str], today: date) -> date | Reason:
    name = match["feast"]
    beside = timedelta(days=_BESIDE_DAY.get((match["beside"] or "-")[0], 0))
    if match["year"]:
        year = int(match["year"])
        lived = abs(year - today.year) <= FARTHEST_YEARS
        return feast_in(name, year) + beside if lived else Reason.NO_SUCH_DATE
    # Nobody calls a feast that is over by its name: it is the next one.
    return next(
        feast
        for year in range(today.year, today.year + 3)
        if (feast := feast_in(name, year) + beside) >= today
    )


def _read_weekday_beside(match: re.Match[str], today: date) -> date | Reason:
    """The last such day before a feast, or the first one after it."""
    weekday = WEEKDAYS.index(match["name"].removesuffix("s"))
    for year in (today.year, today.year + 1):
        feast = feast_in(match["feast"], year)
        found = _first(weekday, feast - timedelta(days=8) if match["side"] == "avant" else feast)
        if found >= today:
            return found
    return Reason.PAST


def _read_advent(match: re.Match[str], today: date) -> date:
    """The Sundays of Advent are the four before Christmas."""
    found = []
    for year in (today.year, today.year + 1):
        christmas = date(year, 12, 25)
        fourth = christmas - timedelta(days=christmas.weekday() + 1)
        found.append(fourth - timedelta(weeks=4 - int(match["nth"])))
    return next(day for day in found if day >= today)


def _read_full_date(match: re.Match[str], today: date) -> date | Reason:
    words = match.groupdict()
    name = words["month"]
    month = int(name) if name.isdigit() else MONTHS.index(name) + 1
    day = int(words["day"])
    if words["year"]:
        return _make_date_of_year(int(words["year"]), month, day, today)
    if words.get("next_year"):
        return _make_date(today.year + 1, month, day)
    return _without_year(month, day, today)


def _add_months(today: date, count: int, day: int) -> date | Reason:
    months = today.year * 12 + today.month - 1 + count
    return _make_date(months // 12, months % 12 + 1, day)


def _read_nth_of_month(match: re.Match[str], today: date) -> date | Reason:
    """The first Sunday of December, the last day of the month; past ones are asked about."""
    last = match["nth"] == "dernier"
    nth = 1 if match["nth"] == "premier" else 0 if last else int(match["nth"][0])
    months = today.year * 12 + today.month - 1 + bool(match["next"])
    if match["month"]:
        month = MONTHS.index(match["month"])
        months = today.year * 12 + month + (12 if month + 1 < today.month else 0)
    year, month = months // 12, months % 12 + 1
    length = calendar.monthrange(year, month)[1]
    days = [date(year, month, day) for day in range(1, length + 1)]
    if match["name"] != "jour":
        weekday = WEEKDAYS.index(match["name"].removesuffix("s"))
        days = [day for day in days if day.weekday() == weekday]
    if last:
        found = days[-1]
    elif nth > len(days):
        return Reason.NO_SUCH_DATE
    else:
        found = days[nth - 1]
    return found if found >= today else Reason.AMBIGUOUS_DAY


def _read_day_of_next_month(match: re.Match[str], today: date) -> date | Reason:
    return _add_months(today, 1, int(match["day"]))


def _read_day_of_month(match: re.Match[str], today: date) -> date | Reason:
    day = int(match["day"])
    if not 1 <= day <= 31:
        return Reason.NO_SUCH_DATE
    for count in range(3):
        found = _add_months(today, count, day)
        if isinstance(found, date) and found >= today:
            return found
    return Reason.NO_SUCH_DATE


def _read_relative(match: re.Match[str], today: date) -> date:
    days = {"demain": 1, "apres demain": 2}.get(match["word"], 0)
    return today + timedelta(days=days + {"8": 7, "15": 14}.get(match["count"] or "", 0))


def _read_in_days(match: re.Match[str], today: date) -> date | Reason:
    if match["vague"]:
        return today + timedelta(days=7 if "huitaine" in match["vague"] else 14)
    count = int(match["count"])
    if count > FARTHEST.days:
        return Reason.TOO_FAR
    if match["unit"] == "mois":
        return _add_months(today, count, today.day) if count <= 60 else Reason.TOO_FAR
    if match["unit"].startswith("semaine"):
        return today + timedelta(weeks=count)
    # Eight days and a fortnight count today in, as French speakers do.
    return today + timedelta(days={8: 7, 15: 14}.get(count, count))


def _read_weekdays(text: str, today: date) -> Iterator[tuple[int, date | Reason]]:
    for match in _WEEKDAY.finditer(text):
        weekday = WEEKDAYS.index(match["name"].removesuffix("s"))
        yield weekday, _weekday_value(match, weekday, text, today)


def _weekday_value(match: re.Match[str], weekday: int, text: str, today: date) -> date | Reason:
    lead, tail = (match["lead"] or "").strip(), match["tail"] or ""
    monday = today - timedelta(days=today.weekday())
    first = _first(weekday, today)
    if tail.startswith(("dernier", "passe")):
        return Reason.PAST
    if lead not in ("", "ce") or tail in ("d apres", "suivant"):
        return Reason.AMBIGUOUS_DAY
    if match["weeks"]:
        weeks = int(match["weeks"])
        if weeks * 7 > FARTHEST.days:
            return Reason.TOO_FAR
        in_that_week = monday + timedelta(weeks=weeks, days=weekday)
        return (
            in_that_week
            if in_that_week == first + timedelta(weeks=weeks)
            else (Reason.AMBIGUOUS_DAY)
        )
    if tail in ("en 8", "en huitaine", "dans 8 jours"):
        return first + timedelta(weeks=1)
    if tail in ("en 15", "en quinzaine", "dans 15 jours"):
        return first + timedelta(weeks=2)
    if _NEXT_WEEK.search(text):
        return monday + timedelta(weeks=1, days=weekday)
    if _WEEK_AFTER_NEXT.search(text):
        return monday + timedelta(weeks=2, days=weekday)
    if _THIS_WEEK.search(text):
        return monday + timedelta(days=weekday)
    if lead == "ce" and weekday == today.weekday():
        return Reason.AMBIGUOUS_DAY
    if match["next"] and first < monday + timedelta(weeks=1):
        return Reason.AMBIGUOUS_DAY
    return first
