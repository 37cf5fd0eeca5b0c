"""The demo's clock: real time moved forward by what visitors asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

LONGEST_STEP = timedelta(days=30)


class DemoClock:
    """Real time plus an offset that is kept in a file beside the data, so a restart keeps it.

    The offset is written before it counts: whoever reads the moved time finds it moved again
    after a crash.
    """

    def __init__(self, path: Path, real: Callable[[], datetime]) -> None:
        """A clock whose offset, in whole seconds, is kept in `path`; `real` tells real time."""
        self._path, self._real = path, real
        self._lock = threading.Lock()
        self._offset = timedelta(seconds=int(path.read_text()) if path.exists() else 0)

    def __call__(self) -> datetime:
        """The demo's now."""
        return self._real() + self._offset

    def advance(self, by: timedelta) -> None:
        """Move forward by whole seconds.

        Raises:
            ValueError: `by` is negative or longer than `LONGEST_STEP`.
        """
        if not timedelta(0) <= by <= LONGEST_STEP:
            raise ValueError("the demo's clock moves forward, by 30 days at most")
        with self._lock:
            offset = self._offset + by
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            fresh.write_text(str(int(offset.total_seconds())))
            fresh.replace(self._path)
            self._offset = offset
