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
        ("le code c'est 4 5 1 2 B", "code 4 5 1 2 B"),
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
