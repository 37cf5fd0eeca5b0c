"""Valhalla's matrix, against a local server that speaks its protocol and does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from matcher.domain.geo import VOLUNTEER_KMH, Point
from matcher.geocoding.territory import load_builtin_territory
from matcher.geocoding.valhalla import STARTS_AT_ONCE, ValhallaTravelTimes
from matcher.ports import TravelTimes, TravelTimesUnavailable
from tests.valhalla_server import LocalValhalla

HERE = Point(48.8725, 2.3130)
THERE = Point(48.870417, 2.316864)


@pytest.fixture
def valhalla() -> Iterator[LocalValhalla]:
    with LocalValhalla() as local:
        yield local


def test_a_pedestrian_matrix_is_asked_for_at_the_pace_given(valhalla: LocalValhalla) -> None:
    times = ValhallaTravelTimes(f"{valhalla.url}/").list_walking_times_s([HERE, THERE], THERE, 4.5)
    assert times == [100.0, 101.0]
    (path, question), = valhalla.asked  # fmt: skip
    assert path == "/sources_to_targets"
    assert question["sources"] == [{"lat": p.lat, "lon": p.lon} for p in (HERE, THERE)]
    assert question["targets"] == [{"lat": THERE.lat, "lon": THERE.lon}]
    assert question["costing"] == "pedestrian"
    assert question["costing_options"] == {"pedestrian": {"walking_speed": 4.5}}


def test_more_starts_than_one_request_takes_go_in_several_and_stay_in_order(
    valhalla: LocalValhalla,
) -> None:
    starts = [Point(48.85 + n / 10_000, 2.35) for n in range(2 * STARTS_AT_ONCE + 1)]
    times = ValhallaTravelTimes(valhalla.url).list_walking_times_s(starts, THERE, 4.5)
    assert times == [100.0 + n % STARTS_AT_ONCE for n in range(len(starts))]
    assert [len(question["sources"]) for _, question in valhalla.asked] == [50, 50, 1]


def test_nobody_to_ask_about_asks_nothing(valhalla: LocalValhalla) -> None:
    assert ValhallaTravelTimes(valhalla.url).list_walking_times_s([], THERE, 4.5) == []
    assert valhalla.asked == []


def test_a_start_without_a_way_has_no_time(valhalla: LocalValhalla) -> None:
    valhalla.body = b'{"sources_to_targets": [[{"time": null}], [{"time": 61.5}]]}'
    times = ValhallaTravelTimes(valhalla.url).list_walking_times_s([HERE, THERE], THERE, 4.5)
    assert times == [None, 61.5]


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_an_error_makes_it_unavailable(valhalla: LocalValhalla, status: int) -> None:
    valhalla.status = status
    with pytest.raises(TravelTimesUnavailable, match="HTTPStatusError"):
        ValhallaTravelTimes(valhalla.url).list_walking_times_s([HERE], THERE, 4.5)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"{}",
        b"[]",
        b'{"sources_to_targets": []}',
        b'{"sources_to_targets": [[]]}',
        b'{"sources_to_targets": [[{}]]}',
        b'{"sources_to_targets": [[{"time": "vite"}]]}',
        b'{"sources_to_targets": [[{"time": -1}]]}',
        b'{"sources_to_targets": [[{"time": NaN}]]}',
        b'{"sources_to_targets": {"durations": [[60]]}}',
    ],
)
def test_an_answer_in_another_shape_makes_it_unavailable(
    valhalla: LocalValhalla, body: bytes
) -> None:
    valhalla.body = body
    with pytest.raises(TravelTimesUnavailable):
        ValhallaTravelTimes(valhalla.url).list_walking_times_s([HERE], THERE, 4.5)


def test_silence_and_absence_make_it_unavailable(valhalla: LocalValhalla) -> None:
    valhalla.release = threading.Event()
    with pytest.raises(TravelTimesUnavailable, match="Timeout"):
        ValhallaTravelTimes(valhalla.url, timeout_s=0.05).list_walking_times_s([HERE], THERE, 4.5)
    gone = LocalValhalla()
    gone.stop()
    with pytest.raises(TravelTimesUnavailable, match="ConnectError"):
        ValhallaTravelTimes(gone.url).list_walking_times_s([HERE], THERE, 4.5)


def test_no_failure_tells_where_somebody_lives(valhalla: LocalValhalla) -> None:
    valhalla.status = 500
    with pytest.raises(TravelTimesUnavailable) as failed:
        ValhallaTravelTimes(valhalla.url).list_walking_times_s([HERE], THERE, 4.5)
    assert "48." not in str(failed.value)


def test_the_territory_answers_the_same_question_with_its_estimate() -> None:
    paris = load_builtin_territory()
    table: TravelTimes = paris
    assert table.list_walking_times_s([HERE, THERE], THERE, VOLUNTEER_KMH) == [
        paris.walking_time_s(HERE, THERE, VOLUNTEER_KMH),
        0.0,
    ]
