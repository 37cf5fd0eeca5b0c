"""The composition root: the only place where the parts are put together."""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
from fastapi import FastAPI
from procrastinate.exceptions import ConnectorException
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api import console, health, problems, volunteer, web
from api.v1.app import make_v1
from api.volunteer.web_push import WebPusher
from matcher.geocoding.ban import BanGeocoder
from matcher.geocoding.chain import GuardedGeocoder
from matcher.geocoding.valhalla import ValhallaTravelTimes
from matcher.jobs import make_job_app
from matcher.ports import Geocoder, Messenger, Pusher, TravelTimes
from matcher.services.keeper import RosterKeeper, keep_fresh
from matcher.services.places import likeness_of, load_atlas, watch_atlas
from matcher.services.rounds import keep_daily_round
from matcher.services.work import Runtime
from matcher.settings import Settings
from matcher.store.engine import Database, make_engine, migrate, open_database
from matcher.store.keys import open_keyring
from matcher.store.transitions import SYSTEM
from phone.twilio_client import TwilioMessenger
from phone.webhooks import make_phone_app

log = logging.getLogger(__name__)

JOBS_AT_ONCE = 4
OUT_OF_REACH = (ConnectorException, psycopg.OperationalError, OperationalError, PoolTimeout)
"""What the engine, its driver and the store raise while the database is away."""

POLLING_S = 1.0
"""How often a worker looks for jobs that have come due; new ones are notified at once."""


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


def new_code() -> str:
    """A one-time code of six digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def make_runtime(
    settings: Settings,
    database: Database,
    *,
    clock: Callable[[], datetime] = utc_now,
    wall_clock: Callable[[], datetime] | None = None,
    new_id: Callable[[], UUID] = uuid4,
    messenger: Messenger | None = None,
    second_opinion: Geocoder | None = None,
    travel_times: TravelTimes | None = None,
    pusher: Pusher | None = None,
) -> Runtime:
    """The collaborators over an open database, whose schema is brought up to date first.

    Raises:
        KeyringError: the keys are missing or malformed.
        PushKeyError: so are those of notifications.
    """
    keyring = open_keyring(settings)
    engine = make_engine(database, keyring)
    migrate(engine)
    return Runtime(
        settings=settings,
        engine=engine,
        roster=RosterKeeper(),
        keyring=keyring,
        atlas=load_atlas(engine, likeness_of(settings)),
        messenger=messenger or TwilioMessenger(settings),
        second_opinion=second_opinion or _web_geocoder(settings),
        clock=clock,
        wall_clock=wall_clock or clock,
        new_id=new_id,
        new_token=lambda: secrets.token_urlsafe(32),
        new_code=new_code,
        travel_times=travel_times or _street_times(settings),
        pusher=pusher or WebPusher.of(settings),
    )


def _web_geocoder(settings: Settings) -> Geocoder | None:
    return GuardedGeocoder(BanGeocoder(settings.ban_url)) if settings.ban_url else None


def _street_times(settings: Settings) -> TravelTimes | None:
    return ValhallaTravelTimes(settings.valhalla_url) if settings.valhalla_url else None


def create_app(
    settings: Settings,
    *,
    database: Database | None = None,
    clock: Callable[[], datetime] = utc_now,
    wall_clock: Callable[[], datetime] | None = None,
    new_id: Callable[[], UUID] = uuid4,
    messenger: Messenger | None = None,
    second_opinion: Geocoder | None = None,
    travel_times: TravelTimes | None = None,
    pusher: Pusher | None = None,
    run_worker: bool = False,
) -> FastAPI:
    """The whole service as an ASGI application.

    Without `database` the configured or embedded one is opened, and stopped at shutdown.
    With `run_worker` the jobs run in this process too. `wall_clock` is what authenticator apps
    go by, when it is not `clock`.
    """
    database = database or open_database(settings)
    runtime = make_runtime(
        settings,
        database,
        clock=clock,
        wall_clock=wall_clock,
        new_id=new_id,
        messenger=messenger,
        second_opinion=second_opinion,
        travel_times=travel_times,
        pusher=pusher,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        background = [
            asyncio.create_task(watch_atlas(runtime, database.conninfo)),
            asyncio.create_task(keep_fresh(runtime)),
        ]
        if run_worker:
            background.append(asyncio.create_task(run_jobs(runtime, database)))
        yield
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        # A task that is cancelled leaves its thread at work, and that may hold a connection.
        await asyncio.get_running_loop().shutdown_default_executor()
        runtime.engine.dispose()
        database.stop()

    app = FastAPI(
        title="Compagnie", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    app.state.runtime = runtime
    # Routes are tried in order, and a caller waits in silence.
    app.mount("/phone", make_phone_app(runtime))
    problems.install(app)
    health.install(app)
    web.install(app)
    app.state.changes = console.make_changes(runtime)
    app.include_router(console.make_router(runtime, app.state.changes))
    app.include_router(console.make_outreach_router(runtime))
    app.include_router(volunteer.make_router(runtime))
    app.mount("/v1", make_v1(runtime))
    return app


async def run_jobs(
    runtime: Runtime, database: Database, *, install_signal_handlers: bool = False
) -> None:
    """Run jobs until cancelled, or until told to stop when signals are listened to.

    The engine's worker ends by itself when the database goes away, without a word: another one
    takes over as soon as it is back.
    """
    stopping = asyncio.Event()
    worker = asyncio.current_task()

    def stop() -> None:
        stopping.set()
        if worker is not None:
            worker.cancel()

    if install_signal_handlers:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        while True:
            await _work(runtime, database)
            log.warning("the worker has ended: another one takes over")
            await asyncio.sleep(POLLING_S)
    except asyncio.CancelledError:
        if not stopping.is_set():
            raise


async def _work(runtime: Runtime, database: Database) -> None:
    jobs = make_job_app(runtime, database.conninfo)
    try:
        await asyncio.to_thread(_plan_round, runtime)
        async with jobs.open_async():
            await jobs.run_worker_async(
                concurrency=JOBS_AT_ONCE,
                install_signal_handlers=False,
                fetch_job_polling_interval=POLLING_S,
            )
    except OUT_OF_REACH as error:
        log.warning("the worker cannot reach the database: %s", type(error).__name__)


def _plan_round(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        keep_daily_round(work)
