"""The demo as a whole: its settings, its data and the service around them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
from fastapi import APIRouter, FastAPI
from pydantic import SecretStr
from sqlmodel import select

from api.app import create_app, utc_now
from api.demo.clock import DemoClock
from api.demo.messenger import DemoMessenger, DemoPusher
from api.demo.pages import make_router
from api.demo.seed import COORDINATOR_ID, seed
from matcher.domain.errors import NotAllowed
from matcher.services.work import Runtime
from matcher.settings import Environment, Settings
from matcher.store.engine import open_database
from matcher.store.tables import StaffRow
from matcher.store.transitions import SYSTEM
from phone.simulator.signed import TIMEOUT_S, signed_post

DEMO_TOKEN = "demo"  # noqa: S105 - the demo's public token
DEMO_LINE = "+33185000000"
DEMO_COORDINATORS = ("+33199009001", "+33199009002")


def demo_settings(port: int, data: Path | None) -> Settings:
    """The environment's settings, made into the demo's.

    Raises:
        NotAllowed: the environment says that this is production.
    """
    base = Settings()
    if base.environment is Environment.PRODUCTION:
        raise NotAllowed("The demo does not run where COMPAGNIE_ENVIRONMENT is production.")
    return base.model_copy(
        update={
            "environment": Environment.DEMO,
            "data_dir": (data or base.data_dir).resolve(),
            "public_url": f"http://127.0.0.1:{port}",
            "twilio_auth_token": SecretStr(DEMO_TOKEN),
            "phone_number": DEMO_LINE,
            "coordinator_numbers": DEMO_COORDINATORS,
            "ban_url": "",
        }
    )


def demo_app(settings: Settings) -> FastAPI:
    """The whole service over made-up people, jobs included; nothing leaves this machine.

    Raises:
        NotAllowed: the database holds a service that is no demo.
    """
    database = open_database(settings)
    clock = DemoClock(settings.data_dir / "demo-clock", utc_now)
    app = create_app(
        settings,
        database=database,
        clock=clock,
        wall_clock=utc_now,
        messenger=DemoMessenger(),
        pusher=DemoPusher(),
        run_worker=True,
    )
    runtime: Runtime = app.state.runtime
    _refuse_real_data(runtime)
    seed(runtime)
    client = httpx2.Client(trust_env=False, timeout=TIMEOUT_S)
    post = signed_post(client, settings.public_url, settings.twilio_auth_token.get_secret_value())
    app.include_router(make_router(runtime, post))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with client:
            yield

    app.include_router(APIRouter(lifespan=lifespan))
    return app


def _refuse_real_data(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        staff = set(work.session.exec(select(StaffRow.id)))
    if staff and COORDINATOR_ID not in staff:
        raise NotAllowed("This database holds a real service: give the demo another --data.")
