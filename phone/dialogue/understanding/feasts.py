"""The feasts people name a day by, those that move with Easter among them."""

from __future__ import annotations

from datetime import date, timedelta

from dateutil.easter import easter

_FIXED = {
    "noel": (25, 12),
    "jour de l an": (1, 1),
    "nouvel an": (1, 1),
    "toussaint": (1, 11),
    "fete nationale": (14, 7),
    "saint valentin": (14, 2),
    "fete du travail": (1, 5),
    "fete de la musique": (21, 6),
    "assomption": (15, 8),
    "armistice": (11, 11),
    "saint sylvestre": (31, 12),
    "sainte catherine": (25, 11),
    "saint nicolas": (6, 12),
}
_FROM_EASTER = {
    "mardi gras": -47,
    "mercredi des cendres": -46,
    "dimanche des rameaux": -7,
    "rameaux": -7,
    "vendredi saint": -2,
    "lundi de paques": 1,
    "dimanche de paques": 0,
    "paques": 0,
    "jeudi de l ascension": 39,
    "ascension": 39,
    "lundi de pentecote": 50,
    "dimanche de pentecote": 49,
    "pentecote": 49,
}
FEAST = rf"(?:{'|'.join((*_FIXED, *_FROM_EASTER))})"
"""A feast in normalised words."""


def feast_in(name: str, year: int) -> date:
    """The day of the feast that `FEAST` matched, in that year."""
    if name in _FROM_EASTER:
        sunday: date = easter(year)
        return sunday + timedelta(days=_FROM_EASTER[name])
    day, month = _FIXED[name]
    return date(year, month, day)
