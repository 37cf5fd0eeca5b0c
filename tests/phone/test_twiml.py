"""Turns as TwiML, read back by the strict caller."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

from phone.dialogue.caller import Caller
from phone.dialogue.lines import Line, lines
from phone.dialogue.machine import start
from phone.dialogue.state import CallState
from phone.dialogue.turn import Expect, HangUp, Reason, ToPerson, Turn
from phone.prompts import load_prompts
from phone.simulator.grammar import read
from phone.twiml import RATE, SLOW_RATE, Links, apology, connect, render, speak, whisper
from tests.phone.replay import tools_at

PROMPTS = load_prompts("fr")
LINKS = Links(
    turn="/phone/turn?step=1",
    dial="/phone/dialled",
    voicemail="/phone/voicemail",
    whisper="/phone/whisper?to={to}",
    partner="/phone/partner",
    joined="/phone/joined",
)
STATE = CallState(Caller(known=False, senior_id=None, home_in_file=False, phone_usable=True))
NUMBERS = ("+33140000001", "+33140000002")


def document(turn: Turn, numbers: tuple[str, ...] = ()) -> ET.Element:
    return read(render(turn, PROMPTS, LINKS, dict(enumerate(numbers))))


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


def test_the_team_rings_together_for_a_limited_time_and_hears_a_whisper_first() -> None:
    root = document(to_person(), NUMBERS)
    assert tags(root) == ["Say", "Dial"]
    dial = root[-1]
    assert dial.get("action") == "/phone/dialled"
    assert int(dial.get("timeout", "0")) < 60
    assert tuple(number.text for number in dial) == NUMBERS
    assert [number.get("url") for number in dial] == ["/phone/whisper?to=0", "/phone/whisper?to=1"]


def test_with_nobody_to_ring_the_promise_is_spoken_and_a_message_can_be_left() -> None:
    root = document(to_person())
    assert tags(root) == ["Say", "Say", "Record", "Say", "Hangup"]
    assert spoken(root)[0] == "Une personne vous rappelle avant dix heures."
    record = root[2]
    assert record.get("action") == "/phone/voicemail"
    assert record.get("maxLength") == "120"


def test_without_an_invitation_nothing_is_recorded() -> None:
    turn = to_person()
    assert isinstance(turn.ending, ToPerson)
    root = document(replace(turn, ending=replace(turn.ending, voicemail=())))
    assert "Record" not in tags(root)


def test_a_whisper_ends_without_a_key_by_hanging_up_so_that_no_machine_takes_a_call() -> None:
    root = read(whisper(PROMPTS, "/phone/whisper?to=0", "whisper.call", "whisper.press"))
    assert tags(root) == ["Gather", "Hangup"]
    assert root[0].get("numDigits") == "1"
    assert tags(read(connect(PROMPTS))) == ["Say"]


def test_an_urgent_whisper_says_so() -> None:
    root = read(whisper(PROMPTS, "/phone/whisper?to=0", "whisper.urgent", "whisper.press"))
    assert "urgent" in spoken(root)[0]


def test_a_caller_who_asked_for_it_is_spoken_to_slowly() -> None:
    turn = Turn(replace(STATE, slow=True), lines("menu.ask"), expects=Expect(num_digits=1))
    for said in document(turn).iter("Say"):
        assert said[0].get("rate") == SLOW_RATE
    assert int(SLOW_RATE.rstrip("%")) < int(RATE.rstrip("%"))


def test_an_outage_is_excused_and_leads_to_a_person() -> None:
    root = read(apology(PROMPTS, dict(enumerate(NUMBERS)), "/phone/whisper?to={to}"))
    assert tags(root) == ["Say", "Say", "Say", "Dial", "Say", "Hangup"]
    assert "le 15 ou le 112" in spoken(root)[1]
    assert root[3].get("action") is None


def test_an_outage_with_nobody_to_ring_claims_nothing() -> None:
    root = read(apology(PROMPTS, {}, ""))
    assert tags(root) == ["Say", "Say", "Say", "Hangup"]
    assert not any("enregistré" in said for said in spoken(root))


def test_an_outgoing_call_says_everything_twice() -> None:
    root = read(speak(PROMPTS, "Alice vient mardi à dix heures."))
    assert tags(root) == ["Say", "Pause", "Say", "Hangup"]
    assert spoken(root) == ["Alice vient mardi à dix heures."] * 2


def to_person() -> Turn:
    promise = (Line("person.promise", {"instant": "dix heures"}),)
    ending = ToPerson(
        Reason.ASKED,
        ring=True,
        transfer=lines("person.transfer"),
        promise=promise,
        voicemail=lines("voicemail.invite"),
        goodbye=lines("done.goodbye"),
    )
    return Turn(STATE, (), ending=ending)
