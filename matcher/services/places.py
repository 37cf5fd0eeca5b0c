"""The territory: read into memory at start, replaced by official files, watched for changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import psycopg
import shapely
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from matcher.domain.errors import ImportRefused
from matcher.domain.geo import Territory, Zone
from matcher.geocoding.atlas import Atlas
from matcher.geocoding.gazetteer import AddressRow as Door
from matcher.geocoding.gazetteer import Gazetteer, load_builtin
from matcher.geocoding.imports import RefusedLine, read_addresses, read_zones
from matcher.geocoding.territory import load_builtin_territory
from matcher.services.work import Runtime
from matcher.store.tables import AddressRow, ZoneKind, ZoneRow

log = logging.getLogger(__name__)

CHANNEL = "compagnie_atlas"
RECONNECT_S = 2.0

Progress = Callable[[int], None]
"""Told how many lines were read since it was last told."""


def load_atlas(engine: Engine) -> Atlas:
    """Streets and zones from the store; before any import, the hand-written ones.

    The hand-written zones are written to the store then, since missions refer to them.
    """
    with Session(engine) as session, session.begin():
        rows = session.exec(select(ZoneRow)).all()
        if not rows:
            rows = [
                _zone_row(zone, ZoneKind.ARRONDISSEMENT, approximate=True)
                for zone in load_builtin_territory().list_zones()
            ]
            session.add_all(rows)
        kind = (
            ZoneKind.QUARTIER
            if any(row.kind == ZoneKind.QUARTIER for row in rows)
            else ZoneKind.ARRONDISSEMENT
        )
        territory = Territory(_zone(row) for row in rows if row.kind == kind)
        gazetteer = Gazetteer(_doors(session))
    return Atlas(gazetteer if len(gazetteer) else load_builtin(), territory)


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
            for door in _good(read_addresses(path), refused, progress):
                copy.write_row((door.number, door.rep or "", *door[2:]))
        if refused and not skip_bad:
            raise ImportRefused(_report(refused))
        cursor.execute(
            "INSERT INTO address (number, rep, street, postcode, lat, lon)"
            " SELECT DISTINCT ON (postcode, street, number, rep) * FROM incoming"
            " ORDER BY postcode, street, number, rep, lat, lon"
        )
        kept: int = cursor.rowcount
        if kept == 0:
            raise ImportRefused("Le fichier ne contient aucune adresse.")
        _announce(session)
    return kept


def import_zones(engine: Engine, path: Path, *, skip_bad: bool, progress: Progress) -> int:
    """Add the zones of a GeoJSON file, or update those of the same code; how many.

    Raises:
        ImportRefused: features are bad and `skip_bad` is off, or none is good.
    """
    zones, refused = read_zones(path)
    progress(len(zones) + len(refused))
    if (refused and not skip_bad) or not zones:
        raise ImportRefused(_report(refused) or "Le fichier ne contient aucune zone.")
    with Session(engine) as session, session.begin():
        for zone in zones:
            session.merge(_zone_row(zone, _kind(zone), approximate=False))
        _announce(session)
    return len(zones)


async def watch_atlas(runtime: Runtime, conninfo: str) -> None:
    """Reload the territory in this process whenever an import, anywhere, is committed."""
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as watching:
                await watching.execute(f"LISTEN {CHANNEL}")
                async for _ in watching.notifies():
                    fresh = await asyncio.to_thread(load_atlas, runtime.engine)
                    runtime.atlas.gazetteer = fresh.gazetteer
                    runtime.atlas.territory = fresh.territory
        except psycopg.OperationalError as error:
            log.warning("the territory is not watched: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT_S)


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


def _good(
    lines: Iterable[Door | RefusedLine], refused: list[RefusedLine], progress: Progress
) -> Iterator[Door]:
    for line in lines:
        progress(1)
        if isinstance(line, RefusedLine):
            refused.append(line)
        else:
            yield line


def _report(refused: list[RefusedLine], most: int = 20) -> str:
    shown = [f"ligne {line.line} : {line.reason}" for line in refused[:most]]
    if len(refused) > most:
        shown.append(f"et {len(refused) - most} autres")
    return "\n".join(shown)


def _announce(session: Session) -> None:
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
