"""A real PostgreSQL a session, a fresh database a test, production wiring with fakes."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import settings as hypothesis_settings
from sqlalchemy import create_engine, make_url, text

from api.app import create_app
from matcher.jobs import bring_forward, make_job_app
from matcher.services.work import Runtime
from matcher.settings import Environment, Settings
from matcher.store.encrypted import Keyring
from matcher.store.engine import Database, make_engine, migrate, start_embedded
from matcher.store.transitions import SYSTEM
from tests.fakes import CountingIds, FakeClock, FakeGeocoder, FakeMessenger, FakePusher
from tests.postgres15 import start_system_postgres

hypothesis_settings.register_profile("compagnie", deadline=None)
hypothesis_settings.load_profile("compagnie")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of one journey share its server, so they share a test process too."""
    for item in items:
        if item.path.parent.name == "journeys":
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


SECRET_KEYS = "k1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
INDEX_KEY = "index-key-of-the-tests"
AUTH_TOKEN = "token-of-the-tests"


def many_calls(usual: int, most: int) -> int:
    """How many generated calls a test makes: `usual`, or as COMPAGNIE_TEST_CALLS says."""
    return min(int(os.environ.get("COMPAGNIE_TEST_CALLS", usual)), most)


@pytest.fixture(scope="session")
def server() -> Iterator[Database]:
    """A PostgreSQL holding a migrated template database: the embedded one, or the system's."""
    folder = Path(tempfile.mkdtemp(prefix="compagnie-test-"))
    binaries = os.environ.get("COMPAGNIE_TEST_POSTGRES")
    database = start_system_postgres(Path(binaries), folder) if binaries else start_embedded(folder)
    with _admin(database) as run:
        # A crash of the machine may cost the test its data; the tests of crashes kill processes.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            run(f"ALTER SYSTEM SET {setting} = off")
        run("SELECT pg_reload_conf()")
        run("CREATE DATABASE template_compagnie")
    engine = make_engine(
        _named(database, "template_compagnie"), Keyring.parse(SECRET_KEYS, INDEX_KEY)
    )
    migrate(engine)
    engine.dispose()
    yield database
    database.stop()
    shutil.rmtree(folder)


@pytest.fixture
def database(server: Database) -> Iterator[Database]:
    """A fresh database of its own for one test."""
    with _admin(server) as run:
        run("CREATE DATABASE compagnie_test TEMPLATE template_compagnie")
    yield _named(server, "compagnie_test")
    with _admin(server) as run:
        run("DROP DATABASE compagnie_test WITH (FORCE)")


@pytest.fixture
def settings() -> Settings:
    return Settings(
        _env_file=None,
        environment=Environment.DEVELOPMENT,
        public_url="https://compagnie.test",
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token=AUTH_TOKEN,
        phone_number="+33185000000",
        coordinator_numbers=("+33170000001", "+33170000002"),
        secret_keys=SECRET_KEYS,
        index_key=INDEX_KEY,
    )


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def messenger() -> FakeMessenger:
    return FakeMessenger()


@pytest.fixture
def pusher() -> FakePusher:
    return FakePusher()


@pytest.fixture
def app(
    settings: Settings,
    database: Database,
    clock: FakeClock,
    messenger: FakeMessenger,
    pusher: FakePusher,
) -> Iterator[FastAPI]:
    """The service as in production, its outside world faked."""
    app = create_app(
        settings,
        database=database,
        clock=clock,
        new_id=CountingIds(),
        messenger=messenger,
        pusher=pusher,
        second_opinion=FakeGeocoder(),
    )
    yield app
    app.state.runtime.engine.dispose()


@pytest.fixture
def runtime(app: FastAPI) -> Runtime:
    found: Runtime = app.state.runtime
    return found


@pytest.fixture
def no_database(app: FastAPI, server: Database, database: Database) -> None:
    """PostgreSQL goes away while the service runs."""
    name = make_url(database.url).database
    with _admin(server) as run:
        run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """An HTTP client on the service (no lifespan: jobs run when the test says so)."""
    return TestClient(app, base_url="https://compagnie.test")


SWEPT = (
    "mend_missed_steps",
    "mend_missed_looks",
    "close_silent_calls",
    "hand_over_spent_jobs",
    "alert_overdue_tasks",
)


@dataclass
class Worker:
    """Runs the jobs that are due at the fake clock, and moves that clock."""

    runtime: Runtime
    database: Database
    clock: FakeClock

    def run(self) -> None:
        """Run what is due, and what that makes due, until nothing is."""
        asyncio.run(self._run())

    def advance(self, **by: float) -> None:
        """Move the clock on and run what has come due."""
        self.clock.advance(**by)
        with self.runtime.begin(SYSTEM) as work:
            bring_forward(work, timedelta(**by))
        self.run()

    def sweep(self) -> None:
        """Run once what a worker runs every few minutes."""
        tasks = make_job_app(self.runtime, self.database.conninfo).tasks
        for name in SWEPT:
            tasks[name](timestamp=0)

    async def _run(self) -> None:
        jobs = make_job_app(self.runtime, self.database.conninfo)
        # What comes by the minute of the real clock would come in some runs of a test only.
        jobs.periodic_registry.periodic_tasks.clear()
        async with jobs.open_async():
            await jobs.run_worker_async(
                wait=False, concurrency=1, install_signal_handlers=False, listen_notify=False
            )


@pytest.fixture
def worker(runtime: Runtime, database: Database, clock: FakeClock) -> Worker:
    return Worker(runtime, database, clock)


@dataclass
class _Admin:
    url: str

    def __enter__(self) -> Callable[[str], None]:
        self.engine = create_engine(self.url, isolation_level="AUTOCOMMIT")

        def run(sql: str) -> None:
            with self.engine.connect() as connection:
                connection.execute(text(sql))

        return run

    def __exit__(self, *_: object) -> None:
        self.engine.dispose()


def _admin(database: Database) -> _Admin:
    return _Admin(database.url)


def _named(database: Database, name: str) -> Database:
    url = make_url(database.url).set(database=name).render_as_string(hide_password=False)
    return Database(url, lambda: None)
