"""The territory: read into memory at start, replaced by official files, watched for changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import psycopg
import shapely
from sqlalchemy import Engine, text, update
from sqlmodel import Session, SQLModel, col, select

from matcher.domain.errors import ImportRefused
from matcher.domain.geo import Point, Territory, Zone
from matcher.geocoding.atlas import Atlas
from matcher.geocoding.doors import AddressRow as Door
from matcher.geocoding.gazetteer import Gazetteer, load_builtin
from matcher.geocoding.imports import RefusedLine, read_addresses, read_zones
from matcher.geocoding.likeness import DEFAULT, Likeness
from matcher.geocoding.named import NamedPlace, load_named
from matcher.geocoding.place_files import UnreadField
from matcher.geocoding.territory import load_builtin_territory
from matcher.geocoding.words import street_key
from matcher.services.roll import address_of
from matcher.services.work import Runtime
from matcher.settings import Settings
from matcher.store.tables import (
    AddressRow,
    MissionRow,
    PlaceRow,
    SeniorRow,
    VolunteerRow,
    ZoneKind,
    ZoneRow,
)

log = logging.getLogger(__name__)

CHANNEL = "compagnie_atlas"
RECONNECT_S = 2.0
PROGRESS_LINES = 1000

Line = TypeVar("Line")

Progress = Callable[[int], None]
"""Told how many lines were read since it was last told."""


def load_atlas(engine: Engine, likeness: Likeness = DEFAULT) -> Atlas:
    """Streets and zones from the store; before any import, the hand-written ones.

    The places people name are the hand-written ones and those of the directory.

    The hand-written zones are written to the store then, since missions refer to them.
    """
    with Session(engine) as session, session.begin():
        if session.exec(select(ZoneRow.code).limit(1)).first() is None:
            session.add_all(
                _zone_row(zone, ZoneKind.ARRONDISSEMENT, approximate=True)
                for zone in load_builtin_territory().list_zones()
            )
        territory = _load_territory(session)
        gazetteer = Gazetteer(_doors(session), load_named(), likeness)
        if not len(gazetteer):
            gazetteer = load_builtin(likeness)
        gazetteer.add_places(_listed(session, gazetteer))
    return Atlas(gazetteer, territory)


def likeness_of(settings: Settings) -> Likeness:
    """From when a misheard name is proposed, as configured."""
    return replace(
        DEFAULT,
        in_arrondissement=settings.near_in_arrondissement,
        anywhere=settings.near_anywhere,
    )


def _listed(session: Session, gazetteer: Gazetteer) -> Iterator[NamedPlace]:
    """The directory's places with the door nearest to each."""
    rows = session.exec(select(PlaceRow.name, PlaceRow.lat, PlaceRow.lon).order_by(PlaceRow.name))
    for name, lat, lon in rows:
        door = gazetteer.nearest(Point(lat, lon))
        if door is not None and len(street_key(name).split()) > 1:
            yield NamedPlace((name,), door)


def _load_territory(session: Session) -> Territory:
    """The finest zones there are, place by place.

    Official ones take the place of all the approximate ones, an arrondissement's quartiers that
    of the arrondissement.
    """
    rows = session.exec(select(ZoneRow).order_by(col(ZoneRow.code))).all()
    official = [row for row in rows if not row.approximate] or rows
    divided = {row.code.partition("-")[0] for row in official if row.kind == ZoneKind.QUARTIER}
    return Territory(_zone(row) for row in official if row.code not in divided)


def import_addresses(engine: Engine, path: Path, *, skip_bad: bool, progress: Progress) -> int:
    """Replace the addresses by those of a BAN file, all of them or none; how many.

    Raises:
        ImportRefused: lines are bad and `skip_bad` is off, or none is good.
    """
    refused: list[RefusedLine] = []
    with Session(engine) as session, session.begin():
        cursor = session.connection().connection.cursor()
        cursor.execute("DELETE FROM address")
        cursor.execute(
            "CREATE TEMP TABLE incoming (number int, rep text, street text, postcode text,"
            " lat float8, lon float8) ON COMMIT DROP"
        )
        with cursor.copy("COPY incoming FROM STDIN") as copy:
            for door in good_lines(read_addresses(path), refused, progress):
                copy.write_row((door.number, door.rep or "", *door[2:]))
        if refused and not skip_bad:
            raise ImportRefused(report_of(refused))
        tell_left_out(refused)
        cursor.execute(
            "INSERT INTO address (number, rep, street, postcode, lat, lon)"
            " SELECT DISTINCT ON (postcode, street, number, rep) * FROM incoming"
            " ORDER BY postcode, street, number, rep, lat, lon"
        )
        kept: int = cursor.rowcount
        if kept == 0:
            raise ImportRefused("Le fichier ne contient aucune adresse.")
        announce(session)
    return kept


