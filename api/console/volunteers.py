"""The pages of volunteers: found by name or number, and shut out or brought back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from jinja2 import Environment
from starlette.responses import RedirectResponse, Response

from api.console.session import FormToken, as_staff, check_form, form_token
from api.web.pages import page
from matcher.services import listings, suspension
from matcher.services.people import get_volunteer, is_vetted
from matcher.services.work import Runtime, Work

MISSING = "Ce bénévole n'existe pas."
MOST_FOUND = 50


def add_volunteers(router: APIRouter, runtime: Runtime, templates: Environment) -> None:
    """The routes of the pages and of their forms."""

    @router.get("/volunteers")
    def find(request: Request, words: Annotated[str, Query(max_length=100)] = "") -> Response:
        """Those of a name or a number; without either, those who are suspended."""

        def do(work: Work, _token: str) -> Response:
            found = (
                listings.list_volunteers(work, words, MOST_FOUND)
                if words.strip()
                else listings.list_suspended(work)
            )
            return page(
                templates,
                "volunteers.html",
                words=words,
                found=found,
                most=MOST_FOUND,
                zones=_zone_names(work),
            )

        return as_staff(runtime, request, do, MISSING)

    @router.get("/volunteers/{volunteer_id}")
    def show(request: Request, volunteer_id: UUID) -> Response:
        """One volunteer; that somebody looked is written down."""

        def do(work: Work, token: str) -> Response:
            view = _view(work, volunteer_id)
            work.note("volunteer", volunteer_id, "viewed")
            return page(templates, "volunteer.html", form=form_token(runtime, token), **view)

        return as_staff(runtime, request, do, MISSING)

    def act(
        request: Request, volunteer_id: UUID, form: str, decide: Callable[[Work, UUID], None]
    ) -> Response:
        def do(work: Work, token: str) -> Response:
            check_form(runtime, token, form)
            decide(work, volunteer_id)
            return RedirectResponse(f"/console/volunteers/{volunteer_id}", status_code=303)

        return as_staff(runtime, request, do, MISSING)

    @router.post("/volunteers/{volunteer_id}/suspend")
    def suspend(request: Request, volunteer_id: UUID, form: FormToken) -> Response:
        """Shut them out at once."""
        return act(request, volunteer_id, form, suspension.suspend)

    @router.post("/volunteers/{volunteer_id}/bring-back")
    def bring_back(request: Request, volunteer_id: UUID, form: FormToken) -> Response:
        """They may be asked again."""
        return act(request, volunteer_id, form, suspension.bring_back)


def _zone_names(work: Work) -> dict[str, str]:
    return {zone.code: zone.name for zone in work.runtime.atlas.territory.list_zones()}


def _view(work: Work, volunteer_id: UUID) -> dict[str, Any]:
    volunteer = get_volunteer(work, volunteer_id)
    return {
        "volunteer": volunteer,
        "vetted": is_vetted(work, volunteer_id),
        "zone": _zone_names(work).get(volunteer.zone_code or ""),
        "held": listings.list_held(work, volunteer_id),
        "now": work.now,
    }
