"""Which number and which street of a phrase are the door's."""

from __future__ import annotations

from importlib import resources

import pytest

from bench.doors import judge, learn, list_phrases, sum_of_doors
from matcher.domain.clues import save_weights
from matcher.geocoding.meant import FILE, Kind, as_meant, find_mentions, load
from matcher.geocoding.phrase import parse


def test_what_the_product_carries_was_learnt_from_the_phrases_of_today() -> None:
    assert load().learnt_from == sum_of_doors(list_phrases()), "python -m bench.doors --learn"


def test_what_was_learnt_is_kept_as_it_was() -> None:
    file = resources.files("matcher.geocoding") / "data" / FILE
    assert save_weights(load()) == file.read_bytes()


def test_of_phrases_nothing_was_learnt_from_most_choices_are_right() -> None:
    phrases = list_phrases()
    right = judge(phrases[::5], learn([one for at, one in enumerate(phrases) if at % 5]))
    for kind in Kind:
        assert sum(right[kind]) >= 0.85 * len(right[kind]) > 0, kind


@pytest.mark.parametrize(
    ("said", "mentioned"),
    [
        ("12 bis rue Lepic", "12 bis/rue"),
        ("au un de la rue du 4 septembre", "1/rue"),
        ("boulevard henri quatre au vingt", "boulevard/20"),
        ("44 a rue du four a comme anatole", "44 a/rue"),
        ("un grand monsieur au 3 villa Souchet", "3/villa"),
        ("avenue de la porte de sèvres au douze", "avenue/12"),
        ("la villa, pas la rue, au 7", "7"),
    ],
)
def test_numbers_and_streets_are_mentioned_but_not_those_of_names(
    said: str, mentioned: str
) -> None:
    words = parse(said).words
    found = [" ".join(words[one.start : one.end]) for one in find_mentions(words)]
    assert "/".join(found) == mentioned


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("21 rue lemercier ah non je me trompe 23 le 21 c'est le cordonnier", "23 rue lemercier"),
        ("villa souchet au 3 oh non au 2 le 3 c'est madame lopez", "2 villa souchet"),
        ("le 14 c'est la boulangerie moi c'est le 16 rue cler", "16 rue cler"),
        ("villa adrienne au 1 on entre par l'avenue du général leclerc", "1 villa adrienne"),
    ],
)
def test_of_several_the_one_that_is_meant_comes_first(said: str, meant: str) -> None:
    first = next(as_meant(parse(said).words, [], load()))
    assert " ".join(first).startswith(f"{meant} ")


@pytest.mark.parametrize("said", ["rue lepic", "au 12", "", "rue lepic et rue des abbesses"])
def test_without_a_number_and_a_street_there_is_nothing_to_choose(said: str) -> None:
    assert list(as_meant(parse(said).words, [], load())) == []
