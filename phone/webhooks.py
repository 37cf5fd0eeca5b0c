"""The line's webhooks: Twilio's signed requests in, TwiML out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Annotated, TypeVar, TypeVarTuple
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import Response
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from twilio.request_validator import RequestValidator

from matcher.services.work import Runtime
from phone.line import Form, Line
from phone.twiml import hang_up

log = logging.getLogger(__name__)

TURNS = ThreadPoolExecutor(2, "turn")
"""Threads that answer callers. More of them wait on one another's interpreter, not on the store,
and a busy console cannot take them away."""
KEYS = ThreadPoolExecutor(4, "key")
"""Threads for what may wait for somebody else's decision about the same outing or call."""

MOST_PARAMETERS = 200
LONGEST_FORM = 65_536
"""Bytes. Twilio sends some thirty parameters in two or three thousand."""


async def signed_form(request: Request) -> Form:
    """The parameters of a request that Twilio signed; anything else is refused.

    The signature is checked against the configured public URL, since a proxy may have changed the
    one this process sees.
    """
    settings = request.app.state.runtime.settings
    form = await _form_of(request)
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{settings.public_url}{request.url.path}{query}"
    validator = RequestValidator(settings.twilio_auth_token.get_secret_value())
    # The library raises TypeError on a missing header.
    if not validator.validate(url, form, request.headers.get("X-Twilio-Signature", "")):
        raise HTTPException(status_code=403)
    return form


async def _form_of(request: Request) -> Form:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            raise HTTPException(status_code=413)
    try:
        return dict(
            parse_qsl(
                body.decode(),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MOST_PARAMETERS,
            )
        )
    except ValueError as error:
        raise HTTPException(status_code=400) from error


async def the_line(request: Request) -> Line:
    """The line of this application."""
    line: Line = request.app.state.line
    return line


SignedForm = Annotated[Form, Depends(signed_form)]
TheLine = Annotated[Line, Depends(the_line)]
Given = TypeVarTuple("Given")
Done = TypeVar("Done")


def make_phone_app(runtime: Runtime) -> FastAPI:
    """The telephone door, to be mounted at /phone."""
    app = FastAPI(title="Compagnie, téléphone", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.runtime = runtime
    app.state.line = Line(runtime)
    app.post("/voice")(voice)
    app.post("/turn")(turn)
    app.post("/dial")(dial)
    app.post("/whisper")(whisper)
    app.post("/partner")(partner)
    app.post("/joined")(joined)
    app.post("/voicemail")(voicemail)
    app.post("/answer")(answer)
    app.post("/status")(status)
    app.post("/sms")(sms)
    app.post("/fallback")(fallback)
    for kind in (OperationalError, InterfaceError, PoolTimeout, Exception):
        app.add_exception_handler(kind, excuse)
    return app


async def voice(form: SignedForm, line: TheLine) -> Response:
    """A call comes in."""
    return await _converse(line.answer_call, form)


async def turn(form: SignedForm, line: TheLine, step: int) -> Response:
    """The caller answered, or stayed silent."""
    return await _converse(line.take_turn, form, step)


async def dial(form: SignedForm, line: TheLine, ring_round: int = 1) -> Response:
    """The team was rung."""
    return await _answer(line.after_dial, form, ring_round)


async def whisper(form: SignedForm, line: TheLine, to: int, call: str | None = None) -> Response:
    """Somebody of the team picked up, or pressed a key to take the call."""
    return await _answer(line.whisper, call, to, form.get("Digits", ""))


async def partner(form: SignedForm, line: TheLine, call: str) -> Response:
    """The other one of an outing picked up, or pressed a key to be joined."""
    return await _answer(line.partner, call, form.get("Digits", ""))


async def joined(form: SignedForm, line: TheLine) -> Response:
    """The other one of an outing was rung."""
    return await _answer(line.after_partner, form)


async def voicemail(form: SignedForm, line: TheLine) -> Response:
    """A message was left after the tone."""
    return await _answer(line.take_voicemail, form)


async def answer(form: SignedForm, line: TheLine, message: UUID) -> Response:
    """A key was pressed in a call we made."""
    return await _answer(line.take_key, message, form.get("Digits", ""))


async def status(form: SignedForm, line: TheLine) -> Response:
    """A call changed its status."""
    await _in(TURNS, line.take_status, form)
    return Response(status_code=204)


async def sms(form: SignedForm, line: TheLine) -> Response:
    """An SMS comes in."""
    return await _answer(line.take_sms, form)


async def fallback(_: SignedForm, line: TheLine) -> Response:
    """Twilio could not get an answer elsewhere."""
    return _xml(line.apologise())


async def excuse(request: Request, error: Exception) -> Response:
    """Whatever broke, a person on the line hears an apology and reaches somebody.

    Status 200, as Twilio speaks no other.
    """
    log.error("a telephone turn failed: %s at %s", type(error).__name__, request.url.path)
    line: Line = request.app.state.line
    if request.url.path.endswith("/partner"):
        return _xml(hang_up())
    if request.url.path.endswith("/whisper"):
        # The team's end of a call takes no Dial: the key is asked for without writing it down.
        return _xml(line.whisper(None, int(request.query_params.get("to", "0")), ""))
    return _xml(line.apologise())


async def _converse(say: Callable[[*Given], str], *given: *Given) -> Response:
    return _xml(await _in(TURNS, say, *given))


async def _answer(say: Callable[[*Given], str], *given: *Given) -> Response:
    return _xml(await _in(KEYS, say, *given))


async def _in(threads: Executor, do: Callable[[*Given], Done], *given: *Given) -> Done:
    return await asyncio.get_running_loop().run_in_executor(threads, do, *given)


def _xml(twiml: str) -> Response:
    return Response(twiml, media_type="application/xml")
