"""What the service asks of the outside world: each Protocol has two real implementations."""

from __future__ import annotations

from typing import Protocol

from matcher.domain.addresses import AddressMatch


class SendingFailed(Exception):
    """The provider did not take the message; the job tries again, a limited number of times."""


class Messenger(Protocol):
    """SMS and outgoing calls: Twilio's client, or the demo's that only keeps them."""

    def send_sms(self, to: str, text: str) -> str:
        """Send `text` to the E.164 number `to`; the provider's id.

        Raises:
            SendingFailed: refused or out of reach.
        """

    def call(self, to: str, text: str) -> str:
        """Ring `to` and speak `text`; the provider's id.

        Raises:
            SendingFailed: refused or out of reach.
        """


class Geocoder(Protocol):
    """Words to a place: the in-process gazetteer, or BAN's web API."""

    def find(self, text: str) -> AddressMatch | None:
        """The best match for `text`, None or `AddressUnknown` when there is none."""
