"""Where a street's name stands in a phrase, and which number is said beside it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from matcher.geocoding.phrase import ORDINAL
from matcher.geocoding.words import ARTICLES, BREAK, STREET_TYPES, key_words, listed

MAX_STREET_WORDS = 12
"""No street's name is longer."""

_REPS = {"b": "bis", "t": "ter", "q": "quater"}

_AFTER_STREET = listed("behind_street")
_AFTER_STREET_IN_TWO = re.compile(
    r"(?:a (?:cote|droite|gauche|paris)|au (?:\d|numero|fond|bout|coin)|en (?:face|bas)|le \d"
    r"|et (?:au|c|de|j|je|la|puis)|porte (?:d|de|des|du)|cote \d{1,2}eme) ?"
)
_GAP = r"(?: (?:\||au|a|de|des|du|d|dans|l|la|le|sur|numero|n|no))*"
# "12 p2 rue X", "12 a rue X", but "12 de la rue X" has no repetition.
_REP = (
    r"(?: (?P<rep>bis|ter|quater|[a-z](?: \d{1,2})?(?=(?: \|)*$)"
    r"|(?!(?:au|de|des|du|en|la|le|les|no|sur)\b)[a-z]{2,3}(?: \d{1,2})?))?"
)
_NUMBER_BEFORE = re.compile(rf"(?:^|(?<= ))(?P<number>\d{{1,4}}){_REP}{_GAP}$")
_NUMBER_AFTER = re.compile(
    r"^(?:(?:\||alors|donc|euh|c est(?= (?:au|le) )|je suis(?= au )|j habite(?= (?:au|le) )"
    r"|au|le|numero|n|no|\d{1,2}eme) )*(?P<number>\d{1,4})"
    r"(?: (?P<rep>(?:bis|ter|quater)(?= |$)|[a-z]\d?(?= \||$)))?(?= |$)"
)
# "et le numéro c'est neuf bis", "attendez, le sept": further on, the only number there is.
_NUMBER_FURTHER = re.compile(
    r"(?<!\S)(?:le|au|numero|c est) (?P<number>\d{1,4})(?: (?P<rep>bis|ter|quater))?(?!\S)"
    r"|(?<!\S)(?P<bare>\d{1,4})(?: (?P<bare_rep>bis|ter|quater))?(?= (?:\||dans|c est)(?!\S)|$)"
)
# "je suis au 19, c'est l'impasse": further up, the only number there is.
_NUMBER_EARLIER = re.compile(
    r"(?:^|(?<!\S)(?:alors|au|c est|habite|le|numero) )"
    r"(?P<number>\d{1,4})(?: (?P<rep>bis|ter|quater))?(?!\S)"
)
# "le grand boulevard, vous savez, au numéro 8": said outright, whatever else is named beside it.
_NUMBER_OUTRIGHT = re.compile(
    r"(?<!\S)(?<!d )(?<!du )numero (?:(?:c est|est|le|au) )*"
    r"(?P<number>\d{1,4})(?: (?P<rep>bis|ter|quater))?(?!\S)"
)
KIND_ALONE = listed("behind_kind") | STREET_TYPES | {BREAK}
# A private way is named after the door it opens at: "12P2 Rue des Rosiers".
_PRIVATE_WAY = re.compile(r"(?P<number>\d+) (?P<rep>[a-z]+(?: \d{1,2})?)")


@dataclass(slots=True)
class Heard:
    """A street as heard in a phrase, with the number beside it."""

    key: str
    number: int | None
    rep: str | None
    start: int
    end: int
    whole: bool = True
    """Nothing unexplained stands behind it, so its name is not the start of a longer one."""
    alone: bool = True
    """No other street and no stray number is said beside it."""


@dataclass(frozen=True, slots=True)
class Span:
    """The words `start` to `end` of a phrase that say an exact name, in its normal form."""

    key: str
    start: int
    end: int

    @property
    def size(self) -> int:
        """How many of the words count."""
        return self.key.count(" ") + 1

    def covers(self, other: Span) -> bool:
        """Whether the other name is only a part of this one."""
        return self.start <= other.start and other.end <= self.end and self.size > other.size

    def meets(self, other: Span) -> bool:
        """Whether both use some of the same words."""
        return self.start < other.end and other.start < self.end


def exact_spans(words: list[str], keys: Container[str], least: int = 2) -> Iterator[Span]:
    """Every place of `words` where one of `keys` is said in at least `least` words."""
    for start, first in enumerate(words):
        if first == BREAK or first in ARTICLES:
            continue
        spoken = words[start : start + MAX_STREET_WORDS]
        if BREAK in spoken:
            spoken = spoken[: spoken.index(BREAK)]
        for size in range(len(spoken), least - 1, -1):
            kept = key_words(spoken[:size])
            key = " ".join(kept)
            if key in keys and kept[-1] == spoken[size - 1]:
                yield Span(key, start, start + size)


