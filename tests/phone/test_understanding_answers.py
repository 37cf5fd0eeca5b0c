"""Answers: yes or no, menu, purpose, needs and distress, with what looks like them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from matcher.domain.spelling import spell_plainly
from phone.dialogue.understanding.answers import (
    is_distress,
    understand_menu,
    understand_needs,
    understand_purpose,
    understand_yesno,
)
from phone.dialogue.understanding.names import understand_name
from phone.dialogue.understanding.normalise import normalise
from phone.dialogue.understanding.telephone import understand_phone_number
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
        case "name":
            return understand_name(phrase) or "none"
        case "phone":
            return understand_phone_number(phrase) or "none"
    raise AssertionError(kind)


@pytest.mark.parametrize(("kind", "phrase", "expected"), list(_rows()))
def test_an_answer_is_understood(kind: str, phrase: str, expected: str) -> None:
    assert _answer(kind, phrase) == expected


@pytest.mark.parametrize(
    ("phrase", "name"),
    [
        ("Le Goff", "Le Goff"),
        ("Jean-Pierre de La Tour", "Jean-Pierre de La Tour"),
        ("euh Yann Le Goff", "Yann Le Goff"),
        ("Des Essarts", "Des Essarts"),
        ("Le matin", None),
        ("le facteur", None),
        ("La Banque", None),
    ],
)
def test_an_article_before_a_capital_is_part_of_a_name(phrase: str, name: str | None) -> None:
    assert understand_name(phrase) == name


# Capitals tell "c'est Odette" from "c'est urgent", and a + is part of a number.
@pytest.mark.parametrize(
    ("kind", "phrase", "expected"), [row for row in _rows() if row[0] not in ("name", "phone")]
)
def test_capitals_and_lost_accents_change_no_answer(kind: str, phrase: str, expected: str) -> None:
    assert _answer(kind, phrase.upper()) == expected
    assert _answer(kind, normalise(phrase)) == expected


@pytest.mark.parametrize(
    "said", ["je porte des appareils pour entendre", "j'ai un appareil pour mieux entendre"]
)
def test_something_to_hear_with_is_a_need(said: str) -> None:
    assert _answer("needs", said) == "hearing"


def test_the_corpus_has_at_least_300_different_answers() -> None:
    assert len(set(_rows())) >= 300


def test_no_answer_is_in_the_corpus_twice() -> None:
    asked = [(kind, phrase) for kind, phrase, _ in _rows()]
    assert sorted({one for one in asked if asked.count(one) > 1}) == []


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


@pytest.mark.parametrize(
    "name",
    [
        "yesno",
        "menu",
        "purpose",
        "needs",
        "distress",
        "names",
        "denials",
        "hesitations",
        "day_parts",
    ],
)
def test_no_list_holds_a_phrase_twice(name: str) -> None:
    lists: list[object] = []
    for value in load_words(name).values():
        entries = value if isinstance(value, list) and isinstance(value[0], dict) else [value]
        for entry in entries:
            lists.extend(entry.values() if isinstance(entry, dict) else [entry])
    for phrases in (one for one in lists if isinstance(one, list)):
        spell = spell_plainly if name == "names" else normalise
        normal = [spell(phrase, "*{}?.~^$") for phrase in phrases]
        assert sorted({phrase for phrase in normal if normal.count(phrase) > 1}) == []
        assert all(normal)
