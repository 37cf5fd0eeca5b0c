"""Addresses written out as French people say them."""

from __future__ import annotations

from matcher.geocoding.doors import AddressRow

_UNITS = (
    "zéro",
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
    "dix-sept",
    "dix-huit",
    "dix-neuf",
)
_TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante"}
_ORDINALS = (
    "premier",
    "deuxième",
    "troisième",
    "quatrième",
    "cinquième",
    "sixième",
    "septième",
    "huitième",
    "neuvième",
    "dixième",
    "onzième",
    "douzième",
    "treizième",
    "quatorzième",
    "quinzième",
    "seizième",
    "dix-septième",
    "dix-huitième",
    "dix-neuvième",
    "vingtième",
)
_WAYS = (
    "{number} {street} dans le {nth}",
    "{number} {street} {nth} arrondissement",
    "{number} {street} Paris {nth}",
    "alors j'habite au {number} {street}, {nth} arrondissement",
    "dans le {nth}, {number} {street}",
    "c'est le {number} {street} dans le {nth} s'il vous plaît",
)


def number_in_words(number: int) -> str:
    """A number up to 9,999 as French people say it."""
    if number < 20:
        return _UNITS[number]
    if number < 70:
        tens, unit = divmod(number, 10)
        return _TENS[tens] + ("" if not unit else " et un" if unit == 1 else f"-{_UNITS[unit]}")
    if number < 80:
        return "soixante et onze" if number == 71 else f"soixante-{_UNITS[number - 60]}"
    if number < 100:
        return "quatre-vingts" if number == 80 else f"quatre-vingt-{_UNITS[number - 80]}"
    size, name = (1000, "mille") if number >= 1000 else (100, "cent")
    many, rest = divmod(number, size)
    said = name if many == 1 else f"{number_in_words(many)} {name}"
    return f"{said} {number_in_words(rest)}" if rest else said


def arrondissement(postcode: str) -> int:
    """75116 is the sixteenth too."""
    return int(postcode[-2:])


def spoken(row: AddressRow, way: int = 0) -> str:
    """An address with its arrondissement, in one of several ways of saying it."""
    number = number_in_words(row.number) + (f" {row.rep}" if row.rep else "")
    nth = _ORDINALS[arrondissement(row.postcode) - 1]
    return _WAYS[way % len(_WAYS)].format(number=number, street=row.street.lower(), nth=nth)
