"""What `compagnie doctor` finds, and what it says to do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from api.doctor import Finding, examine
from matcher.geocoding.ban import BanGeocoder
from matcher.geocoding.chain import GuardedGeocoder
from matcher.geocoding.valhalla import ValhallaTravelTimes
from matcher.ports import NumberSetup, SendingFailed
from matcher.services.work import Runtime
from matcher.store.transitions import SYSTEM
from tests.ban_server import DOOR, STREET, LocalBan
from tests.conftest import AUTH_TOKEN
from tests.valhalla_server import LocalValhalla

BASE = "https://compagnie.test/phone"
RIGHT = NumberSetup(
    voice=(f"{BASE}/voice", "POST"),
    status=(f"{BASE}/status", "POST"),
    sms=(f"{BASE}/sms", "POST"),
    fallback=("https://elsewhere.test/fallback.xml", "GET"),
    overridden=False,
)


@dataclass
class FakeNumbers:
    """The provider's word on a number, or its silence."""

    setup: NumberSetup | None
    down: bool = False
    asked: int = 0

    def find(self, number: str) -> NumberSetup | None:
        self.asked += 1
        if self.down:
            raise SendingFailed("HTTP 401")
        return self.setup


def about(findings: list[Finding], word: str) -> list[Finding]:
    return [one for one in findings if word in one.text]


def faults(runtime: Runtime, setup: NumberSetup | None) -> list[str]:
    found = about(examine(runtime, FakeNumbers(setup)), "Twilio")
    return [one.text for one in found if not one.fine]


def test_a_number_that_is_set_up_as_it_should_needs_nothing(runtime: Runtime) -> None:
    assert faults(runtime, RIGHT) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"voice": ("", "POST")}, f"mettez {BASE}/voice en POST. Actuellement : rien."),
        ({"status": ("https://old.test/status", "POST")}, "Actuellement : https://old.test/status"),
        ({"sms": (f"{BASE}/sms", "GET")}, f"mettez {BASE}/sms en POST"),
        ({"fallback": ("", "POST")}, "compagnie fallback"),
        ({"fallback": (f"{BASE}/fallback", "POST")}, "ailleurs"),
        ({"overridden": True}, "Enlevez-le"),
    ],
)
def test_every_address_that_is_wrong_is_named_with_what_to_put(
    runtime: Runtime, wrong: dict[str, tuple[str, str] | bool], said: str
) -> None:
    (fault,) = faults(runtime, replace(RIGHT, **wrong))
    assert said in fault


def test_a_number_of_another_account_is_said_to_be_one(runtime: Runtime) -> None:
    (fault,) = faults(runtime, None)
    assert runtime.settings.phone_number in fault


def test_a_provider_that_does_not_answer_is_a_fault_that_names_no_secret(runtime: Runtime) -> None:
    findings = examine(runtime, FakeNumbers(None, down=True))
    assert [one.text for one in about(findings, "Twilio") if not one.fine] == [
        "Twilio : le numéro n'a pas pu être vérifié (HTTP 401)."
    ]
    assert AUTH_TOKEN not in str(findings)


def test_without_credentials_nobody_is_asked_and_what_to_set_is_said(runtime: Runtime) -> None:
    settings = runtime.settings.model_copy(update={"twilio_auth_token": SecretStr("")})
    numbers = FakeNumbers(RIGHT)
    findings = about(examine(replace(runtime, settings=settings), numbers), "Twilio")
    assert numbers.asked == 0
    assert not findings[0].fine
    for path in ("voice", "status", "sms"):
        assert about(findings, f"{BASE}/{path} en POST")


def test_a_worker_that_shows_itself_and_jobs_that_failed_are_seen(runtime: Runtime) -> None:
    assert not about(examine(runtime, FakeNumbers(RIGHT)), "rien ne les fait")[0].fine
    with runtime.begin(SYSTEM) as work:
        work.session.execute(text("INSERT INTO procrastinate_workers DEFAULT VALUES"))
        work.session.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, status, args)"
                " VALUES ('default', 'send_message', 'failed', '{}')"
            )
        )
    findings = about(examine(runtime, FakeNumbers(RIGHT)), "Travaux")
    assert [one.fine for one in findings] == [True, False]
    with runtime.begin(SYSTEM) as work:
        work.session.execute(
            text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '5 minutes'")
        )
    assert not about(examine(runtime, FakeNumbers(RIGHT)), "rien ne les fait")[0].fine


