"""What people say, and the address it comes to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.addresses import (
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
from matcher.geocoding.likeness import Likeness
from matcher.geocoding.words import listed

STREETS = {
    ("Rue de la Roquette", "75011"): range(1, 180),
    ("Rue de Rivoli", "75001"): range(62, 260),
    ("Rue de Rivoli", "75004"): range(1, 62),
    ("Rue du Quatre Septembre", "75002"): range(1, 36),
    ("Rue François Ier", "75008"): range(1, 64),
    ("Rue des Martyrs", "75009"): range(1, 60),
    ("Rue Oberkampf", "75011"): range(1, 161),
    ("Avenue Parmentier", "75011"): range(1, 180),
    ("Boulevard Barbès", "75018"): range(1, 90),
    ("Rue Henri IV", "75004"): range(1, 30),
    ("Avenue du Général Leclerc", "75014"): range(1, 140),
    ("Boulevard Saint-Germain", "75005"): range(1, 80),
    ("Boulevard Saint-Germain", "75006"): range(77, 186),
    ("Place de la Nation", "75011"): range(1, 24, 2),
    ("Place de la Nation", "75012"): range(2, 25, 2),
    ("Route de Sèvres à Neuilly", "75016"): range(1, 50),
    ("Rue de Jouy", "75004"): range(1, 24),
    ("Rue de Longchamp", "75116"): range(1, 100),
    ("Rue Duc", "75018"): range(1, 30),
    ("Rue Daguerre", "75014"): range(1, 110),
    ("Voie A/12", "75012"): range(1, 9),
    ("Voie D/12", "75012"): range(1, 9),
}
EXTRA = [
    AddressRow(12, "b", "Rue Oberkampf", "75011", 48.864, 2.367),
    AddressRow(14, "t", "Rue Oberkampf", "75011", 48.865, 2.368),
    AddressRow(5, "a", "Rue des Martyrs", "75009", 48.878, 2.339),
    AddressRow(7, "p1", "7P1 Rue Oberkampf", "75011", 48.863, 2.366),
    AddressRow(200, "b", "Avenue Parmentier", "75011", 48.87, 2.37),
]


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    rows = [
        AddressRow(number, None, street, postcode, 48.8 + number / 10_000, 2.3)
        for (street, postcode), numbers in STREETS.items()
        for number in numbers
    ]
    return Gazetteer([*rows, *EXTRA])


def door(match: AddressMatch) -> tuple[int, str | None, str, str]:
    assert isinstance(match, AddressFound), match
    one = match.address
    return one.number, one.rep, one.street, one.postcode


ROQUETTE_12 = (12, None, "Rue de la Roquette", "75011")


@pytest.mark.parametrize(
    "text",
    [
        "12 rue de la Roquette",
        "douze rue de la roquette",
        "12, rue de la Roquette, 75011 Paris",
        "douze rue de la roquette dans le onzième",
        "douze rue de la roquette, onzième arrondissement",
        "douze rue de la roquette Paris onze",
        "12 rue de la roquette 11e",
        "12 rue de la roquette XIe",
        "douze rue de la roquette soixante-quinze zéro onze",
        "douze rue de la roquette soixante-quinze mille onze",
        "dans le onzième, 12 rue de la roquette",
        "rue de la roquette, 12",
        "rue de la roquette au numéro douze",
        "rue de la roquette onzième numéro douze",
        "au 12 de la rue de la roquette",
        "j'habite au douze rue de la roquette troisième étage code 1234",
        "12 rue de la roquette, bâtiment C, escalier 2, porte gauche, interphone Martin",
        "code A12B4, 12 rue de la roquette",
        "alors euh c'est le douze euh rue de la roquette voilà merci",
        "j'ai 82 ans et j'habite 12 rue de la roquette",
        "à 15 heures 12 rue de la roquette",
        "12 RUE ROQUETTE",
        "12 r. de la Roquette",
        "12 rue de la roquette à Paris",
        "12 rue de la roquette à côté de la boulangerie",
        "c'est une petite rue, la rue de la roquette, je suis au 12",
        "la roquette, sa rue, au 12",
        "à deux pas de la nation, 12 rue de la roquette",
        "Au 12. De la Roquette, la rue. Onzième.",
    ],
)
def test_an_exact_street_with_its_number_is_sure_however_it_is_said(
    gazetteer: Gazetteer, text: str
) -> None:
    match = gazetteer.find(text)
    assert door(match) == ROQUETTE_12
    assert isinstance(match, AddressFound)
    assert match.confidence is Confidence.SURE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("28 rue du quatre septembre", (28, None, "Rue du Quatre Septembre", "75002")),
        ("28 rue du 4-Septembre", (28, None, "Rue du Quatre Septembre", "75002")),
        ("4 rue françois premier", (4, None, "Rue François Ier", "75008")),
        ("4 rue françois 1er dans le huitième", (4, None, "Rue François Ier", "75008")),
        ("3 rue henri quatre", (3, None, "Rue Henri IV", "75004")),
        ("10 av. du gal leclerc", (10, None, "Avenue du Général Leclerc", "75014")),
        ("10 bd st germain", (10, None, "Boulevard Saint-Germain", "75005")),
        ("21 rue de rivoli quatrième", (21, None, "Rue de Rivoli", "75004")),
        ("226 rue de rivoli", (226, None, "Rue de Rivoli", "75001")),
        ("12 bis rue oberkampf", (12, "bis", "Rue Oberkampf", "75011")),
        ("quatorze ter, rue oberkampf", (14, "ter", "Rue Oberkampf", "75011")),
        ("rue oberkampf, 12 bis", (12, "bis", "Rue Oberkampf", "75011")),
        ("5 a rue des martyrs", (5, "a", "Rue des Martyrs", "75009")),
        ("sept p un sept p un rue oberkampf", (7, "p1", "7P1 Rue Oberkampf", "75011")),
        ("12 route de sèvres à neuilly", (12, None, "Route de Sèvres à Neuilly", "75016")),
        ("9 rue de longchamp dans le seizième", (9, None, "Rue de Longchamp", "75116")),
        ("9 rue de longchamp 75016", (9, None, "Rue de Longchamp", "75116")),
        ("2 voie a 12", (2, None, "Voie A/12", "75012")),
        ("2 voie d 12", (2, None, "Voie D/12", "75012")),
        ("2 voie d barre 12", (2, None, "Voie D/12", "75012")),
        ("la rue qui s'appelle oberkampf, au 14 ter", (14, "ter", "Rue Oberkampf", "75011")),
        ("vingt et une rue de rivoli", (21, None, "Rue de Rivoli", "75004")),
    ],
)
def test_numbers_names_and_abbreviations_meet_the_official_spelling(
    gazetteer: Gazetteer, text: str, expected: tuple[int, str | None, str, str]
) -> None:
    match = gazetteer.find(text)
    assert door(match) == expected
    assert isinstance(match, AddressFound)
    assert match.confidence is Confidence.SURE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15 rue des martyres", (15, None, "Rue des Martyrs", "75009")),
        ("12 rue parmentier", (12, None, "Avenue Parmentier", "75011")),
        ("12 parmentier", (12, None, "Avenue Parmentier", "75011")),
        ("21 boulevard barbesse dans le 18e", (21, None, "Boulevard Barbès", "75018")),
        ("rue daguère 12", (12, None, "Rue Daguerre", "75014")),
        ("15 ter rue oberkampf", (15, None, "Rue Oberkampf", "75011")),
        ("200 avenue parmentier", (200, "bis", "Avenue Parmentier", "75011")),
        ("12 rue de la roquette dans le douzième", ROQUETTE_12),
        ("226 rue de rivoli dans le quatrième", (226, None, "Rue de Rivoli", "75001")),
        ("12 rue de la roquette machin", ROQUETTE_12),
        ("12 rue de jouy en josas", (12, None, "Rue de Jouy", "75004")),
        ("rue oberkampf 12 bis, non, 14 ter", (14, "ter", "Rue Oberkampf", "75011")),
        ("15 rue des martyrs, non pardon, 12 rue de la roquette", ROQUETTE_12),
        ("12 rue oberkampf euh non rue de la roquette", ROQUETTE_12),
        ("rue de la roquette au 15 ah non, ça c'était avant, c'est le 12", ROQUETTE_12),
        ("12 rue d'aguerre, d a g u e 2 r e", (12, None, "Rue Daguerre", "75014")),
        ("12 rue du gars d a g u e deux r e dans le 14e", (12, None, "Rue Daguerre", "75014")),
        ("je suis au 12 c'est la rue de la roquette, pas le passage", ROQUETTE_12),
        ("rue de la roquette oui oui comme la salade 12 dans le onzième", ROQUETTE_12),
        ("12 rue de la roquette la rue hein", ROQUETTE_12),
        (
            "quarante parmentier l'avenue je suis au cinquième",
            (40, None, "Avenue Parmentier", "75011"),
        ),
        ("12 rue de la roquette au pied de la tour porte bleue", ROQUETTE_12),
        ("rue de la roquette pas loin de la place de la nation au numéro 12", ROQUETTE_12),
        ("rue de la roquette c'est une petite rue et le numéro c'est le 12", ROQUETTE_12),
        ("rue de la roquette pas l'avenue ni la place les deux existent au 12", ROQUETTE_12),
        ("la roquette, c'est une rue du onzième, le 12", ROQUETTE_12),
        ("12, daguère, la rue", (12, None, "Rue Daguerre", "75014")),
        ("12 rue de la roquette, presque à montreuil mais c'est paris onze", ROQUETTE_12),
    ],
)
def test_anything_less_than_exact_is_asked_back(
    gazetteer: Gazetteer, text: str, expected: tuple[int, str | None, str, str]
) -> None:
    match = gazetteer.find(text)
    assert door(match) == expected
    assert isinstance(match, AddressFound)
    assert match.confidence is Confidence.CONFIRM


@pytest.mark.parametrize(
    ("text", "postcodes"),
    [
        ("rue de rivoli", ("75001", "75004")),
        ("999 rue de rivoli", ("75001", "75004")),
        ("78 boulevard saint germain", ("75005", "75006")),
        ("place de la nation", ("75011", "75012")),
    ],
)
def test_a_street_of_several_arrondissements_is_ambiguous_until_one_is_said(
    gazetteer: Gazetteer, text: str, postcodes: tuple[str, ...]
) -> None:
    match = gazetteer.find(text)
    assert isinstance(match, AddressAmbiguous)
    assert match.postcodes == postcodes


def test_a_side_of_a_square_is_its_arrondissement(gazetteer: Gazetteer) -> None:
    assert gazetteer.find("26 place de la Nation côté douzième") == StreetFound(
        "Place de la Nation", "75012", Confidence.CONFIRM
    )


def test_a_street_alone_is_sure_and_a_number_it_has_not_makes_it_a_question(
    gazetteer: Gazetteer,
) -> None:
    assert gazetteer.find("rue oberkampf") == StreetFound("Rue Oberkampf", "75011", Confidence.SURE)
    unknown_number = gazetteer.find("999 rue oberkampf")
    assert unknown_number == StreetFound("Rue Oberkampf", "75011", Confidence.CONFIRM)
    assert gazetteer.find("rue de rivoli dans le premier") == StreetFound(
        "Rue de Rivoli", "75001", Confidence.SURE
    )


CROSSING = [
    AddressRow(1, None, "Rue Oberkampf", "75011", 48.8640, 2.3660),
    AddressRow(99, None, "Rue Oberkampf", "75011", 48.8660, 2.3790),
    AddressRow(2, None, "Avenue Parmentier", "75011", 48.8590, 2.3790),
    AddressRow(80, None, "Avenue Parmentier", "75011", 48.8661, 2.3793),
    AddressRow(7, None, "Rue des Martyrs", "75009", 48.8780, 2.3390),
]


@pytest.mark.parametrize(
    "text",
    [
        "à l'angle de la rue Oberkampf et de l'avenue Parmentier",
        "rue Oberkampf, au coin de l'avenue Parmentier",
        "au croisement rue Oberkampf avenue Parmentier",
        "rue oberkampf et avenue parmentier",
        "à l'angle de la rue oberkampf et de l'avenue parmantier",
    ],
)
def test_a_crossing_is_the_door_nearest_to_the_other_street(text: str) -> None:
    match = Gazetteer(CROSSING).find(text)
    assert door(match) == (99, None, "Rue Oberkampf", "75011")
    assert isinstance(match, AddressFound)
    assert match.confidence is Confidence.CONFIRM


def test_streets_that_never_meet_are_no_crossing() -> None:
    match = Gazetteer(CROSSING).find("à l'angle de la rue Oberkampf et de la rue des Martyrs")
    assert match == StreetFound("Rue Oberkampf", "75011", Confidence.CONFIRM)


def test_a_number_said_with_a_crossing_is_the_door_itself() -> None:
    match = Gazetteer(CROSSING).find("1 rue Oberkampf à l'angle de l'avenue Parmentier")
    assert door(match) == (1, None, "Rue Oberkampf", "75011")


def test_the_nearest_door_tells_the_street_somebody_stands_in() -> None:
    gazetteer = Gazetteer(CROSSING)
    here = Point(48.8662, 2.3794)
    nearest = gazetteer.nearest(here)
    assert nearest is not None
    assert (nearest.number, nearest.street) == (80, "Avenue Parmentier")
    assert gazetteer.street_near(here) == StreetFound(
        "Avenue Parmentier", "75011", Confidence.CONFIRM
    )
    assert gazetteer.street_near(Point(48.80, 2.12)) is None
    assert Gazetteer([]).nearest(here) is None


def test_a_last_name_alone_stands_for_the_whole_and_is_asked_back() -> None:
    rows = [AddressRow(33, None, "Rue Georges Lardennois", "75019", 48.88, 2.37)]
    match = Gazetteer(rows).find("33 rue Lardennois")
    assert door(match) == (33, None, "Rue Georges Lardennois", "75019")
    assert isinstance(match, AddressFound)
    assert match.confidence is Confidence.CONFIRM


@pytest.mark.parametrize(
    "text",
    [
        "12 avenue victor hugo à vincennes",
        "12 rue de la roquette à Montreuil",
        "12 rue oberkampf, Pantin",
        "je suis à lyon",
        "12 rue de la paix 92100 Boulogne",
        "3 rue du parc aux Lilas",
    ],
)
def test_another_town_is_outside(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.find(text) == AddressUnknown(outside=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bonjour",
        "il fait beau aujourd'hui",
        "12",
        "rue du onze novembre",
        "12 rue du onze novembre",
        "12 rue des mouettes bleues dans le huitième",
        "quatre cents",
        "|",
        "rue",
        "12 rue",
    ],
)
def test_what_is_no_address_is_unknown(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.find(text) == AddressUnknown(outside=False)


def test_stricter_thresholds_refuse_what_the_default_asks_back(gazetteer: Gazetteer) -> None:
    rows = [AddressRow(15, None, "Rue des Martyrs", "75009", 48.88, 2.34)]
    strict = Gazetteer(rows, likeness=Likeness(in_arrondissement=99, anywhere=99))
    assert isinstance(Gazetteer(rows).find("15 rue des martyres"), AddressFound)
    assert strict.find("15 rue des martyres") == AddressUnknown(outside=False)


def test_a_door_listed_twice_is_kept_once_and_points_keep_six_decimals() -> None:
    row = AddressRow(1, "B", "Rue X", "75001", 48.861299, 2.330113)
    gazetteer = Gazetteer([row, row._replace(rep="bis")])
    assert len(gazetteer) == 1
    match = gazetteer.find("1 bis rue x")
    assert isinstance(match, AddressFound)
    assert match.address.point == Point(48.861299, 2.330113)


def test_an_empty_gazetteer_knows_nothing() -> None:
    assert Gazetteer([]).find("12 rue de la roquette") == AddressUnknown(outside=False)


@given(st.text(alphabet="0123456789 abcdeéilmnorstuxz,'-|().", max_size=60))
def test_any_text_at_all_gets_an_answer(text: str) -> None:
    rows = [AddressRow(15, None, "Rue des Martyrs", "75009", 48.88, 2.34), *EXTRA]
    Gazetteer(rows).find(text)


SAID = "12 15 bis ter a p 2 rue des martyrs oberkampf 75009 9e paris dans le code etage , à lyon"


@given(st.lists(st.sampled_from(SAID.split()), max_size=12).map(" ".join))
def test_any_order_of_the_words_of_an_address_gets_an_answer(text: str) -> None:
    rows = [AddressRow(15, None, "Rue des Martyrs", "75009", 48.88, 2.34), *EXTRA]
    Gazetteer(rows).find(text)


@pytest.mark.parametrize(
    ("name", "around"),
    [
        ("door_looks", "12 rue de la Roquette porte {}"),
        ("inside", "12 rue de la Roquette {} 3"),
        ("at_the_door", "12 rue de la Roquette {} chez Martin"),
        ("counted", "12 rue de la Roquette 82 {}"),
        ("hesitations", "12 {} rue {} de la {} Roquette"),
        ("behind_street", "12 rue de la Roquette {}"),
    ],
)
def test_each_word_of_a_list_is_left_out_of_an_address(
    gazetteer: Gazetteer, name: str, around: str
) -> None:
    for word in sorted(listed(name)):
        match = gazetteer.find(around.format(*[word] * 3))
        assert (word, door(match)) == (word, ROQUETTE_12)
        assert isinstance(match, AddressFound)
        assert (word, match.confidence) == (word, Confidence.SURE)
