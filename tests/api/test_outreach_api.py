"""Series, campaigns and digests, for coordinators: the API and the pages without a script."""

from __future__ import annotations

import html
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select

from matcher.domain.lifecycle import MissionStatus
from matcher.domain.people import Purpose
from matcher.services.acceptance import accept_offer
from matcher.services.intake import Booking, book
from matcher.services.rounds import keep_daily_round
from matcher.services.tasks import add_task
from matcher.services.work import Runtime
from matcher.settings import Settings
from matcher.store.tables import (
    CampaignCallRow,
    CoordinatorTaskRow,
    DigestRow,
    MissionRow,
    RequestRow,
    TaskKind,
)
from matcher.store.transitions import SYSTEM
from tests.api.test_console import form_token, sign_in
from tests.conftest import Worker
from tests.fakes import FakeClock, FakeMessenger
from tests.people import (
    add_coordinator,
    add_mission,
    add_offer,
    add_senior,
    add_session,
    add_volunteer,
)
from tests.phone.test_outgoing import press

BASE = "/v1/coordination"
SENIOR, OTHER = "+33199000001", "+33199000002"


@pytest.fixture
def headers(runtime: Runtime) -> dict[str, str]:
    with runtime.begin(SYSTEM) as work:
        return add_session(work, add_coordinator(work))


@pytest.fixture
def signed_in(client: TestClient, runtime: Runtime, headers: dict[str, str]) -> TestClient:
    sign_in(client, runtime)
    return client


def book_weekly(runtime: Runtime) -> UUID:
    """A weekly walk from Thursday on."""
    with runtime.begin(SYSTEM) as work:
        mission = book(
            work,
            Booking(
                senior_id=add_senior(work, SENIOR).id,
                phone=SENIOR,
                purpose=Purpose.WALK,
                starts_at=work.now + timedelta(days=2),
                ends_at=work.now + timedelta(days=2, hours=2),
                address=None,
                needs=frozenset(),
                words=("une promenade",),
                promised_call_at=work.now + timedelta(hours=4),
                call_id=None,
                every_weeks=1,
            ),
        )
        return mission.request_id


def test_a_series_is_listed_with_what_comes_and_stopped_once(
    client: TestClient, runtime: Runtime, worker: Worker, headers: dict[str, str]
) -> None:
    request = book_weekly(runtime)
    with runtime.begin(SYSTEM) as work:
        keep_daily_round(work)
    worker.advance(days=1)
    [shown] = client.get(f"{BASE}/series", headers=headers).json()["items"]
    assert (shown["id"], shown["rule"]) == (str(request), "FREQ=WEEKLY;INTERVAL=1")
    assert shown["words"] == "toutes les semaines, le jeudi, à 10 h 00"
    assert shown["senior"]["name"] == "Odette Lambert"
    assert [one["starts_at"] for one in shown["coming"]] == [
        "2026-11-26T10:00:00+01:00",
        "2026-12-03T10:00:00+01:00",
    ]
    stopped = client.post(f"{BASE}/series/{request}/stop", headers=headers)
    assert (stopped.status_code, stopped.json()["coming"]) == (200, [])
    assert client.post(f"{BASE}/series/{request}/stop", headers=headers).status_code == 409
    assert client.get(f"{BASE}/series", headers=headers).json()["items"] == []
    assert client.post(f"{BASE}/series/{UUID(int=99)}/stop", headers=headers).status_code == 404


def test_series_go_by_pages(client: TestClient, runtime: Runtime, headers: dict[str, str]) -> None:
    wanted = {str(book_weekly(runtime)) for _ in range(3)}
    first = client.get(f"{BASE}/series?limit=2", headers=headers).json()
    second = client.get(f"{BASE}/series?limit=2&cursor={first['next']}", headers=headers).json()
    assert {one["id"] for one in first["items"] + second["items"]} == wanted
    assert second["next"] is None


