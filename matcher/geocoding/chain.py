"""The web geocoder with manners: never too often, and left alone for a while when it is down."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from matcher.domain.addresses import AddressMatch
from matcher.geocoding.ban import GeocoderUnavailable
from matcher.ports import Geocoder


class GuardedGeocoder:
    """A geocoder behind a rate limit and a circuit breaker; safe to share between threads.

    After `failures` in a row it is not asked for `rest_s`: callers are told at once that it is
    unavailable, and their jobs come back later. Then one caller tries, and its luck decides.

    Args:
        geocoder: who is asked.
        least_interval_s: the least time between two requests; callers wait for their turn.
        failures: how many in a row open the circuit.
        rest_s: how long it stays open.
        monotonic: a clock in seconds that never goes back.
        pause: waits for so many seconds.
    """

    def __init__(
        self,
        geocoder: Geocoder,
        *,
        least_interval_s: float = 0.2,
        failures: int = 3,
        rest_s: float = 60.0,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._geocoder = geocoder
        self._least_interval_s = least_interval_s
        self._most_failures = failures
        self._rest_s = rest_s
        self._monotonic = monotonic
        self._pause = pause
        self._lock = Lock()
        self._failed = 0
        self._closed_until = 0.0
        self._next_turn = 0.0

    def find(self, text: str) -> AddressMatch | None:
        """As the geocoder behind.

        Raises:
            GeocoderUnavailable: it did not answer, or is left alone after failing too often.
        """
        self._pause(self._take_turn())
        try:
            match = self._geocoder.find(text)
        except GeocoderUnavailable:
            self._count_failure()
            raise
        with self._lock:
            self._failed, self._closed_until = 0, 0.0
        return match

    def _take_turn(self) -> float:
        """How long to wait for one's turn, in seconds."""
        with self._lock:
            now = self._monotonic()
            if now < self._closed_until:
                raise GeocoderUnavailable("left alone after several failures")
            if self._failed >= self._most_failures:
                # Only this caller tries; the others wait for what comes of it.
                self._closed_until = now + self._rest_s
            turn = max(now, self._next_turn)
            self._next_turn = turn + self._least_interval_s
            return turn - now

    def _count_failure(self) -> None:
        with self._lock:
            self._failed += 1
            if self._failed >= self._most_failures:
                self._closed_until = self._monotonic() + self._rest_s
