"""A senior's familiar volunteers."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import col, select

from matcher.services.work import Work
from matcher.store.tables import BondKind, BondRow


def join_circle(work: Work, senior_id: UUID, volunteer_id: UUID) -> None:
    """They know each other from now on; twice changes nothing, nor does it undo a refusal."""
    refusal = select(BondRow).where(
        BondRow.senior_id == senior_id,
        BondRow.volunteer_id == volunteer_id,
        col(BondRow.kind) != BondKind.CIRCLE.value,
    )
    if work.session.exec(refusal).first() is None:
        work.session.merge(
            BondRow(
                senior_id=senior_id,
                volunteer_id=volunteer_id,
                kind=BondKind.CIRCLE.value,
                since=work.now,
            )
        )
