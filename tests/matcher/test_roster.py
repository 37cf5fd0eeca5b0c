"""The roster against everybody looked at one by one: the same people, order, scores and reasons."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.crowd import Kind, Request, best, make_crowd, make_requests
from bench.peers import AllByBits, KdTree, OurGrid, SqliteRtree, StrTree
from bench.people import (
    NOW,
    ZONE,
    as_volunteers,
    make_member,
    make_members,
    make_outings,
    on_left_bank,
    walk,
)
from bench.rank import check, update
from matcher.domain.availability import Availability, DatedException, WeeklyWindow
from matcher.domain.eligibility import EligibilityPolicy, sift
from matcher.domain.geo import Point
from matcher.domain.people import Outing, Purpose, Senior, Skill, Volunteer
from matcher.domain.ranking import Ranked, RankingPolicy, rank
from matcher.roster import Member, Placed, Roster
from tests.strategies import NOW as MONDAY
from tests.strategies import PARIS, crowds, outings, volunteers

RANK_WORK = Path(__file__).parents[3] / "shared" / "bench"


# The kernel, on RANK.


@pytest.mark.parametrize("size", [10_000, 100_000])
@pytest.mark.parametrize("kind", list(Kind))
def test_the_grid_answers_like_everybody_looked_at_whatever_changed(size: int, kind: Kind) -> None:
    crowd = make_crowd(size)
    ours = OurGrid(crowd)
    rng = np.random.default_rng(5)
    for request in make_requests(kind, 300):
        for _ in range(3):
            update(crowd, ours, int(rng.integers(size)), rng)
        check(ours.ask(request), best(crowd, request), str(request))


def test_the_grid_stays_right_through_merges_and_removals() -> None:
    crowd = make_crowd(600)
    ours = OurGrid(crowd)
    rng = np.random.default_rng(6)
    request = Request(48.8566, 2.3522, 1, 20, 23, 1, 1)
    gone: set[int] = set()
    for _ in range(900):
        person = int(rng.integers(600))
        if rng.random() < 0.2:
            assert ours.grid.remove(person.to_bytes(16, "big")) is (person not in gone)
            gone.add(person)
            crowd.limit_m[person], crowd.skills[person] = 0, 0
        elif person not in gone:
            update(crowd, ours, person, rng)
        check(ours.ask(request), best(crowd, request), "after a change")
    assert len(ours.grid) == 600 - len(gone)


def test_an_empty_grid_has_nobody() -> None:
    assert OurGrid(make_crowd(0)).ask(Request(48.85, 2.35, 0, 20, 23, 1, 1)) == ([], [])


def test_equal_scores_are_ordered_by_id() -> None:
    crowd = make_crowd(2000)
    crowd.lat[:], crowd.lon[:], crowd.recent[:] = 48.85, 2.35, 0
    request = Request(48.8505, 2.35, 1, 20, 23, 1, 1)
    check(OurGrid(crowd).ask(request), best(crowd, request), "all at one place")


def test_the_contestants_of_the_bench_give_the_exact_answer_too() -> None:
    crowd = make_crowd(3000)
    entrants = [
        AllByBits(crowd),
        KdTree(crowd, 1500),
        StrTree(crowd, 1500),
        SqliteRtree(crowd, 1500),
    ]
    for kind in Kind:
        for request in make_requests(kind, 20):
            for entrant in entrants:
                check(entrant.ask(request), best(crowd, request), entrant.name)
    for entrant in entrants:
        entrant.close()


@pytest.mark.skipif(not RANK_WORK.exists(), reason="the reference of RANK is not here")
def test_our_definition_of_rank_gives_the_answers_of_the_reference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "path", [str(RANK_WORK), *sys.path])
    import rank_work

    crowd = make_crowd(20_000)
    columns = {
        "lat": crowd.lat,
        "lon": crowd.lon,
        "radius": crowd.limit_m,
        "recent": crowd.recent,
        "skills": crowd.skills,
        "langs": crowd.languages,
        "avail": crowd.free,
    }
    for kind in Kind:
        for one in rank_work.queries(kind.value, 100):
            request = Request(*one)
            people, scores, _ = rank_work.rank_ref(columns, one)
            check(best(crowd, request), (people.tolist(), scores.tolist()), str(request))


# The product: every rule, component and reason.


def everybody(
    members: list[Member], outing: Outing, k: int, now: datetime = NOW
) -> tuple[tuple[Volunteer, ...], tuple[Ranked, ...]]:
    """Those kept, and the `k` best of them, by the rules alone."""
    kept = sift(
        outing,
        as_volunteers(members, outing),
        now=now,
        zone=ZONE,
        walk=walk,
        policy=EligibilityPolicy(),
    ).kept
    ranked = rank(outing, kept, now=now, walk=walk, policy=RankingPolicy(), zone=ZONE)
    return kept, ranked[:k]


def assert_same(placed: list[Placed], ranked: tuple[Ranked, ...]) -> None:
    assert [one.volunteer_id for one in placed] == [one.volunteer.id for one in ranked]
    assert [one.reasons for one in placed] == [one.reasons for one in ranked]
    for ours, theirs in zip(placed, ranked, strict=True):
        assert ours.score == pytest.approx(theirs.score, abs=1e-9)
        assert ours.walk_s == pytest.approx(theirs.walk_s, abs=1e-4)
        for part, other in zip(ours.components, theirs.components, strict=True):
            assert part == pytest.approx(other, abs=1e-9) or part[0] is other[0]
            assert part.value == pytest.approx(other.value, abs=1e-9)
            assert (part.name, part.ceiling) == (other.name, other.ceiling)


@pytest.mark.parametrize("scarce", [False, True])
def test_the_roster_answers_like_the_rules_over_everybody_whatever_changed(scarce: bool) -> None:
    crowd = make_crowd(1500)
    members = make_members(crowd)
    roster = Roster(members, ZONE)
    rng = np.random.default_rng(8)
    for outing in make_outings(60, 1500, scarce=scarce):
        for _ in range(10):
            place = int(rng.integers(1500))
            crowd.lat[place] += rng.normal(0, 0.005)
            members[place] = make_member(crowd, place, rng)
            roster.put(members[place])
        kept, ranked = everybody(members, outing, 10)
        left_bank = on_left_bank(outing.meeting_point)
        assert_same(roster.nearest(outing, NOW, left_bank=left_bank), ranked)
        assert {one.id for one in kept} <= set(roster.candidates(outing))


def test_whoever_is_removed_is_found_no_more() -> None:
    members = make_members(make_crowd(500))
    roster = Roster(members, ZONE)
    (outing,) = make_outings(1, 500)
    for member in members[:250]:
        roster.remove(member.volunteer.id)
    assert len(roster) == 250
    _, ranked = everybody(members[250:], outing, 10)
    assert_same(roster.nearest(outing, NOW, left_bank=on_left_bank(outing.meeting_point)), ranked)


DOOR = Point(48.8600, 2.3500)


def outing_at(start: datetime, hours: float = 2.0) -> Outing:
    return Outing(
        id=UUID(int=60),
        senior=Senior(id=UUID(int=50), home=DOOR),
        meeting_point=DOOR,
        starts_at=start.astimezone(UTC),
        ends_at=start.astimezone(UTC) + timedelta(hours=hours),
        purpose=Purpose.WALK,
    )


def neighbour(availability: Availability) -> Roster:
    volunteer = Volunteer(UUID(int=1), Point(48.8610, 2.3500), availability)
    return Roster([Member(volunteer)], ZONE)


@pytest.mark.parametrize(
    ("minutes", "free"), [(0, True), (1, False), (-1, False)], ids=["just", "later", "sooner"]
)
def test_edges_are_kept_to_the_minute(minutes: int, free: bool) -> None:
    roster = neighbour(Availability((WeeklyWindow(1, time(9, 40), time(11, 40)),)))
    start = datetime(2026, 10, 20, 9, 40, tzinfo=ZONE) + timedelta(minutes=minutes)
    assert bool(roster.nearest(outing_at(start), NOW)) is free


def test_a_night_out_over_the_change_of_hour_is_found() -> None:
    roster = neighbour(Availability((WeeklyWindow(5, time(22), time(4)),)))
    found = roster.nearest(outing_at(datetime(2026, 10, 24, 23, tzinfo=ZONE), hours=5), NOW)
    assert [one.volunteer_id.int for one in found] == [1]


def test_a_dated_exception_adds_and_takes_away() -> None:
    day = datetime(2026, 10, 21, 14, tzinfo=ZONE)
    added = neighbour(Availability((), (DatedException(day.date(), None, None, free=True),)))
    assert added.nearest(outing_at(day), NOW)
    assert not added.nearest(outing_at(day + timedelta(days=7)), NOW)
    weekly = (WeeklyWindow(2, time(9), time(18)),)
    taken = neighbour(
        Availability(weekly, (DatedException(day.date(), time(15), time(16), False),))
    )
    assert not taken.nearest(outing_at(day), NOW)
    assert taken.nearest(outing_at(day + timedelta(days=7)), NOW)


def test_free_now_holds_until_its_end() -> None:
    roster = neighbour(Availability(free_until=NOW + timedelta(hours=3)))
    soon = NOW + timedelta(hours=1)
    assert roster.nearest(outing_at(soon, hours=2), NOW)
    assert not roster.nearest(outing_at(soon, hours=2.5), NOW)


@pytest.mark.parametrize("languages", [set(), {"xx"}])
def test_whom_nobody_can_talk_to_nobody_is_asked_for(languages: set[str]) -> None:
    roster = neighbour(Availability((WeeklyWindow(1, time(0), time(0)),)))
    outing = outing_at(datetime(2026, 10, 20, 10, tzinfo=ZONE))
    senior = replace(outing.senior, languages=frozenset(languages))
    assert not roster.nearest(replace(outing, senior=senior), NOW)


# Rules that hold for any crowd.


def roster_of(crowd: list[Volunteer], outing: Outing) -> Roster:
    week = outing.starts_at.astimezone(PARIS).isocalendar()[:2]
    return Roster(
        [Member(one, {week: one.missions_week} if one.missions_week else {}) for one in crowd],
        PARIS,
    )


def order_of(crowd: list[Volunteer], outing: Outing) -> list[UUID]:
    return [one.volunteer_id for one in roster_of(crowd, outing).nearest(outing, MONDAY)]


@given(crowds(), outings(), st.randoms(use_true_random=False))
def test_the_order_people_are_put_in_does_not_matter(
    crowd: list[Volunteer], outing: Outing, chance: object
) -> None:
    shuffled = list(crowd)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert order_of(crowd, outing) == order_of(shuffled, outing)


@given(crowds(), outings())
def test_kept_and_refused_are_everybody_once_and_the_roster_finds_the_kept(
    crowd: list[Volunteer], outing: Outing
) -> None:
    sifted = sift(
        outing, crowd, now=MONDAY, zone=PARIS, walk=plain_walk, policy=EligibilityPolicy()
    )
    kept = {one.id for one in sifted.kept}
    refused = {one.volunteer_id for one in sifted.rejections}
    assert kept | refused == {one.id for one in crowd}
    assert not kept & refused
    assert set(order_of(crowd, outing)) == kept


@given(crowds(), volunteers(st.just(UUID(int=99))), outings())
def test_one_volunteer_more_never_removes_a_better_one(
    crowd: list[Volunteer], more: Volunteer, outing: Outing
) -> None:
    before = order_of(crowd, outing)
    after = order_of([*crowd, more], outing)
    assert [one for one in after if one != more.id] == before


@given(volunteers(), outings(), st.floats(0, 1), st.floats(0, 1))
def test_nearer_never_ranks_lower_all_else_equal(
    one: Volunteer, outing: Outing, here: float, there: float
) -> None:
    def at(share: float, number: int) -> Volunteer:
        point = Point(outing.meeting_point.lat + 0.05 * share, outing.meeting_point.lon)
        return replace(one, id=UUID(int=number), home=point, busy=())

    unfamiliar = replace(
        outing,
        senior=replace(outing.senior, circle=frozenset(), refused=frozenset()),
        already_asked=frozenset(),
    )
    near, far = sorted((here, there))
    found = order_of([at(near, 101), at(far, 102)], unfamiliar)
    assert found in ([], [UUID(int=101)], [UUID(int=101), UUID(int=102)])


@settings(max_examples=50)
@given(volunteers(), outings(), st.sampled_from(Skill), st.sampled_from(["pt", "ar", "zh"]))
def test_who_somebody_is_counts_for_nothing_but_what_the_outing_needs(
    one: Volunteer, outing: Outing, skill: Skill, language: str
) -> None:
    spoken = replace(one, languages=one.languages | {language})
    before = roster_of([one], outing).nearest(outing, MONDAY)
    after = roster_of([spoken], outing).nearest(outing, MONDAY)
    assert len(before) <= len(after)
    for less, more in zip(before, after, strict=False):
        assert less.score <= more.score
    del skill


def plain_walk(start: Point, end: Point) -> float:
    from matcher.domain.geo import VOLUNTEER_KMH, walking_time_s

    return walking_time_s(start, end, VOLUNTEER_KMH)
