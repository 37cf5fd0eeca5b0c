"""What goes wrong outside, and what is left of it afterwards: nothing lost, nothing doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from matcher.domain.people import Purpose
from matcher.domain.timeline import is_quiet
from matcher.geocoding.ban import GeocoderUnavailable
from matcher.ports import SendingUnsure
from matcher.services import visits
from matcher.services.acceptance import accept_mission
from matcher.services.intake import Booking, book, promised_call_at
from matcher.services.messages import Repeat, queue_call
from matcher.services.policies import TIMELINE
from matcher.services.sending import send
from matcher.settings import Settings
from matcher.store.engine import Database
from matcher.store.tables import MessageRow, MissionRow
from matcher.store.transitions import SYSTEM
from tests.faults import DEATHS, SENDING_FAULTS, Fault, FaultPlan, WorkerDied
from tests.promises import broken, journal_gaps
from tests.whole_service import HOME, SENIORS, WholeService

ALL_TRIES = timedelta(seconds=3 + 9 + 27 + 81 + 243)
"""When the last try of a message is made (matcher/jobs.py)."""

PARTNER = "+33170000001"


@pytest.fixture
def service(settings: Settings, database: Database) -> Iterator[WholeService]:
    found = WholeService(settings, database)
    yield found
    found.close()


def request(service: WholeService, who: int = 0, hours: int = 54, **fields: Any) -> MissionRow:
    """A senior has asked for an outing in so many hours."""
    zone, now = service.runtime.settings.zone, service.clock.now
    starts_at = now + timedelta(hours=hours)
    with service.runtime.begin(SYSTEM) as work:
        return book(
            work,
            Booking(
                **{
                    "senior_id": service.seniors[who],
                    "phone": SENIORS[who],
                    "purpose": Purpose.MEDICAL,
                    "starts_at": starts_at,
                    "ends_at": starts_at + timedelta(hours=2),
                    "address": None,
                    "needs": frozenset(),
                    "words": ("le médecin",),
                    "promised_call_at": promised_call_at(now, zone, starts_at),
                    "call_id": None,
                    **fields,
                }
            ),
        )


def messages(service: WholeService) -> list[MessageRow]:
    with service.runtime.begin(SYSTEM) as work:
        return list(work.session.exec(select(MessageRow).order_by(col(MessageRow.queued_at))))


def nothing_is_lost_or_doubled(service: WholeService) -> None:
    """Every message left as often as it was written down, and every promise holds.

    One that was given up after a last try in doubt may have left after all: a person asks.
    """
    taken = Counter((one.channel, one.to, one.text) for one in service.messenger.taken)
    kept, in_doubt = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for row in messages(service):
        what = row.channel, row.recipient, row.text
        kept[what] += row.attempts
        in_doubt[what] += row.failed_at is not None and row.trying_at is not None
    assert +kept <= taken <= kept + in_doubt
    assert broken(service.rows, service.clock.now) == {}
    assert journal_gaps(service.rows) == []


@pytest.mark.parametrize("seed", range(8))
def test_when_the_provider_works_again_everything_has_left_within_the_minute(
    service: WholeService, seed: int
) -> None:
    """Short trouble: so many tries are left that the next one is never far away."""
    service.messenger.plan = FaultPlan(seed, share=1.0, faults=SENDING_FAULTS)
    for who in range(2):
        request(service, who)
    service.jobs.pass_time(timedelta(seconds=20))
    service.end_faults()
    service.jobs.pass_time(timedelta(seconds=60))
    assert all(row.sent_at is not None for row in messages(service))
    nothing_is_lost_or_doubled(service)


@pytest.mark.parametrize("seed", range(8))
def test_after_any_mixture_of_faults_nothing_is_lost_and_nothing_is_sent_twice(
    service: WholeService, seed: int
) -> None:
    service.messenger.plan = FaultPlan(seed, share=0.6, faults=(*SENDING_FAULTS, *DEATHS))
    for who in range(3):
        request(service, who)
    service.jobs.pass_time(timedelta(hours=2))
    service.end_faults()
    service.jobs.pass_time(ALL_TRIES + timedelta(minutes=3))
    nothing_is_lost_or_doubled(service)


def test_a_provider_that_stays_away_leaves_a_person_something_to_do(service: WholeService) -> None:
    service.messenger.plan = FaultPlan(share=1.0, faults=(Fault.BUSY,))
    request(service)
    service.jobs.pass_time(ALL_TRIES + timedelta(minutes=1))
    assert service.messenger.taken == []
    tasks = service.rows("SELECT kind FROM coordinator_task")
    assert {"kind": "message_failed"} in tasks
    nothing_is_lost_or_doubled(service)


def test_a_database_that_breaks_under_the_last_try_costs_no_message(service: WholeService) -> None:
    service.messenger.plan = FaultPlan(share=1.0, faults=(Fault.BUSY,))
    request(service)
    service.jobs.pass_time(ALL_TRIES - timedelta(minutes=1))
    service.messenger.plan.end()
    service.breaks = 3
    service.jobs.pass_time(timedelta(minutes=5))
    assert service.breaks == 0
    assert all(row.sent_at is not None for row in messages(service))
    nothing_is_lost_or_doubled(service)


def test_a_worker_that_slept_into_the_night_lets_people_sleep_too(service: WholeService) -> None:
    service.clock.now = datetime(2026, 11, 24, 19, 55, tzinfo=UTC)
    request(service)
    service.messenger.plan = FaultPlan(share=1.0, faults=(Fault.REFUSED,))
    service.jobs.run()
    service.end_faults()
    service.jobs.sleep(timedelta(hours=5))
    service.jobs.run()
    assert service.messenger.taken == []
    service.jobs.pass_time(timedelta(hours=8))
    assert service.messenger.taken
    zone = service.runtime.settings.zone
    assert not any(is_quiet(one.at, TIMELINE, zone) for one in service.messenger.taken)
    nothing_is_lost_or_doubled(service)


def test_nobody_is_told_in_the_morning_of_somebody_who_gave_it_back_at_night(
    service: WholeService,
) -> None:
    service.clock.now = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
    mission = request(service, 1)
    volunteer_id = service.volunteers[0]
    with service.runtime.begin(SYSTEM) as work:
        accept_mission(work, mission.id, volunteer_id)
    service.jobs.pass_time(timedelta(hours=1))
    with service.runtime.begin(SYSTEM) as work:
        visits.withdraw(work, mission.id, volunteer_id)
    service.jobs.pass_time(timedelta(hours=9))
    told = [one.text for one in service.messenger.taken if one.to == SENIORS[1]]
    assert not any("vient" in text for text in told)
    nothing_is_lost_or_doubled(service)


def test_a_clock_that_jumps_an_hour_and_back_repeats_no_offer(service: WholeService) -> None:
    request(service)
    service.jobs.run()
    before = len(service.messenger.taken)
    for hours in (-1, 1):
        service.clock.now += timedelta(hours=hours)
        service.jobs.run()
        service.clock.now -= timedelta(hours=hours)
        service.jobs.run()
    assert len(service.messenger.taken) == before
    assert {row["status"] for row in service.rows("SELECT status FROM offer")} == {"sent"}
    nothing_is_lost_or_doubled(service)


def test_a_geocoder_that_is_down_holds_nobody_up_and_is_asked_again(service: WholeService) -> None:
    service.geocoder.plan = FaultPlan(share=1.0)
    mission = request(service, address=HOME)
    service.jobs.pass_time(timedelta(seconds=20))
    assert service.messenger.taken
    with pytest.raises(GeocoderUnavailable):
        service.geocoder.find("55 rue du Faubourg Saint-Honoré")
    service.end_faults()
    service.jobs.pass_time(timedelta(seconds=60))
    noted = service.rows("SELECT kind FROM event WHERE entity_id = %s", mission.id)
    assert {"kind": "address_confirmed"} in noted
    nothing_is_lost_or_doubled(service)


def test_a_call_waits_while_one_it_could_be_taken_for_is_in_doubt(service: WholeService) -> None:
    """Or the one that left would count for the one that did not."""
    messenger = service.messenger
    with service.runtime.begin(SYSTEM) as work:
        for text in ("Un.", "Deux."):
            queue_call(work, PARTNER, text, "message", text)
    one, other = (row.id for row in messages(service))
    messenger.plan.waiting = [Fault.BROKEN]
    with pytest.raises(SendingUnsure):
        send(service.runtime, one, 1, last_try=False)
    call = messenger.call

    def call_while_the_first_is_looked_for(*asked: Any) -> str:
        messenger.call = call  # type: ignore[method-assign]
        provider_id = call(*asked)
        send(service.runtime, one, 1, last_try=False)
        return provider_id

    messenger.call = call_while_the_first_is_looked_for  # type: ignore[method-assign]
    send(service.runtime, other, 1, last_try=False)
    messenger.call = call  # type: ignore[method-assign]
    service.jobs.pass_time(timedelta(seconds=60))
    assert Counter(taken.text for taken in messenger.taken) == {"Un.": 1, "Deux.": 1}
    assert [row.attempts for row in messages(service)] == [1, 1]


def test_a_call_long_in_doubt_is_not_taken_for_one_of_another_hour(service: WholeService) -> None:
    with service.runtime.begin(SYSTEM) as work:
        for text in ("Un.", "Deux."):
            queue_call(work, PARTNER, text, "message", text)
    one, other = (row.id for row in messages(service))
    for message_id, trouble in ((one, Fault.BROKEN), (other, Fault.UNSURE)):
        service.messenger.plan.waiting = [trouble]
        with pytest.raises(SendingUnsure):
            send(service.runtime, message_id, 1, last_try=False)
        service.clock.now += timedelta(hours=1)
    for message_id in (one, other):
        send(service.runtime, message_id, 1, last_try=False)
    assert Counter(taken.text for taken in service.messenger.taken) == {"Un.": 1, "Deux.": 1}
    assert [row.attempts for row in messages(service)] == [1, 1]


def test_a_call_in_doubt_counts_though_fresher_news_made_it_needless(service: WholeService) -> None:
    mission = request(service)
    until = service.clock.now + timedelta(days=1)
    with service.runtime.begin(SYSTEM) as work:
        queue_call(work, PARTNER, "Un.", "not_yet", "un", mission.id, Repeat(until))
    service.jobs.run()
    (first,) = (row for row in messages(service) if row.text == "Un.")
    service.messenger.plan.waiting = [Fault.DIES_AFTER]
    with pytest.raises(WorkerDied):
        send(service.runtime, first.id, 2, last_try=False)
    service.clock.now += timedelta(minutes=1)
    with service.runtime.begin(SYSTEM) as work:
        queue_call(work, PARTNER, "Deux.", "found", "deux", mission.id, Repeat(until))
    send(service.runtime, first.id, 2, last_try=False)
    (first,) = (row for row in messages(service) if row.text == "Un.")
    assert (first.attempts, first.trying_at) == (2, None)
    nothing_is_lost_or_doubled(service)
