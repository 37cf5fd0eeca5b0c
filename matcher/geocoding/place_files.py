"""Readers of the directory of places: csv and GeoJSON, by hand, OpenStreetMap or acceslibre."""

from __future__ import annotations

import csv
import json
import math
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import phonenumbers
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from matcher.domain.errors import ImportRefused
from matcher.domain.geo import Point
from matcher.domain.hours import HoursUnreadable, check_hours
from matcher.geocoding.imports import RefusedLine

_OWN = ("source_ref", "name", "category", "description", "lat", "lon")
_ACCESLIBRE = ("id", "name", "activite", "latitude", "longitude")

_YES_NO: Mapping[str, bool | None] = {
    "": None, "oui": True, "yes": True, "true": True, "1": True, "designated": True,
    "non": False, "no": False, "false": False, "0": False, "limited": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """One place as a file tells it; `source_ref` stays the same from one file to the next."""

    source_ref: str
    name: str
    category: str
    description: str
    address: str
    point: Point
    phone: str
    hours: str
    step_free: bool | None
    seats: bool | None
    toilets: bool | None
    audience: str
    verified_on: date | None
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class UnreadField:
    """What of a place that is taken could not be read, and is left unknown."""

    line: int
    reason: str


class _Refused(ValueError):
    """Why a place cannot be taken."""


def read_places(
    path: Path, contains: Callable[[Point], bool]
) -> Iterator[PlaceRecord | RefusedLine | UnreadField]:
    """The places of a file that lie in the territory, one by one.

    Before a place come its fields that nobody can read: they are left unknown, never guessed. An
    end that cannot be read refuses the place, which would be told long after it is over.

    A csv (`;` or `,`) with the columns source_ref, name, category, description, lat, lon and
    perhaps address, phone, hours, step_free, seats, toilets, audience, verified_on, valid_until;
    or acceslibre's csv; or a GeoJSON of either's properties or of OpenStreetMap's tags. Which
    tags and activities belong into the directory stands in `data/place_kinds.toml`. Hours are in
    OpenStreetMap's notation, dates ISO 8601, coordinates WGS 84.

    Raises:
        ImportRefused: the file as a whole is none of these.
    """
    seen: set[str] = set()
    try:
        for line, raw in _lines(path):
            unread: list[str] = []
            try:
                record = _record(raw if isinstance(raw, dict) else {}, unread)
                if record.source_ref in seen:
                    raise _Refused(f"lieu {record.source_ref} déjà lu")
                if not contains(record.point):
                    raise _Refused("hors du territoire")
            except _Refused as refusal:
                yield RefusedLine(line, str(refusal))
            else:
                seen.add(record.source_ref)
                for reason in unread:
                    yield UnreadField(line, f"lieu {record.source_ref}, {reason}")
                yield record
    except UnicodeDecodeError as error:
        raise ImportRefused("Le fichier n'est pas en UTF-8.") from error
    except csv.Error as error:
        raise ImportRefused(f"Le fichier n'est pas un tableau csv : {error}.") from error


def _lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Lines of a csv, features of a GeoJSON flattened to their properties, with their numbers."""
    if path.suffix.lower() not in (".geojson", ".json"):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            first = lines.readline()
            delimiter = ";" if first.count(";") > first.count(",") else ","
            names = next(csv.reader([first], delimiter=delimiter), [])
            if not (set(_OWN) <= set(names) or set(_ACCESLIBRE) <= set(names)):
                missing = ", ".join(name for name in _OWN if name not in names)
                raise ImportRefused(f"Il manque les colonnes : {missing}.")
            reader = csv.DictReader(lines, fieldnames=names, delimiter=delimiter)
            for row in reader:
                yield reader.line_num + 1, row
        return
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        features = data["features"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ImportRefused("Le fichier n'est pas une collection GeoJSON.") from error
    if not isinstance(features, list):
        raise ImportRefused("Le fichier n'est pas une collection GeoJSON.")
    for line, feature in enumerate(features, start=1):
        yield line, _flat(feature)


def _flat(feature: Any) -> dict[str, Any]:
    """A feature as one row; without a geometry it has no point, which is refused later."""
    if not isinstance(feature, dict):
        return {}
    row = dict(feature.get("properties") or {})
    row.setdefault("@id", feature.get("id"))
    try:
        point = shapely.point_on_surface(shape(feature["geometry"]))
        row["lon"], row["lat"] = point.x, point.y
    except (ShapelyError, KeyError, TypeError, ValueError, AttributeError, IndexError):
        row["lon"] = row["lat"] = None
    return row


def _record(row: dict[str, Any], unread: list[str]) -> PlaceRecord:
    """The place of a row; why its unknown fields could not be read is added to `unread`."""
    if "activite" in row:
        row = _from_acceslibre(row, unread)
    elif "category" not in row:
        row = _from_osm(row)
    missing = [
        name for name in ("source_ref", "name", "category", "description") if not _text(row, name)
    ]
    if missing:
        raise _Refused(f"manque : {', '.join(missing)}")
    return PlaceRecord(
        source_ref=_text(row, "source_ref"),
        name=_text(row, "name"),
        category=_text(row, "category").lower(),
        description=_text(row, "description"),
        address=_text(row, "address"),
        point=_point(row),
        phone=_phone(_text(row, "phone"), unread),
        hours=_hours(_text(row, "hours"), unread),
        step_free=_yes_no(row, "step_free", unread),
        seats=_yes_no(row, "seats", unread),
        toilets=_yes_no(row, "toilets", unread),
        audience=_text(row, "audience"),
        verified_on=_verified_on(row, unread),
        valid_until=_date(row, "valid_until"),
    )


def _from_osm(row: dict[str, Any]) -> dict[str, Any]:
    """OpenStreetMap's tags in our own terms."""
    kind = next(
        (
            kind
            for key, value in row.items()
            if (kind := _kinds("osm").get(f"{key}={value}".lower()))
        ),
        None,
    )
    if kind is None:
        raise _Refused("type de lieu absent de l'annuaire")
    street = f"{row.get('addr:housenumber') or ''} {row.get('addr:street') or ''}".strip()
    seats = [row.get(key) for key in ("bench", "indoor_seating", "outdoor_seating")]
    return {
        "source_ref": f"osm:{row['@id']}" if row.get("@id") else "",
        "name": row.get("name"),
        "category": kind[0],
        "description": row.get("description:fr") or row.get("description") or kind[1],
        "address": f"{street}, {row.get('addr:postcode') or ''}".strip(" ,"),
        "lat": row.get("lat"),
        "lon": row.get("lon"),
        "phone": str(row.get("contact:phone") or row.get("phone") or "").partition(";")[0],
        "hours": row.get("opening_hours"),
        "step_free": row.get("wheelchair"),
        "seats": True if "yes" in seats else None,
        "toilets": row.get("toilets"),
        "audience": "les personnes âgées" if row.get("social_facility:for") == "senior" else "",
        "verified_on": row.get("check_date"),
    }


def _from_acceslibre(row: dict[str, Any], unread: list[str]) -> dict[str, Any]:
    """acceslibre's columns in our own terms: a way in is step-free from the pavement on.

    A way to the door that cannot be read leaves a level door unknown too.
    """
    activity = row["activite"]
    name = str(activity.get("nom") if isinstance(activity, dict) else activity).lower()
    kind = _kinds("acceslibre").get(name)
    if kind is None:
        raise _Refused("type de lieu absent de l'annuaire")
    way = _yes_no(row, "cheminement_ext_plain_pied", unread)
    way_unread = bool(unread)
    door = _yes_no(row, "entree_plain_pied", unread)
    step_free = None if way_unread and door else door
    street = f"{row.get('numero') or ''} {row.get('voie') or ''}".strip()
    reference = row.get("id") or row.get("uuid") or row.get("@id")
    return {
        "source_ref": f"acceslibre:{reference}" if reference else "",
        "name": row.get("name") or row.get("nom"),
        "category": kind[0],
        "description": kind[1],
        "address": f"{street}, {row.get('postal_code') or row.get('code_postal') or ''}".strip(
            " ,"
        ),
        "lat": row.get("lat", row.get("latitude")),
        "lon": row.get("lon", row.get("longitude")),
        "step_free": False if way is False else step_free,
        "toilets": row.get("sanitaires_presence"),
    }


@cache
def _kinds(source: str) -> dict[str, tuple[str, str]]:
    """Category and description by OpenStreetMap tag or acceslibre activity, in lower case."""
    file = resources.files("matcher.geocoding").joinpath("data/place_kinds.toml")
    kinds = tomllib.loads(file.read_text(encoding="utf-8"))["kind"]
    return {
        name.lower(): (kind["category"], kind["description"])
        for kind in kinds
        for name in kind[source]
    }


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None else " ".join(str(value).replace("\x00", "").split())


def _yes_no(row: dict[str, Any], name: str, unread: list[str]) -> bool | None:
    value = _text(row, name).lower()
    if value not in _YES_NO:
        unread.append(f"{name} « {value} » illisible")
    return _YES_NO.get(value)


def _hours(text: str, unread: list[str]) -> str:
    try:
        check_hours(text)
    except HoursUnreadable as error:
        unread.append(f"horaires « {text} » refusés : {error}")
        return ""
    return text


def _verified_on(row: dict[str, Any], unread: list[str]) -> date | None:
    try:
        return _date(row, "verified_on")
    except _Refused as refusal:
        unread.append(str(refusal))
        return None


def _date(row: dict[str, Any], name: str) -> date | None:
    value = _text(row, name)
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as error:
        raise _Refused(f"{name} « {value} » illisible") from error


def _point(row: dict[str, Any]) -> Point:
    try:
        lat, lon = float(row["lat"]), float(row["lon"])
    except (KeyError, TypeError, ValueError) as error:
        raise _Refused("coordonnées illisibles") from error
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        raise _Refused("coordonnées impossibles")
    return Point(lat, lon)


def _phone(text: str, unread: list[str]) -> str:
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        unread.append(f"téléphone « {text} » illisible")
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
