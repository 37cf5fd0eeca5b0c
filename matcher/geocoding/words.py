"""French addresses as words: one normal form for what is said and for what files hold."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from importlib import resources
from typing import Any

from text_to_num import alpha2digit

from matcher.domain.spelling import spell_plainly

BREAK = "|"
"""The token that stands for punctuation and for whatever was cut out of a phrase."""


def word_set(words: str) -> frozenset[str]:
    """The words of one line, for the small lists kept in code."""
    return frozenset(words.split())


def _load() -> dict[str, Any]:
    file = resources.files("matcher.geocoding").joinpath("data/words.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


_WORDS = _load()


def listed(name: str) -> frozenset[str]:
    """A list of `data/words.toml`, which people who do not program can edit, spelled plainly."""
    return frozenset(map(spell_plainly, _WORDS[name]))


def either(name: str) -> str:
    """The same as the inside of a regular expression's group."""
    return "|".join(sorted(listed(name)))


STREET_TYPES = listed("street_types")
ARTICLES = listed("articles")

_WRITTEN_OUT = {short: spell_plainly(word) for short, word in _WORDS["written_out"].items()}
# text2num leaves "neuf" alone where it may mean "new".
_WRITTEN_OUT |= {"neuf": "9", "un": "1"}
_TENS = ("", "x")
_UNITS = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
_ROMAN = {f"{_TENS[n // 10]}{_UNITS[n % 10]}": n for n in range(1, 20)} | {"xx": 20, "xxiii": 23}
# One letter is an initial, not a number; "vie" is a word, not the sixth.
_REGNAL = {roman: str(value) for roman, value in _ROMAN.items() if len(roman) > 1}
_REGNAL |= {f"{roman}e": f"{value}eme" for roman, value in _ROMAN.items() if roman != "vi"}
_REGNAL["ier"] = "1eme"
_REGNAL_LETTERS = {"v": "5", "x": "10"}
# With a king's name in front one letter is a number too: "Charles V", "George V".
_REGNAL_LETTER = re.compile(r"\b(charles|georges?|urbain) (v|x)\b")
_HESITATIONS = listed("hesitations")
# "Une" is no door within a phrase ("une petite rue"), but in "vingt et une".
_ARTICLE = re.compile(r"(?<!\bet )(?<=\S )\bune\b")
_TOKEN = re.compile(
    r"(\d+)(?:ere?|i?eme|e|nde?)\b|\d+|[a-z]+|[,;:!?()|]"
    # A full stop ends a sentence behind a number or a word too long for an abbreviation.
    r"|(?:(?<=\d)|(?<=[a-z]{5}))\.(?=\s|$)"
)
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "-": " ", "–": " ", "'": " ", "’": " "})


def number_words(text: str) -> str:
    """`text` with its number words as digits, "une" left where it is an article."""
    return "une".join(alpha2digit(part, "fr", threshold=0) for part in _ARTICLE.split(text))


def tokens(text: str) -> list[str]:
    """`text` as plain words: number words as digits, no accents, abbreviations written out.

    Regnal numbers become digits too ("Henri IV"). Ordinals all read "8eme" (the first is
    "1eme"); punctuation becomes `BREAK`. Streets and phrases go through this one function, so
    "rue du Quatre-Septembre" meets "rue du 4 septembre". Hyphens go first: text2num does not
    look inside hyphenated names.
    """
    lowered = text.lower().translate(_LIGATURES)
    # Without its accent, text2num does not know an ordinal.
    lowered = re.sub(r"iemes?\b", "ième", lowered).replace("zero", "zéro")
    lowered = lowered.replace("rond point", "rondpoint")
    lowered = _REGNAL_LETTER.sub(lambda one: f"{one[1]} {_REGNAL_LETTERS[one[2]]}", lowered)
    digits = number_words(lowered)
    plain = "".join(
        char for char in unicodedata.normalize("NFD", digits) if not unicodedata.combining(char)
    )
    found: list[str] = []
    for match in _TOKEN.finditer(plain):
        word = match.group()
        if match.group(1):
            word = f"{match.group(1)}eme"
        elif not word.isalnum():
            word = BREAK
        elif word == "r" and found and found[-1].isdigit():
            word = "rue"
        elif word == "une" and not found:
            word = "1"
        else:
            word = _WRITTEN_OUT.get(word) or _REGNAL.get(word, word)
        if word not in _HESITATIONS:
            found.append(word)
    return found


def key_words(words: list[str]) -> list[str]:
    """`words` without the little words that nobody says reliably.

    The lettered ways ("Voie A/12", "Voie D/12") keep theirs: they are their only names.
    """
    if "voie" in words:
        return list(words)
    return [word for word in words if word not in ARTICLES]


def street_key(street: str) -> str:
    """The normal form two spellings of the same street share."""
    return " ".join(key_words([word for word in tokens(street) if word != BREAK]))


def name_of(key: str) -> str:
    """A key without the kind of street that opens it: "rue martyrs" -> "martyrs"."""
    kind, _, name = key.partition(" ")
    return name if kind in STREET_TYPES and name else key


def elided_name(street: str) -> str:
    """A street's name with its elided article, as recognisers join them: "daboukir".

    Its plain name when it has none.
    """
    words = [word for word in tokens(street) if word != BREAK]
    name = words[1:] if words[:1] and words[0] in STREET_TYPES else words
    if name[:1] == ["de"]:
        name = name[1:]
    if len(name) > 1 and name[0] in ("d", "l"):
        name = [name[0] + name[1], *name[2:]]
    return " ".join(key_words(name))
