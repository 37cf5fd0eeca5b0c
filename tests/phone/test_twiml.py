"""Turns as TwiML, read back by the strict caller."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from phone.dialogue.lines import Line, lines
from phone.dialogue.machine import start
from phone.dialogue.state import Caller, CallState
from phone.dialogue.turn import Expect, HangUp, Reason, ToPerson, Turn
from phone.prompts import load_prompts
from phone.simulator.grammar import read
from phone.twiml import apology, render, speak
from tests.phone.replay import tools_at

PROMPTS = load_prompts("fr")
STATE = CallState(Caller(known=False, senior_id=None, home_in_file=False, phone_usable=True))
NUMBERS = ("+33140000001", "+33140000002")


def document(turn: Turn, numbers: tuple[str, ...] = ()) -> ET.Element:
    return read(
        render(
            turn,
            PROMPTS,
            action_url="/phone/turn?step=1",
            dial_action_url="/phone/dialled",
            coordinator_numbers=numbers,
        )
    )


def tags(root: ET.Element) -> list[str]:
    return [verb.tag for verb in root]


def spoken(root: ET.Element) -> list[str]:
    return ["".join(said.itertext()) for said in root.iter("Say")]


def test_a_question_listens_to_words_and_keys_while_it_speaks() -> None:
    root = document(start(STATE.caller, tools_at()))
    (gather,) = root
    assert gather.attrib == {
        "input": "dtmf speech",
        "action": "/phone/turn?step=1",
        "method": "POST",
        "timeout": "10",
        "speechTimeout": "3",
        "numDigits": "1",
        "language": "fr-FR",
        "hints": "une sortie, annuler, les services, quelqu'un",
        "bargeIn": "true",
        "actionOnEmptyResult": "true",
        "profanityFilter": "false",
    }
    assert "le 15 ou le 112" in spoken(gather)[0]


def test_every_sentence_is_spoken_slowly_by_a_french_neural_voice() -> None:
    for said in document(start(STATE.caller, tools_at())).iter("Say"):
        assert said.attrib == {"voice": "Polly.Lea-Neural", "language": "fr-FR"}
        (prosody,) = said
        assert prosody.attrib == {"rate": "85%"}


def test_a_question_may_wait_for_a_whole_telephone_number() -> None:
    turn = Turn(STATE, lines("callback.ask"), expects=Expect(num_digits=10))
    (gather,) = document(turn)
    assert gather.get("numDigits") == "10"
    assert "hints" not in gather.attrib


def test_words_of_a_caller_cannot_become_markup() -> None:
    line = Line("place.confirm", {"address": "<Hangup/> & rue"})
    root = document(Turn(STATE, (line,), ending=HangUp()))
    assert spoken(root) == ["J'ai compris : <Hangup/> & rue."]


def test_the_end_of_a_call_hangs_up() -> None:
    root = document(Turn(STATE, lines("done.goodbye"), ending=HangUp()))
    assert tags(root) == ["Say", "Hangup"]


def test_the_coordinators_ring_together_for_a_limited_time() -> None:
    root = document(to_person(), NUMBERS)
    assert tags(root) == ["Say", "Dial"]
    dial = root[-1]
    assert dial.get("action") == "/phone/dialled"
    assert int(dial.get("timeout", "0")) < 60
    assert tuple(number.text for number in dial) == NUMBERS


def test_with_nobody_to_ring_the_promise_is_spoken() -> None:
    root = document(to_person())
    assert tags(root) == ["Say", "Hangup"]
    assert spoken(root) == ["Une personne vous rappelle avant dix heures."]


def test_an_outage_is_excused_and_leads_to_a_person() -> None:
    root = read(apology(PROMPTS, NUMBERS))
    assert tags(root) == ["Say", "Say", "Say", "Dial", "Say", "Hangup"]
    assert "le 15 ou le 112" in spoken(root)[1]
    assert root[3].get("action") is None


def test_an_outage_with_nobody_to_ring_claims_nothing() -> None:
    root = read(apology(PROMPTS))
    assert tags(root) == ["Say", "Say", "Say", "Hangup"]
    assert not any("enregistré" in said for said in spoken(root))


def test_an_outgoing_call_says_everything_twice() -> None:
    root = read(speak(PROMPTS, "Alice vient mardi à dix heures."))
    assert tags(root) == ["Say", "Pause", "Say", "Hangup"]
    assert spoken(root) == ["Alice vient mardi à dix heures."] * 2


def to_person() -> Turn:
    promise = (Line("person.promise", {"instant": "dix heures"}),)
    ending = ToPerson(Reason.ASKED, transfer=lines("person.transfer"), promise=promise)
    return Turn(STATE, (), ending=ending)
