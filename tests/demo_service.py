"""The demo as tests need it: seeded, on a clock that stands still, its calls served in process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.app import create_app
from api.demo import DemoClock, DemoMessenger, DemoPusher, make_router, seed
from matcher.jobs import make_job_app
from matcher.services.work import Runtime
from matcher.settings import Environment, Settings
from matcher.store.engine import Database
from phone.simulator.signed import signed_post
from tests.fakes import CountingIds, FakeClock, FakeGeocoder

URL = "http://127.0.0.1:8000"


@dataclass
class Demo:
    client: TestClient
    runtime: Runtime
    clock: DemoClock
    conninfo: str

    def run_jobs(self) -> None:
        """Everything that is due now."""

        async def run() -> None:
            jobs = make_job_app(self.runtime, self.conninfo)
            async with jobs.open_async():
                await jobs.run_worker_async(
                    wait=False, concurrency=1, install_signal_handlers=False, listen_notify=False
                )

        asyncio.run(run())


@contextmanager
def open_demo(settings: Settings, database: Database, folder: Path) -> Iterator[Demo]:
    settings = settings.model_copy(
        update={
            "environment": Environment.DEMO,
            "public_url": URL,
            "twilio_auth_token": SecretStr("demo"),
        }
    )
    clock = DemoClock(folder / "clock", FakeClock())
    app = create_app(
        settings,
        database=database,
        clock=clock,
        new_id=CountingIds(),
        messenger=DemoMessenger(),
        pusher=DemoPusher(),
        second_opinion=FakeGeocoder(),
    )
    runtime: Runtime = app.state.runtime
    seed(runtime)
    client = TestClient(app, base_url=URL)
    app.include_router(make_router(runtime, signed_post(client, URL, "demo")))
    yield Demo(client, runtime, clock, database.conninfo)
    runtime.engine.dispose()
