"""The coordinators' page: what is going on, what is to be done, who is covered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Header, Request
from jinja2 import Environment
from sqlmodel import col, select
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from api.console import words
from api.console.outing import add_outings
from api.console.session import (
    SIGN_IN,
    FormToken,
    NotSignedIn,
    as_staff,
    check_form,
    drop_cookie,
    form_token,
    get_person,
    read_cookie,
    set_cookie,
)
from api.console.stream import ChangeFeed
from api.console.volunteers import add_volunteers
from api.console.week import add_week
from api.web.pages import page, templates_of
from api.web.zone_map import draw
from matcher.domain.errors import DomainError, TooManyAttempts
from matcher.services import sign_in
from matcher.services.board import BoardTask, get_board, get_journal_mark
from matcher.services.coverage import half_day_of, list_around, list_coverage
from matcher.services.population import count_alone
from matcher.services.tasks import finish_task
from matcher.services.work import Runtime, Work
from matcher.store.tables import VolunteerRow
from matcher.store.transitions import SYSTEM

MISSING = "Cette tâche n'existe pas."


def make_changes(runtime: Runtime) -> ChangeFeed:
    """What tells open consoles that the journal has grown."""

    def find_mark() -> int:
        with runtime.begin(SYSTEM) as work:
            return get_journal_mark(work)

    return ChangeFeed(find_mark)


def make_router(runtime: Runtime, changes: ChangeFeed) -> APIRouter:
    """The routes under /console."""
    router = APIRouter(prefix="/console", include_in_schema=False)
    zone = runtime.settings.zone
    templates = templates_of("api.console", zone)
    templates.globals.update(
        state_of=words.state_of,
        needs_of=words.needs_of,
        purposes=words.PURPOSES,
        tasks=words.TASKS,
        coverage_words=words.COVERAGE,
        actions_on=words.actions_on,
        can_call_off=words.can_call_off,
        cancel_reasons=words.CANCEL_REASONS,
        offers=words.OFFERS,
    )
    templates.filters["details"] = lambda details: words.details_of(details, zone)

    @router.get("")
    def console(request: Request) -> Response:
        """The whole page; whoever is not signed in is led to the form."""

        def do(work: Work, token: str) -> Response:
            return page(templates, "console.html", **_view(runtime, work, token))

        return as_staff(runtime, request, do, MISSING)

    @router.get("/board")
    def board(request: Request) -> Response:
        """The part of the page that changes, fetched when the stream says so."""
        token = read_cookie(runtime, request, "console")
        try:
            with runtime.begin(SYSTEM) as work:
                get_person(work, token)
                return page(templates, "board.html", **_view(runtime, work, token))
        except NotSignedIn:
            return Response(status_code=401)

    @router.get("/stream")
    def stream(request: Request, last_event_id: Annotated[str | None, Header()] = None) -> Response:
        """Server-sent events: that something changed, never what."""
        try:
            with runtime.begin(SYSTEM) as work:
                get_person(work, read_cookie(runtime, request, "console"))
        except NotSignedIn:
            return Response(status_code=401)
        seen = int(last_event_id) if last_event_id and last_event_id.isdecimal() else None
        return StreamingResponse(
            changes.events(seen),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @router.post("/tasks/{task_id}/done")
    def finish(request: Request, task_id: UUID, form: FormToken) -> Response:
        """Mark a task done."""

        def do(work: Work, token: str) -> Response:
            check_form(runtime, token, form)
            finish_task(work, task_id)
            return RedirectResponse("/console#a-faire", status_code=303)

        return as_staff(runtime, request, do, MISSING)

    add_outings(router, runtime, templates)
    add_volunteers(router, runtime, templates)
    add_week(router, runtime, templates)

    @router.get("/sign-in")
    def ask() -> Response:
        """The sign-in form."""
        return _sign_in_form(runtime, templates)

    @router.post("/sign-in")
    def enter(
        request: Request,
        form: FormToken,
        email: Annotated[str, Form(max_length=254)],
        password: Annotated[str, Form(max_length=200)],
        code: Annotated[str, Form(max_length=12)],
    ) -> Response:
        """Check address, password and code."""
        check_form(runtime, read_cookie(runtime, request, "form"), form)
        with runtime.begin(SYSTEM) as work:
            outcome = sign_in.open_staff_session(work, email, password, "".join(code.split()))
        if isinstance(outcome, DomainError):
            return _sign_in_form(runtime, templates, refusal=outcome, email=email)
        response = RedirectResponse("/console", status_code=303)
        set_cookie(runtime, response, "console", outcome)
        drop_cookie(runtime, response, "form")
        return response

    @router.post("/sign-out")
    def leave(request: Request, form: FormToken) -> Response:
        """End the session."""
        token = read_cookie(runtime, request, "console")
        check_form(runtime, token, form)
        with runtime.begin(SYSTEM) as work:
            sign_in.sign_out(work, token)
        response = RedirectResponse(SIGN_IN, status_code=303)
        drop_cookie(runtime, response, "console")
        return response

    return router


def _view(runtime: Runtime, work: Work, token: str) -> dict[str, Any]:
    span = half_day_of(work.now, runtime.settings.zone)
    coverage = list_coverage(work, span.interval)
    board = get_board(work)
    return {
        "now": work.now,
        "board": board,
        "volunteers": _volunteers_in(work, board.tasks),
        "coverage": coverage,
        "around": list_around(work, coverage),
        "alone": count_alone(work, [one.zone.code for one in coverage]),
        "map": draw(coverage, runtime.atlas.territory.outline),
        "half_day": words.HALF_DAYS[span.half_day],
        "span": span.interval,
        "form": form_token(runtime, token),
        "journal_mark": get_journal_mark(work),
    }


def _volunteers_in(work: Work, tasks: Sequence[BoardTask]) -> dict[str, VolunteerRow]:
    """The volunteers whom tasks name in their details, by the id as it stands there."""
    named = {one.task.details.get("volunteer_id") for one in tasks} - {None}
    rows = work.session.exec(select(VolunteerRow).where(col(VolunteerRow.id).in_(named)))
    return {str(row.id): row for row in rows}


def _sign_in_form(
    runtime: Runtime, templates: Environment, refusal: DomainError | None = None, email: str = ""
) -> HTMLResponse:
    secret = runtime.new_token()
    status_code = 200
    if refusal is not None:
        status_code = 429 if isinstance(refusal, TooManyAttempts) else 401
    response = page(
        templates,
        "sign_in.html",
        status_code=status_code,
        form=form_token(runtime, secret),
        refusal=refusal,
        email=email,
    )
    set_cookie(runtime, response, "form", secret)
    return response
