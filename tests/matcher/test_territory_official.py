"""Zones from official files: neighbours, banks, IRIS in Lambert-93, drawings, people alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from matcher.domain.errors import ImportRefused
from matcher.domain.geo import Point, Territory, Zone
from matcher.geocoding.imports import read_zones
from matcher.geocoding.territory import load_builtin_territory

SHARED = Path(__file__).parents[3] / "shared" / "data"
official = pytest.mark.skipif(not SHARED.is_dir(), reason="the official files are not here")

PARIS = load_builtin_territory()
LAMBERT = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}}
SQUARE_M = [(652_000, 6_862_000), (652_400, 6_862_000), (652_400, 6_862_400), (652_000, 6_862_400)]


def ring(points: Sequence[tuple[float, float]]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": [[*points, points[0]]]}


def box(west: float, south: float, size: float = 0.1) -> dict[str, object]:
    east, north = west + size, south + size
    return ring([(west, south), (east, south), (east, north), (west, north)])


def iris(code: str, name: str, geometry: dict[str, object]) -> dict[str, object]:
    named = {"code_iris": code, "nom_iris": name, "nom_com": "Paris 5e Arrondissement"}
    return {"type": "Feature", "properties": named, "geometry": geometry}


def written(folder: Path, features: Sequence[object], crs: dict[str, object] | None = None) -> Path:
    path = folder / "zones.geojson"
    data = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(data if crs is None else {**data, "crs": crs}))
    return path


def by_code(zones: Sequence[Zone]) -> dict[str, Zone]:
    return {zone.code: zone for zone in zones}


def neighbours_of(territory: Territory) -> dict[str, set[str]]:
    return {
        zone.code: {other.code for other in territory.neighbours(zone)}
        for zone in territory.list_zones()
    }


def test_lambert_93_is_turned_into_degrees_at_the_points_the_projection_defines() -> None:
    # By the definition of EPSG:2154: the origin lies at 3 E, 46.5 N, on the false easting and
    # northing; one millimetre is allowed.
    turned = Transformer.from_crs(2154, 4326, always_xy=True)
    assert turned.transform(700_000, 6_600_000) == pytest.approx((3.0, 46.5), abs=1e-8)
    back = Transformer.from_crs(4326, 2154, always_xy=True)
    assert back.transform(3.0, 46.5) == pytest.approx((700_000, 6_600_000), abs=1e-3)


@pytest.mark.parametrize("northing_first", [False, True])
def test_a_file_that_names_its_projection_is_read_in_degrees(
    tmp_path: Path, northing_first: bool
) -> None:
    corners = [(y, x) for x, y in SQUARE_M] if northing_first else SQUARE_M
    feature = {"type": "Feature", "properties": {"c_ar": 4}, "geometry": ring(corners)}
    zones, refused = read_zones(written(tmp_path, [feature], LAMBERT))
    assert not refused
    west, south, east, north = zones[0].polygon.bounds
    # Notre-Dame's island: 400 m are 0.0055 degrees of longitude there, 0.0036 of latitude.
    assert (west, south) == pytest.approx((2.3458, 48.8562), abs=0.0005)
    assert (east - west, north - south) == pytest.approx((0.00546, 0.00360), abs=0.0001)


def test_degrees_that_call_themselves_projected_are_refused(tmp_path: Path) -> None:
    feature = {"type": "Feature", "properties": {"c_ar": 4}, "geometry": box(2.3, 48.8)}
    with pytest.raises(ImportRefused, match="ne sont pas celles du système"):
        read_zones(written(tmp_path, [feature], LAMBERT))


def test_an_unknown_projection_is_refused(tmp_path: Path) -> None:
    feature = {"type": "Feature", "properties": {"c_ar": 4}, "geometry": box(2.3, 48.8)}
    crs = {"type": "name", "properties": {"name": "Lambert du dimanche"}}
    with pytest.raises(ImportRefused, match="système de coordonnées du fichier est inconnu"):
        read_zones(written(tmp_path, [feature], crs))


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"])
def test_degrees_named_as_such_are_taken_in_either_order(tmp_path: Path, name: str) -> None:
    crs = {"type": "name", "properties": {"name": name}}
    for geometry in (box(2.3, 48.8), ring([(48.8, 2.3), (48.8, 2.4), (48.9, 2.4), (48.9, 2.3)])):
        feature = {"type": "Feature", "properties": {"c_ar": 4}, "geometry": geometry}
        zones, _ = read_zones(written(tmp_path, [feature], crs))
        assert zones[0].polygon.bounds == pytest.approx((2.3, 48.8, 2.4, 48.9))


def test_iris_are_put_together_to_quartiers_and_arrondissements(tmp_path: Path) -> None:
    features = [
        iris("751051701", "Saint-Victor 1", box(2.0, 48.0)),
        iris("751051702", "Saint-Victor 2", box(2.1, 48.0)),
        iris("751051799", "Seine et Berges", box(2.2, 48.0)),
        iris("751051801", "Jardin des Plantes 1", box(2.0, 48.1)),
    ]
    zones, refused = read_zones(written(tmp_path, features))
    assert not refused
    assert {zone.code: zone.name for zone in zones} == {
        "75105": "Paris 5e",
        "75105-17": "Saint-Victor",
        "75105-18": "Jardin des Plantes",
    }
    assert by_code(zones)["75105-17"].polygon.bounds == pytest.approx((2.0, 48.0, 2.3, 48.1))
    assert all(zone.left_bank for zone in zones)


def test_bad_iris_are_refused_with_their_number(tmp_path: Path) -> None:
    features = [
        iris("75105", "X", box(2.0, 48.0)),
        iris("751051701", "", box(2.0, 48.0)),
        iris("751051702", "Saint-Victor 2", box(2.1, 48.0)),
        iris("751051702", "Saint-Victor 2", box(2.2, 48.0)),
    ]
    zones, refused = read_zones(written(tmp_path, features))
    assert [one.line for one in refused] == [1, 2, 4]
    assert [one.reason for one in refused] == [
        "IRIS « 75105 » illisible",
        "nom de l'IRIS (nom_iris) ou de la commune (nom_com) absent",
        "zone 751051702 déjà lue",
    ]
    assert len(zones) == 2


def test_a_zone_that_covers_another_is_refused_unless_they_are_of_two_kinds(
    tmp_path: Path,
) -> None:
    features = [
        {"type": "Feature", "properties": {"code": "a", "name": "A"}, "geometry": box(2.0, 48.0)},
        {"type": "Feature", "properties": {"code": "b", "name": "B"}, "geometry": box(2.05, 48.0)},
        {"type": "Feature", "properties": {"code": "c", "name": "C"}, "geometry": box(2.099, 48.0)},
        {"type": "Feature", "properties": {"code": "a-1", "name": "D"}, "geometry": box(2.0, 48.0)},
    ]
    zones, refused = read_zones(written(tmp_path, features))
    assert [zone.code for zone in zones] == ["a", "c", "a-1"]
    assert [(one.line, one.reason) for one in refused] == [(2, "recouvre la zone a")]


def test_zones_that_touch_in_a_corner_only_are_no_neighbours() -> None:
    names = {"sw": (2.0, 48.0), "se": (2.1, 48.0), "ne": (2.1, 48.1)}
    territory = Territory(
        Zone(code, code, shapely.box(west, south, west + 0.1, south + 0.1))
        for code, (west, south) in names.items()
    )
    assert neighbours_of(territory) == {"sw": {"se"}, "se": {"sw", "ne"}, "ne": {"se"}}


def test_a_slit_between_two_zones_does_not_part_them_but_a_street_does() -> None:
    def two(gap_m: float) -> Territory:
        east = 2.1 + gap_m / 74_400  # metres in a degree of longitude at 48.05 degrees north
        return Territory(
            [
                Zone("w", "Ouest", shapely.box(2.0, 48.0, 2.1, 48.1)),
                Zone("e", "Est", shapely.box(east, 48.0, 2.2, 48.1)),
            ]
        )

    assert neighbours_of(two(5))["w"] == {"e"}
    assert neighbours_of(two(30))["w"] == set()


def test_the_neighbours_in_paris_are_those_on_any_map() -> None:
    found = neighbours_of(PARIS)
    assert found["75111"] == {"75103", "75104", "75110", "75112", "75120"}
    assert found["75113"] == {"75105", "75112", "75114"}
    assert all(one in found[other] for one in found for other in found[one])
    seventh, eighth = (by_code(PARIS.list_zones())[code] for code in ("75107", "75108"))
    assert eighth in PARIS.neighbours(seventh)
    assert seventh.left_bank != eighth.left_bank


@given(st.floats(48.70, 49.00), st.floats(2.10, 2.60))
def test_a_point_is_inside_exactly_when_it_has_a_zone_and_a_bank(lat: float, lon: float) -> None:
    point = Point(lat, lon)
    zone = PARIS.find_zone(point)
    assert PARIS.contains(point) == (zone is not None)
    assert PARIS.left_bank(point) == (None if zone is None else zone.left_bank)
    if zone is not None:
        assert zone.polygon.intersects(shapely.Point(lon, lat))


def path_points(path: str) -> list[tuple[float, float]]:
    pairs = [pair.split() for pair in path.replace("Z", "").replace("M", "L").split("L") if pair]
    return [(float(x), float(y)) for x, y in pairs]


def test_the_drawing_keeps_every_zone_inside_its_frame_with_its_label_in_it() -> None:
    outline = PARIS.outline
    assert outline is not None
    assert outline is PARIS.outline
    assert list(outline.shapes) == [zone.code for zone in PARIS.list_zones()]
    for shape in outline.shapes.values():
        points = path_points(shape.path)
        assert all(0 <= x <= outline.width and 0 <= y <= outline.height for x, y in points)
        drawn = shapely.Polygon(points).buffer(1)
        assert drawn.contains(shapely.Point(shape.label_x, shape.label_y))
    north, south = outline.shapes["75118"], outline.shapes["75114"]
    assert north.label_y < south.label_y


def test_a_point_of_the_drawing_is_found_again_on_the_ground() -> None:
    outline = PARIS.outline
    assert outline is not None
    for code, shape in outline.shapes.items():
        lon, lat = outline.projection.lon_lat_at(shape.label_x, shape.label_y)
        zone = PARIS.find_zone(Point(lat, lon))
        assert zone is not None
        assert zone.code == code
        assert outline.projection.spot_of(lon, lat) == pytest.approx((shape.label_x, shape.label_y))


def test_an_empty_territory_has_no_drawing() -> None:
    assert Territory([]).outline is None


@pytest.fixture(scope="module")
def read() -> Callable[[str], dict[str, Zone]]:
    return lambda name: by_code(read_zones(SHARED / name)[0])


@official
def test_dissolved_iris_are_the_official_quartiers_and_arrondissements(
    read: Callable[[str], dict[str, Zone]],
) -> None:
    # Measured: each covers its official zone to 97.5 % or more (intersection over union), the
    # rest being two surveys of the same borders.
    dissolved = read("paris_iris.geojson")
    true = read("arrondissements.geojson") | read("quartier_paris.geojson")
    assert len(dissolved) == 100
    assert dissolved.keys() == true.keys()
    for code, zone in dissolved.items():
        both = zone.polygon.intersection(true[code].polygon).area
        assert both / zone.polygon.union(true[code].polygon).area > 0.97, code
        assert zone.left_bank == true[code].left_bank
        if "-" not in code:
            assert zone.name == true[code].name
        # No hair-thin holes are left inside where two IRIS meet.
        assert isinstance(zone.polygon, shapely.Polygon), code
        assert not zone.polygon.interiors, code


@official
@pytest.mark.parametrize("name", ["arrondissements.geojson", "paris_iris.geojson"])
def test_the_hand_written_outline_has_the_neighbours_of_the_official_files(
    read: Callable[[str], dict[str, Zone]], name: str
) -> None:
    zones = [zone for code, zone in sorted(read(name).items()) if "-" not in code]
    assert neighbours_of(Territory(zones)) == neighbours_of(PARIS)


@official
def test_every_quartier_has_neighbours_and_is_one_of_theirs(
    read: Callable[[str], dict[str, Zone]],
) -> None:
    found = neighbours_of(Territory(read("quartier_paris.geojson").values()))
    assert all(one in found[other] for one in found for other in found[one])
    assert min(len(others) for others in found.values()) >= 2
    assert found["75104-16"] >= {"75105-17", "75105-20"}  # Notre-Dame, across the Seine


@official
def test_the_drawing_of_the_official_quartiers_is_small_and_true(
    read: Callable[[str], dict[str, Zone]],
) -> None:
    zones = list(read("quartier_paris.geojson").values())
    outline = Territory(zones).outline
    assert outline is not None
    # Measured: 11 kB for 80 zones, out of 354 kB of GeoJSON.
    assert sum(len(shape.path) for shape in outline.shapes.values()) < 15_000
    areas = np.array([zone.polygon.area for zone in zones])
    drawn = np.array(
        [shapely.Polygon(path_points(outline.shapes[zone.code].path)).area for zone in zones]
    )
    assert drawn / drawn.sum() == pytest.approx(areas / areas.sum(), rel=0.1, abs=2e-4)
