"""Telephone numbers as they are said or keyed."""

from __future__ import annotations

import re

from phone.dialogue.understanding.normalise import normalise
from phone.dialogue.understanding.words import either, load_words

_FRENCH_NUMBER = re.compile(r"(?:(?:00|\+)?33(?:0(?=[1-9]))?|0)([1-9]\d{8})")
_BETWEEN = re.compile(rf"\b(?:{either(load_words('hesitations')['between_figures'])})\b")
_DIGITS = re.compile(r"\+?\d+(?: \d+)*")


def understand_phone_number(text: str) -> str | None:
    """The French telephone number in what was said or keyed, in E.164.

    Of several the last one counts. None when no run of figures is a whole number.
    """
    words = re.sub(r"\bplus (?=33\b)", "+", normalise(text, keep="+"))
    words = _BETWEEN.sub(" ", words)
    found = None
    for run in _DIGITS.findall(" ".join(words.replace("+ ", "+").split())):
        match = _FRENCH_NUMBER.fullmatch(run.replace(" ", ""))
        found = f"+33{match[1]}" if match else found
    return found
