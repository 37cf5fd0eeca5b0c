"""How the service stops."""

from __future__ import annotations

import threading
from datetime import datetime

from fastapi.testclient import TestClient
from sqlalchemy import event

from api.app import create_app
from matcher.settings import Settings
from matcher.store.engine import Database
from tests.fakes import FakeClock, FakeMessenger

PATIENCE_S = 20.0
A_MOMENT_S = 0.5
"""How long a thread that is waited for stays at work once the service was told to stop."""


def test_connections_are_put_away_only_when_the_threads_that_use_them_are_done(
    settings: Settings, database: Database, clock: FakeClock, messenger: FakeMessenger
) -> None:
    started, at_work, put_away = threading.Event(), threading.Event(), threading.Event()
    pulled_away: list[bool] = []

    def slow_clock() -> datetime:
        """Holds up the first thread of the running service that asks for the time."""
        if started.is_set() and not at_work.is_set():
            at_work.set()
            pulled_away.append(put_away.wait(A_MOMENT_S))
        return clock()

    app = create_app(
        settings, database=database, clock=slow_clock, messenger=messenger, second_opinion=None
    )
    event.listen(app.state.runtime.engine, "engine_disposed", lambda _: put_away.set())
    started.set()
    with TestClient(app):
        assert at_work.wait(PATIENCE_S)
    assert put_away.is_set()
    assert pulled_away == [False]
