"""The life of an outing from the request to the report, with the clock moved and the jobs run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete
from sqlmodel import col, select

from matcher.domain.lifecycle import MissionStatus
from matcher.domain.people import Purpose
from matcher.jobs import bring_forward
from matcher.services import visits
from matcher.services.acceptance import accept_offer
from matcher.services.changes import change_time
from matcher.services.intake import Booking, book
from matcher.services.tasks import add_task
from matcher.services.timeline import advance
from matcher.services.watchdog import MENDED, SLACK, count_without_next_step, mend_missed_steps
from matcher.services.work import Runtime
from matcher.store.tables import CoordinatorTaskRow, EventRow, MissionRow, OfferRow, TaskKind
from matcher.store.transitions import SYSTEM
from tests.conftest import Worker
from tests.fakes import FakeClock, FakeMessenger
from tests.people import add_offer, add_senior, add_session, add_volunteer
from tests.phone.line import LINE, post_signed

PARIS = ZoneInfo("Europe/Paris")
SENIOR, VOLUNTEER, OTHER = "+33639980001", "+33639980011", "+33639980012"
LANDLINE = "+33199000011"
TEAM = "+33170000001"


@dataclass
class Scene:
    """A senior, a volunteer and the outing they share, with everything a test does to them."""

    client: TestClient
    runtime: Runtime
    worker: Worker
    messenger: FakeMessenger
    clock: FakeClock
    mission_id: UUID
    headers: dict[str, str]

    def mission(self) -> MissionRow:
        with self.runtime.begin(SYSTEM) as work:
            return work.session.get_one(MissionRow, self.mission_id)

    def others(self) -> list[MissionRow]:
        with self.runtime.begin(SYSTEM) as work:
            query = select(MissionRow).where(MissionRow.id != self.mission_id)
            return list(work.session.exec(query))

    def do(self, what: str, body: dict[str, str] | None = None) -> int:
        path = f"/v1/missions/{self.mission_id}/{what}"
        return self.client.post(path, json=body, headers=self.headers).status_code

    def sms(self, number: str, word: str) -> str:
        form = {"From": number, "To": LINE, "Body": word}
        return post_signed(self.client, "/phone/sms", form)

    def press(self, digit: str) -> str:
        """Answer the latest call that asks for a key."""
        form = {"CallSid": "CA" + "3" * 32, "From": LINE, "To": SENIOR, "Digits": digit}
        url = f"/phone/answer?message={self.messenger.asking[-1]}"
        return post_signed(self.client, url, form)

    def reasons(self) -> list[str]:
        return [task.reason for task in self.tasks()]

    def tasks(self) -> list[CoordinatorTaskRow]:
        """What coordinators have to do, but for calls that nobody took."""
        with self.runtime.begin(SYSTEM) as work:
            query = (
                select(CoordinatorTaskRow)
                .where(CoordinatorTaskRow.kind != TaskKind.MESSAGE_FAILED.value)
                .order_by(col(CoordinatorTaskRow.created_at))
            )
            return list(work.session.exec(query))

    def kinds(self) -> list[str]:
        """What the journal says of the outing, in order."""
        with self.runtime.begin(SYSTEM) as work:
            query = (
                select(EventRow.kind)
                .where(EventRow.entity_id == self.mission_id)
                .order_by(col(EventRow.id))
            )
            return list(work.session.exec(query))

    def until(self, at: datetime) -> None:
        """Let time pass, step by step as they fall due; nothing is ever left without one."""
        while self.clock.now < at:
            due = [
                one.next_step_at
                for one in [self.mission(), *self.others()]
                if one.next_step_at is not None and one.next_step_at > self.clock.now
            ]
            to = min([at, *due])
            self.worker.advance(seconds=(to - self.clock.now).total_seconds())
            assert self.unowned() == 0

    def unowned(self) -> int:
        with self.runtime.begin(SYSTEM) as work:
            return count_without_next_step(work.session, work.now)


def open_scene(
    client: TestClient,
    runtime: Runtime,
    worker: Worker,
    messenger: FakeMessenger,
    clock: FakeClock,
    starts_at: datetime,
    volunteer: str = VOLUNTEER,
) -> Scene:
    """Booked and accepted three days before."""
    clock.now = (starts_at - timedelta(days=3)).astimezone(UTC)
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work, SENIOR)
        who = add_volunteer(work, volunteer)
        headers = add_session(work, who)
        mission = book(
            work,
            Booking(
                senior_id=senior.id,
                phone=SENIOR,
                purpose=Purpose.WALK,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=2),
                address=None,
                needs=frozenset(),
                words=("une promenade",),
                promised_call_at=work.now + timedelta(hours=4),
                call_id=None,
            ),
        )
    scene = Scene(client, runtime, worker, messenger, clock, mission.id, headers)
    assert scene.unowned() == 0
    worker.run()
    with runtime.begin(SYSTEM) as work:
        offer = work.session.exec(select(OfferRow)).one()
        accept_offer(work, offer.id, who.id)
    worker.run()
    scene.press("1")
    messenger.sent.clear()
    with runtime.begin(SYSTEM) as work:
        work.session.execute(delete(CoordinatorTaskRow))  # of finding somebody
    return scene


STARTS_AT = datetime(2026, 11, 25, 15, 0, tzinfo=PARIS)


@pytest.fixture
def scene(
    client: TestClient,
    runtime: Runtime,
    worker: Worker,
    messenger: FakeMessenger,
    clock: FakeClock,
) -> Iterator[Scene]:
    """An outing at three in the afternoon that a volunteer holds; nobody was ever dropped."""
    scene = open_scene(client, runtime, worker, messenger, clock, STARTS_AT)
    yield scene
    assert scene.unowned() == 0


def at(hour: int, minute: int = 0, days: int = 0) -> datetime:
    return STARTS_AT.replace(hour=hour, minute=minute) + timedelta(days=days)


@pytest.mark.parametrize(
    "day", [STARTS_AT, STARTS_AT.replace(month=10), STARTS_AT.replace(2027, 3, 28)]
)
def test_the_whole_life_of_an_outing_goes_by_its_timeline(
    client: TestClient,
    runtime: Runtime,
    worker: Worker,
    messenger: FakeMessenger,
    clock: FakeClock,
    day: datetime,
) -> None:
    scene = open_scene(client, runtime, worker, messenger, clock, day)
    evening = day.replace(hour=18) - timedelta(days=1)
    scene.until(evening - timedelta(minutes=1))
    assert messenger.sent == []
    scene.until(evening)
    assert {channel for channel, to, _ in messenger.sent if to == SENIOR} == {"call", "sms"}
    assert "Lucas vient" in messenger.to(SENIOR)[0]
    scene.press("1")
    (eve,) = messenger.to(VOLUNTEER)
    assert "Un empêchement ?" in eve
    scene.until(day - timedelta(hours=1))
    assert ["commence" in text for text in messenger.to(VOLUNTEER)] == [False, True]
    scene.until(day)
    assert scene.do("start") == 200
    scene.until(day + timedelta(hours=2))
    assert scene.do("complete") == 200
    scene.until((day + timedelta(days=1)).replace(hour=9, minute=30))
    assert "Répondez OUI" in messenger.to(VOLUNTEER)[-1]
    assert scene.do("report", {"answer": "well"}) == 200
    assert scene.mission().next_step_at is None
    sent = len(messenger.sent)
    scene.until(day + timedelta(days=12))
    assert len(messenger.sent) == sent
    assert scene.reasons() == []
    assert scene.kinds() == [
        "created",
        "accept",
        "remind_senior",
        "remind_volunteer_eve",
        "remind_volunteer",
        "start",
        "complete",
        "remind_report",
        "report",
    ]


def test_a_senior_who_presses_2_at_the_reminder_calls_it_off_and_the_volunteer_is_told(
    scene: Scene,
) -> None:
    scene.until(at(18, days=-1))
    assert "annulé" in scene.press("2")
    scene.worker.run()
    assert scene.mission().status == MissionStatus.CANCELLED
    assert "annulée" in scene.messenger.to(VOLUNTEER)[-1]


def test_without_a_check_in_the_volunteer_is_asked_then_a_coordinator_told(scene: Scene) -> None:
    with scene.runtime.begin(SYSTEM) as work:
        add_volunteer(work, OTHER, first_name="Aïcha")
    scene.until(at(15, 9))
    asked_before = len(scene.messenger.to(VOLUNTEER))
    scene.until(at(15, 10))
    questions = scene.messenger.to(VOLUNTEER)[asked_before:]
    assert len(questions) == 2, "a call and an SMS"
    assert all("vous" in text for text in questions)
    assert scene.reasons() == []
    scene.until(at(15, 20))
    assert scene.reasons() == ["Bénévole pas arrivé : l'appeler, et rassurer la personne aînée."]
    assert "a du retard" in scene.messenger.to(SENIOR)[-1]
    assert "pas arrivé" in scene.messenger.to(TEAM)[-1]
    (task,) = scene.tasks()
    assert task.due_at == at(15, 20)
    assert [one.startswith("Aïcha") for one in task.details["free_now"]] == [True]


def test_who_is_late_again_after_another_hour_was_agreed_is_told_again(scene: Scene) -> None:
    for hour in (15, 17):
        scene.until(at(hour, 20))
        for number, news in ((SENIOR, f"à {hour} heures a du retard"), (TEAM, "pas arrivé")):
            assert news in scene.messenger.to(number)[-1]
        scene.messenger.sent.clear()
        if hour == 15:
            with scene.runtime.begin(SYSTEM) as work:
                change_time(work, scene.mission_id, at(17))
            assert scene.do("confirm") == 200


@pytest.mark.parametrize("how", ["key", "sms", "app"])
def test_a_volunteer_who_is_there_says_so_and_the_alarm_is_off(scene: Scene, how: str) -> None:
    scene.until(at(15, 10))
    if how == "key":
        assert "Bonne sortie" in scene.press("1")
    elif how == "sms":
        assert "Bonne sortie" in scene.sms(VOLUNTEER, "OUI")
    else:
        assert scene.do("start") == 200
    assert scene.mission().status == MissionStatus.IN_PROGRESS
    scene.until(at(15, 40))
    assert scene.reasons() == []


def test_a_volunteer_who_will_not_come_is_replaced_at_once_by_somebody_else(scene: Scene) -> None:
    with scene.runtime.begin(SYSTEM) as work:
        add_volunteer(work, OTHER, first_name="Aïcha")
    scene.until(at(15, 10))
    assert "tout de suite" in scene.sms(VOLUNTEER, "non")
    assert scene.mission().status == MissionStatus.NO_SHOW
    scene.worker.run()
    (again,) = scene.others()
    assert again.request_id == scene.mission().request_id
    assert (again.status, again.starts_at) == (MissionStatus.OPEN, at(15, 50))
    assert "n'a pas pu venir" in scene.messenger.to(SENIOR)[-1]
    assert "près de chez vous" in scene.messenger.to(OTHER)[-1]
    scene.until(at(15, 30))
    assert not any("près de chez vous" in text for text in scene.messenger.to(VOLUNTEER))


def test_a_replacement_nobody_takes_comes_back_to_a_coordinator_and_the_senior_knows(
    scene: Scene,
) -> None:
    scene.until(at(15, 10))
    scene.press("2")
    scene.until(at(15, 50))
    (again,) = scene.others()
    assert again.status == MissionStatus.UNFILLED
    assert "trouvé personne" in scene.messenger.to(SENIOR)[-1]


def test_who_comes_after_all_is_called_by_a_coordinator(scene: Scene) -> None:
    scene.until(at(15, 10))
    call = scene.messenger.asking[-1]
    assert scene.sms(VOLUNTEER, "non")
    scene.messenger.asking.append(call)
    assert "vous appelle" in scene.press("1")
    assert "Se dit arrivé après avoir été noté absent : l'appeler." in scene.reasons()


def test_a_senior_who_is_not_there_alerts_the_team_on_every_channel(scene: Scene) -> None:
    assert scene.do("no-show") == 409, "not before the hour"
    scene.until(at(15, 5))
    assert scene.do("no-show") == 200
    scene.worker.run()
    assert scene.mission().status == MissionStatus.NO_SHOW
    assert {channel for channel, to, _ in scene.messenger.sent if to == TEAM} == {"call", "sms"}
    assert scene.reasons() == [
        "La personne aînée n'était pas là : vérifier tout de suite qu'elle va bien."
    ]
    assert scene.others() == []


def test_a_withdrawal_after_the_hour_counts_as_not_having_come(scene: Scene) -> None:
    scene.until(at(15, 5))
    assert scene.do("withdraw") == 200
    assert scene.mission().status == MissionStatus.NO_SHOW
    assert [one.status for one in scene.others()] == [MissionStatus.OPEN]
    scene.worker.run()
    assert "n'est pas venu" in scene.messenger.to(TEAM)[-1]


def test_an_early_withdrawal_is_told_a_day_before_when_nobody_else_was_found(scene: Scene) -> None:
    scene.do("withdraw")
    scene.until(at(14, 59, days=-1))
    assert not any("ne peut plus venir" in text for text in scene.messenger.to(SENIOR))
    scene.until(at(15, 0, days=-1))
    told = [text for text in scene.messenger.to(SENIOR) if "ne peut plus venir" in text]
    assert told[0].startswith("Bonjour")


def test_an_early_withdrawal_made_good_is_told_as_who_comes_alone(scene: Scene) -> None:
    scene.do("withdraw")
    scene.worker.run()
    with scene.runtime.begin(SYSTEM) as work:
        other = add_volunteer(work, OTHER, first_name="Paul")
        offer = add_offer(work, scene.mission(), other)
        accept_offer(work, offer.id, other.id)
    scene.until(at(16, 0, days=-1))
    told = scene.messenger.to(SENIOR)
    assert any("Paul" in text for text in told)
    assert not any("ne peut plus venir" in text for text in told)


def test_news_of_the_night_that_is_no_longer_true_in_the_morning_does_not_leave(
    scene: Scene,
) -> None:
    scene.until(at(22, days=-1))
    scene.messenger.sent.clear()
    scene.do("withdraw")
    scene.worker.run()
    with scene.runtime.begin(SYSTEM) as work:
        other = add_volunteer(work, OTHER, first_name="Paul")
        offer = add_offer(work, scene.mission(), other)
        accept_offer(work, offer.id, other.id)
    scene.until(at(10))
    told = scene.messenger.to(SENIOR)
    assert any("Paul" in text for text in told)
    assert not any("ne peut plus venir" in text for text in told)


@pytest.mark.parametrize(
    ("kind", "hour", "told"),
    [
        (TaskKind.UNFILLED, 10, 1),
        (TaskKind.UNFILLED, 22, 0),
        (TaskKind.DISTRESS, 22, 1),
        (TaskKind.REPORT, 22, 1),
        (TaskKind.ATTENTION, 10, 1),
        (TaskKind.ATTENTION, 22, 1),
        (TaskKind.CALL_BACK, 10, 0),
    ],
)
def test_a_pressing_task_nobody_sees_to_reaches_the_teams_telephones(
    scene: Scene, kind: TaskKind, hour: int, told: int
) -> None:
    scene.until(at(hour, days=-1))
    with scene.runtime.begin(SYSTEM) as work:
        add_task(work, kind, "Rappeler.", due_at=work.now)
    scene.worker.sweep()
    assert scene.messenger.to(TEAM) == []
    scene.worker.advance(minutes=31)
    for _ in range(2):
        scene.worker.sweep()
        scene.worker.run()
    assert len(scene.messenger.to(TEAM)) == told


def test_an_alarm_of_yesterday_waits_for_the_morning(scene: Scene) -> None:
    scene.until(at(10, days=-1))
    with scene.runtime.begin(SYSTEM) as work:
        add_task(work, TaskKind.ATTENTION, "Appeler.", due_at=work.now)
    scene.worker.advance(hours=13)
    scene.worker.sweep()
    scene.worker.run()
    assert scene.messenger.to(TEAM) == []
    scene.worker.advance(hours=11)
    scene.worker.sweep()
    scene.worker.run()
    assert len(scene.messenger.to(TEAM)) == 1


@pytest.mark.parametrize("kind", [TaskKind.REPORT, TaskKind.ATTENTION])
def test_what_may_wait_rings_nobody(scene: Scene, kind: TaskKind) -> None:
    scene.until(at(10, days=-1))
    with scene.runtime.begin(SYSTEM) as work:
        add_task(work, kind, "Lire.", due_at=work.now + timedelta(minutes=1))
    scene.worker.advance(minutes=40)
    scene.worker.sweep()
    scene.worker.run()
    assert scene.messenger.to(TEAM) == []


def test_the_journal_says_who_did_not_come(scene: Scene) -> None:
    scene.until(at(15, 5))
    scene.do("no-show")
    with scene.runtime.begin(SYSTEM) as work:
        event = work.session.exec(select(EventRow).where(EventRow.kind == "mark_no_show")).one()
    assert event.reason == "senior"


def test_an_outing_that_does_not_end_is_asked_about_and_then_a_coordinators(scene: Scene) -> None:
    scene.until(at(15))
    scene.do("start")
    scene.until(at(17, 29))
    assert scene.reasons() == []
    scene.until(at(17, 30))
    assert "rentrée" in scene.messenger.to(VOLUNTEER)[-1]
    scene.until(at(17, 45))
    assert scene.reasons() == ["Retour pas signalé : appeler le bénévole, puis la personne aînée."]
    assert {channel for channel, to, _ in scene.messenger.sent if to == TEAM} == {"call", "sms"}
    assert "temps" in scene.sms(VOLUNTEER, "oui")
    assert scene.mission().status == MissionStatus.COMPLETED
    assert scene.mission().needs_attention is None


def test_a_volunteer_who_says_there_is_trouble_reaches_the_team_at_once(scene: Scene) -> None:
    scene.until(at(15))
    scene.do("start")
    scene.until(at(17, 30))
    assert "tout de suite" in scene.sms(VOLUNTEER, "non")
    scene.worker.run()
    assert {channel for channel, to, _ in scene.messenger.sent if to == TEAM} == {"call", "sms"}
    (task,) = scene.tasks()
    assert task.due_at == scene.clock.now


def test_what_is_told_of_the_same_trouble_later_is_added_to_what_a_coordinator_reads(
    scene: Scene,
) -> None:
    scene.until(at(15))
    scene.do("start")
    scene.until(at(17, 30))
    scene.sms(VOLUNTEER, "non")
    for note in ("Elle est tombée.", "Elle est tombée.", "Les pompiers sont là."):
        scene.do("report", {"answer": "problem", "note": note})
    (task,) = scene.tasks()
    assert task.details["note"] == "Elle est tombée. – Les pompiers sont là."


def test_trouble_may_be_reported_while_the_outing_lasts_and_only_trouble(scene: Scene) -> None:
    scene.until(at(15))
    scene.do("start")
    assert scene.do("report", {"answer": "well"}) == 409
    assert scene.do("report", {"answer": "problem", "note": "Elle est tombée."}) == 200
    assert scene.mission().closed_at is None


def test_what_nobody_ever_closes_is_chased_for_a_week_and_then_settled(scene: Scene) -> None:
    scene.until(at(12, days=8))
    assert scene.mission().status == MissionStatus.CANCELLED
    assert scene.kinds().count("chase") == 6
    assert "Sortie ni commencée ni close : savoir ce qui s'est passé." in scene.reasons()
    assert len(scene.messenger.to(TEAM)) == 1


def test_a_report_that_never_comes_is_asked_for_once(scene: Scene) -> None:
    scene.until(at(15))
    scene.do("start")
    scene.until(at(17))
    scene.do("complete")
    before = len(scene.messenger.to(VOLUNTEER))
    scene.until(at(12, days=6))
    assert len(scene.messenger.to(VOLUNTEER)) == before + 1
    assert scene.mission().closed_at == at(9, 30, days=4)
    assert scene.do("report", {"answer": "well"}) == 200, "late is better than never"


def test_a_report_is_given_by_sms(scene: Scene) -> None:
    scene.until(at(15))
    scene.do("start")
    scene.do("complete")
    scene.until(at(9, 30, days=1))
    assert "Merci" in scene.sms(VOLUNTEER, "Oui !")
    assert scene.mission().closed_at == scene.clock.now
    assert "bien reçu" in scene.sms(VOLUNTEER, "oui"), "a second one answers nothing"


def test_a_volunteer_on_a_landline_is_rung_for_everything(
    client: TestClient,
    runtime: Runtime,
    worker: Worker,
    messenger: FakeMessenger,
    clock: FakeClock,
) -> None:
    scene = open_scene(client, runtime, worker, messenger, clock, STARTS_AT, LANDLINE)
    scene.until(at(15, 10))
    assert "Bonne sortie" in scene.press("1")
    scene.until(at(17, 30))
    assert "Merci" in scene.press("1")
    scene.until(at(9, 30, days=1))
    assert "Merci" in scene.press("1")
    assert scene.mission().closed_at is not None
    assert {channel for channel, to, _ in messenger.sent if to == LANDLINE} == {"call"}
    assert len(messenger.to(LANDLINE)) == 5


@pytest.mark.parametrize("answers", [True, False])
def test_who_is_rung_that_an_outing_is_off_is_rung_until_they_heard(
    client: TestClient,
    runtime: Runtime,
    worker: Worker,
    messenger: FakeMessenger,
    clock: FakeClock,
    answers: bool,
) -> None:
    scene = open_scene(client, runtime, worker, messenger, clock, STARTS_AT, LANDLINE)
    with runtime.begin(SYSTEM) as work:
        visits.cancel(work, scene.mission_id, "senior")
    worker.run()
    assert "faites le 1" in messenger.to(LANDLINE)[-1]
    if answers:
        scene.press("1")
    for _ in range(12):
        worker.advance(minutes=30)
    with runtime.begin(SYSTEM) as work:
        kinds = [task.kind for task in work.session.exec(select(CoordinatorTaskRow))]
    assert len(messenger.to(LANDLINE)) == (1 if answers else 4)
    assert kinds == ([] if answers else [TaskKind.MESSAGE_FAILED])


def test_every_step_done_twice_is_done_once(scene: Scene) -> None:
    while (due := scene.mission().next_step_at) is not None:
        scene.worker.clock.now = due
        for _ in range(2):
            with scene.runtime.begin(SYSTEM) as work:
                advance(work, scene.mission_id, due)
        scene.worker.run()
    kinds = scene.kinds()
    assert all(kinds.count(kind) == 1 for kind in set(kinds) - {"chase"})
    assert len(scene.reasons()) == len(set(scene.reasons()))
    sent = [(channel, to, text) for channel, to, text in scene.messenger.sent]
    assert len(sent) == len(set(sent))


def test_a_service_that_slept_through_a_day_catches_up_in_order(scene: Scene) -> None:
    scene.worker.advance(days=4)
    kinds = scene.kinds()
    assert "remind_senior" not in kinds
    assert kinds[2:5] == ["ask_arrived", "alert_late", "alert_overdue"]
    assert scene.unowned() == 0


def test_a_lost_step_is_given_back_and_a_coordinator_told_once(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    with scene.runtime.begin(SYSTEM) as work:
        assert mend_missed_steps(work) == 0
        work.session.connection().exec_driver_sql("DELETE FROM procrastinate_jobs")
    scene.clock.now = at(12)
    assert scene.unowned() == 1
    assert "compagnie_missions_without_next_step 1.0" in scene.client.get("/metrics").text
    for _ in range(2):
        with scene.runtime.begin(SYSTEM) as work:
            mend_missed_steps(work)
    assert scene.unowned() == 0
    assert scene.reasons() == [MENDED]
    assert "lost their next step" in caplog.text
    scene.until(at(15, 10))
    assert "ask_arrived" in scene.kinds()


def test_a_step_planned_while_the_clock_was_an_hour_slow_is_done_within_minutes(
    scene: Scene,
) -> None:
    due = scene.mission().next_step_at
    assert due is not None
    with scene.runtime.begin(SYSTEM) as work:
        bring_forward(work, due - scene.clock.now - timedelta(hours=1))
    scene.clock.now = due + SLACK + timedelta(seconds=1)
    scene.worker.run()
    assert scene.mission().next_step_at == due
    with scene.runtime.begin(SYSTEM) as work:
        assert mend_missed_steps(work) == 1
    scene.worker.run()
    assert scene.mission().next_step_at != due
    assert scene.unowned() == 0


def test_a_step_whose_job_waits_for_a_worker_is_late_and_not_lost(scene: Scene) -> None:
    by = at(12) - scene.clock.now
    with scene.runtime.begin(SYSTEM) as work:
        bring_forward(work, by)
    scene.clock.now = at(12)
    with scene.runtime.begin(SYSTEM) as work:
        assert mend_missed_steps(work) == 0
    assert scene.unowned() == 1
    scene.worker.run()
    assert scene.reasons() == []


def test_at_night_the_senior_is_not_rung_and_is_in_the_morning(
    client: TestClient,
    runtime: Runtime,
    worker: Worker,
    messenger: FakeMessenger,
    clock: FakeClock,
) -> None:
    scene = open_scene(client, runtime, worker, messenger, clock, STARTS_AT)
    scene.until(at(23, days=-2))
    messenger.sent.clear()
    assert scene.do("withdraw") == 200
    with runtime.begin(SYSTEM) as work:
        other = add_volunteer(work, OTHER, first_name="Aïcha")
        headers = add_session(work, other)
    assert client.post(f"/v1/missions/{scene.mission_id}/accept", headers=headers).is_success
    worker.run()
    assert messenger.to(SENIOR) == []
    scene.until(at(8, days=-1))
    assert "Aïcha viendra" in messenger.to(SENIOR)[0]
