"""The directory of places."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.v1 import present
from api.v1.deps import SIGNED_IN, OpenWork, SignedInId
from api.v1.paging import Cursor, Limit, Page, find_mark, make_page
from api.v1.schemas import PlacePublic
from matcher.services import listings

router = APIRouter(tags=["lieux"], dependencies=[SIGNED_IN])

Category = Annotated[str | None, Query(max_length=60, pattern="^[^\x00]*$")]


@router.get("/places")
def list_places(
    work: OpenWork,
    volunteer_id: SignedInId,
    category: Category = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[PlacePublic]:
    """Les associations, services et activités, par nom."""
    rows = listings.list_places(work, category, find_mark(work, cursor), limit + 1)
    return make_page(
        work,
        rows,
        limit,
        mark=lambda row: (row.name, row.id),
        show=lambda row: present.place(work, row, volunteer_id),
    )
