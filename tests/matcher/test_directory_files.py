"""Files of places: by hand, OpenStreetMap's and acceslibre's; bad lines named."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from matcher.domain.errors import ImportRefused
from matcher.domain.geo import Point
from matcher.geocoding.imports import RefusedLine
from matcher.geocoding.place_files import PlaceRecord, UnreadField, read_places

HEADER = (
    "source_ref;name;category;description;address;lat;lon;phone;hours;step_free;seats;toilets;"
    "audience;verified_on;valid_until"
)
GOOD = (
    "club-1;Club des Tilleuls;Club;Jeux et goûter.;2 rue de Metz;48.87;2.31;01 42 00 00 00;"
    "Mo-Fr 14:00-18:00;oui;;non;les personnes âgées;2026-10-03;2027-06-30"
)


def everywhere(_: Point) -> bool:
    return True


def read(path: Path) -> list[PlaceRecord | RefusedLine | UnreadField]:
    return list(read_places(path, everywhere))


def csv_file(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "lieux.csv"
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def geojson_file(folder: Path, *features: object) -> Path:
    path = folder / "lieux.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def node(reference: str = "node/1", **tags: object) -> dict[str, object]:
    at = {"type": "Point", "coordinates": [2.31, 48.87]}
    return {"type": "Feature", "id": reference, "properties": tags, "geometry": at}


def one(path: Path) -> PlaceRecord:
    (found,) = read(path)
    assert isinstance(found, PlaceRecord), found
    return found


def test_a_line_written_by_hand_is_read_whole(tmp_path: Path) -> None:
    assert one(csv_file(tmp_path, GOOD)) == PlaceRecord(
        source_ref="club-1",
        name="Club des Tilleuls",
        category="club",
        description="Jeux et goûter.",
        address="2 rue de Metz",
        point=Point(48.87, 2.31),
        phone="+33142000000",
        hours="Mo-Fr 14:00-18:00",
        step_free=True,
        seats=None,
        toilets=False,
        audience="les personnes âgées",
        verified_on=date(2026, 10, 3),
        valid_until=date(2027, 6, 30),
    )


def test_what_is_left_out_is_not_known(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path,
        "a,Café,club,Un café.,48.87,2.31",
        header="source_ref,name,category,description,lat,lon",
    )
    found = one(path)
    assert (found.phone, found.hours, found.audience) == ("", "", "")
    assert (found.step_free, found.seats, found.toilets) == (None, None, None)
    assert (found.verified_on, found.valid_until) == (None, None)


@pytest.mark.parametrize(
    ("was", "becomes", "reason"),
    [
        ("club-1;Club des Tilleuls", ";", "manque : source_ref, name"),
        ("48.87", "nord", "coordonnées illisibles"),
        ("48.87", "nan", "coordonnées impossibles"),
        ("48.87;2.31", "652000;6862000", "coordonnées impossibles"),
        ("2027-06-30", "30/06/2027", "valid_until « 30/06/2027 » illisible"),
    ],
)
def test_a_bad_line_is_refused_with_its_number_and_the_reason(
    tmp_path: Path, was: str, becomes: str, reason: str
) -> None:
    path = csv_file(tmp_path, GOOD, GOOD.replace("club-1", "club-2").replace(was, becomes))
    if was.startswith("club-1"):
        path = csv_file(tmp_path, GOOD, GOOD.replace(was, becomes))
    assert read(path)[1] == RefusedLine(3, reason)


@pytest.mark.parametrize(
    ("was", "becomes", "reason", "unknown"),
    [
        ("01 42 00 00 00", "12", "téléphone « 12 » illisible", {"phone": ""}),
        ("01 42 00 00 00", "sonnez", "téléphone « sonnez » illisible", {"phone": ""}),
        (
            "Mo-Fr 14:00-18:00",
            "14 h",
            "horaires « 14 h » refusés : notation inconnue",
            {"hours": ""},
        ),
        (
            "Mo-Fr 14:00-18:00",
            "SH off",
            "horaires « SH off » refusés : vacances scolaires, soleil ou fin ouverte",
            {"hours": ""},
        ),
        (";oui;", ";peut-être;", "step_free « peut-être » illisible", {"step_free": None}),
        (";non;", ";cassées;", "toilets « cassées » illisible", {"toilets": None}),
        (
            "2026-10-03",
            "03/10/2026",
            "verified_on « 03/10/2026 » illisible",
            {"verified_on": None},
        ),
    ],
)
def test_an_optional_field_nobody_can_read_is_left_unknown_and_told(
    tmp_path: Path, was: str, becomes: str, reason: str, unknown: dict[str, Any]
) -> None:
    whole = one(csv_file(tmp_path, GOOD))
    assert read(csv_file(tmp_path, GOOD.replace(was, becomes))) == [
        UnreadField(2, f"lieu club-1, {reason}"),
        replace(whole, **unknown),
    ]


def test_the_same_place_twice_and_places_elsewhere_are_refused(tmp_path: Path) -> None:
    path = csv_file(tmp_path, GOOD, GOOD, GOOD.replace("club-1;", "far;").replace("48.87", "45.7"))
    found = list(read_places(path, lambda point: point.lat > 48))
    assert found[1:] == [
        RefusedLine(3, "lieu club-1 déjà lu"),
        RefusedLine(4, "hors du territoire"),
    ]


def test_openstreetmaps_tags_are_understood(tmp_path: Path) -> None:
    tags = {
        "name": "Bibliothèque Buffon",
        "amenity": "library",
        "opening_hours": "Tu-Sa 10:00-19:00; PH off",
        "contact:phone": "+33 1 55 43 25 25;+33 1 00 00 00 00",
        "wheelchair": "yes",
        "toilets": "yes",
        "bench": "yes",
        "addr:housenumber": "15 bis",
        "addr:street": "Rue Buffon",
        "addr:postcode": "75005",
        "check_date": "2026-05-01",
    }
    found = one(geojson_file(tmp_path, node(**tags)))
    assert (found.source_ref, found.category) == ("osm:node/1", "culture")
    assert found.description == "Des livres et des journaux, à lire sur place ou chez soi."
    assert found.address == "15 bis Rue Buffon, 75005"
    assert (found.step_free, found.toilets, found.seats) == (True, True, True)
    assert (found.phone, found.hours) == ("+33155432525", "Tu-Sa 10:00-19:00; PH off")
    assert found.verified_on == date(2026, 5, 1)
    assert found.point == Point(48.87, 2.31)


def test_a_building_of_openstreetmap_is_a_point_inside_it(tmp_path: Path) -> None:
    ring = [[2.30, 48.80], [2.32, 48.80], [2.32, 48.82], [2.30, 48.82], [2.30, 48.80]]
    feature = node(name="Mairie", amenity="townhall", wheelchair="limited")
    feature["geometry"] = {"type": "Polygon", "coordinates": [ring]}
    found = one(geojson_file(tmp_path, feature))
    assert 48.80 < found.point.lat < 48.82
    assert 2.30 < found.point.lon < 2.32
    assert found.step_free is False


def test_acceslibre_is_understood_as_csv_and_as_geojson(tmp_path: Path) -> None:
    header = (
        "id,name,postal_code,numero,voie,longitude,latitude,activite,"
        "cheminement_ext_plain_pied,entree_plain_pied,sanitaires_presence"
    )
    line = "a1,Mairie du 8e,75008,3,Rue de Lisbonne,2.3167,48.8776,Mairie,True,True,False"
    in_csv = one(csv_file(tmp_path, line, header=header))
    properties = dict(zip(header.split(","), line.split(","), strict=True))
    properties["uuid"] = properties.pop("id")
    properties["nom"] = properties.pop("name")
    feature = {
        "properties": {**properties, "activite": {"nom": "Mairie"}},
        "geometry": {"type": "Point", "coordinates": [2.3167, 48.8776]},
    }
    assert one(geojson_file(tmp_path, feature)) == in_csv
    assert (in_csv.source_ref, in_csv.category) == ("acceslibre:a1", "droits")
    assert in_csv.address == "3 Rue de Lisbonne, 75008"
    assert (in_csv.step_free, in_csv.toilets) == (True, False)
    steps = line.replace("True,True", "False,True")
    assert one(csv_file(tmp_path, steps, header=header)).step_free is False
    unread = read(csv_file(tmp_path, line.replace("True,True", "?,True"), header=header))
    assert unread == [
        UnreadField(2, "lieu acceslibre:a1, cheminement_ext_plain_pied « ? » illisible"),
        replace(in_csv, step_free=None),
    ]
    unknown = line.replace("True,True", ",")
    assert one(csv_file(tmp_path, unknown, header=header)).step_free is None


def test_what_does_not_belong_into_the_directory_is_refused(tmp_path: Path) -> None:
    path = geojson_file(
        tmp_path,
        node("node/1", name="Bar", amenity="bar"),
        node("node/2", amenity="library"),
        {"properties": {"name": "Sans lieu", "amenity": "library"}, "id": "n", "geometry": None},
        "lieu",
        {"properties": {"activite": "Bar"}, "geometry": None},
    )
    assert read(path) == [
        RefusedLine(1, "type de lieu absent de l'annuaire"),
        RefusedLine(2, "manque : name"),
        RefusedLine(3, "coordonnées illisibles"),
        RefusedLine(4, "type de lieu absent de l'annuaire"),
        RefusedLine(5, "type de lieu absent de l'annuaire"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("lieux.csv", b"nom;lieu\nA;B\n", "source_ref, name, category, description, lat, lon"),
        ("lieux.csv", HEADER.replace("name", "n\xe9").encode("latin-1"), "UTF-8"),
        ("lieux.geojson", b"texte", "GeoJSON"),
        ("lieux.geojson", b"[]", "GeoJSON"),
        ("lieux.geojson", b'{"features": 3}', "GeoJSON"),
    ],
)
def test_what_is_no_list_of_places_is_refused_whole(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImportRefused, match=reason):
        read(tmp_path / name)
