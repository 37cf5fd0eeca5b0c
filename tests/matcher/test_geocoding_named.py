"""Places people call by their name."""

from __future__ import annotations

import pytest

from matcher.domain.addresses import (
    Address,
    AddressAmbiguous,
    AddressFound,
    AddressMatch,
    AddressUnknown,
    Confidence,
    StreetFound,
)
from matcher.domain.geo import Point
from matcher.geocoding.doors import AddressRow
from matcher.geocoding.gazetteer import Gazetteer
from matcher.geocoding.named import NamedPlace

ROWS = [
    AddressRow(12, None, "Rue de la Gare de Reuilly", "75012", 48.84, 2.39),
    AddressRow(20, None, "Boulevard Diderot", "75012", 48.8443, 2.3744),
    AddressRow(12, None, "Place Léon Blum", "75011", 48.8590, 2.3790),
    AddressRow(46, None, "Rue Henri Huchard", "75018", 48.8987, 2.3317),
    AddressRow(3, None, "Rue Bichat", "75010", 48.8700, 2.3690),
]
APPROXIMATE = Point(48.8440, 2.3740)
PLACES = [
    NamedPlace(("gare de Lyon",), Address(20, None, "Boulevard Diderot", "75012", APPROXIMATE)),
    NamedPlace(
        ("mairie du onzième",), Address(12, None, "Place Léon Blum", "75011", Point(48.859, 2.379))
    ),
    NamedPlace(
        ("hôpital Bichat", "Bichat"),
        Address(46, None, "Rue Henri Huchard", "75018", Point(48.8987, 2.3317)),
    ),
    NamedPlace(("club des Aînés",), Address(3, None, "Rue Bichat", "75010", Point(48.87, 2.369))),
    NamedPlace(
        ("club des Aînés",), Address(12, None, "Place Léon Blum", "75011", Point(48.8, 2.3))
    ),
    NamedPlace(("gare de Brest",), Address(1, None, "Place X", "29200", Point(48.38, -4.48))),
]


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer(ROWS, PLACES)


def street(match: AddressMatch) -> tuple[str, Confidence]:
    assert isinstance(match, AddressFound), match
    return match.address.street, match.confidence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("à la gare de Lyon", ("Boulevard Diderot", Confidence.SURE)),
        ("devant la gare de lyon s'il vous plaît", ("Boulevard Diderot", Confidence.SURE)),
        ("gare de Lyon, dans le douzième", ("Boulevard Diderot", Confidence.SURE)),
        ("la mairie du 11e", ("Place Léon Blum", Confidence.SURE)),
        ("à la mairie du onzième arrondissement", ("Place Léon Blum", Confidence.SURE)),
        ("je vais à l'hôpital Bichat", ("Rue Henri Huchard", Confidence.SURE)),
        # Less than exact, or against the arrondissement said: asked back.
        ("à l'hôpital bicha", ("Rue Henri Huchard", Confidence.CONFIRM)),
        ("à Bichat", ("Rue Henri Huchard", Confidence.CONFIRM)),
        ("gare de Lyon, dans le quinzième", ("Boulevard Diderot", Confidence.CONFIRM)),
        # A street said with its number says more than a place beside it.
        ("3 rue Bichat près de la gare de Lyon", ("Rue Bichat", Confidence.CONFIRM)),
        ("12 rue de la gare de Reuilly", ("Rue de la Gare de Reuilly", Confidence.SURE)),
    ],
)
def test_a_named_place_is_its_door(
    gazetteer: Gazetteer, text: str, expected: tuple[str, Confidence]
) -> None:
    found, confidence = street(gazetteer.find(text))
    assert found == expected[0]
    if "près de" not in text:
        assert confidence is expected[1]


@pytest.mark.parametrize(
    "text",
    [
        "alors c'est à la gare de Lyon, dans le douzième, s'il vous plaît",
        "on se retrouve à la gare de Lyon",
        "oui bonjour madame, j'ai rendez-vous à la gare de Lyon à Paris, merci",
        "je suis juste devant la gare de Lyon, voilà",
        "gare de Lyon, douzième",
    ],
)
def test_a_place_said_with_nothing_but_courtesy_is_sure(gazetteer: Gazetteer, text: str) -> None:
    assert street(gazetteer.find(text)) == ("Boulevard Diderot", Confidence.SURE)


@pytest.mark.parametrize(
    "text",
    [
        "j'habite en face de la gare de Lyon",
        "à côté de la gare de Lyon",
        "près de la gare de Lyon",
        "derrière la gare de Lyon",
        "au-dessus de la gare de Lyon",
        "j'habite devant la gare de Lyon",
        "à cinq minutes de la gare de Lyon",
        "c'est à cinq minutes, la gare de Lyon",
        "la gare de Lyon est à cinq minutes",
        "à deux pas de la gare de Lyon",
        "je ne vais pas à la gare de Lyon",
        "on va à la gare de Lyon, on part de chez moi",
        "gare de Lyon ou hôpital Bichat",
        "gare de Lyon, quinzième",
        "gare de Lyon dans le onzième ou dans le douzième",
    ],
)
def test_a_place_is_asked_back_when_more_is_said_of_it(gazetteer: Gazetteer, text: str) -> None:
    """Another door near to it, a refusal, a choice: what stands beside the name may undo it."""
    assert street(gazetteer.find(text)) == ("Boulevard Diderot", Confidence.CONFIRM)


