"""Who could come, zone by zone: counted only when they really could."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.availability import Interval
from matcher.services.coverage import OUTING, HalfDay, half_day_of, list_coverage
from matcher.services.work import Runtime, Work
from matcher.store.tables import AvailabilityExceptionRow, AvailabilityWindowRow
from matcher.store.transitions import SYSTEM
from tests.people import add_mission, add_senior, add_volunteer, give_mission

PARIS = ZoneInfo("Europe/Paris")
TUESDAY = date(2026, 11, 24)
AFTERNOON = Interval(
    datetime.combine(TUESDAY, time(14), PARIS), datetime.combine(TUESDAY, time(18), PARIS)
)
ZONE = "75108"


def free_in_zone(work: Work) -> int:
    return {one.zone.code: one.free for one in list_coverage(work, AFTERNOON)}[ZONE]


def test_somebody_vetted_and_free_counts_in_the_zone_of_their_home(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        assert free_in_zone(work) == 0
        add_volunteer(work, "+33639981000", zone_code=ZONE)
        coverage = list_coverage(work, AFTERNOON)
    assert {one.zone.code: (one.free, one.level) for one in coverage if one.free} == {ZONE: (1, 1)}
    assert len(coverage) == 20


def test_whoever_is_not_vetted_or_not_active_does_not_count(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        add_volunteer(work, "+33639981000", zone_code=ZONE, vetted=False)
        add_volunteer(work, "+33639981001", zone_code=ZONE, active=False)
        assert free_in_zone(work) == 0


def test_whoever_holds_a_mission_then_does_not_count(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, "+33639981000", zone_code=ZONE)
        mission = add_mission(
            work,
            add_senior(work),
            AFTERNOON.start + timedelta(hours=1),
            ends_at=AFTERNOON.start + timedelta(hours=2),
        )
        give_mission(work, mission, volunteer)
        work.session.flush()
        assert free_in_zone(work) == 0


@pytest.mark.parametrize(("until", "counted"), [(time(16), 1), (time(15, 59), 0)])
def test_being_free_counts_when_an_outing_fits(runtime: Runtime, until: time, counted: int) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, "+33639981000", zone_code=ZONE, always_free=False)
        work.session.add(
            AvailabilityWindowRow(
                id=work.new_id(),
                volunteer_id=volunteer.id,
                weekday=TUESDAY.weekday(),
                start=time(14),
                end=until,
            )
        )
        work.session.flush()
        assert free_in_zone(work) == counted


def test_a_day_off_takes_them_out(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, "+33639981000", zone_code=ZONE)
        work.session.add(
            AvailabilityExceptionRow(
                id=work.new_id(), volunteer_id=volunteer.id, day=TUESDAY, free=False
            )
        )
        work.session.flush()
        assert free_in_zone(work) == 0


@given(st.integers(0, 2 * 365 * 24 * 60))
def test_the_next_half_day_always_has_room_for_an_outing(minutes: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    span = half_day_of(now, PARIS)
    assert span.interval.start >= now
    assert span.interval.end - span.interval.start >= OUTING
    assert span.interval.end.astimezone(PARIS).hour == (
        13 if span.half_day is HalfDay.MORNING else 18
    )
    assert span.interval.start - now < timedelta(hours=20)
