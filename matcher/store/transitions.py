"""Writing a change of state: one conditional write, and its line in the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from matcher.domain import lifecycle
from matcher.domain.errors import TransitionRefused
from matcher.domain.lifecycle import MissionEvent, MissionStatus, OfferEvent, OfferStatus
from matcher.store.tables import ActorKind, EventRow, MissionRow, OfferRow


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: written with every event."""

    kind: ActorKind
    id: UUID | None = None


SYSTEM = Actor(ActorKind.SYSTEM)

AS_WRITTEN = {"synchronize_session": False, "populate_existing": True}
"""The row at hand takes over what the write returns."""


def record(
    session: Session,
    entity: str,
    entity_id: UUID,
    kind: str,
    now: datetime,
    actor: Actor,
    *,
    before: str | None = None,
    after: str | None = None,
    reason: str | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Append one line to the journal; `reason` and `data` carry no personal data."""
    session.add(
        EventRow(
            at=now,
            actor_kind=actor.kind.value,
            actor_id=actor.id,
            entity=entity,
            entity_id=entity_id,
            kind=kind,
            before=before,
            after=after,
            reason=reason,
            data=data or {},
        )
    )


def move_mission(
    session: Session,
    mission: MissionRow,
    event: MissionEvent,
    now: datetime,
    actor: Actor,
    *,
    reason: str | None = None,
    **fields: Any,
) -> None:
    """Let `event` happen to the mission, setting `fields` in the same conditional write.

    Raises:
        TransitionRefused: the table has no such step, or another transaction was first.
    """
    change = lifecycle.apply(MissionStatus(mission.status), event, now)
    written = session.scalars(
        update(MissionRow)
        .where(col(MissionRow.id) == mission.id, col(MissionRow.status) == change.before)
        .values({"status": change.after.value, **fields})
        .returning(MissionRow),
        execution_options=AS_WRITTEN,
    ).one_or_none()
    if written is None:
        session.refresh(mission)
        raise TransitionRefused
    record(
        session,
        "mission",
        mission.id,
        change.event,
        now,
        actor,
        before=change.before.value,
        after=change.after.value,
        reason=reason,
    )


def move_offer(
    session: Session,
    offer: OfferRow,
    event: OfferEvent,
    now: datetime,
    actor: Actor,
    *,
    reason: str | None = None,
    **fields: Any,
) -> None:
    """Let `event` happen to the offer, setting `fields` in the same conditional write.

    Raises:
        TransitionRefused: the table has no such step, or another transaction was first.
    """
    change = lifecycle.apply(OfferStatus(offer.status), event, now)
    written = session.scalars(
        update(OfferRow)
        .where(col(OfferRow.id) == offer.id, col(OfferRow.status) == change.before)
        .values({"status": change.after.value, "answered_at": now, **fields})
        .returning(OfferRow),
        execution_options=AS_WRITTEN,
    ).one_or_none()
    if written is None:
        session.refresh(offer)
        raise TransitionRefused
    record(
        session,
        "offer",
        offer.id,
        change.event,
        now,
        actor,
        before=change.before.value,
        after=change.after.value,
        reason=reason,
        data={"mission_id": str(offer.mission_id)},
    )
