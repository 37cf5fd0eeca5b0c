"""How to get in: door code, floor, staircase, bell, kept from what is said beside an address."""

from __future__ import annotations

import re

from text_to_num import alpha2digit

from matcher.domain.door_codes import find_door_codes

_SIGN = (
    r"(?:[a-z]?\d+(?:\s?(?-i:[A-Z])(?![\w'’])|[a-z])?"
    r"|(?!a\s+(?:chang|été|un|le|la)\w*)[a-z](?![a-zà-ÿ'’]))"
)
_SIDE = r"(?:[àa]\s+)?(?:gauche|droite|face)"
_NAME = (
    r"(?:(?:chez|au nom de|[àa])\s+)?(?:m\.|mme|monsieur|madame|mademoiselle)?\s*"
    r"(?!(?:chez|et|ou|en|le|la|les|une|un|puis|avant|au|num[ée]ro"
    r"|c|est|il|elle|je|vous|ne|pas|tout|fort|bien|marqu[ée])\b)[a-zà-ÿ'-]+"
)
_STREET = r"(?:rue|avenue|boulevard|place|quai|impasse|passage|all[ée]e|square|cour|cit[ée]|villa)"
# "sonnez au 12", but neither "au 3e étage" nor "au 12 rue de Lyon" nor "2 fois".
_BELL = (
    r"(?:(?:au|le|num[ée]ro)\s+)*"
    rf"(?!1\s+[a-zà-ÿ]{{2}})\d+(?!\d|\s?(?:er|[èe]|[èe]me)\b|\s+fois|[\s,]+(?:(?:bis|ter),?\s+)?{_STREET}\b)(?:\s\d\b)*[a-z]?"
)
_MARKED = r"(?:\s*:|\s+c['’]est(?:\s+marqu[ée])?)?\s+"
_NOTES = re.compile(
    r"(?<![\w])(?:"
    rf"\d+\s?(?:er|ère|e|è|ème|eme)\s+(?:étage|etage)(?:\s+{_SIDE})?"
    rf"|(?:étage|etage)\s+\d+(?:\s+{_SIDE})?"
    rf"|\d+\s?(?:er|e|è|ème|eme)\s+{_SIDE}"
    rf"|(?:au\s+)?dernier (?:étage|etage)(?:\s+{_SIDE})?"
    r"|rez[- ]de[- ]chauss[ée]e"
    rf"|(?<!je )(?:b[âa]timent|b[âa]t|escalier|appartement|appt?|hall|porte|bo[iî]te)\s+"
    rf"(?:{_SIGN}|gauche|droite)"
    rf"|(?:sonne[rz]|sonnette|interphone|frappe[rz]){_MARKED}(?:{_BELL}|{_NAME})"
    r"|(?:au\s+)?fond de la cour(?:\s+à (?:gauche|droite))?"
    rf"|dans la cour(?:\s+{_SIDE})?"
    r"|chez (?:la|le) gardien(?:ne)?"
    r")(?![\w])",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"(?<=\d)(?:ème|eme|è)\b")
_SPACES = re.compile(r"[\s:]+(?:c['’]est\s+(?:marqu[ée]\s+)?)?")


def understand_access(text: str) -> str:
    """What was said about getting in, as written notes ("3e étage, code A12B4"); often "".

    `Gazetteer.find` leaves the same words out: they are for the volunteer at the door.
    """
    digits = alpha2digit(text, "fr", threshold=0)
    codes = find_door_codes(digits)
    for code in codes:
        digits = f"{digits[: code.start]}{'|' * (code.end - code.start)}{digits[code.end :]}"
    notes = [(code.start, code.note) for code in codes]
    notes += [(match.start(), _written(match.group())) for match in _NOTES.finditer(digits)]
    return ", ".join(dict.fromkeys(note for _, note in sorted(notes)))


def _written(said: str) -> str:
    return _SPACES.sub(" ", _ORDINAL.sub("e", said)).strip()
