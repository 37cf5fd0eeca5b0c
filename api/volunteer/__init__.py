"""The volunteers' page: one HTML file and one ES module over the public API."""

from api.volunteer.pages import make_router

__all__ = ["make_router"]
