"""A service of its own for a bench: a server and workers as processes, which may be killed.

Its provider remembers what it was asked, and its clock is moved on for what takes days.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any
from uuid import uuid4

import httpx2
import psycopg
from psycopg.rows import dict_row
from sqlalchemy import make_url

from api.app import create_app, make_runtime, run_jobs
from api.serving import serve
from bench.provider import Provider
from bench.served import bench_settings, free_port
from matcher.settings import Settings
from matcher.store.engine import Database

SERVER, WORKER = "server", "worker"
PATIENCE_S = 150.0

processes = get_context("forkserver")
processes.set_forkserver_preload(["bench.lane"])


@dataclass(frozen=True, slots=True)
class Kill:
    """Who is killed at a point, and how long after the request began."""

    who: tuple[str, ...]
    after_s: float


def run_server(database_url: str, port: int, provider_url: str, ahead_s: Any) -> None:
    """A server process of the service, its clock moved on."""
    database = Database(database_url, lambda: None)
    settings = lane_settings(database, port, provider_url)
    serve(create_app(settings, database=database, clock=_clock(ahead_s)), "127.0.0.1", port)


def run_worker(database_url: str, port: int, provider_url: str, ahead_s: Any) -> None:
    """A worker process of the same."""
    database = Database(database_url, lambda: None)
    settings = lane_settings(database, port, provider_url)
    runtime = make_runtime(settings, database, clock=_clock(ahead_s))
    asyncio.run(run_jobs(runtime, database))


class Lane:
    """One database, one provider, a server and workers that may die."""

    def __init__(self, database: Database, workers: int = 1) -> None:
        """Nothing runs yet: `mend` starts it."""
        self._wanted = (SERVER, WORKER, *(f"{WORKER} {n}" for n in range(2, workers + 1)))
        self._database = database
        self._ahead_s = processes.Value("d", 0.0)
        self.now = _clock(self._ahead_s)
        self.provider = Provider(self.now)
        self._port = free_port()
        self._alive: dict[str, Any] = {}
        self._connection = psycopg.connect(database.conninfo, autocommit=True, row_factory=dict_row)
        self._lock = threading.Lock()
        self.http = httpx2.Client(timeout=30, trust_env=False)
        # The service's collaborators in this process, to put people into its store.
        self.runtime = make_runtime(
            lane_settings(database, self._port, self.provider.url), database, clock=self.now
        )

    @property
    def url(self) -> str:
        """Where the server listens."""
        return f"http://127.0.0.1:{self._port}"

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """What a query answers."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()  # type: ignore[call-overload, no-any-return]

    def kill(self, who: str) -> None:
        """The plug is pulled on a process."""
        if who in self._alive:
            self._alive[who].kill()

    def mend(self) -> None:
        """Start what is not running, as a supervisor does."""
        for who in self._wanted:
            target = run_server if who == SERVER else run_worker
            if who in self._alive and self._alive[who].is_alive():
                continue
            self._alive[who] = processes.Process(
                target=target,
                args=(self._database.url, self._port, self.provider.url, self._ahead_s),
                daemon=True,
            )
            self._alive[who].start()

    def wait_for(self, look: Callable[[], Any], what: str) -> Any:
        """The first true answer, processes that died being started again.

        Raises:
            TimeoutError: there was none.
        """
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            self.mend()
            if found := look():
                return found
            time.sleep(0.05)
        raise TimeoutError(what)

    def advance(self, to: datetime) -> None:
        """Move the clock on to `to`, and the waiting jobs with it."""
        by_s = max(0.0, (to - self.now()).total_seconds())
        self._ahead_s.value += by_s
        self.rows(
            "UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - make_interval(secs => %s)"
            " WHERE status = 'todo' AND scheduled_at IS NOT NULL RETURNING id",
            by_s,
        )

    def act(
        self, path: str, body: dict[str, str], headers: Mapping[str, str], kill: Kill | None
    ) -> None:
        """One request of a volunteer's app, sent again until it is answered.

        Raises:
            ValueError: it was refused.
        """
        key = str(uuid4())

        def post(kill: Kill | None = None) -> bool:
            with self._killing(kill):
                try:
                    answer = self.http.post(
                        f"{self.url}{path}", json=body, headers={**headers, "Idempotency-Key": key}
                    )
                except httpx2.HTTPError:
                    return False
            if answer.status_code >= 500:
                return False
            if answer.is_error:
                raise ValueError(f"{path}: {answer.status_code} {answer.text}")
            return True

        if not post(kill):
            self.wait_for(post, path)

    @contextmanager
    def _killing(self, kill: Kill | None) -> Iterator[None]:
        if kill is None:
            yield
            return
        timer = threading.Timer(kill.after_s, lambda: [self.kill(who) for who in kill.who])
        timer.start()
        yield
        timer.join()
        for who in kill.who:
            self._alive[who].join()

    def close(self) -> None:
        """End its processes."""
        for process in self._alive.values():
            process.kill()
            process.join()
        self.provider.close()
        self.http.close()
        self._connection.close()
        self.runtime.engine.dispose()

    def is_served(self) -> bool:
        """Whether the server answers."""
        try:
            return self.http.get(f"{self.url}/healthz").status_code == 200
        except httpx2.HTTPError:
            return False


def make_lane(server: Database, number: int, workers: int = 1) -> Lane:
    """A lane over a fresh database of `server`."""
    name = f"lane_{number}"
    with psycopg.connect(server.conninfo, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
    url = make_url(server.url).set(database=name).render_as_string(hide_password=False)
    return Lane(Database(url, lambda: None), workers)


def lane_settings(database: Database, port: int, provider_url: str) -> Settings:
    """The settings of a lane's processes."""
    return bench_settings(port, database).model_copy(update={"twilio_api_url": provider_url})


def _clock(ahead_s: Any) -> Callable[[], datetime]:
    return lambda: datetime.now(UTC) + timedelta(seconds=ahead_s.value)
