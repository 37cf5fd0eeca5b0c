"""Which telephones ring in the demo: the calls out that nobody has picked up yet."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import any_, literal
from sqlmodel import col, select

from matcher.services.callers import find_senior, find_volunteer
from matcher.services.sending import is_settled
from matcher.services.work import Runtime, Work
from matcher.store.tables import Channel, MessageRow
from matcher.store.transitions import SYSTEM
from phone.simulator.calls_out import document_of

RINGS_FOR = timedelta(minutes=10)
"""Of the demo's time: long enough to come from another page, and as long as a code is good."""

TEAM = "L'équipe"


@dataclass(frozen=True, slots=True)
class Ring:
    """A telephone that rings: the message it is about, whose it is, and what will be heard."""

    message_id: UUID
    times: int
    to: str
    owner: str
    at: datetime
    document: str


class Bell:
    """Rings until somebody picks up, refuses, or events overtake the call."""

    def __init__(self, runtime: Runtime) -> None:
        """Nothing was picked up yet: after a restart a call of the last minutes rings again."""
        self._runtime = runtime
        self._silenced: set[tuple[UUID, int]] = set()
        self._lock = threading.Lock()

    def list_ringing(self, number: str | None = None) -> list[Ring]:
        """What rings now, at `number` only when there is one, the newest first."""
        with self._runtime.begin(SYSTEM) as work:
            query = select(MessageRow).where(
                MessageRow.channel == Channel.CALL.value,
                col(MessageRow.heard_at).is_(None),
                col(MessageRow.failed_at).is_(None),
                literal(work.now - RINGS_FOR) < any_(col(MessageRow.sent_times)),
            )
            if number is not None:
                query = query.where(
                    MessageRow.recipient_index == work.runtime.keyring.index(number)
                )
            rings = [
                self._ring(work, row)
                for row in work.session.exec(query)
                if not is_settled(work, row)
            ]
        with self._lock:
            rings = [one for one in rings if (one.message_id, one.times) not in self._silenced]
        return sorted(rings, key=lambda one: one.at, reverse=True)

    def silence(self, number: str) -> Ring | None:
        """Stop the newest ring at `number`, to answer it or not; None when none is left."""
        for ring in self.list_ringing(number):
            with self._lock:
                this = (ring.message_id, ring.times)
                if this not in self._silenced:
                    self._silenced.add(this)
                    return ring
        return None

    def _ring(self, work: Work, row: MessageRow) -> Ring:
        asks = row.repeat_until is not None
        return Ring(
            message_id=row.id,
            times=len(row.sent_times),
            to=row.recipient,
            owner=owner_of(work, row.recipient),
            at=row.sent_times[-1],
            document=document_of(self._runtime.settings, row.text, str(row.id) if asks else None),
        )


def owner_of(work: Work, number: str) -> str:
    """Whose telephone it is, empty when nobody knows."""
    if number in work.runtime.settings.coordinator_numbers:
        return TEAM
    person = find_senior(work, number) or find_volunteer(work, number)
    return "" if person is None else f"{person.first_name} {person.last_name}"
