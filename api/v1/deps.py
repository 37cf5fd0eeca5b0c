"""What every call under /v1 goes through: one transaction, the access table, the repeated call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from anyio import CapacityLimiter, fail_after
from anyio.lowlevel import RunVar
from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param

from api.access import check_access
from api.v1.idempotency import claim
from matcher.domain.errors import NotAllowed
from matcher.services import sign_in
from matcher.services.work import Runtime, Work
from matcher.store.transitions import SYSTEM

PREFIX = "/v1"

SIGNED_IN = Security(HTTPBearer(auto_error=False, description="Le jeton de POST /auth/sessions."))
"""Says in the OpenAPI document that a route wants a token; `open_work` is what checks it."""


TURNS = 20
"""Calls under /v1 at work at once: half of the connections stay for the telephone."""
LONGEST_WAIT_S = 10.0

_turns: RunVar[CapacityLimiter] = RunVar("calls under /v1 at work")


async def take_turn() -> AsyncIterator[None]:
    """Wait for a turn without holding a thread, so that those at work never lack one.

    Raises:
        TimeoutError: too many calls were waiting already.
    """
    turns = _turns.get(None)
    if turns is None:
        turns = CapacityLimiter(TURNS)
        _turns.set(turns)
    with fail_after(LONGEST_WAIT_S):
        await turns.acquire()
    try:
        yield
    finally:
        turns.release()


async def read_body(request: Request) -> bytes:
    """The body as sent, which tells two calls with one key apart."""
    return await request.body()


def bearer_token(request: Request) -> str | None:
    """The token of the Authorization header, None without one."""
    scheme, token = get_authorization_scheme_param(request.headers.get("Authorization"))
    return token if scheme.lower() == "bearer" and token else None


def open_work(
    request: Request,
    _turn: Annotated[None, Depends(take_turn, scope="function")],
    body: Annotated[bytes, Depends(read_body)],
    token: Annotated[str | None, Depends(bearer_token)],
) -> Iterator[Work]:
    """The call's transaction in the name of whoever is signed in, committed before the answer.

    Raises:
        SignInRefused, NotAllowed: see `check_access`.
    """
    runtime: Runtime = request.app.state.runtime
    with runtime.begin(SYSTEM) as work:
        person = None if token is None else sign_in.find_session(work, token)
        check_access(request.method, PREFIX + request.scope["route"].path, person)
        if person is None:
            yield work
            return
        work = replace(work, actor=person.actor)
        claim(request, work, person.id, body)
        yield work


OpenWork = Annotated[Work, Depends(open_work, scope="function")]


def signed_in_id(work: OpenWork) -> UUID:
    """Who is signed in.

    Raises:
        NotAllowed: nobody, which the access table lets happen on no route that asks.
    """
    if work.actor.id is None:
        raise NotAllowed
    return work.actor.id


SignedInId = Annotated[UUID, Depends(signed_in_id, scope="function")]
