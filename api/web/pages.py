"""HTML pages: templates, packaged assets and the headers that keep a page to itself."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from fastapi import FastAPI
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from phonenumbers import NumberParseException, PhoneNumberFormat
from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matcher.services.texts import day_and_hour

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(self), microphone=()",
}

NBSP = "\N{NO-BREAK SPACE}"

ASSETS = Path(__file__).parent / "assets"


class SecurityHeaders:
    """Adds `SECURITY_HEADERS` to every answer that does not bring its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, the answer's headers completed."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def install(app: FastAPI) -> None:
    """Serve the packaged assets under /assets and put the security headers on every answer."""
    app.add_middleware(SecurityHeaders)
    app.mount("/assets", StaticFiles(directory=ASSETS), name="assets")


def templates_of(package: str, zone: ZoneInfo) -> Environment:
    """The templates of a package's folder `templates`, over the shared ones of this package.

    Filters, for instants in `zone`: `when` ("mardi 1er décembre à 14 heures 30"), `day` ("mardi 1er
    décembre"), `hour` ("14 h 30"), `short` ("mardi 1er décembre, 14 h 30"); and `phone`.
    """
    loader = ChoiceLoader([PackageLoader(package), PackageLoader("api.web")])
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def when(at: datetime) -> str:
        return day_and_hour(at, zone)

    def day(at: datetime) -> str:
        weekday, _, date = when(at).rpartition(" à ")[0].partition(" ")
        return f"{weekday} {date.replace(' ', NBSP)}"

    def hour(at: datetime) -> str:
        local = at.astimezone(zone)
        return f"{local.hour}{NBSP}h{NBSP}{local.minute:02d}"

    def short(at: datetime) -> str:
        return f"{day(at)}, {hour(at)}"

    environment.filters |= {"when": when, "day": day, "hour": hour, "short": short, "phone": phone}
    return environment


def phone(number: str) -> str:
    """A telephone number as people read it aloud: "01 99 00 00 00"; what is none stays as it is."""
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:
        return number
    at_home = parsed.country_code == 33
    style = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)


def page(
    templates: Environment, name: str, *, status_code: int = 200, **values: Any
) -> HTMLResponse:
    """The rendered template; never stored by anybody, as pages show people."""
    return HTMLResponse(
        templates.get_template(name).render(**values),
        status_code=status_code,
        headers={"Cache-Control": "no-store"},
    )
