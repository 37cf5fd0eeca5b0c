"""RANK's contestants that are servers: PostgreSQL with PostGIS, and Redis.

Both are started privately, in a temporary folder on a Unix socket, and stopped at the end. What is
missing is installed from Debian's packages when this runs as root, and named as missing otherwise.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psycopg

from bench.crowd import EARTH_M, METRES_AN_OUTING, NEAREST, Crowd, Request, best_of
from bench.peers import (
    MOST_M,
    SLACK,
    Answer,
    Missing,
    bits_of,
    by_radius,
    flat,
    keys_of,
)

POSTGRES = Path("/usr/lib/postgresql/15/bin")
POSTGIS = Path("/usr/share/postgresql/15/extension/postgis.control")
START_S = 30

SETTINGS = {
    "shared_buffers": "1GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "effective_cache_size": "4GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "fsync": "off",
    "synchronous_commit": "off",
    "max_wal_size": "8GB",
    "autovacuum": "off",
    "plan_cache_mode": "force_generic_plan",
    "max_parallel_workers_per_gather": "0",
}
"""In the peer's favour: all in memory, nothing waits for a disk, plans are made once."""


def install() -> None:
    """Fetch Debian's packages for what is not there, when we may."""
    wanted = []
    if not POSTGIS.exists():
        wanted.append("postgresql-15-postgis-3")
    if shutil.which("redis-server") is None:
        wanted.append("redis-server")
    if not wanted or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    subprocess.run(["apt-get", "update"], check=False, **quiet)
    subprocess.run(
        ["apt-get", "install", "-y", "--no-install-recommends", *wanted],
        check=False,
        env=environment,
        **quiet,
    )


@contextmanager
def postgres() -> Iterator[str]:
    """A private PostgreSQL with PostGIS: its connection string.

    Raises:
        Missing: it is not installed, or root has no other user to run it as.
    """
    if not POSTGIS.exists():
        raise Missing("Debian's postgresql-15-postgis-3 is not installed")
    folder = Path(tempfile.mkdtemp(prefix="rank-pg-"))
    user = _server_user(folder)
    data = folder / "data"
    quiet = {
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
        "cwd": folder,
        "user": user,
    }
    subprocess.run(
        [POSTGRES / "initdb", "-D", data, "-A", "trust", "-U", "bench", "--no-sync"],
        check=True,
        **quiet,
    )
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    server = subprocess.Popen(
        [POSTGRES / "postgres", "-D", data, "-k", folder, "-h", "", *options], **quiet
    )
    conninfo = f"host={folder} user=bench dbname=postgres"
    try:
        _wait(lambda: psycopg.connect(conninfo).close(), psycopg.OperationalError)
        yield conninfo
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)


@contextmanager
def redis_server() -> Iterator[str]:
    """A private Redis: the path of its socket.

    Raises:
        Missing: it is not installed.
    """
    program = shutil.which("redis-server")
    if program is None:
        raise Missing("Debian's redis-server is not installed")
    folder = Path(tempfile.mkdtemp(prefix="rank-redis-"))
    socket = folder / "redis.sock"
    server = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(socket.stat, FileNotFoundError)
        yield str(socket)
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)


def load_postgres(conninfo: str, crowd: Crowd) -> None:
    """The crowd as a table, clustered by place, with a spatial index and a plain one."""
    days = ", ".join(f"k{weekday} bigint" for weekday in range(7))
    x, y = flat(crowd.lat, crowd.lon)
    columns = [np.arange(len(crowd)), crowd.lat, crowd.lon, x, y, crowd.limit_m, crowd.recent]
    columns += [key.view(np.int64) for key in keys_of(crowd)]
    with psycopg.connect(conninfo, autocommit=True) as base:
        base.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        base.execute("DROP TABLE IF EXISTS person, incoming")
        base.execute(
            "CREATE UNLOGGED TABLE incoming (id int, lat float8, lon float8, x float8, y float8,"
            f" limit_m int, recent int, {days})"
        )
        with base.cursor() as cursor, cursor.copy("COPY incoming FROM STDIN") as copy:
            for row in zip(*(column.tolist() for column in columns), strict=True):
                copy.write_row(row)
        base.execute(
            "CREATE UNLOGGED TABLE person AS SELECT *, ST_Point(x, y) AS home FROM incoming"
            " ORDER BY ST_GeoHash(ST_SetSRID(ST_Point(lon, lat), 4326), 12)"
        )
        base.execute("DROP TABLE incoming")
        base.execute("CREATE INDEX ON person USING gist (home)")
        base.execute("CREATE INDEX ON person (x, y)")
        base.execute("VACUUM ANALYZE person")


_AWAY = (
    f"2 * {EARTH_M} * asin(sqrt(power(sin(radians(lat - %(lat)s) / 2), 2)"
    " + cos(radians(%(lat)s)) * cos(radians(lat)) * power(sin(radians(lon - %(lon)s) / 2), 2)))"
)