def normal_rep(rep: str | None) -> str | None:
    """How a repetition is kept: "bis" for the BAN's "b", "ter" for "t", else as written."""
    rep = (rep or "").strip().lower().replace(" ", "")
    return _REPS.get(rep, rep) or None


def with_number(words: list[str], start: int, end: int, key: str) -> Heard:
    """The street at `words[start:end]` with the number said before it, else after it."""
    before = _NUMBER_BEFORE.search(" ".join(words[:start]))
    heard = Heard(key, None, None, start, end)
    rest = words[end:]
    if before is not None:
        heard.number, heard.rep = int(before["number"]), normal_rep(before["rep"])
    else:
        after = _NUMBER_AFTER.match(" ".join(rest))
        if after is not None:
            heard.number, heard.rep = int(after["number"]), normal_rep(after["rep"])
            heard.end = end + len(after.group().split())
            rest = words[heard.end :]
        elif (apart := _number_apart(words[:start], rest)) is not None:
            heard.number, heard.rep = apart
            heard.alone = False
        elif (way := _PRIVATE_WAY.match(key)) is not None:
            heard.number, heard.rep = int(way["number"]), normal_rep(way["rep"])
        else:
            heard.alone = not STREET_TYPES.intersection(words[:start] + rest)
    # A number further on may be a correction: "12 rue Lepic, non, 14".
    stray = rest if heard.number is not None else words[:start] + rest
    heard.alone = heard.alone and not any(word.isdigit() for word in stray)
    heard.whole = _ends_a_street(rest)
    return heard


def _number_apart(before: list[str], rest: list[str]) -> tuple[int, str | None] | None:
    """The number said further on, else further up, when it is the only one.

    No other street may be named before it. What is called a number outright counts beside others.
    """
    outright = set(_NUMBER_OUTRIGHT.findall(" ".join((*before, BREAK, *rest))))
    if len(outright) == 1:
        number, rep = outright.pop()
        return int(number), normal_rep(rep)
    said = (BREAK, *before, BREAK, *rest)
    # "une pharmacie", "tous les deux": they are no numbers.
    numbers = {
        word
        for last, word in pairwise(said)
        if word.isdigit() and word != "1" and last not in {"les", "ces", "mes"}
    }
    if len(numbers) != 1 or names_street(before):
        return None
    behind = " ".join(rest)
    further = (one for one in _NUMBER_FURTHER.finditer(behind) if numbers & set(one.groups()))
    found = next(further, None)
    if found is None and not names_street(rest):
        found = _NUMBER_EARLIER.search(" ".join(before))
    elif found is not None and names_street(behind[: found.start()].split()):
        return None
    if found is None:
        return None
    told = found.groupdict()
    number, rep = told["number"] or told["bare"], told["rep"] or told.get("bare_rep")
    return int(number), normal_rep(rep)


def names_street(words: list[str]) -> bool:
    """Whether a kind of street is said with a name.

    Not one alone ("c'est le passage"), nor one it is not ("pas la rue de Nevers").
    """
    told = [BREAK, *(word for word in words if word not in ARTICLES), BREAK]
    kinds = STREET_TYPES - {"porte"}
    return any(
        word in kinds
        and before not in {"pas", "ni"}
        and follows not in KIND_ALONE
        and not follows.isdigit()
        for before, word, follows in zip(told, told[1:], told[2:], strict=False)
    )


def _ends_a_street(rest: list[str]) -> bool:
    """Whether a street's name may end where `rest` follows it."""
    if not rest or rest[0] == BREAK or rest[0].isdigit():
        return True
    return ORDINAL.fullmatch(rest[0]) is not None or follows_a_street(rest)


def follows_a_street(rest: list[str]) -> bool:
    """Whether `rest` begins with what is said behind a street rather than within its name."""
    return rest[0] in _AFTER_STREET or _AFTER_STREET_IN_TWO.match(" ".join(rest[:2])) is not None


def ordinals(words: list[str], heard: Heard | Span) -> frozenset[int]:
    """Arrondissements said as a bare ordinal outside the name heard: "rue Lepic, 18e"."""
    outside = words[: heard.start] + words[heard.end :]
    return frozenset(int(found[1]) for word in outside if (found := ORDINAL.fullmatch(word)))


def spans(words: list[str]) -> Iterable[tuple[int, int, int]]:
    """Where a street's name may stand: from its kind, else after a number, to a pause.

    Start, end, and how many words are left over between the end and the pause.
    """
    starts = [i for i, word in enumerate(words) if word in STREET_TYPES]
    if not starts:
        starts = [i + 1 for i, word in enumerate(words[:-1]) if word.isdigit()]
    for start in starts:
        end = start + 1
        while end < len(words) and end - start < MAX_STREET_WORDS:
            word = words[end]
            if word == BREAK or ORDINAL.fullmatch(word):
                break
            # Just behind the kind it is part of a name: "rue mon orgueil".
            if end > start + 1 and follows_a_street(words[end:]):
                break
            end += 1
        for stop in range(end, max(start, end - 3), -1):
            yield start, stop, end - stop
