"""The line's webhooks: Twilio's signed requests in, TwiML out."""

from __future__ import annotations

import logging
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import Response
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from twilio.request_validator import RequestValidator

from matcher.services.work import Runtime
from phone.line import Form, Line

log = logging.getLogger(__name__)


async def signed_form(request: Request) -> Form:
    """The parameters of a request that Twilio signed; anything else is refused.

    The signature is checked against the configured public URL, since a proxy may have changed the
    one this process sees.
    """
    settings = request.app.state.runtime.settings
    form = {key: str(value) for key, value in (await request.form()).items()}
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{settings.public_url}{request.url.path}{query}"
    validator = RequestValidator(settings.twilio_auth_token.get_secret_value())
    # The library raises TypeError on a missing header.
    if not validator.validate(url, form, request.headers.get("X-Twilio-Signature", "")):
        raise HTTPException(status_code=403)
    return form


def the_line(request: Request) -> Line:
    """The line of this application."""
    line: Line = request.app.state.line
    return line


SignedForm = Annotated[Form, Depends(signed_form)]
TheLine = Annotated[Line, Depends(the_line)]


def make_phone_app(runtime: Runtime) -> FastAPI:
    """The telephone door, to be mounted at /phone."""
    app = FastAPI(title="Compagnie, téléphone", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.runtime = runtime
    app.state.line = Line(runtime)
    app.post("/voice")(voice)
    app.post("/turn")(turn)
    app.post("/dial")(dial)
    app.post("/whisper")(whisper)
    app.post("/voicemail")(voicemail)
    app.post("/answer")(answer)
    app.post("/status")(status)
    app.post("/sms")(sms)
    app.post("/fallback")(fallback)
    for kind in (OperationalError, InterfaceError, PoolTimeout, Exception):
        app.add_exception_handler(kind, excuse)
    return app


def voice(form: SignedForm, line: TheLine) -> Response:
    """A call comes in."""
    return _xml(line.answer_call(form))


def turn(form: SignedForm, line: TheLine, step: int) -> Response:
    """The caller answered, or stayed silent."""
    return _xml(line.take_turn(form, step))


def dial(form: SignedForm, line: TheLine, ring_round: int = 1) -> Response:
    """The team was rung."""
    return _xml(line.after_dial(form, ring_round))


def whisper(form: SignedForm, line: TheLine, to: int, call: str | None = None) -> Response:
    """Somebody of the team picked up, or pressed a key to take the call."""
    return _xml(line.whisper(call, to, form.get("Digits", "")))


def voicemail(form: SignedForm, line: TheLine) -> Response:
    """A message was left after the tone."""
    return _xml(line.take_voicemail(form))


def answer(form: SignedForm, line: TheLine, message: UUID) -> Response:
    """A key was pressed in a call we made."""
    return _xml(line.take_key(message, form.get("Digits", "")))


def status(form: SignedForm, line: TheLine) -> Response:
    """A call changed its status."""
    line.take_status(form)
    return Response(status_code=204)


def sms(form: SignedForm, line: TheLine) -> Response:
    """An SMS comes in."""
    return _xml(line.take_sms(form))


def fallback(_: SignedForm, line: TheLine) -> Response:
    """Twilio could not get an answer elsewhere."""
    return _xml(line.apologise())


async def excuse(request: Request, error: Exception) -> Response:
    """Whatever broke, a person on the line hears an apology and reaches somebody.

    Status 200, as Twilio speaks no other.
    """
    log.error("a telephone turn failed: %s at %s", type(error).__name__, request.url.path)
    line: Line = request.app.state.line
    if request.url.path.endswith("/whisper"):
        # The team's end of a call takes no Dial: the key is asked for without writing it down.
        return _xml(line.whisper(None, int(request.query_params.get("to", "0")), ""))
    return _xml(line.apologise())


def _xml(twiml: str) -> Response:
    return Response(twiml, media_type="application/xml")
