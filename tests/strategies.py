"""Hypothesis strategies for the people, times and outings of the rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from matcher.domain.availability import Availability, DatedException, WeeklyWindow
from matcher.domain.geo import Point
from matcher.domain.people import LANGUAGES, Busy, Need, Outing, Purpose, Senior, Skill, Volunteer
from matcher.domain.waves import Candidate, OutingFacts, Pending

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday, ten o'clock in Paris, away from every change of hour."""

TODAY = NOW.date()

CHANGES_OF_HOUR = (date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31))

# Few ids, so that refusals, circles and those already asked meet the volunteers drawn.
IDS = [UUID(int=n) for n in range(1, 13)]
ANY_ID = st.sampled_from(IDS)


def points() -> SearchStrategy[Point]:
    """Anywhere in Paris, about."""
    return st.builds(Point, st.floats(48.82, 48.90), st.floats(2.26, 2.41))


def ids() -> SearchStrategy[frozenset[UUID]]:
    """A few known ids."""
    return st.frozensets(ANY_ID, max_size=4)


def languages() -> SearchStrategy[frozenset[str]]:
    """One to three languages."""
    return st.frozensets(st.sampled_from(sorted(LANGUAGES)), min_size=1, max_size=3)


def instants(around: datetime = NOW, days: int = 14) -> SearchStrategy[datetime]:
    """UTC, to the minute, within `days` before and after."""
    minutes = days * 24 * 60
    return st.integers(-minutes, minutes).map(lambda n: around + timedelta(minutes=n))


def wall_times() -> SearchStrategy[time]:
    """To the minute, with the round hours people say more often."""
    return st.one_of(
        st.integers(0, 23).map(time),
        st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    )


def windows() -> SearchStrategy[WeeklyWindow]:
    """Any weekly window, those past midnight included."""
    return st.builds(WeeklyWindow, st.integers(0, 6), wall_times(), wall_times())


def exceptions(days: SearchStrategy[date]) -> SearchStrategy[DatedException]:
    """A correction on one of `days`."""
    edge = st.none() | wall_times()
    return st.builds(DatedException, days, edge, edge, st.booleans())


def availabilities(around: date = TODAY) -> SearchStrategy[Availability]:
    """Windows and exceptions of the days around a date."""
    days = st.integers(-3, 3).map(lambda n: around + timedelta(days=n))
    return st.builds(
        Availability,
        st.lists(windows(), max_size=6).map(tuple),
        st.lists(exceptions(days), max_size=3).map(tuple),
    )


def busy_times() -> SearchStrategy[Busy]:
    """Half an hour to four hours within the fortnight."""
    return st.builds(
        lambda start, minutes: Busy(start, start + timedelta(minutes=minutes)),
        instants(),
        st.integers(30, 240),
    )


def volunteers(id: SearchStrategy[UUID] = ANY_ID) -> SearchStrategy[Volunteer]:
    """Anybody, eligible or not."""
    return st.builds(
        Volunteer,
        id=id,
        home=points(),
        availability=availabilities(),
        active=st.sampled_from([True, True, True, False]),
        vetted=st.sampled_from([True, True, True, False]),
        max_walk_m=st.integers(400, 9000),
        weekly_cap=st.integers(1, 3),
        skills=st.frozensets(st.sampled_from(Skill)),
        languages=languages(),
        busy=st.lists(busy_times(), max_size=2).map(tuple),
        missions_week=st.integers(0, 3),
        missions_28d=st.integers(0, 6),
        last_mission_at=st.none() | instants(days=60).map(lambda at: min(at, NOW)),
        alerts_7d=st.integers(0, 10),
        refused=ids(),
    )


def crowds(max_size: int = 8) -> SearchStrategy[list[Volunteer]]:
    """Several volunteers, each once."""
    return st.lists(volunteers(), max_size=max_size, unique_by=lambda v: v.id)


def seniors() -> SearchStrategy[Senior]:
    """Anybody, whose own id may be among those a volunteer refused."""
    return st.builds(
        Senior,
        id=ANY_ID,
        home=points(),
        needs=st.frozensets(st.sampled_from(Need), max_size=2),
        languages=languages(),
        circle=ids(),
        refused=ids(),
    )


def outings() -> SearchStrategy[Outing]:
    """One to four hours, in the fortnight after `NOW`."""
    return st.builds(
        lambda senior, point, lead, minutes, purpose, asked: Outing(
            id=UUID(int=999),
            senior=senior,
            meeting_point=point,
            starts_at=NOW + timedelta(minutes=lead),
            ends_at=NOW + timedelta(minutes=lead + minutes),
            purpose=purpose,
            already_asked=asked,
        ),
        seniors(),
        points(),
        st.integers(0, 14 * 24 * 60),
        st.integers(60, 240),
        st.sampled_from(Purpose),
        ids(),
    )


def candidates() -> SearchStrategy[Candidate]:
    """Anybody a wave may ask."""
    return st.builds(
        Candidate,
        volunteer_id=st.uuids(),
        walk_m=st.floats(0, 6000),
        max_walk_m=st.floats(400, 6000),
        met=st.booleans(),
        alerts_7d=st.integers(0, 12),
        alerts_today=st.integers(0, 4),
        missions_7d=st.integers(0, 3),
        missions_30d=st.integers(0, 8),
        missions_90d=st.integers(0, 20),
        offers_seen=st.floats(0, 50),
        yes=st.integers(0, 20),
        answers=st.integers(0, 20),
        answer_min=st.floats(0, 3000),
        demand=st.floats(0, 5),
        planned=st.sampled_from([-1.0, 0.0, 1.0]),
    )


def candidate_lists(max_size: int = 30) -> SearchStrategy[list[Candidate]]:
    """Several candidates, each once."""
    return st.lists(candidates(), max_size=max_size, unique_by=lambda c: c.volunteer_id)


def facts(now: datetime = NOW) -> SearchStrategy[OutingFacts]:
    """A mission that starts within ten days."""
    return st.builds(
        OutingFacts,
        st.integers(1, 10 * 24 * 60).map(lambda n: now + timedelta(minutes=n)),
        st.booleans(),
    )


def pending_offers(now: datetime = NOW) -> SearchStrategy[Pending]:
    """An offer sent within the last two days."""
    return st.builds(
        Pending,
        st.integers(0, 2 * 24 * 60).map(lambda n: now - timedelta(minutes=n)),
        st.floats(0, 0.95),
    )
