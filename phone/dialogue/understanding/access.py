"""How to get in: door code, floor, staircase, bell, kept from what is said beside an address."""

from __future__ import annotations

import re

from text_to_num import alpha2digit

_SIGN = r"(?:\d+[a-z]?|(?!a\s+(?:chang|été|un|le|la)\w*)[a-z](?![a-zà-ÿ'’]))"
_SIDE = r"(?:[àa]\s+)?(?:gauche|droite|face)"
_NAME = (
    r"(?:(?:chez|au nom de|[àa])\s+)?(?:m\.|mme|monsieur|madame|mademoiselle)?\s*"
    r"(?!(?:chez|et|ou|en|le|la|les|une|un|puis|avant)\b)[a-zà-ÿ'-]+"
)
_NOTES = re.compile(
    r"(?<![\w])(?:"
    rf"\d+\s?(?:er|ère|e|è|ème|eme)\s+(?:étage|etage)(?:\s+{_SIDE})?"
    rf"|(?:étage|etage)\s+\d+(?:\s+{_SIDE})?"
    rf"|\d+\s?(?:er|e|ème)\s+{_SIDE}"
    rf"|(?:au\s+)?dernier (?:étage|etage)(?:\s+{_SIDE})?"
    r"|rez[- ]de[- ]chauss[ée]e"
    r"|(?:digi)?code(?:\s+(?:d['’]entr[ée]e|de la porte|c['’]est|est|le|num[ée]ro))*"
    r"(?!\s+a\s+[a-zà-ÿ])(?:\s+(?:\d+[a-z]?|[a-z](?![a-zà-ÿ'’])|[a-z]\d+[a-z]?\d*))+"
    rf"|(?<!je )(?:b[âa]timent|b[âa]t|escalier|appartement|appt?|hall|porte|bo[iî]te)\s+"
    rf"(?:{_SIGN}|gauche|droite)"
    rf"|(?:sonne[rz]|sonnette|interphone|frappe[rz])\s+{_NAME}"
    r"|(?:au\s+)?fond de la cour(?:\s+à (?:gauche|droite))?"
    rf"|dans la cour(?:\s+{_SIDE})?"
    r"|chez (?:la|le) gardien(?:ne)?"
    r")(?![\w])",
    re.IGNORECASE,
)
_SPACES = re.compile(r"\s+")
_CODE_IS = re.compile(
    r"(?<=code)(?: (?:d['’]entr[ée]e|de la porte|c['’]est|est|le|num[ée]ro))+", re.I
)


def understand_access(text: str) -> str:
    """What was said about getting in, as written notes ("3e étage, code A12B4"); often "".

    `Gazetteer.find` leaves the same words out: they are for the volunteer at the door.
    """
    digits = alpha2digit(text, "fr", threshold=0)
    digits = re.sub(r"(\d+)(?:ème|eme|è)\b", r"\1e", digits)
    found = (_SPACES.sub(" ", match.group()).strip() for match in _NOTES.finditer(digits))
    return ", ".join(dict.fromkeys(_CODE_IS.sub("", note) for note in found))
