"""What a use case works with: one transaction, the clock's reading, and the jobs that follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from procrastinate import App, SyncPsycopgConnector
from procrastinate.types import JSONDict
from psycopg import Connection as PsycopgConnection
from sqlalchemy import Connection, Engine
from sqlmodel import Session

from matcher.geocoding.atlas import Atlas
from matcher.ports import Geocoder, Messenger, Pusher, TravelTimes
from matcher.settings import Settings
from matcher.store.encrypted import Keyring
from matcher.store.transitions import Actor, record

if TYPE_CHECKING:
    from matcher.services.keeper import RosterKeeper


class Job(StrEnum):
    """Everything that happens later or elsewhere; `matcher/jobs.py` says how."""

    ADVANCE_MISSION = "advance_mission"
    SEND_MESSAGE = "send_message"
    SEND_PUSH = "send_push"
    CHECK_HEARD = "check_heard"
    KEEP_PROMISE = "keep_promise"
    TELL_WITHDRAWN = "tell_withdrawn"
    CHECK_ADDRESS = "check_address"
    DAILY_ROUND = "daily_round"
    EXTEND_SERIES = "extend_series"
    ASK_HOW_IT_WAS = "ask_how_it_was"
    ASK_THE_SILENT = "ask_the_silent"
    RING_CAMPAIGN = "ring_campaign"
    WEIGH_DEMAND = "weigh_demand"
    MAKE_DIGEST = "make_digest"


SOONER = frozenset({Job.SEND_MESSAGE, Job.SEND_PUSH})
"""What people wait for goes before what the service still has to look at."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """The collaborators of a running service, put together once by the composition root."""

    settings: Settings
    engine: Engine
    roster: RosterKeeper
    keyring: Keyring
    atlas: Atlas
    messenger: Messenger
    second_opinion: Geocoder | None
    clock: Callable[[], datetime]
    wall_clock: Callable[[], datetime]
    new_id: Callable[[], UUID]
    new_token: Callable[[], str]
    new_code: Callable[[], str]
    travel_times: TravelTimes | None = None
    pusher: Pusher | None = None
    queue: App = field(default_factory=lambda: App(connector=SyncPsycopgConnector()))

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[Work]:
        """One transaction, committed at the end, rolled back whole when anything is raised."""
        with self.engine.begin() as connection, closing(Rows(connection)) as rows:
            yield Work(self, rows, actor, self.clock())
            rows.flush()


class Rows:
    """A transaction's statements and objects; whoever began it ends it."""

    def __init__(self, connection: Connection) -> None:
        """Over a connection that is in a transaction."""
        self.connection = connection

    @cached_property
    def session(self) -> Session:
        """Made when it is first needed: most turns of the telephone line need none."""
        return Session(self.connection, expire_on_commit=False)

    def flush(self) -> None:
        """Write what was added to the session and not yet written."""
        if "session" in vars(self):
            self.session.flush()

    def close(self) -> None:
        """Let go of the objects."""
        if "session" in vars(self):
            self.session.close()


@dataclass(frozen=True, slots=True)
class Work:
    """One unit of work. Nothing inside it commits; nothing inside it calls the outside world."""

    runtime: Runtime
    rows: Rows
    actor: Actor
    now: datetime

    @property
    def connection(self) -> Connection:
        """Runs statements as they are; what was added to the session may not be written yet."""
        return self.rows.connection

    @property
    def driver(self) -> PsycopgConnection:
        """The driver's own connection, in the same transaction."""
        driver: PsycopgConnection = self.connection.connection.driver_connection  # type: ignore[assignment]
        return driver

    @property
    def session(self) -> Session:
        """Rows as objects, in the same transaction."""
        return self.rows.session

    def new_id(self) -> UUID:
        """A fresh identifier."""
        return self.runtime.new_id()

    def defer(self, job: Job, *, at: datetime | None = None, **args: str) -> None:
        """Ask for a job once this transaction is committed, and only then.

        The delay is counted on the injected clock, so that a moved clock moves the jobs with it.
        The engine's locks are not used: a job planned for later would hold back an earlier one
        of the same lock. Jobs lock the rows they change.
        """
        self.defer_each(job, [{**args}], at=at)

    def defer_each(self, job: Job, args: Sequence[JSONDict], *, at: datetime | None = None) -> None:
        """`defer` once with each of `args`, as one statement."""
        delay_s = 0.0 if at is None else max(0.0, (at - self.now).total_seconds())
        self.rows.flush()
        self.runtime.queue.configure_task(
            job.value,
            priority=int(job in SOONER),
            schedule_in={"seconds": delay_s} if delay_s else None,
            connection=self.driver,
        ).batch_defer(*args)

    def note(self, entity: str, entity_id: UUID, kind: str, reason: str | None = None) -> None:
        """Append to the journal something that is no change of state."""
        record(self.session, entity, entity_id, kind, self.now, self.actor, reason=reason)