def test_a_campaign_is_started_followed_and_stopped(
    client: TestClient,
    runtime: Runtime,
    worker: Worker,
    messenger: FakeMessenger,
    headers: dict[str, str],
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_senior(work, SENIOR)
        add_senior(work, OTHER, first_name="Jean")
    said = client.get(f"{BASE}/campaign-templates", headers=headers).json()["items"]
    assert "heat" in [one["key"] for one in said]
    body = {"name": "Canicule", "template": "heat"}
    started = client.post(f"{BASE}/campaigns", json=body, headers=headers)
    assert started.status_code == 201
    path = f"{BASE}/campaigns/{started.json()['id']}"
    worker.advance(minutes=1)
    press(client, messenger.asking[0], "2")
    board = client.get(path, headers=headers).json()
    assert [(one["senior"]["name"], one["status"]) for one in board["people"]] == [
        ("Odette Lambert", "help"),
        ("Jean Lambert", "waiting"),
    ]
    assert (board["counts"]["help"], board["counts"]["waiting"]) == (1, 1)
    call = board["people"][0]["id"]
    reached = client.post(f"{BASE}/campaign-calls/{call}/reached", headers=headers)
    assert reached.json()["status"] == "reached"
    stopped = client.post(f"{path}/stop", headers=headers).json()
    assert stopped["counts"]["stopped"] == 1
    [listed] = client.get(f"{BASE}/campaigns", headers=headers).json()["items"]
    assert listed["counts"]["reached"] == 1
    assert listed["stopped_at"] is not None


def test_a_repeated_start_with_the_same_key_starts_one_campaign(
    client: TestClient, runtime: Runtime, headers: dict[str, str]
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_senior(work, SENIOR)
    once = {**headers, "Idempotency-Key": "abc"}
    body = {"name": "Canicule", "template": "heat"}
    ids = {client.post(f"{BASE}/campaigns", json=body, headers=once).json()["id"] for _ in "ab"}
    assert len(ids) == 1
    with runtime.begin(SYSTEM) as work:
        assert len(work.session.exec(select(CampaignCallRow)).all()) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"template": "snow"},
        {"name": ""},
        {"name": "a\x00b"},
        {"zones": ["atlantis"]},
        {"zones": ["a\x00b"]},
        {"min_age": 300},
        {"who": "tout le monde"},
        {},
    ],
)
def test_a_campaign_that_makes_no_sense_is_refused(
    client: TestClient, headers: dict[str, str], wrong: dict[str, object]
) -> None:
    body = {"name": "Canicule", "template": "heat", **wrong}
    answer = client.post(f"{BASE}/campaigns", json=body, headers=headers)
    assert answer.status_code == 422


