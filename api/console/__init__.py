"""The coordinators' pages."""

from api.console.pages import make_changes, make_router

__all__ = ["make_changes", "make_router"]
