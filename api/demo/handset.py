"""One telephone of the demo: whose it is, the call on it, and what both sides said."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from phone.simulator.caller import (
    AWAY,
    TAKES,
    Caller,
    EndlessCall,
    NotWaiting,
    Post,
    UnknownTwiml,
)
from phone.simulator.signed import LineFailed

WITHHELD = "anonymous"
"""What the network shows of a number that is not."""

OUT_OF_ORDER = "La ligne ne répond pas. Raccrochez et réessayez."
OTHERS_RING = "La ligne fait sonner un autre téléphone."
JOINED = "Vous êtes en relation avec la personne appelée."
FRENCH = "fr"


@dataclass(frozen=True, slots=True)
class Caption:
    """What one side said: `who` is vous, ligne, autre, note or panne."""

    who: str
    language: str
    sentences: tuple[str, ...]


@dataclass(slots=True)
class OpenCall:
    """One call: the telephone that plays it, and its captions in order.

    Attributes:
        message_id: what a call out is about; None for a call to the line.
        keys: pressed so far, until the line has as many as it asked for.
    """

    caller: Caller
    sid: str
    message_id: UUID | None = None
    captions: list[Caption] = field(default_factory=list)
    keys: str = ""
    _heard: int = 0
    _whispered: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def on(self) -> bool:
        """Whether nobody has hung up yet."""
        return not self.caller.ended

    def start(self, begin: Callable[[], None]) -> None:
        """The first thing that happens."""
        self._act("", begin)

    def say(self, text: str) -> None:
        """Answer with words."""
        self.keys = ""
        self._act(f"« {text} »", lambda: self.caller.say(text))

    def press(self, keys: str) -> None:
        """Press keys; they are sent once the line has as many as it takes, or after a #."""
        self.keys += keys
        most = self.caller.most_keys
        if "#" in keys or (most is not None and len(self.keys) >= most):
            self.send_keys()

    def send_keys(self) -> None:
        """No further key follows."""
        keys, self.keys = self.keys, ""
        if keys:
            plural = "s" if len(keys) > 1 else ""
            self._act(f"Touche{plural} {keys}", lambda: self.caller.press(keys))

    def be_silent(self) -> None:
        """Let the line wait in vain."""
        self.keys = ""
        self._act("Vous ne dites rien.", self.caller.silence)

    def hang_up(self) -> None:
        """Put the receiver down."""
        self._act("Vous raccrochez.", self.caller.hang_up)

    def settle_team(self, *, takes: bool) -> None:
        """Somebody of the team picks up and presses 1, or nobody does."""
        self._act("", lambda: self.caller.settle_team(TAKES if takes else AWAY))

    def _act(self, said: str, action: Callable[[], None]) -> None:
        with self._turn:
            if said and not self.caller.ended:
                self._add("vous", said)
            was_dialling = self.caller.dialling
            try:
                action()
            except NotWaiting:
                pass  # the page was stale: the line asks nothing any more, and the page shows it
            except (LineFailed, UnknownTwiml, EndlessCall):
                self._add("panne", OUT_OF_ORDER)
            whispered = self.caller.whispered[self._whispered :]
            self._whispered += len(whispered)
            if whispered:
                self._add("autre", *whispered)
            if was_dialling and self.caller.joined:
                self._add("note", JOINED)
            self._add_heard()
            if self.caller.dialling and not was_dialling:
                self._add("note", OTHERS_RING)

    def _add_heard(self) -> None:
        heard = self.caller.heard[self._heard :]
        if heard:
            language = self.caller.languages[self._heard].partition("-")[0]
            self._heard += len(heard)
            self.captions.append(Caption("ligne", language, tuple(heard)))

    def _add(self, who: str, *sentences: str) -> None:
        self.captions.append(Caption(who, FRENCH, sentences))


@dataclass(slots=True)
class Handset:
    """One telephone: its number, whose it is, and the last call on it."""

    number: str
    owner: str
    call: OpenCall | None = None

    @property
    def busy(self) -> bool:
        """Whether a call is on."""
        return self.call is not None and self.call.on

    def ring_line(self, post: Post, line: str, sid: str) -> None:
        """Ring the line."""
        caller = Caller(
            post,
            status_url="/phone/status",
            fallback_url="/phone/fallback",
            call_sid=sid,
            ask_team=True,
        )
        self.call = OpenCall(caller, sid)
        self.call.start(lambda: caller.ring(self.number, line))

    def pick_up(self, post: Post, line: str, sid: str, message_id: UUID, document: str) -> None:
        """Pick up a call of the line's."""
        caller = Caller(post, fallback_url="/phone/fallback", call_sid=sid, ask_team=True)
        self.call = OpenCall(caller, sid, message_id)
        self.call.start(lambda: caller.pick_up(document, line, self.number))
