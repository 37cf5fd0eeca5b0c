"""Where somebody could come: volunteers free in a half-day by zone, now and for a week to come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from statistics import median
from uuid import UUID
from zoneinfo import ZoneInfo

import holidays
import numpy as np
from sqlmodel import col, select

from matcher.domain.availability import Availability, Interval
from matcher.domain.chances import Candidate, OutingFacts
from matcher.domain.coverage import (
    CELLS,
    HOURS,
    CoveragePolicy,
    Flags,
    Ground,
    Ints,
    People,
    Table,
    cell_at,
    count,
    free_half_days,
    suppose,
    typical_of,
)
from matcher.domain.coverage import OUTING as OUTING
from matcher.domain.coverage import HalfDay as HalfDay
from matcher.domain.errors import NotFound
from matcher.domain.forecast import Forecast, ForecastPolicy, History, forecast
from matcher.domain.geo import Point, Zone
from matcher.domain.halfhours import halfhours_of
from matcher.domain.lifecycle import HELD_MISSIONS, MissionStatus
from matcher.domain.people import Volunteer
from matcher.domain.waves import expectation
from matcher.geocoding.atlas import Atlas
from matcher.roster import Member
from matcher.services.lives import is_vetted, load_availability
from matcher.services.policies import WAVES
from matcher.services.population import count_alone
from matcher.services.roll import list_members
from matcher.services.work import Work
from matcher.store.tables import MissionRow, VolunteerRow, ZoneRow

CLASS_FROM = (0, 1, 3, 6, 10)
"""The least number of volunteers of each class, from nobody to plenty."""


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
        for half_day, (opens, closes) in HOURS.items():
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
            col(VolunteerRow.active), col(VolunteerRow.zone_code).is_not(None), is_vetted()
        )
    ).all()
    taken = set(
        work.session.exec(
            select(MissionRow.volunteer_id).where(
                col(MissionRow.status).in_([status.value for status in HELD_MISSIONS]),
                col(MissionRow.busy_from) < span.end,
                col(MissionRow.busy_until) > span.start,
            )
        )
    )
    availability = load_availability(work, {row.id: row.free_until for row in volunteers})
    zone = work.runtime.settings.zone
    free: dict[str | None, int] = {}
    for row in volunteers:
        if row.id in taken:
            continue
        intervals = availability[row.id].free_intervals(span.start, span.end, zone)
        if any(one.end - one.start >= OUTING for one in intervals):
            free[row.zone_code] = free.get(row.zone_code, 0) + 1
    return _by_zone(work, free)


def _by_zone(work: Work, free: Mapping[str | None, int]) -> list[ZoneCoverage]:
    codes = [one.code for one in work.runtime.atlas.territory.list_zones()]
    zones = work.session.exec(
        select(ZoneRow).where(col(ZoneRow.code).in_(codes)).order_by(col(ZoneRow.code))
    )
    return [
        ZoneCoverage(one, free.get(one.code, 0), level_of(free.get(one.code, 0))) for one in zones
    ]


def list_around(work: Work, coverage: Sequence[ZoneCoverage]) -> dict[str, list[str]]:
    """Where to turn from a zone where nobody could come: those beside it where somebody could."""
    territory = work.runtime.atlas.territory
    free = {one.zone.code for one in coverage if one.free}
    return {
        zone.code: [other.name for other in territory.neighbours(zone) if other.code in free]
        for zone in territory.list_zones()
        if zone.code not in free
    }


def level_of(free: int) -> int:
    """The index of the class of so many volunteers."""
    return max(index for index, least in enumerate(CLASS_FROM) if free >= least)


HISTORY = timedelta(weeks=26)
"""How far back demand is learned from."""

DOORS = 4000
"""About so many known doors, evenly taken, say where the zones' people live."""

TYPICAL_NOTICE = timedelta(hours=24)
TYPICAL_OPEN_TIME = timedelta(hours=8)
"""The chance of a yes is said for an outing asked for a day ahead, eight hours of it by day."""


USUAL_REACH_M = 2000.0
"""How far somebody goes whose file says nothing else."""


@dataclass(frozen=True, slots=True)
class WeekAhead:
    """One week, zones by half-days: who can come, how likely one more is filled, what is asked.

    Attributes:
        monday: its first day.
        table: who can come, and the chance that one more mission is filled.
        people: who was counted; `coverage.typical_of` makes a newcomer of them for a what-if.
        needed: missions that will be asked for; None without any past to learn from.
    """

    monday: date
    table: Table
    people: People
    needed: Forecast | None


