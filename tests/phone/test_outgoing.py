"""Calls we make and SMS we get: only a key counts as heard, and a word does what it says."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select

from matcher.domain.lifecycle import MissionStatus, OfferStatus
from matcher.domain.ringing import DETAILS, rings_for
from matcher.services import texts, visits
from matcher.services.acceptance import accept_mission, accept_offer
from matcher.services.changes import change_place
from matcher.services.messages import Repeat, queue_call, queue_sms
from matcher.services.missions import schedule_step
from matcher.services.roll import get_enrolled, outing_of
from matcher.services.senior_news import tell_senior
from matcher.services.work import Runtime
from matcher.store.tables import (
    CoordinatorTaskRow,
    MessageRow,
    MissionRow,
    OfferRow,
    TaskKind,
)
from matcher.store.transitions import SYSTEM
from phone.twiml import SLOW_RATE
from tests.conftest import Worker
from tests.fakes import FakeMessenger
from tests.people import (
    ACCESS_NOTES,
    FAUBOURG,
    add_mission,
    add_offer,
    add_senior,
    add_session,
    add_volunteer,
    give_mission,
)
from tests.phone.line import LINE, post_signed

SENIOR = "+33199000001"
MOBILE, LANDLINE = "+33639980011", "+33199000011"


@pytest.fixture
def found(runtime: Runtime, worker: Worker, messenger: FakeMessenger) -> UUID:
    """A mission somebody just accepted; the senior is being rung."""
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, MOBILE)
        mission = add_mission(work, add_senior(work, SENIOR), work.now + timedelta(days=4))
        accept_offer(work, add_offer(work, mission, volunteer).id, volunteer.id)
    worker.run()
    assert len(messenger.asking) == 1
    return mission.id


def press(client: TestClient, message_id: str, digit: str) -> str:
    form = {"CallSid": "CA" + "3" * 32, "From": LINE, "To": SENIOR, "Digits": digit}
    return post_signed(client, f"/phone/answer?message={message_id}", form)


def sms(client: TestClient, number: str, body: str) -> str:
    return post_signed(client, "/phone/sms", {"From": number, "To": LINE, "Body": body})


def mission_of(runtime: Runtime, mission_id: UUID) -> MissionRow:
    with runtime.begin(SYSTEM) as work:
        return work.session.get_one(MissionRow, mission_id)


def tasks(runtime: Runtime) -> list[CoordinatorTaskRow]:
    with runtime.begin(SYSTEM) as work:
        return list(work.session.exec(select(CoordinatorTaskRow)))


def test_a_senior_who_pressed_1_has_heard_and_is_not_rung_again(
    client: TestClient, found: UUID, worker: Worker, messenger: FakeMessenger
) -> None:
    assert "Merci" in press(client, messenger.asking[0], "1")
    worker.advance(hours=8)
    worker.advance(hours=16)
    assert len(messenger.to(SENIOR)) == 1


def test_without_a_key_the_call_is_made_again_by_day_and_then_a_coordinator_is_asked(
    runtime: Runtime, found: UUID, worker: Worker, messenger: FakeMessenger
) -> None:
    for _ in range(60):
        worker.advance(hours=1)
    assert len(messenger.to(SENIOR)) == rings_for("found").most
    assert TaskKind.MESSAGE_FAILED in {task.kind for task in tasks(runtime)}


def test_a_call_about_an_outing_that_was_called_off_is_not_made_again(
    runtime: Runtime, found: UUID, worker: Worker, messenger: FakeMessenger
) -> None:
    with runtime.begin(SYSTEM) as work:
        visits.cancel(work, found, "senior")
    for _ in range(6):
        worker.advance(hours=1)
    assert len(messenger.to(SENIOR)) == 1


def test_a_call_is_not_made_again_once_there_is_fresher_news(
    runtime: Runtime, found: UUID, worker: Worker, messenger: FakeMessenger
) -> None:
    worker.advance(minutes=10)
    with runtime.begin(SYSTEM) as work:
        mission = visits.release(work, found)
        tell_senior(work, mission, "looking_again", texts.looking_again, occasion=work.now)
    for _ in range(3):
        worker.advance(hours=1)
    told = messenger.to(SENIOR)
    assert "ne peut plus venir" in told[1]
    assert not any("viendra" in text for text in told[1:])


def test_a_senior_who_presses_2_calls_the_outing_off_once_and_the_volunteer_is_told(
    client: TestClient, runtime: Runtime, found: UUID, worker: Worker, messenger: FakeMessenger
) -> None:
    answers = {press(client, messenger.asking[0], "2") for _ in range(3)}
    assert len(answers) == 1
    assert "annulé" in answers.pop()
    assert mission_of(runtime, found).status == MissionStatus.CANCELLED
    worker.run()
    assert "annulée" in messenger.to(MOBILE)[-1]


def test_a_senior_who_presses_0_is_put_through_and_a_coordinator_knows(
    client: TestClient, runtime: Runtime, found: UUID, messenger: FakeMessenger
) -> None:
    twiml = press(client, messenger.asking[0], "0")
    assert runtime.settings.coordinator_numbers[0] in twiml
    assert TaskKind.CALL_BACK in {task.kind for task in tasks(runtime)}
    assert mission_of(runtime, found).status == MissionStatus.ACCEPTED


def test_an_answering_machine_presses_nothing_and_has_heard_nothing(
    client: TestClient, runtime: Runtime, found: UUID, messenger: FakeMessenger
) -> None:
    assert "<Hangup" in press(client, messenger.asking[0], "")
    with runtime.begin(SYSTEM) as work:
        calls = work.session.exec(select(MessageRow).where(MessageRow.channel == "call")).all()
    assert [call.heard_at for call in calls] == [None]


def test_a_volunteer_on_a_landline_is_rung_and_accepts_with_a_key(
    client: TestClient, runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_volunteer(work, LANDLINE)
        mission = add_mission(work, add_senior(work, SENIOR))
        schedule_step(work, mission, work.now)
    worker.run()
    (text,) = messenger.to(LANDLINE)
    assert "faites le 1" in text
    assert "Faubourg" not in text
    for _ in range(2):
        assert "Merci" in press(client, messenger.asking[0], "1")
    assert mission_of(runtime, mission.id).status == MissionStatus.ACCEPTED


def test_a_volunteer_who_accepts_with_a_key_hears_who_where_and_the_word_as_often_as_they_like(
    client: TestClient, runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_volunteer(work, LANDLINE)
        mission = add_mission(work, add_senior(work, SENIOR))
        schedule_step(work, mission, work.now)
    worker.run()
    said = [press(client, messenger.asking[0], "1") for _ in range(3)]
    word = mission_of(runtime, mission.id).code_word
    assert word
    for part in ("Odette Lambert", "55, rue du Faubourg Saint-Honoré", ACCESS_NOTES, word):
        assert said[0].count(part) == 2
    assert SLOW_RATE in said[0]
    assert f"/phone/answer?message={messenger.asking[0]}" in said[0]
    assert said[0] == said[1] == said[2]
    assert TaskKind.CALL_BACK not in {task.kind for task in tasks(runtime)}
    with runtime.begin(SYSTEM) as work:
        visits.cancel(work, mission.id, "test")
    assert "Faubourg" not in press(client, messenger.asking[0], "1")


def test_a_volunteer_who_accepts_by_sms_is_rung_and_a_key_tells_what_no_sms_does(
    client: TestClient, runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work, SENIOR))
        add_offer(work, mission, add_volunteer(work, MOBILE))
    answer = sms(client, MOBILE, "oui")
    worker.run()
    (rung,) = messenger.to(MOBILE)
    word = mission_of(runtime, mission.id).code_word
    assert word
    for told in (answer, rung):
        assert not any(part in told for part in ("Odette", "Faubourg", ACCESS_NOTES, word))
    with runtime.begin(SYSTEM) as work:
        call = work.session.exec(select(MessageRow).where(MessageRow.purpose == DETAILS)).one()
    assert word in press(client, str(call.id), "1")
    worker.advance(hours=2)
    assert messenger.to(MOBILE) == [rung]
    assert tasks(runtime) == []


def test_a_coordinator_gives_the_address_to_whoever_never_picks_up_for_it(
    client: TestClient, runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work, SENIOR), work.now + timedelta(days=4))
        add_offer(work, mission, add_volunteer(work, MOBILE))
    sms(client, MOBILE, "oui")
    for _ in range(6):
        worker.advance(hours=1)
    assert len(messenger.to(MOBILE)) == rings_for(DETAILS).most
    assert any("adresse" in task.reason for task in tasks(runtime))


def test_a_volunteer_who_still_comes_to_another_place_hears_where(
    client: TestClient, runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, LANDLINE)
        mission = add_mission(work, add_senior(work, SENIOR))
        give_mission(work, mission, volunteer)
        change_place(work, mission, {**FAUBOURG, "number": 57}, None)
    worker.run()
    said = [press(client, messenger.asking[0], "1") for _ in range(2)]
    assert "57, rue du Faubourg" in said[0]
    assert said[0] == said[1]


def test_a_volunteer_who_presses_1_too_late_is_thanked(
    client: TestClient, runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_volunteer(work, LANDLINE)
        mission = add_mission(work, add_senior(work, SENIOR))
        schedule_step(work, mission, work.now)
    worker.run()
    with runtime.begin(SYSTEM) as work:
        other = add_volunteer(work, MOBILE)
        accept_offer(work, add_offer(work, mission, other).id, other.id)
    assert "Merci quand même" in press(client, messenger.asking[0], "1")
    assert mission_of(runtime, mission.id).volunteer_id == other.id


def test_a_yes_that_comes_too_late_counts_as_willing_and_as_no_promise(
    client: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        late, other = add_volunteer(work, LANDLINE), add_volunteer(work, MOBILE)
        mission = add_mission(work, add_senior(work, SENIOR))
        add_offer(work, mission, other)
        offer = add_offer(work, mission, late)
        until = Repeat(offer.expires_at)
        queue_call(work, LANDLINE, "?", "offer", "one", mission.id, until, offer_id=offer.id)
        call = work.session.exec(select(MessageRow)).one()
        headers = add_session(work, late)
    with runtime.begin(SYSTEM) as work:
        accept_mission(work, mission.id, other.id)
    for _ in range(2):
        press(client, str(call.id), "1")
        for url in (f"/v1/offers/{offer.id}/accept", f"/v1/missions/{mission.id}/accept"):
            assert client.post(url, headers=headers).status_code == 409
    with runtime.begin(SYSTEM) as work:
        visits.withdraw(work, mission.id, other.id)
        outing = outing_of(work, mission)
        enrolled = get_enrolled(work, outing, late.id)
        assert enrolled.yes == 1
        assert (enrolled.volunteer.promises, enrolled.volunteer.taken_back) == (0, 0)
        assert outing.already_asked == {other.id}


@pytest.mark.parametrize("by", ["offers", "missions"])
def test_a_yes_in_the_app_that_comes_too_late_counts_as_willing(
    client: TestClient, runtime: Runtime, by: str
) -> None:
    with runtime.begin(SYSTEM) as work:
        late, other = add_volunteer(work, LANDLINE), add_volunteer(work, MOBILE)
        mission = add_mission(work, add_senior(work, SENIOR))
        offer = add_offer(work, mission, late)
        headers = add_session(work, late)
    with runtime.begin(SYSTEM) as work:
        accept_mission(work, mission.id, other.id)
    accepted = {"offers": offer.id, "missions": mission.id}[by]
    assert client.post(f"/v1/{by}/{accepted}/accept", headers=headers).status_code == 409
    with runtime.begin(SYSTEM) as work:
        assert get_enrolled(work, outing_of(work, mission), late.id).yes == 1
    assert mission_of(runtime, mission.id).volunteer_id == other.id


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("OUI", OfferStatus.ACCEPTED),
        ("oui !", OfferStatus.ACCEPTED),
        ("Non.", OfferStatus.DECLINED),
    ],
)
def test_oui_and_non_by_sms_answer_the_only_offer(
    client: TestClient, runtime: Runtime, word: str, status: str
) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, MOBILE)
        offer = add_offer(work, add_mission(work, add_senior(work, SENIOR)), volunteer)
    sms(client, MOBILE, word)
    with runtime.begin(SYSTEM) as work:
        assert work.session.get_one(OfferRow, offer.id).status == status


def test_oui_with_two_offers_open_is_for_a_coordinator(
    client: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer, senior = add_volunteer(work, MOBILE), add_senior(work, SENIOR)
        for days in (2, 5):
            mission = add_mission(work, senior, work.now + timedelta(days=days))
            add_offer(work, mission, volunteer)
    assert "bien reçu" in sms(client, MOBILE, "oui")
    assert [task.kind for task in tasks(runtime)] == [TaskKind.CALL_BACK]


def test_annuler_by_sms_calls_the_only_outing_off(client: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work, MOBILE))
    assert "annulé" in sms(client, MOBILE, "Annuler")
    assert mission_of(runtime, mission.id).status == MissionStatus.CANCELLED


def test_stop_ends_the_sms_and_leaves_codes_and_calls(
    client: TestClient, runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    sms(client, MOBILE, "STOP")
    with runtime.begin(SYSTEM) as work:
        queue_sms(work, MOBILE, "une proposition", "offer", "one")
        queue_sms(work, MOBILE, "un code", "sign_in", "two")
    worker.run()
    assert messenger.to(MOBILE) == ["un code"]


def test_beyond_the_daily_cap_no_sms_goes_out_and_a_coordinator_is_told(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    cap = runtime.settings.sms_number_cap
    with runtime.begin(SYSTEM) as work:
        for number in range(cap + 3):
            queue_sms(work, MOBILE, f"message {number}", "offer", f"once {number}")
    worker.run()
    assert len(messenger.to(MOBILE)) == cap
    assert TaskKind.MESSAGE_FAILED in {task.kind for task in tasks(runtime)}


def test_who_was_to_come_reads_that_the_outing_is_off_beyond_the_daily_cap(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work, SENIOR), work.now + timedelta(days=4))
        give_mission(work, mission, add_volunteer(work, MOBILE))
        for number in range(runtime.settings.sms_number_cap):
            queue_sms(work, MOBILE, f"message {number}", "offer", f"once {number}")
        visits.cancel(work, mission.id, "senior")
    worker.run()
    assert "annulée" in messenger.to(MOBILE)[-1]
    assert tasks(runtime) == []


def test_a_message_the_provider_took_before_it_broke_down_is_not_sent_again(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    messenger.loses_answers = True
    with runtime.begin(SYSTEM) as work:
        queue_sms(work, MOBILE, "une proposition", "offer", "one")
    worker.run()
    messenger.loses_answers = False
    worker.advance(minutes=10)
    assert len(messenger.to(MOBILE)) == 1
    with runtime.begin(SYSTEM) as work:
        message = work.session.exec(
            select(MessageRow).where(col(MessageRow.sent_at).is_not(None))
        ).one()
    assert message.provider_id == "fake-1"


def test_a_call_in_doubt_is_not_taken_for_another_call_to_the_same_number(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    with runtime.begin(SYSTEM) as work:
        queue_call(work, SENIOR, "la première", "found", "one")
    worker.run()
    messenger.breaks_down = True
    with runtime.begin(SYSTEM) as work:
        queue_call(work, SENIOR, "la seconde", "not_yet", "two")
    worker.run()
    messenger.breaks_down = False
    worker.advance(minutes=10)
    assert messenger.to(SENIOR) == ["la première", "la seconde"]
