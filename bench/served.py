"""A server process to be measured, over a PostgreSQL of its own: `python -m bench.served KIND ...`.

`product` is the whole service as `compagnie serve` runs it (one process, jobs elsewhere); `bare` is
the least that answers a webhook: a FastAPI route that reads a form, checks its signature and
returns a document.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

import uvicorn
from fastapi import FastAPI, Request, Response
from twilio.request_validator import RequestValidator

from api.app import create_app
from api.serving import serve
from matcher.settings import Settings
from matcher.store.engine import Database, start_embedded
from tests.postgres15 import start_system_postgres

SECRET_KEYS = "k1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
INDEX_KEY = "index-key-of-the-benches"
AUTH_TOKEN = "token-of-the-benches"
SYSTEM_POSTGRES = Path("/usr/lib/postgresql/15/bin")
START_S = 60.0

DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8"?><Response><Gather action="/turn" input="dtmf speech">'
    '<Say language="fr-FR">' + "Pour quel jour voulez-vous sortir ? " * 12 + "</Say>"
    "</Gather></Response>"
)
"""As long as a turn of the line."""


def bench_settings(port: int, database: Database) -> Settings:
    """The settings of a measured service."""
    return Settings(
        _env_file=None,
        public_url=f"http://127.0.0.1:{port}",
        database_url=database.url,
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token=AUTH_TOKEN,
        coordinator_numbers="+33170000001,+33170000002",
        secret_keys=SECRET_KEYS,
        index_key=INDEX_KEY,
        ban_url="",
    )


def bare_app() -> FastAPI:
    """The comparison."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    validator = RequestValidator(AUTH_TOKEN)

    @app.post("/phone/turn")
    async def turn(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        signature = request.headers.get("X-Twilio-Signature", "")
        if not validator.validate(str(request.url), form, signature):
            return Response(status_code=403)
        return Response(DOCUMENT, media_type="application/xml")

    return app


@contextmanager
def postgres(*, system: bool = False) -> Iterator[Database]:
    """A fresh server: the embedded one as the product starts it, or the system's without fsync."""
    folder = Path(tempfile.mkdtemp(prefix="compagnie-bench-"))
    database = start_system_postgres(SYSTEM_POSTGRES, folder) if system else start_embedded(folder)
    try:
        yield database
    finally:
        database.stop()
        shutil.rmtree(folder)


@dataclass(frozen=True, slots=True)
class Served:
    """A server process: where it listens and what it has used."""

    port: int
    pid: int

    def cpu_s(self) -> float:
        """Processor time so far, all threads; what others do on the machine does not count."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(
    kind: str, database: Database | None = None, public_port: int | None = None
) -> Iterator[Served]:
    """A server process of its own; `public_port` is the one in the service's public URL.

    Raises:
        RuntimeError: it did not come up.
    """
    port = free_port()
    more = [] if database is None else [database.url, str(public_port or port)]
    process = subprocess.Popen([sys.executable, "-m", "bench.served", kind, str(port), *more])
    try:
        _wait_for(port, process)
        yield Served(port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server did not come up")


def main() -> None:
    """Serve until terminated."""
    kind, port = sys.argv[1], int(sys.argv[2])
    if kind == "bare":
        uvicorn.run(bare_app(), port=port, log_level="warning", access_log=False, http="httptools")
        return
    database = Database(sys.argv[3], lambda: None)
    settings = bench_settings(int(sys.argv[4]), database)
    serve(create_app(settings, database=database), "127.0.0.1", port)


if __name__ == "__main__":
    main()
