"""The mobile-facing JSON API."""
