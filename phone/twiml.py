"""Turns to TwiML, by the twilio library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from twilio.twiml.voice_response import Gather, VoiceResponse

from phone.dialogue.lines import Line, lines
from phone.dialogue.turn import Expect, ToPerson, Turn
from phone.prompts import Prompts

RATE = "85%"
"""Speed of the neural voice, about 150 words a minute: Polly's SSML takes a percentage."""

SLOW_RATE = "65%"
"""For a caller who asked to be spoken to slowly."""

DIAL_TIMEOUT_S = 25
WHISPER_TIMEOUT_S = 8
LONGEST_MESSAGE_S = 120
END_OF_MESSAGE_S = 5
LISTEN_TIMEOUT_S = 10
END_OF_SPEECH_S = 3


@dataclass(frozen=True, slots=True)
class Links:
    """Where Twilio posts what happens next.

    Attributes:
        turn: the caller's answer.
        dial: the outcome of ringing the team.
        voicemail: the message that was recorded.
        whisper: a telephone of the team was picked up; `{to}` stands for its place in the list.
        partner: the other one of an outing picked up.
        joined: the outcome of ringing them.
    """

    turn: str
    dial: str
    voicemail: str
    whisper: str
    partner: str
    joined: str


@dataclass(frozen=True, slots=True)
class Partner:
    """The other one of an outing: their number, and the line's own, the only one either sees."""

    number: str
    shown: str


def render(
    turn: Turn,
    prompts: Prompts,
    links: Links,
    ring: Mapping[int, str],
    partner: Partner | None = None,
) -> str:
    """The document for a turn.

    Args:
        turn: what to say and what to do next.
        prompts: the sentences of the caller's language.
        links: where the answers are posted.
        ring: the team's numbers in E.164 by their place in the list; they ring together. With
            none, the promise is spoken instead.
        partner: rung before anybody of the team.
    """
    response = VoiceResponse()
    rate = SLOW_RATE if turn.state.slow else RATE
    if turn.expects is not None:
        gather = response.nest(_gather(turn.expects, prompts, links.turn))
        _say(gather, prompts, turn.say, rate)
        return str(response)
    _say(response, prompts, turn.say, rate)
    if partner is not None:
        _dial_partner(response, partner, links)
        return str(response)
    ending = turn.ending
    if isinstance(ending, ToPerson):
        if ring and ending.ring:
            _say(response, prompts, ending.transfer, rate)
            _dial(response, ring, links.dial, links.whisper)
            return str(response)
        _say(response, prompts, ending.promise, rate)
        if ending.voicemail:
            _say(response, prompts, ending.voicemail, rate)
            response.record(
                action=links.voicemail,
                method="POST",
                max_length=LONGEST_MESSAGE_S,
                timeout=END_OF_MESSAGE_S,
                finish_on_key="#",
                play_beep=True,
            )
        _say(response, prompts, ending.goodbye, rate)
    response.hangup()
    return str(response)


def whisper(prompts: Prompts, action_url: str, *said: str) -> str:
    """What somebody who is rung hears on picking up. No key, no call: so no machine takes it."""
    response = VoiceResponse()
    gather = response.gather(
        input="dtmf", action=action_url, method="POST", timeout=WHISPER_TIMEOUT_S, num_digits=1
    )
    _say(gather, prompts, (*lines(*said), *lines(*said)))
    response.hangup()
    return str(response)


def connect(prompts: Prompts) -> str:
    """The end of a whisper that lets the two be joined."""
    response = VoiceResponse()
    _say(response, prompts, lines("whisper.connected"))
    return str(response)


def say_and_hang_up(prompts: Prompts, *keys: str) -> str:
    """Last words."""
    response = VoiceResponse()
    _say(response, prompts, lines(*keys))
    response.hangup()
    return str(response)


def apology(prompts: Prompts, ring: Mapping[int, str], whisper_url: str) -> str:
    """The document when nothing can be recorded: needs nothing but its arguments."""
    response = VoiceResponse()
    _say(response, prompts, lines("outage.sorry", "emergency"))
    if ring:
        _say(response, prompts, lines("person.transfer"))
        _dial(response, ring, None, whisper_url)
    _say(response, prompts, lines("outage.later"))
    response.hangup()
    return str(response)


def speak(prompts: Prompts, text: str, answer_url: str | None = None, rate: str = RATE) -> str:
    """The document of an outgoing call: `text`, a pause, and `text` once more.

    With `answer_url` one key is listened for throughout and posted there.
    """
    response = VoiceResponse()
    spoken: VoiceResponse | Gather = response
    if answer_url is not None:
        spoken = Gather(
            input="dtmf",
            action=answer_url,
            method="POST",
            num_digits=1,
            timeout=LISTEN_TIMEOUT_S,
        )
        response.append(spoken)
    _voice(spoken, prompts, text, rate)
    spoken.pause(length=2)
    _voice(spoken, prompts, text, rate)
    response.hangup()
    return str(response)


def reply(prompts: Prompts, text: str, ring: Mapping[int, str], whisper_url: str) -> str:
    """The document after a key in an outgoing call: `text`, then the team if it is to be rung."""
    response = VoiceResponse()
    _voice(response, prompts, text)
    if ring:
        _dial(response, ring, None, whisper_url)
    response.hangup()
    return str(response)


def hang_up() -> str:
    """The document that says nothing more."""
    response = VoiceResponse()
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


def _say(
    parent: VoiceResponse | Gather, prompts: Prompts, said: Iterable[Line], rate: str = RATE
) -> None:
    for line in said:
        _voice(parent, prompts, prompts.text(line), rate)


def _voice(parent: VoiceResponse | Gather, prompts: Prompts, text: str, rate: str = RATE) -> None:
    parent.say(voice=prompts.voice, language=prompts.language).prosody(text, rate=rate)


def _dial_partner(response: VoiceResponse, partner: Partner, links: Links) -> None:
    # Without a caller id Twilio would show each of them the other's number.
    dial = response.dial(
        action=links.joined,
        method="POST",
        timeout=DIAL_TIMEOUT_S,
        answer_on_bridge=True,
        caller_id=partner.shown,
    )
    dial.number(partner.number, url=links.partner, method="POST")


def _dial(
    response: VoiceResponse, ring: Mapping[int, str], action: str | None, whisper_url: str
) -> None:
    method = "POST" if action else None
    dial = response.dial(
        action=action, method=method, timeout=DIAL_TIMEOUT_S, answer_on_bridge=True
    )
    for index, number in ring.items():
        dial.number(number, url=whisper_url.format(to=index), method="POST")
