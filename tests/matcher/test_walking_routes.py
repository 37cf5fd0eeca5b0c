"""Walks along the streets: asked between transactions, kept, and the same number everywhere."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, select

from matcher.domain.geo import VOLUNTEER_KMH, Point
from matcher.domain.lifecycle import MissionStatus
from matcher.ports import TravelTimesUnavailable
from matcher.services import acceptance, dispatch, listings, timeline
from matcher.services.roll import address_of
from matcher.services.walks import FRESH, MOST_STARTS, ask_routes, walk_s
from matcher.services.work import Runtime
from matcher.store.tables import EventRow, MissionRow, OfferRow, RouteRow
from matcher.store.transitions import SYSTEM
from tests.fakes import FakeClock
from tests.people import NEARBY, add_mission, add_senior, add_volunteer

HOME = Point(*NEARBY)
FURTHER = (48.8760, 2.3100)
DOOR = {"48.8704", "2.3168", "48.8725", "2.313"}
"""Beginnings of the coordinates that must show up nowhere."""


@dataclass
class Streets:
    """Every walk takes ten minutes, but those to nowhere; silent while `down`."""

    down: bool = False
    nowhere: frozenset[Point] = frozenset()
    asked: list[tuple[list[Point], Point, float]] = field(default_factory=list)
    during: Callable[[], None] = lambda: None

    def list_walking_times_s(
        self, starts: Sequence[Point], end: Point, pace_kmh: float
    ) -> list[float | None]:
        self.asked.append((list(starts), end, pace_kmh))
        self.during()
        if self.down:
            raise TravelTimesUnavailable("ConnectTimeout")
        return [None if start in self.nowhere else 600.0 for start in starts]


@pytest.fixture
def streets() -> Streets:
    return Streets()


@pytest.fixture
def routed(runtime: Runtime, streets: Streets) -> Runtime:
    return replace(runtime, travel_times=streets)


def open_mission(runtime: Runtime) -> MissionRow:
    with runtime.begin(SYSTEM) as work:
        return add_mission(work, add_senior(work))


def volunteer(runtime: Runtime, phone: str = "+33639980001", **fields: object) -> UUID:
    with runtime.begin(SYSTEM) as work:
        return add_volunteer(work, phone, **fields).id


def estimate(runtime: Runtime, mission: MissionRow, home: Point = HOME) -> float:
    return runtime.atlas.territory.walking_time_s(
        home, address_of(mission.meeting).point, VOLUNTEER_KMH
    )


def kept(runtime: Runtime) -> list[RouteRow]:
    with Session(runtime.engine) as session:
        return list(session.exec(select(RouteRow)))


def noted(runtime: Runtime, kind: str) -> int:
    with Session(runtime.engine) as session:
        return len(session.exec(select(EventRow).where(EventRow.kind == kind)).all())


def test_a_route_that_was_asked_for_is_the_walk_everywhere(
    routed: Runtime, streets: Streets
) -> None:
    lucas = volunteer(routed)
    mission = open_mission(routed)
    ask_routes(routed, mission.id)
    with routed.begin(SYSTEM) as work:
        ranked, _ = dispatch.explain(work, mission.id)
        assert [one.walk_s for one in ranked] == [600.0]
        assert listings.walk_from_home_s(work, mission, lucas) == 600.0
        timeline.advance(work, mission.id)
    with routed.begin(SYSTEM) as work:
        offer = work.session.exec(select(OfferRow)).one()
        assert offer.walk_s == 600
        taken = acceptance.accept_mission(work, mission.id, lucas)
        assert taken.walk_s == 600
        assert taken.busy_from == taken.starts_at - timedelta(seconds=600)
    assert streets.asked == [([HOME], address_of(mission.meeting).point, VOLUNTEER_KMH)]


def test_without_a_route_the_estimate_is_the_walk_everywhere(runtime: Runtime) -> None:
    lucas = volunteer(runtime)
    mission = open_mission(runtime)
    ask_routes(runtime, mission.id)
    with runtime.begin(SYSTEM) as work:
        ranked, _ = dispatch.explain(work, mission.id)
        expected = estimate(runtime, mission)
        assert [one.walk_s for one in ranked] == [expected]
        assert listings.walk_from_home_s(work, mission, lucas) == expected
    assert kept(runtime) == []


def test_when_the_service_is_down_the_estimate_stands_in_and_that_is_said(
    routed: Runtime, streets: Streets, caplog: pytest.LogCaptureFixture
) -> None:
    lucas = volunteer(routed)
    mission = open_mission(routed)
    streets.down = True
    with caplog.at_level(logging.WARNING):
        ask_routes(routed, mission.id)
    assert "estimated" in caplog.text
    assert not any(part in caplog.text for part in DOOR)
    assert noted(routed, "walks_estimated") == 1
    with routed.begin(SYSTEM) as work:
        assert listings.walk_from_home_s(work, mission, lucas) == estimate(routed, mission)
    streets.down = False
    ask_routes(routed, mission.id)
    with routed.begin(SYSTEM) as work:
        assert listings.walk_from_home_s(work, mission, lucas) == 600.0


def test_a_home_without_a_way_keeps_its_estimate(routed: Runtime, streets: Streets) -> None:
    streets.nowhere = frozenset({Point(*FURTHER)})
    volunteer(routed)
    volunteer(routed, "+33639980002", lat=FURTHER[0], lon=FURTHER[1])
    mission = open_mission(routed)
    ask_routes(routed, mission.id)
    with routed.begin(SYSTEM) as work:
        ranked, _ = dispatch.explain(work, mission.id)
        walks = {one.volunteer.home: one.walk_s for one in ranked}
    assert walks == {HOME: 600.0, Point(*FURTHER): estimate(routed, mission, Point(*FURTHER))}


def test_no_transaction_is_open_while_the_service_is_asked(
    routed: Runtime, streets: Streets
) -> None:
    volunteer(routed)
    mission = open_mission(routed)
    seen: list[int] = []
    streets.during = lambda: seen.append(routed.engine.pool.checkedout())  # type: ignore[attr-defined]
    before = routed.engine.pool.checkedout()  # type: ignore[attr-defined]
    ask_routes(routed, mission.id)
    assert seen == [before]


def test_a_route_is_asked_for_once_and_again_when_it_is_old(
    routed: Runtime, streets: Streets, clock: FakeClock
) -> None:
    volunteer(routed)
    mission = open_mission(routed)
    ask_routes(routed, mission.id)
    ask_routes(routed, mission.id)
    assert len(streets.asked) == 1
    clock.advance(days=FRESH.days)
    with routed.begin(SYSTEM) as work:
        assert walk_s(work, HOME, address_of(mission.meeting).point) == estimate(routed, mission)
    ask_routes(routed, mission.id)
    assert len(streets.asked) == 2
    assert len(kept(routed)) == 1


def test_only_who_could_come_is_asked_about_the_nearest_first_and_not_everybody(
    routed: Runtime, streets: Streets
) -> None:
    volunteer(routed)
    volunteer(routed, "+33639980002", active=False, lat=FURTHER[0], lon=FURTHER[1])
    volunteer(routed, "+33639980003", lat=48.83, lon=2.36)
    with routed.begin(SYSTEM) as work:
        for number in range(MOST_STARTS + 10):
            add_volunteer(
                work, f"+336399810{number:02d}", lat=48.8800 + number * 1e-6, max_walk_m=3000
            )
    ask_routes(routed, open_mission(routed).id)
    (starts, _, _), = streets.asked  # fmt: skip
    assert len(starts) == MOST_STARTS
    assert HOME in starts
    assert Point(*FURTHER) not in starts
    assert max(start.lat for start in starts) < 48.8800 + MOST_STARTS * 1e-6


def test_a_mission_that_is_no_longer_open_asks_nothing(routed: Runtime, streets: Streets) -> None:
    volunteer(routed)
    mission = open_mission(routed)
    with routed.begin(SYSTEM) as work:
        work.session.get_one(MissionRow, mission.id).status = MissionStatus.TO_VERIFY.value
    ask_routes(routed, mission.id)
    ask_routes(routed, UUID(int=999_999))
    assert streets.asked == []


def test_what_is_kept_of_a_route_does_not_tell_its_ends(routed: Runtime) -> None:
    volunteer(routed)
    ask_routes(routed, open_mission(routed).id)
    (row,) = kept(routed)
    assert not any(part in row.model_dump_json() for part in DOOR)
