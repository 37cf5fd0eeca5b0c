"""The same phrases heard by duckling: every disagreement is in a table, with its reason."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from phone.dialogue.understanding.when import Instant, NotUnderstood, Part, When, understand_when

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 18, 10, tzinfo=PARIS)  # a Wednesday
ZONES = Path("/usr/share/zoneinfo")
TABLE = Path(__file__).parent / "corpus" / "duckling.tsv"

DAYS = """
demain | après-demain | aujourd'hui | jeudi | mercredi | mardi | dimanche | lundi prochain
vendredi prochain | mercredi prochain | vendredi qui vient | mardi en huit | jeudi en quinze
jeudi de la semaine prochaine | dans trois jours | dans huit jours | dans quinze jours
dans deux semaines | le trois | le 18 | le 24 novembre | le premier décembre | mardi 24 novembre
le 15 janvier | le 31 novembre | hier | le quinze janvier deux mille vingt-sept | ce soir
cet après-midi | demain matin | samedi après-midi
"""
HOURS = """
à quinze heures | à 15h30 | à 15 h 30 | à dix heures et demie | à neuf heures moins le quart
à trois heures | à une heure | à sept heures | à midi | à midi et quart | à midi moins le quart
à onze heures vingt | à 9h | vers quatre heures | à huit heures du soir
à trois heures de l'après-midi | à neuf heures du matin | dans la matinée | dans l'après-midi
de 14h à 16h | entre dix heures et midi | à vingt heures | à dix-sept heures cinq | à 13h45
à quatorze heures trente-cinq | à onze heures et quart
"""


def _pieces(text: str) -> list[str]:
    return [piece.strip() for piece in text.strip().replace("\n", "|").split("|")]


PHRASES = _pieces(DAYS) + [f"{day} {hour}" for day, hour in product(_pieces(DAYS), _pieces(HOURS))]


@dataclass(frozen=True, slots=True)
class Difference:
    """A kind of phrase heard in two ways, as patterns, and why ours is meant."""

    phrase: str
    ours: str
    theirs: str
    why: str

    def explains(self, phrase: str, ours: str, theirs: str) -> bool:
        """Whether this disagreement is of this kind."""
        return bool(
            re.fullmatch(self.phrase, phrase)
            and re.search(self.ours, ours)
            and re.search(self.theirs, theirs)
        )


def _table() -> list[Difference]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Difference(**row) for row in rows]


@pytest.fixture(scope="module")
def duckling() -> Callable[[str], list[dict[str, Any]]]:
    """Duckling's French reading of a phrase said at `NOW`."""
    library = pytest.importorskip("duckling")
    if not ZONES.is_dir():
        pytest.skip(f"no {ZONES}: duckling cannot read the slim zones of the tzdata package")
    zones = library.load_time_zones(str(ZONES))
    french = library.parse_locale("FR_XX", library.default_locale_lang(library.parse_lang("FR")))
    context = library.Context(
        library.parse_ref_time(zones, "Europe/Paris", int(NOW.timestamp())), french
    )
    dimensions = library.parse_dimensions(["time"])

    def parse(phrase: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = library.parse(phrase, context, dimensions, False)
        return [one["value"] for one in found]

    return parse


def _ours(when: When) -> str:
    if isinstance(when, NotUnderstood):
        return f"!{when.reason}"
    if when.time is None:
        return f"{when.date} {when.part}" if when.part else str(when.date)
    until = f"-{when.until:%H:%M}" if when.until else ""
    return f"{when.date}T{when.time:%H:%M}{until}"


def _theirs(values: list[dict[str, Any]]) -> str:
    return " + ".join(_one_of_theirs(value) for value in values)


def _one_of_theirs(value: dict[str, Any]) -> str:
    if "from" in value and "to" in value:
        return f"{value['from']['value'][:16]}/{value['to']['value'][:16]}"
    if "value" not in value:
        return "open range"
    return str(value["value"][: 10 if value["grain"] == "day" else 16])


def _agrees(when: When, values: list[dict[str, Any]]) -> bool:
    if isinstance(when, NotUnderstood) or len(values) != 1:
        return False
    if when.part is not None:
        first, last = {
            Part.MORNING: ("04:00", "12:00"),
            Part.NOON: ("12:00", "14:00"),
            Part.AFTERNOON: ("12:00", "19:00"),
            Part.EVENING: ("18:00", "00:00"),
        }[when.part]
        span = _theirs(values).split("/")
        return span[0] == f"{when.date}T{first}" and span[-1].endswith(last)
    if when.until is not None:
        return _theirs(values) == _range_of_theirs(when)
    return _theirs(values) == _ours(when)


def _range_of_theirs(when: Instant) -> str:
    assert when.time is not None
    assert when.until is not None
    # Their ranges end after the last hour that was named.
    end = datetime.combine(when.date, when.until) + timedelta(hours=1)
    return f"{when.date}T{when.time:%H:%M}/{end:%Y-%m-%dT%H:%M}"


def test_every_disagreement_with_duckling_is_explained(
    duckling: Callable[[str], list[dict[str, Any]]],
) -> None:
    table = _table()
    used: set[Difference] = set()
    unexplained: list[str] = []
    agreed = 0
    for phrase in PHRASES:
        when, values = understand_when(phrase, NOW, PARIS), duckling(phrase)
        if _agrees(when, values):
            agreed += 1
            continue
        ours, theirs = _ours(when), _theirs(values)
        reasons = [one for one in table if one.explains(phrase, ours, theirs)]
        used.update(reasons)
        if not reasons:
            unexplained.append(f"{phrase}: we hear {ours}, duckling {theirs or 'nothing'}")
    assert unexplained == []
    assert [one.phrase for one in table if one not in used] == [], "explains nothing any more"
    assert agreed > len(PHRASES) / 2
