"""The demo's messenger: nothing goes out, the message rows themselves are the record."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from secrets import token_hex


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


def _new_id() -> str:
    return f"demo-{token_hex(8)}"