def look_ahead(work: Work, monday: date, policy: CoveragePolicy | None = None) -> WeekAhead:
    """The week that starts on `monday`, with what everybody has said and promised so far.

    Nobody counts in a half-day in which they hold a mission. Chances are those of the wave policy
    for somebody without a record.

    Raises:
        ValueError: that day is no Monday.
    """
    if monday.weekday() != 0:
        raise ValueError("a week starts on a Monday")
    if policy is None:
        chances = WAVES.chances
        policy = CoveragePolicy(distance_cost=chances.distance_cost, max_chance=chances.max_chance)
    members = [m for m in list_members(work) if m.volunteer.active and m.volunteer.vetted]
    people = _people(work, members, monday)
    ground = _ground(work.runtime.atlas)
    return WeekAhead(monday, count(ground, people, policy), people, _needed(work, ground, monday))


def list_cell(work: Work, week: WeekAhead, cell: int) -> list[ZoneCoverage]:
    """Every zone with those who could come there in one half-day of the week."""
    counts = week.table.can_come[:, cell].tolist()
    return _by_zone(work, dict(zip(week.table.ground.codes, counts, strict=True)))


def suppose_more(work: Work, week: WeekAhead, code: str, cell: int, more: int) -> Table:
    """The week's table with so many more volunteers free in one half-day in the middle of a zone.

    Raises:
        NotFound: there is no such zone.
    """
    if code not in week.table.ground.codes:
        raise NotFound("Ce quartier n'est pas connu.")
    typical = typical_of(week.people) if week.people.lat.size else _newcomer(work)
    return suppose(week.table, code, cell, more, typical)


def _newcomer(work: Work) -> People:
    """One row for somebody nobody knows anything of; where they live is said elsewhere."""
    nowhere = np.zeros(1)
    return People(
        lat=nowhere,
        lon=nowhere,
        bank=np.zeros(1, dtype=np.int64),
        reach_m=np.array([USUAL_REACH_M]),
        chance=np.array([_prior_chance(work)]),
        free=np.zeros((1, CELLS), dtype=np.bool_),
    )


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def _people(work: Work, members: Sequence[Member], monday: date) -> People:
    volunteers = [member.volunteer for member in members]
    return People(
        lat=np.array([one.home.lat for one in volunteers], dtype=np.float64),
        lon=np.array([one.home.lon for one in volunteers], dtype=np.float64),
        bank=np.array([_side(member.left_bank) for member in members], dtype=np.int64),
        reach_m=np.array([one.max_walk_m for one in volunteers], dtype=np.float64),
        chance=np.full(len(members), _prior_chance(work)),
        free=_free(volunteers, monday, work.runtime.settings.zone),
    )


def _prior_chance(work: Work) -> float:
    """That somebody without a record says yes to an outing at their own door."""
    facts = OutingFacts(work.now + TYPICAL_NOTICE)
    somebody = Candidate(UUID(int=0), walk_m=0.0)
    return expectation(facts, somebody, work.now, TYPICAL_OPEN_TIME, WAVES).chance


