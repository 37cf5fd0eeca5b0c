"""What the pages share: assets, templates, security headers and the zone map."""

from api.web.pages import install

__all__ = ["install"]
