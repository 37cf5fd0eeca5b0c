"""The corpus of spoken addresses: how it is written, and what counts as right or wrong."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from matcher.domain.addresses import (
    AddressAmbiguous,
    AddressFound,
    AddressMatch,
    AddressUnknown,
    Confidence,
    StreetFound,
)

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "tests" / "phone" / "corpus"
NOWHERE = CORPUS / "nowhere.txt"
ORDINARY, WINDING, UNSEEN = "where", "where_winding", "where_unseen"
"""What callers say, and what is made to mislead: many numbers and streets beside the door's.

Nothing is learnt from the last, nor was anything changed for its authors.
"""
BAN_FILE = ROOT.parent / "shared" / "data" / "adresses-75.csv.gz"

_DOOR = re.compile(r"(?P<number>\d+)(?: (?P<rep>bis|ter|quater|[a-z]))? (?P<rest>\D.* 75\d{3})")


@dataclass(frozen=True, slots=True)
class Said:
    """One phrase of the corpus.

    `expected` reads `12 bis Rue X 75011`, `street Rue X 75011`, `ambiguous Rue X`,
    `corner Rue X / Rue Y`, `outside` or `unknown`; `blind` phrases were written before the
    gazetteer was ever asked.
    """

    phrase: str
    expected: str
    blind: bool


@dataclass(slots=True)
class Score:
    """How many were right, and what was not; `wrong_sure` is the part that is never asked back."""

    total: int = 0
    wrong: list[str] = field(default_factory=list)
    wrong_sure: list[str] = field(default_factory=list)

    @property
    def right(self) -> float:
        """The share that was right."""
        return 1 - len(self.wrong) / self.total


def read_corpus(name: str = ORDINARY) -> list[Said]:
    """The phrases of one file."""
    with (CORPUS / f"{name}.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Said(row["phrase"], row["expected"], row["blind"] == "1") for row in rows]


def read_nowhere() -> list[str]:
    """Streets that Paris has not: invented ones and other towns'."""
    lines = NOWHERE.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def said_of(expected: str) -> tuple[str, str] | None:
    """The number with its repetition, "" when none is said, and the street, if one is expected."""
    door = _DOOR.fullmatch(expected)
    if door is not None:
        return f"{door['number']} {door['rep'] or ''}".strip(), door["rest"].rpartition(" ")[0]
    kind, _, rest = expected.partition(" ")
    return ("", rest.rpartition(" ")[0]) if kind == "street" else None


def is_right(match: AddressMatch, expected: str) -> bool:
    """Whether a match is what a phrase of the corpus means, sure or to be confirmed."""
    if expected == "outside":
        return match == AddressUnknown(outside=True)
    if expected == "unknown":
        return isinstance(match, AddressUnknown)
    kind, _, rest = expected.partition(" ")
    if kind == "ambiguous":
        return isinstance(match, AddressAmbiguous) and match.street == rest
    if kind == "street":
        return isinstance(match, StreetFound) and f"{match.street} {match.postcode}" == rest
    if not isinstance(match, AddressFound):
        return False
    one = match.address
    if kind == "corner":
        return one.street in rest.split(" / ") and match.confidence is Confidence.CONFIRM
    door = _DOOR.fullmatch(expected)
    if door is None:
        raise ValueError(f"not an expectation: {expected}")
    said = (int(door["number"]), door["rep"], door["rest"])
    return said == (one.number, one.rep, f"{one.street} {one.postcode}")


def is_sure(match: AddressMatch) -> bool:
    """Whether nobody would be asked to confirm it."""
    return getattr(match, "confidence", None) is Confidence.SURE


def score(find: Callable[[str], AddressMatch], phrases: Iterable[Said]) -> Score:
    """Ask every phrase."""
    result = Score()
    for said in phrases:
        match = find(said.phrase)
        result.total += 1
        if not is_right(match, said.expected):
            told = f"{said.phrase} -> {match} instead of {said.expected}"
            result.wrong.append(told)
            if is_sure(match):
                result.wrong_sure.append(told)
    return result
