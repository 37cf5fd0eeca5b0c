"""A number that rings again and again gets a person; who waits for an outing gets the line."""

from __future__ import annotations

import pytest

from matcher.domain.lifecycle import MissionStatus
from matcher.services import callers
from matcher.services.callers import MOST_CALLS
from matcher.services.calls import open_call
from matcher.services.work import Runtime, Work
from matcher.store.tables import FileStatus
from matcher.store.transitions import SYSTEM
from tests.fakes import FakeClock
from tests.people import add_mission, add_senior

NUMBER, OTHER = "+33199000001", "+33199000002"


def is_flooding(work: Work, number: str | None) -> bool:
    return callers.is_flooding(work, callers.look_up(work, number))


def ring(work: Work, number: str, times: int) -> None:
    for turn in range(times):
        open_call(work, f"CA{number[1:]}{work.now:%H%M%S}{turn}", number, None, {})


def test_the_sixth_call_in_ten_minutes_is_one_too_many(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        ring(work, NUMBER, MOST_CALLS - 1)
        assert not is_flooding(work, NUMBER)
        ring(work, OTHER, 1)
        assert not is_flooding(work, NUMBER)
    with runtime.begin(SYSTEM) as work:
        open_call(work, "CA-fifth", NUMBER, None, {})
        assert is_flooding(work, NUMBER)
        assert not is_flooding(work, OTHER)


def test_ten_minutes_later_the_line_answers_again(runtime: Runtime, clock: FakeClock) -> None:
    with runtime.begin(SYSTEM) as work:
        ring(work, NUMBER, MOST_CALLS)
    clock.advance(minutes=10)
    with runtime.begin(SYSTEM) as work:
        assert not is_flooding(work, NUMBER)


@pytest.mark.parametrize("file", FileStatus)
@pytest.mark.parametrize("status", [MissionStatus.OPEN, MissionStatus.TO_VERIFY])
def test_a_senior_who_waits_for_an_outing_is_never_kept_from_the_line(
    runtime: Runtime, file: FileStatus, status: MissionStatus
) -> None:
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work, NUMBER, status=file.value)
        ring(work, NUMBER, 3 * MOST_CALLS)
        assert is_flooding(work, NUMBER)
        add_mission(work, senior, status=status.value)
        assert not is_flooding(work, NUMBER)


def test_an_outing_that_is_over_is_no_reason_to_ring_so_often(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        add_mission(work, add_senior(work, NUMBER), status=MissionStatus.CANCELLED.value)
        ring(work, NUMBER, MOST_CALLS)
        assert is_flooding(work, NUMBER)


def test_callers_who_show_no_number_are_not_taken_for_one_another(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        ring(work, "", 3 * MOST_CALLS)
        assert not is_flooding(work, None)
