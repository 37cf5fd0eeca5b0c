"""The mobile-facing JSON API as an application of its own, to be mounted under /v1."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.v1 import auth, coordination, coverage, me, missions, offers, outreach, places
from api.v1.deps import open_work
from api.v1.docs import make_docs_page
from api.v1.idempotency import Replay
from matcher.services.work import Runtime

DESCRIPTION = (
    "Des bénévoles accompagnent des personnes aînées près de chez eux. Les erreurs sont des"
    " documents `application/problem+json` au `type` stable. Les listes vont par pages :"
    " `{items, next}`. Les instants portent leur décalage horaire."
)

_PROBLEM: dict[str, Any] = {
    "description": "Un problème, avec des mots pour le dire.",
    "content": {problems.MEDIA_TYPE: {"schema": problems.SCHEMA}},
}


class NoStore:
    """ASGI middleware: nothing of this API stays in a cache, for nearly all of it is personal."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with `Cache-Control: no-store`."""

        async def send_unstored(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Cache-Control"] = "no-store"
            await send(message)

        await self.app(scope, receive, send_unstored)


def make_v1(runtime: Runtime) -> FastAPI:
    """The API over `runtime`: every route goes through `open_work`, and so the access table."""
    app = FastAPI(
        title="Compagnie",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(open_work, scope="function")],
        responses={"4XX": _PROBLEM, "5XX": _PROBLEM},
    )
    app.state.runtime = runtime
    problems.install(app)

    @app.exception_handler(Replay)
    def replay(_: Request, answered: Replay) -> Response:
        return answered.response

    app.add_middleware(NoStore)
    for router in (
        auth.router,
        auth.sessions,
        me.router,
        offers.router,
        missions.router,
        places.router,
        coordination.sign_in_router,
        coordination.router,
        coverage.router,
        outreach.router,
    ):
        app.include_router(router)
    app.add_route("/docs", make_docs_page(app.openapi), include_in_schema=False)
    return app
