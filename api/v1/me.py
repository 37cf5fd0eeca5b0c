"""A volunteer's own file and availability."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from api.v1 import present
from api.v1.deps import SIGNED_IN, OpenWork, SignedInId
from api.v1.idempotency import IdempotentRoute
from api.v1.schemas import (
    AvailabilityUpdate,
    ExceptionCreate,
    ExceptionPublic,
    MePublic,
    MeUpdate,
    PresencePublic,
    PresenceUpdate,
    PushSubscriptionPublic,
    PushSubscriptionUpdate,
)
from matcher.domain.availability import DatedException, WeeklyWindow
from matcher.domain.errors import InvalidInput
from matcher.domain.geo import Point
from matcher.ports import Subscription
from matcher.services import people, push

router = APIRouter(tags=["moi"], route_class=IdempotentRoute, dependencies=[SIGNED_IN])


@router.get("/me")
def get_me(work: OpenWork, volunteer_id: SignedInId) -> MePublic:
    """Mon dossier, mes créneaux et mes exceptions à venir."""
    return present.me(work, people.get_me(work, volunteer_id))


@router.patch("/me")
def update_me(body: MeUpdate, work: OpenWork, volunteer_id: SignedInId) -> MePublic:
    """Changer jusqu'où, combien de fois et dans quelles langues."""
    found = people.update_me(
        work,
        volunteer_id,
        max_walk_m=body.max_walk_m,
        weekly_cap=body.weekly_cap,
        languages=body.languages,
    )
    return present.me(work, found)


@router.put("/me/availability")
def replace_availability(
    body: AvailabilityUpdate, work: OpenWork, volunteer_id: SignedInId
) -> MePublic:
    """Dire sa semaine, à la place de celle d'avant."""
    windows = [WeeklyWindow(w.weekday, w.start, w.end) for w in body.windows]
    return present.me(work, people.replace_availability(work, volunteer_id, windows))


@router.post("/me/exceptions", status_code=201)
def add_exception(
    body: ExceptionCreate, work: OpenWork, volunteer_id: SignedInId
) -> ExceptionPublic:
    """Dire qu'un jour n'est pas comme les autres."""
    row = people.add_exception(
        work, volunteer_id, DatedException(body.day, body.start, body.end, body.free)
    )
    return present.dated_exception(row)


@router.delete("/me/exceptions/{exception_id}", status_code=204)
def remove_exception(exception_id: UUID, work: OpenWork, volunteer_id: SignedInId) -> Response:
    """Retirer une exception."""
    people.remove_exception(work, volunteer_id, exception_id)
    return Response(status_code=204)


@router.put("/me/presence")
def set_presence(body: PresenceUpdate, work: OpenWork, volunteer_id: SignedInId) -> PresencePublic:
    """Dire « libre maintenant », jusqu'à une heure ; la réponse dit près de quelle rue."""
    if (body.lat is None) != (body.lon is None):
        raise InvalidInput("Donnez la latitude et la longitude, ou aucune des deux.")
    here = None if body.lat is None or body.lon is None else Point(body.lat, body.lon)
    found = people.set_presence(work, volunteer_id, body.free_until, here)
    return present.presence(work, found, here)


@router.delete("/me/presence", status_code=204)
def clear_presence(work: OpenWork, volunteer_id: SignedInId) -> Response:
    """Ne plus être « libre maintenant »."""
    people.clear_presence(work, volunteer_id)
    return Response(status_code=204)


@router.get("/me/push-subscription")
def get_push_subscription(work: OpenWork, volunteer_id: SignedInId) -> PushSubscriptionPublic:
    """La clé pour s'abonner aux notifications, et si un navigateur les reçoit déjà."""
    pusher = work.runtime.pusher
    found = push.find_subscription(work, volunteer_id)
    return PushSubscriptionPublic(
        server_key=None if pusher is None else pusher.server_key,
        endpoint=None if found is None else found.endpoint,
    )


@router.put("/me/push-subscription", status_code=204)
def set_push_subscription(
    body: PushSubscriptionUpdate, work: OpenWork, volunteer_id: SignedInId
) -> Response:
    """Recevoir les demandes dans ce navigateur, à la place du SMS."""
    push.subscribe(
        work,
        volunteer_id,
        Subscription(endpoint=body.endpoint, p256dh=body.keys.p256dh, auth=body.keys.auth),
    )
    return Response(status_code=204)


@router.delete("/me/push-subscription", status_code=204)
def clear_push_subscription(work: OpenWork, volunteer_id: SignedInId) -> Response:
    """Recevoir les demandes par SMS."""
    push.unsubscribe(work, volunteer_id)
    return Response(status_code=204)
