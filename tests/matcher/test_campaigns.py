"""A campaign as the service rings it: keys, retries, hand-over, two at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select

from matcher.domain.campaigns import CallStatus
from matcher.domain.errors import InvalidInput, NotFound, TransitionRefused
from matcher.domain.ringing import RING_FROM, RING_UNTIL
from matcher.services import campaigns
from matcher.services.campaigns import POLICY, list_templates
from matcher.services.work import Runtime
from matcher.store.tables import (
    CampaignCallRow,
    CoordinatorTaskRow,
    FileStatus,
    MessageRow,
    SeniorRow,
    TaskKind,
)
from matcher.store.transitions import SYSTEM
from tests.conftest import Worker
from tests.fakes import FakeClock, FakeMessenger
from tests.people import add_senior
from tests.phone.test_outgoing import press

TEAM = "+33170000001"
NUMBERS = [f"+331990000{n:02d}" for n in range(1, 6)]


def begin(runtime: Runtime, name: str = "Canicule de juillet", **who: object) -> UUID:
    with runtime.begin(SYSTEM) as work:
        return campaigns.start(work, name, "heat", **who).id  # type: ignore[arg-type]


def add_seniors(runtime: Runtime, count: int) -> list[SeniorRow]:
    with runtime.begin(SYSTEM) as work:
        return [add_senior(work, number) for number in NUMBERS[:count]]


def statuses(runtime: Runtime) -> list[str]:
    with runtime.begin(SYSTEM) as work:
        return list(
            work.session.exec(select(CampaignCallRow.status).order_by(col(CampaignCallRow.id)))
        )


def tasks(runtime: Runtime) -> list[CoordinatorTaskRow]:
    with runtime.begin(SYSTEM) as work:
        return list(work.session.exec(select(CoordinatorTaskRow)))


def rings(runtime: Runtime) -> list[datetime]:
    with runtime.begin(SYSTEM) as work:
        found = work.session.exec(select(MessageRow).where(MessageRow.purpose == "campaign"))
        return sorted(at for message in found for at in message.sent_times)


@pytest.mark.parametrize(
    ("key", "status", "kinds"),
    [
        ("1", CallStatus.WELL, []),
        ("2", CallStatus.HELP, [TaskKind.DISTRESS]),
        ("0", CallStatus.PERSON, [TaskKind.CALL_BACK]),
    ],
)
def test_a_key_settles_the_call_and_what_is_needed_is_a_task_at_once(
    runtime: Runtime,
    worker: Worker,
    client: TestClient,
    messenger: FakeMessenger,
    clock: FakeClock,
    key: str,
    status: CallStatus,
    kinds: list[TaskKind],
) -> None:
    [senior] = add_seniors(runtime, 1)
    begin(runtime)
    worker.run()
    [text] = messenger.to(NUMBERS[0])
    assert "Buvez de l'eau" in text
    assert "besoin d'aide, faites le 2" in text
    pressed_at = clock.now
    for _ in range(2):
        press(client, messenger.asking[0], key)
    for _ in range(13):
        worker.advance(hours=4)
    assert len(messenger.to(NUMBERS[0])) == 1
    assert statuses(runtime) == [status]
    found = tasks(runtime)
    assert [task.kind for task in found] == kinds
    for task in found:
        assert task.senior_id == senior.id
        assert task.due_at <= pressed_at + timedelta(minutes=30)


def test_whoever_never_answers_is_rung_four_times_and_then_a_coordinators_at_once(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger, clock: FakeClock
) -> None:
    [senior] = add_seniors(runtime, 1)
    began_at = clock.now
    begin(runtime)
    worker.run()
    for _ in range(52):
        worker.advance(hours=1)
    assert len(messenger.to(NUMBERS[0])) == POLICY.most
    zone = runtime.settings.zone
    for at in rings(runtime):
        assert RING_FROM <= at.astimezone(zone).time() < RING_UNTIL
        assert at - began_at < timedelta(hours=48)
    assert statuses(runtime) == [CallStatus.UNREACHED]
    [task] = tasks(runtime)
    assert (task.kind, task.senior_id) == (TaskKind.DISTRESS, senior.id)
    assert task.created_at - began_at <= timedelta(hours=49)
    assert "sans réponse après 4 appels" in task.reason
    (told,) = messenger.to(TEAM)
    assert "ne répond pas" in told


def test_a_campaign_begun_at_night_waits_for_the_morning(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger, clock: FakeClock
) -> None:
    clock.now = datetime(2026, 7, 7, 21, tzinfo=UTC)
    add_seniors(runtime, 2)
    begin(runtime)
    worker.run()
    worker.advance(hours=9, minutes=50)
    assert messenger.sent == []
    worker.advance(minutes=11)
    assert len(messenger.sent) == 2


def test_two_campaigns_never_ring_somebody_in_the_same_hour(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    add_seniors(runtime, 1)
    begin(runtime)
    begin(runtime, "Orage")
    worker.run()
    for _ in range(50 * 4):
        worker.advance(minutes=15)
    found = rings(runtime)
    assert len(found) > POLICY.most
    apart = [after - before for before, after in pairwise(found)]
    assert min(apart) >= timedelta(hours=1)
    assert set(statuses(runtime)) == {CallStatus.UNREACHED}


def test_a_provider_that_takes_nothing_counts_as_no_answer(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    messenger.down = True
    add_seniors(runtime, 1)
    begin(runtime)
    worker.run()
    for _ in range(52):
        worker.advance(hours=1)
    assert statuses(runtime) == [CallStatus.UNREACHED]
    # The alarm to the team's own telephones did not leave either.
    kinds = {task.kind for task in tasks(runtime)}
    assert kinds == {TaskKind.DISTRESS, TaskKind.MESSAGE_FAILED}


def test_a_late_key_still_counts_and_help_is_never_lost(
    runtime: Runtime, worker: Worker, client: TestClient, messenger: FakeMessenger
) -> None:
    add_seniors(runtime, 1)
    begin(runtime)
    worker.run()
    worker.advance(hours=5)
    first, second = messenger.asking
    press(client, second, "1")
    assert statuses(runtime) == [CallStatus.WELL]
    assert "tout de suite" in press(client, first, "2")
    assert statuses(runtime) == [CallStatus.HELP]
    assert [task.kind for task in tasks(runtime)] == [TaskKind.DISTRESS]
    worker.run()
    assert {channel for channel, to, _ in messenger.sent if to == TEAM} == {"call", "sms"}


def test_somebody_without_a_number_is_a_coordinators_at_once(
    runtime: Runtime, worker: Worker
) -> None:
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work)
        senior.phone = senior.phone_index = None
    begin(runtime)
    worker.run()
    assert statuses(runtime) == [CallStatus.UNREACHED]
    assert "n'a pas de numéro" in tasks(runtime)[0].reason


def test_a_stopped_campaign_rings_nobody_any_more(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    add_seniors(runtime, 1)
    campaign = begin(runtime)
    worker.run()
    with runtime.begin(SYSTEM) as work:
        campaigns.stop(work, campaign)
        campaigns.stop(work, campaign)
    for _ in range(6):
        worker.advance(hours=9)
    assert len(messenger.sent) == 1
    assert statuses(runtime) == [CallStatus.STOPPED]
    assert tasks(runtime) == []


def test_a_coordinator_who_reached_somebody_ends_the_ringing(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    add_seniors(runtime, 1)
    begin(runtime)
    worker.run()
    with runtime.begin(SYSTEM) as work:
        [call] = work.session.exec(select(CampaignCallRow)).all()
        campaigns.reach(work, call.id)
    worker.advance(hours=5)
    assert len(messenger.sent) == 1
    with pytest.raises(TransitionRefused), runtime.begin(SYSTEM) as work:
        campaigns.reach(work, call.id)
    with pytest.raises(NotFound), runtime.begin(SYSTEM) as work:
        campaigns.reach(work, UUID(int=999))


def test_the_list_is_those_of_the_zones_and_the_age_the_oldest_first(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    with runtime.begin(SYSTEM) as work:
        zones = [one.code for one in work.runtime.atlas.territory.list_zones()][:2]
        here: dict[str, object] = {"zone_code": zones[0]}
        add_senior(work, NUMBERS[0], birth_year=1945, **here)
        add_senior(work, NUMBERS[1], birth_year=1936, **here)
        add_senior(work, NUMBERS[2], birth_year=1960, **here)
        add_senior(work, NUMBERS[3], birth_year=1930, zone_code=zones[1])
        add_senior(work, NUMBERS[4], status=FileStatus.CLOSED.value, **here)
        add_senior(work, "+33199000099", **here)
    begin(runtime, zones=[zones[0]], min_age=80)
    worker.run()
    worker.advance(minutes=5)
    assert [to for _, to, _ in messenger.sent] == ["+33199000099", NUMBERS[1], NUMBERS[0]]


def test_a_missed_look_is_mended(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    add_seniors(runtime, 1)
    begin(runtime)
    with runtime.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM procrastinate_jobs")
    worker.advance(hours=1)
    assert messenger.sent == []
    worker.sweep()
    worker.run()
    assert len(messenger.sent) == 1


def test_what_cannot_be_started_says_why(runtime: Runtime) -> None:
    with pytest.raises(InvalidInput, match="liste est vide"):
        begin(runtime)
    add_seniors(runtime, 1)
    with pytest.raises(InvalidInput, match="zones"):
        begin(runtime, zones=["atlantis"])
    with pytest.raises(InvalidInput, match="message"), runtime.begin(SYSTEM) as work:
        campaigns.start(work, "Neige", "snow")


def test_every_sentence_of_a_campaign_is_short_enough_to_be_heard() -> None:
    for template in list_templates().values():
        for sentence in template.text.split(". "):
            assert len(sentence.split()) <= 15
