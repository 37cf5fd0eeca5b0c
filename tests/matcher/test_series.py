"""Outings that come back: in time, once, by the wall's clock, the same volunteer asked first."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from matcher.domain.errors import NotFound, TransitionRefused
from matcher.domain.lifecycle import MissionStatus, OfferStatus
from matcher.domain.people import Purpose
from matcher.domain.recurrence import in_words, occasions
from matcher.services import series, visits
from matcher.services.acceptance import accept_offer, decline_offer
from matcher.services.intake import Booking, book, weekly_rule
from matcher.services.opening import list_holidays
from matcher.services.policies import WAVES
from matcher.services.rounds import keep_daily_round
from matcher.services.senior_news import NO_NUMBER
from matcher.services.tasks import finish_task
from matcher.services.texts import SAME_AGAIN
from matcher.services.work import Runtime
from matcher.settings import HolidayRule, Settings
from matcher.store.tables import (
    CoordinatorTaskRow,
    FileStatus,
    MissionRow,
    OfferRow,
    RequestRow,
    TaskKind,
    VolunteerRow,
)
from matcher.store.transitions import SYSTEM
from tests.conftest import Worker
from tests.fakes import FakeClock, FakeMessenger
from tests.people import add_mission, add_offer, add_senior, add_volunteer, give_mission

PARIS = ZoneInfo("Europe/Paris")
LUCAS, INES = "+33639980011", "+33639980012"
SENIOR = "+33199000001"
MONDAY = datetime(2026, 11, 30, 14, tzinfo=PARIS)


def never(_: date) -> bool:
    return False


def days(rule: str, first: datetime, count: int) -> list[date]:
    found = occasions(rule, first, PARIS, first, first + timedelta(days=count), never)
    return [one.day for one in found]


def test_every_week_means_every_week_on_the_same_day() -> None:
    assert days("FREQ=WEEKLY;INTERVAL=1", MONDAY, 21) == [
        date(2026, 12, 7),
        date(2026, 12, 14),
        date(2026, 12, 21),
    ]


def test_every_second_week_on_two_days_keeps_the_weeks() -> None:
    assert days("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", MONDAY, 18) == [
        date(2026, 12, 3),
        date(2026, 12, 14),
        date(2026, 12, 17),
    ]


@given(
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.times(),
    st.integers(1, 4),
    st.sets(st.integers(0, 6), max_size=3),
    st.integers(1, 60),
    st.sampled_from(["Europe/Paris", "America/New_York", "Pacific/Auckland", "UTC"]),
)
def test_the_hour_on_the_wall_is_kept_over_every_change_of_clocks(
    day: date, wall: time, every: int, weekdays: set[int], ahead: int, name: str
) -> None:
    zone = ZoneInfo(name)
    first = datetime.combine(day, time(wall.hour, wall.minute), zone).astimezone(UTC)
    hour = first.astimezone(zone).time()
    rule = weekly_rule(every, tuple(sorted(weekdays)))
    assert rule is not None
    found = occasions(rule, first, zone, first, first + timedelta(days=ahead), never)
    expected_days = weekdays or {first.astimezone(zone).weekday()}
    for one in found:
        local = one.starts_at.astimezone(zone)
        missing = local.replace(tzinfo=None) != datetime.combine(one.day, hour)
        # Only an hour that the change of clocks leaves out moves, to the hour after.
        if missing:
            wanted = datetime.combine(one.day, hour, zone)
            assert wanted.astimezone(UTC).astimezone(zone).time() != hour
        assert one.day.weekday() in expected_days
        assert first < one.starts_at <= first + timedelta(days=ahead)
    assert len({one.day for one in found}) == len(found)
    assert [one.starts_at for one in found] == sorted(one.starts_at for one in found)


@given(st.integers(0, 400), st.integers(1, 60))
def test_looking_day_by_day_finds_what_one_look_finds(offset: int, ahead: int) -> None:
    rule = "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,SU"
    begin = MONDAY.astimezone(UTC) + timedelta(days=offset)
    whole = occasions(rule, MONDAY, PARIS, begin, begin + timedelta(days=ahead), never)
    parts = [
        one
        for day in range(ahead)
        for one in occasions(
            rule,
            MONDAY,
            PARIS,
            begin + timedelta(days=day),
            begin + timedelta(days=day + 1),
            never,
        )
    ]
    assert list(whole) == parts


@given(st.dates(date(2026, 1, 1), date(2029, 12, 31)))
def test_french_holidays_are_known_on_every_day_of_a_series(day: date) -> None:
    first = datetime.combine(day, time(10), PARIS)
    closed = list_holidays("FR", day.year) | list_holidays("FR", day.year + 1)
    found = occasions(
        "FREQ=WEEKLY;INTERVAL=1",
        first,
        PARIS,
        first,
        first + timedelta(days=400),
        closed.__contains__,
    )
    assert all(one.holiday == (one.day in closed) for one in found)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=WEEKLY;INTERVAL=1", "toutes les semaines, le lundi, à 14 h 00"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,TH",
            "toutes les 2 semaines, le lundi, le mardi et le jeudi, à 14 h 00",
        ),
        ("FREQ=MONTHLY;BYDAY=1MO", "FREQ=MONTHLY;BYDAY=1MO"),
    ],
)
def test_a_rule_is_said_in_words(rule: str, words: str) -> None:
    assert in_words(rule, MONDAY, PARIS) == words


def test_the_database_refuses_a_second_outing_of_a_series_on_a_day(
    runtime: Runtime, town: Town
) -> None:
    town.extend()
    [mission] = town.missions()
    with pytest.raises(IntegrityError, match="occurs_on"), runtime.begin(SYSTEM) as work:
        add_mission(work, town.senior, request_id=mission.request_id, occurs_on=mission.occurs_on)


def test_a_rule_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="FREQ"):
        days("FREQ=SOMETIMES", MONDAY, 10)


class Town:
    """A weekly outing Lucas did last, and Inès who lives next door."""

    def __init__(self, runtime: Runtime, clock: FakeClock, first: datetime = MONDAY) -> None:
        self.runtime = runtime
        with runtime.begin(SYSTEM) as work:
            self.senior = add_senior(work, SENIOR)
            self.lucas = add_volunteer(work, LUCAS).id
            self.first = add_mission(work, self.senior, first).id
            mission = work.session.get_one(MissionRow, self.first)
            self.request = mission.request_id
            request = work.session.get_one(RequestRow, self.request)
            request.recurrence = "FREQ=WEEKLY;INTERVAL=1"
            request.repeats_from = first
            give_mission(work, mission, work.session.get_one(VolunteerRow, self.lucas))

    def missions(self) -> list[MissionRow]:
        with self.runtime.begin(SYSTEM) as work:
            return list(
                work.session.exec(
                    select(MissionRow)
                    .where(col(MissionRow.occurs_on).is_not(None))
                    .order_by(col(MissionRow.starts_at))
                )
            )

    def offers(self, mission: MissionRow) -> list[OfferRow]:
        with self.runtime.begin(SYSTEM) as work:
            return list(
                work.session.exec(select(OfferRow).where(OfferRow.mission_id == mission.id))
            )

    def tasks(self) -> list[CoordinatorTaskRow]:
        with self.runtime.begin(SYSTEM) as work:
            return list(work.session.exec(select(CoordinatorTaskRow)))

    def extend(self) -> None:
        with self.runtime.begin(SYSTEM) as work:
            series.extend(work, self.request)


@pytest.fixture
def town(runtime: Runtime, clock: FakeClock) -> Town:
    return Town(runtime, clock)


def at_home(mission: MissionRow) -> datetime:
    return mission.starts_at.astimezone(PARIS)


def test_the_daily_round_makes_the_next_outings_two_weeks_ahead_and_once(
    runtime: Runtime, town: Town, worker: Worker
) -> None:
    with runtime.begin(SYSTEM) as work:
        keep_daily_round(work)
    worker.run()
    assert town.missions() == []
    for _ in range(8):
        worker.advance(days=1)
    made = town.missions()
    assert [at_home(one) for one in made] == [
        MONDAY + timedelta(weeks=1),
        MONDAY + timedelta(weeks=2),
    ]
    assert [one.occurs_on for one in made] == [date(2026, 12, 7), date(2026, 12, 14)]
    for one in made:
        assert one.ends_at - one.starts_at == timedelta(hours=2)
        assert one.purpose == "medical"
        assert one.next_step_at is not None


def weekly(runtime: Runtime, status: FileStatus) -> MissionRow:
    """A weekly outing as it was just asked for on the line."""
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work, SENIOR, status=status.value)
        starts_at = work.now + timedelta(days=2)
        return book(
            work,
            Booking(
                senior_id=senior.id,
                phone=SENIOR,
                purpose=Purpose.SHOPPING,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=1),
                address=None,
                needs=frozenset(),
                words=("les courses",),
                promised_call_at=work.now + timedelta(hours=4),
                call_id=None,
                every_weeks=1,
            ),
        )


def of_series(runtime: Runtime) -> list[MissionRow]:
    with runtime.begin(SYSTEM) as work:
        made = select(MissionRow).where(col(MissionRow.occurs_on).is_not(None))
        return list(work.session.exec(made))


def test_the_next_outings_are_made_when_the_first_is_asked_for(
    runtime: Runtime, worker: Worker
) -> None:
    weekly(runtime, FileStatus.ACTIVE)
    worker.run()
    assert len(of_series(runtime)) == 1


def test_the_next_outings_are_made_when_the_first_is_verified_and_it_stays_so(
    runtime: Runtime, worker: Worker
) -> None:
    first = weekly(runtime, FileStatus.TO_VERIFY)
    worker.run()
    assert of_series(runtime) == []
    with runtime.begin(SYSTEM) as work:
        visits.verify(work, first.id)
        visits.cancel(work, first.id, "senior")
    worker.run()
    assert len(of_series(runtime)) == 1


def test_a_series_nobody_ever_verified_is_asked_about(runtime: Runtime, worker: Worker) -> None:
    first = weekly(runtime, FileStatus.TO_VERIFY)
    with runtime.begin(SYSTEM) as work:
        visits.cancel(work, first.id, "senior")
    for _ in range(2):
        with runtime.begin(SYSTEM) as work:
            series.extend(work, first.request_id)
    with runtime.begin(SYSTEM) as work:
        asked = select(CoordinatorTaskRow.reason).where(col(CoordinatorTaskRow.done_at).is_(None))
        assert list(work.session.exec(asked)) == [series.STALLED]


def test_there_is_never_more_than_one_daily_round(runtime: Runtime, worker: Worker) -> None:
    for _ in range(3):
        with runtime.begin(SYSTEM) as work:
            keep_daily_round(work)
    worker.advance(days=2)
    with runtime.engine.connect() as connection:
        rounds = connection.exec_driver_sql(
            "SELECT count(*) FROM procrastinate_jobs"
            " WHERE task_name = 'daily_round' AND status = 'todo'"
        ).scalar_one()
    assert rounds == 1


def test_making_twice_makes_once(town: Town) -> None:
    town.extend()
    town.extend()
    assert len(town.missions()) == 1


def test_whoever_came_last_is_asked_first_and_alone_for_a_day(
    runtime: Runtime, town: Town, worker: Worker
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_volunteer(work, INES, first_name="Inès")
    town.extend()
    worker.run()
    [mission] = town.missions()
    [offer] = town.offers(mission)
    assert offer.volunteer_id == town.lucas
    assert "déjà" in offer.reasons[0]
    worker.advance(hours=23)
    assert len(town.offers(mission)) == 1
    worker.advance(hours=2)
    assert len(town.offers(mission)) == 2


def test_whoever_was_asked_often_enough_today_has_no_head_start(
    runtime: Runtime, town: Town, worker: Worker
) -> None:
    with runtime.begin(SYSTEM) as work:
        other = add_senior(work, "+33199000002")
        lucas = work.session.get_one(VolunteerRow, town.lucas)
        for days in range(WAVES.day_cap):
            elsewhere = add_mission(work, other, MONDAY + timedelta(days=3 + days))
            add_offer(work, elsewhere, lucas)
        ines = add_volunteer(work, INES).id
    town.extend()
    worker.run()
    [mission] = town.missions()
    assert ines in {offer.volunteer_id for offer in town.offers(mission)}


def test_their_no_lets_the_others_be_asked_at_once(
    runtime: Runtime, town: Town, worker: Worker
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_volunteer(work, INES)
    town.extend()
    [mission] = town.missions()
    [offer] = town.offers(mission)
    with runtime.begin(SYSTEM) as work:
        decline_offer(work, offer.id, town.lucas)
    worker.run()
    assert {one.status for one in town.offers(mission)} == {OfferStatus.DECLINED, OfferStatus.SENT}


def test_their_yes_is_told_to_the_senior_as_for_a_single_outing(
    runtime: Runtime, town: Town, worker: Worker, messenger: FakeMessenger
) -> None:
    town.extend()
    [mission] = town.missions()
    [offer] = town.offers(mission)
    with runtime.begin(SYSTEM) as work:
        accept_offer(work, offer.id, town.lucas)
    worker.run()
    assert "Lucas viendra lundi 7 décembre à 14 heures" in messenger.to(SENIOR)[-1]


def test_the_senior_hears_the_day_before_when_nobody_was_found(
    town: Town, worker: Worker, messenger: FakeMessenger
) -> None:
    town.extend()
    worker.run()
    assert messenger.to(SENIOR) == []
    worker.advance(days=12, hours=3)
    told = [text for text in messenger.to(SENIOR) if "Nous cherchons encore quelqu'un" in text]
    assert "lundi 7 décembre" in told[0]


def test_an_outing_that_was_called_off_does_not_come_back(runtime: Runtime, town: Town) -> None:
    town.extend()
    [mission] = town.missions()
    with runtime.begin(SYSTEM) as work:
        visits.cancel(work, mission.id, "senior")
    town.extend()
    assert [one.status for one in town.missions()] == [MissionStatus.CANCELLED]


def test_an_outing_of_theirs_at_that_hour_is_not_doubled(runtime: Runtime, town: Town) -> None:
    with runtime.begin(SYSTEM) as work:
        add_mission(work, town.senior, MONDAY + timedelta(weeks=1, hours=1))
    town.extend()
    assert town.missions() == []


def test_a_stopped_series_calls_off_what_was_to_come_and_makes_no_more(
    runtime: Runtime, town: Town, worker: Worker, messenger: FakeMessenger
) -> None:
    town.extend()
    with runtime.begin(SYSTEM) as work:
        series.stop(work, town.request)
    worker.run()
    assert "annulée" in messenger.to(LUCAS)[-1]
    [told] = messenger.to(SENIOR)
    assert "Vos sorties habituelles s'arrêtent" in told
    assert "faites le 1" in told
    worker.clock.advance(weeks=2)
    town.extend()
    assert [one.status for one in town.missions()] == [MissionStatus.CANCELLED]
    with pytest.raises(TransitionRefused), runtime.begin(SYSTEM) as work:
        series.stop(work, town.request)
    with pytest.raises(NotFound), runtime.begin(SYSTEM) as work:
        series.stop(work, UUID(int=999))


@pytest.mark.parametrize("status", [FileStatus.CLOSED, FileStatus.TO_VERIFY])
def test_nothing_is_made_for_somebody_gone_or_not_yet_verified(
    runtime: Runtime, town: Town, status: FileStatus
) -> None:
    with runtime.begin(SYSTEM) as work:
        work.session.merge(town.senior).status = status.value
        first = work.session.get_one(MissionRow, town.first)
        first.status, first.volunteer_id = MissionStatus.TO_VERIFY.value, None
    town.extend()
    assert town.missions() == []


def holiday_town(runtime: Runtime, clock: FakeClock) -> Town:
    """The series falls on Friday 25 December."""
    clock.now = datetime(2026, 12, 14, 9, tzinfo=UTC)
    return Town(runtime, clock, datetime(2026, 12, 18, 14, tzinfo=PARIS))


def test_a_holiday_is_left_out_and_the_senior_told_once(
    runtime: Runtime, clock: FakeClock, worker: Worker, messenger: FakeMessenger
) -> None:
    town = holiday_town(runtime, clock)
    town.extend()
    town.extend()
    worker.advance(hours=2)
    assert town.missions() == []
    [text] = messenger.to(SENIOR)
    assert "Pas de sortie vendredi 25 décembre" in text


def test_a_holiday_left_out_is_somebody_s_task_once_when_the_senior_has_no_telephone(
    runtime: Runtime, clock: FakeClock, worker: Worker, messenger: FakeMessenger
) -> None:
    town = holiday_town(runtime, clock)
    with runtime.begin(SYSTEM) as work:
        senior = work.session.merge(town.senior)
        senior.phone = senior.phone_index = None
        keep_daily_round(work)
    worker.advance(days=1)
    [task] = [one for one in town.tasks() if one.reason == NO_NUMBER]
    assert (task.kind, task.senior_id) == (TaskKind.CALL_BACK, town.senior.id)
    assert "Pas de sortie vendredi 25 décembre" in task.details["text"]
    with runtime.begin(SYSTEM) as work:
        finish_task(work, task.id)
    worker.advance(days=1)
    assert [one.id for one in town.tasks() if one.reason == NO_NUMBER] == [task.id]
    assert messenger.to(SENIOR) == []


class TestHolidaysAsked:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"series_holidays": HolidayRule.ASK})

    def test_a_coordinator_is_asked_and_nobody_else_until_then(
        self, runtime: Runtime, clock: FakeClock, worker: Worker, messenger: FakeMessenger
    ) -> None:
        town = holiday_town(runtime, clock)
        town.extend()
        town.extend()
        worker.run()
        [mission] = town.missions()
        assert mission.status == MissionStatus.TO_VERIFY
        assert [task.kind for task in town.tasks()] == [TaskKind.VERIFY_REQUEST]
        assert messenger.sent == []
        with runtime.begin(SYSTEM) as work:
            visits.verify(work, mission.id)
        worker.run()
        assert len(town.offers(mission)) == 1

    def test_once_verified_whoever_came_last_is_asked_first_and_the_senior_has_news_by_the_eve(
        self, runtime: Runtime, clock: FakeClock, worker: Worker, messenger: FakeMessenger
    ) -> None:
        town = holiday_town(runtime, clock)
        with runtime.begin(SYSTEM) as work:
            add_volunteer(work, INES)
        town.extend()
        [mission] = town.missions()
        with runtime.begin(SYSTEM) as work:
            visits.verify(work, mission.id)
        worker.run()
        [offer] = town.offers(mission)
        assert offer.volunteer_id == town.lucas
        assert offer.reasons[0] == SAME_AGAIN
        assert messenger.to(SENIOR) == []
        worker.advance(days=10, hours=2, minutes=5)
        assert "Nous cherchons encore" in messenger.to(SENIOR)[0]


def test_a_series_keeps_two_o_clock_over_the_change_of_clocks(
    runtime: Runtime, clock: FakeClock
) -> None:
    clock.now = datetime(2027, 3, 23, 9, tzinfo=UTC)
    town = Town(runtime, clock, datetime(2027, 3, 24, 14, tzinfo=PARIS))
    town.extend()
    [mission] = town.missions()
    assert at_home(mission) == datetime(2027, 3, 31, 14, tzinfo=PARIS)
    assert mission.starts_at == datetime(2027, 3, 31, 12, tzinfo=UTC)
