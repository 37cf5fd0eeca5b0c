"""Offers and missions over HTTP: blurred before, exact after, hidden again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from matcher.domain.lifecycle import MissionStatus
from matcher.services.work import Runtime
from matcher.store.tables import EventRow, OfferRow, VolunteerRow
from matcher.store.transitions import SYSTEM
from tests.fakes import FakeClock
from tests.people import (
    ACCESS_NOTES,
    add_mission,
    add_offer,
    add_senior,
    add_session,
    add_volunteer,
    address_label,
)

BLURRED = {
    "id",
    "status",
    "starts_at",
    "ends_at",
    "purpose",
    "needs",
    "zone",
    "walk_minutes",
    "senior_initial",
}
EXACT = {"address", "access_notes", "senior_name", "code_word", "call_link"}
SECRETS = (ACCESS_NOTES, "Faubourg", "Odette", "Lambert", "48.87", "2.31", "+3314265")


@dataclass(frozen=True)
class Scene:
    """Two volunteers, one open mission, an offer to each."""

    lucas: dict[str, str]
    ines: dict[str, str]
    unvetted: dict[str, str]
    lucas_id: UUID
    mission_id: UUID
    lucas_offer: UUID
    ines_offer: UUID
    starts_at: datetime


@pytest.fixture
def scene(runtime: Runtime) -> Scene:
    with runtime.begin(SYSTEM) as work:
        lucas = add_volunteer(work, "+33612345678")
        ines = add_volunteer(work, "+33612345679", first_name="Inès")
        unvetted = add_volunteer(work, "+33612345680", vetted=False)
        mission = add_mission(work, add_senior(work))
        return Scene(
            lucas=add_session(work, lucas),
            ines=add_session(work, ines),
            unvetted=add_session(work, unvetted),
            lucas_id=lucas.id,
            mission_id=mission.id,
            lucas_offer=add_offer(work, mission, lucas).id,
            ines_offer=add_offer(work, mission, ines).id,
            starts_at=mission.starts_at,
        )


def get(client: TestClient, path: str, headers: dict[str, str]) -> dict[str, Any]:
    answer = client.get(f"/v1{path}", headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def accept(client: TestClient, scene: Scene) -> dict[str, Any]:
    answer = client.post(f"/v1/offers/{scene.lucas_offer}/accept", headers=scene.lucas)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def assert_blurred(mission: dict[str, Any]) -> None:
    assert set(mission) == BLURRED
    assert not [secret for secret in SECRETS if secret in str(mission)]


def test_an_offer_shows_its_mission_blurred(client: TestClient, scene: Scene) -> None:
    page = get(client, "/offers", scene.lucas)
    assert page["next"] is None
    [offer] = page["items"]
    assert set(offer) == {"id", "mission_id", "status", "reasons", "expires_at", "mission"}
    assert (offer["id"], offer["status"]) == (str(scene.lucas_offer), "sent")
    assert_blurred(offer["mission"])
    assert offer["mission"]["walk_minutes"] == 10
    assert offer["mission"]["senior_initial"] == "O."


def test_times_carry_the_offset_of_the_territory(client: TestClient, scene: Scene) -> None:
    mission = get(client, f"/missions/{scene.mission_id}", scene.lucas)
    assert mission["starts_at"].endswith("+01:00")
    assert datetime.fromisoformat(mission["starts_at"]) == scene.starts_at


def test_open_missions_are_listed_blurred(client: TestClient, scene: Scene) -> None:
    [mission] = get(client, "/missions", scene.lucas)["items"]
    assert_blurred(mission)
    assert mission["walk_minutes"] % 5 == 0
    assert_blurred(get(client, f"/missions/{scene.mission_id}", scene.lucas))


def test_accepting_shows_everything_to_the_one_who_did(client: TestClient, scene: Scene) -> None:
    mission = accept(client, scene)
    assert set(mission) == BLURRED | EXACT
    assert mission["status"] == "accepted"
    assert mission["address"] == address_label()
    assert mission["access_notes"] == ACCESS_NOTES
    assert mission["senior_name"] == "Odette Lambert"
    assert mission["code_word"]
    assert mission["call_link"].startswith("tel:")
    assert get(client, f"/missions/{scene.mission_id}", scene.lucas) == mission
    assert get(client, "/missions/mine", scene.lucas)["items"] == [mission]


def test_the_offer_of_an_accepted_mission_stays_blurred(client: TestClient, scene: Scene) -> None:
    accept(client, scene)
    [offer] = get(client, "/offers", scene.lucas)["items"]
    assert offer["status"] == "accepted"
    assert_blurred(offer["mission"])


def test_who_comes_second_gets_a_409_and_the_mission_is_none_of_their_business(
    client: TestClient, scene: Scene
) -> None:
    accept(client, scene)
    for path in (f"/offers/{scene.ines_offer}/accept", f"/missions/{scene.mission_id}/accept"):
        refused = client.post(f"/v1{path}", headers=scene.ines)
        assert refused.status_code == 409
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["type"].endswith("/mission-taken")
    assert client.get(f"/v1/missions/{scene.mission_id}", headers=scene.ines).status_code == 404
    for action in ("withdraw", "start", "complete"):
        path = f"/v1/missions/{scene.mission_id}/{action}"
        assert client.post(path, headers=scene.ines).status_code == 404
    assert get(client, "/offers?status=sent", scene.ines)["items"] == []


@pytest.mark.parametrize("what", ["offers", "missions"])
def test_a_yes_that_comes_too_late_is_remembered_as_willing_and_as_no_promise(
    client: TestClient, scene: Scene, runtime: Runtime, what: str
) -> None:
    accept(client, scene)
    answered_to = {"offers": scene.ines_offer, "missions": scene.mission_id}[what]
    for _ in range(2):
        path = f"/v1/{what}/{answered_to}/accept"
        assert client.post(path, headers=scene.ines).status_code == 409
    with runtime.begin(SYSTEM) as work:
        offer = work.session.get_one(OfferRow, scene.ines_offer)
        assert (offer.status, offer.said_yes, offer.answered_at) == ("withdrawn", True, None)
        late = select(EventRow).where(EventRow.kind == "late_yes")
        assert [one.entity_id for one in work.session.exec(late)] == [offer.id]


def test_of_many_who_accept_at_once_one_wins(
    client: TestClient, scene: Scene, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        crowd = [add_session(work, add_volunteer(work, f"+336200000{n:02d}")) for n in range(12)]
    path = f"/v1/missions/{scene.mission_id}/accept"
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda headers: client.post(path, headers=headers), crowd))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 11]
    refused = {a.json()["type"] for a in answers if a.status_code == 409}
    assert refused == {"/problems/mission-taken"}


def test_anothers_offer_does_not_exist(client: TestClient, scene: Scene) -> None:
    for action in ("accept", "decline"):
        path = f"/v1/offers/{scene.ines_offer}/{action}"
        assert client.post(path, headers=scene.lucas).status_code == 404


def test_withdrawing_hides_everything_again(client: TestClient, scene: Scene) -> None:
    accept(client, scene)
    path = f"/v1/missions/{scene.mission_id}/withdraw"
    withdrawn = client.post(path, headers=scene.lucas)
    assert withdrawn.status_code == 200
    assert withdrawn.json()["status"] == "open"
    assert_blurred(withdrawn.json())
    assert get(client, "/missions/mine", scene.lucas)["items"] == []
    again = client.get(f"/v1/missions/{scene.mission_id}", headers=scene.lucas)
    if again.status_code != 404:
        assert_blurred(again.json())


def test_details_are_hidden_two_hours_after_the_end(
    client: TestClient, scene: Scene, clock: FakeClock
) -> None:
    accept(client, scene)
    clock.now = scene.starts_at
    assert client.post(f"/v1/missions/{scene.mission_id}/start", headers=scene.lucas).is_success
    clock.advance(hours=2)
    done = client.post(f"/v1/missions/{scene.mission_id}/complete", headers=scene.lucas)
    assert done.json()["status"] == "completed"
    assert set(done.json()) == BLURRED | EXACT
    clock.advance(hours=2)
    assert set(get(client, f"/missions/{scene.mission_id}", scene.lucas)) == BLURRED | EXACT
    clock.advance(seconds=1)
    assert_blurred(get(client, f"/missions/{scene.mission_id}", scene.lucas))
    assert_blurred(get(client, "/missions/mine", scene.lucas)["items"][0])


def test_a_report_comes_after_the_outing(
    client: TestClient, scene: Scene, clock: FakeClock
) -> None:
    accept(client, scene)
    path = f"/v1/missions/{scene.mission_id}"
    body = {"answer": "well", "note": "Une belle promenade."}
    early = client.post(f"{path}/report", json=body, headers=scene.lucas)
    assert (early.status_code, early.json()["type"]) == (409, "/problems/state-conflict")
    clock.now = scene.starts_at
    client.post(f"{path}/start", headers=scene.lucas)
    client.post(f"{path}/complete", headers=scene.lucas)
    assert client.post(f"{path}/report", json=body, headers=scene.lucas).status_code == 200


def test_declining_closes_the_offer(client: TestClient, scene: Scene) -> None:
    path = f"/v1/offers/{scene.lucas_offer}"
    declined = client.post(f"{path}/decline", headers=scene.lucas)
    assert (declined.status_code, declined.json()["status"]) == (200, "declined")
    late = client.post(f"{path}/accept", headers=scene.lucas)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/offer-closed")


def test_who_is_not_vetted_is_shown_nothing(
    client: TestClient, scene: Scene, runtime: Runtime
) -> None:
    assert get(client, "/missions", scene.unvetted)["items"] == []
    assert get(client, "/offers", scene.unvetted)["items"] == []
    path = f"/v1/missions/{scene.mission_id}"
    assert client.get(path, headers=scene.unvetted).status_code == 404
    assert client.post(f"{path}/accept", headers=scene.unvetted).status_code == 404


def test_only_missions_one_could_take_are_listed(
    client: TestClient, scene: Scene, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        far = add_senior(work, "+33142650009")
        home = {**(far.home or {}), "lat": 48.8300, "lon": 2.3800}
        add_mission(work, far, meeting=home)
        add_mission(work, far, needs=["wheelchair"])
        add_mission(work, far, work.now - timedelta(hours=1))
        add_mission(work, far, status=MissionStatus.TO_VERIFY.value)
    listed = [mission["id"] for mission in get(client, "/missions", scene.lucas)["items"]]
    assert listed == [str(scene.mission_id)]


def test_lists_go_by_pages(client: TestClient, scene: Scene, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work, "+33142650009")
        volunteer = work.session.get_one(VolunteerRow, scene.lucas_id)
        for days in (3, 4, 5, 6):
            mission = add_mission(work, senior, work.now + timedelta(days=days))
            add_offer(work, mission, volunteer)
    for path, count in (("/missions", 5), ("/offers", 5)):
        seen, url = [], f"{path}?limit=2"
        while url:
            page = get(client, url, scene.lucas)
            assert len(page["items"]) <= 2
            seen += [item["id"] for item in page["items"]]
            url = page["next"] and f"{path}?limit=2&cursor={page['next']}"
        assert len(seen) == len(set(seen)) == count


@pytest.mark.parametrize("cursor", ["x", "AAAA", "é", "eyJhIjoxfQ=="])
def test_a_cursor_that_is_not_ours_is_refused(
    client: TestClient, scene: Scene, cursor: str
) -> None:
    refused = client.get("/v1/missions", params={"cursor": cursor}, headers=scene.lucas)
    assert refused.status_code == 422
