"""Addresses written out as French people say them."""

from __future__ import annotations

from matcher.domain.addresses import ORDINALS
from matcher.geocoding.doors import AddressRow
from phone.dialogue.understanding.spoken import number_in_words

_WAYS = (
    "{number} {street} dans le {nth}",
    "{number} {street} {nth} arrondissement",
    "{number} {street} Paris {nth}",
    "alors j'habite au {number} {street}, {nth} arrondissement",
    "dans le {nth}, {number} {street}",
    "c'est le {number} {street} dans le {nth} s'il vous plaît",
)


def arrondissement(postcode: str) -> int:
    """75116 is the sixteenth too."""
    return int(postcode[-2:])


def spoken(row: AddressRow, way: int = 0) -> str:
    """An address with its arrondissement, in one of several ways of saying it."""
    number = number_in_words(row.number) + (f" {row.rep}" if row.rep else "")
    nth = ORDINALS[arrondissement(row.postcode) - 1]
    return _WAYS[way % len(_WAYS)].format(number=number, street=row.street.lower(), nth=nth)
