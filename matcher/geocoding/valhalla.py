"""Walking times along the streets, from a Valhalla of one's own: in a job, never in a turn."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

import httpx2

from matcher.domain.geo import Point
from matcher.ports import TravelTimesUnavailable

STARTS_AT_ONCE = 50
"""As many locations as Valhalla takes in a pedestrian's request, unless configured otherwise."""


class ValhallaTravelTimes:
    """Valhalla's matrix service, `POST /sources_to_targets`. Never in a turn or a transaction.

    Args:
        url: the base of the service, without the path.
        timeout_s: how long it may stay silent.
    """

    def __init__(self, url: str, *, timeout_s: float = 3.0) -> None:
        self._url = f"{url.rstrip('/')}/sources_to_targets"
        self._timeout_s = timeout_s

    def list_walking_times_s(
        self, starts: Sequence[Point], end: Point, pace_kmh: float
    ) -> list[float | None]:
        """Seconds from each start to `end` on foot, in order; None where no way is known.

        Raises:
            TravelTimesUnavailable: out of reach, too slow, refused or unintelligible.
        """
        times: list[float | None] = []
        try:
            with httpx2.Client(timeout=self._timeout_s) as client:
                for first in range(0, len(starts), STARTS_AT_ONCE):
                    some = starts[first : first + STARTS_AT_ONCE]
                    answer = client.post(self._url, json=_question(some, end, pace_kmh))
                    answer.raise_for_status()
                    times += _times(answer.json(), len(some))
        except httpx2.HTTPError as error:
            # Its text may hold the address asked for: the kind of failure is enough.
            raise TravelTimesUnavailable(type(error).__name__) from error
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise TravelTimesUnavailable("an answer in another shape") from error
        return times


def _question(starts: Sequence[Point], end: Point, pace_kmh: float) -> dict[str, Any]:
    return {
        "sources": [{"lat": start.lat, "lon": start.lon} for start in starts],
        "targets": [{"lat": end.lat, "lon": end.lon}],
        "costing": "pedestrian",
        "costing_options": {"pedestrian": {"walking_speed": pace_kmh}},
        "units": "kilometers",
    }


def _times(answer: Any, count: int) -> list[float | None]:
    """The one column of the matrix, a row a start."""
    rows = answer["sources_to_targets"]
    if len(rows) != count:
        raise ValueError(f"{len(rows)} rows for {count} starts")
    times = [None if row[0]["time"] is None else float(row[0]["time"]) for row in rows]
    if not all(time is None or (isfinite(time) and time >= 0) for time in times):
        raise ValueError("a time that is none")
    return times
