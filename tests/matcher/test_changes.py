"""What changes after an acceptance: the time, the place, the people, and another try."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select

from matcher.domain.errors import MissionTaken
from matcher.domain.lifecycle import MissionStatus, OfferStatus
from matcher.services.acceptance import accept_offer, decline_offer
from matcher.services.changes import change_time
from matcher.services.missions import schedule_step
from matcher.services.watchdog import count_without_next_step
from matcher.services.work import Runtime
from matcher.store.tables import (
    BondKind,
    BondRow,
    CoordinatorTaskRow,
    EventRow,
    MissionRow,
    OfferRow,
    VolunteerRow,
)
from matcher.store.transitions import SYSTEM
from tests.conftest import Worker
from tests.fakes import FakeClock, FakeMessenger
from tests.people import (
    add_coordinator,
    add_mission,
    add_offer,
    add_senior,
    add_session,
    add_volunteer,
    give_mission,
)
from tests.phone.line import LINE, post_signed

SENIOR, LUCAS, AICHA = "+33639980001", "+33639980011", "+33639980012"
TEAM = "+33170000001"


class Desk:
    """A coordinator's requests about one outing that Lucas holds, in two days at ten."""

    def __init__(self, client: TestClient, runtime: Runtime, clock: FakeClock) -> None:
        self.client, self.runtime, self.clock = client, runtime, clock
        with runtime.begin(SYSTEM) as work:
            self.headers = add_session(work, add_coordinator(work))
            lucas = add_volunteer(work, LUCAS)
            aicha = add_volunteer(work, AICHA, first_name="Aïcha")
            self.lucas, self.aicha = add_session(work, lucas), add_session(work, aicha)
            self.lucas_id, self.aicha_id = lucas.id, aicha.id
            senior = add_senior(work, SENIOR)
            mission = add_mission(work, senior)
            give_mission(work, mission, lucas)
            self.senior_id, self.id, self.starts_at = senior.id, mission.id, mission.starts_at

    def ask(self, what: str, status: int = 200, **body: str) -> dict[str, object]:
        path = f"/v1/coordination/missions/{self.id}/{what}"
        answer = self.client.post(path, json=body or None, headers=self.headers)
        assert answer.status_code == status, answer.text
        found: dict[str, object] = answer.json()
        return found

    def move(self, by: timedelta, status: int = 200) -> dict[str, object]:
        return self.ask("time", status, starts_at=(self.starts_at + by).isoformat())

    def mission(self) -> MissionRow:
        with self.runtime.begin(SYSTEM) as work:
            return work.session.get_one(MissionRow, self.id)

    def offers(self, volunteer_id: UUID) -> list[str]:
        with self.runtime.begin(SYSTEM) as work:
            query = (
                select(OfferRow.status)
                .where(OfferRow.volunteer_id == volunteer_id, OfferRow.mission_id == self.id)
                .order_by(col(OfferRow.sent_at), col(OfferRow.id))
            )
            return list(work.session.exec(query))

    def reasons(self) -> set[str]:
        with self.runtime.begin(SYSTEM) as work:
            return set(work.session.exec(select(CoordinatorTaskRow.reason)))

    def sms(self, number: str, word: str) -> str:
        form = {"From": number, "To": LINE, "Body": word}
        return post_signed(self.client, "/phone/sms", form)


@pytest.fixture
def desk(client: TestClient, runtime: Runtime, clock: FakeClock) -> Desk:
    return Desk(client, runtime, clock)


DAY = timedelta(days=1)


@pytest.mark.parametrize("how", ["sms", "app"])
def test_another_time_is_asked_of_whoever_holds_it_and_told_to_the_senior_when_they_agree(
    desk: Desk, worker: Worker, messenger: FakeMessenger, how: str
) -> None:
    desk.move(DAY)
    worker.run()
    assert "vendredi 27 novembre à 10 heures" in messenger.to(LUCAS)[-1]
    assert messenger.to(SENIOR) == [], "nothing is promised yet"
    sheet = desk.client.get(f"/v1/missions/{desk.id}", headers=desk.lucas).json()
    assert datetime.fromisoformat(sheet["confirm_by"]) == desk.mission().confirm_by
    if how == "sms":
        assert "vous venez" in desk.sms(LUCAS, "oui")
    else:
        for _ in range(2):
            path = f"/v1/missions/{desk.id}/confirm"
            assert desk.client.post(path, headers=desk.lucas).status_code == 200
    worker.run()
    assert "Lucas viendra vendredi 27" in messenger.to(SENIOR)[-1]
    assert (desk.mission().status, desk.mission().confirm_by) == (MissionStatus.ACCEPTED, None)


