"""The directory of places: imported, found near a point, told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import ColumnElement, Integer, cast, func, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from matcher.domain.directory import Near, Place, nearest
from matcher.domain.errors import ImportRefused
from matcher.domain.geo import M_PER_DEGREE, SENIOR_KMH, VOLUNTEER_KMH, Point, Territory
from matcher.domain.hours import opening
from matcher.geocoding.imports import RefusedLine
from matcher.geocoding.place_files import PlaceRecord, UnreadField, read_places
from matcher.services.places import (
    Progress,
    announce,
    good_lines,
    report_of,
    tell_left_out,
    tell_unread,
)
from matcher.services.work import Runtime, Work
from matcher.store.tables import PlaceRow
from matcher.store.transitions import SYSTEM

CONSIDERED = 200
"""So many places, the nearest as the crow flies, are looked at for one that is open."""

Mark = tuple[int, str, UUID]
"""Where a page of places ends: metres, name, id."""


def import_places(runtime: Runtime, path: Path, *, skip_bad: bool, progress: Progress) -> int:
    """Add the places of a file, or update those of the same `source_ref`; how many.

    Nothing is removed: an entry that is over has its `valid_until`. What is optional and cannot
    be read is left unknown and named, with or without `skip_bad`.

    Raises:
        ImportRefused: lines are bad and `skip_bad` is off, or none is good.
    """
    refused: list[RefusedLine] = []
    unread: list[UnreadField] = []
    rows: list[dict[str, object]] = []
    territory = runtime.atlas.territory
    good: Iterator[PlaceRecord | UnreadField] = good_lines(
        read_places(path, territory.contains), refused, progress
    )
    for one in good:
        if isinstance(one, UnreadField):
            unread.append(one)
        else:
            rows.append(_row(one, territory))
    if (refused and not skip_bad) or not rows:
        raise ImportRefused(report_of(refused) or "Le fichier ne contient aucun lieu.")
    tell_left_out(refused)
    tell_unread(unread)
    query = insert(PlaceRow)
    kept = {name: query.excluded[name] for name in rows[0] if name not in ("id", "source_ref")}
    with runtime.begin(SYSTEM) as work:
        work.session.execute(
            query.on_conflict_do_update(index_elements=["source_ref"], set_=kept), rows
        )
        # People meet there by name: the gazetteer knows the places of the directory.
        announce(work.session)
    return len(rows)


def find_nearest(
    work: Work, point: Point, at: datetime, category: str | None = None, limit: int = 3
) -> list[Near]:
    """The places near `point` that are open at `at`, the nearest on foot first, for a senior.

    Places whose hours are not known come after those; closed ones never.
    """
    query = (
        select(PlaceRow)
        .where(_valid(work, at))
        .order_by(_away_m(point), col(PlaceRow.name), col(PlaceRow.id))
        .limit(CONSIDERED)
    )
    if category is not None:
        query = query.where(PlaceRow.category == category)
    territory = work.runtime.atlas.territory
    return nearest(
        map(place_of, work.session.exec(query)),
        at,
        work.runtime.settings.zone,
        lambda place: territory.walking_time_s(point, place, SENIOR_KMH),
        category=category,
        limit=limit,
    )


def list_near(
    work: Work,
    point: Point,
    at: datetime,
    category: str | None,
    after: Mark | None,
    limit: int,
    *,
    accompanied: bool,
) -> list[tuple[Mark, Near]]:
    """A page of the directory around `point`, open or not, with what holds at `at`.

    As the crow flies the nearest first; walks at a senior's pace when `accompanied`. Each comes
    with the mark that asks for what follows it.
    """
    away_m = _away_m(point)
    key = tuple_(away_m, col(PlaceRow.name), col(PlaceRow.id))
    query = (
        select(PlaceRow, away_m)
        .where(_valid(work, at))
        .order_by(away_m, col(PlaceRow.name), col(PlaceRow.id))
        .limit(limit)
    )
    if category is not None:
        query = query.where(PlaceRow.category == category)
    if after is not None:
        query = query.where(key > after)
    territory, zone = work.runtime.atlas.territory, work.runtime.settings.zone
    pace_kmh = SENIOR_KMH if accompanied else VOLUNTEER_KMH
    return [
        (
            (metres, row.name, row.id),
            Near(
                place_of(row),
                territory.walking_time_s(point, Point(row.lat, row.lon), pace_kmh),
                opening(row.hours, at, zone),
            ),
        )
        for row, metres in work.session.exec(query)
    ]


def place_of(row: PlaceRow) -> Place:
    """The row as the domain sees it."""
    return Place(
        id=row.id,
        name=row.name,
        category=row.category,
        description=row.description,
        address=row.address,
        point=Point(row.lat, row.lon),
        hours=row.hours,
        phone=row.phone,
        step_free=row.step_free,
        seats=row.seats,
        toilets=row.toilets,
        audience=row.audience,
        verified_on=row.verified_on,
        valid_until=row.valid_until,
    )


def _row(record: PlaceRecord, territory: Territory) -> dict[str, object]:
    zone = territory.find_zone(record.point)
    row: dict[str, object] = asdict(record)
    del row["point"]
    return {
        **row,
        "id": uuid5(NAMESPACE_URL, record.source_ref),
        "lat": record.point.lat,
        "lon": record.point.lon,
        "zone_code": None if zone is None else zone.code,
    }


def _valid(work: Work, at: datetime) -> ColumnElement[bool]:
    day = at.astimezone(work.runtime.settings.zone).date()
    return col(PlaceRow.valid_until).is_(None) | (col(PlaceRow.valid_until) >= day)


def _away_m(point: Point) -> ColumnElement[int]:
    """Whole metres as the crow flies, on an earth that is flat at this scale."""
    north_m = (col(PlaceRow.lat) - point.lat) * M_PER_DEGREE
    east_m = (col(PlaceRow.lon) - point.lon) * M_PER_DEGREE * func.cos(func.radians(point.lat))
    return cast(func.sqrt(north_m * north_m + east_m * east_m), Integer)
