"""Serving the application over HTTP, and stopping without waiting for open streams."""

from __future__ import annotations

import gc
import socket
from contextlib import suppress

import uvicorn
from fastapi import FastAPI

GARBAGE_AFTER = 20_000
"""New objects between two collections; Python's own 700 is made for scripts."""
GRACE_S = 5
"""How long requests under way may take to finish once told to stop."""
IDLE_S = 150
"""How long an idle connection is kept: longer than a proxy in front keeps its own.

Whoever closes first must be the one who asks, or a request meets a connection just closed and is
lost. Caddy keeps them for two minutes, nginx for one.
"""


class _Server(uvicorn.Server):
    """Ends the event streams before it waits for requests: they would never end by themselves."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        app = self.config.app
        if isinstance(app, FastAPI):
            app.state.changes.close()
        await super().shutdown(sockets)


def make_server(app: FastAPI, host: str, port: int) -> uvicorn.Server:
    """A server for `app`; `run()` it, and set its `should_exit` to stop it from another thread."""
    return _Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            ws="none",
            timeout_keep_alive=IDLE_S,
            timeout_graceful_shutdown=GRACE_S,
        )
    )


def serve(app: FastAPI, host: str, port: int) -> bool:
    """Serve until interrupted; whether it had started."""
    _leave_be_what_stays()
    server = make_server(app, host, port)
    with suppress(KeyboardInterrupt):
        server.run()
    return server.started


def _leave_be_what_stays() -> None:
    """Streets, words and code stay for good: the collector need not go through them again.

    Looking less often for what a request leaves behind gives the line a tenth more turns.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER, 20, 20)
