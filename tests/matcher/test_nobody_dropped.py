"""Told what is true, once, and owned by somebody: whatever else happens at that very moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from matcher.domain.geo import Point
from matcher.domain.lifecycle import Absent, MissionStatus, OfferStatus
from matcher.domain.timeline import TimelinePolicy, confirm_by
from matcher.domain.waves import NOBODY_SUITS
from matcher.services import errands, texts, visits
from matcher.services.absences import mark_no_show
from matcher.services.acceptance import accept_mission
from matcher.services.addresses import place_by_hand
from matcher.services.alarms import NOT_BACK
from matcher.services.bonds import refuse
from matcher.services.calls import open_call
from matcher.services.changes import change_time
from matcher.services.dispatch import ASKED_MORE, NEVER_VERIFIED
from matcher.services.intake import NOBODY_YET, NOT_VERIFIED_YET, keep_promise
from matcher.services.missions import schedule_step
from matcher.services.roll import address_of
from matcher.services.spent_jobs import SPENT, hand_over_spent_jobs
from matcher.services.timeline import advance
from matcher.services.work import Job, Runtime, Work
from matcher.store.tables import (
    ActorKind,
    BondKind,
    CoordinatorTaskRow,
    MissionRow,
    OfferRow,
    TaskKind,
)
from matcher.store.transitions import SYSTEM, Actor
from tests.conftest import Worker
from tests.fakes import FakeClock, FakeMessenger
from tests.matcher.test_lock_order import wait_until_somebody_waits
from tests.people import FAUBOURG, add_mission, add_senior, add_volunteer

pytestmark = pytest.mark.postgres

SENIOR, LUCAS, INES = "+33639980001", "+33639980011", "+33639980012"
LANDLINE, TEAM = "+33199000011", "+33170000001"
HOME = address_of(dict(FAUBOURG))
NEXT_DOOR = replace(HOME, number=57, point=Point(HOME.point.lat + 0.0002, HOME.point.lon))
STAFF = Actor(ActorKind.STAFF)
PARIS = ZoneInfo("Europe/Paris")


def held(runtime: Runtime, number: str = LUCAS, ahead: timedelta = timedelta(days=2)) -> MissionRow:
    """An outing that one volunteer holds."""
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work, SENIOR), work.now + ahead)
        return accept_mission(work, mission.id, add_volunteer(work, number).id)


def opened(runtime: Runtime, *numbers: str, **fields: object) -> MissionRow:
    """An outing that is looked for, its first step due, and volunteers near it."""
    with runtime.begin(SYSTEM) as work:
        for number in numbers:
            add_volunteer(work, number)
        mission = add_mission(work, add_senior(work, SENIOR), **fields)  # type: ignore[arg-type]
        schedule_step(work, mission, work.now)
        return mission


def of(runtime: Runtime, mission_id: UUID) -> MissionRow:
    with runtime.begin(SYSTEM) as work:
        return work.session.get_one(MissionRow, mission_id)


def statuses(runtime: Runtime, mission_id: UUID) -> list[str]:
    with runtime.begin(SYSTEM) as work:
        query = select(OfferRow.status).where(OfferRow.mission_id == mission_id)
        return list(work.session.exec(query.order_by(col(OfferRow.sent_at), col(OfferRow.id))))


def open_tasks(runtime: Runtime) -> set[str]:
    with runtime.begin(SYSTEM) as work:
        query = select(CoordinatorTaskRow.reason).where(col(CoordinatorTaskRow.done_at).is_(None))
        return set(work.session.exec(query))


def holder(mission: MissionRow) -> UUID:
    assert mission.volunteer_id is not None
    return mission.volunteer_id


def test_who_holds_an_outing_hears_of_the_next_door_of_the_street(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    mission = held(runtime)
    with runtime.begin(STAFF) as work:
        place_by_hand(work, mission.id, NEXT_DOOR)
    worker.run()
    assert of(runtime, mission.id).confirm_by is not None
    assert "lieu" in messenger.to(LUCAS)[-1] or "adresse" in messenger.to(LUCAS)[-1]


def test_an_address_that_is_only_confirmed_asks_nobody_again(
    runtime: Runtime, worker: Worker
) -> None:
    mission = opened(runtime, LUCAS)
    worker.run()
    with runtime.begin(STAFF) as work:
        place_by_hand(work, mission.id, Point(HOME.point.lat + 0.0001, HOME.point.lon))
    worker.run()
    assert statuses(runtime, mission.id) == [OfferStatus.SENT]


def test_who_was_asked_about_another_door_is_asked_about_the_new_one(
    runtime: Runtime, worker: Worker
) -> None:
    mission = opened(runtime, LUCAS)
    worker.run()
    with runtime.begin(STAFF) as work:
        place_by_hand(work, mission.id, NEXT_DOOR)
    worker.run()
    assert statuses(runtime, mission.id) == [OfferStatus.WITHDRAWN, OfferStatus.SENT]


def test_who_cannot_come_at_the_changed_hour_is_not_asked_for_it_again(
    runtime: Runtime, worker: Worker
) -> None:
    mission = held(runtime)
    worker.advance(hours=1)
    with runtime.begin(STAFF) as work:
        change_time(work, mission.id, mission.starts_at + timedelta(hours=2))
    worker.run()
    with runtime.begin(SYSTEM) as work:
        visits.withdraw(work, mission.id, holder(mission))
    worker.run()
    assert OfferStatus.SENT not in statuses(runtime, mission.id)


def refused_meanwhile(
    runtime: Runtime, senior_id: UUID, volunteer_id: UUID, doing: Callable[[Work], object]
) -> None:
    """The senior refuses the volunteer while `doing` is done and not yet committed."""

    def says_no() -> None:
        with runtime.begin(STAFF) as work:
            refuse(work, senior_id, volunteer_id, BondKind.SENIOR_REFUSES)

    with ThreadPoolExecutor(1) as pool:
        with runtime.begin(SYSTEM) as work:
            doing(work)
            work.rows.flush()
            second = pool.submit(says_no)
            wait_until_somebody_waits(runtime)
        second.result()


def test_a_refusal_and_a_yes_at_one_moment_leave_the_two_apart(runtime: Runtime) -> None:
    mission = opened(runtime)
    with runtime.begin(SYSTEM) as work:
        lucas = add_volunteer(work, LUCAS).id
    refused_meanwhile(
        runtime, mission.senior_id, lucas, lambda work: accept_mission(work, mission.id, lucas)
    )
    assert of(runtime, mission.id).status == MissionStatus.OPEN


def test_a_refusal_and_a_wave_at_one_moment_leave_nobody_asked(runtime: Runtime) -> None:
    mission = opened(runtime)
    with runtime.begin(SYSTEM) as work:
        lucas = add_volunteer(work, LUCAS).id
    refused_meanwhile(runtime, mission.senior_id, lucas, lambda work: advance(work, mission.id))
    assert statuses(runtime, mission.id) == [OfferStatus.WITHDRAWN]


def test_an_outing_under_way_is_not_called_off_on_the_line(
    runtime: Runtime, worker: Worker, clock: FakeClock
) -> None:
    mission = held(runtime, ahead=timedelta(hours=1))
    worker.advance(hours=1)
    with runtime.begin(SYSTEM) as work:
        visits.start(work, mission.id, holder(mission))
    with runtime.begin(SYSTEM) as work:
        call = open_call(work, "CA1", SENIOR, mission.senior_id, {})
        assert call is not None
        errands.cancel_by_phone(work, call, mission.id)
    assert of(runtime, mission.id).status == MissionStatus.IN_PROGRESS
    assert of(runtime, mission.id).next_step_at is not None
    assert errands.UNDER_WAY in open_tasks(runtime)


def test_an_outing_shown_for_asking_many_is_still_handed_over_early(
    runtime: Runtime, worker: Worker
) -> None:
    mission = opened(runtime, needs_attention=ASKED_MORE)
    worker.run()
    assert of(runtime, mission.id).needs_attention == NOBODY_SUITS
    assert NOBODY_SUITS in open_tasks(runtime)


def test_an_offer_that_ended_before_it_left_does_not_leave(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    mission = opened(runtime, LUCAS)
    with runtime.begin(SYSTEM) as work:
        advance(work, mission.id)
    with runtime.begin(STAFF) as work:
        visits.cancel(work, mission.id, "coordinator")
    worker.run()
    assert messenger.to(LUCAS) == []


def test_two_withdrawals_at_one_instant_are_told(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    mission = held(runtime, ahead=timedelta(hours=20))
    with runtime.begin(SYSTEM) as work:
        ines = add_volunteer(work, INES).id
        visits.withdraw(work, mission.id, holder(mission))
        accept_mission(work, mission.id, ines)
    worker.run()
    with runtime.begin(SYSTEM) as work:
        visits.withdraw(work, mission.id, ines)
    worker.run()
    assert any("ne peut plus venir" in text for text in messenger.to(SENIOR))


def test_an_hour_that_changed_again_before_it_was_told_is_not_told(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    mission = held(runtime)
    for hours in (2, 4):
        with runtime.begin(STAFF) as work:
            change_time(work, mission.id, mission.starts_at + timedelta(hours=hours))
    worker.run()
    [asked] = [text for text in messenger.to(LUCAS) if "commence" not in text]
    assert texts.day_and_hour(of(runtime, mission.id).starts_at, PARIS) in asked


def test_an_outing_given_back_long_before_and_then_moved_close_is_told(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    mission = held(runtime, ahead=timedelta(days=3))
    with runtime.begin(SYSTEM) as work:
        visits.withdraw(work, mission.id, holder(mission))
    worker.run()
    assert messenger.to(SENIOR) == []
    with runtime.begin(STAFF) as work:
        change_time(work, mission.id, work.now + timedelta(hours=8))
    worker.run()
    told = [text for text in messenger.to(SENIOR) if "ne peut plus venir" in text]
    assert len(told) == 2, "a call and an SMS"


def test_an_absent_volunteer_is_told_and_the_senior_not_of_a_search_that_is_over(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    mission = held(runtime, ahead=timedelta(minutes=30))
    with runtime.begin(SYSTEM) as work:
        ines = add_volunteer(work, INES).id
    worker.advance(minutes=35)
    messenger.sent.clear()
    with runtime.begin(STAFF) as work:
        mark_no_show(work, mission.id, Absent.VOLUNTEER)
        again = work.session.exec(
            select(MissionRow.id).where(MissionRow.status == MissionStatus.OPEN.value)
        ).one()
    with runtime.begin(SYSTEM) as work:
        accept_mission(work, again, ines)
    worker.run()
    assert any("Ne vous y rendez plus" in text for text in messenger.to(LUCAS))
    assert not any("Nous cherchons quelqu'un" in text for text in messenger.to(SENIOR))


def test_who_says_after_the_hour_that_they_do_not_come_is_not_told_so(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    mission = held(runtime, ahead=timedelta(minutes=30))
    worker.advance(minutes=35)
    with runtime.begin(Actor(ActorKind.VOLUNTEER, holder(mission))) as work:
        visits.withdraw(work, mission.id, holder(mission))
    worker.run()
    assert not any("Ne vous y rendez plus" in text for text in messenger.to(LUCAS))


def test_a_yes_settles_what_a_coordinator_was_asked_for_want_of_one(
    runtime: Runtime, worker: Worker
) -> None:
    mission = opened(runtime)
    worker.run()
    with runtime.begin(SYSTEM) as work:
        keep_promise(work, mission.id, None)
        lucas = add_volunteer(work, LUCAS).id
    assert {NOBODY_SUITS, NOBODY_YET} <= open_tasks(runtime)
    with runtime.begin(SYSTEM) as work:
        accept_mission(work, mission.id, lucas)
    assert open_tasks(runtime) == set()


def test_calling_off_settles_what_was_to_be_done_about_the_outing(
    runtime: Runtime, worker: Worker
) -> None:
    mission = opened(runtime)
    worker.run()
    assert open_tasks(runtime) == {NOBODY_SUITS}
    with runtime.begin(STAFF) as work:
        visits.cancel(work, mission.id, "coordinator")
    assert open_tasks(runtime) == set()


def test_who_was_not_arrived_and_is_there_now_is_nobodys_to_look_for(
    runtime: Runtime, worker: Worker
) -> None:
    mission = held(runtime, ahead=timedelta(minutes=30))
    worker.advance(minutes=31)
    worker.advance(minutes=10)
    worker.advance(minutes=10)
    assert len(open_tasks(runtime)) == 1
    with runtime.begin(SYSTEM) as work:
        visits.start(work, mission.id, holder(mission))
    assert open_tasks(runtime) == set()


def test_who_is_at_the_door_after_the_outing_was_to_end_is_watched_over_as_anybody(
    runtime: Runtime, worker: Worker
) -> None:
    mission = held(runtime, ahead=timedelta(minutes=30))
    for _ in range(8):
        worker.advance(hours=1)
    with runtime.begin(SYSTEM) as work:
        visits.start(work, mission.id, holder(mission))
    worker.run()
    assert open_tasks(runtime) == set()
    worker.advance(minutes=29)
    assert open_tasks(runtime) == set()
    worker.advance(minutes=1)
    worker.advance(minutes=15)
    assert open_tasks(runtime) == {NOT_BACK}


def test_a_lone_visit_that_does_not_end_is_cried_anew_each_morning(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    mission = held(runtime, ahead=timedelta(minutes=30))
    worker.advance(minutes=30)
    with runtime.begin(SYSTEM) as work:
        visits.start(work, mission.id, holder(mission))
    for _ in range(3 * 24):
        worker.advance(hours=1)
    assert messenger.to(TEAM).count(texts.TEAM_OVERDUE) == 4


def test_who_still_has_to_be_verified_does_not_hear_that_somebody_is_looked_for(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    mission = opened(runtime, status=MissionStatus.TO_VERIFY.value)
    with runtime.begin(SYSTEM) as work:
        keep_promise(work, mission.id, None)
    assert open_tasks(runtime) == {NOT_VERIFIED_YET}
    worker.advance(hours=60)
    assert NEVER_VERIFIED in open_tasks(runtime)
    assert not any("cherch" in text or "trouvé" in text for text in messenger.to(SENIOR))


def test_an_outing_of_this_very_hour_that_nobody_took_reaches_the_teams_telephones(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger, clock: FakeClock
) -> None:
    opened(runtime, starts_at=clock.now + timedelta(minutes=70))
    worker.advance(minutes=60)
    assert texts.TEAM_UNFILLED in messenger.to(TEAM)


def test_a_freed_volunteer_who_has_not_heard_is_rung_though_the_outing_is_off(
    runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    mission = held(runtime, LANDLINE)
    with runtime.begin(STAFF) as work:
        visits.release(work, mission.id)
    worker.run()
    with runtime.begin(STAFF) as work:
        visits.cancel(work, mission.id, "coordinator")
    rung = len(messenger.to(LANDLINE))
    worker.advance(minutes=45)
    assert len(messenger.to(LANDLINE)) == rung + 1


def test_the_time_to_answer_begins_when_the_question_can_leave() -> None:
    policy = TimelinePolicy()
    night = datetime(2026, 11, 24, 23, tzinfo=PARIS)
    by = confirm_by(night, datetime(2026, 11, 25, 14, tzinfo=PARIS), policy, PARIS)
    assert by == datetime(2026, 11, 25, 11, tzinfo=PARIS)


def test_a_job_that_failed_to_the_last_is_a_coordinators_once(runtime: Runtime) -> None:
    mission = held(runtime)
    with runtime.begin(SYSTEM) as work:
        work.defer(Job.TELL_WITHDRAWN, mission_id=str(mission.id))
        work.driver.execute(
            "UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = 'tell_withdrawn'"
        )
        work.driver.execute(
            "UPDATE procrastinate_jobs SET status = 'failed' WHERE status = 'doing'"
        )
    with runtime.begin(SYSTEM) as work:
        assert hand_over_spent_jobs(work) == 1
    with runtime.begin(SYSTEM) as work:
        task = work.session.exec(select(CoordinatorTaskRow)).one()
        assert (task.kind, task.reason, task.mission_id) == (TaskKind.ATTENTION, SPENT, mission.id)
        task.done_at = work.now
    with runtime.begin(SYSTEM) as work:
        assert hand_over_spent_jobs(work) == 0
