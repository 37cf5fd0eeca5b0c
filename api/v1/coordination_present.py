"""From rows to the shapes a coordinator sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from api.v1.coordination_schemas import (
    AskedPublic,
    ComponentPublic,
    EventPublic,
    MissionSummary,
    MissionWhole,
    PersonPublic,
    PlanPublic,
    ProposalPublic,
    RankedPublic,
    RankingPublic,
    RejectionPublic,
    TaskPublic,
)
from api.v1.present import local, zone_name
from matcher.domain.eligibility import Rejection
from matcher.domain.geo import walking_minutes
from matcher.domain.lifecycle import MissionStatus, OfferStatus
from matcher.domain.people import Need, Purpose
from matcher.domain.ranking import Ranked
from matcher.services import listings
from matcher.services.plan import Plan
from matcher.services.roll import access_notes_of, address_of
from matcher.services.work import Work
from matcher.store.tables import (
    CoordinatorTaskRow,
    EventRow,
    MissionRow,
    OfferRow,
    SeniorRow,
    VolunteerRow,
)


def summary(work: Work, mission: MissionRow) -> MissionSummary:
    """One line of the list."""
    return MissionSummary(**_common(work, mission))


def whole(work: Work, mission: MissionRow) -> MissionWhole:
    """Everything about one mission, who was asked and what happened included."""
    asked = listings.list_asked(work, mission.id)
    events = listings.list_events(work, mission.id, [offer.id for offer, _ in asked])
    senior = work.session.get_one(SeniorRow, mission.senior_id)
    return MissionWhole(
        **_common(work, mission),
        address=None if mission.meeting is None else address_of(mission.meeting).label,
        access_notes=access_notes_of(mission, senior),
        code_word=mission.code_word,
        walk_minutes=None if mission.walk_s is None else walking_minutes(mission.walk_s),
        offers=[_asked(work, offer, volunteer) for offer, volunteer in asked],
        events=[_event(work, event) for event in events],
    )


def ranking(work: Work, ranked: Sequence[Ranked], rejections: Sequence[Rejection]) -> RankingPublic:
    """Who could go and who not, with names."""
    return RankingPublic(
        ranked=[
            RankedPublic(
                volunteer_id=one.volunteer.id,
                name=_name_of(work, one.volunteer.id),
                walk_minutes=walking_minutes(one.walk_s),
                score=round(one.score, 2),
                components=[
                    ComponentPublic(
                        name=part.name.value, value=round(part.value, 2), ceiling=part.ceiling
                    )
                    for part in one.components
                ],
                reasons=list(one.reasons),
            )
            for one in ranked
        ],
        rejected=[
            RejectionPublic(
                volunteer_id=one.volunteer_id,
                name=_name_of(work, one.volunteer_id),
                rule=one.rule.value,
                reason=one.reason,
            )
            for one in rejections
        ],
    )


def plan(work: Work, found: Plan) -> PlanPublic:
    """Who could take what, with names."""
    return PlanPublic(
        proposals=[
            ProposalPublic(
                mission=summary(work, one.mission),
                volunteer=person(one.volunteer),
                walk_minutes=walking_minutes(one.walk_s),
            )
            for one in found.proposals
        ],
        left=[summary(work, one) for one in found.left],
        served=found.served,
        bound=found.bound,
        walk_minutes=found.walk_min,
        proof=found.proof,
    )


def task(work: Work, row: CoordinatorTaskRow) -> TaskPublic:
    """Something to do."""
    return TaskPublic(
        id=row.id,
        kind=row.kind,
        reason=row.reason,
        created_at=local(work, row.created_at),
        due_at=local(work, row.due_at),
        mission_id=row.mission_id,
        senior_id=row.senior_id,
        call_id=row.call_id,
        details=row.details,
        done_at=None if row.done_at is None else local(work, row.done_at),
    )


def _common(work: Work, mission: MissionRow) -> dict[str, Any]:
    senior = work.session.get_one(SeniorRow, mission.senior_id)
    volunteer = (
        None
        if mission.volunteer_id is None
        else work.session.get_one(VolunteerRow, mission.volunteer_id)
    )
    return {
        "id": mission.id,
        "status": MissionStatus(mission.status),
        "starts_at": local(work, mission.starts_at),
        "ends_at": local(work, mission.ends_at),
        "deadline_at": local(work, mission.deadline_at),
        "purpose": Purpose(mission.purpose),
        "needs": [Need(need) for need in mission.needs],
        "zone": zone_name(work, mission.zone_code),
        "needs_attention": mission.needs_attention,
        "senior": person(senior),
        "volunteer": None if volunteer is None else person(volunteer),
    }


def person(row: SeniorRow | VolunteerRow) -> PersonPublic:
    """Somebody to be reached."""
    return PersonPublic(id=row.id, name=_full_name(row), phone=row.phone)


def _full_name(row: SeniorRow | VolunteerRow) -> str:
    return f"{row.first_name} {row.last_name}".strip()


def _name_of(work: Work, volunteer_id: UUID) -> str:
    return _full_name(work.session.get_one(VolunteerRow, volunteer_id))


def _asked(work: Work, offer: OfferRow, volunteer: VolunteerRow) -> AskedPublic:
    return AskedPublic(
        id=offer.id,
        volunteer_id=volunteer.id,
        volunteer_name=_full_name(volunteer),
        wave=offer.wave,
        status=OfferStatus(offer.status),
        sent_at=local(work, offer.sent_at),
        expires_at=local(work, offer.expires_at),
        answered_at=None if offer.answered_at is None else local(work, offer.answered_at),
        walk_minutes=walking_minutes(offer.walk_s),
        reasons=offer.reasons,
    )


def _event(work: Work, event: EventRow) -> EventPublic:
    return EventPublic(
        at=local(work, event.at),
        actor=event.actor_kind,
        entity=event.entity,
        kind=event.kind,
        before=event.before,
        after=event.after,
        reason=event.reason,
    )