def test_who_cannot_come_at_the_new_time_gives_it_back_and_another_is_asked(
    desk: Desk, worker: Worker, messenger: FakeMessenger
) -> None:
    desk.move(DAY)
    assert "quelqu'un d'autre" in desk.sms(LUCAS, "non")
    worker.run()
    assert desk.mission().status == MissionStatus.OPEN
    assert "près de chez vous" in messenger.to(AICHA)[-1]


def test_a_change_without_an_answer_comes_to_a_coordinator(desk: Desk, worker: Worker) -> None:
    desk.move(DAY)
    worker.advance(hours=4)
    assert desk.reasons() == {"Changement sans réponse du bénévole : l'appeler."}
    assert desk.mission().status == MissionStatus.ACCEPTED
    assert "vous venez" in desk.sms(LUCAS, "oui"), "late is better than never"


def test_who_has_another_outing_then_is_freed_and_told(
    desk: Desk, worker: Worker, messenger: FakeMessenger
) -> None:
    with desk.runtime.begin(SYSTEM) as work:
        other = add_mission(work, add_senior(work, "+33639980002"), desk.starts_at + DAY)
        give_mission(work, other, work.session.get_one(VolunteerRow, desk.lucas_id))
    moved = desk.move(DAY)
    assert moved["status"] == "open"
    worker.run()
    assert any("Vous ne pouvez plus y être" in text for text in messenger.to(LUCAS))


def test_a_change_of_an_open_outing_asks_everybody_anew_even_who_said_no_to_the_old_time(
    desk: Desk, worker: Worker
) -> None:
    desk.ask("release")
    worker.run()
    with desk.runtime.begin(SYSTEM) as work:
        (offer,) = work.session.exec(
            select(OfferRow).where(OfferRow.volunteer_id == desk.aicha_id)
        ).all()
        decline_offer(work, offer.id, desk.aicha_id)
    worker.run()
    assert desk.offers(desk.aicha_id) == [OfferStatus.DECLINED]
    worker.advance(minutes=5)
    desk.move(DAY)
    for _ in range(6):
        worker.advance(hours=1)
    assert desk.offers(desk.aicha_id)[1:], "it is another outing for her"


def test_a_yes_to_the_old_time_does_not_count_for_the_new_one(desk: Desk, worker: Worker) -> None:
    desk.ask("release")
    worker.run()
    with desk.runtime.begin(SYSTEM) as work:
        (offer,) = work.session.exec(
            select(OfferRow).where(OfferRow.volunteer_id == desk.aicha_id)
        ).all()
    worker.advance(minutes=1)
    desk.move(DAY)
    with pytest.raises(MissionTaken, match="vient de changer"), desk.runtime.begin(SYSTEM) as work:
        accept_offer(work, offer.id, desk.aicha_id)
    assert desk.mission().status == MissionStatus.OPEN


@pytest.mark.parametrize(
    ("by", "status"), [(timedelta(days=-3), 422), (timedelta(0), 200), (timedelta(hours=1), 200)]
)
def test_a_time_in_the_past_is_refused(desk: Desk, by: timedelta, status: int) -> None:
    desk.move(by, status)


def test_what_has_begun_is_not_moved(desk: Desk) -> None:
    desk.client.post(f"/v1/missions/{desk.id}/start", headers=desk.lucas)
    desk.move(DAY, 409)


def test_a_coordinator_frees_a_volunteer_who_is_told(
    desk: Desk, worker: Worker, messenger: FakeMessenger
) -> None:
    desk.ask("release")
    worker.run()
    assert desk.mission().status == MissionStatus.OPEN
    assert "confiée à quelqu'un d'autre" in messenger.to(LUCAS)[-1]
    desk.ask("release", 409)


