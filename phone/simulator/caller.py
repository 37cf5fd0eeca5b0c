"""A caller made of code: a small, strict interpreter of TwiML that behaves as Twilio does.

Tests, the telephone in the terminal and the one in the browser ring the webhooks with it. It plays
Say, Play, Pause, Gather, Record, Redirect, Dial, Reject and Hangup, and follows every `action` with
the parameters Twilio sends. A Number with a `url` is picked up by whoever the test put there, who
hears the document at that address before anybody is joined. A call the line makes is picked up with
the document it was given. `phone.simulator.grammar` refuses what the twilio library does not list.
Signing is the business of the `post` it is given.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import deque
from collections.abc import Callable, Mapping
from urllib.parse import urljoin

from phone.simulator.grammar import UnknownTwiml, read

__all__ = [
    "AWAY",
    "MACHINE",
    "TAKES",
    "Caller",
    "EndlessCall",
    "LineFailed",
    "NotWaiting",
    "Post",
    "UnknownTwiml",
]

MAX_DOCUMENTS = 20
"""How many documents may follow one another before the caller is asked anything."""

AWAY, MACHINE, TAKES = "away", "machine", "takes"
"""What a telephone of the team does: rings on, lets a machine answer, or has its owner press 1."""

Post = Callable[[str, dict[str, str]], str]
"""Posts form parameters to a URL, signed, and returns the body of the answer."""


class LineFailed(Exception):
    """The line did not answer, or answered with an error."""


class EndlessCall(Exception):
    """Documents went on following one another without ever asking the caller anything."""


class NotWaiting(Exception):
    """The caller spoke or pressed a key although the line asks nothing, or nobody is rung."""


class Caller:
    """One telephone that makes one call.

    Attributes:
        heard: every sentence spoken to the caller, in order.
        languages: the BCP 47 tag each of them is spoken in.
        dialled: every number the line rang on the caller's behalf.
        whispered: every sentence spoken to those who picked up.
        recorded: every message left after a tone.
        joined: the number the caller was put through to.
        ended: the call is over, whoever hung up.
    """

    def __init__(
        self,
        post: Post,
        *,
        voice_url: str = "/phone/voice",
        status_url: str | None = None,
        call_sid: str = "CA" + "0" * 32,
        fallback_url: str | None = None,
        dial_status: str = "no-answer",
        team: Mapping[str, str] | None = None,
        ask_team: bool = False,
    ) -> None:
        """A telephone whose calls reach `voice_url`, and `fallback_url` when the line fails.

        `dial_status` is how a Dial to bare numbers turns out; `team` says by number what those
        with a `url` do, `AWAY` unless told otherwise. With `ask_team` the call stops while they
        ring, until `settle_team`.
        """
        self.heard: list[str] = []
        self.languages: list[str] = []
        self.dialled: list[str] = []
        self.whispered: list[str] = []
        self.recorded: list[str] = []
        self.joined: str | None = None
        self.ended = False
        self._post = post
        self._status_url = status_url
        self._fallback_url = fallback_url
        self._dial_status = dial_status
        self._team = team or {}
        self._ask_team = ask_team
        self._url = voice_url
        self._identity = {"CallSid": call_sid, "AccountSid": "AC" + "0" * 32}
        self._verbs: deque[ET.Element] = deque()
        self._gather: ET.Element | None = None
        self._record: ET.Element | None = None
        self._dialling: ET.Element | None = None

    @property
    def waiting(self) -> bool:
        """Whether the line is listening for words or keys, a message after the tone included."""
        return self._gather is not None or self._record is not None

    @property
    def dialling(self) -> bool:
        """Whether the team is being rung, and `settle_team` is to say how that ends."""
        return self._dialling is not None

    @property
    def hears_speech(self) -> bool:
        """Whether words count now, and not keys alone."""
        if self._gather is None:
            return self._record is not None
        return "speech" in _inputs(self._gather)

    @property
    def most_keys(self) -> int | None:
        """How many keys are taken together; None when only a # or a pause ends them."""
        if self._gather is None:
            return 1
        limit = self._gather.get("numDigits")
        return None if limit is None else int(limit)

    def ring(self, from_: str, to: str) -> None:
        """Ring the line and listen until it asks something or the call ends.

        Raises:
            UnknownTwiml: an answer steps outside TwiML, or outside what is played here.
            EndlessCall: more than `MAX_DOCUMENTS` answers without a question.
        """
        self._identify(from_, to, "inbound")
        self._fetch(self._url, {"CallStatus": "ringing"})
        self._play()

    def pick_up(self, document: str, from_: str, to: str) -> None:
        """Pick up a call that `from_` makes to `to` to play `document`; raises as `ring`."""
        self._identify(from_, to, "outbound-api")
        self._verbs = deque(read(document))
        self._play()

    def settle_team(self, outcome: str) -> None:
        """What the team's telephones do: `AWAY`, `MACHINE` or `TAKES`; raises as `press`."""
        if self._dialling is None:
            raise NotWaiting("nobody is rung")
        verb, self._dialling = self._dialling, None
        self._team = {(noun.text or "").strip(): outcome for noun in verb}
        self._finish_dial(verb)
        self._play()

    def say(self, text: str, confidence: float = 0.9) -> None:
        """Answer with words, or leave them after the tone; raises as `ring`, and `NotWaiting`."""
        if self._record is not None:
            self._leave(text, "")
            return
        gather = self._listening()
        if "speech" not in _inputs(gather):
            self.silence()
            return
        language = gather.get("language", "en-US")
        heard = {"SpeechResult": text, "Confidence": str(confidence), "Language": language}
        self._answer(heard)

    def press(self, digits: str) -> None:
        """Answer with keys, "#" included; raises as `ring`, and `NotWaiting`."""
        if self._record is not None:
            self._leave("", digits[:1])
            return
        gather = self._listening()
        if "dtmf" not in _inputs(gather):
            self.silence()
            return
        finish = gather.get("finishOnKey", "#")
        kept = digits.split(finish)[0] if finish else digits
        limit = gather.get("numDigits")
        self._answer({"Digits": kept[: int(limit)] if limit else kept})

    def silence(self) -> None:
        """Let the time-out pass; raises as `ring`, and `NotWaiting`."""
        if self._record is not None:
            # Nothing was recorded: Twilio goes on to the next verb.
            self._record = None
            self._play()
            return
        gather = self._listening()
        if gather.get("actionOnEmptyResult") == "true":
            self._answer({"Digits": "", "SpeechResult": ""})
        else:
            self._gather = None
            self._play()

    def hang_up(self) -> None:
        """Put the receiver down: the line learns of it by its status callback only."""
        if not self.ended:
            self._end()

    def _identify(self, from_: str, to: str, direction: str) -> None:
        self._identity |= {"From": from_, "To": to, "Caller": from_, "Called": to}
        self._identity |= {"Direction": direction, "ApiVersion": "2010-04-01"}

    def _listening(self) -> ET.Element:
        if self._gather is None:
            raise NotWaiting("the call is over" if self.ended else "nothing was asked")
        return self._gather

    def _answer(self, answer: dict[str, str]) -> None:
        gather = self._listening()
        self._gather = None
        self._follow(gather.get("action", self._url), gather, answer)
        self._play()

    def _leave(self, text: str, digits: str) -> None:
        record = self._record
        if record is None:
            raise NotWaiting("there was no tone")
        self._record = None
        self.recorded.append(text)
        url = f"https://api.twilio.com/Recordings/RE{len(self.recorded):032x}"
        recording = {"RecordingUrl": url, "RecordingDuration": str(1 + len(text) // 15)}
        self._follow(record.get("action", self._url), record, {**recording, "Digits": digits})
        self._play()

    def _follow(self, url: str, verb: ET.Element, parameters: dict[str, str]) -> None:
        if verb.get("method", "POST") != "POST":
            raise UnknownTwiml(f"{verb.tag} asks for {verb.get('method')}; only POST is played")
        self._fetch(urljoin(self._url, url), {"CallStatus": "in-progress", **parameters})

    def _fetch(self, url: str, parameters: dict[str, str]) -> None:
        try:
            document = self._post(url, {**self._identity, **parameters})
        except LineFailed:
            if self._fallback_url is None:
                raise
            failed = {"ErrorCode": "11200", "ErrorUrl": url}
            url = self._fallback_url
            document = self._post(url, {**self._identity, **parameters, **failed})
        self._url = url
        self._verbs = deque(read(document))

    def _play(self) -> None:
        documents = 0
        while not (self.waiting or self.dialling or self.ended):
            if not self._verbs:
                self._end()
                return
            fetched = self._play_verb(self._verbs.popleft())
            documents += fetched
            if documents > MAX_DOCUMENTS:
                raise EndlessCall(f"{documents} documents without a question, last {self._url}")

    def _play_verb(self, verb: ET.Element) -> bool:
        """Play one verb; whether it led to another document."""
        match verb.tag:
            case "Say":
                self.heard.append(" ".join("".join(verb.itertext()).split()))
                self.languages.append(verb.get("language", "en-US"))
            case "Play" | "Pause":
                pass
            case "Gather":
                for nested in verb:
                    self._play_verb(nested)
                self._gather = verb
            case "Record":
                self._record = verb
            case "Redirect":
                self._follow((verb.text or "").strip(), verb, {})
                return True
            case "Dial":
                return self._dial(verb)
            case "Reject" | "Hangup":
                self._end()
            case _:
                raise UnknownTwiml(f"{verb.tag} is TwiML, but this caller cannot play it")
        return False

    def _dial(self, verb: ET.Element) -> bool:
        for noun in verb:
            if noun.tag != "Number":
                raise UnknownTwiml(f"Dial to a {noun.tag} is TwiML, but this caller cannot play it")
        numbers = [verb.text, *(noun.text for noun in verb)]
        self.dialled += [number.strip() for number in numbers if number and number.strip()]
        if self._ask_team and any("url" in noun.attrib for noun in verb):
            self._dialling = verb
            return False
        return self._finish_dial(verb)

    def _finish_dial(self, verb: ET.Element) -> bool:
        screened = [noun for noun in verb if "url" in noun.attrib]
        status = self._ring_team(screened) if screened else self._dial_status
        if "action" not in verb.attrib:
            if self.joined is not None:
                self._end()
            return False
        bridged = "true" if self.joined is not None else "false"
        outcome = {"DialCallStatus": status, "DialBridged": bridged}
        self._follow(verb.attrib["action"], verb, outcome)
        return True

    def _ring_team(self, numbers: list[ET.Element]) -> str:
        """Ring them together: the first to pick up, a machine before a person, silences the rest.

        Twilio says that the others are hung up as soon as one answers, and not whether a whisper
        changes that; the worse is played.
        """
        for kind in (MACHINE, TAKES):
            for noun in numbers:
                number = (noun.text or "").strip()
                if self._team.get(number, AWAY) == kind:
                    if self._pick_up(noun.attrib["url"], number, kind):
                        self.joined = number
                        return "completed"
                    return "no-answer"
        return "no-answer"

    def _pick_up(self, url: str, number: str, kind: str) -> bool:
        """Play a whisper to `number`; whether it ends by joining them to the caller."""
        form = {
            **self._identity,
            "CallSid": f"{self._identity['CallSid'][:-1]}w",
            "ParentCallSid": self._identity["CallSid"],
            "To": number,
            "Called": number,
            "CallStatus": "in-progress",
        }
        verbs = deque(read(self._post(urljoin(self._url, url), form)))
        while verbs:
            verb = verbs.popleft()
            for said in verb.iter("Say"):
                self.whispered.append(" ".join("".join(said.itertext()).split()))
            if verb.tag == "Hangup":
                return False
            if verb.tag == "Gather" and kind == TAKES:
                action = urljoin(self._url, verb.attrib["action"])
                verbs = deque(read(self._post(action, {**form, "Digits": "1"})))
            elif verb.tag not in ("Say", "Pause", "Gather"):
                raise UnknownTwiml(f"{verb.tag} may not stand in what is whispered")
        return True

    def _end(self) -> None:
        self.ended = True
        self._gather = None
        self._record = None
        self._dialling = None
        self._verbs.clear()
        if self._status_url is not None:
            self._post(self._status_url, {**self._identity, "CallStatus": "completed"})


def _inputs(gather: ET.Element) -> list[str]:
    return gather.get("input", "dtmf").split()
