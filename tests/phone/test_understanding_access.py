"""How to get in is kept beside the address, never taken for it."""

from __future__ import annotations

import pytest

from matcher.domain.addresses import AddressFound, Confidence
from matcher.geocoding.doors import AddressRow
from matcher.geocoding.gazetteer import Gazetteer
from phone.dialogue.understanding.access import understand_access


@pytest.mark.parametrize(
    ("said", "notes"),
    [
        ("12 rue de la Roquette troisième étage code 1234", "3e étage, code 1234"),
        ("bâtiment C, escalier 2, porte gauche", "bâtiment C, escalier 2, porte gauche"),
        ("12 rue de la Roquette, interphone Martin", "interphone Martin"),
        ("code A12B4, 12 rue de la Roquette", "code A12B4"),
        ("le code c'est 4 5 1 2 B", "code 4512B"),
        ("sonnez chez madame Dupont au deuxième étage à droite", None),
        ("au fond de la cour, troisième droite", "au fond de la cour, 3e droite"),
        ("au rez-de-chaussée sur cour", "rez-de-chaussée"),
        ("dernier étage sans ascenseur", "dernier étage"),
        ("12 rue de la Roquette", ""),
        ("1 place de la Porte de Versailles", ""),
        ("bâtiment A, escalier 2", "bâtiment A, escalier 2"),
        ("je boite un peu et je porte un sonotone", ""),
        ("le code de la porte a changé", ""),
        ("il faut sonner et entrer", ""),
        ("", ""),
    ],
)
def test_access_notes_are_what_the_volunteer_needs_at_the_door(
    said: str, notes: str | None
) -> None:
    if notes is None:
        notes = "sonnez chez madame Dupont, 2e étage à droite"
    assert understand_access(said) == notes


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("code 12A45", "code 12A45"),
        ("code AB12", "code AB12"),
        ("code A B 1 2", "code AB12"),
        ("le code est A B douze trente-quatre", "code AB1234"),
        ("code AB 12 34", "code AB1234"),
        ("code : 1234A", "code 1234A"),
        ("le code, c'est A, B, 12, 34.", "code AB1234"),
        ("il y a un code, 4578", "code 4578"),
        ("digicode 12-34-B", "digicode 1234B"),
        ("code étoile 1234 dièse", "code *1234#"),
        ("code porte d'entrée 4578", "code 4578"),
        ("le code de la porte d'en bas c'est 4578 B", "code 4578B"),
        ("un code pour la porte c'est 3 4 7 a", "code 347A"),
        ("les codes sont 1234 et 5678", "code 1234 et 5678"),
        ("le premier code 1234, le deuxième A 56 78", "code 1234 et A5678"),
        ("code 1234 5678", "code 1234 5678"),
        ("le code est 1234 ou alors 5678", "code 1234 ou 5678"),
        ("A comme Anatole 12 34", "code A1234"),
        ("le code B comme Bernard 1 2 3 4", "code B1234"),
        ("code 1234 troisième étage à gauche", "code 1234, 3e étage à gauche"),
        ("digicode 3 A 18, cinquième, porte gauche", "digicode 3A18, porte gauche"),
        ("code 1234 et bâtiment B12", "code 1234, bâtiment B12"),
        ("code 1234 12 rue de Lyon", "code 1234"),
        ("code 1234, 12 bis, rue de Lyon", "code 1234"),
        ("code 4512 le 24 novembre à 15h30", "code 4512"),
        ("code 4512 24 novembre", "code 4512"),
        ("interphone 12", "interphone 12"),
        ("interphone 304 et puis au quatrième", "interphone 304"),
        ("puis interphone code 1234", "code 1234"),
        ("l'interphone c'est Martineau", "interphone Martineau"),
        ("à l'interphone Dupont", "interphone Dupont"),
        ("interphone : Dupont", "interphone Dupont"),
        ("sonnez au 4", "sonnez au 4"),
        ("appartement 12 B", "appartement 12 B"),
    ],
)
def test_a_door_code_or_a_bell_is_noted_whole(said: str, noted: str) -> None:
    assert understand_access(said) == noted


