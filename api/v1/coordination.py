"""The coordinators' API: missions whole, who could go, what has to be done."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.problems import domain_problem
from api.v1 import coordination_present as present
from api.v1.coordination_schemas import (
    CancelCreate,
    MissionSummary,
    MissionWhole,
    NoShowCreate,
    PlanCreate,
    PlanPublic,
    PointCreate,
    RankingPublic,
    StaffSessionCreate,
    TaskPublic,
    TimeCreate,
)
from api.v1.deps import SIGNED_IN, OpenWork
from api.v1.idempotency import IdempotentRoute
from api.v1.paging import Cursor, Limit, Page, find_moment, make_page
from api.v1.schemas import SessionPublic
from matcher.domain.errors import DomainError
from matcher.domain.geo import Point
from matcher.domain.lifecycle import MissionStatus
from matcher.services import (
    absences,
    addresses,
    bonds,
    changes,
    dispatch,
    listings,
    missions,
    sign_in,
    suspension,
    tasks,
    visits,
)
from matcher.services.plan import propose_plan
from matcher.store.tables import BondKind

sign_in_router = APIRouter(prefix="/coordination", tags=["coordination"])
router = APIRouter(
    prefix="/coordination",
    tags=["coordination"],
    route_class=IdempotentRoute,
    dependencies=[SIGNED_IN],
)


@sign_in_router.post("/auth/sessions", status_code=201, response_model=SessionPublic)
def create_session(body: StaffSessionCreate, work: OpenWork) -> SessionPublic | JSONResponse:
    """Se connecter par adresse, mot de passe et code du moment."""
    outcome = sign_in.open_staff_session(work, body.email, body.password, body.totp)
    if isinstance(outcome, DomainError):
        return domain_problem(outcome)
    return SessionPublic(token=outcome)


@router.get("/missions")
def list_missions(
    work: OpenWork, status: MissionStatus | None = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[MissionSummary]:
    """Toutes les sorties, la plus tardive d'abord."""
    rows = listings.list_missions(work, status, find_moment(work, cursor), limit + 1)
    return make_page(
        work,
        rows,
        limit,
        mark=lambda row: (row.starts_at.isoformat(), row.id),
        show=lambda row: present.summary(work, row),
    )


@router.get("/missions/{mission_id}")
def get_mission(mission_id: UUID, work: OpenWork) -> MissionWhole:
    """Une sortie en entier ; la consultation est notée."""
    mission = missions.get_mission(work, mission_id)
    work.note("senior", mission.senior_id, "viewed")
    return present.whole(work, mission)


@router.get("/missions/{mission_id}/ranking")
def get_ranking(mission_id: UUID, work: OpenWork) -> RankingPublic:
    """Qui pourrait y aller, avec les raisons, et qui non, avec la règle."""
    ranked, rejections = dispatch.explain(work, mission_id)
    return present.ranking(work, ranked, rejections)


@router.post("/missions/{mission_id}/verify")
def verify(mission_id: UUID, work: OpenWork) -> MissionWhole:
    """La demande est vérifiée : les bénévoles peuvent être sollicités."""
    return present.whole(work, visits.verify(work, mission_id))


@router.post("/missions/{mission_id}/place")
def place(mission_id: UUID, body: PointCreate, work: OpenWork) -> MissionWhole:
    """Placer à la main, sur la carte, le lieu de rendez-vous."""
    point = Point(body.lat, body.lon)
    return present.whole(work, addresses.place_by_hand(work, mission_id, point))


@router.post("/missions/{mission_id}/time")
def change_time(mission_id: UUID, body: TimeCreate, work: OpenWork) -> MissionWhole:
    """Changer l'heure d'une sortie ; le bénévole dit s'il vient toujours."""
    mission = changes.change_time(work, mission_id, body.starts_at, body.ends_at)
    return present.whole(work, mission)


@router.post("/missions/{mission_id}/reopen")
def reopen(mission_id: UUID, work: OpenWork) -> MissionWhole:
    """Chercher encore, avant l'heure, pour une sortie que personne n'a prise."""
    return present.whole(work, visits.reopen(work, mission_id))


