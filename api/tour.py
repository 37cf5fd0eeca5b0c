"""The whole story, played end to end over real HTTP against a demo."""

from __future__ import annotations

import re
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import httpx2
import pyotp
from rich.console import Console

from api.console import words
from api.demo.run import DEMO_LINE, DEMO_TOKEN, demo_app, demo_settings
from api.serving import make_server
from matcher.services.texts import day_and_hour
from phone.simulator.caller import Caller, EndlessCall, NotWaiting, UnknownTwiml
from phone.simulator.signed import LineFailed, signed_post

PATIENCE_S = 20.0
"""How long a step may take before it counts as failed."""
LOOK_EVERY_S = 0.25
MAX_ANSWERS = 12
MAX_WAVES = 6
WAVE_PATIENCE_S = 5.0
WAVE_GAP_S = 3600
TOO_FEW_ASKED = "Moins de deux bénévoles ont reçu une proposition."
SHOWN = 3
PARIS = ZoneInfo("Europe/Paris")
MORNING, EVENING = 9, 18
OUTING_HOUR = 15

ANSWERS = (
    ("Que pouvons-nous faire", "Je voudrais qu'on m'accompagne."),
    ("quelle raison", "J'ai un rendez-vous médical."),
    ("Quel jour", "Demain à quinze heures."),
    ("Partez-vous de chez vous", "Oui, de chez moi."),
    ("Est-ce bien cela", "Oui, c'est bien ça."),
    ("cela vous convient", "Oui, comme la dernière fois."),
)
"""What the senior answers, by words of the question."""

T = TypeVar("T")


class StepFailed(Exception):
    """A step of the story did not hold; the message says why."""


def run_tour(base_url: str | None, out: Console) -> bool:
    """Play the story and print it; whether every step held.

    Args:
        base_url: a running demo; None starts one of its own on a free port, with data that is
            thrown away afterwards.
        out: where the transcript goes.
    """
    if base_url is None:
        with _own_demo() as own:
            return run_tour(own, out)
    base_url = base_url.rstrip("/")
    with httpx2.Client(base_url=base_url, timeout=PATIENCE_S, trust_env=False) as client:
        try:
            _Story(client, out).play()
        except StepFailed as failure:
            out.print(f"✗ {failure}", highlight=False, markup=False)
            return False
        except httpx2.HTTPError as error:
            out.print(f"✗ {base_url} ne répond pas : {error}", highlight=False, markup=False)
            return False
    return True


