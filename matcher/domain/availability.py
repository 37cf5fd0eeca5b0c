"""Weekly windows and dated exceptions to free intervals, right across changes of hour.

Windows and exceptions are said in the territory's wall-clock time; every instant that goes in or
comes out is an aware datetime, and what comes out is UTC.

The two changes of hour follow one rule, which errs towards the longer interval:

- a time the clock never shows (02:30 on the spring day in Paris) is the instant of the change, so
  a window that lies whole in the missing hour does not exist that day;
- a time the clock shows twice (02:30 on the autumn day) opens a window the first time and closes
  one the second time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """The instants from `start`, included, to `end`, excluded; any aware bounds, kept as UTC.

    Raises:
        ValueError: a bound is naive, or the end does not come after the start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("an interval needs aware datetimes")
        # Python compares two times of one zone by their wall clocks, wrong in the double hour.
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.end <= self.start:
            raise ValueError("an interval ends after it starts")

    def overlaps(self, other: Interval) -> bool:
        """Whether the two share an instant; touching ends do not."""
        return self.start < other.end and other.start < self.end

    def within(self, other: Interval) -> Interval:
        """The part inside `other`, which overlaps this one."""
        if self.start <= other.start and other.end <= self.end:
            return other
        return Interval(max(self.start, other.start), min(self.end, other.end))


@dataclass(frozen=True, slots=True)
class WeeklyWindow:
    """Free every week on `weekday` (0 = Monday) from `start` to `end`, wall-clock time.

    An end at or before the start is on the next day, so that 00:00 as an end is midnight and
    00:00 to 00:00 the whole day.

    Raises:
        ValueError: the weekday is not within 0 to 6.
    """

    weekday: int
    start: time
    end: time

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise ValueError("a weekday is 0 (Monday) to 6 (Sunday)")


@dataclass(frozen=True, slots=True)
class DatedException:
    """One day unlike the others: `free` or not from `start` to `end`, wall-clock time.

    A missing start is the midnight that opens the day, a missing end the one that closes it; both
    missing are the whole day. An end at or before the start is on the next day.
    """

    day: date
    start: time | None
    end: time | None
    free: bool


@dataclass(frozen=True, slots=True)
class Availability:
    """When a volunteer is free.

    Dated exceptions correct the weekly windows; where two exceptions disagree, "not free" holds,
    as a needless offer costs more trust than a missed one. `free_until` ("libre maintenant") is
    the freshest word and overrules both: free from the moment it was said until that instant.
    """

    windows: tuple[WeeklyWindow, ...] = ()
    exceptions: tuple[DatedException, ...] = ()
    free_until: datetime | None = None

    def is_free(self, start: datetime, end: datetime, zone: ZoneInfo) -> bool:
        """Whether the whole of [start, end) is free; wall-clock times are read in `zone`.

        Raises:
            ValueError: a bound is naive, or the end does not come after the start.
        """
        asked = Interval(start, end)
        return self._free_within(asked, zone) == [asked]

    def free_intervals(self, start: datetime, end: datetime, zone: ZoneInfo) -> list[Interval]:
        """The free parts of [start, end): UTC, half-open, sorted, merged where they touch.

        Raises:
            ValueError: a bound is naive, or the end does not come after the start.
        """
        return self._free_within(Interval(start, end), zone)

    def _free_within(self, asked: Interval, zone: ZoneInfo) -> list[Interval]:
        # What began the day before may last past midnight into the first day asked.
        first = asked.start.astimezone(zone).date() - ONE_DAY
        last = asked.end.astimezone(zone).date()
        dated = [e for e in self.exceptions if first <= e.day <= last]
        usual = (
            (day, window.start, window.end)
            for day in _days(first, last)
            for window in self.windows
            if window.weekday == day.weekday()
        )
        free = _intervals(usual, zone)
        free += _intervals(((e.day, e.start, e.end) for e in dated if e.free), zone)
        taken = _intervals(((e.day, e.start, e.end) for e in dated if not e.free), zone)
        free = _subtract(_merge(free), _merge(taken))
        if self.free_until is not None and self.free_until > asked.start:
            free = _merge([*free, Interval(asked.start, self.free_until)])
        return [one.within(asked) for one in free if one.overlaps(asked)]


def _days(first: date, last: date) -> Iterator[date]:
    for n in range((last - first).days + 1):
        yield first + n * ONE_DAY


def _intervals(
    spoken: Iterable[tuple[date, time | None, time | None]], zone: ZoneInfo
) -> list[Interval]:
    """Spans said in wall-clock time as UTC intervals; those the clock skips whole are left out."""
    spans = (
        _interval(day, opens or MIDNIGHT, closes or MIDNIGHT, zone) for day, opens, closes in spoken
    )
    return [span for span in spans if span is not None]


# A wave reads the hours of hundreds of people, and most are free at the same ones.
@lru_cache(4096)
def _interval(day: date, start: time, end: time, zone: ZoneInfo) -> Interval | None:
    last_day = day if end > start else day + ONE_DAY
    begins_at = _instant(datetime.combine(day, start), zone, fold=0)
    ends_at = _instant(datetime.combine(last_day, end), zone, fold=1)
    return Interval(begins_at, ends_at) if begins_at < ends_at else None


def _instant(wall: datetime, zone: ZoneInfo, *, fold: int) -> datetime:
    """The UTC instant of a wall-clock reading; `fold` picks the showing of a time shown twice."""
    at = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == wall:
        return at
    # PEP 495: in a gap, fold=1 reads with the later offset and so falls before the change, fold=0
    # with the earlier one and falls after it; the change is in between, on a whole second.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    new_offset = after.astimezone(zone).utcoffset()
    seconds = range(int((after - before).total_seconds()))

    def changed(second: int) -> bool:
        return (before + timedelta(seconds=second)).astimezone(zone).utcoffset() == new_offset

    return before + timedelta(seconds=bisect_left(seconds, True, key=changed))


def _merge(intervals: Iterable[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for one in sorted(intervals):
        if merged and one.start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, one.end))
        else:
            merged.append(one)
    return merged


def _subtract(intervals: list[Interval], taken: list[Interval]) -> list[Interval]:
    for cut in taken:
        left: list[Interval] = []
        for one in intervals:
            if not one.overlaps(cut):
                left.append(one)
                continue
            if one.start < cut.start:
                left.append(Interval(one.start, cut.start))
            if cut.end < one.end:
                left.append(Interval(cut.end, one.end))
        intervals = left
    return intervals
