"""Repeating an unsafe call with its key gives the first answer and does nothing more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from matcher.services.work import Runtime
from matcher.store.tables import AvailabilityExceptionRow, IdempotencyRow
from matcher.store.transitions import SYSTEM
from tests.people import add_mission, add_offer, add_senior, add_session, add_volunteer

EXCEPTION = {"day": "2026-12-24", "free": False}


@pytest.fixture
def headers(runtime: Runtime) -> dict[str, str]:
    with runtime.begin(SYSTEM) as work:
        return {**add_session(work, add_volunteer(work, "+33612345678")), "Idempotency-Key": "k1"}


def post(client: TestClient, headers: dict[str, str], body: dict[str, Any] = EXCEPTION) -> Any:
    return client.post("/v1/me/exceptions", json=body, headers=headers)


def exceptions(runtime: Runtime) -> int:
    with runtime.begin(SYSTEM) as work:
        return len(work.session.exec(select(AvailabilityExceptionRow)).all())


def test_a_repeated_call_gets_the_first_answer(
    client: TestClient, runtime: Runtime, headers: dict[str, str]
) -> None:
    first, second = post(client, headers), post(client, headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert first.headers["content-type"] == second.headers["content-type"]
    assert exceptions(runtime) == 1


def test_another_key_is_another_call(
    client: TestClient, runtime: Runtime, headers: dict[str, str]
) -> None:
    post(client, headers)
    post(client, {**headers, "Idempotency-Key": "k2"})
    assert exceptions(runtime) == 2


def test_a_key_belongs_to_one_call_of_one_person(
    client: TestClient, runtime: Runtime, headers: dict[str, str]
) -> None:
    post(client, headers)
    assert post(client, headers, {**EXCEPTION, "free": True}).status_code == 422
    assert client.delete("/v1/me/presence", headers=headers).status_code == 422
    with runtime.begin(SYSTEM) as work:
        session = add_session(work, add_volunteer(work, "+33612345679"))
    assert post(client, {**headers, **session}).status_code == 201


def test_an_answer_without_a_body_is_repeated_too(
    client: TestClient, headers: dict[str, str]
) -> None:
    created = post(client, {**headers, "Idempotency-Key": "k0"}).json()
    path = f"/v1/me/exceptions/{created['id']}"
    for _ in range(2):
        removed = client.delete(path, headers=headers)
        assert (removed.status_code, removed.content) == (204, b"")
    assert client.delete(path, headers={**headers, "Idempotency-Key": "k9"}).status_code == 404


def test_a_refusal_is_not_kept(
    client: TestClient, runtime: Runtime, headers: dict[str, str]
) -> None:
    assert post(client, headers, {"day": "2020-01-01", "free": False}).status_code == 422
    with runtime.begin(SYSTEM) as work:
        assert work.session.exec(select(IdempotencyRow)).all() == []
    assert post(client, headers).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "\x07"])
def test_a_malformed_key_is_refused(client: TestClient, headers: dict[str, str], key: str) -> None:
    assert post(client, {**headers, "Idempotency-Key": key}).status_code == 422


def test_calls_at_the_same_time_do_it_once(
    client: TestClient, runtime: Runtime, headers: dict[str, str]
) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(client, headers), range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert exceptions(runtime) == 1


def test_an_acceptance_is_repeated_with_what_was_seen_then(
    client: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, "+33612345678")
        offer = add_offer(work, add_mission(work, add_senior(work)), volunteer)
        headers = {**add_session(work, volunteer), "Idempotency-Key": "yes"}
    path = f"/v1/offers/{offer.id}/accept"
    first, second = client.post(path, headers=headers), client.post(path, headers=headers)
    assert first.status_code == 200
    assert first.json() == second.json()
    assert "address" in second.json()
    with runtime.begin(SYSTEM) as work:
        kept = work.session.exec(select(IdempotencyRow)).one()
        stored = work.session.connection().exec_driver_sql("SELECT body FROM idempotency").scalar()
    assert kept.body
    assert "Faubourg" not in str(stored)


def test_a_repetition_shows_nothing_that_has_been_hidden_since(
    client: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, "+33612345678")
        mission = add_mission(work, add_senior(work))
        offer = add_offer(work, mission, volunteer)
        headers = add_session(work, volunteer)
    with_key = {**headers, "Idempotency-Key": "yes"}
    path = f"/v1/offers/{offer.id}/accept"
    client.post(path, headers=with_key)
    client.post(f"/v1/missions/{mission.id}/withdraw", headers=headers)
    again = client.post(path, headers=with_key)
    assert again.status_code == 200
    assert not {"address", "senior_name", "code_word"} & again.json().keys()
    assert again.json()["walk_minutes"] % 5 == 0
