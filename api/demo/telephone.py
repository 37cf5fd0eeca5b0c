"""The telephone in the browser: forms in front of a `Handset` that rings the signed webhooks.

Every page works by itself; `assets/phone.js` posts the same forms and takes over what changed.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form
from jinja2 import Environment
from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select
from starlette.responses import JSONResponse, RedirectResponse, Response

from api.demo.bell import Bell, owner_of
from api.demo.handset import WITHHELD, Handset, OpenCall
from api.demo.understood import Rows, rows_of_call, rows_of_message
from api.web.pages import SECURITY_HEADERS, page
from matcher.domain.errors import NotFound
from matcher.services.telephone import normal_number
from matcher.services.work import Runtime
from matcher.store.tables import FileStatus, SeniorRow
from matcher.store.transitions import SYSTEM
from phone.simulator.caller import Post

MAX_TELEPHONES = 20
"""Telephones kept at once; the one left alone longest makes room."""

MICROPHONE = SECURITY_HEADERS["Permissions-Policy"].replace("microphone=()", "microphone=(self)")
"""Answers may be spoken here, if the browser understands them without sending them anywhere."""


class PickUp(BaseModel):
    """Which telephone is picked up."""

    model_config = ConfigDict(extra="forbid")

    phone: str


class Switchboard:
    """The telephones in use, by an opaque key."""

    def __init__(self, new_key: Callable[[], str]) -> None:
        self._new_key = new_key
        self._handsets: OrderedDict[str, Handset] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, handset: Handset) -> str:
        """Put a telephone on the table; its key."""
        key = self._new_key()
        with self._lock:
            while len(self._handsets) >= MAX_TELEPHONES:
                self._handsets.popitem(last=False)
            self._handsets[key] = handset
        return key

    def get(self, key: str) -> Handset:
        """The telephone.

        Raises:
            NotFound: there is none, or it was forgotten.
        """
        with self._lock:
            if key not in self._handsets:
                raise NotFound("Ce téléphone n'est plus là. Prenez-en un autre.")
            self._handsets.move_to_end(key)
            return self._handsets[key]


def add_telephone(
    router: APIRouter, runtime: Runtime, templates: Environment, post: Post, bell: Bell
) -> None:
    """Put /demo/phone and /demo/calls on the router."""
    board = Switchboard(runtime.new_token)
    line = runtime.settings.phone_number

    @router.get("/phone")
    def choose() -> Response:
        """Whose telephone?"""
        with runtime.begin(SYSTEM) as work:
            seniors = work.session.exec(
                select(SeniorRow)
                .where(
                    SeniorRow.status == FileStatus.ACTIVE.value,
                    col(SeniorRow.phone).is_not(None),
                )
                .order_by(col(SeniorRow.first_name), col(SeniorRow.last_name))
            ).all()
        rings = bell.list_ringing()
        return page(templates, "phone.html", seniors=seniors, rings=rings, line=line)

    @router.get("/phone/ringing")
    def ringing() -> Response:
        """The part of that page that says what rings now."""
        return page(templates, "ringing.html", rings=bell.list_ringing())

    @router.post("/phone")
    def take(
        person: Annotated[str, Form(max_length=20)] = "",
        number: Annotated[str, Form(max_length=30)] = "",
        action: Annotated[str, Form(max_length=20)] = "call",
    ) -> Response:
        """Take a telephone, to ring the line, to wait for a call or to pick one up."""
        chosen = number.strip() or person
        shown = normal_number(chosen) if chosen else WITHHELD
        with runtime.begin(SYSTEM) as work:
            handset = Handset(shown, owner_of(work, shown) if chosen else "")
        key = board.add(handset)
        if action == "call":
            handset.ring_line(post, line, _new_sid(runtime))
        elif action == "pick_up":
            pick_up(handset)
        return _to(key)

    @router.get("/phone/{key}")
    def look(key: str) -> Response:
        """The telephone and the call on it."""
        handset = board.get(key)
        call = handset.call  # read once: a call may begin while the page is drawn
        busy = call is not None and call.on
        waits = not busy and handset.number != WITHHELD
        answer = page(
            templates,
            "handset.html",
            handset=handset,
            call=call,
            busy=busy,
            rings=bell.list_ringing(handset.number) if waits else [],
            understood=understood(call),
            key=key,
            line=line,
        )
        answer.headers["Permissions-Policy"] = MICROPHONE
        return answer

    @router.post("/phone/{key}")
    def use(
        key: str,
        say: Annotated[str, Form(max_length=300)] = "",
        keys: Annotated[str, Form(max_length=30, pattern=r"^[0-9*#]*$")] = "",
        action: Annotated[str, Form(max_length=20)] = "say",
    ) -> Response:
        """Do something on the telephone; what makes no sense any more does nothing."""
        handset = board.get(key)
        if handset.busy:
            act(handset, action, say.strip(), keys)
        elif action == "call":
            handset.ring_line(post, line, _new_sid(runtime))
        elif action == "pick_up":
            pick_up(handset)
        elif action == "refuse":
            bell.silence(handset.number)
        return _to(key)

    @router.post("/calls/pick-up")
    def pick_up_elsewhere(wanted: PickUp) -> Response:
        """The call that rings at a number, for a telephone that plays it itself; 204 if none."""
        number = normal_number(wanted.phone)
        ring = bell.silence(number)
        if ring is None:
            return Response(status_code=204)
        return JSONResponse({"from": line, "to": number, "twiml": ring.document})

    def pick_up(handset: Handset) -> None:
        ring = bell.silence(handset.number)
        if ring is not None:
            sid = _new_sid(runtime)
            handset.pick_up(post, line, sid, ring.message_id, ring.document)

    def understood(call: OpenCall | None) -> Rows:
        if call is None:
            return []
        with runtime.begin(SYSTEM) as work:
            if call.message_id is None:
                return rows_of_call(work, call.sid)
            return rows_of_message(work, call.message_id)


def act(handset: Handset, action: str, say: str, keys: str) -> None:
    """Do what a form asks of a call that is on."""
    call = handset.call
    if call is None:
        return
    match action:
        case "hang_up":
            call.hang_up()
        case "silence":
            call.be_silent()
        case "team_takes" | "team_away":
            call.settle_team(takes=action == "team_takes")
        case _ if keys:
            call.press(keys)
            call.send_keys()
        case _ if action.startswith("key-"):
            call.press(action.removeprefix("key-"))
        case _ if say:
            call.say(say)
        case _:
            call.send_keys()


def _new_sid(runtime: Runtime) -> str:
    return f"CA{runtime.new_id().hex}"


def _to(key: str) -> Response:
    return RedirectResponse(f"/demo/phone/{key}#suite", status_code=303)
