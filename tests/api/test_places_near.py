"""The directory for a volunteer: around their home, or around a mission they hold."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from matcher.services.work import Runtime, Work
from matcher.store.tables import MissionRow, PlaceRow
from matcher.store.transitions import SYSTEM
from tests.fakes import FakeClock
from tests.people import (
    FAUBOURG,
    NEARBY,
    add_mission,
    add_senior,
    add_session,
    add_volunteer,
    give_mission,
)


@pytest.fixture
def headers(runtime: Runtime) -> dict[str, str]:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, "+33612345678")
        found = add_session(work, volunteer)
        mission = add_mission(work, add_senior(work))
        give_mission(work, mission, volunteer)
        add_place(work, "Près de chez moi", NEARBY[0] + 0.0005, NEARBY[1])
        add_place(work, "Près du rendez-vous", 48.8699, 2.3170, hours="24/7")
    return found


def add_place(work: Work, name: str, lat: float, lon: float, **fields: object) -> None:
    values = {
        "id": work.new_id(), "source_ref": name, "name": name, "category": "club",
        "description": "Un lieu.", "address": "", "lat": lat, "lon": lon, **fields,
    }  # fmt: skip
    work.session.add(PlaceRow(**values))


def mission_of(runtime: Runtime) -> MissionRow:
    with runtime.begin(SYSTEM) as work:
        return work.session.exec(select(MissionRow)).one()


def items(client: TestClient, headers: dict[str, str], query: str = "") -> list[dict[str, object]]:
    answer = client.get(f"/v1/places{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["items"]
    return found


def test_the_nearest_to_home_comes_first_with_everything_to_tell(
    client: TestClient, headers: dict[str, str], runtime: Runtime
) -> None:
    found = items(client, headers)
    assert [place["name"] for place in found] == ["Près de chez moi", "Près du rendez-vous"]
    assert found[0]["walk_minutes"] == 1
    assert (found[0]["state"], found[1]["state"]) == ("unknown", "open")
    assert (found[0]["hours"], found[1]["hours"]) == ("", "jour et nuit")
    assert "Ouvert jour et nuit." in found[1]["told"]


def test_a_mission_one_holds_is_another_place_to_look_from_at_its_own_hour(
    client: TestClient, headers: dict[str, str], runtime: Runtime
) -> None:
    mission = mission_of(runtime)
    opens = mission.starts_at.astimezone(runtime.settings.zone)
    with runtime.begin(SYSTEM) as work:
        day = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")[opens.weekday()]
        hours = f"{day} {opens:%H:%M}-{opens + timedelta(hours=1):%H:%M}"
        add_place(work, "À cette heure", 48.8690, 2.3170, hours=hours)
    found = items(client, headers, f"?mission={mission.id}")
    assert [place["name"] for place in found] == [
        "Près du rendez-vous",
        "À cette heure",
        "Près de chez moi",
    ]
    assert found[1]["state"] == "open"
    assert items(client, headers)[2]["state"] == "closed"
    assert int(str(found[2]["walk_minutes"])) >= 8


def test_pages_of_both_go_on_where_they_stopped(
    client: TestClient, headers: dict[str, str], runtime: Runtime
) -> None:
    for query in ("?limit=1", f"?limit=1&mission={mission_of(runtime).id}"):
        first = client.get(f"/v1/places{query}", headers=headers).json()
        second = client.get(f"/v1/places{query}&cursor={first['next']}", headers=headers).json()
        assert second["next"] is None
        assert {first["items"][0]["name"], second["items"][0]["name"]} == {
            "Près de chez moi",
            "Près du rendez-vous",
        }


def test_a_cursor_of_another_list_is_refused(
    client: TestClient, headers: dict[str, str], runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work, "+33639980009")
        for ahead in (5, 6):
            add_mission(work, senior, work.now + timedelta(days=ahead))
    cursor = client.get("/v1/missions?limit=1", headers=headers).json()["next"]
    assert cursor is not None
    refused = client.get(f"/v1/places?cursor={cursor}", headers=headers)
    assert refused.status_code == 422
    assert "autre liste" in refused.text


@pytest.mark.parametrize("whose", ["nobody's", "another's", "an open one", "one long over"])
def test_nobody_learns_from_walks_where_a_mission_is_that_they_may_not_see(
    client: TestClient, headers: dict[str, str], runtime: Runtime, clock: FakeClock, whose: str
) -> None:
    mission_id = UUID(int=999_999)
    if whose == "one long over":
        mission = mission_of(runtime)
        mission_id = mission.id
        clock.now = mission.ends_at + timedelta(hours=2, seconds=1)
    elif whose != "nobody's":
        with runtime.begin(SYSTEM) as work:
            mission = add_mission(work, add_senior(work, "+33639980009"))
            mission_id = mission.id
            if whose == "another's":
                give_mission(work, mission, add_volunteer(work, "+33612345679"))
    answer = client.get(f"/v1/places?mission={mission_id}", headers=headers)
    assert answer.status_code == 404


def test_no_place_on_earth_can_be_asked_for_by_address(
    client: TestClient, headers: dict[str, str]
) -> None:
    parameters = client.get("/v1/openapi.json").json()["paths"]["/places"]["get"]["parameters"]
    assert {one["name"] for one in parameters if one["in"] == "query"} == {
        "category",
        "mission",
        "cursor",
        "limit",
    }
    found = items(client, headers, f"?lat={FAUBOURG['lat']}&lon={FAUBOURG['lon']}")
    assert found[0]["name"] == "Près de chez moi"
