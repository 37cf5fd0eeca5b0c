"""Coverage of a week: equal to counting one by one, and to itself after any change."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from math import exp, prod
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.domain.availability import Availability
from matcher.domain.coverage import (
    CELLS,
    HOURS,
    OUTING,
    CoveragePolicy,
    Ground,
    HalfDay,
    People,
    Table,
    cell_at,
    cell_of,
    change,
    count,
    free_half_days,
    suppose,
    typical_of,
)
from matcher.domain.geo import VOLUNTEER_KMH, Point, distance_m, walking_time_s
from matcher.domain.halfhours import halfhours_of, windows_of
from matcher.domain.lifecycle import MissionStatus
from matcher.services.coverage import look_ahead
from matcher.services.work import Runtime
from matcher.store.transitions import SYSTEM
from tests.people import add_mission, add_senior, add_volunteer, give_mission

PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 11, 23)
POLICY = CoveragePolicy(minutes=25.0, distance_cost=1.3, max_chance=0.8)


def town(zones: int = 6, seed: int = 5) -> Ground:
    rng = np.random.default_rng(seed)
    return Ground(
        tuple(f"Z{n}" for n in range(zones)),
        rng.uniform(48.83, 48.89, zones),
        rng.uniform(2.28, 2.40, zones),
        rng.choice([-1, 0, 1], zones),
    )


def crowd(people: int, seed: int) -> People:
    rng = np.random.default_rng(seed)
    return People(
        rng.uniform(48.82, 48.90, people),
        rng.uniform(2.26, 2.42, people),
        rng.choice([-1, 0, 1], people),
        rng.uniform(400, 6000, people),
        rng.uniform(0, 1, people),
        rng.random((people, CELLS)) < 0.3,
    )


def naive(ground: Ground, people: People, policy: CoveragePolicy) -> tuple[list[int], list[float]]:
    """One by one, in plain words."""
    counts, chances = [], []
    for zone in range(len(ground.codes)):
        middle = Point(ground.lat[zone], ground.lon[zone])
        for cell in range(CELLS):
            nobody = []
            for one in range(people.lat.size):
                home = Point(people.lat[one], people.lon[one])
                same_bank = people.bank[one] * ground.bank[zone] >= 0
                away_m = distance_m(home, middle)
                walk_s = walking_time_s(home, middle, VOLUNTEER_KMH, bool(same_bank))
                if not people.free[one, cell] or away_m > people.reach_m[one]:
                    continue
                if walk_s > policy.minutes * 60:
                    continue
                wear = exp(-policy.distance_cost * away_m / people.reach_m[one])
                nobody.append(1 - min(policy.max_chance, people.chance[one] * wear))
            counts.append(len(nobody))
            chances.append(1 - prod(nobody))
    return counts, chances


def assert_same(one: Table, other: Table) -> None:
    assert (one.can_come == other.can_come).all()
    assert one.log_nobody == pytest.approx(other.log_nobody, abs=1e-9)


@given(st.integers(0, 60), st.integers(0, 10_000))
@settings(max_examples=25)
def test_the_table_is_what_counting_one_by_one_gives(people: int, seed: int) -> None:
    ground, everyone = town(), crowd(people, seed)
    table = count(ground, everyone, POLICY)
    counts, chances = naive(ground, everyone, POLICY)
    assert table.can_come.reshape(-1).tolist() == counts
    assert table.chance.reshape(-1) == pytest.approx(chances, abs=1e-6)


@given(st.integers(1, 40), st.integers(0, 10_000), st.data())
@settings(max_examples=50)
def test_a_change_gives_the_table_counted_anew(people: int, seed: int, data: st.DataObject) -> None:
    ground, everyone = town(), crowd(people, seed)
    which = data.draw(st.integers(0, people - 1))
    newcomer = crowd(1, seed + 1)
    others = [row for row in range(people) if row != which]
    after = change(count(ground, everyone, POLICY), everyone.take([which]), newcomer)
    together = People(
        *(
            np.concatenate([getattr(everyone.take(others), name), getattr(newcomer, name)])
            for name in ("lat", "lon", "bank", "reach_m", "chance", "free")
        )
    )
    assert_same(after, count(ground, together, POLICY))
    nobody = newcomer.take([])
    assert_same(
        change(change(count(ground, everyone, POLICY), nobody, newcomer), newcomer, nobody),
        count(ground, everyone, POLICY),
    )


def test_three_more_on_tuesday_mornings_in_one_zone_change_that_half_day_alone() -> None:
    ground, everyone = town(), crowd(40, 1)
    before = count(ground, everyone, POLICY)
    kept = before.can_come.copy()
    cell = cell_of(1, HalfDay.MORNING)
    after = suppose(before, "Z2", cell, 3, typical_of(everyone))
    more = after.can_come - before.can_come
    assert more[2, cell] == 3
    assert more[:, [c for c in range(CELLS) if c != cell]].sum() == 0
    assert set(more[:, cell]) <= {0, 3}
    assert after.chance[2, cell] > before.chance[2, cell]
    assert (before.can_come == kept).all()
    with pytest.raises(ValueError, match="Z9"):
        suppose(before, "Z9", cell, 3, typical_of(everyone))


def test_without_anybody_nothing_is_covered() -> None:
    table = count(town(), crowd(0, 1), POLICY)
    assert (table.can_come.sum(), table.chance.sum()) == (0, 0.0)
    with pytest.raises(ValueError, match="nobody"):
        typical_of(crowd(0, 1))


@given(st.lists(st.integers(0, (1 << 48) - 1), min_size=7, max_size=7))
def test_half_days_from_half_hours_are_those_of_the_windows(days: list[int]) -> None:
    said = Availability(windows_of(days))
    assert halfhours_of(said).exact
    found = free_half_days(np.array([days], dtype=np.uint64))[0]
    for cell in range(CELLS):
        day = MONDAY + timedelta(days=cell // 2)
        opens, closes = list(HOURS.values())[cell % 2]
        start, end = (datetime.combine(day, at, PARIS) for at in (opens, closes))
        fits = any(one.end - one.start >= OUTING for one in said.free_intervals(start, end, PARIS))
        # A window across midnight is cut in two for `windows_of`, never within these hours.
        assert found[cell] == fits


@pytest.mark.parametrize(
    ("at", "cell"),
    [
        (datetime(2026, 11, 23, 9, 0, tzinfo=PARIS), 0),
        (datetime(2026, 11, 23, 13, 29, tzinfo=PARIS), 0),
        (datetime(2026, 11, 23, 13, 30, tzinfo=PARIS), 1),
        (datetime(2026, 11, 29, 19, 0, tzinfo=PARIS), 13),
    ],
)
def test_an_outing_counts_in_the_half_day_it_starts_in(at: datetime, cell: int) -> None:
    assert cell_at(at) == cell


def test_the_week_ahead_counts_free_people_and_learns_demand(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        zone = work.runtime.settings.zone
        today = work.now.astimezone(zone).date()
        monday = today + timedelta(days=7 - today.weekday())
        assert look_ahead(work, monday).needed is None
        senior = add_senior(work)
        add_volunteer(work, "+33639981000", zone_code="75108")
        add_volunteer(work, "+33639981001", zone_code="75108", vetted=False)
        busy = add_volunteer(work, "+33639981002", zone_code="75108")
        tuesday = datetime.combine(monday + timedelta(days=1), time(10), zone)
        give_mission(work, add_mission(work, senior, tuesday), busy)
        for weeks in range(1, 5):
            add_mission(
                work,
                senior,
                tuesday - timedelta(weeks=weeks + 1),
                zone_code="75108",
                status=MissionStatus.COMPLETED.value,
                volunteer_id=busy.id,
            )
        week = look_ahead(work, monday)
    row = week.table.ground.codes.index("75108")
    free = week.table.can_come[row].tolist()
    assert free == [2, 2, 1, 2] + [2] * 10
    assert 0 < week.table.chance[row, 2] < week.table.chance[row, 0] < 1
    assert week.needed is not None
    assert int(week.needed.mean.argmax()) == row * CELLS + 2
    assert (week.needed.low <= week.needed.high).all()


def test_a_week_starts_on_a_monday(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work, pytest.raises(ValueError, match="Monday"):
        look_ahead(work, MONDAY + timedelta(days=1))
