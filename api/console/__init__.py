"""The coordinators' pages."""

from api.console.pages import make_router

__all__ = ["make_router"]