@pytest.mark.parametrize(
    "said",
    [
        "le code a changé",
        "le code a quatre chiffres",
        "le code est un peu long",
        "le code est affiché en bas",
        "il n'y a pas de code",
        "sans code, 75012 Paris",
        "je n'ai pas le code, 15 heures",
        "42, c'est mon code, l'immeuble c'est le 24",
        "code postal 75012",
        "le code de la carte bleue 1234",
        "157 A avenue de Malakoff, A comme Anatole",
        "L comme Louis 06 12 34 56 78",
        "sonnez deux fois",
        "sonnez au 12 rue de Lyon",
        "l'interphone est en panne",
    ],
)
def test_ordinary_words_are_no_door_code(said: str) -> None:
    assert understand_access(said) == ""


@pytest.mark.parametrize(
    "chatter",
    [
        "troisième étage à gauche",
        "au fond de la cour à droite",
        "sonnez chez madame Dupont",
        "3e droite",
        "code 1234",
    ],
)
def test_an_address_stays_sure_beside_them(chatter: str) -> None:
    gazetteer = Gazetteer([AddressRow(12, None, "Rue de la Roquette", "75011", 48.85, 2.37)])
    match = gazetteer.find(f"12 rue de la Roquette, {chatter}")
    assert isinstance(match, AddressFound)
    assert match.confidence is Confidence.SURE


@pytest.mark.parametrize(
    "code",
    [
        "code 12A45",
        "code AB12",
        "le code est A B douze trente-quatre",
        "code : 1234A",
        "code porte d'entrée 4578",
        "les codes sont 1234 et 5678",
        "A comme Anatole 12 34",
        "interphone 12",
        "sonnez au 4",
    ],
)
def test_an_address_is_the_same_with_a_door_code_in_its_middle(code: str) -> None:
    gazetteer = Gazetteer(
        AddressRow(number, None, "Rue de Lyon", "75012", 48.85, 2.37) for number in (4, 12, 34)
    )
    match = gazetteer.find(f"12 rue de Lyon, {code}, Paris 12")
    assert isinstance(match, AddressFound)
    assert (match.address.number, match.address.postcode) == (12, "75012")


@pytest.mark.parametrize(
    "code",
    [
        "code AB12",
        "code : 1234A",
        "code 12A45",
        "code étoile 1234 dièse",
        "digicode 12-34-B",
        "le code, c'est A, B, 12, 34",
        "les codes sont 1234 et 5678",
        "le premier code 1234, le deuxième A 56 78",
        "il y a un code, 4578",
        "un code pour la porte c'est 3 4 7 a",
    ],
)
@pytest.mark.parametrize("order", ["12 rue de la Roquette, {}", "{}, 12 rue de la Roquette"])
def test_an_address_with_any_door_code_stays_sure_and_the_code_is_kept(
    code: str, order: str
) -> None:
    rows = [AddressRow(12, None, "Rue de la Roquette", "75011", 48.853, 2.371)]
    found = Gazetteer(rows).find(order.format(code))
    assert isinstance(found, AddressFound)
    assert (found.address.label, found.confidence) == (
        "12 rue de la Roquette, 75011 Paris",
        Confidence.SURE,
    )
    assert understand_access(order.format(code)) == understand_access(code) != ""


@pytest.mark.parametrize("arrondissement", ["deuxième", "vingtième"])
def test_the_arrondissement_said_before_a_code_still_counts(arrondissement: str) -> None:
    rows = [AddressRow(12, None, "Rue du Parc", code, 48.85, 2.37) for code in ("75002", "75020")]
    found = Gazetteer(rows).find(f"12 rue du parc dans le {arrondissement} code 2 4 b 9")
    assert isinstance(found, AddressFound)
    expected = "75002" if arrondissement == "deuxième" else "75020"
    assert (found.address.postcode, found.confidence) == (expected, Confidence.SURE)