@pytest.fixture
def ban() -> Iterator[LocalBan]:
    with LocalBan() as local:
        yield local


@pytest.fixture
def valhalla() -> Iterator[LocalValhalla]:
    with LocalValhalla() as local:
        yield local


def asks_ban(runtime: Runtime, url: str) -> Finding:
    asked = GuardedGeocoder(BanGeocoder(url, timeout_s=0.2))
    findings = examine(replace(runtime, second_opinion=asked), FakeNumbers(RIGHT))
    (found,) = about(findings, "Adresses en ligne")
    return found


def asks_valhalla(runtime: Runtime, url: str) -> Finding:
    asked = ValhallaTravelTimes(url, timeout_s=0.2)
    findings = examine(replace(runtime, travel_times=asked), FakeNumbers(RIGHT))
    (found,) = about(findings, "Temps de marche")
    return found


def test_without_web_services_nothing_is_to_be_mended_and_that_is_said(runtime: Runtime) -> None:
    alone = replace(runtime, second_opinion=None, travel_times=None)
    findings = examine(alone, FakeNumbers(RIGHT))
    told = about(findings, "Adresses en ligne") + about(findings, "Temps de marche")
    assert [one.fine for one in told] == [True, True]
    assert all("non configuré" in one.text for one in told)


@pytest.mark.parametrize("answer", [DOOR, STREET])
def test_an_address_service_that_knows_a_door_from_here_is_fine(
    runtime: Runtime, ban: LocalBan, answer: dict[str, object]
) -> None:
    ban.answer(answer)
    assert asks_ban(runtime, ban.url).fine
    ((path, query),) = ban.asked
    assert path == "/geocodage/search"
    assert query["q"] == [next(iter(runtime.atlas.gazetteer)).label]


@pytest.mark.parametrize("answer", [(), ({**DOOR, "citycode": "69001"},)])
def test_an_address_service_that_knows_no_door_from_here_is_a_fault(
    runtime: Runtime, ban: LocalBan, answer: tuple[dict[str, object], ...]
) -> None:
    ban.answer(*answer)
    found = asks_ban(runtime, ban.url)
    assert not found.fine
    assert "ne connaît pas" in found.text


@pytest.mark.parametrize("status", [404, 429, 500])
def test_services_that_answer_an_error_are_faults(
    runtime: Runtime, ban: LocalBan, valhalla: LocalValhalla, status: int
) -> None:
    ban.status = valhalla.status = status
    assert "COMPAGNIE_BAN_URL" in asks_ban(runtime, ban.url).text
    assert "COMPAGNIE_VALHALLA_URL" in asks_valhalla(runtime, valhalla.url).text


def test_services_that_answer_something_else_are_faults(
    runtime: Runtime, ban: LocalBan, valhalla: LocalValhalla
) -> None:
    ban.body = valhalla.body = b"<html>"
    assert not asks_ban(runtime, ban.url).fine
    assert not asks_valhalla(runtime, valhalla.url).fine


def test_services_that_stay_silent_or_are_gone_are_faults(
    runtime: Runtime, ban: LocalBan, valhalla: LocalValhalla
) -> None:
    ban.release, valhalla.release = threading.Event(), threading.Event()
    assert not asks_ban(runtime, ban.url).fine
    assert not asks_valhalla(runtime, valhalla.url).fine
    ban.stop()
    valhalla.stop()
    assert not asks_ban(runtime, ban.url).fine
    assert not asks_valhalla(runtime, valhalla.url).fine


def test_an_address_without_its_scheme_is_a_fault(runtime: Runtime) -> None:
    assert not asks_ban(runtime, "addok:7878").fine
    assert not asks_valhalla(runtime, "valhalla:8002").fine


def test_a_route_service_that_walks_from_door_to_door_is_fine(
    runtime: Runtime, valhalla: LocalValhalla
) -> None:
    assert asks_valhalla(runtime, valhalla.url).fine
    ((path, question),) = valhalla.asked
    assert path == "/sources_to_targets"
    assert len(question["sources"]) == 2


def test_a_route_service_without_the_territory_is_a_fault(
    runtime: Runtime, valhalla: LocalValhalla
) -> None:
    valhalla.body = b'{"sources_to_targets": [[{"time": 0}], [{"time": null}]]}'
    found = asks_valhalla(runtime, valhalla.url)
    assert not found.fine
    assert "Sa carte couvre-t-elle" in found.text
