"""Lists by pages: `{items, next}`, where `next` is an opaque cursor to the page after."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from matcher.domain.errors import InvalidInput
from matcher.services.work import Work

Item = TypeVar("Item")
Row = TypeVar("Row")


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(
        description="Le curseur de la page suivante ; null à la dernière page.", examples=[None]
    )


Cursor = Annotated[
    str | None, Query(max_length=600, description="Le `next` de la page précédente.")
]
Limit = Annotated[int, Query(ge=1, le=100, description="Combien par page.")]


def find_mark(work: Work, cursor: str | None) -> tuple[str, UUID] | None:
    """The sort key and id a cursor of ours stands for; None for the first page.

    Raises:
        InvalidInput: it is not a cursor of ours.
    """
    if cursor is None:
        return None
    try:
        signature, _, payload = base64.urlsafe_b64decode(cursor).decode().partition(" ")
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("Ce curseur n'est pas lisible.") from error
    if not hmac.compare_digest(signature.encode(), _sign(work, payload).encode()):
        raise InvalidInput("Ce curseur n'est pas lisible.")
    key, row_id = json.loads(payload)
    return key, UUID(row_id)


def find_moment(work: Work, cursor: str | None) -> tuple[datetime, UUID] | None:
    """`find_mark` for a list in order of time.

    Raises:
        InvalidInput: it is not a cursor of ours, or one of another list.
    """
    mark = find_mark(work, cursor)
    if mark is None:
        return None
    try:
        return datetime.fromisoformat(mark[0]), mark[1]
    except ValueError as error:
        raise InvalidInput("Ce curseur est celui d'une autre liste.") from error


def make_page(
    work: Work,
    rows: Sequence[Row],
    limit: int,
    mark: Callable[[Row], tuple[str, UUID]],
    show: Callable[[Row], Item],
) -> Page[Item]:
    """A page of the first `limit` rows; one row more says that another page follows."""
    shown = rows[:limit]
    following = None
    if len(rows) > limit:
        key, row_id = mark(shown[-1])
        payload = json.dumps([key, str(row_id)])
        following = base64.urlsafe_b64encode(f"{_sign(work, payload)} {payload}".encode()).decode()
    return Page(items=[show(row) for row in shown], next=following)


def _sign(work: Work, payload: str) -> str:
    return work.runtime.keyring.index(f"cursor:{payload}")
