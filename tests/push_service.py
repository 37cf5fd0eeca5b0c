"""A browser and its push service, on this machine."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_bytes
from typing import Self

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid.utils import b64urlencode

from matcher.ports import Subscription


class LocalPushService:
    """Takes what is posted, answers `status`, and reads it as the browser would."""

    def __init__(self) -> None:
        self.status = 201
        self.moved_to = ""
        self.asked: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = token_bytes(16)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.01}
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Go away; stopping twice changes nothing."""
        if self._thread.is_alive():
            self.server.shutdown()
            self._thread.join()
        self.server.server_close()

    @property
    def subscription(self) -> Subscription:
        """What the browser would have told us."""
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return Subscription(f"{self.url}/send/abc", b64urlencode(point), b64urlencode(self._auth))

    def shown(self) -> list[str]:
        """The notifications, decrypted."""
        return [
            http_ece.decrypt(body, private_key=self._key, auth_secret=self._auth).decode()
            for body in self.bodies
        ]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        local = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                local.asked.append({name.lower(): value for name, value in self.headers.items()})
                local.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(local.status)
                if local.moved_to:
                    self.send_header("Location", local.moved_to)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        return Handler
