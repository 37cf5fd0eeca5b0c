"""A crowd as the product knows people: odd hours, exceptions, promises and refusals among them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from bench.crowd import PARIS, Crowd
from matcher.domain.availability import Availability, DatedException, WeeklyWindow
from matcher.domain.geo import VOLUNTEER_KMH, Point, walking_time_s
from matcher.domain.halfhours import windows_of
from matcher.domain.people import (
    LANGUAGES,
    Busy,
    Need,
    Outing,
    Purpose,
    Senior,
    Skill,
    Volunteer,
)
from matcher.roster import Member, week_of

ZONE = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 10, 19, 7, 30, tzinfo=UTC)
"""A Monday, six days before the clocks go back."""

_DAY = timedelta(days=1)
_CODES = tuple(LANGUAGES)


def on_left_bank(point: Point) -> bool:
    """A river that runs due west through the middle, so that banks count."""
    return point.lat < PARIS[0]


def walk(start: Point, end: Point) -> float:
    """Seconds on foot, the river in between or not."""
    same_bank = on_left_bank(start) is on_left_bank(end)
    return walking_time_s(start, end, VOLUNTEER_KMH, same_bank)


def make_members(crowd: Crowd, *, plain: bool = False, seed: int = 2) -> list[Member]:
    """The crowd as members; `plain`: nobody has anything a column could not say."""
    rng = np.random.default_rng((seed, len(crowd)))
    return [make_member(crowd, place, rng, plain=plain) for place in range(len(crowd))]


def make_member(
    crowd: Crowd, place: int, rng: np.random.Generator, *, plain: bool = False
) -> Member:
    """One of the crowd; every second one has something out of the ordinary unless `plain`."""
    home = Point(float(crowd.lat[place]), float(crowd.lon[place]))
    recent = int(crowd.recent[place])
    windows = windows_of([int(bits) for bits in crowd.free[place]])
    odd = not plain and rng.random() < 0.5
    volunteer = Volunteer(
        id=UUID(int=place),
        home=home,
        availability=_odd_hours(rng, windows) if odd else Availability(windows),
        active=not odd or bool(rng.random() < 0.9),
        vetted=not odd or bool(rng.random() < 0.9),
        max_walk_m=int(crowd.limit_m[place]),
        weekly_cap=int(rng.integers(1, 4)),
        skills=frozenset(s for bit, s in enumerate(Skill) if crowd.skills[place] >> bit & 1),
        languages=frozenset(c for bit, c in enumerate(_CODES) if crowd.languages[place] >> bit & 1),
        busy=_promised(rng) if odd else (),
        missions_28d=recent,
        last_mission_at=NOW - _DAY * float(rng.integers(1, 60)) if recent else None,
        alerts_7d=int(rng.integers(0, 6)),
        promises=recent + int(rng.integers(0, 4)),
        taken_back=int(rng.integers(0, 2)),
        refused=frozenset({UUID(int=10**9)}) if odd and rng.random() < 0.1 else frozenset(),
    )
    weeks = {(2026, 43): int(rng.integers(1, 3))} if odd and rng.random() < 0.3 else {}
    return Member(volunteer, weeks, on_left_bank(home))


def make_outings(count: int, size: int, *, scarce: bool = False, seed: int = 3) -> list[Outing]:
    """Outings of the next fortnight, some past midnight or over the change of hour."""
    rng = np.random.default_rng((seed, count, size, scarce))
    found = []
    for number in range(count):
        start = datetime(2026, 10, 19, 8, tzinfo=ZONE) + _DAY * int(rng.integers(0, 14))
        start += timedelta(minutes=int(rng.choice((0, 30, 60, 95, 240, 300, 500))))
        if rng.random() < 0.05:
            start = datetime(2026, 10, 24, 22, tzinfo=ZONE) + timedelta(
                minutes=15 * int(rng.integers(0, 40))
            )
        north, east = rng.normal(0, 0.03, 2)
        point = Point(PARIS[0] + float(north), PARIS[1] + float(east) * 1.5)
        needs = [Need.VISUAL, Need.WHEELCHAIR] if scarce else [Need.CANE]
        languages = {"de"} if scarce else {"fr", *rng.choice(_CODES, 1).tolist()}
        senior = Senior(
            id=UUID(int=10**9 + number % 3),
            home=point,
            needs=frozenset(needs),
            languages=frozenset(languages),
            circle=_handful(rng, size),
            refused=_handful(rng, size),
        )
        found.append(
            Outing(
                id=UUID(int=2 * 10**9 + number),
                senior=senior,
                meeting_point=point,
                starts_at=start.astimezone(UTC),
                ends_at=start.astimezone(UTC) + timedelta(minutes=int(rng.choice((60, 90, 115)))),
                purpose=Purpose.WALK,
                already_asked=_handful(rng, size),
            )
        )
    return found


def as_volunteers(members: list[Member], outing: Outing) -> list[Volunteer]:
    """Everybody as the rules see them for this outing."""
    week = week_of(outing, ZONE)
    return [
        member.on(outing, ZONE) if week in member.weeks else member.volunteer for member in members
    ]


def _handful(rng: np.random.Generator, size: int) -> frozenset[UUID]:
    return frozenset(UUID(int=int(n)) for n in rng.integers(0, size, int(rng.integers(0, 4))))


def _odd_hours(rng: np.random.Generator, windows: tuple[WeeklyWindow, ...]) -> Availability:
    if rng.random() < 0.5:
        windows = (*windows, WeeklyWindow(int(rng.integers(7)), time(21, 40), time(1, 10)))
    exceptions = tuple(
        DatedException(
            date(2026, 10, 19) + _DAY * int(rng.integers(0, 14)),
            None if whole else time(9, 20),
            None if whole else time(17, 5),
            free=bool(rng.random() < 0.5),
        )
        for whole in rng.random(int(rng.integers(0, 3))) < 0.5
    )
    until = NOW + timedelta(hours=float(rng.integers(1, 30))) if rng.random() < 0.2 else None
    return Availability(windows, exceptions, until)


def _promised(rng: np.random.Generator) -> tuple[Busy, ...]:
    start = NOW + timedelta(hours=int(rng.integers(0, 14 * 24)))
    return (Busy(start, start + timedelta(hours=3)),)
