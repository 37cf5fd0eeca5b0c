"""Zones, addresses and the directory of places."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from matcher.store.tables.base import one_of


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


class PlaceRow(SQLModel, table=True):
    """An association, service or activity, told to seniors near it."""

    __tablename__ = "place"

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
    verified_on: date | None = None
    valid_until: date | None = None
