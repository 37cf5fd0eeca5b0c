"""Outings: those one could take, blurred; one's own, exact while they last."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.v1 import present
from api.v1.deps import SIGNED_IN, OpenWork, SignedInId
from api.v1.idempotency import IdempotentRoute
from api.v1.paging import Cursor, Limit, Page, find_moment, make_page
from api.v1.schemas import MissionPublic, ReportCreate
from api.v1.taking import take
from matcher.services import acceptance, bonds, changes, listings, visits
from matcher.services.work import Work
from matcher.store.tables import MissionRow

router = APIRouter(tags=["sorties"], route_class=IdempotentRoute, dependencies=[SIGNED_IN])


@router.get("/missions", response_model_exclude_unset=True)
def list_open_missions(
    work: OpenWork, volunteer_id: SignedInId, cursor: Cursor = None, limit: Limit = 50
) -> Page[MissionPublic]:
    """Les sorties ouvertes près de chez moi, la plus proche dans le temps d'abord."""
    after = find_moment(work, cursor)
    rows = listings.list_open_missions(work, volunteer_id, after, limit + 1)
    return _page(work, rows, limit, volunteer_id)


@router.get("/missions/mine", response_model_exclude_unset=True)
def list_own_missions(
    work: OpenWork, volunteer_id: SignedInId, cursor: Cursor = None, limit: Limit = 50
) -> Page[MissionPublic]:
    """Mes sorties, à venir et passées, la plus tardive d'abord."""
    after = find_moment(work, cursor)
    rows = listings.list_own_missions(work, volunteer_id, after, limit + 1)
    return _page(work, rows, limit, volunteer_id)


@router.get("/missions/{mission_id}", response_model_exclude_unset=True)
def get_mission(mission_id: UUID, work: OpenWork, volunteer_id: SignedInId) -> MissionPublic:
    """Une sortie que je pourrais prendre, ou une des miennes."""
    mission = listings.get_mission_for(work, mission_id, volunteer_id)
    return present.mission_for(work, mission, volunteer_id)


@router.post(
    "/missions/{mission_id}/accept", response_model=MissionPublic, response_model_exclude_unset=True
)
def accept_mission(
    mission_id: UUID, work: OpenWork, volunteer_id: SignedInId
) -> MissionPublic | JSONResponse:
    """J'accepte. 409 `/mission-taken` quand quelqu'un d'autre a été plus rapide."""
    return take(
        work,
        mission_id,
        volunteer_id,
        lambda: acceptance.accept_mission(work, mission_id, volunteer_id),
    )


@router.post("/missions/{mission_id}/withdraw", response_model_exclude_unset=True)
def withdraw(mission_id: UUID, work: OpenWork, volunteer_id: SignedInId) -> MissionPublic:
    """Je ne peux plus venir : quelqu'un d'autre est cherché."""
    mission = visits.withdraw(work, mission_id, volunteer_id)
    return present.mission_for(work, mission, volunteer_id)


@router.post("/missions/{mission_id}/start", response_model_exclude_unset=True)
def start(mission_id: UUID, work: OpenWork, volunteer_id: SignedInId) -> MissionPublic:
    """Je suis à la porte."""
    mission = visits.start(work, mission_id, volunteer_id)
    return present.mission_for(work, mission, volunteer_id)


@router.post("/missions/{mission_id}/complete", response_model_exclude_unset=True)
def complete(mission_id: UUID, work: OpenWork, volunteer_id: SignedInId) -> MissionPublic:
    """La personne est rentrée chez elle."""
    mission = visits.complete(work, mission_id, volunteer_id)
    return present.mission_for(work, mission, volunteer_id)


@router.post("/missions/{mission_id}/report", response_model_exclude_unset=True)
def report(
    mission_id: UUID, body: ReportCreate, work: OpenWork, volunteer_id: SignedInId
) -> MissionPublic:
    """Dire comment c'était."""
    mission = visits.report(work, mission_id, volunteer_id, body.answer, body.note)
    return present.mission_for(work, mission, volunteer_id)


@router.post("/missions/{mission_id}/confirm", response_model_exclude_unset=True)
def confirm(mission_id: UUID, work: OpenWork, volunteer_id: SignedInId) -> MissionPublic:
    """La sortie a changé, et je viens toujours."""
    mission = changes.confirm_for(work, mission_id, volunteer_id)
    return present.mission_for(work, mission, volunteer_id)


@router.post("/missions/{mission_id}/no-show", response_model_exclude_unset=True)
def report_absent(mission_id: UUID, work: OpenWork, volunteer_id: SignedInId) -> MissionPublic:
    """La personne n'est pas là : la coordination vérifie tout de suite qu'elle va bien."""
    mission = visits.find_nobody(work, mission_id, volunteer_id)
    return present.mission_for(work, mission, volunteer_id)


@router.post("/missions/{mission_id}/not-again", status_code=204)
def not_again(mission_id: UUID, work: OpenWork, volunteer_id: SignedInId) -> None:
    """Ne plus être proposé à cette personne ; aucune raison n'est demandée, ni gardée."""
    bonds.refuse_after(work, mission_id, volunteer_id)


def _page(
    work: Work, rows: Sequence[MissionRow], limit: int, volunteer_id: UUID
) -> Page[MissionPublic]:
    return make_page(
        work,
        rows,
        limit,
        mark=lambda row: (row.starts_at.isoformat(), row.id),
        show=lambda row: present.mission_for(work, row, volunteer_id),
    )
