"""What only the demo serves: where to click, who is who, what would have gone out, its clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Annotated, Any

import pyotp
from fastapi import APIRouter, Form
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select
from starlette.responses import RedirectResponse, Response

from api.demo.actors import keep_promises
from api.demo.bell import Bell
from api.demo.clock import LONGEST_STEP, DemoClock
from api.demo.seed import COORDINATOR
from api.demo.telephone import add_telephone
from api.web.pages import page, templates_of
from matcher.jobs import bring_forward
from matcher.services.work import Runtime, Work
from matcher.settings import Environment
from matcher.store.tables import FileStatus, MessageRow, SeniorRow, VolunteerRow
from matcher.store.transitions import SYSTEM
from phone.simulator.caller import Post

SHOWN_MESSAGES = 12
LONGEST_STEP_S = int(LONGEST_STEP.total_seconds())


class Advance(BaseModel):
    """How far to move the demo's clock."""

    model_config = ConfigDict(extra="forbid")

    advance_s: int = Field(ge=0, le=LONGEST_STEP_S, strict=True)


def make_router(runtime: Runtime, post: Post) -> APIRouter:
    """The routes under /demo; none of them outside the demo, so that they answer 404 there.

    Args:
        runtime: with a `DemoClock` as its clock.
        post: how the telephone reaches the webhooks.

    Raises:
        TypeError: the demo runs on another clock.
    """
    router = APIRouter(prefix="/demo", include_in_schema=False)
    settings = runtime.settings
    if settings.environment is not Environment.DEMO:
        return router
    clock = runtime.clock
    if not isinstance(clock, DemoClock):
        raise TypeError("the demo runs on a DemoClock")
    templates = templates_of("api.demo", settings.zone)
    bell = Bell(runtime)

    @router.get("")
    def start() -> Response:
        """Where to click."""
        with runtime.begin(SYSTEM) as work:
            shown: dict[str, Any] = {
                "now": work.now,
                "messages": _messages(work)[-SHOWN_MESSAGES:][::-1],
                "volunteer": _ready_volunteer(work),
            }
        return page(
            templates,
            "start.html",
            coordinator=COORDINATOR,
            line=settings.phone_number,
            code=pyotp.TOTP(COORDINATOR.totp_secret).at(clock()),
            rings=bell.list_ringing(),
            **shown,
        )

    @router.get("/messages")
    def messages() -> list[dict[str, str]]:
        """Every SMS, call and push that would have gone out, newest last."""
        with runtime.begin(SYSTEM) as work:
            return [
                {**one, "at": one["at"].astimezone(settings.zone).isoformat()}
                for one in _messages(work)
            ]

    @router.get("/people")
    def people() -> dict[str, Any]:
        """Who may call, who may be asked, and how the coordinator signs in."""
        with runtime.begin(SYSTEM) as work:
            return _people(work)

    @router.post("/clock")
    def advance(wanted: Advance) -> dict[str, str]:
        """Move the demo's clock forward; what falls due meanwhile happens at once."""
        return {"now": _advance(runtime, clock, wanted.advance_s).isoformat()}

    @router.post("/advance")
    def advance_by_form(
        advance_s: Annotated[int, Form(ge=0, le=LONGEST_STEP_S)],
    ) -> Response:
        """The same from the start page."""
        _advance(runtime, clock, advance_s)
        return RedirectResponse("/demo", status_code=303)

    add_telephone(router, runtime, templates, post, bell)
    return router


def _advance(runtime: Runtime, clock: DemoClock, advance_s: int) -> datetime:
    """Move clock and waiting jobs together; the demo's new local time."""
    by = timedelta(seconds=advance_s)
    with runtime.begin(SYSTEM) as work:
        bring_forward(work, by)
        keep_promises(replace(work, now=work.now + by))
        clock.advance(by)
    return clock().astimezone(runtime.settings.zone)


def _messages(work: Work) -> list[dict[str, Any]]:
    rows = work.session.exec(
        select(MessageRow)
        .where(col(MessageRow.sent_at).is_not(None))
        .order_by(col(MessageRow.sent_at), col(MessageRow.id))
    )
    sent = [
        {"channel": row.channel, "to": row.recipient, "text": row.text, "at": at}
        for row in rows
        for at in row.sent_times
    ]
    return sorted(sent, key=itemgetter("at"))


def _people(work: Work) -> dict[str, Any]:
    zones = {zone.code: zone.name for zone in work.runtime.atlas.territory.list_zones()}

    def shown(row: SeniorRow | VolunteerRow) -> dict[str, str | None]:
        return {
            "name": f"{row.first_name} {row.last_name}",
            "phone": row.phone,
            "zone": zones.get(row.zone_code or ""),
        }

    seniors = work.session.exec(
        select(SeniorRow)
        .where(SeniorRow.status == FileStatus.ACTIVE.value)
        .order_by(col(SeniorRow.id))
    )
    volunteers = work.session.exec(
        select(VolunteerRow).where(col(VolunteerRow.active)).order_by(col(VolunteerRow.id))
    )
    return {
        "seniors": [shown(row) for row in seniors],
        "volunteers": [shown(row) for row in volunteers],
        "coordinator": {
            "email": COORDINATOR.email,
            "password": COORDINATOR.password,
            "totp_secret": COORDINATOR.totp_secret,
        },
    }


def _ready_volunteer(work: Work) -> VolunteerRow | None:
    """Somebody to try the volunteers' page with: the last one who was sent a message, if any."""
    asked = [one["to"] for one in _messages(work) if "près de chez vous" in one["text"]]
    query = select(VolunteerRow).where(col(VolunteerRow.active)).order_by(col(VolunteerRow.id))
    if asked:
        query = query.where(VolunteerRow.phone_index == work.runtime.keyring.index(asked[-1]))
    return work.session.exec(query).first()
