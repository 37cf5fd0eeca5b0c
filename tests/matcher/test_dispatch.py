"""Dispatch as the service does it: waves, answers, withdrawals, deadlines, messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from matcher.domain.errors import (
    MissionsOverlap,
    MissionTaken,
    NotEligible,
    NotFound,
    OfferClosed,
    TransitionRefused,
)
from matcher.domain.lifecycle import MissionStatus, OfferStatus
from matcher.services import texts, visits
from matcher.services.acceptance import accept_mission, accept_offer, code_word, decline_offer
from matcher.services.changes import change_time, confirm_for
from matcher.services.dispatch import ASKED_MORE
from matcher.services.missions import schedule_step
from matcher.services.timeline import advance
from matcher.services.watchdog import mend_missed_steps
from matcher.services.work import Runtime
from matcher.store.tables import (
    BondKind,
    BondRow,
    CoordinatorTaskRow,
    MessageRow,
    MissionRow,
    OfferRow,
    TaskKind,
)
from matcher.store.transitions import SYSTEM
from tests.conftest import Worker
from tests.fakes import FakeClock, FakeMessenger
from tests.people import add_mission, add_offer, add_senior, add_volunteer, give_mission

NUMBERS = [f"+336399800{n:02d}" for n in range(20)]
SENIOR = "+33199000001"


def open_mission(runtime: Runtime, *numbers: str, **fields: object) -> tuple[UUID, list[UUID]]:
    """An open mission whose first step is due, and volunteers nearby."""
    with runtime.begin(SYSTEM) as work:
        volunteers = [add_volunteer(work, number).id for number in numbers]
        mission = add_mission(work, add_senior(work, SENIOR), **fields)  # type: ignore[arg-type]
        schedule_step(work, mission, work.now)
    return mission.id, volunteers


def mission_of(runtime: Runtime, mission_id: UUID) -> MissionRow:
    with runtime.begin(SYSTEM) as work:
        return work.session.get_one(MissionRow, mission_id)


def offers_of(runtime: Runtime, mission_id: UUID) -> list[OfferRow]:
    with runtime.begin(SYSTEM) as work:
        return list(
            work.session.exec(
                select(OfferRow)
                .where(OfferRow.mission_id == mission_id)
                .order_by(col(OfferRow.sent_at), col(OfferRow.id))
            )
        )


def task_kinds(runtime: Runtime) -> set[str]:
    with runtime.begin(SYSTEM) as work:
        return set(work.session.exec(select(CoordinatorTaskRow.kind)))


def test_an_offer_says_nothing_of_the_person_or_the_place(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    open_mission(runtime, NUMBERS[0])
    worker.run()
    (text,) = messenger.to(NUMBERS[0])
    for secret in ("Odette", "Lambert", "Faubourg", "75008", "4521B"):
        assert secret not in text


def test_a_no_is_followed_by_asking_somebody_else_at_once(runtime: Runtime, worker: Worker) -> None:
    mission_id, _ = open_mission(runtime, *NUMBERS[:3])
    worker.run()
    (first,) = offers_of(runtime, mission_id)
    with runtime.begin(SYSTEM) as work:
        decline_offer(work, first.id, first.volunteer_id)
    worker.run()
    statuses = [offer.status for offer in offers_of(runtime, mission_id)]
    assert statuses == [OfferStatus.DECLINED, OfferStatus.SENT]


def test_declining_twice_changes_nothing(runtime: Runtime, worker: Worker) -> None:
    mission_id, _ = open_mission(runtime, NUMBERS[0])
    worker.run()
    (offer,) = offers_of(runtime, mission_id)
    for _ in range(2):
        with runtime.begin(SYSTEM) as work:
            decline_offer(work, offer.id, offer.volunteer_id)
    assert [one.status for one in offers_of(runtime, mission_id)] == [OfferStatus.DECLINED]


def test_nobody_is_woken_at_night_and_the_next_look_is_in_the_morning(
    runtime: Runtime, worker: Worker, clock: FakeClock
) -> None:
    clock.now = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
    mission_id, _ = open_mission(runtime, NUMBERS[0])
    worker.run()
    assert offers_of(runtime, mission_id) == []
    next_step = mission_of(runtime, mission_id).next_step_at
    assert next_step is not None
    assert next_step.astimezone(runtime.settings.zone).hour == 8
    worker.advance(hours=9.5)
    assert len(offers_of(runtime, mission_id)) == 1


@pytest.mark.parametrize("fields", [{"vetted": False}, {"active": False}, {"max_walk_m": 100}])
def test_who_is_not_eligible_is_never_asked_and_a_coordinator_knows_early(
    runtime: Runtime, worker: Worker, fields: dict[str, object]
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_volunteer(work, NUMBERS[0], **fields)  # type: ignore[arg-type]
        mission = add_mission(work, add_senior(work))
        schedule_step(work, mission, work.now)
    worker.run()
    assert offers_of(runtime, mission.id) == []
    assert mission_of(runtime, mission.id).needs_attention
    assert TaskKind.ATTENTION in task_kinds(runtime)


def test_a_volunteer_who_is_not_vetted_cannot_take_a_mission_nor_learn_of_it(
    runtime: Runtime,
) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, NUMBERS[0], vetted=False)
        mission = add_mission(work, add_senior(work))
    with pytest.raises(NotFound), runtime.begin(SYSTEM) as work:
        accept_mission(work, mission.id, volunteer.id)


def test_a_need_without_the_training_for_it_is_refused_in_words(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, NUMBERS[0])
        mission = add_mission(work, add_senior(work), needs=["wheelchair"])
    with pytest.raises(NotEligible), runtime.begin(SYSTEM) as work:
        accept_mission(work, mission.id, volunteer.id)


def test_saying_yes_again_changes_nothing(runtime: Runtime, worker: Worker) -> None:
    mission_id, (volunteer_id,) = open_mission(runtime, NUMBERS[0])
    worker.run()
    (offer,) = offers_of(runtime, mission_id)
    for _ in range(2):
        with runtime.begin(SYSTEM) as work:
            assert accept_offer(work, offer.id, volunteer_id).volunteer_id == volunteer_id
    assert [one.status for one in offers_of(runtime, mission_id)] == [OfferStatus.ACCEPTED]


def test_an_offer_past_its_time_cannot_be_accepted(runtime: Runtime, clock: FakeClock) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, NUMBERS[0])
        offer = add_offer(work, add_mission(work, add_senior(work)), volunteer)
    clock.advance(hours=13)
    with pytest.raises(OfferClosed), runtime.begin(SYSTEM) as work:
        accept_offer(work, offer.id, volunteer.id)


def test_an_outing_that_has_begun_cannot_be_accepted(runtime: Runtime, clock: FakeClock) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, NUMBERS[0])
        mission = add_mission(work, add_senior(work))
    clock.advance(days=2, minutes=1)
    with pytest.raises(MissionTaken), runtime.begin(SYSTEM) as work:
        accept_mission(work, mission.id, volunteer.id)


def test_two_outings_that_overlap_are_refused_in_words(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, NUMBERS[0])
        first = add_mission(work, add_senior(work))
        second = add_mission(work, add_senior(work, NUMBERS[9]))
        give_mission(work, first, volunteer)
    with pytest.raises(MissionsOverlap), runtime.begin(SYSTEM) as work:
        accept_mission(work, second.id, volunteer.id)


def test_the_board_shows_when_people_are_asked_more_than_usual(
    runtime: Runtime, worker: Worker
) -> None:
    mission_id, _ = open_mission(runtime, *NUMBERS[:4])
    worker.run()
    assert mission_of(runtime, mission_id).needs_attention == ASKED_MORE
    assert task_kinds(runtime) == set(), "nothing is to be done about it"


def test_a_withdrawal_opens_the_mission_again_and_asks_others_but_not_the_same(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    mission_id, volunteers = open_mission(runtime, *NUMBERS[:2])
    worker.run()
    (offer,) = offers_of(runtime, mission_id)
    with runtime.begin(SYSTEM) as work:
        accept_offer(work, offer.id, offer.volunteer_id)
    worker.run()
    with runtime.begin(SYSTEM) as work:
        visits.withdraw(work, mission_id, offer.volunteer_id)
    worker.run()
    mission = mission_of(runtime, mission_id)
    assert mission.status == MissionStatus.OPEN
    assert mission.volunteer_id is None
    assert mission.code_word is None
    live = [one for one in offers_of(runtime, mission_id) if one.status == OfferStatus.SENT]
    assert [one.volunteer_id for one in live] == [
        one for one in volunteers if one != offer.volunteer_id
    ]
    assert len(messenger.to(SENIOR)) == 1, "two days ahead, somebody else is found first"


def test_each_acceptance_of_an_outing_has_a_code_word_of_its_own(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteers = [add_volunteer(work, number).id for number in NUMBERS]
        mission_id = add_mission(work, add_senior(work)).id
    words = []
    for volunteer_id in volunteers:
        with runtime.begin(SYSTEM) as work:
            words.append(accept_mission(work, mission_id, volunteer_id).code_word)
            visits.withdraw(work, mission_id, volunteer_id)
    assert len(set(words)) == len(volunteers)
    assert set(words) <= set(texts.CODE_WORDS)


def test_a_code_word_cannot_be_told_from_an_outings_id(runtime: Runtime) -> None:
    def words(service: Runtime) -> list[str]:
        with service.begin(SYSTEM) as work:
            return [code_word(work, UUID(int=number), 1) for number in range(20)]

    elsewhere = replace(runtime, keyring=replace(runtime.keyring, index_key=b"another key"))
    assert len(set(words(runtime))) > 10
    assert words(elsewhere) != words(runtime)


def test_a_late_withdrawal_is_told_to_the_senior(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger, clock: FakeClock
) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, NUMBERS[0])
        mission = add_mission(work, add_senior(work, SENIOR), work.now + timedelta(hours=5))
        give_mission(work, mission, volunteer)
    with runtime.begin(SYSTEM) as work:
        visits.withdraw(work, mission.id, volunteer.id)
    worker.run()
    assert "ne peut plus venir" in messenger.to(SENIOR)[0]


@pytest.mark.parametrize("later", [timedelta(), timedelta(milliseconds=-5)])
def test_only_who_comes_is_named_when_two_say_yes_at_one_instant_or_are_heard_out_of_turn(
    runtime: Runtime,
    worker: Worker,
    messenger: FakeMessenger,
    clock: FakeClock,
    later: timedelta,
) -> None:
    with runtime.begin(SYSTEM) as work:
        paul = add_volunteer(work, NUMBERS[0], first_name="Paul").id
        zoe = add_volunteer(work, NUMBERS[1], first_name="Zoé").id
        mission = add_mission(work, add_senior(work, SENIOR))
    with runtime.begin(SYSTEM) as work:
        accept_mission(work, mission.id, paul)
    with runtime.begin(SYSTEM) as work:
        visits.withdraw(work, mission.id, paul)
    clock.now += later
    with runtime.begin(SYSTEM) as work:
        accept_mission(work, mission.id, zoe)
    clock.now += timedelta(seconds=1)
    worker.run()
    (told,) = messenger.to(SENIOR)
    assert "Zoé" in told


def test_an_hour_that_was_changed_before_the_senior_heard_of_it_is_not_told_to_them(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger, clock: FakeClock
) -> None:
    clock.now = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, NUMBERS[0])
        mission = add_mission(work, add_senior(work, SENIOR))
    with runtime.begin(SYSTEM) as work:
        accept_mission(work, mission.id, volunteer.id)
    with runtime.begin(SYSTEM) as work:
        change_time(work, mission.id, mission.starts_at + timedelta(hours=2))
    worker.advance(hours=12)
    assert messenger.to(SENIOR) == []
    with runtime.begin(SYSTEM) as work:
        confirm_for(work, mission.id, volunteer.id)
    worker.run()
    (told,) = messenger.to(SENIOR)
    assert (
        texts.day_and_hour(mission_of(runtime, mission.id).starts_at, runtime.settings.zone) in told
    )


def test_a_visit_is_started_completed_and_reported_and_they_know_each_other_then(
    runtime: Runtime,
) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, NUMBERS[0])
        mission = add_mission(work, add_senior(work))
        give_mission(work, mission, volunteer)
    for step in (visits.start, visits.start, visits.complete, visits.complete):
        with runtime.begin(SYSTEM) as work:
            step(work, mission.id, volunteer.id)
    with runtime.begin(SYSTEM) as work:
        visits.report(work, mission.id, volunteer.id, "well", "")
        visits.report(work, mission.id, volunteer.id, "well", "")
    assert mission_of(runtime, mission.id).status == MissionStatus.COMPLETED
    with runtime.begin(SYSTEM) as work:
        (bond,) = work.session.exec(select(BondRow)).all()
    assert (bond.volunteer_id, bond.kind) == (volunteer.id, BondKind.CIRCLE)


def test_a_problem_in_a_report_reaches_a_coordinator(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, NUMBERS[0])
        mission = add_mission(work, add_senior(work), starts_at=work.now)
        give_mission(work, mission, volunteer)
        visits.start(work, mission.id, volunteer.id)
        visits.complete(work, mission.id, volunteer.id)
        visits.report(work, mission.id, volunteer.id, "problem", "Elle avait l'air fatiguée.")
    assert task_kinds(runtime) == {TaskKind.REPORT}


@pytest.mark.parametrize(
    ("ahead", "asked"), [(timedelta(minutes=50), False), (timedelta(days=2), True)]
)
def test_an_outing_begun_long_before_its_hour_is_asked_about(
    runtime: Runtime, ahead: timedelta, asked: bool
) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, NUMBERS[0])
        mission = add_mission(work, add_senior(work), starts_at=work.now + ahead)
        give_mission(work, mission, volunteer)
        visits.start(work, mission.id, volunteer.id)
        visits.start(work, mission.id, volunteer.id)
    assert task_kinds(runtime) == ({TaskKind.ATTENTION} if asked else set())


def test_another_persons_visit_is_not_found(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        holder, other = add_volunteer(work, NUMBERS[0]), add_volunteer(work, NUMBERS[1])
        mission = add_mission(work, add_senior(work))
        give_mission(work, mission, holder)
    for step in (visits.withdraw, visits.start, visits.complete):
        with pytest.raises(NotFound), runtime.begin(SYSTEM) as work:
            step(work, mission.id, other.id)


def test_calling_off_tells_whoever_was_to_come(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, NUMBERS[0])
        mission = add_mission(work, add_senior(work))
        give_mission(work, mission, volunteer)
        visits.cancel(work, mission.id, "by_senior")
    worker.run()
    assert "annulée" in messenger.to(NUMBERS[0])[0]
    with pytest.raises(TransitionRefused), runtime.begin(SYSTEM) as work:
        visits.cancel(work, mission.id, "by_senior")


def test_a_mission_nobody_verified_is_handed_to_a_coordinator_at_its_deadline(
    runtime: Runtime, worker: Worker
) -> None:
    mission_id, _ = open_mission(runtime, NUMBERS[0], status=MissionStatus.TO_VERIFY.value)
    worker.run()
    assert offers_of(runtime, mission_id) == []
    worker.advance(hours=47)
    assert mission_of(runtime, mission_id).status == MissionStatus.UNFILLED
    assert TaskKind.UNFILLED in task_kinds(runtime)


def test_a_verified_mission_is_offered(runtime: Runtime, worker: Worker) -> None:
    mission_id, _ = open_mission(runtime, NUMBERS[0], status=MissionStatus.TO_VERIFY.value)
    worker.run()
    with runtime.begin(SYSTEM) as work:
        visits.verify(work, mission_id)
    worker.run()
    assert len(offers_of(runtime, mission_id)) == 1


def test_a_step_that_was_replaced_does_nothing(runtime: Runtime) -> None:
    mission_id, _ = open_mission(runtime, NUMBERS[0])
    with runtime.begin(SYSTEM) as work:
        advance(work, mission_id, work.now - timedelta(minutes=5))
    assert offers_of(runtime, mission_id) == []


def test_a_mission_whose_step_was_lost_is_found_by_the_sweep(
    runtime: Runtime, worker: Worker
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_volunteer(work, NUMBERS[0])
        mission = add_mission(work, add_senior(work))
    with runtime.begin(SYSTEM) as work:
        assert mend_missed_steps(work) == 1
    assert mission_of(runtime, mission.id).next_step_at == runtime.clock()
    worker.run()
    assert len(offers_of(runtime, mission.id)) == 1


def test_a_message_is_tried_again_and_then_a_coordinator_reaches_the_person(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    messenger.down = True
    open_mission(runtime, NUMBERS[0])
    worker.run()
    for _ in range(8):
        worker.advance(minutes=10)
    with runtime.begin(SYSTEM) as work:
        message = work.session.exec(select(MessageRow).where(MessageRow.purpose == "offer")).first()
    assert message is not None
    assert message.sent_at is None
    assert message.failed_at is not None
    assert TaskKind.MESSAGE_FAILED in task_kinds(runtime)


def test_a_provider_that_comes_back_gets_the_message_once(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    messenger.down = True
    open_mission(runtime, NUMBERS[0])
    worker.run()
    messenger.down = False
    worker.advance(minutes=10)
    worker.advance(minutes=10)
    assert len(messenger.to(NUMBERS[0])) == 1