def import_zones(engine: Engine, path: Path, *, skip_bad: bool, progress: Progress) -> int:
    """Add the zones of a GeoJSON file, or update those of the same code; how many.

    Nothing is removed, since people, places and missions refer to zones: they are looked up again
    in the zones as they are now.

    Raises:
        ImportRefused: features are bad and `skip_bad` is off, or none is good.
    """
    zones, refused = read_zones(path)
    progress(len(zones) + len(refused))
    if (refused and not skip_bad) or not zones:
        raise ImportRefused(report_of(refused) or "Le fichier ne contient aucune zone.")
    tell_left_out(refused)
    with Session(engine) as session, session.begin():
        for zone in zones:
            session.merge(_zone_row(zone, _kind(zone), approximate=False))
        session.flush()
        _look_up_again(session, _load_territory(session))
        announce(session)
    return len(zones)


def _look_up_again(session: Session, territory: Territory) -> None:
    """Put everything that lies somewhere into its zone of today."""
    for spot in (VolunteerRow, PlaceRow):
        placed = session.exec(select(spot.id, spot.lat, spot.lon, spot.zone_code)).all()
        points = [(key, Point(lat, lon), before) for key, lat, lon, before in placed]
        _put(session, spot, territory, points)
    for table, address in ((SeniorRow, SeniorRow.home), (MissionRow, MissionRow.meeting)):
        kept = session.exec(
            select(table.id, address, table.zone_code).where(col(address).is_not(None))
        ).all()
        points = [(key, address_of(dict(where or {})).point, before) for key, where, before in kept]
        _put(session, table, territory, points)


def _put(
    session: Session,
    table: type[SQLModel],
    territory: Territory,
    points: list[tuple[UUID, Point, str | None]],
) -> None:
    moved = []
    for key, point, before in points:
        zone = territory.find_zone(point)
        code = None if zone is None else zone.code
        if code != before:
            moved.append({"id": key, "zone_code": code})
    if moved:
        session.execute(update(table), moved)


async def watch_atlas(runtime: Runtime, conninfo: str) -> None:
    """Reload the territory in this process whenever an import, anywhere, is committed.

    Once when the watch begins, and again after each reconnection: what was imported meanwhile was
    announced to nobody.
    """
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as watching:
                await watching.execute(f"LISTEN {CHANNEL}")
                await _reload(runtime)
                async for _ in watching.notifies():
                    await _reload(runtime)
        except psycopg.OperationalError as error:
            log.warning("the territory is not watched: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT_S)


async def _reload(runtime: Runtime) -> None:
    likeness = likeness_of(runtime.settings)
    fresh = await asyncio.to_thread(load_atlas, runtime.engine, likeness)
    runtime.atlas.gazetteer = fresh.gazetteer
    runtime.atlas.territory = fresh.territory


def _doors(session: Session) -> Iterator[Door]:
    columns = [
        col(column)
        for column in (
            AddressRow.number,
            AddressRow.rep,
            AddressRow.street,
            AddressRow.postcode,
            AddressRow.lat,
            AddressRow.lon,
        )
    ]
    rows = session.execute(select(*columns).execution_options(yield_per=5000))
    return (Door(row[0], row[1] or None, *row[2:]) for row in rows)


def good_lines(
    lines: Iterable[Line | RefusedLine], refused: list[RefusedLine], progress: Progress
) -> Iterator[Line]:
    """The lines that can be taken; the others are added to `refused`."""
    count = 0
    for count, line in enumerate(lines, start=1):
        if count % PROGRESS_LINES == 0:
            progress(PROGRESS_LINES)
        if isinstance(line, RefusedLine):
            refused.append(line)
        else:
            yield line
    progress(count % PROGRESS_LINES)


def report_of(refused: Sequence[RefusedLine | UnreadField], most: int = 20) -> str:
    """What was refused and why, the first lines in full; empty when nothing was."""
    shown = [f"ligne {line.line} : {line.reason}" for line in refused[:most]]
    if len(refused) > most:
        shown.append(f"et {len(refused) - most} autres")
    return "\n".join(shown)


def tell_left_out(refused: list[RefusedLine]) -> None:
    """Name the lines that an import goes on without."""
    if refused:
        log.warning("Lignes laissées de côté :\n%s", report_of(refused))


def tell_unread(unread: list[UnreadField]) -> None:
    """Name the fields that an import leaves unknown."""
    if unread:
        log.warning("Champs illisibles, laissés inconnus :\n%s", report_of(unread))


def announce(session: Session) -> None:
    """Have every process load the territory again once this transaction is committed."""
    session.execute(text(f"NOTIFY {CHANNEL}"))


def _kind(zone: Zone) -> ZoneKind:
    return ZoneKind.QUARTIER if "-" in zone.code else ZoneKind.ARRONDISSEMENT


def _zone_row(zone: Zone, kind: ZoneKind, *, approximate: bool) -> ZoneRow:
    return ZoneRow(
        code=zone.code,
        kind=kind.value,
        name=zone.name,
        left_bank=bool(zone.left_bank),
        approximate=approximate,
        geometry=shapely.geometry.mapping(zone.polygon),
    )


def _zone(row: ZoneRow) -> Zone:
    polygon = shapely.geometry.shape(row.geometry)
    if not isinstance(polygon, shapely.Polygon | shapely.MultiPolygon):
        raise ValueError(f"zone {row.code} is no polygon")
    return Zone(code=row.code, name=row.name, polygon=polygon, left_bank=row.left_bank)
