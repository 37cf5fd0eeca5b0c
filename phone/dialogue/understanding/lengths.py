"""How long: amounts of time in normalised words, and the phrases that tell them from hours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

# An answer to "how long" longer than this is an hour of the day.
LONGEST_UNMARKED = timedelta(hours=8)

_ABOUT = r"(?: (?:a peu pres|environ|a peine|bien|dans les|moins (?:de|d)|au (?:moins|plus)))?"
AMOUNT = (
    r"(?:(?:1 )?(?:petite |bonne )?demie? heure\b|[13] (?:petits? |bons? )?quarts? d heure\b"
    r"|1 demie? journee\b"
    r"|\d{1,3} minutes?\b"
    r"|\d{1,2} (?:petites? |bonnes? |grosses? )?heures?\b"
    r"(?: et demie?\b| et (?:1 )?quart\b| (?:et )?\d{1,2}\b(?: minutes?\b)?(?! (?:heures?|ou)\b))?)"
)
_OR_MORE = rf"(?: (?:ou|voire) (?:{AMOUNT}|\d{{1,2}}\b))?"
_MARKER = (
    r"(?:pendant|durant|dure|durera|durerait|durer|duree de|(?:il )?(?:me |nous )?(?:faut|faudra"
    r"|faudrait)|compter|comptez|compte|rest(?:e|er|erai|erais|era|erait|erons)|prend|prendra|prendrait"
    r"|prendre)"
)
_OF_WHAT = r"(?:de|d) (?:marche|promenade|balade|trajet|route|attente)\b"
# No hour of the day wherever it stands: "deux petites heures", "une heure suffira".
_HOURS_LONG = r"\d{1,2} (?:petite|bonne|grosse)s? heures?\b"
_IS_ENOUGH = r"(?:(?:ca|cela|me|nous) )*suffi(?:t|ra|rait|sent|ront)\b"
# "Onze heures, ça suffira" may be one, but not behind another: "dix heures, cinq heures suffiront".
_BEHIND_HOUR = r"(?:(?<=heures )|(?<=heures \d\d )|(?<=heures et demie )|(?<=heures et quart ))"
# Behind an hour that is no length itself, a few hours are one: "à quinze heures, une heure, pas
# plus", "à dix heures pour deux ou trois heures".
_BEHIND_CLOCK = (
    r"(?:(?<=1\d heures )|(?<=[89] heures )|(?<=1\d heures \d\d )|(?<=[89] heures \d\d ))"
)
_AT_MOST = (
    r"(?:(?:et )?pas (?:plus|davantage)\b(?! (?:tard|tot))|(?:(?:grand|au) )?max(?:imum)?\b"
    r"|au plus\b(?! (?:tard|tot)))"
)
_FEW = r"(?<!\ba )(?<!\bvers )(?<!\bpour )(?=[1-4] )"
MARKED = re.compile(
    rf"\b(?:{_MARKER}{_ABOUT} (?=(?:\d{{1,2}} (?:ou |a )?)?{AMOUNT})"
    rf"|(?={AMOUNT}{_OR_MORE} {_OF_WHAT})|(?={_HOURS_LONG})"
    rf"|(?:{_BEHIND_HOUR}|{_FEW})(?={AMOUNT}{_OR_MORE} {_IS_ENOUGH})"
    rf"|{_BEHIND_CLOCK}(?=[1-4] heures?\b{_OR_MORE} {_AT_MOST})"
    rf"|{_BEHIND_CLOCK}(?:pour )?(?=[1-4] ou [2-5] heures\b))"
    rf"(?P<amount>(?:\d{{1,2}} (?:ou |a )?(?=\d))?{AMOUNT}{_OR_MORE})"
)
ONE_OR_TWO = re.compile(r"(?<!\ba )(?<!\bvers )(?<!\bdes )\b(?P<amount>1 heure ou 2\b(?: heures)?)")
_ONE = re.compile(
    r"(?P<half>(?:1 )?(?:petite |bonne )?demie? heure)\b"
    r"|(?P<quarters>[13]) (?:petits? |bons? )?quarts? d heure\b"
    r"|(?P<half_day>1 demie? journee)\b"
    r"|(?P<minutes>\d{1,3}) minutes?\b"
    r"|(?P<hours>\d{1,2}) (?:petites? |bonnes? |grosses? )?heures?\b"
    r"(?: et (?P<and>demie?|quart|1 quart)\b"
    r"| (?:et )?(?P<and_minutes>\d{1,2})\b(?: minutes?\b)?(?! (?:heures?|ou)\b))?"
)
_MORE_HOURS = re.compile(r"\b(?:ou|voire) (?P<hours>\d{1,2})$")


def read_amount(words: str) -> timedelta:
    """The amount that `AMOUNT` matched, the longest when it was said in two ways."""
    amounts = list(_amounts(words))
    if more := _MORE_HOURS.search(words):
        amounts.append(timedelta(hours=int(more["hours"])))
    return max(amounts)


def _amounts(words: str) -> Iterator[timedelta]:
    for match in _ONE.finditer(words):
        if match["half"]:
            yield timedelta(minutes=30)
        elif match["quarters"]:
            yield timedelta(minutes=15 * int(match["quarters"]))
        elif match["half_day"]:
            yield timedelta(hours=4)
        else:
            minutes = int(match["minutes"] or match["and_minutes"] or 0)
            minutes += {"d": 30, "q": 15, "1": 15}.get((match["and"] or "-")[0], 0)
            yield timedelta(hours=int(match["hours"] or 0), minutes=minutes)
