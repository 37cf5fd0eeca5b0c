"""The coordinators' pages."""

from api.console.outreach import make_outreach_router
from api.console.pages import make_changes, make_router

__all__ = ["make_changes", "make_outreach_router", "make_router"]
