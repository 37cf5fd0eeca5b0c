"""The page of one outing: all there is to know about it, and what a coordinator may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from jinja2 import Environment
from starlette.responses import RedirectResponse, Response

from api.console import words
from api.console.session import FormToken, as_staff, check_form, form_token
from api.console.spots import Asked, Spot, get_spot, list_spots
from api.v1.coordination_schemas import CancelReason
from api.web.pages import page
from api.web.zone_map import mark_of
from matcher.domain.errors import DomainError
from matcher.domain.lifecycle import Absent, MissionStatus, OfferStatus
from matcher.services import absences, bonds, listings, visits
from matcher.services.addresses import is_movable, place_by_hand
from matcher.services.missions import get_mission
from matcher.services.roll import access_notes_of, address_of
from matcher.services.work import Runtime, Work
from matcher.store.tables import (
    ActorKind,
    BondKind,
    MissionRow,
    RequestRow,
    SeniorRow,
    VolunteerRow,
)


class Action(StrEnum):
    """What a coordinator may do about an outing with one button."""

    VERIFY = "verify"
    REOPEN = "reopen"
    RELEASE = "release"
    VOLUNTEER_ABSENT = "volunteer-absent"
    SENIOR_ABSENT = "senior-absent"


ACTIONS: Mapping[Action, Callable[[Work, UUID], object]] = MappingProxyType(
    {
        Action.VERIFY: visits.verify,
        Action.REOPEN: visits.reopen,
        Action.RELEASE: visits.release,
        Action.VOLUNTEER_ABSENT: partial(absences.mark_no_show, who=Absent.VOLUNTEER),
        Action.SENIOR_ABSENT: partial(absences.mark_no_show, who=Absent.SENIOR),
    }
)

Words = Annotated[str, Form(max_length=200)]
NOTHING = Asked()
Unit = Annotated[float | None, Form(ge=0, le=10_000, allow_inf_nan=False)]


def add_outings(router: APIRouter, runtime: Runtime, templates: Environment) -> None:
    """The routes of the page and of its forms."""

    def show(
        work: Work,
        mission_id: UUID,
        token: str,
        refusal: DomainError | None = None,
        asked: Asked = NOTHING,
        spots: Sequence[Spot] = (),
    ) -> Response:
        return page(
            templates,
            "outing.html",
            form=form_token(runtime, token),
            refusal=refusal,
            asked=asked,
            nothing=NOTHING,
            spots=spots,
            **_view(work, get_mission(work, mission_id), spots),
        )

    def answer(request: Request, do: Callable[[Work, str], Response]) -> Response:
        """What `do` answers in the name of whoever is signed in; the others get the form."""
        return as_staff(runtime, request, do, "Cette sortie n'existe pas.")

    def act(
        request: Request, mission_id: UUID, form: str, decide: Callable[[Work], object]
    ) -> Response:
        """Do what a form asks for; what is refused changes nothing, and the page says why."""

        def do(work: Work, token: str) -> Response:
            check_form(runtime, token, form)
            try:
                with work.session.begin_nested():
                    decide(work)
            except DomainError as refused:
                return show(work, mission_id, token, refused)
            return RedirectResponse(f"/console/missions/{mission_id}", status_code=303)

        return answer(request, do)

    @router.get("/missions/{mission_id}")
    def outing(request: Request, mission_id: UUID) -> Response:
        """An outing; that somebody looked is written down."""

        def do(work: Work, token: str) -> Response:
            shown = show(work, mission_id, token)
            work.note("senior", get_mission(work, mission_id).senior_id, "viewed")
            return shown

        return answer(request, do)

    @router.post("/missions/{mission_id}/cancel")
    def cancel(
        request: Request, mission_id: UUID, form: FormToken, reason: Annotated[CancelReason, Form()]
    ) -> Response:
        """Call the outing off."""
        return act(
            request, mission_id, form, lambda work: visits.cancel(work, mission_id, reason.value)
        )

    @router.post("/missions/{mission_id}/places")
    def look_for_place(
        request: Request,
        mission_id: UUID,
        form: FormToken,
        words: Words = "",
        x: Unit = None,
        y: Unit = None,
    ) -> Response:
        """The page with what these words or this click may mean; nothing is placed yet."""
        asked = Asked(words, x, y)

        def do(work: Work, token: str) -> Response:
            check_form(runtime, token, form)
            try:
                spots = list_spots(work, asked)
            except DomainError as refused:
                return show(work, mission_id, token, refused, asked)
            return show(work, mission_id, token, None, asked, spots)

        return answer(request, do)

    @router.post("/missions/{mission_id}/place")
    def place(
        request: Request,
        mission_id: UUID,
        form: FormToken,
        words: Words = "",
        x: Unit = None,
        y: Unit = None,
    ) -> Response:
        """Place the outing where a button of the page said."""

        def do(work: Work) -> None:
            place_by_hand(work, mission_id, get_spot(work, Asked(words, x, y)).place)

        return act(request, mission_id, form, do)

    @router.post("/missions/{mission_id}/refuse")
    def refuse(
        request: Request, mission_id: UUID, form: FormToken, volunteer_id: Annotated[UUID, Form()]
    ) -> Response:
        """The senior would rather not meet this volunteer again, and says no why."""
        return act(request, mission_id, form, partial(_keep_apart, mission_id, volunteer_id))

    @router.post("/missions/{mission_id}/allow")
    def allow(
        request: Request, mission_id: UUID, form: FormToken, volunteer_id: Annotated[UUID, Form()]
    ) -> Response:
        """They may meet again."""
        return act(request, mission_id, form, partial(_let_meet, mission_id, volunteer_id))

    @router.post("/missions/{mission_id}/{action}")
    def decide(request: Request, mission_id: UUID, action: Action, form: FormToken) -> Response:
        """Do what a coordinator decided with one button."""
        return act(request, mission_id, form, lambda work: ACTIONS[action](work, mission_id))


def _keep_apart(mission_id: UUID, volunteer_id: UUID, work: Work) -> None:
    senior_id = get_mission(work, mission_id).senior_id
    bonds.refuse(work, senior_id, volunteer_id, BondKind.SENIOR_REFUSES)


def _let_meet(mission_id: UUID, volunteer_id: UUID, work: Work) -> None:
    senior_id = get_mission(work, mission_id).senior_id
    bonds.allow_again(work, senior_id, volunteer_id, BondKind.SENIOR_REFUSES)


def _view(work: Work, mission: MissionRow, spots: Sequence[Spot]) -> dict[str, Any]:
    session = work.session
    senior = session.get_one(SeniorRow, mission.senior_id)
    holder = mission.volunteer_id
    sent = listings.list_asked(work, mission.id)
    territory = work.runtime.atlas.territory
    zones = {zone.code: zone for zone in territory.list_zones()}
    meeting = None if mission.meeting is None else address_of(mission.meeting)
    points = [one.point for one in spots] or ([meeting.point] if meeting else [])
    outline = territory.outline
    waiting = any(offer.status == OfferStatus.SENT for offer, _ in sent)
    return {
        "now": work.now,
        "mission": mission,
        "senior": senior,
        "refused": bonds.list_refused(work, senior.id),
        "volunteer": None if holder is None else session.get_one(VolunteerRow, holder),
        "state": words.state_of(mission, waiting and mission.status == MissionStatus.OPEN),
        "address": None if meeting is None else meeting.label,
        "access_notes": access_notes_of(mission, senior),
        "zone": zones.get(mission.zone_code or ""),
        "words_heard": session.get_one(RequestRow, mission.request_id).words,
        "movable": is_movable(mission, work.now),
        "outline": outline,
        "zones": zones,
        "marks": [] if outline is None else [mark_of(outline, point) for point in points],
        "sent": sent,
        "story": _story(work, mission.id),
    }


def _story(work: Work, mission_id: UUID) -> Sequence[dict[str, Any]]:
    """What happened, in order; what only the service needs to know is left out."""
    return [
        {
            "at": event.at,
            "what": words.EVENTS[event.kind],
            "who": words.ACTORS[ActorKind(event.actor_kind)],
        }
        for event in listings.list_events(work, mission_id, ())
        if event.kind in words.EVENTS
    ]
