"""Zones, addresses and the directory of places."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from matcher.store.encrypted import EncryptedJson
from matcher.store.tables.base import INSTANT, one_of


class ZoneKind(StrEnum):
    """What a zone is."""

    ARRONDISSEMENT = "arrondissement"
    QUARTIER = "quartier"


class ZoneRow(SQLModel, table=True):
    """A named polygon; `geometry` is GeoJSON, (lon, lat), WGS 84."""

    __tablename__ = "zone"
    __table_args__ = (one_of("kind", ZoneKind),)

    code: str = Field(primary_key=True)
    kind: str
    name: str
    left_bank: bool = False
    approximate: bool = False
    geometry: dict[str, Any] = Field(sa_type=JSONB)


class AddressRow(SQLModel, table=True):
    """One address of the territory's gazetteer."""

    __tablename__ = "address"
    __table_args__ = (Index("uq_address", "postcode", "street", "number", "rep", unique=True),)

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    number: int
    rep: str = ""
    street: str
    postcode: str
    lat: float
    lon: float


class PopulationRow(SQLModel, table=True):
    """Older people living alone in one IRIS, the census's smallest area.

    Estimates, hence no whole numbers. Kept by IRIS, so that they can be added up over whatever
    zones are there: its code begins with the zone's.
    """

    __tablename__ = "population"
    __table_args__ = (
        CheckConstraint("iris ~ '^[0-9AB]{9}$'", name="iris"),
        CheckConstraint("0 <= alone_80 AND alone_80 <= alone_55", name="counts"),
    )

    iris: str = Field(primary_key=True)
    alone_55: float
    alone_80: float


class RouteRow(SQLModel, table=True):
    """A walk along the streets as it was computed elsewhere.

    `pair` is a keyed hash of its two ends, since one of them may be somebody's door.
    """

    __tablename__ = "route"
    __table_args__ = (CheckConstraint("walk_s >= 0", name="walk_s"),)

    pair: str = Field(primary_key=True)
    walk_s: float
    asked_at: datetime = Field(sa_type=INSTANT)


class GeocodeAnswerRow(SQLModel, table=True):
    """What the web geocoder said, so that it is not asked twice; kept for some weeks.

    `question` is a keyed hash and the answer is encrypted, since it may be somebody's door.
    """

    __tablename__ = "geocode_answer"

    question: str = Field(primary_key=True)
    answer: dict[str, Any] = Field(sa_type=EncryptedJson)
    asked_at: datetime = Field(sa_type=INSTANT, index=True)


class PlaceRow(SQLModel, table=True):
    """An association, service or activity, told to seniors near it.

    `hours` is in OpenStreetMap's notation, empty when they are not known; what may be None is
    not known either.
    """

    __tablename__ = "place"
    __table_args__ = (Index("ix_place_lat_lon", "lat", "lon"),)

    id: UUID = Field(primary_key=True)
    source_ref: str = Field(unique=True)
    name: str
    category: str
    description: str
    address: str
    lat: float
    lon: float
    zone_code: str | None = Field(default=None, foreign_key="zone.code")
    phone: str = ""
    hours: str = ""
    step_free: bool | None = None
    seats: bool | None = None
    toilets: bool | None = None
    audience: str = Field(default="", sa_column_kwargs={"server_default": ""})
    verified_on: date | None = None
    valid_until: date | None = None
