"""Real processes in tests: a demo on its own port and data, that can be killed and come back."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TypeVar

import httpx2

T = TypeVar("T")

START_S = 60.0
_pause = Event()


def eventually(look: Callable[[], T], within_s: float = 60.0) -> T:
    """The first true answer of `look`, asked again and again.

    Raises:
        AssertionError: there was none in time.
    """
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        _pause.wait(0.1)
    raise AssertionError(f"not within {within_s:.0f} s: {look}")


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Demo:
    """`compagnie demo` as a process of its own."""

    data: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "api.cli",
                "demo",
                "--port",
                str(self.port),
                "--data",
                str(self.data),
                "--no-browser",
            ],
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
        eventually(self._healthy, START_S)

    def kill(self) -> None:
        """The plug is pulled."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def interrupt(self) -> int:
        """Ctrl-C, as a terminal sends it to everything in the foreground; the exit status."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=30)

    def get(self, path: str) -> object:
        return httpx2.get(f"{self.url}{path}", timeout=10).raise_for_status().json()

    def advance(self, seconds: float) -> None:
        answer = httpx2.post(
            f"{self.url}/demo/clock", json={"advance_s": round(seconds)}, timeout=30
        )
        answer.raise_for_status()

    def postgres_runs(self) -> bool:
        return (self.data / "postgres" / "postmaster.pid").exists()

    def _healthy(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the demo has stopped by itself"
        try:
            return httpx2.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except httpx2.HTTPError:
            return False
