"""Readers of the official files: BAN addresses, zones and IRIS. They write nothing."""

from __future__ import annotations

import csv
import gzip
import json
import math
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, TypeGuard

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely import MultiPolygon, Polygon
from shapely.errors import ShapelyError
from shapely.geometry import shape

from matcher.domain.errors import ImportRefused
from matcher.domain.geo import Zone
from matcher.geocoding.doors import AddressRow
from matcher.geocoding.hearing import normal_rep

PARIS_LEFT_BANK = frozenset({5, 6, 7, 13, 14, 15})
"""The arrondissements of Paris on the left bank of the Seine."""

_COLUMNS = ("numero", "rep", "nom_voie", "code_postal", "lon", "lat")
_LAST_NUMBER = 9998  # the BAN writes 9999 and more for "no number"

# Mainland France and Corsica: latitudes and longitudes do not mix, so a file whose every x is
# a latitude has its axes the other way round.
_LATITUDES = (41.0, 52.0)
_LONGITUDES = (-6.0, 10.0)

_WGS_84 = frozenset({"EPSG:4326", "OGC:CRS84"})
_MOST_OVERLAP = 0.05  # of the smaller zone: official borders are not drawn to the metre

IRIS = re.compile("[0-9][0-9AB][0-9]{7}")
"""The code of an IRIS: the municipality's, two digits for the quartier, two for the part."""


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
    `l_qu`), IRIS (`code_iris`), or for any other city `code`, `name` and an optional
    `left_bank`. A quartier's key is its arrondissement and its number in Paris, which is also
    how the code of an IRIS begins: IRIS are put together to quartiers and arrondissements.

    Coordinates in degrees (WGS 84) in either order, or in the system that the file names, e.g.
    "EPSG:2154".

    Raises:
        ImportRefused: the file is not a GeoJSON collection, or its coordinates are in no known
            system.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        features = data["features"]
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise ImportRefused("Le fichier n'est pas une collection GeoJSON.") from error
    if not isinstance(features, list):
        raise ImportRefused("Le fichier n'est pas une collection GeoJSON.")
    read: list[Polygon | MultiPolygon | str] = [_polygon(feature) for feature in features]
    _to_wgs_84(read, _named_system(data))
    zones: list[Zone] = []
    refused: list[RefusedLine] = []
    parts: dict[str, list[_Iris]] = defaultdict(list)
    codes: set[str] = set()
    for line, (feature, polygon) in enumerate(zip(features, read, strict=True), start=1):
        found = polygon if isinstance(polygon, str) else _zone(feature, polygon)
        if not isinstance(found, str) and found.code in codes:
            found = f"zone {found.code} déjà lue"
        if isinstance(found, str):
            refused.append(RefusedLine(line, found))
            continue
        codes.add(found.code)
        if isinstance(found, Zone):
            clash = _overlapped(found, zones)
            if clash is None:
                zones.append(found)
            else:
                refused.append(RefusedLine(line, f"recouvre la zone {clash.code}"))
        else:
            parts[found.code[:5]].append(found)
            parts[f"{found.code[:5]}-{found.code[5:7]}"].append(found)
    return zones + [_dissolved(code, parts[code]) for code in sorted(parts)], refused


@dataclass(frozen=True, slots=True)
class _Iris:
    """The census's smallest area, a part of a quartier."""

    code: str
    name: str
    town: str
    polygon: Polygon | MultiPolygon


def _dissolved(code: str, parts: list[_Iris]) -> Zone:
    """The zone that these IRIS make up."""
    united = shapely.union_all([part.polygon for part in parts])
    if not isinstance(united, Polygon | MultiPolygon):
        raise TypeError(f"the parts of {code} make up no polygon")
    names = Counter(re.sub(r"\s+\d+$", "", part.name) for part in parts)
    town = re.sub(r"\s+Arrondissement$", "", parts[0].town)
    return Zone(
        code,
        names.most_common(1)[0][0] if "-" in code else town,
        united,
        code.startswith("751") and int(code[3:5]) in PARIS_LEFT_BANK,
    )


