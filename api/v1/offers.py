"""Offers: to look at, to accept, to decline."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.v1 import present
from api.v1.deps import SIGNED_IN, OpenWork, SignedInId
from api.v1.idempotency import IdempotentRoute
from api.v1.paging import Cursor, Limit, Page, find_moment, make_page
from api.v1.schemas import MissionPublic, OfferPublic
from api.v1.taking import take
from matcher.domain.lifecycle import OfferStatus
from matcher.services import acceptance, listings
from matcher.services.missions import get_mission

router = APIRouter(tags=["propositions"], route_class=IdempotentRoute, dependencies=[SIGNED_IN])


@router.get("/offers", response_model_exclude_unset=True)
def list_offers(
    work: OpenWork,
    volunteer_id: SignedInId,
    status: OfferStatus | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[OfferPublic]:
    """Mes propositions, la plus récente d'abord."""
    rows = listings.list_offers(work, volunteer_id, status, find_moment(work, cursor), limit + 1)
    return make_page(
        work,
        rows,
        limit,
        mark=lambda pair: (pair[0].sent_at.isoformat(), pair[0].id),
        show=lambda pair: present.offer(work, *pair),
    )


@router.post(
    "/offers/{offer_id}/accept", response_model=MissionPublic, response_model_exclude_unset=True
)
def accept_offer(
    offer_id: UUID, work: OpenWork, volunteer_id: SignedInId
) -> MissionPublic | JSONResponse:
    """J'accepte. 409 `/mission-taken` quand quelqu'un d'autre a été plus rapide."""
    offer = acceptance.get_own_offer(work, offer_id, volunteer_id)
    return take(
        work,
        offer.mission_id,
        volunteer_id,
        lambda: acceptance.accept_offer(work, offer_id, volunteer_id),
    )


@router.post("/offers/{offer_id}/decline", response_model_exclude_unset=True)
def decline_offer(offer_id: UUID, work: OpenWork, volunteer_id: SignedInId) -> OfferPublic:
    """Pas cette fois."""
    row = acceptance.decline_offer(work, offer_id, volunteer_id)
    return present.offer(work, row, get_mission(work, row.mission_id))
