"""What the demo serves, and that nothing of it is there outside the demo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, func, select

from api.demo import DemoClock, make_router, seed
from api.demo.clock import LONGEST_STEP
from api.demo.history import RING_FIRST, make_history
from api.demo.people import SENIORS, VOLUNTEERS, Town, make_people
from api.demo.seed import COORDINATOR_ID, SEED
from matcher.domain.lifecycle import LIVE_MISSIONS
from matcher.services.lives import is_vetted
from matcher.services.messages import queue_call, queue_sms
from matcher.services.rounds import keep_daily_round
from matcher.services.watchdog import count_without_next_step
from matcher.services.work import Job, Runtime
from matcher.settings import Settings
from matcher.store.engine import Database
from matcher.store.tables import (
    BondRow,
    CoordinatorTaskRow,
    EventRow,
    MissionRow,
    PlaceRow,
    SeniorRow,
    VettingCheckRow,
    VolunteerRow,
    ZoneRow,
)
from matcher.store.transitions import SYSTEM
from tests.demo_service import Demo, open_demo
from tests.fakes import FakeClock

FICTION = re.compile(r"\+33(19900\d{4}|63998\d{4})")


@pytest.fixture
def demo(settings: Settings, database: Database, tmp_path: Path) -> Iterator[Demo]:
    with open_demo(settings, database, tmp_path) as found:
        yield found


def count(demo: Demo, table: type) -> int:
    with demo.runtime.begin(SYSTEM) as work:
        return work.session.exec(select(func.count()).select_from(table)).one()


def test_the_town_has_its_people_places_and_past(demo: Demo) -> None:
    assert count(demo, SeniorRow) == SENIORS
    assert count(demo, VolunteerRow) == VOLUNTEERS
    assert count(demo, PlaceRow) == 25
    assert count(demo, ZoneRow) == 20
    assert count(demo, BondRow) >= SENIORS
    with demo.runtime.begin(SYSTEM) as work:
        past = work.session.exec(
            select(MissionRow.status).where(col(MissionRow.ends_at) <= work.now)
        ).all()
        events = work.session.exec(select(EventRow.at).order_by(col(EventRow.id))).all()
        assert not work.session.exec(select(EventRow).where(col(EventRow.at) > work.now)).all()
    assert len(past) > 90
    assert not set(past) & {status.value for status in LIVE_MISSIONS}
    assert events == sorted(events)


def test_starting_again_keeps_the_data(demo: Demo) -> None:
    with demo.runtime.begin(SYSTEM) as work:
        work.session.exec(select(SeniorRow).limit(1)).one().first_name = "Changée"
    seed(demo.runtime)
    assert count(demo, SeniorRow) == SENIORS
    with demo.runtime.begin(SYSTEM) as work:
        assert work.session.exec(select(SeniorRow).where(SeniorRow.first_name == "Changée")).one()


def test_most_volunteers_are_vetted_and_some_wait_half_way(demo: Demo) -> None:
    with demo.runtime.begin(SYSTEM) as work:
        ids = work.session.exec(select(VolunteerRow.id)).all()
        vetted = set(work.session.exec(select(VolunteerRow.id).where(is_vetted())))
        started = set(work.session.exec(select(VettingCheckRow.volunteer_id)))
    assert 0.88 <= len(vetted) / len(ids) <= 0.96
    assert started - vetted


def test_everybody_has_a_number_kept_for_fiction(demo: Demo) -> None:
    people = demo.client.get("/demo/people").json()
    numbers = [one["phone"] for kind in ("seniors", "volunteers") for one in people[kind]]
    assert len(set(numbers)) == len(numbers)
    assert all(FICTION.fullmatch(number) for number in numbers)
    assert all(one["name"].strip() and one["zone"] for one in people["seniors"])
    assert set(people["coordinator"]) == {"email", "password", "totp_secret"}


def test_whoever_visitors_ring_as_first_is_expected_nowhere_whenever_it_begins(demo: Demo) -> None:
    runtime = demo.runtime
    territory = runtime.atlas.territory
    town = Town.of(list(runtime.atlas.gazetteer), territory, runtime.keyring)
    for hours in range(0, 7 * 24, 12):
        now, rng = runtime.clock() + timedelta(hours=hours), np.random.default_rng(SEED)
        people = make_people(rng, town, COORDINATOR_ID, now)
        history = make_history(rng, people, territory, now, runtime.settings.zone)
        first = set(sorted(one.id for one in people.seniors)[:RING_FIRST])
        to_come = {one.senior_id for one in history.missions if one.ends_at > now}
        assert to_come
        assert not first & to_come


def test_what_went_out_is_listed_newest_last(demo: Demo) -> None:
    with demo.runtime.begin(SYSTEM) as work:
        queue_sms(work, "+33639981000", "Bonjour", "test", "one")
    assert demo.client.get("/demo/messages").json() == []
    demo.run_jobs()
    demo.client.post("/demo/clock", json={"advance_s": 60})
    with demo.runtime.begin(SYSTEM) as work:
        queue_call(work, "+33199000000", "Bonsoir", "test", "two")
    demo.run_jobs()
    listed = demo.client.get("/demo/messages").json()
    assert [(one["channel"], one["to"], one["text"]) for one in listed] == [
        ("sms", "+33639981000", "Bonjour"),
        ("call", "+33199000000", "Bonsoir"),
    ]
    assert [one["at"] for one in listed] == [
        "2026-11-24T10:00:00+01:00",
        "2026-11-24T10:01:00+01:00",
    ]


def test_jobs_fall_due_with_the_clock(demo: Demo) -> None:
    with demo.runtime.begin(SYSTEM) as work:
        mission = work.session.exec(
            select(MissionRow).where(col(MissionRow.starts_at) > work.now)
        ).first()
        assert mission is not None
        before = demo.clock()
        work.defer(Job.KEEP_PROMISE, at=before + timedelta(hours=2), mission_id=str(mission.id))
    answer = demo.client.post("/demo/clock", json={"advance_s": 7200})
    assert answer.json() == {"now": "2026-11-24T12:00:00+01:00"}
    assert demo.clock() - before == timedelta(hours=2)
    demo.run_jobs()
    with demo.runtime.begin(SYSTEM) as work:
        waiting = work.session.connection().exec_driver_sql(
            "SELECT count(*) FROM procrastinate_jobs"
            f" WHERE status = 'todo' AND task_name = '{Job.KEEP_PROMISE}'"
        )
        assert waiting.scalar() == 0


@pytest.mark.parametrize(
    "body",
    [
        {"advance_s": -1},
        {"advance_s": int(LONGEST_STEP.total_seconds()) + 1},
        {"advance_s": "60"},
        {"advance_s": 1.5},
        {"advance_s": 60, "also": 1},
        {},
    ],
)
def test_a_step_that_makes_no_sense_is_refused(demo: Demo, body: dict[str, object]) -> None:
    answer = demo.client.post("/demo/clock", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert demo.clock() == FakeClock()()


def test_the_clock_is_kept_over_a_restart(tmp_path: Path) -> None:
    clock = DemoClock(tmp_path / "clock", FakeClock())
    clock.advance(timedelta(hours=3))
    again = DemoClock(tmp_path / "clock", FakeClock())
    assert again() == FakeClock()() + timedelta(hours=3)
    with pytest.raises(ValueError, match="forward"):
        again.advance(-timedelta(seconds=1))


def test_nothing_of_the_demo_is_there_outside_it(client: TestClient, runtime: Runtime) -> None:
    assert make_router(runtime, lambda url, form: "").routes == []
    for path in ("/demo", "/demo/messages", "/demo/people", "/demo/phone", "/demo/phone/ringing"):
        assert client.get(path).status_code == 404
    assert client.post("/demo/clock", json={"advance_s": 1}).status_code == 404
    picked_up = client.post("/demo/calls/pick-up", json={"phone": "+33199000000"})
    assert picked_up.status_code == 404


def test_the_start_page_says_where_to_click(demo: Demo) -> None:
    page = demo.client.get("/demo").text
    for target in ("/demo/phone", "/console", 'href="/"'):
        assert target in page
    answer = demo.client.post("/demo/advance", data={"advance_s": 3600}, follow_redirects=False)
    assert answer.status_code == 303
    assert demo.clock() - FakeClock()() == timedelta(hours=1)


def test_the_made_up_volunteers_keep_their_word_while_the_clock_moves(
    demo: Demo,
) -> None:
    for _ in range(3):
        demo.client.post("/demo/clock", json={"advance_s": 24 * 3600})
        demo.run_jobs()
    with demo.runtime.begin(SYSTEM) as work:
        reasons = set(work.session.exec(select(CoordinatorTaskRow.reason)))
        held = work.session.exec(
            select(MissionRow.id).where(
                col(MissionRow.status).in_([status.value for status in LIVE_MISSIONS])
            )
        ).all()
        assert count_without_next_step(work.session, work.now) == 0
    assert reasons == set()
    assert held == []


def test_one_outing_of_the_demo_comes_back_when_the_clock_is_moved(
    demo: Demo,
) -> None:
    def made() -> list[MissionRow]:
        with demo.runtime.begin(SYSTEM) as work:
            query = select(MissionRow).where(col(MissionRow.occurs_on).is_not(None))
            return list(work.session.exec(query))

    with demo.runtime.begin(SYSTEM) as work:
        keep_daily_round(work)
    for days in (1, 8):
        assert made() == []
        demo.client.post("/demo/clock", json={"advance_s": days * 24 * 3600})
        demo.run_jobs()
    [coming] = made()
    assert coming.starts_at > demo.clock()
