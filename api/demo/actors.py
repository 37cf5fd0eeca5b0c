"""The demo's made-up volunteers keep their word: they come, come home again and say how it went.

What a visitor accepts in somebody's name is the visitor's to do.
"""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import col, select

from matcher.domain.lifecycle import HELD_MISSIONS, MissionStatus
from matcher.services import visits
from matcher.services.work import Work
from matcher.store.tables import ActorKind, MissionRow
from matcher.store.transitions import Actor

MADE_UP = 5
"""The version of the demo's own identifiers; those of what visitors do are random."""


def keep_promises(work: Work) -> None:
    """Do what the volunteers of seeded outings would have done by now."""
    held = work.session.exec(
        select(MissionRow)
        .where(
            col(MissionRow.status).in_([status.value for status in HELD_MISSIONS]),
            col(MissionRow.starts_at) <= work.now,
        )
        .order_by(col(MissionRow.starts_at), col(MissionRow.id))
        .with_for_update()
    ).all()
    for mission in held:
        who = mission.volunteer_id
        if mission.id.version != MADE_UP or who is None:
            continue
        theirs = replace(work, actor=Actor(ActorKind.VOLUNTEER, who))
        if mission.status == MissionStatus.ACCEPTED:
            visits.start(theirs, mission.id, who)
        if mission.ends_at <= work.now:
            visits.complete(theirs, mission.id, who)
            visits.report(theirs, mission.id, who, "well", "")
