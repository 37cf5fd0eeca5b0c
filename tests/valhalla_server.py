"""A server that speaks the protocol of Valhalla's matrix, on this machine."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class LocalValhalla:
    """A matrix service whose times are 100 s, 101 s... in the order of the sources asked."""

    def __init__(self) -> None:
        self.status = 200
        self.body: bytes | None = None
        self.release: threading.Event | None = None
        self.asked: list[tuple[str, dict[str, Any]]] = []
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
        if self.release is not None:
            self.release.set()
        if self._thread.is_alive():
            self.server.shutdown()
            self._thread.join()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        local = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                local.asked.append((self.path, question))
                if local.release is not None:
                    local.release.wait()
                    return
                self.send_response(local.status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(local.body or local.matrix(len(question["sources"])))

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        return Handler

    def matrix(self, count: int) -> bytes:
        rows = [
            [{"from_index": at, "to_index": 0, "time": 100 + at, "distance": 0.5}]
            for at in range(count)
        ]
        return json.dumps({"sources_to_targets": rows, "units": "kilometers"}).encode()
