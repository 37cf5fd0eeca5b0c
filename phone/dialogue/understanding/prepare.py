"""A caller's words made ready for the grammars of days and hours."""

from __future__ import annotations

import re
from datetime import time

from phone.dialogue.understanding.clock import HOUR, Clock, find_clock
from phone.dialogue.understanding.grammar import (
    FILLER,
    MONTH,
    MONTHS,
    PART,
    WEEKDAY,
    WEEKDAYS,
    Reason,
    RefusedError,
    cut,
)
from phone.dialogue.understanding.normalise import normalise

_NUMERIC_DATE = re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\b|\b(\d{1,2})/(\d{1,2})\b")
_WRITTEN_TIME = re.compile(r"\b(\d{1,2})\s*(?:h\.?|[:.])\s*(\d{2})\b")
# "10h30 avenue de Flandre": the minutes are written to the hour, they are no house.
_WRITTEN_BEFORE_WAY = re.compile(
    r"\b(\d{1,2})\s*h\s*(\d{2}) (?=(?:rue|avenue|boulevard|place|quai|impasse|passage|square|villa"
    r"|cité|allée|cours)\b)"
)
_WRITTEN_HOUR = re.compile(r"\b(\d{1,2})\s*h\b")
_SHORT_DAY = re.compile(r"\b(lun|mar|mer|jeu|ven|sam|dim)\.")
_SHORT_MONTH = re.compile(r"(?<=\d )(janv|f[eé]vr|avr|juil|sept|oct|nov|d[eé]c)\b\.?")

_STREET_NAME = re.compile(
    r"\b(?:rue|avenue|boulevard|place|quai|square|passage|impasse|allee|metro|station)"
    rf"(?:(?: (?:du|de|des|la|l))* (?:\d{{1,2}}(?:er)? {MONTH}(?: \d{{4}})?|midi)"
    rf"|(?: (?:du|de|des|la|l))+ {WEEKDAY})\b"
)
# "vingt heures, un concert": an article, no minute; "une heure une du matin" has its minute.
_ARTICLE_AFTER_HOUR = re.compile(
    r"(\dh|\bh|\bheures?) une? (?!quart|demi|minute|d[eu] |demain|ou |et |pour |le |la )(?=\w)"
)
_TELEPHONE = re.compile(r"\b\d{1,2}(?: \d{2}){3,}\b(?! heures?)")
_NOT_BEFORE = re.compile(r"\bpas avant\b")
_ONE_IN_TWO = re.compile(rf"\b(?P<name>{WEEKDAY}) sur \d{{1,2}}\b")
_ANY_HOUR = re.compile(rf"\b{HOUR}")
_OF_A_PART = r"(?:du matin|du soir|de l apres midi)"
_FROM_PART_TO_PART = re.compile(
    rf"\b(?P<lead>de|entre) (?P<first>{HOUR} {_OF_A_PART}) (?P<link>a|et|jusqu a)"
    rf" (?P<last>{HOUR} {_OF_A_PART})\b"
)
# "le rendez-vous est à dix heures, une demi-heure avant", "un quart d'heure avant midi".
_EARLIER = re.compile(
    r"\b(?P<lapse>(?:1 )?demi(?:e)? heure|[13] quarts? d heure|\d{1,2} minutes?|1 heure"
    rf"(?: et demie?)?)(?: plus tot| avant)\b(?: (?:les? )?(?P<hour>{HOUR})|(?! \d))"
)
_PART_OF_A_DATE = re.compile(rf"\b(?P<part>{PART}|journee|date) du (?=\d{{1,2}}\b)")
_NEXT_WEEK_INSTEAD = re.compile(
    r"\bpas cette semaine(?: (?:mais|plutot))* (?:(?:celle|semaine) d apres|l autre d apres"
    r"|la suivante|celle qui suit|la prochaine|la semaine prochaine)\b"
)
_WEEK_AFTER_NEXT = re.compile(
    r"\b(?:pas )?(?:la )?semaine prochaine(?: (?:mais|plutot|non))* (?:la semaine|celle|l autre)"
    r" d apres\b"
)
_THIS_WEEK_INSTEAD = re.compile(
    r"\bpas la semaine prochaine(?: (?:mais|plutot|hein))*(?= cette semaine\b)"
)
_DAY_AFTER_TOMORROW = re.compile(
    r"\bpas demain(?: (?:mais|plutot))* le (?:jour d apres|lendemain)\b"
)
_MANY_PARTS = re.compile(r"\b(matin|soir|midi)s\b")
_SORRY_AFTER = re.compile(
    rf"\b(?:(?P<day>{WEEKDAY}) (?P<meant_day>{WEEKDAY})"
    rf"|(?P<hour>{HOUR}) (?:a )?(?P<meant_hour>{HOUR})) (?:pardon|plutot)\b"
)
_THE_ONE_AFTER = re.compile(
    rf"\b(?P<name>{WEEKDAY})(?: prochain)?(?: mais)? pas (?:celui (?:la|ci|qui vient"
    rf"|de cette semaine)|ce {WEEKDAY}|demain|cette semaine)(?: (?:mais|plutot))*"
    rf" (?:le suivant|celui d apres|le prochain|celui qui suit|l autre(?: {WEEKDAY})?"
    r"|(?:le )?(?P=name) (?:en 8|d apres|suivant))\b"
)
_NOT_THIS_ONE = re.compile(
    rf"\bpas (?:(?:ce|le) )?(?P<name>{WEEKDAY})(?: ci| qui vient| prochain)?(?: (?:mais|plutot))*"
    rf" (?:le suivant|celui d apres|celui qui suit|l autre(?: {WEEKDAY})?"
    rf"|(?:le )?{WEEKDAY} (?:d apres|suivant))\b"
)
_RATHER = re.compile(
    r"\b(?:disons|va pour|on va dire|mettez)"
    rf"(?= (?:(?:le )?(?:{WEEKDAY}|demain|apres demain)|(?:a )?\d{{1,2}} heures?|midi)\b)"
)


