"""What the steps of a sequence have in common: the service, what there is to act on, and acting.

`tests/matcher/test_state_machine.py` puts the steps together; those about campaigns and those
about what goes wrong have files of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select

from matcher.domain.errors import DomainError
from matcher.services.calls import HeldCall, hang_up, open_call
from matcher.services.work import Work
from matcher.store.tables import ActorKind, MessageRow
from matcher.store.transitions import SYSTEM, Actor
from tests.promises import Rows
from tests.whole_service import WholeService

TIED = """
    SELECT DISTINCT mission.senior_id, offer.volunteer_id FROM offer
    JOIN mission ON mission.id = offer.mission_id
    WHERE offer.status IN ('sent', 'accepted') ORDER BY senior_id, volunteer_id"""

pick = st.integers(0, 63)


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is to act on: rules without an object would only waste steps."""

    offers: Rows = field(default_factory=list)
    open: Rows = field(default_factory=list)
    held: Rows = field(default_factory=list)
    missions: Rows = field(default_factory=list)
    tied: Rows = field(default_factory=list)
    calls: Rows = field(default_factory=list)
    campaigns: Rows = field(default_factory=list)
    listed: Rows = field(default_factory=list)
    series: Rows = field(default_factory=list)

    @classmethod
    def of(cls, service: WholeService) -> Seen:
        missions = service.rows(
            "SELECT id, status, senior_id, volunteer_id, starts_at, closed_at"
            " FROM mission ORDER BY id"
        )
        listed = service.rows("SELECT id, campaign_id FROM campaign_call ORDER BY id")
        return cls(
            offers=service.rows(
                "SELECT id, volunteer_id FROM offer WHERE status = 'sent' ORDER BY id"
            ),
            open=[one for one in missions if one["status"] == "open"],
            held=[one for one in missions if one["volunteer_id"] and not one["closed_at"]],
            missions=missions,
            tied=service.rows(TIED),
            calls=service.rows(
                "SELECT id FROM message WHERE channel = 'call' AND repeat_until IS NOT NULL"
                " AND sent_at IS NOT NULL ORDER BY id"
            ),
            campaigns=service.rows("SELECT id FROM campaign ORDER BY id") if listed else [],
            listed=listed,
            series=service.rows("SELECT id FROM request WHERE recurrence IS NOT NULL ORDER BY id"),
        )


def one_of(rows: Rows, which: int) -> dict[str, Any]:
    return rows[which % len(rows)]


class Steps(RuleBasedStateMachine):
    """Whoever acts, and on what; `late_by` is how far the clock was once wrong."""

    service: ClassVar[WholeService]

    def __init__(self) -> None:
        super().__init__()
        self.seen = Seen()
        self.late_by = timedelta()
        self.breaks_under_next = False

    @property
    def _now(self) -> datetime:
        return self.service.clock.now

    def _do(self, doing: Callable[[Work], object], lazy: bool = False) -> None:
        """One person does one thing; what the rules refuse leaves nothing behind.

        When the database breaks under it, they do it again.
        """
        if self.breaks_under_next:
            self.breaks_under_next, self.service.breaks = False, 1
        try:
            self._try(doing)
        except OperationalError:
            self._try(doing)
        self.service.breaks = 0
        if not lazy:
            self.service.jobs.run()

    def _try(self, doing: Callable[[Work], object]) -> None:
        try:
            with self.service.runtime.begin(Actor(ActorKind.STAFF)) as work:
                doing(work)
        except DomainError:
            pass

    def _ring(
        self, senior_id: UUID, saying: Callable[[Work, HeldCall], object], lazy: bool = False
    ) -> None:
        """A senior settles something in a call, and hangs up."""

        def in_a_call(work: Work) -> None:
            call = open_call(work, f"CA{work.new_id()}", "", senior_id, {})
            assert call is not None
            saying(work, call)
            hang_up(work, call)

        self._do(in_a_call, lazy)

    def _messages(self) -> list[MessageRow]:
        with self.service.runtime.begin(SYSTEM) as work:
            return list(work.session.exec(select(MessageRow).order_by(col(MessageRow.id))))