def test_the_pages_start_follow_and_stop_a_campaign_without_a_script(
    signed_in: TestClient, runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_senior(work, SENIOR)
    token = form_token(signed_in.get("/console/campaigns").text)
    form = {"form": token, "name": "Canicule <b>", "template": "heat", "min_age": "80"}
    board = signed_in.post("/console/campaigns", data=form)
    assert board.status_code == 200
    assert "Canicule &lt;b&gt;" in board.text
    assert "Odette Lambert" in board.text
    worker.run()
    press(signed_in, messenger.asking[0], "1")
    again = signed_in.get(board.url.path)
    assert "Tout va bien" in again.text
    stopped = signed_in.post(f"{board.url.path}/stop", data={"form": token})
    assert "Arrêtée" in stopped.text
    assert "Canicule" in signed_in.get("/console/campaigns").text


def test_a_series_is_stopped_on_its_page(signed_in: TestClient, runtime: Runtime) -> None:
    request = book_weekly(runtime)
    page = signed_in.get("/console/series").text
    assert "toutes les semaines, le jeudi" in page
    form = {"form": form_token(page)}
    stopped = signed_in.post(f"/console/series/{request}/stop", data=form)
    assert "Aucune pour l'instant" in html.unescape(stopped.text)
    assert signed_in.post(f"/console/series/{request}/stop", data=form).status_code == 409


def test_the_page_says_why_nothing_was_started_and_refuses_forms_from_elsewhere(
    signed_in: TestClient,
) -> None:
    token = form_token(signed_in.get("/console/campaigns").text)
    form = {"form": token, "name": "Canicule", "template": "heat"}
    assert "la liste est vide" in signed_in.post("/console/campaigns", data=form).text
    stolen = signed_in.post("/console/campaigns", data={**form, "form": "0" * 64})
    assert stolen.status_code == 403
    assert signed_in.get(f"/console/campaigns/{UUID(int=99)}").status_code == 404


def test_the_pages_are_for_those_signed_in(client: TestClient) -> None:
    for path in (
        "/console/campaigns",
        "/console/series",
        "/console/digest",
        f"/console/campaigns/{UUID(int=1)}",
    ):
        answer = client.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")
    refused = client.post(
        f"/console/campaigns/{UUID(int=1)}/stop", data={"form": "x"}, follow_redirects=False
    )
    assert refused.headers["location"] == "/console/sign-in"


def live_a_week(runtime: Runtime, worker: Worker) -> None:
    """A week with one outing filled in time and one nobody took, then the Monday after."""
    with runtime.begin(SYSTEM) as work:
        lucas = add_volunteer(work, "+33639980011")
        senior = add_senior(work, SENIOR)
        for hours in (24, 72):
            mission = add_mission(work, senior, work.now + timedelta(hours=hours))
            request = work.session.get_one(RequestRow, mission.request_id)
            request.promised_call_at = work.now + timedelta(hours=4)
            if hours == 24:
                accept_offer(work, add_offer(work, mission, lucas).id, lucas.id)
            else:
                mission.status = MissionStatus.UNFILLED.value
        add_mission(work, senior, status=MissionStatus.CANCELLED.value)
        add_task(work, TaskKind.CALL_BACK, "Rappeler.")
        keep_daily_round(work)
    for _ in range(6):
        worker.advance(days=1)


def test_on_monday_the_week_is_summed_up_kept_and_announced(
    client: TestClient, runtime: Runtime, worker: Worker, headers: dict[str, str]
) -> None:
    live_a_week(runtime, worker)
    digest = client.get(f"{BASE}/digest", headers=headers).json()
    assert digest["monday"] == "2026-11-23"
    expected = {"requests": 3, "outings": 2, "filled": 1, "unfilled": 1, "cancelled": 1}
    assert {key: digest[key] for key in expected} == expected
    assert (digest["promised"], digest["kept"]) == (2, 1)
    assert digest["tasks_open"] >= 1
    assert "Paris 20e" in digest["short_zones"]
    with runtime.begin(SYSTEM) as work:
        assert [row.monday for row in work.session.exec(select(DigestRow))] == [date(2026, 11, 23)]
        told = work.session.exec(
            select(CoordinatorTaskRow).where(col(CoordinatorTaskRow.reason).contains("bilan"))
        ).all()
        assert len(told) == 1
    # What was summed up stays as it was.
    with runtime.begin(SYSTEM) as work:
        for mission in work.session.exec(select(MissionRow)):
            mission.status = MissionStatus.CANCELLED.value
            mission.volunteer_id = None
    assert client.get(f"{BASE}/digest", headers=headers).json() == digest
    same = client.get(f"{BASE}/digest?week=2026-11-23", headers=headers).json()
    assert same == digest
    assert client.get(f"{BASE}/digest?week=2026-11-16", headers=headers).status_code == 404


def test_the_digest_has_a_page(signed_in: TestClient) -> None:
    page = signed_in.get("/console/digest")
    assert "Bilan de la semaine du 16/11/2026" in page.text


def test_volunteers_hear_nothing_on_mondays_unless_the_city_wants_it(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    live_a_week(runtime, worker)
    assert not [text for _, _, text in messenger.sent if "cette semaine" in text]


class TestVolunteersToo:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"volunteer_digest": True})

    def test_those_nobody_asked_for_a_week_hear_that_outings_near_them_wait(
        self, runtime: Runtime, worker: Worker, clock: FakeClock, messenger: FakeMessenger
    ) -> None:
        clock.now = datetime(2026, 11, 29, 9, tzinfo=UTC)
        with runtime.begin(SYSTEM) as work:
            asked = add_volunteer(work, "+33639980011")
            add_volunteer(work, "+33639980012")
            add_volunteer(work, "+33639980013", lat=48.84, lon=2.42)
            mission = add_mission(work, add_senior(work, SENIOR), work.now + timedelta(days=4))
            mission.next_step_at = mission.deadline_at
            add_offer(work, mission, asked)
            keep_daily_round(work)
        worker.advance(days=1)
        [(_, to, text)] = [one for one in messenger.sent if "cette semaine" in one[2]]
        assert to == "+33639980012"
        assert "1 sortie cherche quelqu'un" in text
        assert "Odette" not in text
