"""Whether the service lives, whether it can work, and its figures. No personal data anywhere."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    generate_latest,
)
from sqlalchemy import func, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session, col, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matcher.domain.lifecycle import MissionStatus
from matcher.services.watchdog import count_without_next_step
from matcher.services.work import Runtime
from matcher.store.tables import MissionRow

router = APIRouter()


class Figures:
    """The metrics of one application, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "compagnie_http_requests",
            "HTTP requests answered, by route template.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.database_up = Gauge(
            "compagnie_database_up", "Whether the database answers.", registry=self.registry
        )
        self.open_missions = Gauge(
            "compagnie_open_missions", "Missions without a volunteer yet.", registry=self.registry
        )
        self.without_next_step = Gauge(
            "compagnie_missions_without_next_step",
            "Missions under way that nothing looks after; more than none is an alarm.",
            registry=self.registry,
        )
        self.waiting_jobs = Gauge(
            "compagnie_waiting_jobs",
            "Jobs not started yet, timers included.",
            registry=self.registry,
        )

    def measure(self, runtime: Runtime) -> None:
        """Read the gauges from the store; without it they keep what was read last."""
        try:
            with Session(runtime.engine) as session:
                without_next_step = count_without_next_step(session, runtime.clock())
                open_missions = session.exec(
                    select(func.count())
                    .select_from(MissionRow)
                    .where(col(MissionRow.status) == MissionStatus.OPEN.value)
                ).one()
                waiting_jobs = session.execute(
                    text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
                ).scalar_one()
        except (OperationalError, PoolTimeout):
            self.database_up.set(0)
            return
        self.database_up.set(1)
        self.open_missions.set(open_missions)
        self.without_next_step.set(without_next_step)
        self.waiting_jobs.set(waiting_jobs)


class CountRequests:
    """ASGI middleware that counts answers by route template, never by the address asked for."""

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        self.app = app
        self.figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through and count its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def count(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.figures.requests.labels(
                    scope["method"], route_template(scope), str(message["status"])
                ).inc()
            await send(message)

        await self.app(scope, receive, count)


def route_template(scope: Scope) -> str:
    """The route that answers, as written in the code: "/v1/missions/{mission_id}", or "unknown"."""
    path: str | None = getattr(scope.get("route"), "path", None)
    return "unknown" if path is None else f"{scope.get('root_path', '')}{path}"


def install(app: FastAPI) -> None:
    """Add the three routes to `app` and count its requests, mounted applications included."""
    figures = Figures()
    app.state.figures = figures
    app.add_middleware(CountRequests, figures=figures)
    app.include_router(router)


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(request: Request) -> dict[str, str]:
    """The database answers; 503 otherwise."""
    runtime: Runtime = request.app.state.runtime
    with runtime.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    return {"status": "ok"}


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Figures for Prometheus."""
    state: Any = request.app.state
    figures: Figures = state.figures
    figures.measure(state.runtime)
    return Response(generate_latest(figures.registry), media_type=CONTENT_TYPE_LATEST)
