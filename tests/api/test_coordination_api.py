"""The coordinators' API."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from matcher.domain.lifecycle import MissionStatus
from matcher.services.tasks import add_task
from matcher.services.work import Runtime
from matcher.store.tables import EventRow, SeniorRow, TaskKind
from matcher.store.transitions import SYSTEM
from tests.people import (
    ACCESS_NOTES,
    add_coordinator,
    add_mission,
    add_offer,
    add_senior,
    add_session,
    add_volunteer,
    address_label,
    give_mission,
)


@dataclass(frozen=True)
class Desk:
    """A coordinator and three missions: to verify, open with an offer, accepted."""

    headers: dict[str, str]
    to_verify: UUID
    open: UUID
    accepted: UUID
    senior: UUID


@pytest.fixture
def desk(runtime: Runtime) -> Desk:
    with runtime.begin(SYSTEM) as work:
        coordinator = add_coordinator(work)
        volunteer = add_volunteer(work, "+33612345678")
        senior = add_senior(work)
        to_verify = add_mission(work, senior, status=MissionStatus.TO_VERIFY.value)
        offered = add_mission(work, senior)
        add_offer(work, offered, volunteer)
        accepted = add_mission(work, senior)
        give_mission(work, accepted, volunteer)
        return Desk(
            add_session(work, coordinator), to_verify.id, offered.id, accepted.id, senior.id
        )


def test_missions_are_listed_and_filtered(client: TestClient, desk: Desk) -> None:
    everything = client.get("/v1/coordination/missions", headers=desk.headers).json()
    assert len(everything["items"]) == 3
    filtered = client.get("/v1/coordination/missions?status=accepted", headers=desk.headers)
    [mission] = filtered.json()["items"]
    assert mission["id"] == str(desk.accepted)
    assert mission["senior"]["name"] == "Odette Lambert"
    assert mission["volunteer"]["name"] == "Lucas Moreau"


def test_missions_go_by_pages(client: TestClient, desk: Desk) -> None:
    first = client.get("/v1/coordination/missions?limit=2", headers=desk.headers).json()
    second = client.get(
        f"/v1/coordination/missions?limit=2&cursor={first['next']}", headers=desk.headers
    ).json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)


def test_a_mission_is_shown_whole_and_the_view_is_noted(
    client: TestClient, desk: Desk, runtime: Runtime
) -> None:
    mission = client.get(f"/v1/coordination/missions/{desk.open}", headers=desk.headers).json()
    assert mission["address"] == address_label()
    assert mission["access_notes"] == ACCESS_NOTES
    [offer] = mission["offers"]
    assert (offer["volunteer_name"], offer["status"]) == ("Lucas Moreau", "sent")
    assert (offer["walk_minutes"], offer["reasons"]) == (8, ["Vous habitez tout près."])
    with runtime.begin(SYSTEM) as work:
        viewed = work.session.exec(select(EventRow).where(EventRow.kind == "viewed")).one()
    assert (viewed.entity_id, viewed.actor_kind) == (desk.senior, "staff")


def test_verifying_opens_a_mission_once(client: TestClient, desk: Desk) -> None:
    path = f"/v1/coordination/missions/{desk.to_verify}/verify"
    verified = client.post(path, headers=desk.headers).json()
    assert verified["status"] == "open"
    assert [(e["kind"], e["actor"]) for e in verified["events"]] == [("verify", "staff")]
    again = client.post(path, headers=desk.headers)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/state-conflict")


def test_a_mission_without_a_place_is_put_on_the_map_before_it_is_verified(
    client: TestClient, desk: Desk, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        senior = work.session.get_one(SeniorRow, desk.senior)
        fields = {"status": MissionStatus.TO_VERIFY.value, "meeting": None}
        mission_id = add_mission(work, senior, **fields).id
    path = f"/v1/coordination/missions/{mission_id}"
    assert client.get(path, headers=desk.headers).json()["address"] is None
    for call in (
        client.post(f"{path}/verify", headers=desk.headers),
        client.get(f"{path}/ranking", headers=desk.headers),
    ):
        assert (call.status_code, call.json()["type"]) == (409, "/problems/place-unknown")
    place = {"lat": 48.8674, "lon": 2.3637}
    placed = client.post(f"{path}/place", json=place, headers=desk.headers).json()
    assert placed["address"].endswith("place de la République, 75011 Paris")
    assert client.post(f"{path}/verify", headers=desk.headers).json()["status"] == "open"


def test_cancelling_takes_a_reason(client: TestClient, desk: Desk) -> None:
    path = f"/v1/coordination/missions/{desk.accepted}/cancel"
    story = client.post(path, json={"reason": "une histoire"}, headers=desk.headers)
    assert story.status_code == 422
    cancelled = client.post(path, json={"reason": "senior"}, headers=desk.headers).json()
    assert (cancelled["status"], cancelled["events"][-1]["reason"]) == ("cancelled", "senior")


def test_the_ranking_says_who_and_why(client: TestClient, desk: Desk, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        add_volunteer(work, "+33612345679", first_name="Inès")
        add_volunteer(work, "+33612345680", first_name="Noé", vetted=False)
    path = f"/v1/coordination/missions/{desk.to_verify}/ranking"
    ranking = client.get(path, headers=desk.headers).json()
    assert "Inès Moreau" in [one["name"] for one in ranking["ranked"]]
    best = ranking["ranked"][0]
    assert best["score"] == pytest.approx(
        sum(part["value"] for part in best["components"]), abs=0.05
    )
    rejected = {one["name"]: one["rule"] for one in ranking["rejected"]}
    assert rejected["Noé Moreau"] == "not_vetted"


def test_tasks_are_done_once(client: TestClient, desk: Desk, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        add_task(work, TaskKind.UNFILLED, "Rappeler.", mission_id=desk.open, details={"a": "b"})
        add_task(work, TaskKind.CALL_BACK, "Rappeler aussi.")
    tasks = client.get("/v1/coordination/tasks?limit=1", headers=desk.headers).json()
    [first] = tasks["items"]
    rest = client.get(
        f"/v1/coordination/tasks?limit=1&cursor={tasks['next']}", headers=desk.headers
    ).json()
    assert len(rest["items"]) == 1
    path = f"/v1/coordination/tasks/{first['id']}/done"
    done = client.post(path, headers=desk.headers)
    assert done.json()["done_at"]
    assert client.post(path, headers=desk.headers).json() == done.json()
    left = client.get("/v1/coordination/tasks", headers=desk.headers).json()["items"]
    assert [task["id"] for task in left] == [rest["items"][0]["id"]]


def test_what_does_not_exist_is_not_found(client: TestClient, desk: Desk) -> None:
    nothing = UUID(int=999)
    for method, path in (
        ("GET", f"/missions/{nothing}"),
        ("GET", f"/missions/{nothing}/ranking"),
        ("POST", f"/missions/{nothing}/verify"),
        ("POST", f"/tasks/{nothing}/done"),
    ):
        answer = client.request(method, f"/v1/coordination{path}", headers=desk.headers)
        assert answer.status_code == 404
