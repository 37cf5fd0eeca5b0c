"""Turning notifications on and off over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from matcher.services.work import Runtime
from matcher.store.transitions import SYSTEM
from tests.fakes import FakePusher
from tests.people import add_session, add_volunteer

PATH = "/v1/me/push-subscription"
SUBSCRIPTION: dict[str, Any] = {
    "endpoint": "https://fcm.googleapis.com/fcm/send/abc",
    "expirationTime": None,
    "keys": {"p256dh": "B" + "N" * 86, "auth": "k" * 22},
}


@pytest.fixture
def headers(runtime: Runtime) -> dict[str, str]:
    with runtime.begin(SYSTEM) as work:
        return add_session(work, add_volunteer(work, "+33612345678"))


def test_a_browser_is_told_the_key_subscribes_and_leaves_again(
    client: TestClient, headers: dict[str, str], pusher: FakePusher
) -> None:
    key = pusher.server_key
    assert client.get(PATH, headers=headers).json() == {"server_key": key, "endpoint": None}
    assert client.put(PATH, json=SUBSCRIPTION, headers=headers).status_code == 204
    assert client.get(PATH, headers=headers).json()["endpoint"] == SUBSCRIPTION["endpoint"]
    for _ in range(2):
        assert client.delete(PATH, headers=headers).status_code == 204
    assert client.get(PATH, headers=headers).json()["endpoint"] is None


def test_the_last_browser_takes_the_place_of_the_one_before(
    client: TestClient, headers: dict[str, str]
) -> None:
    other = {**SUBSCRIPTION, "endpoint": "https://web.push.apple.com/xyz"}
    for body in (SUBSCRIPTION, other):
        assert client.put(PATH, json=body, headers=headers).status_code == 204
    assert client.get(PATH, headers=headers).json()["endpoint"] == other["endpoint"]


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "https://169.254.169.254/latest"},
        {"endpoint": "https://fcm.googleapis.com/" + "a" * 1000},
        {"keys": {"p256dh": "short", "auth": "k" * 22}},
        {"keys": {"p256dh": "B" + "N" * 86, "auth": ""}},
        {"keys": {"p256dh": "B" + "N" * 86}},
        {"volunteer_id": "00000000-0000-0000-0000-000000000001"},
    ],
)
def test_what_is_no_subscription_of_a_browser_is_refused(
    client: TestClient, headers: dict[str, str], change: dict[str, Any]
) -> None:
    refused = client.put(PATH, json={**SUBSCRIPTION, **change}, headers=headers)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert client.get(PATH, headers=headers).json()["endpoint"] is None


def test_a_subscription_is_not_readable_in_the_database(
    client: TestClient, headers: dict[str, str], runtime: Runtime
) -> None:
    client.put(PATH, json=SUBSCRIPTION, headers=headers)
    with runtime.engine.begin() as connection:
        (kept,) = connection.exec_driver_sql("SELECT subscription FROM push_subscription").scalars()
    assert "fcm.googleapis.com" not in kept


def test_nobody_reads_or_changes_it_without_being_signed_in(client: TestClient) -> None:
    assert client.get(PATH).status_code == 401
    assert client.put(PATH, json=SUBSCRIPTION).status_code == 401
    assert client.delete(PATH).status_code == 401


def test_the_worker_speaks_for_the_whole_app(client: TestClient) -> None:
    answer = client.get("/service-worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "showNotification" in answer.text
