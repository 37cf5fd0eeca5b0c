"""Calls replayed from transcripts: the dialogue, its sentences and its TwiML, without the web.

A transcript opens with who calls, goes on as a dialogue and ends with what is left of the call.
After a change of the dialogue or of its sentences, `python -m tests.phone.replay` writes what the
line says now into every transcript: read the difference before you keep it.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
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
from matcher.domain.people import Purpose
from phone.dialogue.caller import Caller, Outing, Usual
from phone.dialogue.machine import abandon, start, step, unanswered, unreached
from phone.dialogue.state import CallState, Language, NearbyPlace
from phone.dialogue.turn import (
    AlertPerson,
    BookRequest,
    CancelOuting,
    Effect,
    Heard,
    LeaveTask,
    MoveOuting,
    PassMessage,
    SendPlaces,
    Tools,
    ToPerson,
    Turn,
    WillBeLate,
    WithdrawFrom,
)
from phone.dialogue.understanding.normalise import normalise
from phone.prompts import load_prompts
from phone.simulator import caller as simulator
from phone.twiml import Links, Partner, connect, hang_up, render, say_and_hang_up, whisper

TRANSCRIPTS = Path(__file__).parent / "transcripts"
PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""Monday 23 November 2026, ten o'clock in Paris."""

KNOWN = Caller(known=True, senior_id="senior-7", home_in_file=True, phone_usable=True)
NEW = Caller(
    known=False, senior_id=None, home_in_file=False, phone_usable=True, number="+33611223344",
    takes_sms=True,
)  # fmt: skip
WITHHELD = Caller(known=False, senior_id=None, home_in_file=False, phone_usable=False)
TODAY = Outing("today", MONDAY + timedelta(hours=1), found=True)
WEDNESDAY = Outing("wednesday", MONDAY + timedelta(days=2, hours=1), found=True)
FRIDAY = Outing("friday", MONDAY + timedelta(days=4, hours=5), found=False)
HABITUE = replace(KNOWN, usual=Usual(Purpose.MEDICAL, 3.0))
VOLUNTEER = Caller(
    known=False, senior_id=None, home_in_file=False, phone_usable=True, takes_sms=True,
    volunteer_id="volunteer-3", held=(WEDNESDAY,),
)  # fmt: skip
CALLERS = {
    "connu": KNOWN,
    "nouveau": NEW,
    "numéro masqué": WITHHELD,
    "habitué": HABITUE,
    "connu, une sortie sans bénévole": replace(KNOWN, outings=(FRIDAY,)),
    "connu, une sortie avec bénévole": replace(KNOWN, outings=(WEDNESDAY,)),
    "connu, deux sorties": replace(KNOWN, outings=(WEDNESDAY, FRIDAY)),
    "connu, une sortie dans une heure": replace(KNOWN, outings=(TODAY,)),
    "connu, une sortie en cours": replace(KNOWN, outings=(replace(WEDNESDAY, started=True),)),
    "bénévole": VOLUNTEER,
    "bénévole, une sortie dans une heure": replace(VOLUNTEER, held=(TODAY,)),
    "bénévole sans sortie": replace(VOLUNTEER, held=()),
}

PROMPTS = {language: load_prompts(language) for language in Language}
LINKS = Links(
    turn="/phone/turn",
    dial="/phone/dialled",
    voicemail="/phone/voicemail",
    whisper="/phone/whisper?to={to}",
    partner="/phone/partner",
    joined="/phone/joined",
)
PARTNER = Partner("+33639980077", "+33185000000")
"""The other one of the outing, who may be away or pick up as the team may."""
_PLACES = (
    ("Le café des aînés", "On y joue aux cartes."),
    ("Atelier mémoire", "Chaque jeudi après-midi."),
    ("Gymnastique douce", "Sans inscription."),
    ("Bibliothèque sonore", "On prête des livres lus."),
)
_LINE, _CALLER = "LIGNE    ", "APPELANT "
_PARTNERS = {
    "est absente": simulator.AWAY,
    "a un répondeur": simulator.MACHINE,
    "répond": simulator.TAKES,
}
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


def tools_at(now: datetime = MONDAY, *, staffed: bool = True) -> Tools:
    """What the service would hand to the dialogue at `now`; it rings back before 18:00,
    a person before noon."""
    return Tools(
        now=now,
        zone=PARIS,
        find_address=find_address,
        call_back_at=lambda _: MONDAY.replace(hour=17),
        person_at=MONDAY.replace(hour=11),
        staffed=staffed,
        find_nearby=lambda _where, _needs: tuple(
            NearbyPlace(f"place-{number}", (f"{name}, à {5 * number} minutes à pied.", told))
            for number, (name, told) in enumerate(_PLACES, 1)
        ),
    )


