"""Which days and hours of a sentence are the outing's: learnt from phrases by `bench.mentions`.

"Jeudi j'ai le kiné, alors vendredi vers quinze heures, il ferme à midi": four times are mentioned
and two of them count. Each mention is told by the words around it, by its place among the others
and by what lies between them; the words' numbers are added up and told as a chance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from importlib import resources
from itertools import pairwise

from matcher.domain.clues import ClueWeights, Mention, Mentioned, bucketed, load_weights
from phone.dialogue.understanding.clock import HOUR
from phone.dialogue.understanding.feasts import FEAST
from phone.dialogue.understanding.grammar import MONTH, NOT_COUNTING, PART, WEEKDAY

FILE = "mentions.bin"


class Kind(StrEnum):
    """What sort of time is mentioned."""

    DAY = "<day>"
    PART = "<part>"
    HOUR = "<hour>"
    LAPSE = "<lapse>"


_WHICH = (
    r"(?: (?:prochains?|derniers?|passes?|suivants?|qui viennent|qui vient|qui arrive|a venir"
    r"|en 8|en 15|en huitaine|en quinzaine|d apres|d avant|dans 8 jours|dans 15 jours"
    r"|dans \d+ semaines?)\b)?"
)
_NUMBER = rf"[1-3]?\d(?:er)?\b{NOT_COUNTING}"
_NTH = r"(?:premier|dernier|\d(?:er|eme|e))"
_YEAR = rf"(?: \d{{4}}\b{NOT_COUNTING})?"
_DAY = re.compile(
    rf"\b(?:{_NTH} (?:{WEEKDAY}|jour) (?:du mois(?: prochain| qui vient)?"
    rf"|(?:du mois )?(?:de |d ){MONTH}|de l avent)"
    rf"|{WEEKDAY} (?:juste )?(?:d )?(?:avant|apres|entre) (?:la |le |l )?{FEAST}"
    rf"(?: et (?:la |le |l )?{FEAST})?"
    rf"|(?:le )?(?:{WEEKDAY}(?: prochain)?(?: le)? )?\d{{1,2}}(?:er)?"
    rf" (?:de |du mois de )?{MONTH}{_YEAR}"
    rf"|{WEEKDAY} (?:le )?{_NUMBER}|{WEEKDAY}{_WHICH}|(?:le|jusqu au) {_NUMBER}"
    r"|avant hier|apres demain|demain(?: en (?:8|15))?|hier|aujourd hui|maintenant|tout a l heure"
    r"|(?:dans|d ici|il y a) (?:\d+|quelques) (?:jours?|semaines?|mois|ans?)"
    r"|(?:dans|d ici) 1 (?:huitaine|quinzaine)"
    r"|(?:la |cette |l autre )?semaine(?: (?:prochaine|derniere|passee|qui vient|suivante|d apres"
    r"|d avant|en 15))?|week ?end|mois (?:prochain|dernier)|an(?:nee)? (?:prochaine?|derniere?)"
    rf"|(?:en|debut|fin|mi|courant|au mois de?) {MONTH}"
    r"|(?:(?:avant )?veille|(?:sur)?lendemain)(?: (?:du|d|de(?: l| la)?))?"
    rf"(?: (?:demain|{FEAST}))?"
    rf"|{FEAST})\b"
)
_AFTERNOON = re.compile(r"\bapres midi\b")
_PART = re.compile(rf"\b(?:{PART}s?|aprem|tantot|nuit|mi journee|fin de journee|de bonne heure)\b")
_RANGE = re.compile(
    rf"\b(?:de|entre) (?:{HOUR}|\d{{1,2}}(?: \d{{2}})?) (?:a|et|jusqu a)"
    rf" (?:{HOUR}|\d{{1,2}}\b{NOT_COUNTING})|(?<!\bdans )\b(?=\d){HOUR} a (?=\d){HOUR}"
)
_LAPSE = re.compile(
    r"\b(?:(?:1 )?demie? heure|[13] quarts? d heure|\d{1,2} minutes?"
    r"|1 heure(?: et demie?)?(?= avant| plus tot))\b"
)
# An afternoon is no noon, a lapse no hour, a range one time: the first to find words keeps them.
_PATTERNS = (
    (Kind.DAY, _DAY),
    (Kind.PART, _AFTERNOON),
    (Kind.LAPSE, _LAPSE),
    (Kind.HOUR, _RANGE),
    (Kind.HOUR, re.compile(rf"\b{HOUR}")),
    (Kind.PART, _PART),
)

# "Il part le 19, donc avant: jeudi 17": before what is gone, not before Thursday.
_BESIDE_WHAT_IS_GONE = re.compile(
    r"(?<=\|)(?P<between>[^|]*?)\b(?:avant|apres|d ici la)\b(?! (?:midi|hier|demain|\d))"
)

_BESIDE_IT = re.compile(r"(?:avant )?veille|(?:sur)?lendemain")
_JOINED = re.compile(r" (?:et|ou) (?:(?:a|le|la|bien|alors|vers) )*")
_SOME_OTHER_DAY = "1 autre jour"


def find_mentions(words: str) -> tuple[Mention, ...]:
    """The times mentioned in prepared words, from left to right, none over another.

    Their places count letters.
    """
    found: list[Mention] = []
    for kind, pattern in _PATTERNS:
        found += [Mention(*match.span(), kind) for match in pattern.finditer(words)]
        words = pattern.sub(lambda match: "_" * len(match.group()), words)
    return tuple(sorted(found, key=lambda one: one.start))


def keep(words: str, mentions: tuple[Mention, ...], kept: tuple[bool, ...]) -> str:
    """The words without the times that are not kept; what stands beside them does not join.

    Who names days that are not meant and an hour has not said the day: it stays to be asked. The
    day that "la veille" is told from stays with it.
    """
    kept = _with_days_told_from(words, mentions, kept)
    left, last = "", 0
    for one, keeps in zip(mentions, kept, strict=True):
        if not keeps:
            left += f"{words[last : one.start]} | "
            last = one.end
    left += words[last:]
    if not last:
        return left
    left = _BESIDE_WHAT_IS_GONE.sub(r"\g<between>|", left)
    days = {keeps for one, keeps in zip(mentions, kept, strict=True) if one.kind == Kind.DAY}
    return f"{left} | {_SOME_OTHER_DAY}" if any(kept) and days == {False} else left


def _with_days_told_from(
    words: str, mentions: tuple[Mention, ...], kept: tuple[bool, ...]
) -> tuple[bool, ...]:
    needed, last = set(), None
    for index, (one, keeps) in enumerate(zip(mentions, kept, strict=True)):
        if one.kind is not Kind.DAY:
            continue
        after = mentions[index + 1 : index + 2]
        named = (
            after
            and kept[index + 1]
            and after[0].kind is Kind.DAY
            and after[0].start <= one.end + 1
        )
        if (
            keeps
            and not named
            and last is not None
            and _BESIDE_IT.fullmatch(words, one.start, one.end)
        ):
            needed.add(last)
        last = index
    return tuple(keeps or index in needed for index, keeps in enumerate(kept))


def clues_of(words: str, mentions: tuple[Mention, ...]) -> list[set[int]]:
    """The buckets of what speaks for or against each mention."""
    mentioned = Mentioned.told(mentions, lambda part: _split(words[part]))
    said = [re.sub(r"^le ", "", words[one.start : one.end]) for one in mentions]
    return [
        bucketed(one.kind, (*mentioned.around(index), *mentioned.among(index), *_own(said, index)))
        for index, one in enumerate(mentions)
    ]


def _split(words: str) -> list[str]:
    return ["#" if word.isdigit() else word for word in words.split()]


def _own(said: list[str], index: int) -> Iterator[str]:
    """The words of the mention itself, whatever the weekday and the number."""
    for word in re.sub(rf"\b{WEEKDAY}\b", "weekday", said[index]).split():
        if not word.isdigit():
            yield f"own {word}"
    yield f"repeated {said.count(said[index]) > 1}"


def chances_of(words: str, mentions: tuple[Mention, ...], weights: ClueWeights) -> list[float]:
    """For each mention, the chance that it tells of the outing.

    Of "mardi ou jeudi", "mardi et jeudi" both do, or neither.
    """
    chances = [weights.chance(clues) for clues in clues_of(words, mentions)]
    for index, (one, other) in enumerate(pairwise(mentions)):
        if one.kind == other.kind and _JOINED.fullmatch(words, one.end, other.start):
            chances[index : index + 2] = [max(chances[index : index + 2])] * 2
    return chances


@cache
def load() -> ClueWeights:
    """What was learnt, from the package's `words` folder."""
    source = resources.files("phone.dialogue.understanding") / "words" / FILE
    return load_weights(source.read_bytes())
