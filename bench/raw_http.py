"""A load generator's HTTP client: posts over one kept connection, and as little else as possible.

An ordinary client spends more on a request than the servers measured here spend on answering it.
"""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple


class Answer(NamedTuple):
    """What came back, and after how long."""

    status: int
    body: bytes
    seconds: float


class Connection(asyncio.Protocol):
    """One connection to 127.0.0.1; one request at a time."""

    def __init__(self, port: int) -> None:
        self._host = f"127.0.0.1:{port}".encode()
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._waiting: asyncio.Future[Answer] | None = None
        self._began = 0.0

    async def post(
        self, path: str, body: bytes, headers: bytes, content: bytes = b"x-www-form-urlencoded"
    ) -> Answer:
        """Post `body`; `headers` are whole lines, each with its end.

        Raises:
            ConnectionError: the server closed the connection.
        """
        assert self._transport is not None
        if self._transport.is_closing():
            raise ConnectionResetError("closed by the server")
        self._received = b""
        self._waiting = asyncio.get_running_loop().create_future()
        self._began = time.perf_counter()
        self._transport.write(
            b"POST %b HTTP/1.1\r\nHost: %b\r\nContent-Type: application/%b\r\n"
            b"Content-Length: %d\r\n%b\r\n%b"
            % (path.encode(), self._host, content, len(body), headers, body)
        )
        return await self._waiting

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionResetError("closed by the server"))

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or self._waiting is None or self._waiting.done():
            return
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0].strip()
        if len(body) < int(length or 0):
            return
        seconds = time.perf_counter() - self._began
        self._waiting.set_result(Answer(int(head[9:12]), body, seconds))


async def connect(port: int) -> Connection:
    """A new connection to a port of this machine."""
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(lambda: Connection(port), "127.0.0.1", port)
    return connection
