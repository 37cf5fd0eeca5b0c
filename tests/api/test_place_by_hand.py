"""A coordinator puts a mission's meeting point on the map."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from matcher.domain.lifecycle import MissionStatus
from matcher.services import visits
from matcher.services.work import Runtime
from matcher.store.tables import MessageRow
from matcher.store.transitions import SYSTEM
from tests.fakes import FakeClock
from tests.people import (
    add_coordinator,
    add_mission,
    add_senior,
    add_session,
    add_volunteer,
    give_mission,
)

REPUBLIQUE = {"lat": 48.8674, "lon": 2.3637}


@pytest.fixture
def headers(runtime: Runtime) -> dict[str, str]:
    with runtime.begin(SYSTEM) as work:
        return add_session(work, add_coordinator(work))


def path(mission_id: UUID) -> str:
    return f"/v1/coordination/missions/{mission_id}/place"


def test_the_mission_moves_and_the_journal_says_who_moved_it(
    client: TestClient, runtime: Runtime, headers: dict[str, str]
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work), status=MissionStatus.TO_VERIFY.value)
    placed = client.post(path(mission.id), json=REPUBLIQUE, headers=headers)
    assert placed.status_code == 200
    assert "place de la République" in placed.json()["address"]
    assert [(event["kind"], event["actor"]) for event in placed.json()["events"]] == [
        ("placed_by_hand", "staff")
    ]


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        ({"lat": 48.80, "lon": 2.12}, 422, "outside-territory"),
        ({"lat": 95.0, "lon": 2.36}, 422, None),
        ({"lat": "nan", "lon": 2.36}, 422, None),
        ({"lat": 48.86}, 422, None),
        (REPUBLIQUE | {"address": "ici"}, 422, None),
    ],
)
def test_a_point_outside_or_none_at_all_is_refused(
    client: TestClient,
    runtime: Runtime,
    headers: dict[str, str],
    body: dict[str, object],
    status: int,
    problem: str | None,
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
    refused = client.post(path(mission.id), json=body, headers=headers)
    assert refused.status_code == status
    if problem is not None:
        assert refused.json()["type"].endswith(problem)


@pytest.mark.parametrize(("max_walk_m", "status"), [(9000, "accepted"), (2000, "open")])
def test_who_holds_what_is_moved_is_asked_again_or_freed_when_it_is_too_far_for_them(
    client: TestClient,
    runtime: Runtime,
    headers: dict[str, str],
    max_walk_m: int,
    status: str,
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
        give_mission(work, mission, add_volunteer(work, "+33612345678", max_walk_m=max_walk_m))
    moved = client.post(path(mission.id), json=REPUBLIQUE, headers=headers)
    assert moved.json()["status"] == status
    with runtime.begin(SYSTEM) as work:
        (text,) = work.session.exec(select(MessageRow.text).where(MessageRow.channel == "sms"))
    assert ("Venez-vous toujours" in text) == (status == "accepted")


def test_a_mission_that_has_begun_is_not_moved(
    client: TestClient, runtime: Runtime, headers: dict[str, str]
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
        volunteer = add_volunteer(work, "+33612345678")
        give_mission(work, mission, volunteer)
        visits.start(work, mission.id, volunteer.id)
    refused = client.post(path(mission.id), json=REPUBLIQUE, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/state-conflict")
    assert client.post(path(UUID(int=999)), json=REPUBLIQUE, headers=headers).status_code == 404


def test_an_outing_nobody_took_for_want_of_a_place_is_placed_then_looked_for_again(
    client: TestClient, runtime: Runtime, headers: dict[str, str], clock: FakeClock
) -> None:
    with runtime.begin(SYSTEM) as work:
        lost = [
            add_mission(
                work,
                add_senior(work),
                work.now + timedelta(hours=hours),
                status=MissionStatus.UNFILLED.value,
                meeting=None,
            ).id
            for hours in (1, 48)
        ]
    clock.advance(hours=1)
    begun = client.post(path(lost[0]), json=REPUBLIQUE, headers=headers)
    assert (begun.status_code, begun.json()["type"]) == (409, "/problems/state-conflict")
    placed = client.post(path(lost[1]), json=REPUBLIQUE, headers=headers)
    assert (placed.json()["status"], placed.json()["zone"]) == ("unfilled", "Paris 3e")
    reopened = client.post(f"/v1/coordination/missions/{lost[1]}/reopen", headers=headers)
    assert reopened.json()["status"] == "open"


def test_only_coordinators_move_a_mission(client: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
        volunteer = add_session(work, add_volunteer(work, "+33612345678"))
    assert client.post(path(mission.id), json=REPUBLIQUE).status_code == 401
    assert client.post(path(mission.id), json=REPUBLIQUE, headers=volunteer).status_code == 403
