"""What a spoken phrase says around the street's name: arrondissement, other town, chatter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from matcher.domain.door_codes import find_door_codes
from matcher.geocoding.words import ARTICLES, BREAK, STREET_TYPES, either, number_words, tokens

_KINDS = either("street_types")
_NOT_A_DOOR = rf"(?!\d+ (?:(?:bis|ter|quater|[a-z]) )?(?:{_KINDS})\b)"
_SIGN = rf"{_NOT_A_DOOR}(?:\d+|[a-z])(?!\S)"
_CHATTER = re.compile(
    r"(?<!\S)(?:"
    r"(?:au )?(?:\d{1,2}(?:eme)?|dernier) etage(?: (?:a )?(?:gauche|droite|face))?"
    r"|etage \d{1,2}"
    r"|\d{1,2}eme (?:a )?(?:gauche|droite)|a \d pas"
    r"|(?:au )?fond de la cour(?: (?:a )?(?:gauche|droite))?"
    rf"|(?:{either('at_the_door')}) (?:chez|a|au nom de)(?: (?:m|mme|monsieur|madame))? [a-z]+"
    r"|(?:au )?rez de chaussee"
    r"|(?:(?:il )?(?:y )?(?:a )?(?:1|les?|mon) |(?<!dans )le [12]eme )?"
    rf"(?:digi)?codes?(?: (?:d entree|de la porte|c est|est|le|numero))*(?: {_SIGN})*"
    rf"|(?:{either('inside')})(?: {_SIGN})?"
    r"|porte (?:\d+|gauche|droite|[abcefg])"
    r"|avec (?:[12] )?[a-z](?: [a-z])*(?: (?:a la fin|au (?:bout|debut|milieu)))?"
    rf"|(?<!de la )porte (?:{either('door_looks')})"
    rf"|\d+ (?:{either('counted')})(?! (?:{_KINDS})\b)(?: {_NOT_A_DOOR}\d+)?"
    r")(?!\S)"
)
_MAY_TELL_A_CODE = re.compile("code|comme", re.IGNORECASE)
_POSTCODE = re.compile(r"(?<!\S)(?<!\s[a-z]\s)(\d{2}) ?(\d{3})(?!\S)")
_ARRONDISSEMENT = re.compile(
    rf"(?<!\S)(?:paris {_NOT_A_DOOR}(?P<paris>\d{{1,2}})(?:eme)?(?: arrondissement)?"
    rf"|dans (?:le |l ){_NOT_A_DOOR}(?P<dans>\d{{1,2}})(?:eme)?(?: (?:arrondissement|arr|ardt))?"
    r"|(?:dans |du |le |au )*(?P<nth>\d{1,2})eme (?:arrondissement|arr|ardt|ar)"
    r"|arrondissement (?:numero )?(?P<after>\d{1,2})"
    r"|dans le (?P<second>second)(?: arrondissement)?)(?!\S)"
)
# What a place is near to, told behind it up to a pause: "en face du square Louvois".
_LANDMARK = re.compile(
    rf"(?<!\S)(?:juste |tout )?(?:{either('landmarks')})"
    rf"(?!\S).*?(?= {re.escape(BREAK)}(?!\S)|$)"
    rf"|(?<!\S)comme(?!\S).*?(?= (?!1 )\d| {re.escape(BREAK)}(?!\S)|$)"
)
# What recognisers write for "ter", "vingt-neuf" and "impasse".
_TER = re.compile(rf"(?<=\d )terre(?= (?:{_KINDS})\b)")
_TWENTY = re.compile(r"(?<!\S)(?:vin|vain|vint) (?=[1-9](?!\S))")
_MICH = re.compile(r"(?<!\S)boulevard mich(?!\S)")
_IMPASSE = re.compile(r"(?<!\S)(?:1|une) passe(?!\S)")
# "Voie BP/16" is spelled: "voie B P barre seize".
_LETTERED = re.compile(r"(?<!\S)voie ([a-z]{1,2})(?: ([a-z]))?(?: barre)? (?=\d{1,2}(?!\S))")
_CALLED = re.compile(rf"(?<!\S)({_KINDS})(?: (?:\| )?(?:qui|elle|ca))? s appelle(?!\S)")
_MAX_WORDS = 80  # nobody says an address in more; a turn must stay short whatever is sent
ORDINAL = re.compile(r"(\d{1,2})eme")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase made ready for the search of a street.

    Attributes:
        words: the tokens left, `BREAK` where something was cut out.
        postcodes: the five-digit codes said.
        arrondissements: the arrondissements clearly said ("dans le onzième", "Paris 11").
    """

    words: list[str]
    postcodes: frozenset[str]
    arrondissements: frozenset[int]

    @property
    def said(self) -> frozenset[int]:
        """The arrondissements said, in words or by a code."""
        return self.arrondissements | {int(postcode[-2:]) for postcode in self.postcodes}


