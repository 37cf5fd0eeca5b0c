"""A volunteer's own file over HTTP."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from matcher.services.work import Runtime
from matcher.store.tables import EventRow, IdempotencyRow
from matcher.store.transitions import SYSTEM
from tests.fakes import FakeClock
from tests.people import add_session, add_volunteer


@pytest.fixture
def headers(runtime: Runtime) -> dict[str, str]:
    with runtime.begin(SYSTEM) as work:
        return add_session(work, add_volunteer(work, "+33612345678", always_free=False))


def test_only_what_is_given_changes(client: TestClient, headers: dict[str, str]) -> None:
    before = client.get("/v1/me", headers=headers).json()
    after = client.patch(
        "/v1/me", json={"max_walk_m": 3000, "languages": ["en", "fr"]}, headers=headers
    ).json()
    assert after == {**before, "max_walk_m": 3000, "languages": ["en", "fr"]}


@pytest.mark.parametrize(
    "body",
    [
        {"max_walk_m": 0},
        {"max_walk_m": 1234},
        {"weekly_cap": -1},
        {"languages": []},
        {"languages": ["xx"]},
        {"vetted": True},
        {"active": True},
        {"phone": "+33600000000"},
    ],
)
def test_what_a_volunteer_may_not_say_is_refused(
    client: TestClient, headers: dict[str, str], body: dict[str, Any]
) -> None:
    assert client.patch("/v1/me", json=body, headers=headers).status_code == 422


def test_a_week_replaces_the_one_before(client: TestClient, headers: dict[str, str]) -> None:
    first = [{"weekday": 1, "start": "09:00", "end": "12:00"}]
    second = [
        {"weekday": 0, "start": "22:00", "end": "00:00"},
        {"weekday": 3, "start": "14:00", "end": "18:30"},
    ]
    for windows in (first, second, second):
        answer = client.put("/v1/me/availability", json={"windows": windows}, headers=headers)
        assert answer.status_code == 200
        assert answer.json()["windows"] == windows
    assert (
        client.put("/v1/me/availability", json={"windows": []}, headers=headers).json()["windows"]
        == []
    )


@pytest.mark.parametrize(
    "window",
    [
        {"weekday": 7, "start": "09:00", "end": "12:00"},
        {"weekday": 1, "start": "24:00", "end": "12:00"},
        {"weekday": 1, "start": "9:00", "end": "12:00"},
        {"weekday": 1, "start": 32400, "end": "12:00"},
        {"weekday": 1, "start": "09:00"},
    ],
)
def test_a_window_that_makes_no_sense_is_refused(
    client: TestClient, headers: dict[str, str], window: dict[str, Any]
) -> None:
    answer = client.put("/v1/me/availability", json={"windows": [window]}, headers=headers)
    assert answer.status_code == 422


def test_exceptions_come_and_go(client: TestClient, headers: dict[str, str]) -> None:
    whole = client.post(
        "/v1/me/exceptions", json={"day": "2026-12-24", "free": False}, headers=headers
    )
    part = client.post(
        "/v1/me/exceptions",
        json={"day": "2026-12-20", "start": "14:00", "end": "18:00", "free": True},
        headers=headers,
    )
    assert (whole.status_code, part.status_code) == (201, 201)
    listed = client.get("/v1/me", headers=headers).json()["exceptions"]
    assert listed == [part.json(), whole.json()]
    gone = client.delete(f"/v1/me/exceptions/{whole.json()['id']}", headers=headers)
    assert gone.status_code == 204
    assert client.get("/v1/me", headers=headers).json()["exceptions"] == [part.json()]


@pytest.mark.parametrize(
    "body",
    [
        {"day": "2026-11-23", "free": False},
        {"day": "2099-01-01", "free": False},
        {"day": "2026-02-30", "free": False},
        {"day": 1, "free": False},
        {"day": "2026-12-24", "start": "14:00", "free": False},
        {"day": "2026-12-24", "free": "no"},
    ],
)
def test_an_exception_that_makes_no_sense_is_refused(
    client: TestClient, headers: dict[str, str], body: dict[str, Any]
) -> None:
    assert client.post("/v1/me/exceptions", json=body, headers=headers).status_code == 422


def test_anothers_exception_does_not_exist(
    client: TestClient, runtime: Runtime, headers: dict[str, str]
) -> None:
    created = client.post(
        "/v1/me/exceptions", json={"day": "2026-12-24", "free": False}, headers=headers
    ).json()
    with runtime.begin(SYSTEM) as work:
        other = add_session(work, add_volunteer(work, "+33612345679"))
    assert client.delete(f"/v1/me/exceptions/{created['id']}", headers=other).status_code == 404


def test_free_now_until_an_hour(
    client: TestClient, headers: dict[str, str], clock: FakeClock
) -> None:
    until = (clock.now + timedelta(hours=3)).isoformat()
    body = {"free_until": until, "lat": 48.8725, "lon": 2.3130}
    told = client.put("/v1/me/presence", json=body, headers=headers)
    assert told.status_code == 200
    assert told.json()["free_until"].endswith("+01:00")
    assert client.delete("/v1/me/presence", headers=headers).status_code == 204
    assert client.get("/v1/me", headers=headers).json()["free_until"] is None


@pytest.mark.parametrize(
    ("here", "near"),
    [
        ({"lat": 48.8705, "lon": 2.3170}, "rue du Faubourg Saint-Honoré, dans le huitième"),
        ({"lat": 48.8631, "lon": 2.2480}, None),
        ({}, None),
    ],
)
def test_whoever_says_where_they_are_hears_near_which_street(
    client: TestClient,
    headers: dict[str, str],
    clock: FakeClock,
    here: dict[str, float],
    near: str | None,
) -> None:
    body = {"free_until": (clock.now + timedelta(hours=3)).isoformat(), **here}
    assert client.put("/v1/me/presence", json=body, headers=headers).json()["near_street"] == near
    assert "near_street" not in client.get("/v1/me", headers=headers).json()


def test_where_somebody_stood_is_kept_nowhere(
    client: TestClient,
    runtime: Runtime,
    headers: dict[str, str],
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    until = (clock.now + timedelta(hours=3)).isoformat()
    body = {"free_until": until, "lat": 48.8705, "lon": 2.3170}
    with caplog.at_level(logging.DEBUG):
        told, again = (
            client.put(
                "/v1/me/presence", json=body, headers={**headers, "Idempotency-Key": "ici"}
            ).json()
            for _ in range(2)
        )
    assert again == {**told, "near_street": None} != told
    assert "Saint-Honoré" not in caplog.text
    with runtime.begin(SYSTEM) as work:
        rows = [*work.session.exec(select(IdempotencyRow)), *work.session.exec(select(EventRow))]
    assert rows
    assert not any("Honor" in row.model_dump_json() for row in rows)


@pytest.mark.parametrize(
    "change",
    [
        {"free_until": "2026-11-24T08:00:00Z"},
        {"free_until": "2026-11-26T08:00:00Z"},
        {"free_until": "2026-11-24T12:00:00"},
        {"free_until": "9999-12-31T23:59:59-14:00"},
        {"free_until": 1795525200},
        {"lat": 45.76, "lon": 4.83},
        {"lat": 48.87},
    ],
)
def test_a_presence_that_makes_no_sense_is_refused(
    client: TestClient, headers: dict[str, str], change: dict[str, Any]
) -> None:
    body = {"free_until": "2026-11-24T12:00:00Z", **change}
    assert client.put("/v1/me/presence", json=body, headers=headers).status_code == 422
