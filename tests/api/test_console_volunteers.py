"""The console's pages of volunteers, and the same over the API."""

from __future__ import annotations

import html
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from matcher.domain.lifecycle import MissionStatus
from matcher.services.acceptance import accept_mission
from matcher.services.work import Runtime
from matcher.store.tables import MissionRow, VolunteerRow
from matcher.store.transitions import SYSTEM
from tests.api.test_console import form_token, sign_in
from tests.people import add_coordinator, add_mission, add_senior, add_session, add_volunteer

LUCAS, INES = "+33639980011", "+33639980012"


@pytest.fixture
def console(client: TestClient, runtime: Runtime) -> TestClient:
    with runtime.begin(SYSTEM) as work:
        add_coordinator(work)
    sign_in(client, runtime)
    return client


def add_both(runtime: Runtime) -> tuple[UUID, UUID]:
    with runtime.begin(SYSTEM) as work:
        lucas = add_volunteer(work, LUCAS, first_name="Lucas", last_name="Petit").id
        return lucas, add_volunteer(work, INES, first_name="Inès", last_name="Lepetit").id


def find(console: TestClient, words: str) -> str:
    return html.unescape(console.get("/console/volunteers", params={"words": words}).text)


def is_active(runtime: Runtime, volunteer_id: UUID) -> bool:
    with runtime.begin(SYSTEM) as work:
        return work.session.get_one(VolunteerRow, volunteer_id).active


@pytest.mark.parametrize(
    ("words", "lucas_found", "ines_found"),
    [
        ("petit", True, True),
        ("petit lucas", True, False),
        ("06 39 98 00 12", False, True),
        ("%", False, False),
        ("Durand", False, False),
    ],
)
def test_volunteers_are_found_by_name_or_number(
    console: TestClient, runtime: Runtime, words: str, lucas_found: bool, ines_found: bool
) -> None:
    add_both(runtime)
    page = find(console, words)
    assert ("Lucas Petit" in page) == lucas_found
    assert ("Inès Lepetit" in page) == ines_found
    assert ("Personne à ce nom" in page) == (not lucas_found and not ines_found)


def test_a_volunteer_is_suspended_and_brought_back_on_their_page(
    console: TestClient, runtime: Runtime
) -> None:
    lucas, _ = add_both(runtime)
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work), work.now + timedelta(days=2))
        accept_mission(work, mission.id, lucas)
    path = f"/console/volunteers/{lucas}"
    assert path in console.get(f"/console/missions/{mission.id}").text
    page = console.get(path).text
    assert f"/console/missions/{mission.id}" in page
    form = {"form": form_token(page)}
    suspended = html.unescape(console.post(f"{path}/suspend", data=form).text)
    assert "Lever la suspension" in suspended
    assert not is_active(runtime, lucas)
    with runtime.begin(SYSTEM) as work:
        assert work.session.get_one(MissionRow, mission.id).status == MissionStatus.OPEN
    assert "Lucas Petit" in find(console, "")
    back = html.unescape(console.post(f"{path}/bring-back", data=form).text)
    assert "Oui, suspendre" in back
    assert is_active(runtime, lucas)
    assert "Aucun pour l'instant." in find(console, "")


def test_a_form_from_elsewhere_suspends_nobody(console: TestClient, runtime: Runtime) -> None:
    lucas, _ = add_both(runtime)
    path = f"/console/volunteers/{lucas}/suspend"
    assert console.post(path, data={"form": "0" * 64}).status_code == 403
    assert is_active(runtime, lucas)
    assert console.get(f"/console/volunteers/{UUID(int=99)}").status_code == 404


def test_a_coordinator_suspends_and_brings_back_over_the_api(
    client: TestClient, runtime: Runtime
) -> None:
    lucas, _ = add_both(runtime)
    with runtime.begin(SYSTEM) as work:
        headers = add_session(work, add_coordinator(work))
    path = f"/v1/coordination/volunteers/{lucas}/suspension"
    for _ in range(2):
        assert client.put(path, headers=headers).status_code == 204
    assert not is_active(runtime, lucas)
    assert client.delete(path, headers=headers).status_code == 204
    assert is_active(runtime, lucas)
    missing = f"/v1/coordination/volunteers/{UUID(int=99)}/suspension"
    assert client.put(missing, headers=headers).status_code == 404