class Line:
    """The line as the webhooks serve it, its state kept as JSON text between two turns."""

    def __init__(
        self,
        caller: Caller,
        team: dict[str, str] | None = None,
        *,
        staffed: bool = True,
        partner: str = simulator.AWAY,
    ) -> None:
        self.caller = caller
        self.team = team or {}
        self.tools = tools_at(staffed=staffed and bool(self.team))
        self.effects: list[Effect] = []
        rung = {**self.team, PARTNER.number: partner}
        self.phone = simulator.Caller(self._post, status_url="/phone/status", team=rung)
        self.rung_again = False
        self._stored = ""

    @property
    def state(self) -> CallState:
        return CallState.from_json(json.loads(self._stored))

    def _post(self, url: str, form: dict[str, str]) -> str:
        if url == "/phone/status":
            self.effects += abandon(self.state, self.tools)
            return ""
        if url.startswith(("/phone/whisper", "/phone/partner")):
            prompts = PROMPTS[Language.FRENCH]
            if form.get("Digits") == "1":
                return connect(prompts)
            if url == "/phone/partner":
                of_senior = bool(self.caller.outings)
                who = "partner.senior_calls" if of_senior else "partner.volunteer_calls"
                return whisper(prompts, url, who, "partner.press")
            who = "whisper.urgent" if self.state.distress else "whisper.call"
            return whisper(prompts, url, who, "whisper.press")
        if url == "/phone/voicemail":
            return say_and_hang_up(PROMPTS[self.state.language], "voicemail.thanks", "done.goodbye")
        if url in ("/phone/dialled", "/phone/joined") and form["DialBridged"] == "true":
            return hang_up()
        left = {i: n for i, n in enumerate(self.team) if self.team[n] != simulator.MACHINE}
        if url == "/phone/dialled" and not self.rung_again and len(left) < len(self.team):
            self.rung_again = True
            turn = unanswered(self.state, self.tools)
            turn = replace(turn, say=(), ending=replace(turn.ending, ring=True))
            return render(turn, PROMPTS[turn.state.language], LINKS, left)
        turn = self._turn(url, form)
        self._stored = json.dumps(turn.state.to_json())
        assert self.state == turn.state
        self.effects += turn.effects
        ending = turn.ending
        rung_first = isinstance(ending, ToPerson) and ending.partner_of is not None
        return render(
            turn,
            PROMPTS[turn.state.language],
            LINKS,
            dict(enumerate(self.team)),
            PARTNER if rung_first else None,
        )

    def _turn(self, url: str, form: dict[str, str]) -> Turn:
        if url == "/phone/voice":
            return start(self.caller, self.tools)
        if url == "/phone/dialled":
            return unanswered(self.state, self.tools)
        if url == "/phone/joined":
            return unreached(self.state, self.tools)
        heard = Heard(form.get("SpeechResult", ""), form.get("Digits", ""))
        return step(self.state, heard, self.tools)


def line_of(transcript: str) -> Line:
    """The line of a transcript, rung by who its head names."""
    head = transcript.partition("LIGNE")[0]
    settings = dict(
        text.lstrip("# ").split(" : ", 1)
        for text in head.splitlines()
        if text.startswith("#") and " : " in text
    )
    team = dict.fromkeys(settings.get("Personnes à joindre", "").split(), simulator.AWAY)
    team |= dict.fromkeys(settings.get("Répondeur", "").split(), simulator.MACHINE)
    team |= dict.fromkeys(settings.get("Prend l'appel", "").split(), simulator.TAKES)
    line = Line(
        CALLERS[settings["Appelant"]],
        team,
        staffed="Équipe absente" not in head,
        partner=_PARTNERS[settings.get("L'autre", "est absente")],
    )
    line.phone.ring("+33140000000", "+33185000000")
    return line


def answers_in(transcript: str) -> list[str]:
    """What the caller says, presses or does, in order."""
    said = [text for text in transcript.splitlines() if text.startswith(_CALLER)]
    return [text.removeprefix(_CALLER).strip() for text in said]


def replay(transcript: str) -> str:
    """The transcript as the line speaks it now, with the same caller and the same answers."""
    line = line_of(transcript)
    written = [text for text in transcript.splitlines() if text.startswith("#")]
    written += ["", *_heard_since(line, 0)]
    for answer in answers_in(transcript):
        before = len(line.phone.heard)
        act(line.phone, answer)
        written += ["", f"{_CALLER}{answer}", "", *_heard_since(line, before)]
    written += ["", *(f"[{_left(effect)}]" for effect in line.effects)]
    written += [f"[La ligne appelle le {number}.]" for number in line.phone.dialled]
    written += [f"[À la personne jointe : {said}]" for said in line.phone.whispered]
    written += [f"[Le {line.phone.joined} a pris l'appel.]"] if line.phone.joined else []
    written += [f"[Message vocal : {said}]" for said in line.phone.recorded]
    written += ["[L'appel est terminé.]" if line.phone.ended else "[La ligne attend.]"]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(written)) + "\n"


def _heard_since(line: Line, before: int) -> list[str]:
    return [f"{_LINE}{sentence}" for sentence in line.phone.heard[before:]]


def act(phone: simulator.Caller, what: str) -> None:
    """Do what a transcript says: speak, press keys, keep silent or hang up."""
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
    match effect:
        case CancelOuting(outing_id=outing):
            return f"Sortie annulée : {outing}"
        case MoveOuting(outing_id=outing, starts_at=at):
            return f"Sortie déplacée : {outing}, {at.isoformat()}"
        case PassMessage(outing_id=outing, text=text):
            return f"Message transmis pour {outing} : {text}"
        case WithdrawFrom(outing_id=outing):
            return f"Désistement : {outing}"
        case WillBeLate(outing_id=outing, minutes=minutes):
            return f"Retard pour {outing} : {minutes} minutes"
        case SendPlaces(place_ids=ids):
            return f"SMS avec {', '.join(ids)}"
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
