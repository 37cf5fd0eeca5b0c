"""The hand-written gazetteer, and the official one when its file is here."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from matcher.domain.addresses import AddressFound, Confidence
from matcher.domain.geo import Point, Territory, distance_m
from matcher.geocoding.gazetteer import AddressRow, Gazetteer, load_builtin
from matcher.geocoding.imports import read_addresses
from matcher.geocoding.territory import load_builtin_territory

SHARED = Path(__file__).parents[3] / "shared" / "data"
official = pytest.mark.skipif(not SHARED.is_dir(), reason="the official files are not here")

UNITS = [
    "zéro",
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
    "dix-sept",
    "dix-huit",
    "dix-neuf",
]
TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante"}
ORDINALS = [
    "premier",
    "deuxième",
    "troisième",
    "quatrième",
    "cinquième",
    "sixième",
    "septième",
    "huitième",
    "neuvième",
    "dixième",
    "onzième",
    "douzième",
    "treizième",
    "quatorzième",
    "quinzième",
    "seizième",
    "dix-septième",
    "dix-huitième",
    "dix-neuvième",
    "vingtième",
]


def in_words(number: int) -> str:
    """A number up to 999 as French people say it."""
    if number < 20:
        return UNITS[number]
    if number < 70:
        tens, unit = divmod(number, 10)
        return TENS[tens] + ("" if not unit else " et un" if unit == 1 else f"-{UNITS[unit]}")
    if number < 80:
        return "soixante et onze" if number == 71 else f"soixante-{UNITS[number - 60]}"
    if number < 100:
        return "quatre-vingts" if number == 80 else f"quatre-vingt-{UNITS[number - 80]}"
    hundreds, rest = divmod(number, 100)
    hundred = "cent" if hundreds == 1 else f"{UNITS[hundreds]} cent"
    return f"{hundred} {in_words(rest)}" if rest else hundred


def arrondissement(postcode: str) -> int:
    return int(postcode[-2:])


def spoken(row: AddressRow) -> str:
    number = f"{in_words(row.number)} {row.rep}" if row.rep else in_words(row.number)
    return f"{number} {row.street.lower()} dans le {ORDINALS[arrondissement(row.postcode) - 1]}"


@pytest.fixture(scope="module")
def builtin() -> Gazetteer:
    return load_builtin()


@pytest.fixture(scope="module")
def builtin_rows(builtin: Gazetteer) -> list[AddressRow]:
    return [
        AddressRow(one.number, one.rep, one.street, one.postcode, one.point.lat, one.point.lon)
        for one in builtin
    ]


@pytest.fixture(scope="module")
def ban_rows() -> list[AddressRow]:
    rows = list(read_addresses(SHARED / "adresses-75.csv.gz"))
    kept = [row for row in rows if isinstance(row, AddressRow)]
    assert len(kept) == len(rows) == 158_048
    return kept


@pytest.fixture(scope="module")
def ban(ban_rows: list[AddressRow]) -> Gazetteer:
    return Gazetteer(ban_rows)


def test_the_hand_written_gazetteer_covers_every_arrondissement(
    builtin_rows: list[AddressRow],
) -> None:
    assert len(builtin_rows) >= 160
    spread = Counter(arrondissement(row.postcode) for row in builtin_rows)
    assert set(spread) == set(range(1, 21))
    assert min(spread.values()) >= 7


def test_every_hand_written_address_lies_in_its_own_zone(builtin_rows: list[AddressRow]) -> None:
    territory: Territory = load_builtin_territory()
    for row in builtin_rows:
        zone = territory.find_zone(Point(row.lat, row.lon))
        assert zone is not None, row
        assert zone.code == f"751{arrondissement(row.postcode):02d}", row


def test_every_hand_written_address_said_aloud_is_found_for_sure(
    builtin: Gazetteer, builtin_rows: list[AddressRow]
) -> None:
    for row in builtin_rows:
        match = builtin.find(spoken(row))
        assert isinstance(match, AddressFound), row
        assert match.confidence is Confidence.SURE
        assert (match.address.number, match.address.street) == (row.number, row.street)


def test_the_presidents_door_is_found_without_an_arrondissement(builtin: Gazetteer) -> None:
    match = builtin.find("cinquante-cinq rue du Faubourg Saint-Honoré")
    assert isinstance(match, AddressFound)
    assert match.confidence is Confidence.SURE
    assert match.address.label == "55 rue du Faubourg Saint-Honoré, 75008 Paris"


@official
def test_hand_written_addresses_are_spelled_and_placed_like_the_official_ones(
    builtin_rows: list[AddressRow], ban_rows: list[AddressRow]
) -> None:
    doors = {row[:4]: Point(row.lat, row.lon) for row in ban_rows}
    for row in builtin_rows:
        assert row[:4] in doors, row
        assert distance_m(Point(row.lat, row.lon), doors[row[:4]]) < 150, row


@official
def test_addresses_said_in_words_resolve_exactly_with_the_official_file(
    ban: Gazetteer, ban_rows: list[AddressRow]
) -> None:
    # Measured on all 158,048: two are not exact, both a question ("20 bd", "1 v La Porte Jaune").
    sample = Random(11).sample(ban_rows, 5000)
    wrong = []
    for row in sample:
        match = ban.find(spoken(row))
        if not isinstance(match, AddressFound):
            wrong.append(spoken(row))
            continue
        one = match.address
        if (one.number, one.rep, one.street, one.postcode) != row[:4]:
            assert match.confidence is Confidence.CONFIRM, (row, match)
            wrong.append(spoken(row))
    assert len(wrong) <= 5, wrong


@official
@pytest.mark.parametrize(
    "text",
    [
        "12 rue de chaumont en vexin",
        "12 rue de saint-quentin en yvelines",
        "12 rue de bois-le-roi",
        "12 rue de joinville-le-pont",
        "12 rue du onze novembre",
        "8 cours mirabeau",
        "3 place bellecour",
        "20 rue sainte-catherine",
        "5 rue des trois canards",
        "7 avenue de la libération",
        "14 allées de tourny",
        "2 rue du gros horloge",
        "30 promenade des anglais",
    ],
)
def test_a_street_of_elsewhere_is_never_sure(ban: Gazetteer, text: str) -> None:
    assert getattr(ban.find(text), "confidence", None) is not Confidence.SURE
