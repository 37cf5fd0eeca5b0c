"""A server that speaks the protocol of the national address base, on this machine."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlsplit

DOOR = {
    "type": "housenumber",
    "housenumber": "55bis",
    "street": "Rue des Martyrs",
    "name": "55bis Rue des Martyrs",
    "label": "55bis Rue des Martyrs 75009 Paris",
    "postcode": "75009",
    "citycode": "75109",
    "score": 0.97,
}
STREET = {
    "type": "street",
    "name": "Rue des Martyrs",
    "label": "Rue des Martyrs 75009 Paris",
    "postcode": "75009",
    "citycode": "75109",
    "score": 0.97,
}


class LocalBan:
    """A server whose next answer the test chooses, and that remembers what was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b"{}"
        self.release: threading.Event | None = None
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/geocodage"
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
        if self.release is not None:
            self.release.set()
        if self._thread.is_alive():
            self.server.shutdown()
            self._thread.join()
        self.server.server_close()

    def answer(self, *features: dict[str, object], coordinates: object = (2.34, 48.88)) -> None:
        geometry = {"type": "Point", "coordinates": coordinates}
        found = [{"type": "Feature", "geometry": geometry, "properties": one} for one in features]
        self.body = json.dumps({"type": "FeatureCollection", "features": found}).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        ban = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                ban.asked.append((parts.path, parse_qs(parts.query)))
                if ban.release is not None:
                    ban.release.wait()
                    return
                self.send_response(ban.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(ban.body)))
                self.end_headers()
                self.wfile.write(ban.body)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        return Handler
