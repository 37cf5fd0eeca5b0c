"""The hand-written zones, and the questions asked about a point."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely import Polygon

from matcher.domain.geo import Point, Territory, Zone, walking_time_s
from matcher.geocoding.imports import read_zones
from matcher.geocoding.territory import load_builtin_territory

SHARED = Path(__file__).parents[3] / "shared" / "data"
official = pytest.mark.skipif(not SHARED.is_dir(), reason="the official files are not here")

LOUVRE = Point(48.8606, 2.3376)
ODEON = Point(48.8515, 2.3390)
PANTHEON = Point(48.8462, 2.3460)
VERSAILLES = Point(48.8049, 2.1204)


@pytest.fixture(scope="module")
def paris() -> Territory:
    return load_builtin_territory()


def metres(shapes: object) -> object:
    """Degrees around Paris to metres, good enough for areas and short distances."""
    return shapely.transform(shapes, lambda xy: xy * (73_240.0, 111_320.0))


def test_the_outline_has_the_twenty_arrondissements(paris: Territory) -> None:
    zones = paris.list_zones()
    assert [zone.code for zone in zones] == [f"751{number:02d}" for number in range(1, 21)]
    assert zones[0].name == "Paris 1er"
    assert zones[10].name == "Paris 11e"
    assert {int(zone.code[3:]) for zone in zones if zone.left_bank} == {5, 6, 7, 13, 14, 15}


def test_the_zones_are_valid_without_overlaps_or_gaps(paris: Territory) -> None:
    polygons = [zone.polygon for zone in paris.list_zones()]
    assert all(polygon.is_valid for polygon in polygons)
    union = shapely.union_all(polygons)
    assert isinstance(union, Polygon)
    assert not union.interiors
    assert sum(polygon.area for polygon in polygons) == pytest.approx(union.area)


def test_a_point_is_found_in_its_zone_and_none_outside(paris: Territory) -> None:
    found = paris.find_zone(PANTHEON)
    assert found is not None
    assert found.name == "Paris 5e"
    assert paris.contains(PANTHEON)
    assert paris.find_zone(VERSAILLES) is None
    assert not paris.contains(VERSAILLES)


def test_a_point_outside_is_on_no_bank(paris: Territory) -> None:
    assert paris.left_bank(PANTHEON) is True
    assert paris.left_bank(LOUVRE) is False
    assert paris.left_bank(VERSAILLES) is None


def test_walking_across_the_river_takes_longer(paris: Territory) -> None:
    across = paris.walking_time_s(LOUVRE, ODEON, 4.5)
    assert across == walking_time_s(LOUVRE, ODEON, 4.5, same_bank=False)
    assert across > walking_time_s(LOUVRE, ODEON, 4.5)


def test_walking_on_one_bank_or_from_outside_does_not_cross_the_river(paris: Territory) -> None:
    assert paris.walking_time_s(ODEON, PANTHEON, 3.0) == walking_time_s(ODEON, PANTHEON, 3.0)
    assert paris.walking_time_s(VERSAILLES, ODEON, 3.0) == walking_time_s(VERSAILLES, ODEON, 3.0)


def test_a_point_on_a_shared_edge_belongs_to_the_first_zone() -> None:
    west = Zone("w", "Ouest", shapely.box(2.0, 48.0, 2.5, 48.5))
    east = Zone("e", "Est", shapely.box(2.5, 48.0, 3.0, 48.5))
    edge = Point(48.2, 2.5)
    assert Territory([west, east]).find_zone(edge) == west
    assert Territory([east, west]).find_zone(edge) == east


def test_an_empty_territory_contains_nothing() -> None:
    assert Territory([]).find_zone(PANTHEON) is None


@official
def test_each_approximate_zone_is_near_the_official_one(paris: Territory) -> None:
    # Measured: 2.6 to 9.3 % of a zone's area lies on the wrong side of a border.
    zones, refused = read_zones(SHARED / "arrondissements.geojson")
    assert not refused
    true = {zone.code: zone.polygon for zone in zones}
    for zone in paris.list_zones():
        wrong = metres(shapely.symmetric_difference(zone.polygon, true[zone.code]))
        assert shapely.area(wrong) < 0.12 * shapely.area(metres(true[zone.code])), zone.name


@official
def test_official_addresses_fall_in_their_own_arrondissement(paris: Territory) -> None:
    # Measured: 98.3 % (95.1 % in the worst arrondissement), 99.97 % within 150 m of it.
    with gzip.open(SHARED / "adresses-75.csv.gz", "rt", encoding="utf-8") as lines:
        rows = [
            (row["code_insee"], float(row["lon"]), float(row["lat"]))
            for row in csv.DictReader(lines, delimiter=";")
        ]
    codes = np.array([code for code, _, _ in rows])
    points = shapely.points([row[1:] for row in rows])
    inside = np.zeros(len(rows), dtype=bool)
    near = np.zeros(len(rows), dtype=bool)
    for zone in paris.list_zones():
        own = codes == zone.code
        shapely.prepare(zone.polygon)
        inside[own] = shapely.contains(zone.polygon, points[own])
        near[own] = shapely.dwithin(metres(zone.polygon), metres(points[own]), 150.0)
        assert inside[own].mean() >= 0.94, zone.name
    assert inside.mean() >= 0.98
    assert near.mean() >= 0.999
