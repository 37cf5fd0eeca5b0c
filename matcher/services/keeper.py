"""Keeps this process's roster fresh: built from the store, then row by row as the store announces.

Triggers announce whose row changed when a transaction commits (migration 0004). One connection of
its own listens; before every use it asks the server once, so that whatever was committed before is
in the roster after.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import closing
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from psycopg import Connection as Listener
from psycopg import Notify
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from matcher.domain.geo import Territory
from matcher.roster import Roster
from matcher.services.lives import list_aged
from matcher.services.roll import list_members
from matcher.services.work import Rows, Runtime, Work
from matcher.store.transitions import SYSTEM

log = logging.getLogger(__name__)

CHANNEL = "compagnie_roster"

MOST_AT_ONCE = 1000
"""More changes than that, an import say, are quicker to read as a whole."""

AGING = timedelta(minutes=1)
"""How exact counts over the last days are kept while nothing else happens."""

REFRESH_S = 5.0


class RosterKeeper:
    """One roster, built when first asked for; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: _Kept | None = None

    def up_to_date(self, runtime: Runtime) -> Roster:
        """The roster with everything that was committed before this call.

        Raises:
            OperationalError: the database cannot be reached.
        """
        with self._lock:
            if self._kept is not None and self._kept.serves(runtime):
                try:
                    self._kept.catch_up(runtime)
                    return self._kept.roster
                except OperationalError as error:
                    log.warning("the roster is read anew: %s", type(error.orig).__name__)
            if self._kept is not None:
                self._kept.close()
            self._kept = None
            self._kept = _Kept(runtime)
            return self._kept.roster


async def keep_fresh(runtime: Runtime) -> None:
    """Build the roster at start and keep it warm, so that no request has to wait for it."""
    while True:
        try:
            await asyncio.to_thread(runtime.roster.up_to_date, runtime)
        except OperationalError as error:
            log.warning("the roster cannot be kept fresh: %s", type(error.orig).__name__)
        await asyncio.sleep(REFRESH_S)


class _Kept:
    """A roster and the connection that hears what changes."""

    def __init__(self, runtime: Runtime) -> None:
        self._engine = runtime.engine
        self._territory: Territory = runtime.atlas.territory
        self._heard: set[UUID] = set()
        self._connection = _connect(runtime.engine)
        event.listen(self._engine, "engine_disposed", self._close_with)
        try:
            self._listen()
            with closing(Rows(self._connection)) as rows:
                work = Work(runtime, rows, SYSTEM, runtime.clock())
                self.roster = Roster(list_members(work), runtime.settings.zone)
        except OperationalError:
            self.close()
            raise
        self._read_at: datetime = work.now

    def _listen(self) -> None:
        listener = self._connection.connection.dbapi_connection
        if not isinstance(listener, Listener):
            raise TypeError("the store is PostgreSQL through psycopg")
        listener.add_notify_handler(self._hear)
        self._connection.exec_driver_sql(f"LISTEN {CHANNEL}")

    def serves(self, runtime: Runtime) -> bool:
        """Whether it is still about this territory, and the clock was not put back."""
        return self._territory is runtime.atlas.territory and self._read_at <= runtime.clock()

    def catch_up(self, runtime: Runtime) -> None:
        """Read again whoever changed since the last time."""
        # The server hands over what was announced before it answers.
        self._connection.exec_driver_sql("SELECT 1")
        with closing(Rows(self._connection)) as rows:
            work = Work(runtime, rows, SYSTEM, runtime.clock())
            if work.now - self._read_at >= AGING:
                self._heard |= list_aged(work, self._read_at)
                self._read_at = work.now
            if not self._heard:
                return
            changed, self._heard = self._heard, set()
            if len(changed) > MOST_AT_ONCE:
                self.roster = Roster(list_members(work), runtime.settings.zone)
                return
            members = {member.volunteer.id: member for member in list_members(work, [*changed])}
        for volunteer_id in sorted(changed):
            if (member := members.get(volunteer_id)) is not None:
                self.roster.put(member)
            else:
                self.roster.remove(volunteer_id)

    def close(self) -> None:
        """Listen no longer."""
        if event.contains(self._engine, "engine_disposed", self._close_with):
            event.remove(self._engine, "engine_disposed", self._close_with)
        self._connection.close()

    def _close_with(self, engine: Engine) -> None:
        del engine
        self._connection.close()

    def _hear(self, notify: Notify) -> None:
        self._heard.add(UUID(notify.payload))


def _connect(engine: Engine) -> Connection:
    """A connection outside the pool, each statement its own transaction."""
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    connection.detach()
    return connection
