"""The page of a week: who could come, zone by zone and half-day by half-day, and what if."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from jinja2 import Environment
from starlette.responses import Response

from api.console import words
from api.console.session import as_staff
from api.web.pages import page
from api.web.zone_map import draw
from matcher.domain.coverage import CELLS, HalfDay, Table, cell_of
from matcher.domain.forecast import Forecast
from matcher.services.coverage import (
    WeekAhead,
    level_of,
    list_cell,
    look_ahead,
    monday_of,
    suppose_more,
)
from matcher.services.texts import day_and_month
from matcher.services.work import Runtime, Work

MOST_MORE = 200
HALVES = tuple((half_day.value, words.HALF_DAYS[half_day]) for half_day in HalfDay)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form asked: so many more volunteers, 0 for nothing supposed."""

    zone: str
    day: date
    half_day: HalfDay
    more: int

    @property
    def cell(self) -> int:
        """The column of the table."""
        return cell_of(self.day.weekday(), self.half_day)


def add_week(router: APIRouter, runtime: Runtime, templates: Environment) -> None:
    """The route of the page."""

    @router.get("/week")
    def week(
        request: Request,
        day: date | None = None,
        half_day: HalfDay = HalfDay.MORNING,
        zone: Annotated[str, Query(max_length=20)] = "",
        more: Annotated[int, Query(ge=0, le=MOST_MORE)] = 0,
    ) -> Response:
        """A week, the one under way unless told otherwise."""

        def do(work: Work, _token: str) -> Response:
            today = work.now.astimezone(runtime.settings.zone).date()
            asked = Asked(zone, day or today, half_day, more)
            return page(templates, "week.html", **_view(work, asked))

        return as_staff(runtime, request, do, "Cette semaine n'existe pas.")


def _view(work: Work, asked: Asked) -> dict[str, Any]:
    week = look_ahead(work, monday_of(asked.day))
    names = {zone.code: zone.name for zone in work.runtime.atlas.territory.list_zones()}
    days = [week.monday + timedelta(days=n) for n in range(7)]
    changes = None
    if asked.zone and asked.more:
        after = suppose_more(work, week, asked.zone, asked.cell, asked.more)
        changes = list(_changes(week.table, after, asked.cell, names))
    coverage = list_cell(work, week, asked.cell)
    return {
        "asked": asked,
        "asked_words": f"{day_and_month(asked.day)}, {words.HALF_DAYS[asked.half_day]}",
        "days": [day_and_month(one) for one in days],
        "parts": [label for _, label in HALVES],
        "choices": [(one, day_and_month(one)) for one in days],
        "halves": HALVES,
        "most": MOST_MORE,
        "minutes": round(week.table.policy.minutes),
        "inside": None if week.needed is None else round(100 * week.needed.inside),
        "before": week.monday - timedelta(days=7),
        "after": week.monday + timedelta(days=7),
        "rows": _rows(week, names),
        "changes": changes,
        "map": draw(coverage, work.runtime.atlas.territory.outline),
    }


def _rows(week: WeekAhead, names: dict[str, str]) -> list[dict[str, Any]]:
    counts = week.table.can_come.tolist()
    needed = _needed(week.needed, len(counts))
    return [
        {
            "code": code,
            "name": names[code],
            "cells": [
                {"can_come": free, "level": level_of(free), "needed": needed[row][cell]}
                for cell, free in enumerate(counts[row])
            ],
        }
        for row, code in enumerate(week.table.ground.codes)
    ]


def _needed(found: Forecast | None, zones: int) -> list[list[str | None]]:
    """Demand in words, nothing where none is to be expected."""
    if found is None:
        return [[None] * CELLS] * zones
    low, high = found.low.tolist(), found.high.tolist()
    return [
        [words.demand_of(low[row][cell], high[row][cell]) for cell in range(CELLS)]
        for row in range(zones)
    ]


def _changes(
    before: Table, after: Table, cell: int, names: dict[str, str]
) -> Iterator[dict[str, Any]]:
    for row, code in enumerate(before.ground.codes):
        if after.can_come[row, cell] != before.can_come[row, cell]:
            yield {
                "name": names[code],
                "before": int(before.can_come[row, cell]),
                "after": int(after.can_come[row, cell]),
                "chance_before": round(100 * before.chance[row, cell]),
                "chance_after": round(100 * after.chance[row, cell]),
            }
