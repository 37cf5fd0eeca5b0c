"""How long an outing lasts: "une heure ou deux", "de quatorze à seize heures"."""

from __future__ import annotations

import re
from datetime import time, timedelta

from phone.dialogue.understanding.clock import Clock, find_clock
from phone.dialogue.understanding.grammar import CORRECTION, Reason, RefusedError
from phone.dialogue.understanding.lengths import (
    AMOUNT,
    LONGEST_UNMARKED,
    MARKED,
    ONE_OR_TWO,
    read_amount,
)
from phone.dialogue.understanding.prepare import prepare

# An hour of the day stands after one of these, not a length.
_HOUR_LEADS = (
    r"(?:a|vers|vers les|des|avant|apres|depuis|dans|d ici|il y a|jusqu a|entre|les coups de"
    r"|partir de|et|environs de|alentours de)"
)
_HOUR_OF_DAY = re.compile(rf"\b{_HOUR_LEADS} (?:midi|minuit|{AMOUNT})")
_AMOUNT = re.compile(
    rf"\b(?P<amount>(?:\d{{1,2}} (?:ou |a )?(?=\d))?{AMOUNT}(?: (?:ou )?{AMOUNT})?)"
)
_FOR = re.compile(rf"\bpour {_AMOUNT.pattern}")
_MORE_THAN = re.compile(r"(?<!pas )\bplus (?:de|d) (?=\d)")
_POLITE = re.compile(
    r"\b(?:oui|alors|voila|environ|a peu pres|a peine|maximum|max|minimum|au (?:plus|moins)|pour"
    r"|je (?:pense|crois|dirais)|peut etre|c est|ca|ce (?:sera|serait)|sera|grand|s il vous plait"
    r"|merci|pas plus (?:de|d)|moins (?:de|d)|guere|a tout casser|1|ou|quoi|bon|eh bien|et)\b"
)


def understand_duration(text: str) -> timedelta | None:
    """How long, told in hours or as a range of hours; the longer of "une heure ou deux".

    Returns:
        None when no length was said, or when it may as well be an hour of the day.
    """
    try:
        words = prepare(text)
    except RefusedError:
        return None
    found: timedelta | None = None
    for version in CORRECTION.split(words):
        found = _read(version) or found
    return found


def _read(words: str) -> timedelta | None:
    if _MORE_THAN.search(words):
        return None
    marked = MARKED.search(words) or ONE_OR_TWO.search(words)
    if marked:
        return read_amount(marked["amount"])
    heard = find_clock(words)
    if heard.until is not None:
        start = heard.clock.as_time(heard.part) if isinstance(heard.clock, Clock) else None
        return _between(start, heard.until)
    hours = _HOUR_OF_DAY.sub(" | ", words)
    left = _FOR.search(hours) or _AMOUNT.search(hours)
    if left is None:
        return None
    amount = read_amount(left["amount"])
    rest = hours[: left.start()] + hours[left.end() :]
    alone = not _POLITE.sub("", rest).strip(" |")
    said_hour = _HOUR_OF_DAY.search(words) is not None or isinstance(find_clock(rest).clock, Clock)
    if amount > LONGEST_UNMARKED or not (alone or said_hour):
        return None
    return amount


def _between(start: time | Reason | None, until: Clock) -> timedelta | None:
    end = until.after(start) if isinstance(start, time) else None
    if end is None or not isinstance(start, time):
        return None
    return timedelta(hours=end.hour - start.hour, minutes=end.minute - start.minute)
