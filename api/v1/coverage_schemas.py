"""The shapes of the week ahead: who could come where and when, and how many will be asked for."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, Field

from api.v1.schemas import Sent
from matcher.domain.coverage import HalfDay

MOST_MORE = 200


class NeededPublic(BaseModel):
    """Outings that will be asked for: the middle of the forecast, and an interval around it."""

    median: int
    low: int
    high: int


class HalfDayPublic(BaseModel):
    """One zone in one half-day.

    `can_come` counts the volunteers free for an outing who walk there in time; `chance` is that of
    one more outing being taken if all of them are asked. `needed` is null without any past.
    """

    date: dt.date = Field(examples=["2026-11-24"])
    half_day: HalfDay
    can_come: int
    chance: float = Field(ge=0, le=1, examples=[0.87])
    needed: NeededPublic | None


class ZoneWeekPublic(BaseModel):
    """One zone over the fourteen half-days of a week."""

    code: str = Field(examples=["75108"])
    name: str = Field(examples=["Paris 8e"])
    half_days: list[HalfDayPublic]


class WeekPublic(BaseModel):
    """A week, zone by zone; `inside` is the chance that an interval holds what will be asked."""

    monday: dt.date = Field(examples=["2026-11-23"])
    minutes: float = Field(description="La marche la plus longue.", examples=[20])
    inside: float | None = Field(examples=[0.9])
    zones: list[ZoneWeekPublic]


class WhatIfCreate(Sent):
    """So many more volunteers, living in the middle of a zone, free in one half-day."""

    zone: str = Field(min_length=1, max_length=20, examples=["75113"])
    date: dt.date = Field(examples=["2026-11-24"])
    half_day: HalfDay
    more: int = Field(ge=1, le=MOST_MORE, examples=[3])


class CountPublic(BaseModel):
    """What a cell of the table says."""

    can_come: int
    chance: float


class ChangePublic(BaseModel):
    """A zone that would be better covered in that half-day."""

    code: str
    name: str
    before: CountPublic
    after: CountPublic


class WhatIfPublic(BaseModel):
    """What would change; zones that would stay as they are do not appear."""

    date: dt.date
    half_day: HalfDay
    zones: list[ChangePublic]
