"""Who is at the console: an opaque token in a cookie, and a second token in every form."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import Form, Request
from starlette.responses import RedirectResponse, Response

from matcher.domain.errors import NotAllowed, NotFound
from matcher.services import sign_in
from matcher.services.work import Runtime, Work
from matcher.store.tables import PersonKind
from matcher.store.transitions import SYSTEM

SIGN_IN = "/console/sign-in"
MAX_AGE_S = int(sign_in.POLICY.staff_session.total_seconds())

FormToken = Annotated[str, Form(max_length=128)]


class NotSignedIn(Exception):
    """Nobody is signed in at the console: to be led to the sign-in page."""


def cookie_name(runtime: Runtime, name: str = "console") -> str:
    """With its `__Host-` prefix wherever the browser accepts one, that is over https."""
    return f"__Host-{name}" if _secure(runtime) else f"compagnie-{name}"


def _secure(runtime: Runtime) -> bool:
    return runtime.settings.public_url.startswith("https://")


def set_cookie(runtime: Runtime, response: Response, name: str, value: str) -> None:
    """Hand the browser a cookie that no script and no other site gets to see or send."""
    response.set_cookie(
        cookie_name(runtime, name),
        value,
        max_age=MAX_AGE_S,
        path="/",
        httponly=True,
        secure=_secure(runtime),
        samesite="strict",
    )


def drop_cookie(runtime: Runtime, response: Response, name: str) -> None:
    """Take the cookie back."""
    response.delete_cookie(
        cookie_name(runtime, name),
        path="/",
        httponly=True,
        secure=_secure(runtime),
        samesite="strict",
    )


def read_cookie(runtime: Runtime, request: Request, name: str) -> str:
    """The cookie's value, empty without one."""
    return request.cookies.get(cookie_name(runtime, name), "")


def get_person(work: Work, token: str) -> sign_in.Person:
    """The member of staff who holds the token.

    Raises:
        NotSignedIn: nobody does.
    """
    person = sign_in.find_session(work, token) if token else None
    if person is None or person.kind is not PersonKind.STAFF:
        raise NotSignedIn
    return person


def as_staff(
    runtime: Runtime, request: Request, do: Callable[[Work, str], Response], missing: str
) -> Response:
    """What `do(work, token)` answers in the name of whoever is signed in; the others get the form.

    `missing` is said when what they look for does not exist, a French sentence.
    """
    token = read_cookie(runtime, request, "console")
    try:
        with runtime.begin(SYSTEM) as work:
            person = get_person(work, token)
            return do(replace(work, actor=person.actor), token)
    except NotSignedIn:
        return RedirectResponse(SIGN_IN, status_code=303)
    except NotFound:
        return Response(missing, status_code=404)


def form_token(runtime: Runtime, secret: str) -> str:
    """What a form must send back: known only to pages made for the holder of `secret`."""
    return runtime.keyring.index(f"form:{secret}")


def check_form(runtime: Runtime, secret: str, given: str) -> None:
    """Refuse a form that another site made the browser send.

    Raises:
        NotAllowed: the form is not one of ours, or of another session.
    """
    if not secret or not hmac.compare_digest(form_token(runtime, secret), given):
        raise NotAllowed("Cette page n'est plus à jour. Rechargez-la et recommencez.")