def test_what_nobody_took_is_open_again_until_its_hour_and_nobody_is_asked_twice(
    desk: Desk, worker: Worker, messenger: FakeMessenger
) -> None:
    desk.ask("reopen", 409)
    desk.ask("release")
    worker.run()
    worker.advance(hours=46, minutes=1)
    assert desk.mission().status == MissionStatus.UNFILLED
    told = len([text for text in messenger.to(SENIOR) if "trouvé personne" in text])
    with desk.runtime.begin(SYSTEM) as work:
        add_volunteer(work, "+33639980013")
    assert desk.ask("reopen")["status"] == "open"
    worker.run()
    assert len(messenger.to("+33639980013")) == 1
    assert len(desk.offers(desk.aicha_id)) == 1
    worker.advance(hours=1)
    assert desk.mission().status == MissionStatus.UNFILLED
    again = len([text for text in messenger.to(SENIOR) if "trouvé personne" in text])
    assert again > told, "the senior is told each time"
    worker.advance(hours=1)
    desk.ask("reopen", 409)


def test_a_coordinator_notes_who_did_not_come(
    desk: Desk, worker: Worker, messenger: FakeMessenger
) -> None:
    desk.ask("no-show", 409, who="volunteer")
    worker.advance(days=2, minutes=25)
    desk.ask("no-show", who="volunteer")
    worker.run()
    with desk.runtime.begin(SYSTEM) as work:
        again = work.session.exec(select(MissionRow).where(MissionRow.id != desk.id)).one()
        event = work.session.exec(select(EventRow).where(EventRow.kind == "mark_no_show")).one()
    assert again.starts_at == desk.starts_at + timedelta(minutes=65)
    assert (event.reason, event.actor_kind) == ("volunteer", "staff")
    assert "près de chez vous" in messenger.to(AICHA)[-1]
    assert desk.offers(desk.lucas_id) == [OfferStatus.WITHDRAWN]
    desk.ask("no-show", 409, who="volunteer")


def test_a_volunteer_noted_absent_when_the_outing_would_be_over_is_not_replaced(
    desk: Desk, worker: Worker
) -> None:
    worker.advance(days=3)
    desk.ask("no-show", who="volunteer")
    assert "Bénévole absent : rappeler la personne aînée." in desk.reasons()
    with desk.runtime.begin(SYSTEM) as work:
        assert len(work.session.exec(select(MissionRow)).all()) == 1


def test_a_senior_refuses_a_volunteer_without_a_reason_and_they_never_meet_again(
    desk: Desk, worker: Worker, messenger: FakeMessenger
) -> None:
    with desk.runtime.begin(SYSTEM) as work:
        work.session.add(
            BondRow(
                senior_id=desk.senior_id,
                volunteer_id=desk.lucas_id,
                kind=BondKind.CIRCLE.value,
                since=work.now,
            )
        )
    path = f"/v1/coordination/seniors/{desk.senior_id}/refusals/{desk.lucas_id}"
    for _ in range(2):
        assert desk.client.put(path, headers=desk.headers).status_code == 204
    worker.run()
    assert desk.mission().status == MissionStatus.OPEN
    assert "confiée à quelqu'un d'autre" in messenger.to(LUCAS)[-1]
    with desk.runtime.begin(SYSTEM) as work:
        (bond,) = work.session.exec(select(BondRow)).all()
    assert bond.kind == BondKind.SENIOR_REFUSES
    refused = desk.client.post(f"/v1/missions/{desk.id}/accept", headers=desk.lucas)
    assert refused.status_code == 404
    assert desk.client.delete(path, headers=desk.headers).status_code == 204
    with desk.runtime.begin(SYSTEM) as work:
        assert work.session.exec(select(BondRow)).all() == []


