"""On the day of an outing the two who go out together talk through the line's own number."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from matcher.services.visits import withdraw
from matcher.services.work import Runtime
from matcher.store.tables import CallRow, CoordinatorTaskRow, MissionRow
from matcher.store.transitions import SYSTEM
from phone.simulator.caller import MACHINE, TAKES, Caller
from tests.fakes import FakeClock
from tests.people import add_mission, add_senior, add_volunteer, give_mission
from tests.phone.line import LINE, post_signed, telephone

SENIOR, VOLUNTEER = "+33639980001", "+33639980011"
TEAM = "+33170000001"


@pytest.fixture(autouse=True)
def outing(runtime: Runtime, clock: FakeClock) -> MissionRow:
    """An outing in an hour that a volunteer holds."""
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work, SENIOR), clock.now + timedelta(hours=1))
        give_mission(work, mission, add_volunteer(work, VOLUNTEER))
    return mission


def ring(client: TestClient, number: str, key: str, **team: str) -> Caller:
    call = telephone(client, team=team)
    call.ring(number, LINE)
    call.press(key)
    return call


def open_tasks(runtime: Runtime) -> list[CoordinatorTaskRow]:
    with runtime.begin(SYSTEM) as work:
        tasks = work.session.exec(select(CoordinatorTaskRow))
        return [task for task in tasks if task.done_at is None]


@pytest.mark.parametrize(
    ("caller", "other", "key"),
    [(SENIOR, VOLUNTEER, "1"), (VOLUNTEER, SENIOR, "3")],
    ids=["the senior rings", "the volunteer rings"],
)
def test_each_reaches_the_other_and_nobody_has_to_ring_back(
    client: TestClient, runtime: Runtime, caller: str, other: str, key: str
) -> None:
    call = ring(client, caller, key, **{other: TAKES})
    assert call.joined == other
    assert call.ended
    assert open_tasks(runtime) == []


@pytest.mark.parametrize(("caller", "key"), [(SENIOR, "1"), (VOLUNTEER, "3")])
def test_only_the_number_of_the_line_is_shown_to_either(
    client: TestClient, caller: str, key: str
) -> None:
    form = {"CallSid": "CA7", "From": caller, "To": LINE, "CallStatus": "ringing"}
    post_signed(client, "/phone/voice", form)
    document = ET.fromstring(post_signed(client, "/phone/turn?step=1", {**form, "Digits": key}))
    (dial,) = document.iter("Dial")
    assert dial.get("callerId") == LINE


@pytest.mark.parametrize("other", ["nobody", MACHINE])
def test_when_the_other_does_not_answer_the_team_takes_the_call(
    client: TestClient, runtime: Runtime, other: str
) -> None:
    call = ring(client, VOLUNTEER, "3", **{SENIOR: other, TEAM: TAKES})
    assert call.dialled[0] == SENIOR
    assert call.joined == TEAM
    assert open_tasks(runtime) == []


def test_when_nobody_answers_somebody_has_to_ring_back(
    client: TestClient, runtime: Runtime
) -> None:
    call = ring(client, SENIOR, "1")
    assert call.joined is None
    (task,) = open_tasks(runtime)
    assert task.details["wish"] == "reach"


def test_a_telephone_told_to_ring_twice_finds_the_same_call(
    client: TestClient, runtime: Runtime
) -> None:
    ring(client, SENIOR, "1", **{VOLUNTEER: TAKES})
    with runtime.begin(SYSTEM) as work:
        (sid,) = work.session.exec(select(CallRow.sid)).all()
    form = {"CallSid": "CA8", "Digits": "1"}
    assert "<Dial" not in post_signed(client, f"/phone/partner?call={sid}", form)
    assert "<Hangup" in post_signed(client, "/phone/partner?call=CA99", form)


def test_once_the_outing_was_given_back_the_team_is_rung(
    client: TestClient, runtime: Runtime, outing: MissionRow
) -> None:
    call = telephone(client, team={VOLUNTEER: TAKES, TEAM: TAKES})
    call.ring(SENIOR, LINE)
    with runtime.begin(SYSTEM) as work:
        held = work.session.get_one(MissionRow, outing.id)
        assert held.volunteer_id is not None
        withdraw(work, held.id, held.volunteer_id)
    call.press("1")
    assert call.dialled[0] == TEAM


def test_the_day_before_nobody_is_put_through(client: TestClient, clock: FakeClock) -> None:
    clock.advance(days=-1)
    call = ring(client, VOLUNTEER, "3", **{SENIOR: TAKES, TEAM: TAKES})
    assert call.joined == TEAM
