"""The week ahead for coordinators: who could come, what will be asked for, and what if."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query

from api.v1.coverage_schemas import (
    ChangePublic,
    CountPublic,
    HalfDayPublic,
    NeededPublic,
    WeekPublic,
    WhatIfCreate,
    WhatIfPublic,
    ZoneWeekPublic,
)
from api.v1.deps import SIGNED_IN, OpenWork
from api.v1.idempotency import IdempotentRoute
from matcher.domain.coverage import CELLS, HalfDay, Table, cell_of
from matcher.domain.forecast import Forecast
from matcher.services.coverage import look_ahead, monday_of, suppose_more
from matcher.services.work import Work

router = APIRouter(
    prefix="/coordination/coverage",
    tags=["coordination"],
    route_class=IdempotentRoute,
    dependencies=[SIGNED_IN],
)

Day = Annotated[
    date | None,
    Query(description="Un jour de la semaine voulue ; sans lui, la semaine en cours."),
]


@router.get("")
def get_week(work: OpenWork, day: Day = None) -> WeekPublic:
    """Une semaine par quartier et demi-journée : qui peut venir, combien seront demandées."""
    today = work.now.astimezone(work.runtime.settings.zone).date()
    week = look_ahead(work, monday_of(day or today))
    names, needed = _names(work), _needed(week.needed, week.table)
    return WeekPublic(
        monday=week.monday,
        minutes=week.table.policy.minutes,
        inside=None if week.needed is None else week.needed.inside,
        zones=[
            ZoneWeekPublic(
                code=code,
                name=names[code],
                half_days=[
                    HalfDayPublic(
                        date=week.monday + timedelta(days=cell // 2),
                        half_day=list(HalfDay)[cell % 2],
                        can_come=int(week.table.can_come[row, cell]),
                        chance=_chance(week.table, row, cell),
                        needed=needed[row][cell],
                    )
                    for cell in range(CELLS)
                ],
            )
            for row, code in enumerate(week.table.ground.codes)
        ],
    )


@router.post("/what-if")
def suppose(body: WhatIfCreate, work: OpenWork) -> WhatIfPublic:
    """Si des bénévoles de plus étaient libres là, ce qui changerait ; rien n'est changé."""
    week = look_ahead(work, monday_of(body.date))
    cell = cell_of(body.date.weekday(), body.half_day)
    after = suppose_more(work, week, body.zone, cell, body.more)
    before, names = week.table, _names(work)
    return WhatIfPublic(
        date=body.date,
        half_day=body.half_day,
        zones=[
            ChangePublic(
                code=code,
                name=names[code],
                before=_count(before, row, cell),
                after=_count(after, row, cell),
            )
            for row, code in enumerate(before.ground.codes)
            if after.can_come[row, cell] != before.can_come[row, cell]
        ],
    )


def _names(work: Work) -> dict[str, str]:
    return {zone.code: zone.name for zone in work.runtime.atlas.territory.list_zones()}


def _count(table: Table, row: int, cell: int) -> CountPublic:
    return CountPublic(can_come=int(table.can_come[row, cell]), chance=_chance(table, row, cell))


def _chance(table: Table, row: int, cell: int) -> float:
    return round(float(table.chance[row, cell]), 3)


def _needed(found: Forecast | None, table: Table) -> list[list[NeededPublic | None]]:
    """Zone by zone, half-day by half-day."""
    if found is None:
        return [[None] * CELLS for _ in table.ground.codes]
    quantiles = np.stack([found.median, found.low, found.high], axis=-1).tolist()
    return [
        [NeededPublic(median=median, low=low, high=high) for median, low, high in zone]
        for zone in quantiles
    ]
