"""The feasts people name a day by, those that move with Easter among them."""

from __future__ import annotations

from datetime import date, timedelta

from dateutil.easter import easter

from phone.dialogue.understanding.grammar import MONTHS
from phone.dialogue.understanding.normalise import normalise
from phone.dialogue.understanding.words import load_words


def _day_and_month(told: str) -> tuple[int, int]:
    day, month = normalise(told).split()
    return int(day), MONTHS.index(month) + 1


_FEASTS = load_words("feasts")
_FIXED = {normalise(name): _day_and_month(told) for name, told in _FEASTS["fixed"].items()}
_FROM_EASTER = {normalise(name): days for name, days in _FEASTS["from_easter"].items()}
FEAST = rf"(?:{'|'.join((*_FIXED, *_FROM_EASTER))})"
"""A feast in normalised words."""


def feast_in(name: str, year: int) -> date:
    """The day of the feast that `FEAST` matched, in that year."""
    if name in _FROM_EASTER:
        sunday: date = easter(year)
        return sunday + timedelta(days=_FROM_EASTER[name])
    day, month = _FIXED[name]
    return date(year, month, day)
