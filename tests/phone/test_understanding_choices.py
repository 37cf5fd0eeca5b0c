"""What callers want and why, in words no list foresees."""

from __future__ import annotations

from importlib import resources

import pytest

from bench.choices import QUESTIONS, judge, list_phrases, list_unseen
from bench.phrases import sum_of
from matcher.domain.people import Purpose
from phone.dialogue.understanding.answers import (
    MenuChoice,
    answer_menu,
    answer_purpose,
    trace_words,
)
from phone.dialogue.understanding.choices import NOTHING, load, save


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_the_product_carries_was_learnt_from_the_phrases_of_today(question: str) -> None:
    learnt_from = load(question).learnt_from
    assert learnt_from == sum_of(list_phrases(question)), "python -m bench.choices --learn"


@pytest.mark.parametrize("question", QUESTIONS)
def test_of_phrases_nothing_was_learnt_from_most_are_understood_and_few_misunderstood(
    question: str,
) -> None:
    answer, lists = QUESTIONS[question]
    unseen = list_unseen(question)
    found, before = judge(unseen, answer), judge(unseen, lists)
    assert found["right"] >= 0.88
    assert found["wrong"] <= min(0.08, before["wrong"])


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_was_learnt_is_kept_as_it_was(question: str) -> None:
    file = resources.files("phone.dialogue.understanding") / "words" / f"{question}.bin"
    assert save(load(question)) == file.read_bytes()
    assert load(question).best("") == (NOTHING, 1.0)


@pytest.mark.parametrize(
    ("words", "choice"),
    [
        ("il me faudrait un coup de main pour prendre le métro", MenuChoice.REQUEST),
        ("faut pas qu'il se dérange le monsieur je sors plus", MenuChoice.CANCEL),
        ("comment elle s'appelle la dame qui doit m'accompagner lundi", MenuChoice.FOLLOW_UP),
        ("une chorale ça existe dans le coin", MenuChoice.SERVICES),
        ("je ne parle pas aux machines moi", MenuChoice.HUMAN),
        ("oui", None),
        ("bonjour madame", None),
        ("je ne sais pas", None),
        ("", None),
    ],
)
def test_whoever_is_asked_what_they_want_may_say_it_in_any_way(
    words: str, choice: MenuChoice | None
) -> None:
    assert answer_menu(words) is choice


@pytest.mark.parametrize(
    ("words", "purpose"),
    [
        ("il faut que je me rachète des draps et une couverture", Purpose.SHOPPING),
        ("longer la seine tranquillement", Purpose.WALK),
        ("mon cours d'aquarelle", Purpose.LEISURE),
        ("ma femme est à lariboisière depuis lundi", Purpose.VISIT),
        ("oui", None),
        ("demain à quinze heures", None),
    ],
)
def test_whoever_is_asked_why_may_say_it_in_any_way(words: str, purpose: Purpose | None) -> None:
    assert answer_purpose(words) is purpose


def test_whoever_asks_why_is_told_how_alike_the_words_are() -> None:
    last = trace_words("menu", "une chorale ça existe dans le coin")[-1]
    assert (last.what, last.meaning.split()[0]) == ("alike", "services")
