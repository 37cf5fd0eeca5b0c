"""The volunteers' page; everything on it comes from /v1."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from api.web.pages import ASSETS, page, templates_of
from matcher.services.work import Runtime
from matcher.settings import Environment


def make_router(runtime: Runtime) -> APIRouter:
    """The route of the page."""
    router = APIRouter(include_in_schema=False)
    settings = runtime.settings
    templates = templates_of("api.volunteer", settings.zone)

    @router.get("/")
    def volunteer() -> Response:
        """The page, the same for everybody: who is signed in is the script's business."""
        return page(
            templates,
            "volunteer.html",
            zone=settings.time_zone,
            demo=settings.environment is Environment.DEMO,
        )

    @router.get("/service-worker.js")
    def worker() -> Response:
        """What shows notifications; from here it may speak for the whole app."""
        return FileResponse(ASSETS / "service-worker.js", media_type="text/javascript")

    return router