def test_who_is_refused_when_the_hour_has_passed_does_not_keep_the_outing_put_later(
    desk: Desk, worker: Worker
) -> None:
    worker.advance(days=2, minutes=5)
    path = f"/v1/coordination/seniors/{desk.senior_id}/refusals/{desk.lucas_id}"
    assert desk.client.put(path, headers=desk.headers).status_code == 204
    assert desk.mission().volunteer_id == desk.lucas_id
    desk.move(DAY)
    assert (desk.mission().status, desk.mission().volunteer_id) == (MissionStatus.OPEN, None)


def test_a_volunteer_would_rather_not_accompany_somebody_again(
    desk: Desk, worker: Worker, messenger: FakeMessenger
) -> None:
    path = f"/v1/missions/{desk.id}/not-again"
    assert desk.client.post(path, headers=desk.aicha).status_code == 404
    assert desk.client.post(path, headers=desk.lucas).status_code == 204
    worker.run()
    assert desk.mission().status == MissionStatus.OPEN
    assert "près de chez vous" in messenger.to(AICHA)[-1]
    assert not any("près de chez vous" in text for text in messenger.to(LUCAS))


@pytest.mark.parametrize(
    "kind", [BondKind.CIRCLE, BondKind.SENIOR_REFUSES, BondKind.VOLUNTEER_REFUSES]
)
def test_a_good_report_that_comes_after_a_refusal_does_not_undo_it(
    desk: Desk, kind: BondKind
) -> None:
    desk.clock.now = desk.starts_at
    for done in ("start", "complete"):
        path = f"/v1/missions/{desk.id}/{done}"
        assert desk.client.post(path, headers=desk.lucas).status_code == 200
    if kind is BondKind.SENIOR_REFUSES:
        path = f"/v1/coordination/seniors/{desk.senior_id}/refusals/{desk.lucas_id}"
        assert desk.client.put(path, headers=desk.headers).status_code == 204
    elif kind is BondKind.VOLUNTEER_REFUSES:
        path = f"/v1/missions/{desk.id}/not-again"
        assert desk.client.post(path, headers=desk.lucas).status_code == 204
    path = f"/v1/missions/{desk.id}/report"
    answer = desk.client.post(path, json={"answer": "well"}, headers=desk.lucas)
    assert answer.status_code == 200
    with desk.runtime.begin(SYSTEM) as work:
        assert [bond.kind for bond in work.session.exec(select(BondRow))] == [kind]


def test_what_was_asked_of_a_volunteer_who_is_refused_is_withdrawn(desk: Desk) -> None:
    with desk.runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work, "+33639980002"))
        schedule_step(work, mission, work.now)
        offer = add_offer(work, mission, work.session.get_one(VolunteerRow, desk.aicha_id))
    path = f"/v1/coordination/volunteers/{desk.aicha_id}/refusals/{mission.senior_id}"
    assert desk.client.put(path, headers=desk.headers).status_code == 204
    with desk.runtime.begin(SYSTEM) as work:
        assert work.session.get_one(OfferRow, offer.id).status == OfferStatus.WITHDRAWN
    assert desk.client.delete(path, headers=desk.headers).status_code == 204


def test_a_volunteer_who_wants_no_sms_is_rung(
    desk: Desk, worker: Worker, messenger: FakeMessenger
) -> None:
    desk.sms(LUCAS, "STOP")
    desk.move(DAY)
    worker.run()
    assert [channel for channel, to, _ in messenger.sent if to == LUCAS] == ["call"]
    assert "faites le 1" in messenger.to(LUCAS)[0]


def test_a_worker_whose_clock_is_behind_asks_nobody_twice_for_an_outing_that_was_moved(
    runtime: Runtime, worker: Worker, clock: FakeClock
) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, LUCAS)
        mission = add_mission(work, add_senior(work, SENIOR))
        change_time(work, mission.id, mission.starts_at + DAY)
    clock.now -= timedelta(minutes=5)
    worker.run()
    worker.advance(hours=6)
    with runtime.begin(SYSTEM) as work:
        assert count_without_next_step(work.session, work.now) == 0
        (offer,) = work.session.exec(select(OfferRow)).all()
        accept_offer(work, offer.id, volunteer.id)
        assert work.session.get_one(MissionRow, mission.id).status == MissionStatus.ACCEPTED