def prepare(text: str) -> str:
    """Normalised words in which hours are written "15 heures 30" and no number is a street's.

    A day told by way of another is written plainly: "lundi, pas celui-là, le suivant" is lundi en
    huit.

    Raises:
        RefusedError: a month above twelve.
    """
    lowered = _SHORT_MONTH.sub(_spell_month, _SHORT_DAY.sub(_spell_weekday, text.lower()))
    lowered = _NUMERIC_DATE.sub(_spell_date, lowered)
    lowered = _ARTICLE_AFTER_HOUR.sub(r"\1, ", lowered)
    lowered = _WRITTEN_BEFORE_WAY.sub(r"\1 heures \2, au ", lowered)
    lowered = _WRITTEN_TIME.sub(r"\1 heures \2", lowered)
    words = normalise(_WRITTEN_HOUR.sub(r"\1 heures", lowered))
    # "un mardi" became "1 mardi", "quelqu'un" "quelqu 1": they are no numbers.
    words = re.sub(rf"\b1 (?={WEEKDAY}\b)|(?<=\bquelqu )1\b", "", words)
    words = FILLER.sub("", _RATHER.sub("plutot", words)).strip()
    words = _TELEPHONE.sub(" | ", _STREET_NAME.sub(" | ", words))
    words = _ONE_IN_TWO.sub(r"\g<name>", _MANY_PARTS.sub(r"\1", words))
    words = _FROM_PART_TO_PART.sub(_tell_both, _SORRY_AFTER.sub(_correct, words))
    words = _NOT_THIS_ONE.sub(r"\g<name> en 8", _THE_ONE_AFTER.sub(r"\g<name> en 8", words))
    words = _DAY_AFTER_TOMORROW.sub("apres demain", words)
    words = _WEEK_AFTER_NEXT.sub("la semaine en 15", words)
    words = _PART_OF_A_DATE.sub(r"\g<part> le ", _NOT_BEFORE.sub("a partir de", words))
    return _THIS_WEEK_INSTEAD.sub(" | ", _NEXT_WEEK_INSTEAD.sub("la semaine prochaine", words))


def leave_earlier(words: str) -> str:
    """The hour moved to when the caller wants to leave: "dix heures, une demi-heure avant"."""
    lapse = _EARLIER.search(words)
    if lapse is None:
        return words
    rest = cut(words, lapse)
    hours = [lapse["hour"]] if lapse["hour"] else _ANY_HOUR.findall(rest)
    clock = find_clock(hours[0]).clock if len(hours) == 1 else None
    if not isinstance(clock, Clock):
        return words
    minutes = clock.minutes + (0 if clock.settled or clock.minutes >= 8 * 60 else 12 * 60)
    minutes -= _lapse_min(lapse["lapse"])
    moved = f"{minutes // 60} heures {minutes % 60}"
    return f"{rest} {moved}" if lapse["hour"] else rest.replace(hours[0], moved)


def _lapse_min(lapse: str) -> int:
    if "demi" in lapse and lapse.startswith(("demi", "1 demi")):
        return 30
    if "quart" in lapse:
        return 15 * int(lapse[0])
    if "minute" in lapse:
        return int(lapse.split()[0])
    return 90 if "demi" in lapse else 60


def _correct(match: re.Match[str]) -> str:
    if match["day"]:
        return f"{match['day']} non {match['meant_day']}"
    return f"{match['hour']} non {match['meant_hour']}"


def _tell_both(match: re.Match[str]) -> str:
    """ "10 heures du matin à 3 heures de l'après-midi": each end by its own part of the day."""
    told = [match["lead"], "", match["link"], ""]
    for place, end in ((1, match["first"]), (3, match["last"])):
        heard = find_clock(end)
        hour = heard.clock.as_time(heard.part) if isinstance(heard.clock, Clock) else heard.clock
        if not isinstance(hour, time):
            return match.group()
        told[place] = f"{hour.hour} heures {hour.minute or ''}".strip()
    return " ".join(told)


def _spell_date(match: re.Match[str]) -> str:
    day, month, year = match[1] or match[4], int(match[2] or match[5]), match[3]
    if not 1 <= month <= 12:
        raise RefusedError(Reason.NO_SUCH_DATE)
    full_year = "" if year is None else f" {year if len(year) == 4 else 2000 + int(year)}"
    return f"{day} {MONTHS[month - 1]}{full_year}"


def _spell_weekday(match: re.Match[str]) -> str:
    return next(name for name in WEEKDAYS if name.startswith(match[1]))


def _spell_month(match: re.Match[str]) -> str:
    start = match[1].replace("é", "e")
    return next(name for name in MONTHS if name.startswith(start))
