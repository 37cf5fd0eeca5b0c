"""Every volunteer in memory, column by column: who could go, and the best few, in no time.

The answers are those of `eligibility.sift` and `ranking.rank` over everybody. Columns leave out
most people at once and never one too many; what they cannot say to the minute (odd hours, dated
exceptions, "free now", promises, refusals, full weeks) is kept beside them as the volunteer it is
about, and `eligibility.assess` has the last word on those few.

The roster is a cache (ADR 0005): whoever makes an offer or takes a yes checks again in the store.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from matcher.domain.availability import Availability
from matcher.domain.eligibility import ALL_RULES, EligibilityPolicy, Rule, assess
from matcher.domain.geo import Point
from matcher.domain.halfhours import Halfhours, asked_of, halfhours_of, windows_of
from matcher.domain.people import Outing, Volunteer
from matcher.domain.ranking import (
    Component,
    ComponentName,
    RankingPolicy,
    free_then,
    say_freedom,
    say_reasons,
    say_urgency,
)
from matcher.grid import Found, Grid, Sieve
from matcher.needs import Rows
from matcher.roster_order import LANGUAGE_BITS, SKILL_BITS, RosterOrder, bits_of

Week = tuple[int, int]
"""ISO year and week."""

_NOBODY = 1 << 55
"""A bit no key has."""

_DAY_BITS = (1 << 48) - 1

_LAST_WORD = ALL_RULES - {Rule.TOO_FAR, Rule.TOO_LATE}
"""What `assess` is asked about somebody whose distance and walk the columns know already."""

_HOURS_KNOWN = _LAST_WORD - {Rule.NOT_AVAILABLE}

_COLUMNS: Mapping[str, type[np.generic]] = MappingProxyType(
    {
        "last": np.float64,
        "missions": np.uint8,
        "alerts": np.uint8,
        "promises": np.int16,
        "taken_back": np.int16,
        "cap": np.uint8,
        "bank": np.int8,
        "noted": np.uint8,
    }
)
_ELIGIBILITY = EligibilityPolicy()
_RANKING = RankingPolicy()

_DATES_KEPT = 64
_NO_ROWS: Rows = np.array([], dtype=np.intp)
_NOTED, _ODD_HOURS = 1, 2
"""Kept beside the columns: for something else than hours, or because bits do not say them."""

_UNKNOWN_BANK, _NEVER = -1, float("-inf")


@dataclass(frozen=True, slots=True)
class Member:
    """A volunteer as the roster is told of them.

    Attributes:
        volunteer: `missions_week` is not read; languages other than `LANGUAGES` are ignored.
        weeks: missions held or done, by calendar week; past weeks may be left out.
        left_bank: the side of the river home is on, None when unknown.
    """

    volunteer: Volunteer
    weeks: Mapping[Week, int] = field(default_factory=dict)
    left_bank: bool | None = None

    def on(self, outing: Outing, zone: ZoneInfo) -> Volunteer:
        """The volunteer with the missions of that outing's week."""
        missions = self.weeks.get(week_of(outing, zone), 0)
        if missions == self.volunteer.missions_week:
            return self.volunteer
        return replace(self.volunteer, missions_week=missions)


def week_of(outing: Outing, zone: ZoneInfo) -> Week:
    """The calendar week an outing counts in."""
    return outing.starts_at.astimezone(zone).isocalendar()[:2]


class Placed(NamedTuple):
    """A volunteer in their place: what `ranking.Ranked` says, by id."""

    volunteer_id: UUID
    walk_s: float
    score: float
    parts: tuple[float, ...]
    ceilings: tuple[float, ...]
    reasons: tuple[str, ...]

    @property
    def components(self) -> tuple[Component, ...]:
        """The parts of the score, each with its name and ceiling."""
        return tuple(map(Component, ComponentName, self.parts, self.ceilings))


