"""What the service asks of the outside world: each Protocol has two real implementations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from matcher.domain.addresses import AddressMatch
from matcher.domain.geo import Point


class SendingFailed(Exception):
    """The provider did not take the message; the job tries again, a limited number of times."""


class SendingUnsure(SendingFailed):
    """The provider broke down over the message and may have sent it: ask before trying again."""


class Messenger(Protocol):
    """SMS and outgoing calls: Twilio's client, or the demo's that only keeps them."""

    def send_sms(self, to: str, text: str) -> str:
        """Send `text` to the E.164 number `to`; the provider's id.

        Raises:
            SendingFailed: refused or out of reach.
        """

    def call(self, to: str, text: str, message_id: str | None) -> str:
        """Ring `to` and speak `text`, with `message_id` ask for a key too; the provider's id.

        Raises:
            SendingFailed: refused or out of reach.
        """

    def find_sent(
        self, channel: str, to: str, text: str, tried_at: datetime, known: Collection[str] = ()
    ) -> str | None:
        """The provider's id of the same SMS or of a call to `to` tried then, if it took one.

        Those `known` belong to other messages, and so do those of another minute.

        Raises:
            SendingUnsure: it could not be asked, so an earlier try stays in doubt.
        """


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a browser takes notifications: an https address, and two keys in base64url.

    What is sent there is encrypted for `p256dh` with `auth` (RFC 8291).
    """

    endpoint: str
    p256dh: str
    auth: str


class SubscriptionGone(SendingFailed):
    """The browser takes nothing at this address any more."""


class Pusher(Protocol):
    """Notifications of the volunteers' app: Web Push, or the demo's that only keeps them."""

    @property
    def server_key(self) -> str:
        """The public key that browsers subscribe for, an uncompressed point in base64url."""

    def push(self, to: Subscription, text: str, life_s: int) -> None:
        """Show `text` in that browser, unless it stays out of reach for `life_s`.

        Raises:
            SubscriptionGone: there is no such browser any more.
            SendingFailed: refused or out of reach.
        """


@dataclass(frozen=True, slots=True)
class NumberSetup:
    """Where a telephone number sends what happens to it, each as (address, HTTP method).

    `overridden`: an application or a trunk is set on the number, and the addresses do not count.
    """

    voice: tuple[str, str]
    status: tuple[str, str]
    sms: tuple[str, str]
    fallback: tuple[str, str]
    overridden: bool


class NumberBook(Protocol):
    """How the provider's numbers are set up; asked by `compagnie doctor` only."""

    def find(self, number: str) -> NumberSetup | None:
        """The set-up of the E.164 `number`, None when it is not this account's.

        Raises:
            SendingFailed: refused or out of reach.
        """


class Geocoder(Protocol):
    """Words to a place: the in-process gazetteer, or BAN's web API."""

    def find(self, text: str) -> AddressMatch | None:
        """The best match for `text`, None or `AddressUnknown` when there is none."""


class TravelTimesUnavailable(Exception):
    """The route service did not answer, or not in its own protocol; the estimate stands in."""


class TravelTimes(Protocol):
    """How long walks take: the territory's estimate, or Valhalla's routes along the streets."""

    def list_walking_times_s(
        self, starts: Sequence[Point], end: Point, pace_kmh: float
    ) -> Sequence[float | None]:
        """Seconds from each start to `end`, in order; None where no way is known.

        Raises:
            TravelTimesUnavailable: out of reach, too slow or unintelligible.
        """
