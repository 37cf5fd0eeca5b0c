"""Answers: yes or no, menu, purpose, needs and distress, with what looks like them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from phone.dialogue.understanding.answers import (
    is_distress,
    understand_menu,
    understand_needs,
    understand_purpose,
    understand_yesno,
)
from phone.dialogue.understanding.normalise import normalise
from phone.dialogue.understanding.words import load_words

CORPUS = Path(__file__).parent / "corpus" / "answers.tsv"


def _rows() -> Iterator[tuple[str, str, str]]:
    with CORPUS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            yield row["kind"], row["phrase"], row["expected"]


def _answer(kind: str, phrase: str) -> str:
    match kind:
        case "yesno":
            return understand_yesno(phrase)
        case "menu":
            return understand_menu(phrase) or "none"
        case "purpose":
            return understand_purpose(phrase) or "none"
        case "needs":
            return ",".join(sorted(understand_needs(phrase))) or "none"
        case "distress":
            return "true" if is_distress(phrase) else "false"
    raise AssertionError(kind)


@pytest.mark.parametrize(("kind", "phrase", "expected"), list(_rows()))
def test_an_answer_is_understood(kind: str, phrase: str, expected: str) -> None:
    assert _answer(kind, phrase) == expected


@pytest.mark.parametrize(("kind", "phrase", "expected"), list(_rows()))
def test_capitals_and_lost_accents_change_no_answer(kind: str, phrase: str, expected: str) -> None:
    assert _answer(kind, phrase.upper()) == expected
    assert _answer(kind, normalise(phrase)) == expected


def test_the_corpus_has_at_least_120_different_answers() -> None:
    assert len(set(_rows())) >= 120


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("L'après-midi, à QUINZE heures trente !", "l apres midi a 15 heures 30"),
        ("Rue du Quatre-Septembre", "rue du 4 septembre"),
        ("cœur  d’Hélène", "coeur d helene"),
        ("trente et un mars à neuf heures", "31 mars a 9 heures"),
        ("", ""),
    ],
)
def test_a_text_is_normalised(text: str, normal: str) -> None:
    assert normalise(text) == normal


@pytest.mark.parametrize("name", ["yesno", "menu", "purpose", "needs", "distress"])
def test_no_list_holds_a_phrase_twice(name: str) -> None:
    lists: list[list[str]] = []
    for value in load_words(name).values():
        lists.extend(value.values() if isinstance(value, dict) else [value])
    for phrases in lists:
        normal = [normalise(phrase, keep="*") for phrase in phrases]
        assert sorted({phrase for phrase in normal if normal.count(phrase) > 1}) == []
        assert all(normal)
