"""The national address base over the web, or a self-hosted addok: a second opinion, in a job."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from geopy.adapters import URLLibAdapter
from geopy.exc import GeocoderQueryError, GeopyError
from geopy.geocoders import BANFrance

from matcher.domain.addresses import (
    Address,
    AddressFound,
    AddressMatch,
    AddressUnknown,
    Confidence,
    StreetFound,
)
from matcher.domain.geo import Point
from matcher.geocoding.hearing import normal_rep

DEFAULT_URL = "https://data.geopf.fr/geocodage"
"""Where the national address base answers since it left its first host."""

_NUMBER = re.compile(r"(\d+)\s*(.*)")


class GeocoderUnavailable(Exception):
    """The web geocoder did not answer, or not in its own protocol; worth another try later."""


class BanGeocoder:
    """Addresses looked up over HTTP. Never call it in a telephone turn or a transaction.

    Args:
        url: the base of the service, without `/search`; any addok speaks the same protocol.
        timeout_s: how long one request may last.
        sure_score: the service's own score (0-1) from which a door is taken as sure.
        insee_prefix: how the municipality codes of the territory begin; elsewhere is outside.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        timeout_s: float = 5.0,
        sure_score: float = 0.9,
        insee_prefix: str = "751",
    ) -> None:
        parts = urlsplit(url)
        self._scheme = parts.scheme
        self._domain = f"{parts.netloc}{parts.path}".rstrip("/")
        self._timeout_s = timeout_s
        self._sure_score = sure_score
        self._insee_prefix = insee_prefix

    def find(self, text: str, postcode: str | None = None) -> AddressMatch | None:
        """The best match for `text`, near `postcode` when one is known; None when there is none.

        Raises:
            GeocoderUnavailable: out of reach, too slow, too busy (429), or unintelligible.
        """
        query = f"{text} {postcode}" if postcode else text
        try:
            # One connection, no silent retries: the job that calls this has its own.
            with BANFrance(
                domain=self._domain,
                scheme=self._scheme,
                timeout=self._timeout_s,
                user_agent="compagnie",
                adapter_factory=URLLibAdapter,
            ) as client:
                location = client.geocode(query, limit=1)
            return None if location is None else self._match(location.raw)
        except GeocoderQueryError:
            return None  # the service found the text too short or empty
        except GeopyError as error:
            raise GeocoderUnavailable(str(error)) from error
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise GeocoderUnavailable("an answer in another shape") from error

    def _match(self, feature: dict[str, Any]) -> AddressMatch | None:
        properties = feature["properties"]
        kind = properties["type"]
        if kind not in {"housenumber", "street"}:
            return None
        if not properties["citycode"].startswith(self._insee_prefix):
            return AddressUnknown(outside=True)
        if kind == "street":
            return StreetFound(properties["name"], properties["postcode"], Confidence.CONFIRM)
        door = _NUMBER.fullmatch(properties["housenumber"])
        if door is None:
            raise ValueError(properties["housenumber"])
        lon, lat = feature["geometry"]["coordinates"]
        address = Address(
            int(door[1]),
            normal_rep(door[2]),
            properties["street"],
            properties["postcode"],
            Point(float(lat), float(lon)),
        )
        sure = float(properties["score"]) >= self._sure_score
        return AddressFound(address, Confidence.SURE if sure else Confidence.CONFIRM)
