"""The week ahead as coordinators' programs see it."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlmodel import func, select

from matcher.domain.lifecycle import MissionStatus
from matcher.services.work import Runtime
from matcher.store.tables import EventRow
from matcher.store.transitions import SYSTEM
from tests.people import add_coordinator, add_mission, add_senior, add_session, add_volunteer

COVERAGE = "/v1/coordination/coverage"


@pytest.fixture
def headers(runtime: Runtime) -> dict[str, str]:
    """A coordinator; two volunteers in the 8th; an outing there on past Tuesday mornings."""
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work)
        for number in ("+33639981000", "+33639981001"):
            add_volunteer(work, number, zone_code="75108")
        zone = work.runtime.settings.zone
        monday = next_monday(work.now)
        for weeks in range(2, 6):
            tuesday = monday + timedelta(days=1 - 7 * weeks)
            add_mission(
                work,
                senior,
                datetime.combine(tuesday, time(10), zone),
                zone_code="75108",
                status=MissionStatus.UNFILLED.value,
            )
        return add_session(work, add_coordinator(work))


def next_monday(now: datetime) -> datetime:
    return now + timedelta(days=7 - now.weekday())


def test_the_week_says_who_can_come_how_likely_and_what_will_be_asked(
    client: TestClient, headers: dict[str, str], runtime: Runtime
) -> None:
    monday = next_monday(runtime.clock()).date()
    answer = client.get(f"{COVERAGE}?day={monday + timedelta(days=3)}", headers=headers)
    assert answer.status_code == 200
    week = answer.json()
    assert (week["monday"], week["minutes"], week["inside"]) == (str(monday), 20, 0.9)
    [eighth] = [zone for zone in week["zones"] if zone["code"] == "75108"]
    assert len(eighth["half_days"]) == 14
    tuesday = eighth["half_days"][2]
    assert (tuesday["date"], tuesday["half_day"]) == (str(monday + timedelta(days=1)), "morning")
    assert (tuesday["can_come"], 0 < tuesday["chance"] < 1) == (2, True)
    needed = [cell["needed"] for cell in eighth["half_days"]]
    assert all(one["low"] <= one["median"] <= one["high"] for one in needed)
    assert max(range(14), key=lambda cell: needed[cell]["high"]) == 2


def test_without_a_day_it_is_the_week_under_way(
    client: TestClient, headers: dict[str, str], runtime: Runtime
) -> None:
    today = runtime.clock().date()
    week = client.get(COVERAGE, headers=headers).json()
    assert week["monday"] == str(today - timedelta(days=today.weekday()))


def test_without_any_past_nothing_is_foreseen(client: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        headers = add_session(work, add_coordinator(work))
    week = client.get(COVERAGE, headers=headers).json()
    assert week["inside"] is None
    assert week["zones"][0]["half_days"][0]["needed"] is None


def test_three_more_change_their_half_day_and_nothing_is_written(
    client: TestClient, headers: dict[str, str], runtime: Runtime
) -> None:
    tuesday = next_monday(runtime.clock()).date() + timedelta(days=1)
    body = {"zone": "75108", "date": str(tuesday), "half_day": "morning", "more": 3}

    def events() -> int:
        with runtime.begin(SYSTEM) as work:
            return work.session.exec(select(func.count()).select_from(EventRow)).one()

    before = events()
    answer = client.post(f"{COVERAGE}/what-if", json=body, headers=headers)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["date"], found["half_day"]) == (str(tuesday), "morning")
    [eighth] = [zone for zone in found["zones"] if zone["code"] == "75108"]
    assert (eighth["before"]["can_come"], eighth["after"]["can_come"]) == (2, 5)
    assert eighth["before"]["chance"] < eighth["after"]["chance"]
    assert events() == before


def test_what_if_helps_a_city_without_any_volunteer(client: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        headers = add_session(work, add_coordinator(work))
        monday = next_monday(work.now).date()
    body = {"zone": "75108", "date": str(monday), "half_day": "afternoon", "more": 1}
    found = client.post(f"{COVERAGE}/what-if", json=body, headers=headers).json()
    [eighth] = [zone for zone in found["zones"] if zone["code"] == "75108"]
    assert (eighth["before"]["chance"], eighth["after"]["can_come"]) == (0, 1)


@pytest.mark.parametrize(
    ("change", "status", "kind"),
    [
        ({"zone": "99999"}, 404, "/problems/not-found"),
        ({"more": 0}, 422, "/problems/invalid"),
        ({"half_day": "night"}, 422, "/problems/invalid"),
        ({"date": "demain"}, 422, "/problems/invalid"),
    ],
)
def test_what_cannot_be_supposed_is_refused(
    client: TestClient,
    headers: dict[str, str],
    change: dict[str, object],
    status: int,
    kind: str,
) -> None:
    body = {"zone": "75108", "date": "2026-12-01", "half_day": "morning", "more": 3, **change}
    answer = client.post(f"{COVERAGE}/what-if", json=body, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (status, kind)


def test_volunteers_see_nothing_of_it(client: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        headers = add_session(work, add_volunteer(work, "+33639981000"))
    assert client.get(COVERAGE, headers=headers).status_code == 403
