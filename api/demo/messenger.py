"""The demo's messenger: nothing goes out, the message rows themselves are the record."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

PROVIDER_ID = "demo"


class DemoMessenger:
    """Takes every message and sends none."""

    def send_sms(self, to: str, text: str) -> str:
        """Take an SMS; the demo's only provider id."""
        return PROVIDER_ID

    def call(self, to: str, text: str, message_id: str | None) -> str:
        """Take an outgoing call; the demo's only provider id."""
        return PROVIDER_ID

    def find_sent(
        self,
        channel: str,
        to: str,
        text: str,
        since: datetime,
        known: Collection[str] = (),
    ) -> str | None:
        """Nothing ever goes out: it may be taken again."""
        return None
