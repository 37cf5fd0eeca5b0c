"""Telephone numbers: as people write them, as networks show them, as the store keeps them."""

from __future__ import annotations

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from matcher.domain.errors import InvalidInput

HOME_REGION = "FR"

WITHHELD = frozenset(
    {
        "",
        "anonymous",
        "restricted",
        "unknown",
        "+266696687",
        "+86282452253",
        "+7378742833",
        "+2562533",
        "+8656696",
    }
)
"""What networks send instead of a number that is not shown."""


def normal_number(phone: str) -> str:
    """A telephone number as people write it, in E.164; French when it names no country.

    Raises:
        InvalidInput: it cannot be a telephone number.
    """
    try:
        parsed = phonenumbers.parse(phone, HOME_REGION)
    except NumberParseException as error:
        raise InvalidInput("Ce numéro de téléphone n'est pas lisible.") from error
    # Numbers reserved for fiction are possible but not valid, and trials use them.
    if not phonenumbers.is_possible_number(parsed):
        raise InvalidInput("Ce numéro de téléphone n'est pas lisible.")
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def find_shown_number(shown: str) -> str | None:
    """The number a network shows for a caller, in E.164; None when it cannot be rung back."""
    if shown.strip().lower() in WITHHELD:
        return None
    try:
        return normal_number(shown)
    except InvalidInput:
        return None


def takes_sms(number: str) -> bool:
    """Whether the E.164 `number` is a mobile's: the others are rung."""
    parsed = phonenumbers.parse(number)
    kind = phonenumbers.number_type(parsed)
    if kind == PhoneNumberType.UNKNOWN and parsed.country_code == 33:
        return str(parsed.national_number)[0] in "67"
    return kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