def _overlapped(zone: Zone, others: Iterable[Zone]) -> Zone | None:
    """A zone of the same rank that this one covers a good part of."""
    rivals = [other for other in others if ("-" in other.code) == ("-" in zone.code)]
    for rival in rivals:
        shared = rival.polygon.intersection(zone.polygon).area
        if shared > _MOST_OVERLAP * min(rival.polygon.area, zone.polygon.area):
            return rival
    return None


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


def _named_system(data: Any) -> CRS | None:
    """The projection the file names, None when it is in degrees as GeoJSON ought to be."""
    try:
        name = data["crs"]["properties"]["name"]
    except (KeyError, TypeError):
        return None
    try:
        system = CRS.from_user_input(name)
    except CRSError as error:
        raise ImportRefused("Le système de coordonnées du fichier est inconnu.") from error
    authority = system.to_authority()
    return None if authority is not None and ":".join(authority) in _WGS_84 else system


def _to_wgs_84(read: list[Polygon | MultiPolygon | str], system: CRS | None) -> None:
    """Put the polygons in place into degrees, longitude first."""
    polygons = [one for one in read if _is_shape(one)]
    if not polygons:
        return
    if system is None:
        turned = _turned(polygons) if _latitude_first(polygons) else polygons
    else:
        turned = _projected(polygons, system)
    fresh = iter(turned)
    read[:] = [next(fresh) if _is_shape(one) else one for one in read]


def _is_shape(one: Polygon | MultiPolygon | str) -> TypeGuard[Polygon | MultiPolygon]:
    return not isinstance(one, str)


def _projected(polygons: list[Polygon | MultiPolygon], system: CRS) -> list[Polygon | MultiPolygon]:
    """From projected metres to degrees, whichever axis the file writes first."""
    transformer = Transformer.from_crs(system, CRS.from_epsg(4326), always_xy=True)
    area = system.area_of_use
    for tried in (polygons, _turned(polygons)):
        found = [
            shapely.transform(one, lambda xy: np.column_stack(transformer.transform(*xy.T)))
            for one in tried
        ]
        west, south, east, north = shapely.total_bounds(found)
        if area is None or (
            area.west <= west <= east <= area.east and area.south <= south <= north <= area.north
        ):
            return found
    raise ImportRefused("Les coordonnées ne sont pas celles du système nommé par le fichier.")


def _turned(polygons: list[Polygon | MultiPolygon]) -> list[Polygon | MultiPolygon]:
    return [shapely.transform(one, lambda xy: xy[:, ::-1]) for one in polygons]


def _latitude_first(polygons: list[Polygon | MultiPolygon]) -> bool:
    """Whether the file writes latitudes first."""
    west, south, east, north = shapely.total_bounds(polygons)
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 180:
        raise ImportRefused(
            "Les coordonnées doivent être en degrés (WGS 84), ou le fichier nommer leur système."
        )
    return bool(
        _LATITUDES[0] <= west
        and east <= _LATITUDES[1]
        and _LONGITUDES[0] <= south
        and north <= _LONGITUDES[1]
    )


def _zone(feature: Any, polygon: Polygon | MultiPolygon) -> Zone | _Iris | str:
    """The feature as a zone or a part of one, or the reason why it is neither."""
    properties = feature.get("properties") or {}
    if "code_iris" in properties:
        return _iris(properties, polygon)
    if "c_ar" not in properties:
        code, name = properties.get("code"), properties.get("name")
        if not code or not name:
            return "ni arrondissement (c_ar), ni IRIS (code_iris), ni code et name"
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


def _iris(properties: Any, polygon: Polygon | MultiPolygon) -> _Iris | str:
    code = str(properties["code_iris"])
    town = properties.get("nom_com") or properties.get("nom_commune")
    if IRIS.fullmatch(code) is None:
        return f"IRIS « {code} » illisible"
    if not properties.get("nom_iris") or not town:
        return "nom de l'IRIS (nom_iris) ou de la commune (nom_com) absent"
    return _Iris(code, str(properties["nom_iris"]), str(town), polygon)
