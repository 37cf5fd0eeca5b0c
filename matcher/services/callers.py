"""Who rings: what a number says about the person, and what is under way for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, literal, union_all
from sqlalchemy import select as sa_select
from sqlmodel import col, or_, select

from matcher.domain.lifecycle import HELD_MISSIONS, LIVE_MISSIONS, MissionStatus
from matcher.services.work import Work
from matcher.store.tables import CallRow, FileStatus, MissionRow, SeniorRow, VolunteerRow

STILL_TOLD = timedelta(hours=6)
"""An outing that nobody closed is told for so long after its start."""
USUAL_WITHIN = timedelta(days=180)
"""An outing longer ago is no habit."""


MOST_CALLS = 5
MOST_CALLS_WITHIN = timedelta(minutes=10)
"""More calls than that from one number are a flood, or somebody who needs a person."""


@dataclass(frozen=True, slots=True)
class WhoRings:
    """What a number says: whose active files it stands in, and how often it rang lately."""

    index: str = ""
    seniors: tuple[UUID, ...] = ()
    volunteers: tuple[UUID, ...] = ()
    calls: int = 0

    @property
    def senior_id(self) -> UUID | None:
        """Whose file it belongs to; nobody's when it is unknown or shared by several."""
        return self.seniors[0] if len(self.seniors) == 1 else None

    @property
    def volunteer_id(self) -> UUID | None:
        """The volunteer with this number."""
        return self.volunteers[0] if self.volunteers else None


# One question, built once: a caller waits in silence.
_SENIOR, _VOLUNTEER, _CALL = "senior", "volunteer", "call"
_INDEX: BindParameter[str] = bindparam("index")
_WHO_RINGS = union_all(
    sa_select(literal(_SENIOR), col(SeniorRow.id)).where(
        col(SeniorRow.phone_index) == _INDEX, col(SeniorRow.status) == FileStatus.ACTIVE.value
    ),
    sa_select(literal(_VOLUNTEER), col(VolunteerRow.id)).where(
        col(VolunteerRow.phone_index) == _INDEX, col(VolunteerRow.active)
    ),
    sa_select(literal(_CALL), col(CallRow.id)).where(
        col(CallRow.caller_index) == _INDEX, col(CallRow.started_at) > bindparam("since")
    ),
)


def look_up(work: Work, number: str | None) -> WhoRings:
    """Who rings from a number; without one, nobody."""
    if number is None:
        return WhoRings()
    index = work.runtime.keyring.index(number)
    asked = {"index": index, "since": work.now - MOST_CALLS_WITHIN}
    found: dict[str, list[UUID]] = {_SENIOR: [], _VOLUNTEER: [], _CALL: []}
    for kind, id_ in work.connection.execute(_WHO_RINGS, asked):
        found[kind].append(id_)
    return WhoRings(index, tuple(found[_SENIOR]), tuple(found[_VOLUNTEER]), len(found[_CALL]))


def is_flooding(work: Work, who: WhoRings) -> bool:
    """Whether a call beginning now goes to a person rather than to the dialogue.

    So goes the sixth in ten minutes, unless somebody with that number has an outing under way.
    """
    return who.calls >= MOST_CALLS and not _is_waiting(work, who.index)


def _is_waiting(work: Work, index: str) -> bool:
    return (
        work.session.exec(
            select(MissionRow.id)
            .join(SeniorRow, col(SeniorRow.id) == col(MissionRow.senior_id))
            .where(
                SeniorRow.phone_index == index,
                col(MissionRow.status).in_([one.value for one in LIVE_MISSIONS]),
            )
            .limit(1)
        ).first()
        is not None
    )


def find_senior(work: Work, number: str | None) -> SeniorRow | None:
    """Whose file this number belongs to."""
    senior_id = look_up(work, number).senior_id
    return None if senior_id is None else work.session.get_one(SeniorRow, senior_id)


def find_volunteer(work: Work, number: str | None) -> VolunteerRow | None:
    """The active volunteer with this number."""
    volunteer_id = look_up(work, number).volunteer_id
    return None if volunteer_id is None else work.session.get_one(VolunteerRow, volunteer_id)


def list_outings(work: Work, senior_id: UUID) -> list[MissionRow]:
    """What is under way or to come for a senior, the next one first.

    One that found nobody by its deadline stays until its hour: somebody may still be found.
    """
    status = col(MissionRow.status)
    to_come = col(MissionRow.starts_at) > work.now
    return list(
        work.session.exec(
            select(MissionRow)
            .where(
                MissionRow.senior_id == senior_id,
                or_(
                    status.in_([one.value for one in LIVE_MISSIONS])
                    & (col(MissionRow.starts_at) > work.now - STILL_TOLD),
                    (status == MissionStatus.UNFILLED.value) & to_come,
                ),
            )
            .order_by(col(MissionRow.starts_at), col(MissionRow.id))
        )
    )


def list_held(work: Work, volunteer_id: UUID) -> list[MissionRow]:
    """What a volunteer has promised, the next one first."""
    return list(
        work.session.exec(
            select(MissionRow)
            .where(
                MissionRow.volunteer_id == volunteer_id,
                col(MissionRow.status).in_([one.value for one in HELD_MISSIONS]),
                col(MissionRow.starts_at) > work.now - STILL_TOLD,
            )
            .order_by(col(MissionRow.starts_at), col(MissionRow.id))
        )
    )


def find_partner(work: Work, mission_id: UUID, *, of_senior: bool) -> str | None:
    """The number of the other one of an outing that is held; None when there is none to ring."""
    mission = work.session.get(MissionRow, mission_id)
    if mission is None or mission.status not in HELD_MISSIONS or mission.volunteer_id is None:
        return None
    if of_senior:
        return work.session.get_one(VolunteerRow, mission.volunteer_id).phone
    return work.session.get_one(SeniorRow, mission.senior_id).phone


def find_usual(work: Work, senior: SeniorRow) -> MissionRow | None:
    """The senior's latest outing when it was lately and from their own door."""
    latest = work.session.exec(
        select(MissionRow)
        .where(
            MissionRow.senior_id == senior.id,
            col(MissionRow.status) != MissionStatus.CANCELLED.value,
            col(MissionRow.created_at) > work.now - USUAL_WITHIN,
        )
        .order_by(col(MissionRow.starts_at).desc(), col(MissionRow.id))
        .limit(1)
    ).one_or_none()
    if latest is None or senior.home is None or latest.meeting != senior.home:
        return None
    return latest
