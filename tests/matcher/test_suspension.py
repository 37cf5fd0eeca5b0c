"""Whoever is suspended is shut out at once, and nobody they were to accompany is left waiting."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from matcher.domain.errors import NotFound
from matcher.domain.lifecycle import MissionStatus, OfferStatus
from matcher.services.acceptance import accept_mission
from matcher.services.sign_in import find_session
from matcher.services.suspension import UNDER_WAY, bring_back, suspend
from matcher.services.timeline import advance
from matcher.services.visits import start
from matcher.services.work import Runtime
from matcher.store.tables import CoordinatorTaskRow, MissionRow, OfferRow
from matcher.store.transitions import SYSTEM
from tests.conftest import Worker
from tests.fakes import FakeClock, FakeMessenger
from tests.matcher.test_lock_order import wait_until_somebody_waits
from tests.people import add_mission, add_senior, add_session, add_volunteer

pytestmark = pytest.mark.postgres

SENIOR, LUCAS, INES = "+33639980001", "+33639980011", "+33639980012"


def held(runtime: Runtime, ahead: timedelta = timedelta(days=2)) -> tuple[UUID, UUID]:
    """An outing, and the volunteer who holds it."""
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, LUCAS)
        mission = add_mission(work, add_senior(work, SENIOR), work.now + ahead)
        return accept_mission(work, mission.id, volunteer.id).id, volunteer.id


def mission_of(runtime: Runtime, mission_id: UUID) -> MissionRow:
    with runtime.begin(SYSTEM) as work:
        return work.session.get_one(MissionRow, mission_id)


def offers_to(runtime: Runtime, volunteer_id: UUID) -> list[str]:
    with runtime.begin(SYSTEM) as work:
        of_them = select(OfferRow.status).where(OfferRow.volunteer_id == volunteer_id)
        return list(work.session.exec(of_them.order_by(col(OfferRow.sent_at))))


def do_suspend(runtime: Runtime, volunteer_id: UUID) -> None:
    with runtime.begin(SYSTEM) as work:
        suspend(work, volunteer_id)


def test_what_they_hold_is_open_again_they_are_told_and_somebody_else_is_asked(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    mission_id, lucas = held(runtime)
    with runtime.begin(SYSTEM) as work:
        ines = add_volunteer(work, INES).id
    do_suspend(runtime, lucas)
    worker.run()
    assert mission_of(runtime, mission_id).status == MissionStatus.OPEN
    assert mission_of(runtime, mission_id).code_word is None
    assert any("confiée à quelqu'un d'autre" in text for text in messenger.to(LUCAS))
    assert offers_to(runtime, ines) == [OfferStatus.SENT]
    with runtime.begin(SYSTEM) as work, pytest.raises(NotFound):
        accept_mission(work, mission_id, lucas)


def test_they_are_signed_out_everywhere_and_stay_out_until_brought_back(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, LUCAS)
        token = add_session(work, volunteer)["Authorization"].removeprefix("Bearer ")
        assert find_session(work, token) is not None
        suspend(work, volunteer.id)
        assert find_session(work, token) is None
        bring_back(work, volunteer.id)
        assert volunteer.active
        assert find_session(work, token) is None


def test_an_offer_on_its_way_is_taken_back_and_the_next_wave_leaves_them_out(
    runtime: Runtime, worker: Worker
) -> None:
    with runtime.begin(SYSTEM) as work:
        lucas = add_volunteer(work, LUCAS).id
        mission_id = add_mission(work, add_senior(work, SENIOR)).id
    with runtime.begin(SYSTEM) as work:
        advance(work, mission_id)
    do_suspend(runtime, lucas)
    worker.run()
    assert offers_to(runtime, lucas) == [OfferStatus.WITHDRAWN]
    mission = mission_of(runtime, mission_id)
    assert mission.status == MissionStatus.OPEN
    assert mission.next_step_at is not None
    with runtime.begin(SYSTEM) as work:
        bring_back(work, lucas)
    with runtime.begin(SYSTEM) as work:
        advance(work, mission_id)
    assert offers_to(runtime, lucas) == [OfferStatus.WITHDRAWN, OfferStatus.SENT]


def test_a_yes_on_its_way_is_taken_back(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        lucas = add_volunteer(work, LUCAS).id
        mission_id = add_mission(work, add_senior(work, SENIOR)).id
    with ThreadPoolExecutor(1) as pool:
        with runtime.begin(SYSTEM) as work:
            accept_mission(work, mission_id, lucas)
            suspending = pool.submit(do_suspend, runtime, lucas)
            wait_until_somebody_waits(runtime)
        suspending.result()
    assert mission_of(runtime, mission_id).status == MissionStatus.OPEN


@pytest.mark.parametrize("begun", [True, False])
def test_an_outing_whose_hour_has_come_is_a_coordinators_at_once(
    runtime: Runtime, clock: FakeClock, begun: bool
) -> None:
    mission_id, lucas = held(runtime, timedelta(hours=3))
    clock.advance(hours=3, minutes=1)
    if begun:
        with runtime.begin(SYSTEM) as work:
            start(work, mission_id, lucas)
    do_suspend(runtime, lucas)
    status = MissionStatus.IN_PROGRESS if begun else MissionStatus.ACCEPTED
    assert mission_of(runtime, mission_id).status == status
    with runtime.begin(SYSTEM) as work:
        task = work.session.exec(
            select(CoordinatorTaskRow).where(CoordinatorTaskRow.reason == UNDER_WAY)
        ).one()
        assert (task.mission_id, task.due_at) == (mission_id, work.now)


def test_twice_changes_nothing_and_nobody_is_not_found(runtime: Runtime) -> None:
    mission_id, lucas = held(runtime, timedelta(hours=3))
    do_suspend(runtime, lucas)
    opened_at = mission_of(runtime, mission_id).opened_at
    do_suspend(runtime, lucas)
    assert mission_of(runtime, mission_id).opened_at == opened_at
    for change in (suspend, bring_back):
        with runtime.begin(SYSTEM) as work, pytest.raises(NotFound):
            change(work, UUID(int=99))
