"""What the tables share: instants, coded lists and checks on enumerations."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, DateTime, Dialect, Text, TypeDecorator, Uuid
from sqlmodel import SQLModel

INSTANT: Any = DateTime(timezone=True)
INSTANTS: Any = ARRAY(DateTime(timezone=True))
CODES: Any = ARRAY(Text)


class _Ids(TypeDecorator[list[UUID]]):
    """A list of ids sent as one text, which the server reads faster than the driver writes it."""

    impl = ARRAY(Uuid)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[list[UUID] | None], str | None]:
        """In place of what the driver would do with each id."""
        del dialect
        return lambda ids: None if ids is None else "{" + ",".join(id.hex for id in ids) + "}"


IDS = _Ids()
"""One for all: SQLAlchemy looks each new type through before it knows a query again."""

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


def _literals(enum: type[StrEnum]) -> str:
    return ", ".join(f"'{member.value}'" for member in enum)


def one_of(column: str, enum: type[StrEnum]) -> CheckConstraint:
    """The column holds one value of the enumeration."""
    return CheckConstraint(f"{column} IN ({_literals(enum)})", name=column)


def some_of(column: str, enum: type[StrEnum]) -> CheckConstraint:
    """The array column holds only values of the enumeration."""
    return CheckConstraint(f"{column} <@ ARRAY[{_literals(enum)}]", name=column)
