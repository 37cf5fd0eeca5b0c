"""Official files read line by line, the bad lines named."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from matcher.domain.errors import ImportRefused
from matcher.geocoding.doors import AddressRow
from matcher.geocoding.imports import RefusedLine, read_addresses, read_zones

SHARED = Path(__file__).parents[3] / "shared" / "data"
official = pytest.mark.skipif(not SHARED.is_dir(), reason="the official files are not here")

HEADER = "id;numero;rep;nom_voie;code_postal;lon;lat"
GOOD = "x;12;b;Rue des Martyrs;75009;2.339;48.878"
SQUARE = [[2.3, 48.8], [2.4, 48.8], [2.4, 48.9], [2.3, 48.9], [2.3, 48.8]]


def csv_file(folder: Path, *lines: str) -> Path:
    path = folder / "adresses.csv"
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    return path


def geojson_file(folder: Path, *features: object) -> Path:
    path = folder / "zones.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def feature(ring: list[list[float]], **properties: object) -> dict[str, object]:
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def test_a_good_line_becomes_an_address_with_its_repetition_in_full(tmp_path: Path) -> None:
    rows = list(read_addresses(csv_file(tmp_path, GOOD)))
    assert rows == [AddressRow(12, "bis", "Rue des Martyrs", "75009", 48.878, 2.339)]


def test_a_compressed_file_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "adresses.csv.gz"
    path.write_bytes(gzip.compress(csv_file(tmp_path, GOOD).read_bytes()))
    assert list(read_addresses(path)) == list(read_addresses(tmp_path / "adresses.csv"))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("x;;;Rue X;75009;2.3;48.8", "numéro «  » illisible"),
        ("x;-4;;Rue X;75009;2.3;48.8", "numéro « -4 » illisible"),
        ("x;99999;;Rue X;75009;2.3;48.8", "numéro « 99999 » illisible"),
        ("x;12;; ;75009;2.3;48.8", "nom de voie absent"),
        ("x;12;;Rue X;7500;2.3;48.8", "code postal « 7500 » illisible"),
        ("x;12;;Rue X;75009;;48.8", "coordonnées « 48.8,  » illisibles"),
        ("x;12;;Rue X;75009;650852;6862571", "coordonnées « 6862571, 650852 » impossibles"),
        ("x;12;;Rue X;75009;nan;48.8", "coordonnées « 48.8, nan » impossibles"),
        ("x;12;;Rue X", "ligne incomplète"),
    ],
)
def test_a_bad_line_is_refused_with_its_number_and_the_reason(
    tmp_path: Path, line: str, reason: str
) -> None:
    rows = list(read_addresses(csv_file(tmp_path, GOOD, line, GOOD)))
    assert rows[1] == RefusedLine(3, reason)
    assert isinstance(rows[2], AddressRow)


def test_a_file_without_the_columns_is_refused_whole(tmp_path: Path) -> None:
    path = tmp_path / "autre.csv"
    path.write_text("nom;prenom\nA;B\n")
    with pytest.raises(ImportRefused, match="numero, rep, nom_voie"):
        list(read_addresses(path))


def test_a_file_in_another_encoding_is_refused_whole(tmp_path: Path) -> None:
    path = tmp_path / "adresses.csv"
    path.write_bytes(f"{HEADER}\nx;1;;Rue Étroite;75009;2.3;48.8\n".encode("latin-1"))
    with pytest.raises(ImportRefused, match="UTF-8"):
        list(read_addresses(path))


def test_a_broken_archive_is_refused_whole(tmp_path: Path) -> None:
    whole = gzip.compress(csv_file(tmp_path, *[GOOD] * 5000).read_bytes())
    for name, content in (("court.csv.gz", whole[:-20]), ("faux.csv.gz", b"not an archive")):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(ImportRefused, match="archive"):
            list(read_addresses(path))


def test_zones_of_any_city_are_read_by_code_and_name(tmp_path: Path) -> None:
    path = geojson_file(tmp_path, feature(SQUARE, code="69383", name="Lyon 3e", left_bank=True))
    zones, refused = read_zones(path)
    assert not refused
    assert (zones[0].code, zones[0].name, zones[0].left_bank) == ("69383", "Lyon 3e", True)
    assert zones[0].polygon.bounds == (2.3, 48.8, 2.4, 48.9)


def test_a_file_with_latitudes_first_is_turned_round(tmp_path: Path) -> None:
    turned = [[lat, lon] for lon, lat in SQUARE]
    zones, _ = read_zones(geojson_file(tmp_path, feature(turned, c_ar=11)))
    assert zones[0].polygon.bounds == (2.3, 48.8, 2.4, 48.9)
    assert (zones[0].code, zones[0].name, zones[0].left_bank) == ("75111", "Paris 11e", False)


def test_bad_features_are_refused_with_their_number_and_the_good_ones_kept(
    tmp_path: Path,
) -> None:
    bow_tie = [[2.3, 48.8], [2.4, 48.9], [2.4, 48.8], [2.3, 48.9], [2.3, 48.8]]
    path = geojson_file(
        tmp_path,
        feature(SQUARE, c_ar=5),
        feature(bow_tie, c_ar=6),
        feature(SQUARE, c_ar="douze"),
        feature(SQUARE, autre=1),
        feature(SQUARE, c_ar=5),
        {"properties": {"c_ar": 7}, "geometry": {"type": "Point", "coordinates": [2.3, 48.8]}},
        {"properties": {"c_ar": 8}, "geometry": None},
        "zone",
        feature(SQUARE, c_ar=6, c_qu="23"),
        feature(SQUARE, c_ar=6, c_qu="23", l_qu="Notre-Dame-des-Champs"),
    )
    zones, refused = read_zones(path)
    assert [(zone.code, zone.name) for zone in zones] == [
        ("75105", "Paris 5e"),
        ("75106-23", "Notre-Dame-des-Champs"),
    ]
    assert [one.line for one in refused] == [2, 3, 4, 5, 6, 7, 8, 9]
    reasons = [one.reason for one in refused]
    assert reasons[0].startswith("polygone invalide")
    assert reasons[1:] == [
        "numéro d'arrondissement ou de quartier illisible",
        "ni arrondissement (c_ar), ni IRIS (code_iris), ni code et name",
        "zone 75105 déjà lue",
        "la géométrie n'est pas un polygone",
        "géométrie illisible",
        "géométrie illisible",
        "nom de quartier (l_qu) absent",
    ]


def test_projected_coordinates_are_refused_whole(tmp_path: Path) -> None:
    lambert = [[650000.0, 6860000.0], [651000.0, 6860000.0], [651000.0, 6861000.0]]
    path = geojson_file(tmp_path, feature([*lambert, lambert[0]], c_ar=5))
    with pytest.raises(ImportRefused, match="WGS 84"):
        read_zones(path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"features": 3}', "texte"])
def test_what_is_no_geojson_is_refused_whole(tmp_path: Path, content: str) -> None:
    path = tmp_path / "zones.geojson"
    path.write_text(content)
    with pytest.raises(ImportRefused, match="GeoJSON"):
        read_zones(path)


@official
def test_the_official_files_are_read_without_a_refused_line() -> None:
    arrondissements, refused = read_zones(SHARED / "arrondissements.geojson")
    assert (len(arrondissements), refused) == (20, [])
    quartiers, refused = read_zones(SHARED / "quartier_paris.geojson")
    assert (len(quartiers), refused) == (80, [])
    names = {zone.code: zone.name for zone in quartiers}
    assert names["75106-23"] == "Notre-Dame-des-Champs"
    assert sum(zone.left_bank for zone in quartiers) == 24
    first = next(read_addresses(SHARED / "adresses-75.csv.gz"))
    assert isinstance(first, AddressRow)
