"""PostgreSQL is stopped at once and started again under the worker: the jobs go on."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy.exc import OperationalError

from api.app import make_runtime, run_jobs
from matcher.services.missions import schedule_step
from matcher.services.watchdog import count_without_next_step
from matcher.services.work import Runtime
from matcher.settings import Settings
from matcher.store.engine import start_embedded
from matcher.store.transitions import SYSTEM
from tests.fakes import FakeClock, FakeMessenger
from tests.people import add_mission, add_senior, add_volunteer

PATIENCE_S = 60.0


@pytest.fixture
def folder() -> Iterator[Path]:
    found = Path(tempfile.mkdtemp(prefix="compagnie-restart-"))
    yield found
    shutil.rmtree(found)


def ask_for_an_outing(runtime: Runtime, number: int) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work, f"+3319900010{number}"))
        schedule_step(work, mission, work.now)


def test_a_worker_goes_on_when_the_database_was_away(settings: Settings, folder: Path) -> None:
    database, messenger = start_embedded(folder), FakeMessenger()
    runtime = make_runtime(settings, database, clock=FakeClock(), messenger=messenger)
    with runtime.begin(SYSTEM) as work:
        add_volunteer(work, "+33639980001", weekly_cap=10)
    loop = asyncio.new_event_loop()
    jobs = loop.create_task(run_jobs(runtime, database))
    worker = Thread(target=loop.run_forever)
    worker.start()
    again = database
    try:
        ask_for_an_outing(runtime, 1)
        wait_for(messenger, 1)
        database.stop()
        with pytest.raises(OperationalError):
            ask_for_an_outing(runtime, 2)
        again = start_embedded(folder)
        assert again.url == database.url
        ask_for_an_outing(runtime, 2)
        wait_for(messenger, 2)
        with runtime.begin(SYSTEM) as work:
            assert count_without_next_step(work.session, work.now) == 0
    finally:
        loop.call_soon_threadsafe(jobs.cancel)
        Event().wait(1)
        loop.call_soon_threadsafe(loop.stop)
        worker.join()
        loop.close()
        runtime.engine.dispose()
        again.stop()


def wait_for(messenger: FakeMessenger, wanted: int) -> None:
    """Until so many messages have gone out."""
    pause, left_s = Event(), PATIENCE_S
    while len(messenger.sent) < wanted:
        assert left_s > 0, messenger.sent
        pause.wait(0.1)
        left_s -= 0.1
