"""Days of the whole service played out: everything asked is somewhere, and somebody owns it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from api.demo.manners import Crowd
from api.demo.simulate import STEP, Story, simulate
from matcher.services.intake import Booking

PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 11, 30, 6, tzinfo=UTC)


def test_a_day_of_the_whole_service_loses_nothing() -> None:
    days: list[int] = []
    found = simulate(Story(days=1, requests=8), days.append)
    assert days == [1]
    assert found.requests > 0
    assert sum(found.by_status.values()) == found.requests
    assert found.messages["offer"] > 0
    assert found.without_next_step == 0


def test_people_behave_the_same_with_the_same_seed() -> None:
    def asked() -> list[Booking]:
        crowd = Crowd(requests=20, willing=1.0, rng=np.random.default_rng(7))
        seniors = [UUID(int=number) for number in range(1, 9)]
        steps = (MONDAY + number * STEP for number in range(timedelta(days=1) // STEP))
        return [one for now in steps for one in crowd.requests_now(seniors, now, STEP, PARIS)]

    assert asked() == asked()
    assert len(asked()) > 5
    assert all(booking.starts_at > MONDAY for booking in asked())