def _free(volunteers: Sequence[Volunteer], monday: date, zone: ZoneInfo) -> Flags:
    spans = [_bounds(monday + timedelta(days=cell // 2), cell % 2, zone) for cell in range(CELLS)]
    said = [_about_week(one.availability, monday, spans[0].start) for one in volunteers]
    halves = [halfhours_of(one) for one in said]
    bits = np.array([half.days for half in halves], dtype=np.uint64).reshape(-1, 7)
    free = free_half_days(bits)
    for row, (one, half) in enumerate(zip(volunteers, halves, strict=True)):
        if not half.exact:
            free[row] = _fits(said[row], spans, zone)
        for busy in one.busy:
            free[row] &= [not busy.overlaps(span) for span in spans]
    return free


def _bounds(day: date, half: int, zone: ZoneInfo) -> Interval:
    opens, closes = list(HOURS.values())[half]
    return Interval(datetime.combine(day, opens, zone), datetime.combine(day, closes, zone))


def _about_week(said: Availability, monday: date, start: datetime) -> Availability:
    """What was said about this week alone, so that half-hours are the last word for most people."""
    if not said.exceptions and said.free_until is None:
        return said
    # What begins on the Sunday before may last past midnight.
    first, last = monday - timedelta(days=1), monday + timedelta(days=6)
    still_free = said.free_until is not None and said.free_until > start
    return Availability(
        said.windows,
        tuple(one for one in said.exceptions if first <= one.day <= last),
        said.free_until if still_free else None,
    )


def _fits(said: Availability, spans: Sequence[Interval], zone: ZoneInfo) -> list[bool]:
    """In which of the spans, which are in order, an outing fits."""
    free = said.free_intervals(spans[0].start, spans[-1].end, zone)
    return [
        any(min(one.end, span.end) - max(one.start, span.start) >= OUTING for one in free)
        for span in spans
    ]


def _ground(atlas: Atlas) -> Ground:
    zones = atlas.territory.list_zones()
    doors: dict[str, list[Point]] = {zone.code: [] for zone in zones}
    step = 1 + len(atlas.gazetteer) // DOORS
    for address in islice(atlas.gazetteer, 0, None, step):
        zone = atlas.territory.find_zone(address.point)
        if zone is not None:
            doors[zone.code].append(address.point)
    middles = [_middle(zone, doors[zone.code]) for zone in zones]
    return Ground(
        codes=tuple(zone.code for zone in zones),
        lat=np.array([middle.lat for middle in middles], dtype=np.float64),
        lon=np.array([middle.lon for middle in middles], dtype=np.float64),
        bank=np.array([_side(zone.left_bank) for zone in zones], dtype=np.int64),
    )


def _middle(zone: Zone, doors: Sequence[Point]) -> Point:
    """The middle door, as nobody lives in the middle of a wood; without doors, a point inside."""
    if doors:
        return Point(median(door.lat for door in doors), median(door.lon for door in doors))
    inside = zone.polygon.representative_point()
    return Point(inside.y, inside.x)


def _side(left_bank: bool | None) -> int:
    return 0 if left_bank is None else -1 if left_bank else 1


def _needed(work: Work, ground: Ground, monday: date) -> Forecast | None:
    """Demand learned from the last whole weeks: what was asked for and not called off."""
    zone = work.runtime.settings.zone
    known_until = min(monday, work.now.astimezone(zone).date())
    last = known_until - timedelta(days=known_until.weekday())
    first = last - HISTORY
    asked = work.session.exec(
        select(MissionRow.zone_code, MissionRow.starts_at).where(
            col(MissionRow.starts_at) >= datetime.combine(first, datetime.min.time(), zone),
            col(MissionRow.starts_at) < datetime.combine(last, datetime.min.time(), zone),
            col(MissionRow.status) != MissionStatus.CANCELLED.value,
        )
    )
    counts = _counts(asked, ground.codes, first, zone)
    started = np.flatnonzero(counts.any(axis=(1, 2)))
    if not started.size:
        return None
    mondays = [first + timedelta(weeks=n) for n in range(int(started[0]), counts.shape[0])]
    alone = count_alone(work, ground.codes)
    history = History(
        counts=counts[int(started[0]) :],
        holidays=np.array([_holidays(work, one) for one in mondays]),
        population=np.array(
            [1 + (alone[code].aged_80 if code in alone else 0) for code in ground.codes],
            dtype=np.float64,
        ),
    )
    return forecast(history, _holidays(work, monday), ForecastPolicy())


def _counts(
    asked: Iterable[tuple[str | None, datetime]], codes: Sequence[str], first: date, zone: ZoneInfo
) -> Ints:
    """Missions by week, zone and half-day."""
    rows = {code: row for row, code in enumerate(codes)}
    counts = np.zeros((HISTORY.days // 7, len(codes), CELLS), dtype=np.int64)
    for code, starts_at in asked:
        local = starts_at.astimezone(zone)
        if code in rows:
            counts[(local.date() - first).days // 7, rows[code], cell_at(local)] += 1
    return counts


def _holidays(work: Work, monday: date) -> Flags:
    """Which half-days of a week fall on public holidays."""
    days = [monday + timedelta(days=n) for n in range(7)]
    country = work.runtime.settings.holidays_of
    if not country:
        return np.zeros(CELLS, dtype=np.bool_)
    known = holidays.country_holidays(country, years={day.year for day in days})
    return np.repeat([day in known for day in days], 2)
