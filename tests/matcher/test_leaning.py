"""How much the city leans on whom, counted by the daily round and heeded by the next wave."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from matcher.domain.lifecycle import MissionStatus
from matcher.services.missions import schedule_step
from matcher.services.rounds import keep_daily_round
from matcher.services.work import Runtime
from matcher.store.tables import LeaningRow, OfferRow, VolunteerRow
from matcher.store.transitions import SYSTEM
from tests.conftest import Worker
from tests.people import FAUBOURG, add_mission, add_senior, add_volunteer

APART = 0.02
"""Degrees of latitude, some 2.2 km: further than anybody here goes."""

REMOTE = FAUBOURG | {"lat": FAUBOURG["lat"] + APART}  # type: ignore[operator]
BETWEEN = FAUBOURG["lat"] + 0.55 * APART  # type: ignore[operator]
BEYOND = FAUBOURG["lat"] - 0.6 * APART  # type: ignore[operator]


@pytest.fixture
def alone(runtime: Runtime) -> VolunteerRow:
    """Who lives between a remote place and a busy one, and goes to both."""
    with runtime.begin(SYSTEM) as work:
        return add_volunteer(work, "+33639980000", lat=BETWEEN, max_walk_m=2000)


@pytest.fixture
def others(runtime: Runtime) -> list[UUID]:
    """Who live at the busy place only."""
    with runtime.begin(SYSTEM) as work:
        return [
            add_volunteer(work, f"+336399800{n:02d}", lat=BEYOND, max_walk_m=2000).id
            for n in range(1, 7)
        ]


def remote_outings(runtime: Runtime, number: int, status: MissionStatus) -> None:
    """Outings of the last two weeks at the remote place."""
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work, f"+331990000{number:02d}", home=REMOTE)
        for n in range(number):
            starts_at = work.now - timedelta(days=14 * (n + 1) / number)
            add_mission(
                work,
                senior,
                starts_at,
                created_at=starts_at - timedelta(days=3),
                status=status.value,
            )


def next_round(runtime: Runtime, worker: Worker) -> None:
    with runtime.begin(SYSTEM) as work:
        keep_daily_round(work)
    worker.advance(days=1)


def leanings(runtime: Runtime) -> dict[UUID, float]:
    with runtime.begin(SYSTEM) as work:
        rows = work.session.exec(select(LeaningRow)).all()
        return {row.volunteer_id: row.missions_a_week for row in rows}


def first_wave(runtime: Runtime, worker: Worker) -> set[UUID]:
    """Who is asked first for an outing at the busy place, a little nearer to the one alone."""
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
        schedule_step(work, mission, work.now)
    worker.run()
    with runtime.begin(SYSTEM) as work:
        offers = work.session.exec(select(OfferRow).where(OfferRow.mission_id == mission.id))
        return {offer.volunteer_id for offer in offers}


def test_whoever_alone_may_go_somewhere_is_leaned_on_by_every_outing_there(
    runtime: Runtime, worker: Worker, alone: VolunteerRow, others: list[UUID]
) -> None:
    remote_outings(runtime, 6, MissionStatus.UNFILLED)
    next_round(runtime, worker)
    found = leanings(runtime)
    assert set(found) == {alone.id}
    assert 0 < found[alone.id] <= 6 / 2


def test_outings_called_off_and_those_of_long_ago_lean_on_nobody(
    runtime: Runtime, worker: Worker, alone: VolunteerRow
) -> None:
    remote_outings(runtime, 6, MissionStatus.UNFILLED)
    next_round(runtime, worker)
    assert leanings(runtime)
    worker.advance(days=22)
    remote_outings(runtime, 2, MissionStatus.CANCELLED)
    next_round(runtime, worker)
    assert leanings(runtime) == {}


@pytest.mark.parametrize(("outings", "spared"), [(0, False), (20, True)])
def test_whoever_is_leaned_on_is_spared_where_others_could_go(
    runtime: Runtime,
    worker: Worker,
    alone: VolunteerRow,
    others: list[UUID],
    outings: int,
    spared: bool,
) -> None:
    remote_outings(runtime, outings, MissionStatus.UNFILLED)
    next_round(runtime, worker)
    asked = first_wave(runtime, worker)
    assert asked
    assert (alone.id not in asked) is spared