class Roster:
    """All members, ready to be searched; safe to use from several threads.

    Args:
        members: who is in it to begin with, each once.
        zone: where wall-clock availability is read.
    """

    def __init__(self, members: Iterable[Member], zone: ZoneInfo) -> None:
        self._zone = zone
        self._noted: dict[bytes, Member] = {}
        self._opened: defaultdict[date, set[bytes]] = defaultdict(set)
        self._free_now: list[tuple[datetime, bytes]] = []
        self._opened_at: dict[tuple[date, ...], tuple[int, Rows]] = {}
        everyone = list(members)
        keys = np.zeros((7, len(everyone)), dtype=np.uint64)
        columns = {name: np.zeros(len(everyone), dtype) for name, dtype in _COLUMNS.items()}
        for place, member in enumerate(everyone):
            half = halfhours_of(member.volunteer.availability)
            keys[:, place] = _keys(member.volunteer, half)
            for name, value in self._note(member, half).items():
                columns[name][place] = value
        people = [member.volunteer for member in everyone]
        self._grid = Grid(
            np.array([person.id.bytes for person in people], dtype="S16"),
            np.array([person.home.lat for person in people], dtype=np.float64),
            np.array([person.home.lon for person in people], dtype=np.float64),
            np.array([person.max_walk_m for person in people], dtype=np.int16),
            list(keys),
            columns,
            tie_break="last",
        )

    def __len__(self) -> int:
        return len(self._grid)

    @property
    def version(self) -> int:
        """Grows with every change."""
        return self._grid.version

    @property
    def nbytes(self) -> int:
        """Memory held by the columns."""
        return self._grid.nbytes

    def put(self, member: Member) -> None:
        """Add a member, or replace what was known of them."""
        person = member.volunteer
        half = halfhours_of(person.availability)
        with self._grid.lock:
            self._forget(person.id.bytes)
            columns = self._note(member, half)
            self._grid.put(
                person.id.bytes,
                person.home.lat,
                person.home.lon,
                person.max_walk_m,
                _keys(person, half),
                columns,
            )

    def remove(self, volunteer_id: UUID) -> None:
        """Take somebody out, if they are in."""
        with self._grid.lock:
            self._forget(volunteer_id.bytes)
            self._grid.remove(volunteer_id.bytes)

    def within_reach(self, point: Point) -> list[UUID]:
        """Everybody whose walking limit reaches the point, eligible or not."""
        with self._grid.lock:
            rows, _ = self._grid.within(Sieve(point.lat, point.lon, ((0, 0),)))
            return self._ids(rows)

    def candidates(self, outing: Outing, policy: EligibilityPolicy = _ELIGIBILITY) -> list[UUID]:
        """Everybody who may be eligible by place, hours, training and language.

        Nobody eligible is missing; some of them are not, to the minute: `assess` says who.
        """
        with self._grid.lock:
            sieve, _ = self._sieve(outing, policy)
            rows, _ = self._grid.within(sieve)
            return self._ids(rows)

    def nearest(
        self,
        outing: Outing,
        now: datetime,
        k: int = 10,
        *,
        left_bank: bool | None = None,
        eligibility: EligibilityPolicy = _ELIGIBILITY,
        ranking: RankingPolicy = _RANKING,
    ) -> list[Placed]:
        """The `k` best of everybody eligible, best first, as sifting and ranking all would say.

        Args:
            outing: what is to be filled.
            now: aware.
            k: how many.
            left_bank: the side of the river the meeting point is on, None when unknown.
            eligibility: what the city decided about who is asked.
            ranking: weights.
        """
        with self._grid.lock:
            sieve, plain = self._sieve(outing, eligibility)
            circle = self._rows(outing.senior.circle)
            order = RosterOrder(self._grid, outing, now, ranking, left_bank, circle)
            if len(circle):
                # They are looked at wherever they live: beyond the disc nobody is familiar.
                familiar = self._grid.passing(circle, sieve)
                others = _NO_ROWS if sieve.besides is None else sieve.besides
                sieve = replace(sieve, besides=np.concatenate((familiar, others)))
            barred = set(self._rows(outing.already_asked | outing.senior.refused).tolist())
            noted = self._grid.columns["noted"]

            def admit(row: int, at: int) -> bool:
                if row in barred:
                    return False
                if plain and not noted[row]:
                    return True
                walk_s = float(order.walks_s[at])
                rejection = assess(
                    outing,
                    self._member(row).on(outing, self._zone),
                    now=now,
                    zone=self._zone,
                    walk=lambda *_: walk_s,
                    policy=eligibility,
                    rules=_HOURS_KNOWN if plain and noted[row] == _NOTED else _LAST_WORD,
                )
                return rejection is None

            found = self._grid.search(sieve, k, order, admit)
            return self._say(outing, now, order, found)

    def _say(self, outing: Outing, now: datetime, order: RosterOrder, found: Found) -> list[Placed]:
        urgency = say_urgency(outing, now, order.policy)
        usual = free_then(outing, self._zone, usual=True)
        rows, at = np.array(found.rows, dtype=np.intp), np.array(found.at, dtype=np.intp)
        columns = self._grid.columns
        circle = set(order.circle.tolist())
        placed = []
        for row, id, cost, walk_s, parts, missions, noted in zip(
            found.rows,
            self._grid.ids_of(rows),
            found.costs,
            order.walks_s.take(at).tolist(),
            order.values.take(at, axis=1).T.tolist(),
            columns["missions"].take(rows).tolist(),
            columns["noted"].take(rows).tolist(),
            strict=True,
        ):
            freedom: str | None = usual
            if noted == _ODD_HOURS:
                freedom = say_freedom(outing, self._member(row).volunteer, self._zone)
            reasons = say_reasons(urgency, row in circle, walk_s, freedom, missions)
            placed.append(Placed(_uuid(id), walk_s, -cost, tuple(parts), order.weights, reasons))
        return placed

    def _sieve(self, outing: Outing, policy: EligibilityPolicy) -> tuple[Sieve, bool]:
        """What is asked of the columns, and whether they are the last word on unnoted rows."""
        dates, asked, plain = asked_of(outing.starts_at, outing.ends_at, self._zone)
        called_for = policy.skill_for_need
        needs = bits_of(SKILL_BITS, {called_for[n] for n in outing.senior.needs if n in called_for})
        any_of = 0
        if policy.language_required:
            spoken = bits_of(LANGUAGE_BITS, outing.senior.languages)
            if spoken.bit_count() > 1:
                any_of = spoken
            else:
                needs |= spoken or _NOBODY
        keys = tuple((weekday, bits | needs) for weekday, bits in asked) or ((0, needs),)
        point = outing.meeting_point
        sieve = Sieve(point.lat, point.lon, keys, any_of)
        opened = self._opened_rows(dates, outing.starts_at)
        if len(opened):
            day_off = Sieve(point.lat, point.lon, ((0, needs),), any_of)
            sieve = replace(sieve, besides=self._grid.passing(opened, day_off))
        return sieve, plain

    def _opened_rows(self, dates: tuple[date, ...], start: datetime) -> Rows:
        """Who has added free time on these dates or is free now until after `start`."""
        version, rows = self._opened_at.get(dates, (-1, _NO_ROWS))
        if version != self.version:
            ids = {id for day in dates for id in self._opened.get(day, ())}
            rows = self._rows_of(ids)
            if len(self._opened_at) >= _DATES_KEPT:
                self._opened_at.clear()
            self._opened_at[dates] = (self.version, rows)
        present = self._free_now[bisect_right(self._free_now, start, key=itemgetter(0)) :]
        if present:
            rows = np.concatenate((rows, self._rows_of(id for _, id in present)))
        return rows

    def _rows(self, ids: Iterable[UUID]) -> Rows:
        return self._rows_of(id.bytes for id in ids)

    def _rows_of(self, ids: Iterable[bytes]) -> Rows:
        rows = [row for id in ids if (row := self._grid.find(id)) is not None]
        return np.array(rows, dtype=np.intp) if rows else _NO_ROWS

    def _ids(self, rows: Rows) -> list[UUID]:
        return [_uuid(id) for id in self._grid.ids_of(rows)]

    def _member(self, row: int) -> Member:
        """The member of a row, put together from the columns where they say everything."""
        grid = self._grid
        id = grid.id_of(row)
        if (member := self._noted.get(id)) is not None:
            return member
        bits = int(grid.keys[0][row])
        columns = grid.columns
        last = float(columns["last"][row])
        volunteer = Volunteer(
            id=UUID(bytes=id),
            home=Point(*grid.point_of(row)),
            availability=Availability(windows_of([int(key[row]) & _DAY_BITS for key in grid.keys])),
            max_walk_m=int(grid.limit_m[row]),
            weekly_cap=int(columns["cap"][row]),
            skills=frozenset(skill for skill, bit in SKILL_BITS.items() if bits & bit),
            languages=frozenset(code for code, bit in LANGUAGE_BITS.items() if bits & bit),
            missions_28d=int(columns["missions"][row]),
            last_mission_at=None if last == _NEVER else datetime.fromtimestamp(last, UTC),
            alerts_7d=int(columns["alerts"][row]),
            promises=int(columns["promises"][row]),
            taken_back=int(columns["taken_back"][row]),
        )
        return Member(volunteer)

    def _note(self, member: Member, half: Halfhours) -> dict[str, float]:
        """Keep what columns cannot say, and return what they can."""
        person = member.volunteer
        id = person.id.bytes
        noted = not (half.exact and person.active and person.vetted and person.weekly_cap) or bool(
            person.busy or person.refused or member.weeks
        )
        if noted:
            self._noted[id] = member
            for day in half.opened:
                self._opened[day].add(id)
            if (until := person.availability.free_until) is not None:
                insort(self._free_now, (until, id))
        last = person.last_mission_at
        return {
            "last": _NEVER if last is None else last.timestamp(),
            "missions": min(person.missions_28d, 255),
            "alerts": min(person.alerts_7d, 255),
            "promises": min(person.promises, 255),
            "taken_back": min(person.taken_back, 255),
            "cap": min(person.weekly_cap, 255),
            "bank": _UNKNOWN_BANK if member.left_bank is None else int(member.left_bank),
            "noted": 0 if not noted else _NOTED if half.exact else _ODD_HOURS,
        }

    def _forget(self, id: bytes) -> None:
        member = self._noted.pop(id, None)
        if member is not None:
            if (until := member.volunteer.availability.free_until) is not None:
                self._free_now.remove((until, id))
            for day in halfhours_of(member.volunteer.availability).opened:
                self._opened[day].discard(id)
                if not self._opened[day]:
                    del self._opened[day]


@lru_cache(maxsize=65_536)
def _uuid(id: bytes) -> UUID:
    """The same people come up again and again, and making an id of bytes takes its time."""
    return UUID(bytes=id)


def _keys(person: Volunteer, half: Halfhours) -> tuple[int, ...]:
    """One key a weekday; none passes for somebody who may not be asked at all."""
    if not (person.active and person.vetted):
        return (0,) * 7
    more = bits_of(SKILL_BITS, person.skills) | bits_of(LANGUAGE_BITS, person.languages)
    return tuple(day | more for day in half.days)
