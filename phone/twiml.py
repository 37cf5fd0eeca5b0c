"""Turns to TwiML, by the twilio library."""

from __future__ import annotations

from collections.abc import Iterable

from twilio.twiml.voice_response import Gather, VoiceResponse

from phone.dialogue.lines import Line, lines
from phone.dialogue.turn import Expect, ToPerson, Turn
from phone.prompts import Prompts

RATE = "85%"
"""Speed of the neural voice, about 150 words a minute: Polly's SSML takes a percentage."""

DIAL_TIMEOUT_S = 25
LISTEN_TIMEOUT_S = 10
END_OF_SPEECH_S = 3


def render(
    turn: Turn,
    prompts: Prompts,
    *,
    action_url: str,
    dial_action_url: str,
    coordinator_numbers: Iterable[str] = (),
) -> str:
    """The document for a turn.

    Args:
        turn: what to say and what to do next.
        prompts: the sentences of the caller's language.
        action_url: where the caller's answer is posted.
        dial_action_url: where the outcome of ringing the coordinators is posted.
        coordinator_numbers: E.164; they ring together. With none, the promise is spoken instead.
    """
    response = VoiceResponse()
    if turn.expects is not None:
        gather = response.nest(_gather(turn.expects, prompts, action_url))
        _say(gather, prompts, turn.say)
        return str(response)
    _say(response, prompts, turn.say)
    numbers = tuple(coordinator_numbers)
    if isinstance(turn.ending, ToPerson):
        if numbers:
            _say(response, prompts, turn.ending.transfer)
            _dial(response, numbers, action=dial_action_url)
            return str(response)
        _say(response, prompts, turn.ending.promise)
    response.hangup()
    return str(response)


def apology(prompts: Prompts, coordinator_numbers: Iterable[str] = ()) -> str:
    """The document when nothing can be recorded: needs nothing but its arguments."""
    response = VoiceResponse()
    _say(response, prompts, lines("outage.sorry", "emergency"))
    numbers = tuple(coordinator_numbers)
    if numbers:
        _say(response, prompts, lines("person.transfer"))
        _dial(response, numbers, action=None)
    _say(response, prompts, lines("outage.later"))
    response.hangup()
    return str(response)


def speak(prompts: Prompts, text: str) -> str:
    """The document of an outgoing call: `text`, a pause, and `text` once more."""
    response = VoiceResponse()
    _voice(response, prompts, text)
    response.pause(length=2)
    _voice(response, prompts, text)
    response.hangup()
    return str(response)


def _gather(expects: Expect, prompts: Prompts, action_url: str) -> Gather:
    return Gather(
        input="dtmf speech",
        action=action_url,
        method="POST",
        timeout=LISTEN_TIMEOUT_S,
        speech_timeout=END_OF_SPEECH_S,
        num_digits=expects.num_digits,
        language=prompts.language,
        hints=", ".join(expects.hints) or None,
        barge_in=True,
        action_on_empty_result=True,
        profanity_filter=False,
    )


def _say(parent: VoiceResponse | Gather, prompts: Prompts, said: Iterable[Line]) -> None:
    for line in said:
        _voice(parent, prompts, prompts.text(line))


def _voice(parent: VoiceResponse | Gather, prompts: Prompts, text: str) -> None:
    parent.say(voice=prompts.voice, language=prompts.language).prosody(text, rate=RATE)


def _dial(response: VoiceResponse, numbers: Iterable[str], action: str | None) -> None:
    method = "POST" if action else None
    dial = response.dial(
        action=action, method=method, timeout=DIAL_TIMEOUT_S, answer_on_bridge=True
    )
    for number in numbers:
        dial.number(number)
