"""Addresses for the eye, for the ear and for other programs."""

from __future__ import annotations

import pytest

from matcher.domain.addresses import (
    Address,
    AddressAmbiguous,
    AddressFound,
    AddressMatch,
    AddressUnknown,
    Confidence,
    StreetFound,
    to_json,
)
from matcher.domain.geo import Point

MARTYRS = Address(55, "bis", "Rue des Martyrs", "75009", Point(48.88, 2.34))


def test_an_address_is_written_as_on_an_envelope() -> None:
    assert MARTYRS.label == "55 bis rue des Martyrs, 75009 Paris"


def test_an_address_is_spoken_with_its_arrondissement_in_words() -> None:
    assert MARTYRS.spoken == "55 bis, rue des Martyrs, dans le neuvième"


@pytest.mark.parametrize(
    ("postcode", "words"),
    [("75001", "dans le premier"), ("75020", "dans le vingtième"), ("75116", "dans le seizième")],
)
def test_every_postcode_of_paris_is_spoken_as_its_arrondissement(postcode: str, words: str) -> None:
    assert Address(1, None, "Rue X", postcode, Point(48.8, 2.3)).spoken == f"1, rue X, {words}"


def test_a_postcode_of_another_city_is_spoken_as_it_is() -> None:
    assert Address(1, None, "Rue X", "69003", Point(45.7, 4.8)).spoken == "1, rue X, 69003"


@pytest.mark.parametrize(
    ("match", "shape"),
    [
        (
            AddressFound(MARTYRS, Confidence.SURE),
            {
                "number": 55,
                "rep": "bis",
                "street": "Rue des Martyrs",
                "postcode": "75009",
                "lon": 2.34,
                "lat": 48.88,
                "confidence": "sure",
            },
        ),
        (
            StreetFound("Rue des Martyrs", "75009", Confidence.CONFIRM),
            {"street_only": "Rue des Martyrs", "postcode": "75009", "confidence": "confirm"},
        ),
        (
            AddressAmbiguous("Rue de Rivoli", ("75001", "75004")),
            {"ambiguous": True, "street": "Rue de Rivoli", "candidates": ["75001", "75004"]},
        ),
        (AddressUnknown(outside=True), {"reject": True, "outside": True}),
    ],
)
def test_a_match_has_the_shape_of_the_public_contract(
    match: AddressMatch, shape: dict[str, object]
) -> None:
    assert to_json(match) == shape
