"""The coordinators' page: who gets in, what it shows, and that it keeps to itself."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pyotp
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import select

from api.console.stream import ChangeFeed
from matcher.domain.geo import Point
from matcher.domain.lifecycle import MissionStatus
from matcher.ports import TravelTimesUnavailable
from matcher.services.board import get_journal_mark
from matcher.services.population import import_population
from matcher.services.tasks import add_task
from matcher.services.walks import ask_routes
from matcher.services.work import Runtime, Work
from matcher.store.tables import CoordinatorTaskRow, MissionRow, TaskKind
from matcher.store.transitions import SYSTEM, record
from tests.fakes import FakeClock
from tests.people import (
    STAFF_EMAIL,
    STAFF_PASSWORD,
    STAFF_TOTP,
    add_coordinator,
    add_mission,
    add_offer,
    add_senior,
    add_volunteer,
    give_mission,
)

COOKIE = "__Host-console"


def form_token(page: str) -> str:
    found = re.search(r'name="form" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def sign_in(client: TestClient, runtime: Runtime, **changes: str) -> str:
    token = form_token(client.get("/console/sign-in").text)
    form = {
        "form": token,
        "email": STAFF_EMAIL,
        "password": STAFF_PASSWORD,
        "code": pyotp.TOTP(STAFF_TOTP).at(runtime.clock()),
        **changes,
    }
    answer = client.post("/console/sign-in", data=form)
    assert answer.status_code in (200, 401)
    return answer.text


@pytest.fixture
def coordinator(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        add_coordinator(work)


@pytest.fixture
def signed_in(client: TestClient, runtime: Runtime, coordinator: None) -> TestClient:
    sign_in(client, runtime)
    return client


def test_whoever_is_not_signed_in_is_led_to_the_form(client: TestClient) -> None:
    answer = client.get("/console", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")
    assert client.get("/console/board").status_code == 401
    assert client.get("/console/stream").status_code == 401


def test_address_password_and_code_open_the_console(signed_in: TestClient) -> None:
    answer = signed_in.get("/console")
    assert answer.status_code == 200
    assert "Demandes" in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "wrong", [{"password": "autre"}, {"code": "000000"}, {"email": "personne@compagnie.test"}]
)
def test_one_wrong_part_is_enough_to_stay_outside(
    client: TestClient, runtime: Runtime, coordinator: None, wrong: dict[str, str]
) -> None:
    page = sign_in(client, runtime, **wrong)
    assert 'role="alert"' in page
    assert COOKIE not in client.cookies


def test_the_session_cookie_is_for_this_host_and_for_no_script(
    client: TestClient, runtime: Runtime, coordinator: None
) -> None:
    token = form_token(client.get("/console/sign-in").text)
    answer = client.post(
        "/console/sign-in",
        data={
            "form": token,
            "email": STAFF_EMAIL,
            "password": STAFF_PASSWORD,
            "code": pyotp.TOTP(STAFF_TOTP).at(runtime.clock()),
        },
        follow_redirects=False,
    )
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(COOKIE))
    for part in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie


def test_a_form_from_elsewhere_is_refused(signed_in: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        add_task(work, TaskKind.CALL_BACK, "Rappeler Mme Lambert.")
    task = only_task(runtime)
    url = f"/console/tasks/{task.id}/done"
    assert signed_in.post(url, data={"form": "0" * 64}).status_code == 403
    assert signed_in.post(url).status_code == 422
    assert only_task(runtime).done_at is None
    assert signed_in.post("/console/sign-out", data={"form": "x"}).status_code == 403


def only_task(runtime: Runtime) -> CoordinatorTaskRow:

    with runtime.begin(SYSTEM) as work:
        return work.session.exec(select(CoordinatorTaskRow)).one()


def test_a_task_is_shown_and_done_without_a_script(signed_in: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        add_task(
            work, TaskKind.CALL_BACK, "Rappeler.", details={"text": "<b>bonjour</b>", "from": None}
        )
    page = signed_in.get("/console").text
    assert "Rappeler" in page
    assert "&lt;b&gt;bonjour&lt;/b&gt;" in page
    task = only_task(runtime)
    signed_in.post(f"/console/tasks/{task.id}/done", data={"form": form_token(page)})
    done = only_task(runtime)
    assert done.done_at is not None
    assert done.done_by is not None
    assert "Rien à faire" in signed_in.get("/console").text


def test_a_task_says_whom_to_call_and_which_address_was_found_instead(
    signed_in: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
        volunteer = add_volunteer(work, "+33142000000")
        add_task(
            work,
            TaskKind.CALL_BACK,
            "Donner l'adresse au bénévole.",
            mission_id=mission.id,
            details={"volunteer_id": str(volunteer.id)},
        )
        add_task(
            work,
            TaskKind.ATTENTION,
            "Adresse à vérifier.",
            mission_id=mission.id,
            details={"found_instead": "5 rue du Bac, 75007 Paris"},
        )
    tasks = signed_in.get("/console").text.partition('id="a-faire"')[2]
    assert "Lucas Moreau" in tasks
    assert 'href="tel:+33142000000">01 42 00 00 00<' in tasks
    assert "service national</dt><dd>5 rue du Bac, 75007 Paris<" in tasks
    assert tasks.count(f"/console/missions/{mission.id}") == 2


def test_doing_a_task_needs_a_session(client: TestClient, runtime: Runtime) -> None:
    answer = client.post(
        f"/console/tasks/{UUID(int=1)}/done", data={"form": "x"}, follow_redirects=False
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")


class NoRoutes:
    """A route service that is out of reach."""

    def list_walking_times_s(
        self, starts: Sequence[Point], end: Point, pace_kmh: float
    ) -> list[float | None]:
        raise TravelTimesUnavailable("ConnectTimeout")


def test_for_an_hour_the_board_says_that_walks_had_to_be_estimated(
    signed_in: TestClient, runtime: Runtime, clock: FakeClock
) -> None:
    def told() -> list[str]:
        page = signed_in.get("/console/board").text.replace("\N{NO-BREAK SPACE}", " ")
        return re.findall(r"À (\d+ h \d\d), le service d'itinéraires n'a pas répondu", page)

    with runtime.begin(SYSTEM) as work:
        add_volunteer(work, "+33639981000")
        mission = add_mission(work, add_senior(work))
    assert told() == []
    away = replace(runtime, travel_times=NoRoutes())
    ask_routes(away, mission.id)
    assert told() == ["10 h 00"]
    clock.advance(minutes=50)
    ask_routes(away, mission.id)
    clock.advance(minutes=59)
    assert told() == ["10 h 50"]
    clock.advance(minutes=1)
    assert told() == []


def test_missions_show_their_state_in_a_word(signed_in: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work)
        add_mission(work, senior)
    assert "À pourvoir" in signed_in.get("/console").text
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, "+33639981000", first_name="Lucas")
        add_offer(work, add_mission(work, senior), volunteer)
    page = signed_in.get("/console/board").text
    assert "Proposée" in page
    assert "1 en attente" in page


def test_signing_out_ends_the_session(signed_in: TestClient) -> None:
    token = signed_in.cookies[COOKIE]
    page = signed_in.get("/console").text
    signed_in.post("/console/sign-out", data={"form": form_token(page)})
    signed_in.cookies.set(COOKIE, token, domain="compagnie.test")
    answer = signed_in.get("/console", follow_redirects=False)
    assert answer.status_code == 303


def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing_inline(
    signed_in: TestClient,
) -> None:
    for path in ("/console", "/console/sign-in", "/"):
        answer = signed_in.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "://" not in answer.text.replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", answer.text)


def test_every_colour_is_written_in_one_file() -> None:
    assets = Path(__file__).parents[2] / "api" / "web" / "assets"
    for sheet in assets.glob("*.css"):
        if sheet.name != "tokens.css":
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", sheet.read_text()), sheet.name


def test_the_zone_map_has_a_table_twin(signed_in: TestClient) -> None:

    page = signed_in.get("/console").text
    links = re.findall(r'<a href="#z-(\w+)" aria-label="([^"]+)"', page)
    rows = re.findall(r'<tr id="z-(\w+)"', page)
    assert len(links) == 20
    assert [code for code, _ in links] == rows
    assert "personne (0)" in links[0][1]
    assert len(page) < 60_000


def cells_of(page: str, zone: str) -> list[str]:
    row = re.search(rf'<tr id="z-{zone}".*?</tr>', page)
    assert row is not None
    return re.findall(r"<td>(.*?)</td>", row[0])


def test_the_zones_table_says_how_many_live_alone_where_the_census_knows(
    signed_in: TestClient, runtime: Runtime, tmp_path: Path
) -> None:
    page = signed_in.get("/console").text
    assert "80+" not in page
    assert len(cells_of(page, "75108")) == 2
    path = tmp_path / "iris.csv"
    path.write_text(
        "IRIS,elderly_55_plus_alone,elderly_80_plus_alone\n751083101,1200,210\n751083001,50,9\n"
    )
    import_population(runtime.engine, path, skip_bad=False, progress=lambda _: None)
    page = signed_in.get("/console").text
    assert '<th scope="col">55+</th><th scope="col">80+</th>' in page
    assert cells_of(page, "75108")[2:] == ["1250", "219"]
    assert cells_of(page, "75109")[2:] == ["", ""]


def test_a_zone_where_nobody_could_come_names_those_beside_it_where_somebody_could(
    signed_in: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_volunteer(work, "+33639981000", zone_code="75108")
    page = signed_in.get("/console").text
    assert "Autour de Paris 9e : Paris 8e<" in page
    assert "Autour de Paris 20e :" not in page
    assert "Autour de Paris 8e :" not in page


def test_a_change_in_the_journal_reaches_every_listener() -> None:
    last = [7]

    async def listen() -> tuple[list[str], list[str]]:
        feed = ChangeFeed(lambda: last[0])
        fresh, behind = feed.events(None), feed.events(5)
        first = [await anext(fresh), await anext(behind)]
        last[0] = 8
        second = [await anext(fresh), await anext(behind)]
        await fresh.aclose()
        await behind.aclose()
        return first, second

    first, second = asyncio.run(asyncio.wait_for(listen(), 10))
    assert "event: ready" in first[0]
    assert "event: changed" in first[1]
    assert all("id: 8\nevent: changed" in event for event in second)


def test_a_line_that_is_committed_after_a_later_one_changes_the_journal_s_mark(
    runtime: Runtime,
) -> None:
    def note(work: Work) -> None:
        record(work.session, "mission", work.new_id(), "changed", work.now, work.actor)
        work.session.flush()

    def mark() -> int:
        with runtime.begin(SYSTEM) as work:
            return get_journal_mark(work)

    marks = [mark()]
    with runtime.begin(SYSTEM) as earlier:
        note(earlier)
        with runtime.begin(SYSTEM) as later:
            note(later)
        marks.append(mark())
    marks.append(mark())
    assert marks == sorted(set(marks))


def test_what_changes_while_somebody_begins_to_listen_reaches_them() -> None:
    journal = iter((7, 8, 8, 8))

    async def listen() -> list[str]:
        fresh = ChangeFeed(lambda: next(journal)).events(None)
        heard = [await anext(fresh), await anext(fresh)]
        await fresh.aclose()
        return heard

    ready, changed = asyncio.run(asyncio.wait_for(listen(), 10))
    assert "id: 7\nevent: ready" in ready
    assert "id: 8\nevent: changed" in changed


def test_a_mission_nobody_took_stays_until_its_hour(
    signed_in: TestClient, runtime: Runtime, app: FastAPI
) -> None:
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work)
        add_mission(
            work,
            senior,
            status=MissionStatus.UNFILLED.value,
            starts_at=work.now + timedelta(hours=1),
            ends_at=work.now + timedelta(hours=2),
        )
        add_mission(
            work,
            senior,
            status=MissionStatus.CANCELLED.value,
            starts_at=work.now + timedelta(hours=5),
            ends_at=work.now + timedelta(hours=6),
        )
    page = signed_in.get("/console").text
    current, _, over = page.partition('id="terminees"')
    assert "Non pourvue" in current
    assert "Annulée" in over


@pytest.mark.parametrize(
    ("action", "minutes", "status"),
    [
        ("release", 0, MissionStatus.OPEN),
        ("volunteer-absent", 65, MissionStatus.NO_SHOW),
        ("senior-absent", 65, MissionStatus.NO_SHOW),
        ("volunteer-absent", 0, MissionStatus.ACCEPTED),
    ],
)
def test_a_coordinator_decides_about_an_outing_on_the_board(
    signed_in: TestClient,
    runtime: Runtime,
    clock: FakeClock,
    action: str,
    minutes: int,
    status: MissionStatus,
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work), work.now + timedelta(hours=1))
        give_mission(work, mission, add_volunteer(work, "+33612345678"))
    clock.advance(minutes=minutes)
    page = signed_in.get("/console").text
    url = f"/console/missions/{mission.id}/{action}"
    assert (url in page) == (status != MissionStatus.ACCEPTED)
    assert signed_in.post(url, data={"form": "0" * 64}).status_code == 403
    assert signed_in.post(url, data={"form": form_token(page)}).status_code == 200
    with runtime.begin(SYSTEM) as work:
        assert work.session.get_one(MissionRow, mission.id).status == status


def test_an_outing_nobody_took_is_tried_again_from_the_board(
    signed_in: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work), status=MissionStatus.UNFILLED.value)
    page = signed_in.get("/console").text
    assert "Chercher encore" in page
    signed_in.post(f"/console/missions/{mission.id}/reopen", data={"form": form_token(page)})
    with runtime.begin(SYSTEM) as work:
        assert work.session.get_one(MissionRow, mission.id).status == MissionStatus.OPEN
