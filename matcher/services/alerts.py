"""Alerting the team at once, whatever the hour: an SMS to each of them, and a call if it presses.

The words name nobody and no place: the console says the rest.
"""

from __future__ import annotations

from matcher.services.messages import queue_call, queue_sms
from matcher.services.work import Work


def alert_team(
    work: Work, once: str, text: str, spoken: str | None = None, purpose: str = "alert"
) -> None:
    """Send `text` to the team's telephones, and with `spoken` ring them; once for each `once`."""
    for number in work.runtime.settings.coordinator_numbers:
        queue_sms(work, number, text, purpose, f"sms:{once}:{number}")
        if spoken is not None:
            queue_call(work, number, spoken, purpose, f"call:{once}:{number}")
