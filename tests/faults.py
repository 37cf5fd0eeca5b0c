"""Faults on every port, by a plan: from a seed, or as a test says one after the other.

A fault happens where the outside world begins, so that everything on this side of it is the real
thing. Calling the same plan with the same seed again gives the same faults.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from matcher.domain.addresses import AddressMatch
from matcher.domain.geo import Point
from matcher.geocoding.ban import GeocoderUnavailable
from matcher.ports import (
    Geocoder,
    SendingFailed,
    SendingUnsure,
    Subscription,
    SubscriptionGone,
    TravelTimes,
    TravelTimesUnavailable,
)

CLOCKS_APART = timedelta(minutes=1)
"""As phone/twilio_client.py: the provider's clock and ours differ."""


class WorkerDied(BaseException):
    """kill -9: nothing of the worker's own runs any more, so nothing may catch this."""


class Fault(StrEnum):
    """What goes wrong with one call of a port."""

    NONE = "none"
    REFUSED = "refused"
    """HTTP 400: nothing was done."""
    BUSY = "busy"
    """HTTP 429: nothing was done."""
    BROKEN = "broken"
    """HTTP 500, or no answer; nothing was done, and nobody can tell."""
    UNSURE = "unsure"
    """HTTP 500, or no answer; it was done, and nobody can tell."""
    DIES_BEFORE = "dies_before"
    """The worker is killed before anything was done."""
    DIES_AFTER = "dies_after"
    """The worker is killed when it was done and not yet written down."""


SENDING_FAULTS = (Fault.REFUSED, Fault.BUSY, Fault.BROKEN, Fault.UNSURE)
DEATHS = (Fault.DIES_BEFORE, Fault.DIES_AFTER)


@dataclass
class FaultPlan:
    """Which fault comes next: `share` of the calls get one of `faults`, until `end` is called."""

    seed: int = 0
    share: float = 0.0
    faults: Sequence[Fault] = SENDING_FAULTS
    waiting: list[Fault] = field(default_factory=list)
    """These come first, in order."""

    def __post_init__(self) -> None:
        self._random = Random(self.seed)

    def next(self) -> Fault:
        if self.waiting:
            return self.waiting.pop(0)
        if self._random.random() >= self.share:
            return Fault.NONE
        return self._random.choice(self.faults)

    def end(self) -> None:
        """From now on everything works."""
        self.share, self.waiting = 0.0, []


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the provider took: it reaches the person."""

    id: str
    at: datetime
    channel: str
    to: str
    text: str


@dataclass
class FaultyMessenger:
    """A provider with a clock and a memory, as Twilio's, and the faults of a plan."""

    clock: Callable[[], datetime]
    plan: FaultPlan = field(default_factory=FaultPlan)
    taken: list[Delivery] = field(default_factory=list)
    tries: int = 0
    witness: Callable[[Delivery], None] = lambda _: None
    """Told of each delivery at the moment it is taken."""

    def send_sms(self, to: str, text: str) -> str:
        return self._take("sms", to, text)

    def call(self, to: str, text: str, message_id: str | None) -> str:
        return self._take("call", to, text)

    def find_sent(
        self, channel: str, to: str, text: str, tried_at: datetime, known: Collection[str] = ()
    ) -> str | None:
        """Like the real provider's: calls to one number are told apart by their ids alone."""
        fault = self.plan.next()
        if fault in DEATHS:
            raise WorkerDied
        if fault is not Fault.NONE:
            raise SendingUnsure(fault)
        for one in reversed(self.taken):
            same = (one.channel, one.to) == (channel, to) and (
                channel == "call" or one.text == text
            )
            if same and abs(one.at - tried_at) <= CLOCKS_APART and one.id not in known:
                return one.id
        return None

    def _take(self, channel: str, to: str, text: str) -> str:
        self.tries += 1
        fault = self.plan.next()
        if fault is Fault.DIES_BEFORE:
            raise WorkerDied
        if fault in (Fault.REFUSED, Fault.BUSY):
            raise SendingFailed(fault)
        if fault is Fault.BROKEN:
            raise SendingUnsure(fault)
        delivery = Delivery(f"fake-{len(self.taken) + 1}", self.clock(), channel, to, text)
        self.taken.append(delivery)
        self.witness(delivery)
        if fault is Fault.UNSURE:
            raise SendingUnsure(fault)
        if fault is Fault.DIES_AFTER:
            raise WorkerDied
        return delivery.id


def browser_of(number: str) -> Subscription:
    """Where the volunteer with this number takes notifications."""
    return Subscription(f"https://fcm.googleapis.com/{number}", "B" + "N" * 86, "k" * 22)


@dataclass
class FaultyPusher:
    """Push services in front of `messenger`'s people, with the faults of a plan of their own."""

    messenger: FaultyMessenger
    plan: FaultPlan = field(default_factory=FaultPlan)
    server_key: str = "B" + "A" * 86

    def push(self, to: Subscription, text: str, life_s: int) -> None:
        """A refusal is a browser that is gone."""
        if not 0 <= life_s <= 86_400:
            raise ValueError(life_s)
        fault = self.plan.next()
        if fault is Fault.DIES_BEFORE:
            raise WorkerDied
        if fault is Fault.REFUSED:
            raise SubscriptionGone(fault)
        if fault is Fault.BUSY:
            raise SendingFailed(fault)
        if fault is Fault.BROKEN:
            raise SendingUnsure(fault)
        taken = self.messenger.taken
        number = to.endpoint.rpartition("/")[2]
        taken.append(
            Delivery(f"push-{len(taken) + 1}", self.messenger.clock(), "push", number, text)
        )
        if fault is Fault.UNSURE:
            raise SendingUnsure(fault)
        if fault is Fault.DIES_AFTER:
            raise WorkerDied


@dataclass
class FaultyGeocoder:
    """Answers as `inner`, or not at all."""

    inner: Geocoder
    plan: FaultPlan = field(default_factory=FaultPlan)

    def find(self, text: str) -> AddressMatch | None:
        if self.plan.next() is not Fault.NONE:
            raise GeocoderUnavailable("the fake geocoder is down")
        return self.inner.find(text)


@dataclass
class FaultyTravelTimes:
    """Answers as `inner`, or not at all."""

    inner: TravelTimes
    plan: FaultPlan = field(default_factory=FaultPlan)

    def list_walking_times_s(
        self, starts: Sequence[Point], end: Point, pace_kmh: float
    ) -> Sequence[float | None]:
        if self.plan.next() is not Fault.NONE:
            raise TravelTimesUnavailable("the fake route service is down")
        return self.inner.list_walking_times_s(starts, end, pace_kmh)
