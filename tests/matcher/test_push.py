"""Offers in the volunteers' browsers: shown once, and asked by telephone whenever that fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from matcher.domain.errors import InvalidInput
from matcher.domain.people import Purpose
from matcher.ports import Subscription
from matcher.services.intake import Booking, book, promised_call_at
from matcher.services.push import find_subscription, subscribe, unsubscribe
from matcher.services.suspension import suspend
from matcher.settings import Settings
from matcher.store.engine import Database
from matcher.store.transitions import SYSTEM
from tests.faults import DEATHS, SENDING_FAULTS, Delivery, Fault, FaultPlan, browser_of
from tests.promises import broken, journal_gaps
from tests.whole_service import SENIORS, VOLUNTEERS, WholeService

ALL_TRIES = timedelta(minutes=7)
CLAIRE, LANDLINE = VOLUNTEERS[0], VOLUNTEERS[6]


@pytest.fixture
def service(settings: Settings, database: Database) -> Iterator[WholeService]:
    found = WholeService(settings, database)
    yield found
    found.close()


def turn_on(service: WholeService, *numbers: str) -> None:
    with service.runtime.begin(SYSTEM) as work:
        for number in numbers:
            subscribe(work, service.volunteers[VOLUNTEERS.index(number)], browser_of(number))


def ask_everybody(service: WholeService) -> None:
    """An urgent outing, for which all in reach are asked at once."""
    zone, now = service.runtime.settings.zone, service.clock.now
    starts_at = now + timedelta(hours=4)
    with service.runtime.begin(SYSTEM) as work:
        book(
            work,
            Booking(
                senior_id=service.seniors[0],
                phone=SENIORS[0],
                purpose=Purpose.MEDICAL,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=2),
                address=None,
                needs=frozenset(),
                words=("le médecin",),
                promised_call_at=promised_call_at(now, zone, starts_at),
                call_id=None,
            ),
        )
    service.jobs.pass_time(timedelta(seconds=30))


def asked(service: WholeService, number: str) -> list[Delivery]:
    taken = service.messenger.taken
    return [one for one in taken if one.to == number and "une personne aimerait" in one.text]


def channels(service: WholeService, number: str) -> list[str]:
    return [one.channel for one in asked(service, number)]


def test_who_turned_notifications_on_is_asked_there_and_nowhere_else(service: WholeService) -> None:
    turn_on(service, CLAIRE, LANDLINE)
    ask_everybody(service)
    assert channels(service, CLAIRE) == channels(service, LANDLINE) == ["push"]
    assert channels(service, VOLUNTEERS[1]) == ["sms"]


def test_a_notification_names_nobody_no_place_and_no_code(service: WholeService) -> None:
    turn_on(service, CLAIRE)
    ask_everybody(service)
    (shown,) = asked(service, CLAIRE)
    for secret in ("Odette", "Lambert", "Faubourg", "75008", "4521", "http"):
        assert secret not in shown.text


@pytest.mark.parametrize("fault", [*SENDING_FAULTS, *DEATHS])
def test_whatever_goes_wrong_the_volunteer_is_asked_by_sms(
    service: WholeService, fault: Fault
) -> None:
    turn_on(service, CLAIRE)
    service.pusher.plan.waiting = [fault]
    ask_everybody(service)
    service.jobs.pass_time(ALL_TRIES)
    shown = fault in (Fault.UNSURE, Fault.DIES_AFTER)
    assert channels(service, CLAIRE) == ["push", "sms"] if shown else ["sms"]
    assert broken(service.rows, service.clock.now) == {}


def test_a_landline_whose_browser_is_gone_is_rung(service: WholeService) -> None:
    turn_on(service, *VOLUNTEERS)
    service.pusher.plan = FaultPlan(share=1.0, faults=(Fault.REFUSED,))
    ask_everybody(service)
    assert channels(service, CLAIRE) == ["sms"]
    assert channels(service, LANDLINE) == ["call"]


@pytest.mark.parametrize(("fault", "stays"), [(Fault.REFUSED, False), (Fault.BUSY, True)])
def test_only_a_browser_that_is_gone_is_forgotten(
    service: WholeService, fault: Fault, stays: bool
) -> None:
    turn_on(service, CLAIRE)
    service.pusher.plan.waiting = [fault]
    ask_everybody(service)
    with service.runtime.begin(SYSTEM) as work:
        assert (find_subscription(work, service.volunteers[0]) is not None) == stays


def test_who_turned_them_off_again_is_asked_by_sms(service: WholeService) -> None:
    turn_on(service, CLAIRE)
    with service.runtime.begin(SYSTEM) as work:
        unsubscribe(work, service.volunteers[0])
    ask_everybody(service)
    assert channels(service, CLAIRE) == ["sms"]


@pytest.mark.parametrize("seed", range(8))
def test_any_mixture_of_faults_leaves_nobody_unasked(service: WholeService, seed: int) -> None:
    turn_on(service, *VOLUNTEERS)
    service.pusher.plan = FaultPlan(seed, share=0.7, faults=(*SENDING_FAULTS, *DEATHS))
    service.messenger.plan = FaultPlan(seed + 100, share=0.5, faults=(*SENDING_FAULTS, *DEATHS))
    ask_everybody(service)
    service.jobs.pass_time(timedelta(minutes=20))
    service.end_faults()
    service.jobs.pass_time(ALL_TRIES)
    assert broken(service.rows, service.clock.now) == {}
    assert journal_gaps(service.rows) == []
    assert service.jobs.overdue() == []


def test_a_suspended_volunteer_is_notified_no_more(service: WholeService) -> None:
    turn_on(service, CLAIRE)
    with service.runtime.begin(SYSTEM) as work:
        suspend(work, service.volunteers[0])
        assert find_subscription(work, service.volunteers[0]) is None


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/abc",
        "https://127.0.0.1/abc",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/abc",
        "https://fcm.googleapis.com:8443/abc",
        "https://me@fcm.googleapis.com/abc",
        "https://fcm.googleapis.com@evil.example/abc",
        "https://fcm.googleapis.com.evil.example/abc",
        "https://evilpush.apple.com.example/abc",
        "https://push.apple.com/abc",
        "file:///etc/passwd",
        "nowhere",
    ],
)
def test_the_service_writes_to_browsers_push_services_and_nowhere_else(
    service: WholeService, endpoint: str
) -> None:
    with service.runtime.begin(SYSTEM) as work, pytest.raises(InvalidInput):
        subscribe(work, service.volunteers[0], Subscription(endpoint, "B" * 87, "k" * 22))


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/abc",
        "https://wns2-par02p.notify.windows.com/w/?token=abc",
    ],
)
def test_each_browsers_own_push_service_is_known(service: WholeService, endpoint: str) -> None:
    with service.runtime.begin(SYSTEM) as work:
        subscribe(work, service.volunteers[0], Subscription(endpoint, "B" * 87, "k" * 22))
        found = find_subscription(work, service.volunteers[0])
    assert found is not None
    assert found.endpoint == endpoint