@router.post("/missions/{mission_id}/release")
def release(mission_id: UUID, work: OpenWork) -> MissionWhole:
    """Libérer le bénévole : il est prévenu, et quelqu'un d'autre est cherché."""
    return present.whole(work, visits.release(work, mission_id))


@router.post("/missions/{mission_id}/no-show")
def mark_no_show(mission_id: UUID, body: NoShowCreate, work: OpenWork) -> MissionWhole:
    """Noter qui n'est pas venu ; un bénévole absent est remplacé tout de suite."""
    return present.whole(work, absences.mark_no_show(work, mission_id, body.who))


@router.put("/seniors/{senior_id}/refusals/{volunteer_id}", status_code=204)
def refuse_volunteer(senior_id: UUID, volunteer_id: UUID, work: OpenWork) -> None:
    """La personne aînée préfère quelqu'un d'autre ; aucune raison n'est gardée."""
    bonds.refuse(work, senior_id, volunteer_id, BondKind.SENIOR_REFUSES)


@router.delete("/seniors/{senior_id}/refusals/{volunteer_id}", status_code=204)
def accept_volunteer_again(senior_id: UUID, volunteer_id: UUID, work: OpenWork) -> None:
    """La personne aînée veut bien revoir ce bénévole."""
    bonds.allow_again(work, senior_id, volunteer_id, BondKind.SENIOR_REFUSES)


@router.put("/volunteers/{volunteer_id}/refusals/{senior_id}", status_code=204)
def refuse_senior(volunteer_id: UUID, senior_id: UUID, work: OpenWork) -> None:
    """Le bénévole ne souhaite plus accompagner cette personne ; aucune raison n'est gardée."""
    bonds.refuse(work, senior_id, volunteer_id, BondKind.VOLUNTEER_REFUSES)


@router.delete("/volunteers/{volunteer_id}/refusals/{senior_id}", status_code=204)
def accept_senior_again(volunteer_id: UUID, senior_id: UUID, work: OpenWork) -> None:
    """Le bénévole veut bien accompagner de nouveau cette personne."""
    bonds.allow_again(work, senior_id, volunteer_id, BondKind.VOLUNTEER_REFUSES)


@router.put("/volunteers/{volunteer_id}/suspension", status_code=204)
def suspend(volunteer_id: UUID, work: OpenWork) -> None:
    """Ne plus solliciter ce bénévole ; ses sorties à venir sont confiées à d'autres."""
    suspension.suspend(work, volunteer_id)


@router.delete("/volunteers/{volunteer_id}/suspension", status_code=204)
def bring_back(volunteer_id: UUID, work: OpenWork) -> None:
    """Ce bénévole peut de nouveau être sollicité."""
    suspension.bring_back(work, volunteer_id)


@router.post("/missions/{mission_id}/cancel")
def cancel(mission_id: UUID, body: CancelCreate, work: OpenWork) -> MissionWhole:
    """Annuler une sortie ; le bénévole est prévenu."""
    return present.whole(work, visits.cancel(work, mission_id, body.reason.value))


@router.post("/plan")
def make_plan(body: PlanCreate, work: OpenWork) -> PlanPublic:
    """Proposer qui pourrait prendre chaque sortie ouverte ; rien n'est changé."""
    return present.plan(work, propose_plan(work, body.from_, body.to))


@router.get("/tasks")
def list_tasks(work: OpenWork, cursor: Cursor = None, limit: Limit = 50) -> Page[TaskPublic]:
    """Ce qui reste à faire, le plus pressé d'abord."""
    after = find_moment(work, cursor)
    rows = [row for row in tasks.list_tasks(work) if after is None or (row.due_at, row.id) > after]
    return make_page(
        work,
        rows,
        limit,
        mark=lambda row: (row.due_at.isoformat(), row.id),
        show=lambda row: present.task(work, row),
    )


@router.post("/tasks/{task_id}/done")
def finish_task(task_id: UUID, work: OpenWork) -> TaskPublic:
    """C'est fait."""
    return present.task(work, tasks.finish_task(work, task_id))
