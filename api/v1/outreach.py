"""The coordinators' API, second part: outings that come back, lists to ring, weeks summed up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from api.v1 import coordination_present as present
from api.v1.deps import SIGNED_IN, OpenWork
from api.v1.idempotency import IdempotentRoute
from api.v1.outreach_schemas import (
    CampaignCallPublic,
    CampaignCreate,
    CampaignSummary,
    CampaignWhole,
    DigestPublic,
    SeriesPublic,
    TemplatePublic,
)
from api.v1.paging import Cursor, Limit, Page, find_moment, make_page
from api.v1.present import local, zone_name
from api.v1.schemas import Day
from matcher.domain.campaigns import CallStatus
from matcher.services import campaigns, digest, series
from matcher.services.work import Work
from matcher.store.tables import CampaignCallRow, CampaignRow, RequestRow, SeniorRow

router = APIRouter(
    prefix="/coordination",
    tags=["coordination"],
    route_class=IdempotentRoute,
    dependencies=[SIGNED_IN],
)


@router.get("/series")
def list_series(work: OpenWork, cursor: Cursor = None, limit: Limit = 50) -> Page[SeriesPublic]:
    """Les sorties qui reviennent, avec les prochaines ; la plus ancienne d'abord."""
    after = find_moment(work, cursor)
    rows = series.list_series(work)
    return make_page(
        work,
        [row for row in rows if after is None or (row.created_at, row.id) > after],
        limit,
        mark=lambda row: (row.created_at.isoformat(), row.id),
        show=lambda row: _series(work, row),
    )


@router.post("/series/{request_id}/stop")
def stop_series(request_id: UUID, work: OpenWork) -> SeriesPublic:
    """Arrêter une sortie qui revient ; les prochaines sont annulées, les bénévoles prévenus."""
    return _series(work, series.stop(work, request_id))


@router.get("/campaign-templates")
def list_templates() -> Page[TemplatePublic]:
    """Ce qu'une campagne peut dire, en une page."""
    return Page(
        items=[
            TemplatePublic(key=key, title=one.title, text=one.text)
            for key, one in campaigns.list_templates().items()
        ],
        next=None,
    )


@router.get("/campaigns")
def list_campaigns(
    work: OpenWork, cursor: Cursor = None, limit: Limit = 50
) -> Page[CampaignSummary]:
    """Les campagnes d'appels, la dernière d'abord."""
    after = find_moment(work, cursor)
    rows = campaigns.list_campaigns(work)
    return make_page(
        work,
        [one for one in rows if after is None or (one[0].created_at, one[0].id) < after],
        limit,
        mark=lambda one: (one[0].created_at.isoformat(), one[0].id),
        show=lambda one: CampaignSummary(**_campaign(work, *one)),
    )


@router.post("/campaigns", status_code=201)
def start_campaign(body: CampaignCreate, work: OpenWork) -> CampaignWhole:
    """Appeler une liste de personnes aînées, les plus âgées d'abord."""
    row = campaigns.start(work, body.name, body.template, body.zones, body.min_age)
    return _board(work, row.id)


@router.get("/campaigns/{campaign_id}")
def get_campaign(campaign_id: UUID, work: OpenWork) -> CampaignWhole:
    """Qui a répondu quoi ; celles et ceux qui attendent une personne d'abord."""
    work.note("campaign", campaign_id, "viewed")
    return _board(work, campaign_id)


@router.post("/campaigns/{campaign_id}/stop")
def stop_campaign(campaign_id: UUID, work: OpenWork) -> CampaignWhole:
    """N'appeler plus personne."""
    return _board(work, campaigns.stop(work, campaign_id).id)


@router.post("/campaign-calls/{call_id}/reached")
def mark_reached(call_id: UUID, work: OpenWork) -> CampaignCallPublic:
    """Une personne de l'équipe a joint la personne aînée."""
    call = campaigns.reach(work, call_id)
    return _call(work, call, work.session.get_one(SeniorRow, call.senior_id))


@router.get("/digest")
def get_digest(
    work: OpenWork,
    week: Annotated[Day | None, Query(description="Le lundi de la semaine.")] = None,
) -> DigestPublic:
    """Le bilan d'une semaine, par défaut la dernière."""
    return DigestPublic(**asdict(digest.get_digest(work, week)))


def _series(work: Work, request: RequestRow) -> SeriesPublic:
    senior = work.session.get_one(SeniorRow, request.senior_id)
    return SeriesPublic(
        id=request.id,
        senior=present.person(senior),
        rule=request.recurrence or "",
        words=series.say_rule(work, request),
        first_at=local(work, request.repeats_from or request.created_at),
        ended_at=None if request.ended_at is None else local(work, request.ended_at),
        coming=[present.summary(work, one) for one in series.list_coming(work, request.id)],
    )


def _board(work: Work, campaign_id: UUID) -> CampaignWhole:
    board = campaigns.get_board(work, campaign_id)
    return CampaignWhole(
        **_campaign(work, board.campaign, board.counts),
        people=[_call(work, one.call, one.senior) for one in board.people],
    )


def _campaign(work: Work, row: CampaignRow, counts: Mapping[CallStatus, int]) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "template": row.template,
        "zones": row.audience["zones"],
        "min_age": row.audience["min_age"],
        "created_at": local(work, row.created_at),
        "stopped_at": None if row.stopped_at is None else local(work, row.stopped_at),
        "counts": {status: counts.get(status, 0) for status in CallStatus},
    }


def _call(work: Work, call: CampaignCallRow, senior: SeniorRow) -> CampaignCallPublic:
    return CampaignCallPublic(
        id=call.id,
        senior=present.person(senior),
        zone=zone_name(work, senior.zone_code),
        status=CallStatus(call.status),
        rung_at=[local(work, at) for at in call.rung_at],
        next_look_at=None if call.next_look_at is None else local(work, call.next_look_at),
        settled_at=None if call.settled_at is None else local(work, call.settled_at),
    )
