"""Health, figures and documents."""

from __future__ import annotations

import json

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import create_engine

from api import health, problems
from matcher.services.work import Runtime
from matcher.store.transitions import SYSTEM
from tests.people import add_mission, add_senior


def test_a_living_service_says_so(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}


def test_without_a_database_it_lives_but_is_not_ready(runtime: Runtime) -> None:
    dead = create_engine("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    fields = {name: getattr(runtime, name) for name in Runtime.__slots__}
    app = FastAPI()
    app.state.runtime = Runtime(**{**fields, "engine": dead})
    problems.install(app)
    health.install(app)
    client = TestClient(app)
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.headers["Retry-After"]
    assert "compagnie_database_up 0.0" in client.get("/metrics").text


def test_figures_name_routes_and_no_one(client: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
    client.get(f"/v1/missions/{mission.id}")
    client.get("/nothing/0612345678")
    figures = client.get("/metrics").text
    assert (
        'compagnie_http_requests_total{method="GET",route="/v1/missions/{mission_id}",status="401"}'
        " 1.0" in figures
    )
    assert "compagnie_open_missions 1.0" in figures
    assert "compagnie_waiting_jobs 0.0" in figures
    assert str(mission.id) not in figures
    assert "0612345678" not in figures


def test_the_openapi_document_has_examples_and_problems(client: TestClient) -> None:
    document = client.get("/v1/openapi.json").json()
    assert document["servers"] == [{"url": "/v1"}]
    accept = document["paths"]["/offers/{offer_id}/accept"]["post"]
    assert "Idempotency-Key" in json.dumps(accept["parameters"])
    assert "application/problem+json" in accept["responses"]["4XX"]["content"]
    assert "06 12 34 56 78" in json.dumps(document["components"]["schemas"]["CodeCreate"])
    assert "security" not in document["paths"]["/auth/codes"]["post"]
    assert accept["security"]


def test_the_documents_need_no_other_host(client: TestClient) -> None:
    page = client.get("/v1/docs")
    assert page.status_code == 200
    assert "/v1/offers/{offer_id}/accept" in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text
