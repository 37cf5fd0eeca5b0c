"""Errors as problem documents: stable types, nothing echoed, 503 when the database is away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import create_engine

from api import problems
from api.problems import STATUSES, TITLES
from api.v1.app import make_v1
from matcher.domain import errors
from matcher.services.work import Runtime
from matcher.store.transitions import SYSTEM
from tests.people import add_session, add_volunteer

CANARY = "canari-jonquille"


@pytest.fixture
def headers(runtime: Runtime) -> dict[str, str]:
    with runtime.begin(SYSTEM) as work:
        return add_session(work, add_volunteer(work, "+33612345678"))


def domain_errors() -> Iterator[type[errors.DomainError]]:
    for found in vars(errors).values():
        if isinstance(found, type) and issubclass(found, errors.DomainError):
            yield found


@pytest.mark.parametrize("kind", list(domain_errors()))
def test_every_domain_error_has_a_status_a_title_and_words(
    kind: type[errors.DomainError],
) -> None:
    answer = problems.domain_problem(kind())
    assert answer.status_code == STATUSES[kind.slug]
    assert TITLES[kind.slug]
    assert str(kind())


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/auth/codes", {"phone": {"x": CANARY}}),
        ("POST", "/v1/auth/codes", {"phone": CANARY}),
        ("POST", "/v1/auth/codes", {"phone": "0612345678", CANARY: CANARY}),
        ("POST", "/v1/auth/sessions", {"phone": "0612345678", "code": CANARY}),
        ("PATCH", "/v1/me", {"languages": [CANARY]}),
        ("PATCH", "/v1/me", {"max_walk_m": CANARY}),
        ("PUT", "/v1/me/presence", {"free_until": CANARY}),
        ("PUT", "/v1/me/availability", {"windows": [{"weekday": 1, "start": CANARY}]}),
        ("POST", "/v1/me/exceptions", {"day": CANARY, "free": CANARY}),
        ("GET", f"/v1/missions/{CANARY}", None),
        ("GET", f"/v1/offers?status={CANARY}", None),
    ],
)
def test_what_was_sent_is_never_sent_back(
    client: TestClient, headers: dict[str, str], method: str, path: str, body: Any
) -> None:
    refused = client.request(method, path, json=body, headers=headers)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"].endswith("/invalid")
    assert CANARY not in refused.text


def test_broken_json_is_a_problem_too(client: TestClient) -> None:
    refused = client.post(
        "/v1/auth/codes",
        content=f'{{"phone": {CANARY}',
        headers={"Content-Type": "application/json"},
    )
    assert refused.status_code == 422
    assert CANARY not in refused.text


def test_a_field_at_fault_is_named(client: TestClient) -> None:
    [fault] = client.post("/v1/auth/codes", json={}).json()["errors"]
    assert (fault["field"], fault["code"]) == ("body.phone", "missing")


def test_an_address_that_does_not_exist_is_a_problem(client: TestClient) -> None:
    for path in ("/v1/nothing", "/nothing"):
        refused = client.get(path)
        assert refused.status_code == 404
        assert refused.headers["content-type"] == "application/problem+json"
    assert client.put("/v1/auth/codes").status_code == 405


@pytest.fixture
def cut_off(runtime: Runtime) -> TestClient:
    """The API with a database that nobody answers for."""
    dead = create_engine("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    fields = {name: getattr(runtime, name) for name in Runtime.__slots__}
    app = FastAPI()
    app.mount("/v1", make_v1(Runtime(**{**fields, "engine": dead})))
    return TestClient(app)


def test_without_a_database_the_answer_is_503_and_when_to_come_back(cut_off: TestClient) -> None:
    for answer in (
        cut_off.post("/v1/auth/codes", json={"phone": "0612345678"}),
        cut_off.get("/v1/missions", headers={"Authorization": "Bearer x"}),
    ):
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"].endswith("/unavailable")
        assert "127.0.0.1" not in answer.text


def test_a_surprise_says_nothing_of_itself() -> None:
    app = FastAPI()
    problems.install(app)

    @app.get("/")
    def fail() -> None:
        raise RuntimeError(CANARY)

    answer = TestClient(app, raise_server_exceptions=False).get("/")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert CANARY not in answer.text
