"""Names letter by letter: "L A M B E R T", "L comme Louis", "avec deux N"."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from matcher.domain.spelling import spell_plainly
from phone.dialogue.understanding.words import load_words

_WORDS = load_words("names")
_MARKS = {
    "aigu": "\u0301",
    "grave": "\u0300",
    "circonflexe": "\u0302",
    "trema": "\u0308",
    "cedille": "\u0327",
}


def _table(entries: dict[str, list[str]]) -> dict[tuple[str, ...], str]:
    return {
        tuple(spell_plainly(said).split()): sign for sign, ways in entries.items() for said in ways
    }


_LETTER_NAMES = _table(_WORDS["letters"])
_JOINTS = _table(_WORDS["joints"])
_ACCENTS = {words: _MARKS[name] for words, name in _table(_WORDS["marks"]).items()}
_TWICE = frozenset({"deux", "double", "2"})
# "il y a" spells nothing.
_SHORT_WORDS = frozenset({"a", "y"})
_SILENT = "dtsxzp"
_TAIL = re.compile(
    r"\b(?P<with>avec|sans) (?:(?P<one>un seul |1 seul )|(?P<two>deux |2 )|un |une |1 )?"
    r"(?P<letter>[a-z])\b(?P<end> (?:a la fin|au bout|final))?"
)


@dataclass(frozen=True, slots=True)
class Spelled:
    """A name that was spelled, from word `start` to before word `end`."""

    name: str
    start: int
    end: int


def find_spelled(words: list[str]) -> Spelled | None:
    """The last run of letters in words spelled plainly (a preposition "à" must be out of them)."""
    found: Spelled | None = None
    position = 0
    while position < len(words):
        run = _read_run(words, position)
        if run is None:
            position += 1
            continue
        found = run
        position = run.end
    return found


def _read_run(words: list[str], start: int) -> Spelled | None:
    name, position, letters, single = "", start, 0, 0
    while position < len(words):
        sign, used = _sign(words, position)
        if not used:
            break
        if sign in _ACCENTS.values() or sign in _JOINTS.values():
            if not name:
                return None
        else:
            letters += 1
            single += len(words[position + used - 1]) == 1
            if position + used + 1 < len(words) and words[position + used] == "comme":
                used += 2
                single += 1
        name += sign
        position += used
    plain = set(words[start:position])
    least = 2 if single == letters else 3
    if letters < least or single * 2 < letters or plain <= _SHORT_WORDS:
        return None
    return Spelled(_capital(name), start, position)


def _sign(words: list[str], position: int) -> tuple[str, int]:
    """What the words at a position write, and how many they are; none when they write nothing."""
    for table in (_ACCENTS, _JOINTS, _LETTER_NAMES):
        for said, sign in table.items():
            if tuple(words[position : position + len(said)]) == said:
                return sign, len(said)
    word = words[position]
    if len(word) == 1 and word.isalpha():
        return word, 1
    if word in _TWICE and position + 1 < len(words):
        following = words[position + 1]
        letter = following if len(following) == 1 else _LETTER_NAMES.get((following,), "")
        if letter.isalpha():
            return letter * 2, 2
    return "", 0


def _capital(letters: str) -> str:
    name = unicodedata.normalize("NFC", letters).strip(" -'")
    return re.sub(r"(?:^|(?<=[ '-]))\w", lambda match: match.group().upper(), name)


def mend(name: str, words: str) -> str:
    """The name as "avec un T à la fin", "avec deux N" or "sans S" want it written."""
    for match in _TAIL.finditer(words):
        letter = match["letter"]
        if match["with"] == "sans":
            name = name.removesuffix(letter)
        elif match["one"]:
            name = name.replace(letter * 2, letter)
        elif match["two"]:
            name = name if letter * 2 in name.lower() else _double(name, letter)
        else:
            name = _with_letter(name, letter, at_end=match["end"] is not None)
    return name


def _double(name: str, letter: str) -> str:
    at = name.lower().find(letter, 1)
    return name if at < 0 else name[: at + 1] + letter + name[at + 1 :]


def _with_letter(name: str, letter: str, *, at_end: bool) -> str:
    last = name[-1:].lower()
    if last == letter or (not at_end and letter in name.lower()):
        return name
    if letter == "y" and name.lower().count("i") == 1:
        return name.replace("i", "y").replace("I", "Y")
    if letter in _SILENT and last in _SILENT:
        return name[:-1] + letter
    return name + letter if at_end else name
