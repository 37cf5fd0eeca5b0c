"""What a caller hears when the whole service is away: a document to be hosted elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from twilio.twiml.voice_response import VoiceResponse

from phone.dialogue.lines import lines
from phone.prompts import load_prompts
from phone.twiml import DIAL_TIMEOUT_S, RATE


def fallback_document(numbers: Iterable[str]) -> str:
    """The twin of `/phone/fallback` that asks nothing of our server.

    `numbers` in E.164 ring together, and whoever picks up is joined at once: there is nobody left
    to ask them for a key first.
    """
    response = VoiceResponse()
    numbers = tuple(numbers)
    _say(response, "outage.sorry", "emergency")
    if numbers:
        _say(response, "person.transfer")
        dial = response.dial(timeout=DIAL_TIMEOUT_S, answer_on_bridge=True)
        for number in numbers:
            dial.number(number)
    _say(response, "outage.later")
    response.hangup()
    return str(response)


def _say(response: VoiceResponse, *keys: str) -> None:
    prompts = load_prompts("fr")
    for line in lines(*keys):
        said = response.say(voice=prompts.voice, language=prompts.language)
        said.prosody(prompts.text(line), rate=RATE)
