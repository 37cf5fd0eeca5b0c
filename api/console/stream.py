"""Telling open consoles that something changed: one look at the journal for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from starlette.concurrency import run_in_threadpool

LOOK_EVERY_S = 0.25
BEAT_S = 15.0
STREAM_LIFE_S = 600.0
"""A stream ends after this; the browser comes back, and its session is checked again."""


class ChangeFeed:
    """The mark of the journal, which grows with it, looked up while somebody listens."""

    def __init__(self, find_mark: Callable[[], int]) -> None:
        """`find_mark` reads that number; it may block."""
        self._find_mark = find_mark
        self._last = 0
        self._listeners: set[asyncio.Queue[int | None]] = set()
        self._look: asyncio.Task[None] | None = None

    async def events(self, seen: int | None) -> AsyncIterator[str]:
        """Server-sent events: `changed` at each change, and at once when `seen` is behind."""
        inbox: asyncio.Queue[int | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + STREAM_LIFE_S
        self._listeners.add(inbox)
        try:
            last = await run_in_threadpool(self._find_mark)
            if self._look is None:
                self._last = last
                self._look = asyncio.create_task(self._watch())
            # Whoever is told an older number hears of the newer one at the next look.
            self._last = min(self._last, last)
            kind = "changed" if seen is not None and seen < last else "ready"
            yield f"retry: 1000\nid: {last}\nevent: {kind}\ndata: {last}\n\n"
            while loop.time() < ends_at:
                try:
                    news = await asyncio.wait_for(inbox.get(), BEAT_S)
                except TimeoutError:
                    yield ": toujours là\n\n"
                    continue
                if news is None:
                    return
                yield f"id: {news}\nevent: changed\ndata: {news}\n\n"
        finally:
            self._listeners.discard(inbox)
            if not self._listeners and self._look is not None:
                self._look.cancel()
                self._look = None

    def close(self) -> None:
        """End every stream, from the event loop, as the server stops."""
        for inbox in self._listeners:
            inbox.put_nowait(None)

    async def _watch(self) -> None:
        with suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                last = await run_in_threadpool(self._find_mark)
                if last != self._last:
                    self._last = last
                    for inbox in self._listeners:
                        inbox.put_nowait(last)
