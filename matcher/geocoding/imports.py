"""Readers of the official files: BAN addresses (csv) and zones (GeoJSON). They write nothing."""

from __future__ import annotations

import csv
import gzip
import json
import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import shapely
from shapely import MultiPolygon, Polygon
from shapely.errors import ShapelyError
from shapely.geometry import shape

from matcher.domain.errors import ImportRefused
from matcher.domain.geo import Zone
from matcher.geocoding.gazetteer import AddressRow
from matcher.geocoding.hearing import normal_rep

PARIS_LEFT_BANK = frozenset({5, 6, 7, 13, 14, 15})
"""The arrondissements of Paris on the left bank of the Seine."""

_COLUMNS = ("numero", "rep", "nom_voie", "code_postal", "lon", "lat")
_LAST_NUMBER = 9998  # the BAN writes 9999 and more for "no number"

# Mainland France and Corsica: latitudes and longitudes do not mix, so a file whose every x is
# a latitude has its axes the other way round.
_LATITUDES = (41.0, 52.0)
_LONGITUDES = (-6.0, 10.0)


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line (of a csv) or a feature (of a GeoJSON, both from 1) that cannot be taken, and why."""

    line: int
    reason: str


def read_addresses(path: Path) -> Iterator[AddressRow | RefusedLine]:
    """The addresses of a BAN file (csv or csv.gz, `;`), one by one, in bounded memory.

    Raises:
        ImportRefused: the file as a whole is not a BAN csv in UTF-8.
    """
    opener: Callable[..., TextIO] = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, delimiter=";")
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise ImportRefused(f"Il manque les colonnes : {', '.join(missing)}.")
            for row in reader:
                yield _address(row, reader.line_num)
    except UnicodeDecodeError as error:
        raise ImportRefused("Le fichier n'est pas en UTF-8.") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ImportRefused("L'archive est abîmée ou incomplète.") from error
    except csv.Error as error:
        raise ImportRefused(f"Le fichier n'est pas un tableau csv : {error}.") from error


def _address(row: dict[str, str | None], line: int) -> AddressRow | RefusedLine:
    if any(row[name] is None for name in _COLUMNS):
        return RefusedLine(line, "ligne incomplète")
    number, rep, street, postcode, lon, lat = ((row[name] or "").strip() for name in _COLUMNS)
    if not (number.isascii() and number.isdigit() and int(number) <= _LAST_NUMBER):
        return RefusedLine(line, f"numéro « {number} » illisible")
    if not street:
        return RefusedLine(line, "nom de voie absent")
    if not (postcode.isascii() and postcode.isdigit() and len(postcode) == 5):
        return RefusedLine(line, f"code postal « {postcode} » illisible")
    try:
        point = float(lat), float(lon)
    except ValueError:
        return RefusedLine(line, f"coordonnées « {lat}, {lon} » illisibles")
    if not (abs(point[0]) <= 90 and abs(point[1]) <= 180):  # nan is refused too
        return RefusedLine(line, f"coordonnées « {lat}, {lon} » impossibles")
    return AddressRow(int(number), normal_rep(rep), street, postcode, *point)


def read_zones(path: Path) -> tuple[list[Zone], list[RefusedLine]]:
    """The zones of a GeoJSON file, and the features refused.

    Known properties: Paris's arrondissements (`c_ar`), Paris's quartiers (`c_ar`, `c_qu`,
    `l_qu`; keyed on arrondissement and number, as INSEE numbers them otherwise), or for any
    other city `code`, `name` and an optional `left_bank`. Coordinates in WGS 84, in either
    order.

    Raises:
        ImportRefused: the file is not a GeoJSON collection, or has projected coordinates.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        features = data["features"]
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise ImportRefused("Le fichier n'est pas une collection GeoJSON.") from error
    if not isinstance(features, list):
        raise ImportRefused("Le fichier n'est pas une collection GeoJSON.")
    read = [_polygon(feature) for feature in features]
    polygons = [one for one in read if not isinstance(one, str)]
    swap = _swapped(polygons)
    zones: list[Zone] = []
    refused: list[RefusedLine] = []
    codes: set[str] = set()
    for line, (feature, polygon) in enumerate(zip(features, read, strict=True), start=1):
        zone = polygon if isinstance(polygon, str) else _zone(feature, polygon, swap)
        if isinstance(zone, Zone) and zone.code in codes:
            zone = f"zone {zone.code} déjà lue"
        if isinstance(zone, str):
            refused.append(RefusedLine(line, zone))
        else:
            codes.add(zone.code)
            zones.append(zone)
    return zones, refused


def _polygon(feature: Any) -> Polygon | MultiPolygon | str:
    """The feature's polygon as written, or the reason why it has none."""
    try:
        found = shape(feature["geometry"])
    except (ShapelyError, KeyError, TypeError, ValueError, AttributeError, IndexError):
        return "géométrie illisible"
    if not isinstance(found, Polygon | MultiPolygon) or found.is_empty:
        return "la géométrie n'est pas un polygone"
    if not all(math.isfinite(bound) for bound in found.bounds):
        return "géométrie illisible"
    if not found.is_valid:
        return f"polygone invalide : {shapely.is_valid_reason(found)}"
    return found


def _swapped(polygons: list[Polygon | MultiPolygon]) -> bool:
    """Whether the file writes latitudes first."""
    if not polygons:
        return False
    west, south, east, north = shapely.total_bounds(polygons)
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 180:
        raise ImportRefused("Les coordonnées doivent être en degrés (WGS 84), pas projetées.")
    return bool(
        _LATITUDES[0] <= west
        and east <= _LATITUDES[1]
        and _LONGITUDES[0] <= south
        and north <= _LONGITUDES[1]
    )


def _zone(feature: Any, polygon: Polygon | MultiPolygon, swap: bool) -> Zone | str:
    """The feature as a zone, or the reason why it is none."""
    if swap:
        polygon = shapely.transform(polygon, lambda coordinates: coordinates[:, ::-1])
    properties = feature.get("properties") or {}
    if "c_ar" not in properties:
        code, name = properties.get("code"), properties.get("name")
        if not code or not name:
            return "ni arrondissement (c_ar) ni code et name"
        return Zone(str(code), str(name), polygon, bool(properties.get("left_bank", False)))
    try:
        arrondissement = int(properties["c_ar"])
        quartier = int(properties["c_qu"]) if "c_qu" in properties else None
    except (TypeError, ValueError):
        return "numéro d'arrondissement ou de quartier illisible"
    code = f"751{arrondissement:02d}"
    left_bank = arrondissement in PARIS_LEFT_BANK
    if quartier is None:
        name = f"Paris {arrondissement}{'er' if arrondissement == 1 else 'e'}"
        return Zone(code, name, polygon, left_bank)
    if not properties.get("l_qu"):
        return "nom de quartier (l_qu) absent"
    return Zone(f"{code}-{quartier:02d}", str(properties["l_qu"]), polygon, left_bank)
