"""The demo's messenger: nothing goes out, the message rows themselves are the record."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID


class DemoMessenger:
    """Takes every message and sends none."""

    def __init__(self, new_id: Callable[[], UUID]) -> None:
        self._new_id = new_id

    def send_sms(self, to: str, text: str) -> str:  # noqa: ARG002 - the Messenger's signature
        """Take an SMS; an invented provider id."""
        return f"demo-{self._new_id()}"

    def call(self, to: str, text: str) -> str:  # noqa: ARG002 - the Messenger's signature
        """Take an outgoing call; an invented provider id."""
        return f"demo-{self._new_id()}"
