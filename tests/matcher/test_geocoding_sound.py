"""Names that sound alike have like keys; names that do not, have not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from matcher.geocoding.sound import sound_key
from matcher.geocoding.words import tokens


def sound(name: str) -> str:
    return sound_key(tokens(name))


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("Alésia", "alézia"),
        ("Philippe", "filipe"),
        ("Maine", "mène"),
        ("Haussmann", "osman"),
        ("Meaux", "mots"),
        ("Caillaux", "cayo"),
        ("Chaudron", "chodron"),
        ("Crozatier", "crosatier"),
        ("Trudaine", "trudène"),
        ("Ermitage", "hermitage"),
        ("Jemmapes", "jemape"),
        ("Varenne", "varennes"),
        ("Vaugirard", "vogirar"),
        ("Charonne", "charone"),
        ("Cler", "clair"),
        ("Saint-Roch", "saint roque"),
        ("Roli", "Rolly"),
        ("Chabanais", "Chabanet"),
    ],
)
def test_homophones_have_one_key(written: str, heard: str) -> None:
    assert sound(written) == sound(heard)


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("Mouffetard", "mouftard"),
        ("Saint-Antoine", "saintantoine"),
        ("Gay-Lussac", "gué lussac"),
        ("Perdonnet", "perdonné"),
        ("Jouffroy d'Abbans", "joffroy dabban"),
        ("Lefebvre", "lefèvre"),
        ("Picpus", "picpuce"),
        ("Belleville", "bel ville"),
    ],
)
def test_what_is_nearly_heard_alike_has_nearly_the_same_key(written: str, heard: str) -> None:
    assert fuzz.ratio(sound(written), sound(heard)) >= 80


@pytest.mark.parametrize(
    ("one", "other"),
    [("Martyrs", "Moines"), ("Lepic", "Lecourbe"), ("vin", "vent"), ("vent", "vont")],
)
def test_other_names_have_other_keys(one: str, other: str) -> None:
    assert sound(one) != sound(other)


def test_numbers_keep_their_digits() -> None:
    assert sound("Quatre Septembre") == f"4{sound('Septembre')}"


@given(st.lists(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", max_size=12), max_size=5))
def test_any_words_have_a_key_of_plain_signs(words: list[str]) -> None:
    key = sound_key(words)
    assert all(sign.isascii() and sign.isalnum() for sign in key)
    assert len(key) <= 2 * sum(map(len, words))
