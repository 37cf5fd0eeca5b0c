"""The main job end to end: a call becomes an outing with somebody."""

from __future__ import annotations

from fastapi.testclient import TestClient
from sqlmodel import select

from matcher.domain.lifecycle import MissionStatus, OfferStatus
from matcher.services.work import Runtime
from matcher.store.tables import CoordinatorTaskRow, MissionRow, OfferRow, RequestRow, TaskKind
from matcher.store.transitions import SYSTEM
from tests.conftest import Worker
from tests.fakes import FakeMessenger
from tests.people import add_senior, add_session, add_volunteer
from tests.phone.line import LINE, telephone

SENIOR = "+33639980001"
FIRST, SECOND = "+33639980011", "+33639980012"


def book_from_home(client: TestClient) -> list[str]:
    call = telephone(client)
    call.ring(SENIOR, LINE)
    for answer in (
        "Je voudrais être accompagnée",
        "chez le médecin",
        "demain à quinze heures",
        "oui",
        "oui",
    ):
        call.say(answer)
    assert call.ended
    return call.heard


def only_mission(runtime: Runtime) -> MissionRow:
    with runtime.begin(SYSTEM) as work:
        return work.session.exec(select(MissionRow)).one()


def test_a_call_becomes_an_outing_with_the_first_who_says_yes(
    client: TestClient, runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_senior(work, SENIOR)
        first = add_session(work, add_volunteer(work, FIRST, first_name="Lucas"))
        second = add_session(work, add_volunteer(work, SECOND, first_name="Inès"))
    heard = book_from_home(client)
    assert any("15" in line and "112" in line for line in heard[:1])
    worker.run()
    worker.advance(hours=1)
    worker.advance(hours=1)
    assert all(len(messenger.to(number)) == 1 for number in (FIRST, SECOND))

    offers = [client.get("/v1/offers", headers=who).json()["items"] for who in (first, second)]
    assert [len(items) for items in offers] == [1, 1]
    accepted = client.post(f"/v1/offers/{offers[0][0]['id']}/accept", headers=first)
    late = client.post(f"/v1/offers/{offers[1][0]['id']}/accept", headers=second)

    assert accepted.status_code == 200
    assert "Faubourg" in accepted.json()["address"]
    assert late.status_code == 409
    assert late.json()["type"].endswith("/mission-taken")
    worker.run()
    assert "Merci quand même" in messenger.to(SECOND)[-1]
    told = messenger.to(SENIOR)
    assert len(told) == 2, "a call, and an SMS since the number is a mobile's"
    assert all("Lucas" in text for text in told)
    assert only_mission(runtime).status == MissionStatus.ACCEPTED


def test_when_nobody_answers_the_next_are_asked_and_at_the_deadline_a_coordinator_knows(
    client: TestClient, runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_senior(work, SENIOR)
        add_volunteer(work, FIRST)
    book_from_home(client)
    worker.run()
    for _ in range(30):
        worker.advance(hours=1)
    with runtime.begin(SYSTEM) as work:
        mission = work.session.exec(select(MissionRow)).one()
        offers = work.session.exec(select(OfferRow)).all()
        tasks = work.session.exec(select(CoordinatorTaskRow)).all()
    assert mission.status == MissionStatus.UNFILLED
    assert {offer.status for offer in offers} == {OfferStatus.EXPIRED}
    assert TaskKind.UNFILLED in {task.kind for task in tasks}
    assert "personne" in messenger.to(SENIOR)[-1]


def test_the_same_signed_turn_sent_three_times_leaves_one_request(
    client: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_senior(work, SENIOR)
    post = client.post

    def thrice(*args: object, **kwargs: object) -> object:
        answers = [post(*args, **kwargs) for _ in range(3)]  # type: ignore[arg-type]
        assert len({answer.content for answer in answers}) == 1
        return answers[-1]

    client.post = thrice  # type: ignore[method-assign, assignment]
    book_from_home(client)
    with runtime.begin(SYSTEM) as work:
        assert len(work.session.exec(select(RequestRow)).all()) == 1
        assert len(work.session.exec(select(MissionRow)).all()) == 1
