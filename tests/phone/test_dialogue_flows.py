"""The flows beside a new request: outings under way, volunteers, slow speech, English."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from phone.dialogue.languages import to_french
from phone.dialogue.machine import start, step
from phone.dialogue.state import Question
from phone.dialogue.turn import AlertPerson, Heard, ToPerson, Turn, WillBeLate
from tests.phone.replay import KNOWN, VOLUNTEER, WEDNESDAY, Line, tools_at

READY = ("des courses demain à quinze heures", "oui")


def talk(caller, *said: str) -> Turn:
    """The turn after these answers; digits are pressed, everything else is said."""
    turn = start(caller, tools_at())
    for text in said:
        turn = step(turn.state, Heard(digits=text) if text.isdigit() else Heard(text), tools_at())
    return turn


def test_what_cannot_be_written_in_a_document_is_not_repeated_to_the_caller() -> None:
    line = Line(replace(KNOWN, outings=(WEDNESDAY,)))
    line.phone.ring("+33140000000", "+33185000000")
    line.phone.say("laisser un message")
    line.phone.say("je serai\x1b là\x00")
    assert any("je serai" in said for said in line.phone.heard)


def test_a_name_or_a_message_is_not_taken_for_a_command_unless_it_is_short() -> None:
    caller = replace(KNOWN, outings=(WEDNESDAY,))
    long = "dites que je voudrais parler à quelqu'un de la pharmacie avec elle"
    assert talk(caller, "laisser un message", long).state.asking is Question.CONFIRM_MESSAGE
    turn = talk(caller, "laisser un message", "répétez")
    assert turn.state.asking is Question.MESSAGE
    assert turn.state.repeats == 1


def test_walking_slowly_is_a_need_and_speaking_slowly_a_wish() -> None:
    turn = talk(KNOWN, "des courses demain à quinze heures, je marche plus lentement")
    assert not turn.state.slow
    assert talk(KNOWN, "vous parlez trop vite").state.slow


def test_slow_speech_lasts_for_the_rest_of_the_call() -> None:
    turn = talk(KNOWN, "moins vite", *READY)
    assert turn.state.slow


@pytest.mark.parametrize(
    ("said", "minutes"),
    [("dans un quart d'heure", 15), ("une demi-heure", 30), ("25", 25), ("dix minutes", 10)],
)
def test_a_delay_is_heard_in_words_and_keys(said: str, minutes: int) -> None:
    turn = talk(VOLUNTEER, "2", said)
    (effect,) = turn.effects
    assert isinstance(effect, WillBeLate)
    assert effect.minutes == minutes


def test_a_senior_who_is_a_volunteer_too_says_so_to_be_heard_as_one() -> None:
    both = replace(KNOWN, volunteer_id="volunteer-3", held=(WEDNESDAY,))
    assert talk(both).state.asking is Question.MENU
    assert talk(both, "je suis bénévole").state.asking is Question.VOLUNTEER


def test_an_outing_under_way_is_not_given_back_by_a_key() -> None:
    started = replace(WEDNESDAY, started=True)
    turn = talk(replace(VOLUNTEER, held=(started,)), "1")
    assert isinstance(turn.ending, ToPerson)


def test_outings_of_the_same_day_are_told_apart_by_the_hour() -> None:
    later = replace(WEDNESDAY, id="later", starts_at=WEDNESDAY.starts_at + timedelta(hours=5))
    both = replace(KNOWN, outings=(WEDNESDAY, later))
    assert talk(both, "annuler", "mercredi").state.outing is None
    assert talk(both, "annuler", "mercredi à seize heures").state.outing == "later"


@pytest.mark.parametrize(
    ("said", "french"),
    [
        ("tomorrow at 3 pm", "demain à 15 heures"),
        ("on Tuesday at half past ten", "on mardi à 10 heures 30"),
        ("the 24th of November at 10:15 am", "the le 24 novembre à 10 heures 15"),
        ("twelve pm", "à 12 heures"),
    ],
)
def test_english_hours_and_days_become_french_ones(said: str, french: str) -> None:
    assert to_french(said) == french


def test_distress_is_heard_in_english() -> None:
    turn = talk(KNOWN, "English please", "help me I fell")
    (effect,) = turn.effects
    assert isinstance(effect, AlertPerson)
