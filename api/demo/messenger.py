"""The demo's messenger and pusher: nothing goes out, the message rows are the record."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from secrets import token_hex

from py_vapid import Vapid02

from api.volunteer.web_push import WebPusher
from matcher.ports import Subscription


class DemoMessenger:
    """Takes every message and sends none."""

    def send_sms(self, to: str, text: str) -> str:
        """Take an SMS."""
        return _new_id()

    def call(self, to: str, text: str, message_id: str | None) -> str:
        """Take an outgoing call."""
        return _new_id()

    def find_sent(
        self,
        channel: str,
        to: str,
        text: str,
        tried_at: datetime,
        known: Collection[str] = (),
    ) -> str | None:
        """Nothing ever goes out: it may be taken again."""
        return None


class DemoPusher:
    """Takes every notification and shows none."""

    def __init__(self) -> None:
        """With a key of its own, so that browsers can subscribe."""
        vapid = Vapid02()
        vapid.generate_keys()
        self.server_key = WebPusher(vapid, "").server_key

    def push(self, to: Subscription, text: str, life_s: int) -> None:
        """Take a notification."""


def _new_id() -> str:
    return f"demo-{token_hex(8)}"
