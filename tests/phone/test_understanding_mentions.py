"""Which of the times in a sentence are the outing's."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

import pytest

from bench.mentions import judge, list_clues, marked_mentions
from bench.phrases import read_rows
from bench.words import say_when
from matcher.domain.clues import save_weights
from phone.dialogue.understanding.mentions import FILE, find_mentions, keep, load

WEDNESDAY = "2026-11-18T10:00"


def test_what_the_product_carries_was_learnt_from_the_phrases_of_today() -> None:
    assert load().learnt_from == list_clues()[-1], "python -m bench.mentions --learn"


def test_what_was_learnt_is_kept_as_it_was() -> None:
    file = resources.files("phone.dialogue.understanding") / "words" / FILE
    assert save_weights(load()) == file.read_bytes()


def test_of_phrases_nothing_was_learnt_from_98_in_100_are_right_and_one_in_200_wrong() -> None:
    found = judge(read_rows("when_unseen"))
    assert found["right"] >= 0.98
    assert found["wrong"] <= 0.005


def test_what_is_marked_is_understood_but_for_what_is_hard() -> None:
    rows = [
        {
            "phrase": row["phrase"].translate(str.maketrans("", "", "[]{}")),
            "now": WEDNESDAY,
            "expected": row["expected"].replace("?", "!"),
        }
        for row in _marked()
    ]
    found = judge(rows)
    assert found["right"] >= 0.97
    assert found["wrong"] <= 0.01


def _marked() -> Sequence[dict[str, str]]:
    return read_rows("when_marked")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("jeudi j'ai le kiné alors plutôt vendredi vers 15h", "2026-11-20 15:00"),
        ("vendredi vers 15h parce que jeudi j'ai le kiné", "2026-11-20 15:00"),
        ("l'infirmière passe à huit heures donc dix heures demain", "2026-11-19 10:00"),
        ("d'habitude c'est le lundi mais là ce serait mardi à dix heures", "2026-11-24 10:00"),
        ("hier je suis tombée alors demain à 11h chez le docteur", "2026-11-19 11:00"),
        ("il faudrait partir à 14h mardi le rendez-vous est à 15h", "2026-11-24 14:00"),
        ("le magasin ferme le lundi alors mardi matin à dix heures", "2026-11-24 10:00"),
        ("lundi à 14h et je dois être rentrée à 16h", "2026-11-23 14:00"),
    ],
)
def test_times_told_as_reasons_do_not_count(words: str, meant: str) -> None:
    assert say_when(words, WEDNESDAY) == meant


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("mardi ou jeudi comme vous voulez", "! ambiguous-day"),
        ("le mardi et le jeudi à dix heures", "! ambiguous-day"),
        ("pas demain à dix heures", "! ambiguous-day"),
        ("mardi à dix heures ou à seize heures", "! ambiguous-hour"),
        ("il est dix heures", "! unknown"),
        ("je suis née un mardi", "! unknown"),
    ],
)
def test_what_the_words_leave_open_is_asked(words: str, asked: str) -> None:
    assert say_when(words, WEDNESDAY) == asked


def test_of_one_day_told_for_sure_the_day_is_kept_and_the_hour_asked() -> None:
    words = "mardi on mange à midi le film est à quatorze heures et la banque ferme à seize heures"
    assert say_when(words, WEDNESDAY) == "2026-11-24"


def test_every_time_is_one_mention() -> None:
    words = "le 24 decembre apres midi de 14 heures a 16 heures, 1 demi heure avant, pas demain"
    found = [words[one.start : one.end] for one in find_mentions(words)]
    assert found == [
        "le 24 decembre",
        "apres midi",
        "de 14 heures a 16 heures",
        "1 demi heure",
        "demain",
    ]


def test_what_is_not_kept_joins_no_neighbours_and_leaves_the_day_open() -> None:
    words = "il part le 19 donc avant jeudi 17 a 10 heures"
    mentions = find_mentions(words)
    assert keep(words, mentions, (True, True, True)) == words
    assert " ".join(keep(words, mentions, (False, True, True)).split()) == (
        "il part | donc | jeudi 17 a 10 heures"
    )
    assert "autre jour" in keep(words, mentions, (False, False, True))


def test_marks_tell_which_mentions_count() -> None:
    words, mentions, counts = marked_mentions("{lundi} j'ai {15h} alors [mardi] à [15 h 30]")
    assert [words[one.start : one.end] for one in mentions] == [
        "lundi",
        "15 heures",
        "mardi",
        "15 heures 30",
    ]
    assert counts == [False, False, True, True]
