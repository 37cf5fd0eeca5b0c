"""Kind calls nobody asked for: after an outing, and after a silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from matcher.domain.lifecycle import MissionStatus
from matcher.domain.ringing import (
    CAMPAIGN,
    FEEDBACK,
    HOLIDAY,
    KIND_FROM,
    RING_UNTIL,
    SILENCE,
    rings_for,
)
from matcher.domain.silence import SilencePolicy, is_silent
from matcher.services.messages import queue_call
from matcher.services.outreach import UNHEARD_OF
from matcher.services.rounds import keep_daily_round
from matcher.services.tasks import finish_task
from matcher.services.work import Runtime
from matcher.settings import Settings
from matcher.store.tables import (
    CallRow,
    CoordinatorTaskRow,
    DigestRow,
    EventRow,
    FileStatus,
    MessageRow,
    RequestRow,
    SeniorRow,
    TaskKind,
)
from matcher.store.transitions import SYSTEM
from tests.conftest import Worker
from tests.fakes import FakeClock, FakeMessenger
from tests.people import add_mission, add_senior, add_volunteer, give_mission
from tests.phone.test_outgoing import press

SENIOR = "+33199000001"
POLICY = SilencePolicy()
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
WEEK = timedelta(weeks=1)


def completed(runtime: Runtime, senior: SeniorRow, *ago: timedelta) -> list[UUID]:
    """Outings with Lucas that are over, each so long ago; asked for three days before."""
    missions = []
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, f"+3363998{1000 + work.new_id().int}")
        for one in ago:
            mission = add_mission(work, senior, work.now - one)
            give_mission(work, mission, volunteer)
            mission.status = MissionStatus.COMPLETED.value
            request = work.session.get_one(RequestRow, mission.request_id)
            request.created_at = mission.starts_at - timedelta(days=3)
            missions.append(mission.id)
    return missions


@pytest.fixture
def senior(runtime: Runtime) -> SeniorRow:
    with runtime.begin(SYSTEM) as work:
        return add_senior(work, SENIOR)


def live(runtime: Runtime, worker: Worker, days: int) -> None:
    """Let so many days and an hour pass, the daily rounds made."""
    with runtime.begin(SYSTEM) as work:
        keep_daily_round(work)
    worker.advance(hours=1)
    for _ in range(days * 8):
        worker.advance(hours=3)


def calls(runtime: Runtime, purpose: str) -> list[MessageRow]:
    with runtime.begin(SYSTEM) as work:
        return list(work.session.exec(select(MessageRow).where(MessageRow.purpose == purpose)))


def tasks(runtime: Runtime) -> list[CoordinatorTaskRow]:
    with runtime.begin(SYSTEM) as work:
        return [
            task
            for task in work.session.exec(select(CoordinatorTaskRow))
            if task.kind != TaskKind.ATTENTION
        ]


def notes(runtime: Runtime, kind: str) -> list[tuple[UUID, str | None]]:
    with runtime.begin(SYSTEM) as work:
        found = work.session.exec(select(EventRow).where(EventRow.kind == kind))
        return [(event.entity_id, event.reason) for event in found]


@pytest.mark.parametrize(
    "broken",
    [
        "matcher.services.digest.list_coverage",
        "matcher.services.texts.feedback",
        "matcher.services.outreach.is_silent",
    ],
)
def test_a_part_of_the_daily_round_that_fails_is_tried_again_and_holds_no_other_back(
    runtime: Runtime,
    worker: Worker,
    clock: FakeClock,
    messenger: FakeMessenger,
    senior: SeniorRow,
    monkeypatch: pytest.MonkeyPatch,
    broken: str,
) -> None:
    clock.now = datetime(2026, 11, 29, 17, tzinfo=UTC)
    completed(runtime, senior, timedelta(hours=3))
    with runtime.begin(SYSTEM) as work:
        quiet = add_senior(work, "+33199000002")
    completed(runtime, quiet, 5 * WEEK, 6 * WEEK)
    with runtime.begin(SYSTEM) as work:
        keep_daily_round(work)

    def fail(*_: object) -> None:
        raise OSError("this part fails")

    def parts() -> list[int]:
        """How often the week was summed up, the one asked how it was, and the other rung."""
        with runtime.begin(SYSTEM) as work:
            digests = len(work.session.exec(select(DigestRow)).all())
        return [digests, len(calls(runtime, FEEDBACK)), len(calls(runtime, SILENCE))]

    with monkeypatch.context() as patched:
        patched.setattr(broken, fail)
        worker.advance(hours=17)
        assert sorted(parts()) == [0, 1, 1]
    worker.advance(minutes=1)
    assert parts() == [1, 1, 1]


# --- how was it


def test_the_day_after_an_outing_the_senior_is_rung_twice_at_most_and_nobody_is_alarmed(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger, senior: SeniorRow
) -> None:
    completed(runtime, senior, timedelta(hours=3))
    live(runtime, worker, days=3)
    [call] = calls(runtime, FEEDBACK)
    assert len(messenger.to(SENIOR)) == 2
    assert "votre sortie d'hier avec Lucas" in messenger.to(SENIOR)[0]
    zone = runtime.settings.zone
    for at in call.sent_times:
        assert at.astimezone(zone).date() == datetime(2026, 11, 25, tzinfo=zone).date()
        assert KIND_FROM <= at.astimezone(zone).time() < RING_UNTIL
    assert tasks(runtime) == []


def test_a_senior_who_presses_1_is_thanked_and_it_is_noted(
    runtime: Runtime,
    worker: Worker,
    client: TestClient,
    messenger: FakeMessenger,
    senior: SeniorRow,
) -> None:
    [mission] = completed(runtime, senior, timedelta(hours=3))
    live(runtime, worker, days=1)
    for _ in range(2):
        assert "plaisir" in press(client, messenger.asking[0], "1")
    live(runtime, worker, days=1)
    assert notes(runtime, "feedback") == [(mission, "well")]
    assert tasks(runtime) == []
    assert len(messenger.to(SENIOR)) == 1


@pytest.mark.parametrize(("key", "kind"), [("2", TaskKind.REPORT), ("0", TaskKind.CALL_BACK)])
def test_a_senior_who_presses_another_key_is_called_back_by_a_person(
    runtime: Runtime,
    worker: Worker,
    client: TestClient,
    messenger: FakeMessenger,
    senior: SeniorRow,
    key: str,
    kind: TaskKind,
) -> None:
    completed(runtime, senior, timedelta(hours=3))
    live(runtime, worker, days=1)
    for _ in range(2):
        press(client, messenger.asking[0], key)
    [task] = tasks(runtime)
    assert (task.kind, task.senior_id) == (kind, senior.id)


def test_nobody_is_asked_twice_in_a_month(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger, senior: SeniorRow
) -> None:
    completed(runtime, senior, timedelta(hours=3))
    live(runtime, worker, days=2)
    completed(runtime, senior, timedelta(hours=3))
    live(runtime, worker, days=2)
    assert len(calls(runtime, FEEDBACK)) == 1
    worker.clock.advance(days=29)
    completed(runtime, senior, timedelta(hours=3))
    live(runtime, worker, days=2)
    assert len(calls(runtime, FEEDBACK)) == 2


def test_two_outings_in_a_day_are_asked_about_once(
    runtime: Runtime, worker: Worker, senior: SeniorRow
) -> None:
    completed(runtime, senior, timedelta(hours=3), timedelta(hours=6))
    live(runtime, worker, days=2)
    assert len(calls(runtime, FEEDBACK)) == 1


class TestNeverAsked:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"feedback_every_days": 0, "silence_weeks": 0})

    def test_a_city_may_ask_nothing(
        self, runtime: Runtime, worker: Worker, messenger: FakeMessenger, senior: SeniorRow
    ) -> None:
        completed(runtime, senior, timedelta(hours=3), 5 * WEEK, 6 * WEEK)
        live(runtime, worker, days=2)
        assert messenger.to(SENIOR) == []


@pytest.mark.parametrize("purpose", [FEEDBACK, SILENCE, CAMPAIGN, HOLIDAY])
def test_what_nobody_waits_for_never_rings_at_night_however_late_the_worker_is(
    runtime: Runtime,
    worker: Worker,
    messenger: FakeMessenger,
    clock: FakeClock,
    purpose: str,
) -> None:
    clock.now = datetime(2026, 11, 24, 21, tzinfo=UTC)
    with runtime.begin(SYSTEM) as work:
        queue_call(work, SENIOR, "Bonjour.", purpose, "once")
    worker.run()
    worker.advance(hours=9, minutes=50)
    assert messenger.sent == []
    worker.advance(hours=2)
    worker.advance(hours=9)
    assert messenger.to(SENIOR) == ["Bonjour."]


# --- silence


def test_a_senior_who_used_to_go_out_is_rung_once_after_four_weeks_of_silence(
    runtime: Runtime,
    worker: Worker,
    client: TestClient,
    messenger: FakeMessenger,
    senior: SeniorRow,
) -> None:
    completed(runtime, senior, 5 * WEEK, timedelta(days=26))
    live(runtime, worker, days=1)
    assert messenger.to(SENIOR) == []
    live(runtime, worker, days=2)
    [text] = messenger.to(SENIOR)
    assert "de vos nouvelles" in text
    press(client, messenger.asking[0], "1")
    live(runtime, worker, days=5)
    assert len(messenger.to(SENIOR)) == 1
    assert tasks(runtime) == []
    assert notes(runtime, "silence_answered") == [(senior.id, "well")]


def test_a_silent_senior_nobody_reaches_becomes_a_coordinators(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger, senior: SeniorRow
) -> None:
    completed(runtime, senior, 5 * WEEK, 6 * WEEK)
    live(runtime, worker, days=6)
    assert len(messenger.to(SENIOR)) == rings_for(SILENCE).most
    [task] = tasks(runtime)
    assert (task.kind, task.senior_id) == (TaskKind.MESSAGE_FAILED, senior.id)
    assert "Plus de nouvelles" in task.reason


def test_a_silent_senior_without_a_number_is_asked_after_once(
    runtime: Runtime, worker: Worker, senior: SeniorRow
) -> None:
    completed(runtime, senior, 5 * WEEK, 6 * WEEK)
    with runtime.begin(SYSTEM) as work:
        kept = work.session.get_one(SeniorRow, senior.id)
        kept.phone = kept.phone_index = None
        work.session.add(kept)
    live(runtime, worker, days=1)
    [task] = tasks(runtime)
    assert (task.kind, task.reason, task.senior_id) == (TaskKind.CALL_BACK, UNHEARD_OF, senior.id)
    with runtime.begin(SYSTEM) as work:
        finish_task(work, task.id)
    live(runtime, worker, days=3)
    assert len(tasks(runtime)) == 1


def test_a_silent_senior_who_wants_an_outing_is_called_back(
    runtime: Runtime,
    worker: Worker,
    client: TestClient,
    messenger: FakeMessenger,
    senior: SeniorRow,
) -> None:
    completed(runtime, senior, 5 * WEEK, 6 * WEEK)
    live(runtime, worker, days=1)
    for _ in range(2):
        assert "Avec plaisir" in press(client, messenger.asking[0], "2")
    [task] = tasks(runtime)
    assert (task.kind, task.senior_id) == (TaskKind.CALL_BACK, senior.id)


def test_whoever_asked_rang_or_is_going_out_is_not_silent(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger, clock: FakeClock
) -> None:
    with runtime.begin(SYSTEM) as work:
        seniors = [add_senior(work, f"+3319900000{n}") for n in range(4)]
    for senior in seniors:
        completed(runtime, senior, 5 * WEEK, 6 * WEEK)
    with runtime.begin(SYSTEM) as work:
        add_mission(work, seniors[0], status=MissionStatus.CANCELLED.value)
        call = CallRow(
            id=work.new_id(), sid="CA1", started_at=clock.now, senior_id=seniors[1].id, state={}
        )
        work.session.add(call)
        work.session.merge(seniors[2]).status = FileStatus.CLOSED.value
    live(runtime, worker, days=1)
    rung = {to for channel, to, _ in messenger.sent if channel == "call"}
    assert rung == {seniors[3].phone}


@given(
    st.lists(st.integers(-400, 0), max_size=8),
    st.integers(-400, 20),
)
def test_a_silence_is_a_habit_and_then_nothing_for_weeks(outings: list[int], sign: int) -> None:
    days = [NOW + timedelta(days=one) for one in outings]
    last_sign = NOW + timedelta(days=sign)
    silent = is_silent(days, last_sign, NOW, POLICY)
    if silent:
        assert POLICY.after <= NOW - last_sign < POLICY.until
        assert sum(last_sign - POLICY.within <= day <= last_sign for day in days) >= POLICY.habit
    # Another sign since ends every silence.
    assert not is_silent(days, NOW - POLICY.after + timedelta(seconds=1), NOW, POLICY)
    # One outing more can only make a habit, never break one.
    assert is_silent([*days, last_sign], last_sign, NOW, POLICY) >= silent


def test_two_outings_before_four_weeks_of_nothing_are_a_silence() -> None:
    sign = NOW - 4 * WEEK
    assert is_silent([sign, sign - 8 * WEEK], sign, NOW, POLICY)
    assert not is_silent([sign, sign - 8 * WEEK - timedelta(seconds=1)], sign, NOW, POLICY)
    assert not is_silent([sign, sign], sign + timedelta(seconds=1), NOW, POLICY)
