"""Where somebody could come: vetted volunteers free in a half-day, counted by zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from matcher.domain.availability import Interval
from matcher.domain.lifecycle import HELD_MISSIONS
from matcher.services.roll import list_vetted, load_availability
from matcher.services.work import Work
from matcher.store.tables import MissionRow, VolunteerRow, ZoneRow

OUTING = timedelta(hours=2)
"""A volunteer counts when free this long in a row: about an outing's length."""

CLASS_FROM = (0, 1, 3, 6, 10)
"""The least number of volunteers of each class, from nobody to plenty."""


class HalfDay(StrEnum):
    """The part of a day coverage is counted over."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


_HOURS = {HalfDay.MORNING: (time(9), time(13)), HalfDay.AFTERNOON: (time(14), time(18))}


@dataclass(frozen=True, slots=True)
class Span:
    """One half-day, its bounds in UTC."""

    half_day: HalfDay
    interval: Interval


@dataclass(frozen=True, slots=True)
class ZoneCoverage:
    """How many could come in one zone; `level` is the index of its class in `CLASS_FROM`."""

    zone: ZoneRow
    free: int
    level: int


def half_day_of(now: datetime, zone: ZoneInfo) -> Span:
    """The half-day under way or the next to come, as long as an outing still fits into it."""
    day = now.astimezone(zone).date()
    for ahead in (day, day + timedelta(days=1)):
        for half_day, (opens, closes) in _HOURS.items():
            start = datetime.combine(ahead, opens, zone)
            end = datetime.combine(ahead, closes, zone)
            if now <= end - OUTING:
                return Span(half_day, Interval(max(start, now), end))
    raise AssertionError("tomorrow's half-days always lie ahead")


def list_coverage(work: Work, span: Interval) -> list[ZoneCoverage]:
    """Every zone with its vetted, active volunteers who are free for an outing within `span`.

    A volunteer counts in the zone of their home, and not while a mission of theirs overlaps.
    """
    volunteers = work.session.exec(
        select(VolunteerRow).where(
            col(VolunteerRow.active), col(VolunteerRow.zone_code).is_not(None)
        )
    ).all()
    vetted = list_vetted(work, [row.id for row in volunteers])
    taken = set(
        work.session.exec(
            select(MissionRow.volunteer_id).where(
                col(MissionRow.status).in_([status.value for status in HELD_MISSIONS]),
                col(MissionRow.busy_from) < span.end,
                col(MissionRow.busy_until) > span.start,
            )
        )
    )
    availability = load_availability(work, volunteers)
    zone = work.runtime.settings.zone
    free: dict[str | None, int] = {}
    for row in volunteers:
        if row.id not in vetted or row.id in taken:
            continue
        intervals = availability[row.id].free_intervals(span.start, span.end, zone)
        if any(one.end - one.start >= OUTING for one in intervals):
            free[row.zone_code] = free.get(row.zone_code, 0) + 1
    zones = work.session.exec(select(ZoneRow).order_by(col(ZoneRow.code)))
    return [_zone_coverage(one, free.get(one.code, 0)) for one in zones]


def _zone_coverage(zone: ZoneRow, free: int) -> ZoneCoverage:
    level = max(index for index, least in enumerate(CLASS_FROM) if free >= least)
    return ZoneCoverage(zone, free, level)
