"""The telephone in the browser: plain forms in front of a `Caller` that rings the webhooks."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Form
from jinja2 import Environment
from sqlmodel import col, select
from starlette.responses import RedirectResponse, Response

from api.web.pages import page
from matcher.domain.errors import NotFound
from matcher.services.telephone import normal_number
from matcher.services.work import Runtime
from matcher.store.tables import FileStatus, SeniorRow
from matcher.store.transitions import SYSTEM
from phone.simulator.caller import Caller, EndlessCall, NotWaiting, Post, UnknownTwiml
from phone.simulator.signed import LineFailed

MAX_CALLS = 20
"""Calls kept at once; the one left alone longest makes room."""

OUT_OF_ORDER = "La ligne ne répond pas. Raccrochez et réessayez."


@dataclass(slots=True)
class OpenCall:
    """One call in a browser: the caller, and what was said by both sides, in order."""

    caller: Caller
    number: str
    captions: list[tuple[str, list[str]]] = field(default_factory=list)
    heard: int = 0
    turn: threading.Lock = field(default_factory=threading.Lock)

    def act(self, said: str, action: Callable[[], None]) -> None:
        """Do something on the telephone, then write down what the line answered."""
        with self.turn:
            if said:
                self.captions.append(("vous", [said]))
            try:
                action()
            except NotWaiting:
                pass  # the page was stale: the line asks nothing any more, and the page shows it
            except (LineFailed, UnknownTwiml, EndlessCall):
                self.captions.append(("panne", [OUT_OF_ORDER]))
            new = self.caller.heard[self.heard :]
            self.heard += len(new)
            if new:
                self.captions.append(("ligne", new))


class Switchboard:
    """The open calls, by an opaque id."""

    def __init__(self, post: Post, new_key: Callable[[], str]) -> None:
        self._post, self._new_key = post, new_key
        self._calls: OrderedDict[str, OpenCall] = OrderedDict()
        self._lock = threading.Lock()

    def ring(self, number: str, line: str, call_sid: str) -> str:
        """Ring the line; the key of the new call."""
        caller = Caller(self._post, status_url="/phone/status", call_sid=call_sid)
        call, key = OpenCall(caller, number), self._new_key()
        with self._lock:
            while len(self._calls) >= MAX_CALLS:
                self._calls.popitem(last=False)
            self._calls[key] = call
        call.act("", lambda: caller.ring(number, line))
        return key

    def get(self, key: str) -> OpenCall:
        """The call.

        Raises:
            NotFound: there is none, or it was forgotten.
        """
        with self._lock:
            if key not in self._calls:
                raise NotFound("Cet appel est terminé.")
            self._calls.move_to_end(key)
            return self._calls[key]


def add_telephone(router: APIRouter, runtime: Runtime, templates: Environment, post: Post) -> None:
    """Put /demo/phone on the router."""
    board = Switchboard(post, runtime.new_token)
    line = runtime.settings.phone_number

    @router.get("/phone")
    def telephone() -> Response:
        """Who is calling?"""
        with runtime.begin(SYSTEM) as work:
            seniors = work.session.exec(
                select(SeniorRow)
                .where(
                    SeniorRow.status == FileStatus.ACTIVE.value,
                    col(SeniorRow.phone).is_not(None),
                )
                .order_by(col(SeniorRow.first_name), col(SeniorRow.last_name))
            ).all()
        return page(templates, "phone.html", seniors=seniors, line=line)

    @router.post("/phone")
    def ring(
        senior: Annotated[str, Form(max_length=20)] = "",
        number: Annotated[str, Form(max_length=30)] = "",
    ) -> Response:
        """Pick up and ring."""
        caller = normal_number(number) if number.strip() else senior or "anonymous"
        call_sid = f"CA{runtime.new_id().hex}"
        return _to(board.ring(caller, line, call_sid))

    @router.get("/phone/{key}")
    def listen(key: str) -> Response:
        """The call so far."""
        return page(templates, "call.html", call=board.get(key), key=key, line=line)

    @router.post("/phone/{key}")
    def answer(
        key: str,
        say: Annotated[str, Form(max_length=300)] = "",
        keys: Annotated[str, Form(max_length=30)] = "",
        action: Annotated[str, Form(max_length=20)] = "say",
    ) -> Response:
        """Say something, press keys, keep silent or hang up."""
        call = board.get(key)
        caller = call.caller
        if action == "hang_up":
            call.act("Vous raccrochez.", caller.hang_up)
        elif action == "silence":
            call.act("Vous ne dites rien.", caller.silence)
        elif keys or action.startswith("key-"):
            digits = keys or action.removeprefix("key-")
            call.act(f"Touche {digits}", lambda: caller.press(digits))
        elif say.strip():
            call.act(f"« {say.strip()} »", lambda: caller.say(say.strip()))
        return _to(key)


def _to(key: str) -> Response:
    return RedirectResponse(f"/demo/phone/{key}#suite", status_code=303)
