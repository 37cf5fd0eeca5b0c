"""The console's page of one outing: what it shows, and what a coordinator decides there."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pyotp
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlmodel import select

from matcher.domain.lifecycle import MissionStatus
from matcher.services.tasks import add_task
from matcher.services.work import Runtime
from matcher.store.tables import EventRow, MissionRow, TaskKind
from matcher.store.transitions import SYSTEM
from tests.fakes import FakeClock
from tests.people import (
    ACCESS_NOTES,
    CODE_WORD,
    STAFF_EMAIL,
    STAFF_PASSWORD,
    STAFF_TOTP,
    add_coordinator,
    add_mission,
    add_offer,
    add_senior,
    add_session,
    add_volunteer,
    address_label,
    give_mission,
)


def form_token(page: str) -> str:
    found = re.search(r'name="form" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


@pytest.fixture
def console(client: TestClient, runtime: Runtime) -> TestClient:
    """A coordinator at the console."""
    with runtime.begin(SYSTEM) as work:
        add_coordinator(work)
    form = {
        "form": form_token(client.get("/console/sign-in").text),
        "email": STAFF_EMAIL,
        "password": STAFF_PASSWORD,
        "code": pyotp.TOTP(STAFF_TOTP).at(runtime.clock()),
    }
    assert client.post("/console/sign-in", data=form).status_code == 200
    return client


def path(mission_id: UUID) -> str:
    return f"/console/missions/{mission_id}"


def post(console: TestClient, mission_id: UUID, form: str, **fields: str) -> Response:
    """What the page answers to one of its forms."""
    token = form_token(console.get(path(mission_id)).text)
    return console.post(f"{path(mission_id)}/{form}", data={"form": token, **fields})


def find_mission(runtime: Runtime, mission_id: UUID) -> MissionRow:
    with runtime.begin(SYSTEM) as work:
        return work.session.get_one(MissionRow, mission_id)


def test_the_page_says_what_somebody_without_the_app_has_to_be_told(
    console: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work), needs=["walker"])
        add_offer(work, mission, add_volunteer(work, "+33612345679", first_name="Inès"))
    page = console.get(path(mission.id))
    assert page.headers["cache-control"] == "no-store"
    for shown in ("Odette Lambert", "01 42 65 00 01", "déambulateur", "le médecin", ACCESS_NOTES):
        assert shown in page.text
    assert address_label() in page.text
    assert "Proposée" in page.text
    assert "Inès" in page.text
    assert CODE_WORD not in page.text
    with runtime.begin(SYSTEM) as work:
        give_mission(work, work.session.merge(mission), add_volunteer(work, "+33142000000"))
    held = console.get(path(mission.id)).text
    for shown in (CODE_WORD, "Lucas Moreau", "01 42 00 00 00"):
        assert shown in held


def test_the_board_and_the_tasks_lead_to_the_page(console: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        on_board, past = (add_mission(work, add_senior(work, f"+3314265000{n}")) for n in (1, 2))
        past.status = MissionStatus.CANCELLED.value
        past.starts_at -= timedelta(days=30)
        past.ends_at -= timedelta(days=30)
        add_task(work, TaskKind.ATTENTION, "À voir.", mission_id=past.id)
    page = console.get("/console").text
    for mission in (on_board, past):
        assert page.count(f'href="{path(mission.id)}"') == 1


def test_whoever_looks_is_written_down_and_others_are_led_to_the_form(
    console: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
        headers = add_session(work, add_volunteer(work, "+33612345678"))
    console.get(path(mission.id))
    with runtime.begin(SYSTEM) as work:
        seen = work.session.exec(select(EventRow).where(EventRow.kind == "viewed")).one()
    assert (seen.entity_id, seen.actor_kind) == (mission.senior_id, "staff")
    assert console.get(path(UUID(int=999))).status_code == 404
    console.cookies.clear()
    for method in ("GET", "POST"):
        url = path(mission.id) + ("/verify" if method == "POST" else "")
        answer = console.request(
            method, url, data={"form": "x"}, headers=headers, follow_redirects=False
        )
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")


def test_a_new_caller_s_request_is_verified(console: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work), status=MissionStatus.TO_VERIFY.value)
    assert "Demande vérifiée : chercher un bénévole" in console.get(path(mission.id)).text
    after = post(console, mission.id, "verify")
    assert find_mission(runtime, mission.id).status == MissionStatus.OPEN
    assert 'role="alert"' not in after.text
    assert re.search(r"Demande vérifiée <span[^>]*>\(la coordination\)", after.text)


def test_an_outing_is_cancelled_for_a_reason(console: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
    assert post(console, mission.id, "cancel").status_code == 422
    assert find_mission(runtime, mission.id).status == MissionStatus.OPEN
    after = post(console, mission.id, "cancel", reason="duplicate")
    assert "Annulée" in after.text
    assert "Annuler la sortie" not in after.text
    with runtime.begin(SYSTEM) as work:
        event = work.session.exec(select(EventRow).where(EventRow.kind == "cancel")).one()
    assert (event.reason, event.actor_kind) == ("duplicate", "staff")


@pytest.mark.parametrize(
    ("form", "refusal"),
    [
        ("verify", "Il faut d&#39;abord placer le lieu de rendez-vous sur la carte."),
        ("release", "Cette action n&#39;est plus possible dans l&#39;état actuel."),
    ],
)
def test_what_is_refused_is_said_in_a_sentence_and_changes_nothing(
    console: TestClient, runtime: Runtime, form: str, refusal: str
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(
            work, add_senior(work), status=MissionStatus.TO_VERIFY.value, meeting=None
        )
    page = console.get(path(mission.id)).text
    assert "Placez d'abord le lieu." in page
    assert f"{path(mission.id)}/verify" not in page
    answer = post(console, mission.id, form)
    assert f'role="alert">{refusal}<' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert find_mission(runtime, mission.id).status == MissionStatus.TO_VERIFY


def test_a_form_from_elsewhere_decides_nothing(console: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
    forged = {"form": "0" * 64, "reason": "other"}
    assert console.post(f"{path(mission.id)}/cancel", data=forged).status_code == 403
    assert find_mission(runtime, mission.id).status == MissionStatus.OPEN


def test_an_absence_is_noted_on_the_page(
    console: TestClient, runtime: Runtime, clock: FakeClock
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work), work.now + timedelta(hours=1))
        give_mission(work, mission, add_volunteer(work, "+33612345678"))
    assert "Libérer le bénévole" in console.get(path(mission.id)).text
    clock.advance(minutes=65)
    assert "Personne aînée absente" in console.get(path(mission.id)).text
    post(console, mission.id, "senior-absent")
    assert find_mission(runtime, mission.id).status == MissionStatus.NO_SHOW