@pytest.mark.parametrize(
    "text",
    [
        "à la mairie du onzième, non, à la gare de Lyon",
        "l'hôpital Bichat, enfin la gare de Lyon plutôt",
        "la mairie du onzième, pardon, gare de Lyon, je me suis trompée",
        "3 rue Bichat, non, à la gare de Lyon",
        "c'est pas la mairie du onzième, c'est la gare de Lyon",
        "je ne vais pas à l'hôpital Bichat mais à la gare de Lyon",
    ],
)
def test_after_a_correction_the_last_place_counts_and_is_asked_back(
    gazetteer: Gazetteer, text: str
) -> None:
    assert street(gazetteer.find(text)) == ("Boulevard Diderot", Confidence.CONFIRM)


@pytest.mark.parametrize(
    "text",
    [
        "3 rue Bichat, enfin à côté de la gare de Lyon",
        "3 rue Bichat, mais non c'est la gare de Lyon ça, laissez Bichat",
    ],
)
def test_a_place_said_in_passing_does_not_put_a_street_right(
    gazetteer: Gazetteer, text: str
) -> None:
    assert street(gazetteer.find(text))[0] == "Rue Bichat"


def test_a_town_hall_keeps_its_own_arrondissement(gazetteer: Gazetteer) -> None:
    text = "3 rue Bichat dans le dixième, non, à la mairie du onzième"
    assert street(gazetteer.find(text)) == ("Place Léon Blum", Confidence.CONFIRM)


TOWN_HALLS = [
    *PLACES,
    NamedPlace(
        ("mairie du douzième",), Address(20, None, "Boulevard Diderot", "75012", APPROXIMATE)
    ),
]


@pytest.mark.parametrize(
    "text",
    [
        "la mairie du onzième, non, du douzième",
        "à la mairie du onze, pardon, du douze",
        "la mairie du onzième, enfin dans le douzième",
        "la mairie du onzième euh non la mairie du douzième",
    ],
)
def test_of_a_town_hall_corrected_the_last_arrondissement_counts(text: str) -> None:
    found = Gazetteer(ROWS, TOWN_HALLS).find(text)
    assert street(found) == ("Boulevard Diderot", Confidence.CONFIRM)


def test_a_town_hall_is_known_by_the_number_alone() -> None:
    found = Gazetteer(ROWS, TOWN_HALLS).find("je vais à la mairie du douze")
    assert street(found) == ("Boulevard Diderot", Confidence.SURE)


@pytest.mark.parametrize("text", ["la mairie", "on se retrouve devant la mairie, merci"])
def test_a_town_hall_without_its_arrondissement_is_asked_for(text: str) -> None:
    gazetteer = Gazetteer(ROWS, TOWN_HALLS)
    assert gazetteer.find(text) == AddressAmbiguous("mairie", ("75011", "75012"))
    assert street(gazetteer.find(f"{text} 75011")) == ("Place Léon Blum", Confidence.SURE)
    assert gazetteer.find("la mairie de Montreuil") == AddressUnknown(outside=False)
    assert street(gazetteer.find("3 rue Bichat près de la mairie"))[0] == "Rue Bichat"


def test_a_name_that_opens_a_street_is_the_streets(gazetteer: Gazetteer) -> None:
    assert gazetteer.find("rue Bichat") == StreetFound("Rue Bichat", "75010", Confidence.SURE)


def test_a_place_takes_the_point_of_its_door(gazetteer: Gazetteer) -> None:
    match = gazetteer.find("gare de Lyon")
    assert isinstance(match, AddressFound)
    assert match.address.point == Point(48.8443, 2.3744)


def test_a_name_of_two_places_is_ambiguous_until_an_arrondissement_is_said(
    gazetteer: Gazetteer,
) -> None:
    assert gazetteer.find("au club des aînés") == AddressAmbiguous(
        "club des Aînés", ("75010", "75011")
    )
    assert street(gazetteer.find("au club des aînés 75010"))[0] == "Rue Bichat"


def test_a_place_of_another_town_is_not_ours(gazetteer: Gazetteer) -> None:
    assert gazetteer.find("la gare de Lyon à Marseille") == AddressUnknown(outside=True)
    assert gazetteer.find("la gare de Brest") == AddressUnknown(outside=False)
    assert gazetteer.find("la mairie de Montreuil") == AddressUnknown(outside=False)
