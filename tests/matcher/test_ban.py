"""The web geocoder, against a local server that speaks its protocol."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from matcher.domain.addresses import (
    Address,
    AddressFound,
    AddressUnknown,
    Confidence,
    StreetFound,
)
from matcher.domain.geo import Point
from matcher.geocoding.ban import DEFAULT_URL, BanGeocoder, GeocoderUnavailable
from tests.ban_server import DOOR, STREET, LocalBan


@pytest.fixture
def ban() -> Iterator[LocalBan]:
    with LocalBan() as local:
        yield local


def test_the_default_is_where_the_service_moved() -> None:
    assert DEFAULT_URL == "https://data.geopf.fr/geocodage"


def test_the_search_is_asked_on_the_right_path_with_the_words_and_the_postcode(
    ban: LocalBan,
) -> None:
    ban.answer(DOOR)
    BanGeocoder(f"{ban.url}/").find("55 bis rue des martyrs", "75009")
    assert ban.asked == [
        ("/geocodage/search", {"q": ["55 bis rue des martyrs 75009"], "limit": ["1"]})
    ]


def test_a_door_found_with_a_high_score_is_sure(ban: LocalBan) -> None:
    ban.answer(DOOR)
    assert BanGeocoder(ban.url).find("55 bis rue des martyrs") == AddressFound(
        Address(55, "bis", "Rue des Martyrs", "75009", Point(48.88, 2.34)), Confidence.SURE
    )


def test_a_door_found_with_a_low_score_is_asked_back(ban: LocalBan) -> None:
    ban.answer(DOOR | {"score": 0.6})
    match = BanGeocoder(ban.url).find("55 bis rue des martyres")
    assert isinstance(match, AddressFound)
    assert match.confidence is Confidence.CONFIRM


def test_a_street_without_its_number_is_asked_back(ban: LocalBan) -> None:
    ban.answer(STREET)
    match = BanGeocoder(ban.url).find("rue des martyrs")
    assert match == StreetFound("Rue des Martyrs", "75009", Confidence.CONFIRM)


def test_an_address_of_another_town_is_outside(ban: LocalBan) -> None:
    ban.answer(DOOR | {"citycode": "93048", "postcode": "93100"})
    assert BanGeocoder(ban.url).find("55 rue x") == AddressUnknown(outside=True)
    assert isinstance(BanGeocoder(ban.url, insee_prefix="93").find("55 rue x"), AddressFound)


def test_nothing_found_or_only_a_town_is_none(ban: LocalBan) -> None:
    ban.answer()
    assert BanGeocoder(ban.url).find("zzz") is None
    ban.answer({"type": "municipality", "citycode": "75056", "label": "Paris"})
    assert BanGeocoder(ban.url).find("paris") is None


def test_a_text_the_service_finds_too_short_is_none(ban: LocalBan) -> None:
    ban.status = 400
    assert BanGeocoder(ban.url).find("x") is None


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_service_that_is_busy_or_broken_is_unavailable(ban: LocalBan, status: int) -> None:
    ban.status = status
    with pytest.raises(GeocoderUnavailable):
        BanGeocoder(ban.url).find("55 rue des martyrs")


def _html(ban: LocalBan) -> None:
    ban.body = b"<html>maintenance</html>"


def _no_point(ban: LocalBan) -> None:
    ban.answer(DOOR, coordinates=[])


def _no_score(ban: LocalBan) -> None:
    ban.answer({key: value for key, value in DOOR.items() if key != "score"})


def _odd_number(ban: LocalBan) -> None:
    ban.answer(DOOR | {"housenumber": "bis"})


def _a_list(ban: LocalBan) -> None:
    ban.body = b'{"features": ["rue"]}'


@pytest.mark.parametrize("garbage", [_html, _no_point, _no_score, _odd_number, _a_list])
def test_garbage_is_unavailable(ban: LocalBan, garbage: Callable[[LocalBan], None]) -> None:
    garbage(ban)
    with pytest.raises(GeocoderUnavailable):
        BanGeocoder(ban.url).find("55 rue des martyrs")


def test_a_service_that_does_not_answer_in_time_is_unavailable(ban: LocalBan) -> None:
    ban.release = threading.Event()
    with pytest.raises(GeocoderUnavailable):
        BanGeocoder(ban.url, timeout_s=0.05).find("55 rue des martyrs")


def test_a_service_that_is_down_is_unavailable() -> None:
    local = LocalBan()
    local.server.server_close()
    with pytest.raises(GeocoderUnavailable):
        BanGeocoder(local.url).find("55 rue des martyrs")