class _Story:
    """One senior, one request, two volunteers who both would like to go."""

    def __init__(self, client: httpx2.Client, out: Console) -> None:
        self._client, self._out = client, out

    def play(self) -> None:
        """Every step in turn.

        Raises:
            StepFailed: one did not hold.
        """
        people = self._get("/demo/people")
        self._go_to_daytime()
        before = len(self._messages())
        senior = self._pick_senior(people["seniors"])
        self._call(senior)
        coordinator = self._sign_in_coordinator(people["coordinator"])
        mission = self._find_request(coordinator, senior)
        self._show_ranking(coordinator, mission)
        asked = self._wait_for_offers(before, mission)
        names = {one["phone"]: one["name"] for one in people["volunteers"]}
        first, second = ((names[phone], self._sign_in_volunteer(phone)) for phone in asked[:2])
        offers = [self._see_offer(name, token, mission) for name, token in (first, second)]
        self._accept(*first, offers[0], mission)
        self._come_second(*second, offers[1], mission)
        self._thanked(second[0], asked[1], before)
        self._senior_told(senior, first[0], before)
        whole = self._get(f"/v1/coordination/missions/{mission['id']}", coordinator)
        self._check(
            whole["status"] == "accepted",
            f"La coordination voit la sortie acceptée par {first[0]}.",
            f"La mission devrait être acceptée, elle est « {whole['status']} ».",
        )
        self._title("Toute l'histoire tient.")

    def _go_to_daytime(self) -> None:
        now = self._now()
        self._title(f"Il est {day_and_hour(now, PARIS)} dans la démonstration.")
        if MORNING <= now.hour < EVENING:
            return
        morning = now.replace(hour=MORNING, minute=0, second=0, microsecond=0)
        if morning <= now:
            morning += timedelta(days=1)
        self._post("/demo/clock", {"advance_s": int((morning - now).total_seconds()) + 1})
        self._say(f"On avance l'horloge : il est {day_and_hour(self._now(), PARIS)}.")

    def _pick_senior(self, seniors: list[dict[str, Any]]) -> dict[str, Any]:
        """Somebody no earlier tour rang for."""
        told = {message["to"] for message in self._messages()}
        fresh = [one for one in seniors if one["phone"] not in told]
        return (fresh or seniors)[0]

    def _call(self, senior: dict[str, Any]) -> None:
        self._title(f"{senior['name']} ({senior['zone']}) appelle la ligne.")
        base = str(self._client.base_url).rstrip("/")
        stamp = int(self._now().timestamp() * 1000)
        caller = Caller(
            signed_post(self._client, base, DEMO_TOKEN),
            status_url="/phone/status",
            call_sid=f"CA{stamp:032x}",
        )
        try:
            caller.ring(senior["phone"], DEMO_LINE)
            shown = self._show_line(caller, 0)
            for _ in range(MAX_ANSWERS):
                if not caller.waiting:
                    break
                answer = _answer_to(caller.heard[shown[0] : shown[1]])
                self._say(f"  {senior['name']} : « {answer} »")
                caller.say(answer)
                shown = self._show_line(caller, shown[1])
        except (LineFailed, UnknownTwiml, EndlessCall, NotWaiting) as error:
            raise StepFailed(f"La ligne n'a pas tenu : {error}") from error
        self._check(
            any("enregistré" in sentence for sentence in caller.heard),
            "La ligne a dit que c'est enregistré, et quand elle rappelle.",
            "La ligne n'a pas confirmé la demande.",
        )

    def _show_line(self, caller: Caller, start: int) -> tuple[int, int]:
        for sentence in caller.heard[start:]:
            self._say(f"  La ligne : {sentence}")
        return start, len(caller.heard)

    def _sign_in_coordinator(self, who: dict[str, str]) -> str:
        self._title("La coordination regarde.")
        totp = pyotp.TOTP(who["totp_secret"])
        for _ in range(3):
            answer = self._client.post(
                "/v1/coordination/auth/sessions",
                json={
                    "email": who["email"],
                    "password": who["password"],
                    "totp": totp.at(self._now()),
                },
            )
            if answer.is_success:
                self._done("Connexion par mot de passe et code à usage unique.")
                token: str = answer.json()["token"]
                return token
            # A code serves once: another tour may have used this half-minute's.
            self._post("/demo/clock", {"advance_s": totp.interval})
        raise StepFailed(f"La coordination n'entre pas : {answer.text}")

    def _find_request(self, token: str, senior: dict[str, Any]) -> dict[str, Any]:
        day = self._now().date() + timedelta(days=1)

        def find() -> dict[str, Any] | None:
            listed = self._get("/v1/coordination/missions?status=open&limit=100", token)["items"]
            for one in listed:
                starts_at = datetime.fromisoformat(one["starts_at"]).astimezone(PARIS)
                at = (starts_at.date(), starts_at.hour)
                if one["senior"]["phone"] == senior["phone"] and at == (day, OUTING_HOUR):
                    return dict(one)
            return None

        mission = self._wait(find, "La demande n'apparaît pas à la coordination.")
        self._done(
            f"Demande : {words.PURPOSES[mission['purpose']]}, {_when(mission)},"
            f" zone {mission['zone']},"
            f" besoins : {', '.join(words.NEEDS[need] for need in mission['needs']) or 'aucun'}."
        )
        return mission

    def _show_ranking(self, token: str, mission: dict[str, Any]) -> None:
        ranking = self._get(f"/v1/coordination/missions/{mission['id']}/ranking", token)
        ranked, rejected = ranking["ranked"], ranking["rejected"]
        self._check(
            len(ranked) > 1 and all(one["reasons"] for one in ranked),
            f"{len(ranked)} bénévoles possibles, {len(rejected)} écartés, chacun avec sa raison :",
            "Le classement est vide ou n'a pas de raisons.",
        )
        for place, one in enumerate(ranked[:SHOWN], 1):
            self._say(f"  {place}. {one['name']} ({one['score']:.1f}) : {' '.join(one['reasons'])}")
        if rejected:
            self._say(f"  Écarté : {rejected[0]['name']} : {rejected[0]['reason']}")

    def _wait_for_offers(self, before: int, mission: dict[str, Any]) -> list[str]:
        self._title("Les propositions partent.")

        def all_told() -> list[str] | None:
            told = [
                message["to"]
                for message in self._messages()[before:]
                if message["channel"] == "sms"
                and "près de chez vous" in message["text"]
                and _when(mission) in message["text"]
            ]
            return told if len(told) >= 2 else None

        phones = None
        for _ in range(MAX_WAVES):
            try:
                phones = self._wait(all_told, TOO_FEW_ASKED, patience_s=WAVE_PATIENCE_S)
                break
            except StepFailed:
                # One person likely enough to come is asked alone; the others when they are late.
                self._post("/demo/clock", {"advance_s": WAVE_GAP_S})
        phones = phones or self._wait(all_told, TOO_FEW_ASKED)
        self._done(f"{len(phones)} bénévoles ont reçu un SMS, sans nom ni adresse.")
        return phones

    def _sign_in_volunteer(self, phone: str) -> str:
        before = len(self._messages())
        self._post("/v1/auth/codes", {"phone": phone})

        def code() -> str | None:
            for message in self._messages()[before:]:
                found = re.search(r"\b\d{6}\b", message["text"])
                if message["to"] == phone and found is not None:
                    return found[0]
            return None

        received = self._wait(code, f"Le code n'arrive pas au {phone}.")
        session = self._post("/v1/auth/sessions", {"phone": phone, "code": received})
        token: str = session["token"]
        return token

    def _see_offer(self, name: str, token: str, mission: dict[str, Any]) -> dict[str, Any]:
        offers = self._get("/v1/offers?status=sent", token)["items"]
        offer: dict[str, Any] | None = next(
            (one for one in offers if one["mission_id"] == mission["id"]), None
        )
        if offer is None:
            raise StepFailed(f"{name} ne voit pas la proposition.")
        shown = offer["mission"]
        hidden = not any(shown.get(key) for key in ("address", "senior_name", "access_notes"))
        self._check(
            hidden,
            f"{name} voit : {shown['zone']}, à {shown['walk_minutes']} min à pied, sans adresse."
            f" {' '.join(offer['reasons'])}",
            f"{name} voit trop avant d'accepter.",
        )
        return offer

    def _accept(
        self, name: str, token: str, offer: dict[str, Any], mission: dict[str, Any]
    ) -> None:
        self._title(f"{name} accepte.")
        self._post(f"/v1/offers/{offer['id']}/accept", None, token)
        sheet = self._get(f"/v1/missions/{mission['id']}", token)
        self._check(
            bool(sheet.get("address") and sheet.get("code_word")),
            f"Sa feuille de mission dit où aller : {sheet.get('senior_name')},"
            f" {sheet.get('address')}, mot de passe « {sheet.get('code_word')} ».",
            "L'adresse manque sur la feuille de mission.",
        )

    def _come_second(
        self, name: str, token: str, offer: dict[str, Any], mission: dict[str, Any]
    ) -> None:
        answer = self._client.post(f"/v1/offers/{offer['id']}/accept", headers=_bearer(token))
        problem = answer.json()
        self._check(
            answer.status_code == 409 and problem.get("type", "").endswith("/mission-taken"),
            f"{name} accepte aussi, trop tard : « {problem.get('detail')} »",
            f"La deuxième réponse devait être refusée, elle a reçu {answer.status_code}.",
        )
        seen = self._client.get(f"/v1/missions/{mission['id']}", headers=_bearer(token))
        self._check(
            seen.status_code == 404,
            f"{name} ne voit ni la mission ni l'adresse.",
            f"{name} voit encore la mission ({seen.status_code}).",
        )

    def _thanked(self, name: str, phone: str, before: int) -> None:
        text = self._wait(
            lambda: self._find_text(before, phone, "Merci quand même"),
            f"{name} n'est pas remerciée.",
        )
        self._done(f"{name} reçoit : « {text} »")

    def _senior_told(self, senior: dict[str, Any], volunteer: str, before: int) -> None:
        first_name = volunteer.split()[0]
        text = self._wait(
            lambda: self._find_text(before, senior["phone"], first_name, channel="call"),
            f"{senior['name']} n'est pas rappelée.",
        )
        self._done(f"{senior['name']} est rappelée : « {text} »")

    def _find_text(
        self, before: int, phone: str, words: str, channel: str | None = None
    ) -> str | None:
        for message in self._messages()[before:]:
            fits = channel is None or message["channel"] == channel
            if fits and message["to"] == phone and words in message["text"]:
                text: str = message["text"]
                return text
        return None

    def _now(self) -> datetime:
        return datetime.fromisoformat(self._post("/demo/clock", {"advance_s": 0})["now"])

    def _messages(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self._get("/demo/messages")
        return listed

    def _get(self, path: str, token: str = "") -> Any:
        return _body(self._client.get(path, headers=_bearer(token)))

    def _post(self, path: str, body: Any, token: str = "") -> Any:
        return _body(self._client.post(path, json=body, headers=_bearer(token)))

    def _wait(
        self, look: Callable[[], T | None], failure: str, patience_s: float = PATIENCE_S
    ) -> T:
        patience_ends = time.monotonic() + patience_s
        while True:
            found = look()
            if found is not None:
                return found
            if time.monotonic() > patience_ends:
                raise StepFailed(failure)
            time.sleep(LOOK_EVERY_S)

    def _check(self, holds: bool, said: str, failure: str) -> None:
        if not holds:
            raise StepFailed(failure)
        self._done(said)

    def _title(self, text: str) -> None:
        self._say(f"\n{text}")

    def _done(self, text: str) -> None:
        self._say(f"✓ {text}")

    def _say(self, text: str) -> None:
        self._out.print(text, highlight=False, markup=False)


def _answer_to(sentences: list[str]) -> str:
    """The answer to the last question among these sentences.

    Raises:
        StepFailed: the senior has no answer to it.
    """
    for sentence in reversed(sentences):
        for asked, answer in ANSWERS:
            if asked in sentence:
                return answer
    raise StepFailed(f"Question inattendue : « {' '.join(sentences)} »")


def _when(mission: dict[str, Any]) -> str:
    return day_and_hour(datetime.fromisoformat(mission["starts_at"]), PARIS)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _body(answer: httpx2.Response) -> Any:
    if answer.is_error:
        path = answer.request.url.path
        raise StepFailed(f"{answer.request.method} {path} : {answer.status_code} {answer.text}")
    return answer.json()


@contextmanager
def _own_demo() -> Iterator[str]:
    """A demo of one's own on a free port, gone with its data afterwards; its URL."""
    with tempfile.TemporaryDirectory(prefix="compagnie-tour-") as folder:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        # Whatever database the environment names, a demo that is thrown away has its own.
        settings = demo_settings(port, Path(folder)).model_copy(update={"database_url": None})
        server = make_server(demo_app(settings), "127.0.0.1", port)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.05)
            yield settings.public_url
        finally:
            server.should_exit = True
            thread.join()
