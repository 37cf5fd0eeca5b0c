"""The roster of a running service: fresh after every commit, whoever made it."""

from __future__ import annotations

from datetime import date, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.people import Outing
from matcher.services.keeper import RosterKeeper
from matcher.services.roll import list_members, outing_of
from matcher.services.work import Runtime
from matcher.store.tables import (
    AvailabilityExceptionRow,
    BondKind,
    BondRow,
    MissionRow,
    VolunteerRow,
)
from matcher.store.transitions import SYSTEM
from tests.fakes import FakeClock
from tests.people import add_mission, add_offer, add_senior, add_volunteer, give_mission


@pytest.fixture
def mission(runtime: Runtime) -> MissionRow:
    with runtime.begin(SYSTEM) as work:
        return add_mission(work, add_senior(work))


@pytest.fixture
def volunteer(runtime: Runtime) -> VolunteerRow:
    with runtime.begin(SYSTEM) as work:
        return add_volunteer(work, "+33612345678")


def outing(runtime: Runtime, mission: MissionRow) -> Outing:
    with runtime.begin(SYSTEM) as work:
        return outing_of(work, work.session.get_one(MissionRow, mission.id))


def candidates(runtime: Runtime, mission: MissionRow) -> list[UUID]:
    return runtime.roster.up_to_date(runtime).candidates(outing(runtime, mission))


def found(runtime: Runtime, mission: MissionRow) -> list[UUID]:
    asked = outing(runtime, mission)
    nearest = runtime.roster.up_to_date(runtime).nearest(asked, runtime.clock())
    return [one.volunteer_id for one in nearest]


def test_whoever_joins_is_there_after_the_commit(runtime: Runtime, mission: MissionRow) -> None:
    assert candidates(runtime, mission) == []
    with runtime.begin(SYSTEM) as work:
        joined = add_volunteer(work, "+33612345678")
    assert candidates(runtime, mission) == [joined.id]
    assert found(runtime, mission) == [joined.id]


def test_what_was_rolled_back_never_was(
    runtime: Runtime, mission: MissionRow, volunteer: VolunteerRow
) -> None:
    assert candidates(runtime, mission) == [volunteer.id]
    with Session(runtime.engine) as session:
        session.delete(session.get_one(VolunteerRow, volunteer.id))
        session.flush()
    assert candidates(runtime, mission) == [volunteer.id]


def test_every_change_is_heard(
    runtime: Runtime, mission: MissionRow, volunteer: VolunteerRow
) -> None:
    assert found(runtime, mission) == [volunteer.id]
    changes = [
        ("UPDATE volunteer SET active = false", "UPDATE volunteer SET active = true"),
        ("UPDATE volunteer SET lat = lat + 1", "UPDATE volunteer SET lat = lat - 1"),
        ("UPDATE volunteer SET languages = '{pt}'", "UPDATE volunteer SET languages = '{fr}'"),
        (
            "UPDATE availability_window SET weekday = 0, start = '01:00', \"end\" = '02:00'",
            "UPDATE availability_window SET weekday = 3, start = '08:00', \"end\" = '19:00'",
        ),
        (
            "DELETE FROM vetting_check WHERE step = 'charter'",
            "INSERT INTO vetting_check SELECT id, 'charter', now() FROM volunteer",
        ),
    ]
    for breaks, mends in changes:
        with runtime.engine.begin() as connection:
            connection.execute(text(breaks))
        assert found(runtime, mission) == [], breaks
        with runtime.engine.begin() as connection:
            connection.execute(text(mends))
        assert found(runtime, mission) == [volunteer.id], mends


def test_a_day_off_and_a_refusal_are_heard(
    runtime: Runtime, mission: MissionRow, volunteer: VolunteerRow
) -> None:
    assert found(runtime, mission) == [volunteer.id]
    with runtime.begin(SYSTEM) as work:
        off = AvailabilityExceptionRow(
            id=work.new_id(), volunteer_id=volunteer.id, day=mission.starts_at.date(), free=False
        )
        work.session.add(off)
    assert found(runtime, mission) == []
    with runtime.begin(SYSTEM) as work:
        work.session.delete(work.session.get_one(AvailabilityExceptionRow, off.id))
        work.session.add(
            BondRow(
                senior_id=mission.senior_id,
                volunteer_id=volunteer.id,
                kind=BondKind.VOLUNTEER_REFUSES.value,
                since=work.now,
            )
        )
    assert found(runtime, mission) == []


def test_a_promise_takes_its_time(
    runtime: Runtime, mission: MissionRow, volunteer: VolunteerRow
) -> None:
    assert found(runtime, mission) == [volunteer.id]
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work, "+33142650009")
        give_mission(work, add_mission(work, senior, mission.starts_at), volunteer)
    assert found(runtime, mission) == []


def test_time_alone_changes_counts_too(
    runtime: Runtime, mission: MissionRow, volunteer: VolunteerRow, clock: FakeClock
) -> None:
    with runtime.begin(SYSTEM) as work:
        other = add_mission(work, add_senior(work, "+33142650009"))
        add_offer(work, other, volunteer)
    runtime.roster.up_to_date(runtime)
    for days in (3, 5, 25):
        clock.advance(days=days)
        roster = runtime.roster.up_to_date(runtime)
        with runtime.begin(SYSTEM) as work:
            (truth,) = list_members(work)
            later = add_mission(work, add_senior(work, f"+3314265001{days % 10}"))
        (placed,) = roster.nearest(outing(runtime, later), clock.now)
        rebuilt = RosterKeeper().up_to_date(runtime)
        assert rebuilt.nearest(outing(runtime, later), clock.now) == [placed]
        assert truth.volunteer.alerts_7d == (1 if days == 3 else 0)
    runtime.engine.dispose()


def test_every_process_hears_of_it(
    runtime: Runtime, mission: MissionRow, volunteer: VolunteerRow
) -> None:
    here, there = RosterKeeper(), RosterKeeper()
    for keeper in (here, there):
        assert len(keeper.up_to_date(runtime)) == 1
    with runtime.begin(SYSTEM) as work:
        work.session.delete(work.session.get_one(VolunteerRow, volunteer.id))
    for keeper in (here, there):
        assert len(keeper.up_to_date(runtime)) == 0


def test_a_lost_connection_is_mended_and_nothing_was_missed(
    runtime: Runtime, mission: MissionRow, volunteer: VolunteerRow
) -> None:
    assert candidates(runtime, mission) == [volunteer.id]
    with runtime.engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    with runtime.begin(SYSTEM) as work:
        joined = add_volunteer(work, "+33612345679")
    assert set(candidates(runtime, mission)) == {volunteer.id, joined.id}


def test_odd_days_are_read_as_they_are_kept(runtime: Runtime, volunteer: VolunteerRow) -> None:
    with runtime.begin(SYSTEM) as work:
        work.session.add(
            AvailabilityExceptionRow(
                id=work.new_id(),
                volunteer_id=volunteer.id,
                day=date(2026, 12, 1),
                start=time(9),
                end=time(11),
                free=True,
            )
        )
        work.session.get_one(VolunteerRow, volunteer.id).free_until = work.now + timedelta(hours=1)
    with runtime.begin(SYSTEM) as work:
        (member,) = list_members(work)
    assert len(member.volunteer.availability.windows) == 7
    assert len(member.volunteer.availability.exceptions) == 1
    assert member.volunteer.availability.free_until is not None
