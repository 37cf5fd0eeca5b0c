"""A provider of SMS and calls for benches: the part of Twilio's REST API that the service uses.

It takes everything, remembers it with the time of the given clock, and can be told to have somebody
killed before or after it takes a message.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Taken:
    """One message the provider took; `words` are the SMS, or the whole TwiML of a call."""

    sid: str
    at: datetime
    channel: str
    to: str
    words: str


@dataclass(frozen=True, slots=True)
class Trap:
    """What happens at the first message whose words hold `words`."""

    words: str
    takes_it: bool
    kill: Callable[[], None]


class Provider:
    """Listens on a port of its own until closed."""

    def __init__(self, clock: Callable[[], datetime], pause_s: float = 0.0) -> None:
        """`pause_s` is how long each answer takes."""
        self.taken: list[Taken] = []
        self.traps: list[Trap] = []
        self.pause_s = pause_s
        self._clock = clock
        self._lock = threading.Lock()
        self._waits = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Listen no longer."""
        self._server.shutdown()
        self._server.server_close()

    def take(self, channel: str, form: dict[str, str]) -> Taken | None:
        """One message; None when the connection is to break without an answer."""
        if self.pause_s:
            self._waits.wait(self.pause_s)
        words = form.get("Body") or form.get("Twiml", "")
        with self._lock:
            trap = next((one for one in self.traps if one.words in words), None)
            if trap is not None:
                self.traps.remove(trap)
                if not trap.takes_it:
                    trap.kill()
                    return None
            number = len(self.taken) + 1
            one = Taken(f"SM{number:032d}", self._clock(), channel, form["To"], words)
            self.taken.append(one)
            if trap is not None:
                trap.kill()
                return None
            return one

    def find(self, channel: str, to: str) -> list[dict[str, str]]:
        """What was taken for a number, the newest first, as Twilio lists it."""
        with self._lock:
            return [
                {
                    "sid": one.sid,
                    "direction": "outbound-api",
                    "date_created": format_datetime(one.at),
                    "body": one.words,
                }
                for one in reversed(self.taken)
                if (one.channel, one.to) == (channel, to)
            ][:20]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    # Whoever asks was killed in the middle of it: nothing was asked.
                    self.close_connection = True
                    return
                one = provider.take(_channel(self.path), dict(parse_qsl(body.decode())))
                if one is None:
                    self.close_connection = True
                    return
                self._answer(201, {"sid": one.sid})

            def do_GET(self) -> None:
                asked = urlsplit(self.path)
                channel = _channel(asked.path)
                found = provider.find(channel, parse_qs(asked.query)["To"][0])
                name = "messages" if channel == "sms" else "calls"
                self._answer(200, {name: found, "page": 0, "page_size": 20, "uri": ""})

            def _answer(self, status: int, document: dict[str, object]) -> None:
                text = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                # Whoever asked may be dead by now: that is what the bench is about.
                with suppress(ConnectionError):
                    self.wfile.write(text)

            def log_message(self, format: str, *args: object) -> None:
                """The bench says what there is to say."""

        return Handler


def _channel(path: str) -> str:
    return "sms" if path.endswith("/Messages.json") else "call"
