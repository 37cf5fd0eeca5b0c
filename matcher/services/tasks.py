"""What coordinators have to do: opened once for a reason, closed by a person."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, or_, select

from matcher.domain.errors import NotFound
from matcher.services.work import Work
from matcher.store.tables import CoordinatorTaskRow, EventRow, TaskKind

PROMPTLY = timedelta(minutes=15)


def add_task(
    work: Work,
    kind: TaskKind,
    reason: str,
    *,
    due_at: datetime | None = None,
    mission_id: UUID | None = None,
    senior_id: UUID | None = None,
    call_id: UUID | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Ask a coordinator for something, by default within a quarter of an hour.

    An open task of the same kind and reason on the same mission is kept rather than doubled, and
    learns what is new.
    """
    if mission_id is not None:
        same = work.session.exec(
            select(CoordinatorTaskRow).where(
                CoordinatorTaskRow.mission_id == mission_id,
                CoordinatorTaskRow.kind == kind.value,
                CoordinatorTaskRow.reason == reason,
                col(CoordinatorTaskRow.done_at).is_(None),
            )
        ).first()
        if same is not None:
            same.details = _joined(same.details, details or {})
            work.session.add(same)
            return
    task = CoordinatorTaskRow(
        id=work.new_id(),
        created_at=work.now,
        due_at=due_at or work.now + PROMPTLY,
        kind=kind.value,
        reason=reason,
        mission_id=mission_id,
        senior_id=senior_id,
        call_id=call_id,
        details=details or {},
    )
    work.session.add(task)
    work.note("coordinator_task", task.id, "opened")


def first_time(work: Work, entity: str, entity_id: UUID, kind: str, reason: str) -> bool:
    """Note this in the journal, unless it is there: tasks are closed, the journal remembers."""
    noted = select(EventRow.id).where(
        EventRow.entity == entity,
        EventRow.entity_id == entity_id,
        EventRow.kind == kind,
        EventRow.reason == reason,
    )
    if work.session.exec(noted).first() is not None:
        return False
    work.note(entity, entity_id, kind, reason=reason)
    return True


def _joined(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Both, the older words first and the latest last where each has some."""
    joined = dict(old)
    for key, value in new.items():
        before = joined.get(key)
        if isinstance(value, str) and isinstance(before, str) and before and value:
            joined[key] = before if before.endswith(value) else f"{before} – {value}"
        elif value:
            joined[key] = value
    return joined


def list_tasks(work: Work) -> list[CoordinatorTaskRow]:
    """What is still to be done, the most pressing first."""
    return list(
        work.session.exec(
            select(CoordinatorTaskRow)
            .where(col(CoordinatorTaskRow.done_at).is_(None))
            .order_by(col(CoordinatorTaskRow.due_at), col(CoordinatorTaskRow.id))
        )
    )


def settle_tasks(
    work: Work, mission_id: UUID, kinds: Collection[TaskKind] = (), reasons: Collection[str] = ()
) -> None:
    """Close a mission's open tasks of these kinds or reasons: what happened has settled them."""
    tasks = work.session.exec(
        select(CoordinatorTaskRow)
        .where(
            CoordinatorTaskRow.mission_id == mission_id,
            col(CoordinatorTaskRow.done_at).is_(None),
            or_(
                col(CoordinatorTaskRow.kind).in_([kind.value for kind in kinds]),
                col(CoordinatorTaskRow.reason).in_(reasons),
            ),
        )
        .order_by(col(CoordinatorTaskRow.id))
        .with_for_update()
    )
    for task in tasks:
        task.done_at = work.now
        work.session.add(task)
        work.note("coordinator_task", task.id, "settled")


def finish_task(work: Work, task_id: UUID) -> CoordinatorTaskRow:
    """Mark a task done by whoever is at work; doing it twice changes nothing.

    Raises:
        NotFound: there is no such task.
    """
    task = work.session.get(CoordinatorTaskRow, task_id, with_for_update=True)
    if task is None:
        raise NotFound
    if task.done_at is None:
        task.done_at = work.now
        task.done_by = work.actor.id
        work.note("coordinator_task", task.id, "done")
    return task
