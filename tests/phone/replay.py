"""Calls replayed from transcripts: the dialogue, its sentences and its TwiML, without the web.

A transcript opens with who calls, goes on as a dialogue and ends with what is left of the call.
After a change of the dialogue or of its sentences, `python -m tests.phone.replay` writes what the
line says now into every transcript: read the difference before you keep it.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from matcher.domain.addresses import (
    Address,
    AddressAmbiguous,
    AddressFound,
    AddressMatch,
    AddressUnknown,
    Confidence,
    StreetFound,
)
from matcher.domain.geo import Point
from phone.dialogue.machine import abandon, start, step, unanswered
from phone.dialogue.state import Caller, CallState
from phone.dialogue.turn import AlertPerson, BookRequest, Effect, Heard, LeaveTask, Tools, Turn
from phone.dialogue.understanding.normalise import normalise
from phone.prompts import load_prompts
from phone.simulator import caller as simulator
from phone.twiml import render

TRANSCRIPTS = Path(__file__).parent / "transcripts"
PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""Monday 23 November 2026, ten o'clock in Paris."""

KNOWN = Caller(known=True, senior_id="senior-7", home_in_file=True, phone_usable=True)
NEW = Caller(known=False, senior_id=None, home_in_file=False, phone_usable=True)
WITHHELD = Caller(known=False, senior_id=None, home_in_file=False, phone_usable=False)
CALLERS = {"connu": KNOWN, "nouveau": NEW, "numéro masqué": WITHHELD}

PROMPTS = load_prompts("fr")
_LINE, _CALLER = "LIGNE    ", "APPELANT "
_KEYS = re.compile(r"\[touches? ([\d*#]+)\]")


def find_address(text: str) -> AddressMatch:
    """A gazetteer of three streets, one of which lies in two arrondissements."""
    words = normalise(text)
    if "rivoli" in words and "99" in words:
        return StreetFound("Rue de Rivoli", "75004", Confidence.CONFIRM)
    number = re.search(r"\b(\d{1,3})(?: (bis|ter))? (?!\d)", words + " ")
    if "versailles a boulogne" in words:
        return AddressUnknown(outside=True)
    if "faubourg saint honore" in words:
        return _street("Rue du Faubourg Saint-Honoré", "75008", number)
    if "rivoli" in words:
        return _street("Rue de Rivoli", "75004", number)
    if "martirs" in words:
        return _street("Rue des Martyrs", "75009", number, Confidence.CONFIRM)
    if "eglise" in words:
        said = [postcode for postcode in ("75015", "75020") if postcode in words]
        if said:
            return _street("Rue de l'Église", said[0], number)
        return AddressAmbiguous("Rue de l'Église", ("75015", "75020"))
    return AddressUnknown(outside=False)


def _street(
    street: str,
    postcode: str,
    number: re.Match[str] | None,
    confidence: Confidence = Confidence.SURE,
) -> AddressMatch:
    if number is None:
        return StreetFound(street, postcode, confidence)
    point = Point(lat=48.87, lon=2.34)
    address = Address(int(number[1]), number[2], street, postcode, point)
    return AddressFound(address, confidence)


def tools_at(now: datetime = MONDAY) -> Tools:
    """What the service would hand to the dialogue at `now`; it rings back before 18:00."""
    return Tools(
        now=now,
        zone=PARIS,
        find_address=find_address,
        call_back_at=lambda _: MONDAY.replace(hour=17),
    )


class Line:
    """The line as the webhooks serve it, its state kept as JSON text between two turns."""

    def __init__(self, caller: Caller, coordinators: tuple[str, ...] = ()) -> None:
        self.caller = caller
        self.coordinators = coordinators
        self.tools = tools_at()
        self.effects: list[Effect] = []
        self.phone = simulator.Caller(self._post, status_url="/phone/status")
        self._stored = ""

    @property
    def state(self) -> CallState:
        return CallState.from_json(json.loads(self._stored))

    def _post(self, url: str, form: dict[str, str]) -> str:
        if url == "/phone/status":
            self.effects += abandon(self.state, self.tools)
            return ""
        turn = self._turn(url, form)
        self._stored = json.dumps(turn.state.to_json())
        assert self.state == turn.state
        self.effects += turn.effects
        return render(
            turn,
            PROMPTS,
            action_url="/phone/turn",
            dial_action_url="/phone/dialled",
            coordinator_numbers=self.coordinators,
        )

    def _turn(self, url: str, form: dict[str, str]) -> Turn:
        if url == "/phone/voice":
            return start(self.caller, self.tools)
        if url == "/phone/dialled":
            return unanswered(self.state, self.tools)
        heard = Heard(form.get("SpeechResult", ""), form.get("Digits", ""))
        return step(self.state, heard, self.tools)


def replay(transcript: str) -> str:
    """The transcript as the line speaks it now, with the same caller and the same answers."""
    header = [text for text in transcript.splitlines() if text.startswith("#")]
    settings = dict(text.lstrip("# ").split(" : ", 1) for text in header if " : " in text)
    coordinators = tuple(settings.get("Personnes à joindre", "").split())
    line = Line(CALLERS[settings["Appelant"]], coordinators)
    written = [*header, ""]
    line.phone.ring("+33140000000", "+33185000000")
    written += _heard_since(line, 0)
    for text in transcript.splitlines():
        if not text.startswith(_CALLER):
            continue
        before = len(line.phone.heard)
        _do(line.phone, text.removeprefix(_CALLER).strip())
        written += ["", text, "", *_heard_since(line, before)]
    written += ["", *(f"[{_left(effect)}]" for effect in line.effects)]
    written += [f"[La ligne appelle le {number}.]" for number in line.phone.dialled]
    written += ["[L'appel est terminé.]" if line.phone.ended else "[La ligne attend.]"]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(written)) + "\n"


def _heard_since(line: Line, before: int) -> list[str]:
    return [f"{_LINE}{sentence}" for sentence in line.phone.heard[before:]]


def _do(phone: simulator.Caller, what: str) -> None:
    keys = _KEYS.fullmatch(what)
    if keys:
        phone.press(keys[1])
    elif what == "[silence]":
        phone.silence()
    elif what == "[raccroche]":
        phone.hang_up()
    else:
        phone.say(what)


def _left(effect: Effect) -> str:
    kept = {
        name: value
        for name, value in effect.draft.to_json().items()
        if value and name not in ("words_heard", "duration_h")
    }
    draft = json.dumps(kept, ensure_ascii=False)
    match effect:
        case BookRequest():
            return f"Demande enregistrée : {draft}"
        case LeaveTask(kind=kind, reason=reason):
            return f"Une personne doit rappeler ({kind}, {reason}) : {draft}"
        case AlertPerson():
            return f"Une personne est alertée tout de suite : {draft}"


if __name__ == "__main__":
    for path in sorted(TRANSCRIPTS.glob("*.txt")):
        path.write_text(replay(path.read_text(encoding="utf-8")), encoding="utf-8")