class _Postgres:
    """A query that finds candidates within a radius; the scoring around it is the same for all."""

    name = ""
    inside = ""

    def __init__(self, conninfo: str, hint_m: float) -> None:
        self._base = psycopg.connect(conninfo, autocommit=True)
        self._hint_m = hint_m

    def ask(self, request: Request) -> Answer:
        x, y = (float(value) for value in flat(request.lat, request.lon))
        bits = int(np.uint64(bits_of(request)).view(np.int64))
        query = (
            f"SELECT id, away + {METRES_AN_OUTING} * recent AS score FROM (SELECT id, recent,"
            f" limit_m, {_AWAY} AS away FROM person WHERE {self.inside}"
            f" AND k{request.weekday} & %(bits)s::bigint = %(bits)s::bigint OFFSET 0) AS near"
            f" WHERE away <= limit_m ORDER BY score, id LIMIT {NEAREST}"
        )

        def found(radius_m: float) -> Answer:
            reach = radius_m * SLACK
            values = {
                "lat": request.lat,
                "lon": request.lon,
                "x": x,
                "y": y,
                "bits": bits,
                "reach": reach,
                "x0": x - reach,
                "x1": x + reach,
                "y0": y - reach,
                "y1": y + reach,
            }
            rows = self._base.execute(query, values, prepare=True).fetchall()
            return [row[0] for row in rows], [row[1] for row in rows]

        return by_radius(found, self._hint_m)

    def close(self) -> None:
        self._base.close()


class PostgisWithin(_Postgres):
    """ST_DWithin on flat geometry."""

    name = "PostGIS ST_DWithin"
    inside = "ST_DWithin(home, ST_Point(%(x)s, %(y)s), %(reach)s)"


class PostgisBox(_Postgres):
    """The bounding-box operator alone, which leaves the exact distance to the score."""

    name = "PostGIS &&"
    inside = "home && ST_MakeEnvelope(%(x0)s, %(y0)s, %(x1)s, %(y1)s)"


class PlainPostgres(_Postgres):
    """A btree on both coordinates."""

    name = "PostgreSQL btree"
    inside = "x BETWEEN %(x0)s AND %(x1)s AND y BETWEEN %(y0)s AND %(y1)s"


class PostgisNearest:
    """The index walked from the nearest on, filtered by bits, until the bound holds."""

    name = "PostGIS KNN"
    _first = 40

    def __init__(self, conninfo: str) -> None:
        self._base = psycopg.connect(conninfo, autocommit=True)

    def ask(self, request: Request) -> Answer:
        x, y = (float(value) for value in flat(request.lat, request.lon))
        bits = int(np.uint64(bits_of(request)).view(np.int64))
        query = (
            f"SELECT id, away, away + {METRES_AN_OUTING} * recent, away <= limit_m FROM"
            f" (SELECT id, recent, limit_m, {_AWAY} AS away FROM person"
            f" WHERE k{request.weekday} & %(bits)s::bigint = %(bits)s::bigint"
            " AND ST_DWithin(home, ST_Point(%(x)s, %(y)s), %(reach)s)"
            " ORDER BY home <-> ST_Point(%(x)s, %(y)s) LIMIT %(most)s) AS near"
        )
        most = self._first
        while True:
            values = {
                "lat": request.lat,
                "lon": request.lon,
                "x": x,
                "y": y,
                "bits": bits,
                "reach": MOST_M * SLACK,
                "most": most,
            }
            rows = self._base.execute(query, values, prepare=True).fetchall()
            scored = sorted((score, person) for person, _, score, near in rows if near)[:NEAREST]
            seen_m = rows[-1][1] / SLACK if rows else 0.0
            if len(rows) < most or (len(scored) == NEAREST and scored[-1][0] < seen_m):
                return [person for _, person in scored], [score for score, _ in scored]
            most *= 4

    def close(self) -> None:
        self._base.close()


class RoundTrip:
    """No answer at all: what asking PostgreSQL costs before it has done anything."""

    name = "PostgreSQL SELECT 1"

    def __init__(self, conninfo: str) -> None:
        self._base = psycopg.connect(conninfo, autocommit=True)

    def ask(self, request: Request) -> Answer:
        del request
        self._base.execute("SELECT 1", prepare=True).fetchall()
        return [], []

    def close(self) -> None:
        self._base.close()


class RedisGeosearch:
    """GEOSEARCH for the ids, columns here for the rest."""

    name = "Redis GEOSEARCH"

    def __init__(self, socket: str, crowd: Crowd, hint_m: float) -> None:
        try:
            import redis
        except ModuleNotFoundError as error:
            raise Missing("the Python package redis is not installed") from error
        self._crowd = crowd
        self._keys = keys_of(crowd)
        self._hint_m = hint_m
        self._base = redis.Redis(unix_socket_path=socket)
        lon, lat = crowd.lon.tolist(), crowd.lat.tolist()
        for first in range(0, len(crowd), 5000):
            places = [
                value
                for person in range(first, min(first + 5000, len(crowd)))
                for value in (lon[person], lat[person], person)
            ]
            self._base.geoadd("home", places)

    def ask(self, request: Request) -> Answer:
        bits = np.uint64(bits_of(request))
        keys = self._keys[request.weekday]

        def found(radius_m: float) -> Answer:
            hits = self._base.geosearch(
                "home",
                longitude=request.lon,
                latitude=request.lat,
                radius=radius_m * SLACK + 2,
                unit="m",
            )
            people = np.array(hits, dtype=bytes).astype(np.intp) if hits else np.array([], np.intp)
            people = people[(keys[people] & bits) == bits]
            return best_of(self._crowd, request, people)

        return by_radius(found, self._hint_m)

    def close(self) -> None:
        self._base.close()


def _server_user(folder: Path) -> str | None:
    """PostgreSQL refuses to run as root: another user, and the folder theirs."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam("postgres")
    except KeyError as error:
        raise Missing("there is no user to run PostgreSQL as") from error
    shutil.chown(folder, "postgres")
    return "postgres"


def _wait(ready: object, failure: type[Exception]) -> None:
    assert callable(ready)
    deadline = time.monotonic() + START_S
    while True:
        try:
            ready()
        except failure as error:
            if time.monotonic() > deadline:
                raise Missing(f"it did not start: {error}") from error
            time.sleep(0.1)
        else:
            return
