"""Door codes as callers tell them: "code 12A45", "les codes sont 1234 et B comme Bernard 56"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from matcher.domain.spelling import spell_plainly

_OPENS = frozenset({"code", "codes", "digicode", "digicodes"})
_IS = frozenset({"c", "est", "sont", "le", "la", "les", "l", "numero"})
# What may stand between "le code" and its keys.
_LEADS = _IS | {
    "d", "de", "du", "en", "pour", "entree", "acces", "bas", "haut", "porte", "portail", "grille",
    "hall", "immeuble", "batiment", "cour", "rue", "interphone", "1ere", "premiere",
    "2eme", "seconde",
}  # fmt: skip
_ONE_MORE = frozenset({"et", "ou", "puis", "2eme", "second", "alors", "apres", "ensuite"})
_ROOMS = frozenset({
    "batiment", "bat", "escalier", "hall", "porte", "appartement", "appt", "app", "boite",
})  # fmt: skip
# A number before one of these is a house, a floor, a day, an hour, or tells of the code itself.
_COUNTED = {
    "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre",
    "octobre", "novembre", "decembre",
    "rue", "avenue", "boulevard", "place", "quai", "impasse", "passage", "allee",
    "faubourg", "square", "cour", "cours", "cite", "villa", "chemin", "route", "sentier",
    "esplanade", "hameau", "bis", "ter", "etage", "etages", "heure", "heures", "h",
    "minutes", "ans", "fois", "chiffre", "chiffres", "lettre", "lettres", "arrondissement",
    "gauche", "droite", "face",
}  # fmt: skip
# What follows "a" where it is the verb: "le code 1234 a changé".
_AFTER_HAS = frozenset({"change", "ete", "un", "une", "le", "la", "encore", "toujours"})
_SIGNS = {"etoile": "*", "diese": "#"}
_KEY = re.compile(r"[a-z]{0,3}\d[a-z\d]{0,7}|[a-z]")
# With the word behind them: "3e à gauche", "15h30", "il y a".
_NOT_KEYS = re.compile(r"\d+(?:er|i?ere|i?eme|nde?) .*|\d+e à|\d{1,2}h\d* .*|y a")
_ORDINAL = re.compile(r"\d+e")
_POSTCODE = re.compile(r"75[01]\d\d")
_WORD = re.compile(r"(?P<gap>[^\w]*)(?P<word>[^\W_]+)(?P<elided>['’]?)")
_SHORT = 2
_LONGEST = 10
_LEAST = 2
_LEAST_OF_ANOTHER = 3
_WHOLE = 4


@dataclass(frozen=True, slots=True)
class DoorCode:
    """A code as it is noted, and where in the text it was told."""

    note: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Word:
    said: str
    plain: str
    after_comma: bool
    elided: bool
    start: int
    end: int


def find_door_codes(text: str) -> list[DoorCode]:
    """The door codes told in a text whose number words are digits, as "code AB1234".

    A code has a digit and a second key; what else follows "code" is left alone. The notes for
    the door and the search of the address read codes here alike.
    """
    words = [
        _Word(
            said=match["word"],
            plain="à" if match["word"] == "à" else spell_plainly(match["word"]),
            after_comma="," in match["gap"],
            elided=bool(match["elided"]),
            start=match.start("word"),
            end=match.end("word"),
        )
        for match in _WORD.finditer(text)
    ]
    found: list[DoorCode] = []
    at = 0
    while at < len(words):
        told = _told(words, at)
        if told is None:
            at += 1
            continue
        note, after = told
        found.append(DoorCode(note, words[at].start, words[after - 1].end))
        at = after
    return found


def _told(words: list[_Word], at: int) -> tuple[str, int] | None:
    """The codes that open at a word, as a note, and the word behind them."""
    opening = words[at].plain
    if opening not in _OPENS:
        return _spelled(words, at)
    first = at + 1
    while _plain(words, first) in _LEADS:
        first += 1
    # "le code, c'est 12 A" tells one, "le code, l'immeuble c'est le 24" does not.
    paused = any(word.after_comma and word.plain != "c" for word in words[at + 1 : first + 1])
    keys, after = _keys(words, first)
    if not _is_code(keys, _WHOLE if paused else _LEAST):
        return None
    note = f"{opening.removesuffix('s')} {keys}"
    while (more := _one_more(words, after)) is not None:
        note, after = note + more[0], more[1]
    return note, after


def _spelled(words: list[_Word], at: int) -> tuple[str, int] | None:
    """A code that is not called one, but whose first letter is spelled."""
    of_room = at > 0 and words[at - 1].plain in _ROOMS
    if of_room or len(words[at].plain) > 1 or _plain(words, at + 1) != "comme":
        return None
    keys, after = _keys(words, at)
    return (f"code {keys}", after) if _is_code(keys, _WHOLE) else None


def _one_more(words: list[_Word], at: int) -> tuple[str, int] | None:
    """One more code behind another: "et 5678", ", le deuxième c'est 5678"."""
    start = at
    while _plain(words, at) in _IS | _ONE_MORE:
        at += 1
    between = {word.plain for word in words[start:at]}
    keys, after = _keys(words, at)
    if not between & _ONE_MORE or not _is_code(keys, _LEAST_OF_ANOTHER):
        return None
    return (f" {'ou' if 'ou' in between else 'et'} {keys}", after)


def _keys(words: list[_Word], at: int) -> tuple[str, int]:
    """The keys from a word on, as one code, and the word behind them."""
    keys, last = "", ""
    while at < len(words) and _is_key(words, at, first=not keys):
        key = _SIGNS.get(words[at].plain, words[at].plain.upper())
        # Only single keys are told with a pause between them: "A, 1, 2, 3".
        if keys and words[at].after_comma and max(len(last), len(key)) > _SHORT:
            break
        # Two whole codes in a row stay apart.
        apart = " " if min(len(last), len(key)) >= _WHOLE else ""
        keys, last = f"{keys}{apart}{key}", key
        at += 1
        if key.isalpha() and _plain(words, at) == "comme" and at + 1 < len(words):
            at += 2
    return keys, at


def _is_key(words: list[_Word], at: int, *, first: bool) -> bool:
    word, following = words[at], _plain(words, at + 1)
    if word.plain in _SIGNS:
        return True
    if word.elided or not (_KEY.fullmatch(word.plain) or re.fullmatch("[A-Z]{2}", word.said)):
        return False
    if word.said == "a":
        return not _has(words, at, first=first)
    if _POSTCODE.fullmatch(word.plain):
        return first and not word.after_comma and following != "paris"
    if word.after_comma and _ORDINAL.fullmatch(word.plain):
        return False
    counts = word.plain[0].isdigit() and following in _COUNTED
    return not counts and not _NOT_KEYS.fullmatch(f"{word.plain} {following}")


def _has(words: list[_Word], at: int, *, first: bool) -> bool:
    """Whether "a" is the verb: "le code a changé", "le code a 4 chiffres"."""
    following = _plain(words, at + 1)
    if _plain(words, at + 2).startswith(("chiffre", "lettre")):
        return True
    spoken_on = len(following) > 1 and following.isalpha() and following != "comme"
    return spoken_on if first else following in _AFTER_HAS


def _is_code(keys: str, least: int) -> bool:
    return least <= len(keys) <= _LONGEST and any(key.isdigit() for key in keys)


def _plain(words: list[_Word], at: int) -> str:
    return words[at].plain if at < len(words) else ""
