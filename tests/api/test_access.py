"""The access table: every route has a rule, and the rule holds for every role and state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from starlette.routing import BaseRoute, Mount

from api.access import ACCESS, DetailsPolicy, Who, may_see_details
from matcher.domain.lifecycle import MissionStatus
from matcher.services.work import Runtime
from matcher.store.tables import MissionRow
from matcher.store.transitions import SYSTEM
from tests.people import add_coordinator, add_session, add_volunteer

PARAMETER = str(UUID(int=999))
START = datetime(2026, 11, 25, 14, tzinfo=UTC)
END = START + timedelta(hours=2)
HOLDER, OTHER = UUID(int=1), UUID(int=2)


def every_route(routes: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in iter_route_contexts(routes):
        inner = route.original_route
        if isinstance(inner, Mount):
            yield from every_route(inner.routes, prefix + inner.path)
            continue
        for method in getattr(route, "methods", None) or ():
            if method != "HEAD":
                yield method, f"{prefix}{route.path}"


def test_every_route_has_a_rule_and_every_rule_a_route(app: FastAPI) -> None:
    outside_the_demo = {call for call in ACCESS if not call[1].startswith("/demo")}
    assert set(every_route(app.routes)) == outside_the_demo


def test_only_documents_escape_the_dependency_that_checks_the_table(app: FastAPI) -> None:
    v1 = next(r for r in app.routes if isinstance(r, Mount) and r.path == "/v1").app
    assert isinstance(v1, FastAPI)
    documented = {
        (method.upper(), f"/v1{path}")
        for path, operations in v1.openapi()["paths"].items()
        for method in operations
    }
    outside = {call for call in ACCESS if call[1].startswith("/v1/")} - documented
    assert outside == {("GET", "/v1/openapi.json"), ("GET", "/v1/docs")}


@pytest.fixture
def callers(runtime: Runtime) -> dict[Who, dict[str, str]]:
    with runtime.begin(SYSTEM) as work:
        return {
            Who.ANYONE: {},
            Who.VOLUNTEER: add_session(work, add_volunteer(work, "+33612345678")),
            Who.COORDINATOR: add_session(work, add_coordinator(work)),
        }


def test_the_table_holds_for_every_role_on_every_route(
    client: TestClient, callers: dict[Who, dict[str, str]]
) -> None:
    for (method, path), rule in ACCESS.items():
        if not path.startswith("/v1/") or path == "/v1/auth/sessions/current":
            continue
        url = re.sub(r"\{\w+\}", PARAMETER, path)
        for role, headers in callers.items():
            answer = client.request(method, url, headers=headers)
            if Who.ANYONE in rule or role in rule:
                assert answer.status_code not in (401, 403), (method, path, role)
            else:
                expected = 401 if role is Who.ANYONE else 403
                assert answer.status_code == expected, (method, path, role)
                assert answer.headers["content-type"] == "application/problem+json"


def test_a_token_that_is_not_one_of_ours_is_nobodys(client: TestClient) -> None:
    for value in ("Bearer nothing", "Basic bm8=", "Bearer", ""):
        refused = client.get("/v1/me", headers={"Authorization": value})
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == "Bearer"


def mission(status: MissionStatus, volunteer_id: UUID | None = HOLDER) -> MissionRow:
    return MissionRow(
        id=UUID(int=3),
        created_at=START,
        request_id=UUID(int=4),
        senior_id=UUID(int=5),
        status=status.value,
        purpose="walk",
        starts_at=START,
        ends_at=END,
        deadline_at=START,
        opened_at=START,
        meeting={},
        volunteer_id=volunteer_id,
    )


SHOWN = {MissionStatus.ACCEPTED, MissionStatus.IN_PROGRESS, MissionStatus.COMPLETED}


@pytest.mark.parametrize("status", MissionStatus)
@pytest.mark.parametrize("viewer", [HOLDER, OTHER])
@pytest.mark.parametrize(
    ("at", "in_window"),
    [
        (START - timedelta(days=3), True),
        (START, True),
        (END + timedelta(hours=2), True),
        (END + timedelta(hours=2, seconds=1), False),
    ],
)
def test_details_are_for_the_holder_in_the_right_states_and_hours(
    status: MissionStatus, viewer: UUID, at: datetime, in_window: bool
) -> None:
    seen = may_see_details(mission(status), viewer, at)
    # However long the outing lasts, who is out with somebody knows where they live.
    in_window = in_window or status is MissionStatus.IN_PROGRESS
    assert seen == (viewer == HOLDER and status in SHOWN and in_window)


def test_a_city_may_show_details_only_from_the_day_before() -> None:
    policy = DetailsPolicy(lead=timedelta(hours=24))
    held = mission(MissionStatus.ACCEPTED)
    assert not may_see_details(held, HOLDER, START - timedelta(hours=25), policy)
    assert may_see_details(held, HOLDER, START - timedelta(hours=24), policy)


def test_a_mission_nobody_holds_shows_details_to_nobody() -> None:
    assert not may_see_details(mission(MissionStatus.OPEN, None), HOLDER, START)
