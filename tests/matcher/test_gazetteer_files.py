"""The hand-written gazetteer, and the official one when its file is here."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from bench.places import nowhere_phrases, say_all
from bench.say import arrondissement, spoken
from bench.where_corpus import UNSEEN, WINDING, is_sure, read_corpus, score
from matcher.domain.addresses import AddressFound, Confidence
from matcher.domain.geo import Point, Territory, distance_m
from matcher.geocoding.doors import AddressRow
from matcher.geocoding.gazetteer import Gazetteer, load_builtin
from matcher.geocoding.imports import read_addresses
from matcher.geocoding.named import load_named
from matcher.geocoding.territory import load_builtin_territory

SHARED = Path(__file__).parents[3] / "shared" / "data"
official = pytest.mark.skipif(not SHARED.is_dir(), reason="the official files are not here")


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
    return Gazetteer(ban_rows, load_named())


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
    # All 158,048 are said by `python -m bench.places --all`: 9 were not exact, none of them sure.
    report = say_all(ban, Random(11).sample(ban_rows, 3000))
    assert report["exact"] >= 0.995, report["failed"]
    assert report["another_street_while_sure"] == 0, report["failed"]


@official
def test_the_corpus_of_spoken_addresses_is_right(ban: Gazetteer) -> None:
    corpus = read_corpus()
    assert len(corpus) >= 300
    spread = Counter(said.expected[-2:] for said in corpus if said.expected[-5:-2] == "750")
    assert len(spread) == 20
    assert min(spread.values()) >= 10
    found = score(ban.find, corpus)
    assert found.right >= 0.97, found.wrong
    assert len(found.wrong_sure) <= 0.005 * found.total, found.wrong_sure


@official
def test_of_phrases_made_to_mislead_most_are_right_and_none_is_wrong_while_sure(
    ban: Gazetteer,
) -> None:
    found = score(ban.find, read_corpus(WINDING))
    assert found.right >= 0.85, found.wrong
    assert found.wrong_sure == []


@official
def test_of_phrases_nothing_was_learnt_from_97_in_100_are_right_and_one_in_200_wrong_while_sure(
    ban: Gazetteer,
) -> None:
    found = score(ban.find, read_corpus(UNSEEN))
    assert found.right >= 0.97, found.wrong
    assert len(found.wrong_sure) <= 0.005 * found.total


@official
def test_a_street_that_is_nowhere_is_never_taken_as_sure(ban: Gazetteer) -> None:
    phrases = nowhere_phrases()
    assert len(phrases) >= 500
    sure = [phrase for phrase in phrases if is_sure(ban.find(phrase))]
    assert len(sure) <= 0.005 * len(phrases), sure


@official
def test_whatever_is_read_back_and_said_again_is_the_same_door(
    ban: Gazetteer, ban_rows: list[AddressRow]
) -> None:
    for row in Random(5).sample(ban_rows, 500):
        first = ban.find(spoken(row))
        assert isinstance(first, AddressFound), row
        again = ban.find(first.address.spoken)
        assert isinstance(again, AddressFound), first
        assert again.address == first.address


def test_places_have_names_and_every_town_hall_is_among_them(builtin: Gazetteer) -> None:
    for number in range(1, 21):
        for phrase in (f"la mairie du {number}e", f"à la mairie du {number}e arrondissement"):
            match = builtin.find(phrase)
            assert isinstance(match, AddressFound), phrase
            assert match.confidence is Confidence.SURE
            assert arrondissement(match.address.postcode) == number


@official
def test_a_named_place_stands_at_its_official_door(ban: Gazetteer) -> None:
    for place in load_named():
        match = ban.find(f"à {place.names[0]}")
        assert isinstance(match, AddressFound), place
        found, known = match.address, place.address
        assert (found.number, found.street) == (known.number, known.street)
        assert distance_m(found.point, known.point) < 150


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
