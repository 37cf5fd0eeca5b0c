"""The coordinators' pages of series, of campaigns and of the weekly digest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from api.console import words
from api.console.session import FormToken, as_staff, check_form, form_token
from api.web.pages import page, templates_of
from matcher.domain.errors import DomainError, InvalidInput
from matcher.services import campaigns, series
from matcher.services.digest import get_digest
from matcher.services.work import Runtime, Work
from matcher.store.tables import SeniorRow

MISSING = "Cela n'existe pas, ou plus."


def page_of(campaign_id: UUID) -> str:
    """Where a campaign's board is."""
    return f"/console/campaigns/{campaign_id}"


def make_outreach_router(runtime: Runtime) -> APIRouter:
    """Their routes under /console; all useful without a script."""
    router = APIRouter(prefix="/console", include_in_schema=False)
    templates = templates_of("api.console", runtime.settings.zone)
    templates.globals.update(
        answers=words.ANSWERS, purposes=words.PURPOSES, said=campaigns.list_templates()
    )

    def show(request: Request, name: str, view: Callable[[Work], dict[str, Any]]) -> Response:
        """The page for whoever is signed in; the others are led to the form."""

        def do(work: Work, token: str) -> Response:
            return page(templates, name, form=form_token(runtime, token), **view(work))

        return as_staff(runtime, request, do, MISSING)

    def act(request: Request, form: str, do: Callable[[Work], str]) -> Response:
        """What a form asks for, in the name of whoever is signed in; then the page it leads to."""

        def decide(work: Work, token: str) -> Response:
            check_form(runtime, token, form)
            return RedirectResponse(do(work), status_code=303)

        return as_staff(runtime, request, decide, MISSING)

    def listing(work: Work, refusal: DomainError | None = None) -> dict[str, Any]:
        return {
            "campaigns": campaigns.list_campaigns(work),
            "zones": runtime.atlas.territory.list_zones(),
            "refusal": refusal,
        }

    @router.get("/campaigns")
    def list_campaigns(request: Request) -> Response:
        """All campaigns, and the form that starts one."""
        return show(request, "campaigns.html", listing)

    @router.post("/campaigns")
    def start(
        request: Request,
        form: FormToken,
        name: Annotated[str, Form(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]+$")],
        template: Annotated[str, Form(max_length=40)],
        min_age: Annotated[str, Form(max_length=3, pattern="^[0-9]*$")] = "",
        zones: Annotated[list[str] | None, Form(max_length=200)] = None,
    ) -> Response:
        """Start one."""
        age = int(min_age) if min_age else None
        try:
            return act(
                request,
                form,
                lambda work: page_of(campaigns.start(work, name, template, zones or (), age).id),
            )
        except InvalidInput as refused:
            refusal = refused
            return show(request, "campaigns.html", lambda work: listing(work, refusal))

    @router.get("/campaigns/{campaign_id}")
    def board(request: Request, campaign_id: UUID) -> Response:
        """Who answered what."""

        def view(work: Work) -> dict[str, Any]:
            shown = campaigns.get_board(work, campaign_id)
            work.note("campaign", campaign_id, "viewed")
            names = {zone.code: zone.name for zone in runtime.atlas.territory.list_zones()}
            return {"board": shown, "zone_names": names}

        return show(request, "campaign.html", view)

    @router.post("/campaigns/{campaign_id}/stop")
    def stop(request: Request, campaign_id: UUID, form: FormToken) -> Response:
        """Ring nobody any more."""
        return act(request, form, lambda work: page_of(campaigns.stop(work, campaign_id).id))

    @router.post("/campaign-calls/{call_id}/reached")
    def reached(request: Request, call_id: UUID, form: FormToken) -> Response:
        """Somebody of the team reached the person."""
        return act(request, form, lambda work: page_of(campaigns.reach(work, call_id).campaign_id))

    @router.get("/series")
    def list_series(request: Request) -> Response:
        """The outings that come back, and what comes of each."""

        def view(work: Work) -> dict[str, Any]:
            return {
                "series": [
                    (
                        one,
                        work.session.get_one(SeniorRow, one.senior_id),
                        series.say_rule(work, one),
                        series.list_coming(work, one.id),
                    )
                    for one in series.list_series(work)
                ]
            }

        return show(request, "series.html", view)

    @router.post("/series/{request_id}/stop")
    def stop_series(request: Request, request_id: UUID, form: FormToken) -> Response:
        """No more of these; what was to come is called off."""

        def do(work: Work) -> str:
            series.stop(work, request_id)
            return "/console/series"

        return act(request, form, do)

    @router.get("/digest")
    def digest(request: Request) -> Response:
        """Last week, summed up."""
        return show(request, "digest.html", lambda work: {"digest": get_digest(work)})

    return router