@cache
def _town() -> re.Pattern[str]:
    file = resources.files("matcher.geocoding").joinpath("data/towns.txt")
    lines = file.read_text(encoding="utf-8").splitlines()
    names = (" ".join(tokens(line)) for line in lines if line and not line.startswith("#"))
    bare = {re.sub(r"^(?:les?|la|l) ", "", name) for name in names}
    either = "|".join(sorted(bare, key=len, reverse=True))
    article = "(?:l |la |les? )?"
    pause = re.escape(BREAK)
    return re.compile(
        rf"(?<!\S)(?<!\bpas )(?:(?:a|au|aux) {article}(?:{either})(?!\S| babylone| lecourbe)"
        rf"|{pause} {article}(?:{either})(?= {pause}|$))"
    )


def names_town(words: list[str]) -> bool:
    """Whether another town is said after "à", or alone between two pauses.

    Give the words outside a street's name: "Route de Sèvres à Neuilly" lies in Paris.
    """
    return _town().search(" ".join(words)) is not None


def without_landmarks(words: list[str]) -> list[str]:
    """The words before anything that only tells what the place is near to."""
    said = " ".join(words)
    opens = STREET_TYPES | {"faubourg"}
    first = next((at for at, word in enumerate(words) if word in opens), len(words)) + 1
    while words[first : first + 1] and words[first] in ARTICLES:
        first += 1
    start = len(" ".join(words[: first + 1]))
    return (said[:start] + _LANDMARK.sub(f" {BREAK} ", said[start:])).split()


def _without_codes(text: str) -> str:
    """The text without the keys of the door codes told in it: a code is left by name."""
    if not _MAY_TELL_A_CODE.search(text):
        return text
    digits = number_words(text)
    left, last = [], 0
    for code in find_door_codes(digits):
        left.append(digits[last : code.start])
        last = code.end
    return f" code {BREAK} ".join([*left, digits[last:]]) if left else text


def parse(text: str) -> Phrase:
    """Take apart what was said or written; never fails, an empty phrase has no words."""
    said = " ".join(tokens(_without_codes(text)))
    said = _TWENTY.sub("2", _IMPASSE.sub("impasse", _TER.sub("ter", said)))
    said = _MICH.sub("boulevard saint michel", said)
    said = _CALLED.sub(r"\1", said)
    said = _LETTERED.sub(lambda one: f"voie {one[1]}{one[2] or ''} ", said)
    said = _CHATTER.sub(f" {BREAK} ", said)
    postcodes: set[str] = set()
    arrondissements: set[int] = set()

    def take_postcode(match: re.Match[str]) -> str:
        postcodes.add("".join(match.groups()))
        return f" {BREAK} "

    def take_arrondissement(match: re.Match[str]) -> str:
        digits = next(value for value in match.groups() if value)
        arrondissements.add(2 if digits == "second" else int(digits))
        return f" {BREAK} "

    said = _POSTCODE.sub(take_postcode, said)
    said = _ARRONDISSEMENT.sub(take_arrondissement, said)
    return Phrase(
        words=said.split()[:_MAX_WORDS],
        postcodes=frozenset(postcodes),
        arrondissements=frozenset(arrondissements),
    )
