"""Metres and walking times."""

from __future__ import annotations

import pytest
from geopy.distance import great_circle
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.geo import SENIOR_KMH, VOLUNTEER_KMH, Point, distance_m, walking_time_s

NATION = Point(48.8484, 2.3958)
BASTILLE = Point(48.8532, 2.3692)
points = st.builds(Point, st.floats(48.80, 48.91), st.floats(2.22, 2.47))


def test_bastille_and_nation_are_two_kilometres_apart() -> None:
    assert distance_m(BASTILLE, NATION) == pytest.approx(2020, abs=30)


@given(points, points)
def test_a_distance_is_what_geopy_finds_on_the_same_sphere(a: Point, b: Point) -> None:
    known_m = great_circle((a.lat, a.lon), (b.lat, b.lon)).m
    assert distance_m(a, b) == pytest.approx(known_m, abs=1e-6)


@given(points, points)
def test_a_distance_is_the_same_both_ways(a: Point, b: Point) -> None:
    assert distance_m(a, b) == pytest.approx(distance_m(b, a))


@pytest.mark.parametrize(
    ("straight_m", "same_bank", "detour"),
    [
        (300, True, 1.20),
        (650, True, 1.20),
        (1075, True, 1.18),
        (1500, True, 1.16),
        (3000, True, 1.12),
        (9000, True, 1.12),
        (650, False, 1.31),
        (1500, False, 1.23),
        (3000, False, 1.16),
    ],
)
def test_the_detour_follows_the_table_measured_on_the_streets(
    straight_m: float, same_bank: bool, detour: float
) -> None:
    north = Point(NATION.lat + straight_m / 111_195, NATION.lon)
    at_one_metre_a_second = walking_time_s(NATION, north, 3.6, same_bank=same_bank)
    assert at_one_metre_a_second == pytest.approx(straight_m * detour, rel=0.001)


@given(points, points)
def test_an_elderly_person_takes_half_as_long_again_as_a_volunteer(a: Point, b: Point) -> None:
    alone = walking_time_s(a, b, VOLUNTEER_KMH)
    assert walking_time_s(a, b, SENIOR_KMH) == pytest.approx(1.5 * alone)


@given(points, st.floats(0, 0.04), st.floats(0.0001, 0.01))
def test_walking_further_never_takes_less_time(start: Point, step: float, more: float) -> None:
    near = Point(start.lat + step, start.lon)
    far = Point(start.lat + step + more, start.lon)
    for same_bank in (True, False):
        nearer = walking_time_s(start, near, VOLUNTEER_KMH, same_bank=same_bank)
        assert walking_time_s(start, far, VOLUNTEER_KMH, same_bank=same_bank) > nearer
