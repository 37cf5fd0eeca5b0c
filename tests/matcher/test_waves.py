"""How many are asked, when it is looked at again, and when a person takes over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.chances import Crowd, demand_shares, outlook
from matcher.domain.waves import (
    ALL_CAPPED,
    FEW_CHANCES,
    NO_TIME_LEFT,
    NOBODY_SUITS,
    Candidate,
    OutingFacts,
    Pending,
    WavePlan,
    WavePolicy,
    expectation,
    hand_over_at,
    offer_expires_at,
    open_time,
    plan_wave,
)
from tests.strategies import (
    CHANGES_OF_HOUR,
    NOW,
    PARIS,
    candidate_lists,
    candidates,
    facts,
    instants,
    pending_offers,
)

POLICY = WavePolicy()
HOUR = timedelta(hours=1)
IN_THREE_DAYS = OutingFacts(starts_at=NOW + timedelta(days=3))


def crowd(size: int, **known: object) -> list[Candidate]:
    return [
        Candidate(UUID(int=n + 1), walk_m=300.0 + n, **known)  # type: ignore[arg-type]
        for n in range(size)
    ]


def plan(
    mission: OutingFacts,
    people: list[Candidate],
    waiting: list[Pending] | None = None,
    *,
    now: datetime = NOW,
    deadline: datetime | None = None,
    policy: WavePolicy = POLICY,
) -> WavePlan:
    if deadline is None:
        deadline = hand_over_at(mission.starts_at, now, policy)
    return plan_wave(mission, people, waiting or [], now, deadline, policy, PARIS)


def wall(at: datetime) -> time:
    return at.astimezone(PARIS).time()


def test_with_time_ahead_few_are_asked_at_once() -> None:
    wave = plan(IN_THREE_DAYS, crowd(40))
    assert 1 <= len(wave.ask) <= 3
    assert wave.next_at == NOW + POLICY.max_gap
    assert wave.attention is None


def test_with_little_time_more_are_asked_and_it_is_looked_at_sooner() -> None:
    soon = plan(OutingFacts(NOW + 4 * HOUR), crowd(40))
    assert len(soon.ask) > len(plan(IN_THREE_DAYS, crowd(40)).ask)
    assert soon.next_at == NOW + timedelta(minutes=15)


def test_a_medical_outing_asks_no_fewer() -> None:
    medical = replace(IN_THREE_DAYS, medical=True)
    assert len(plan(medical, crowd(40)).ask) >= len(plan(IN_THREE_DAYS, crowd(40)).ask)


def test_offers_still_fresh_are_given_time_to_be_answered() -> None:
    fresh = [Pending(NOW, 0.4), Pending(NOW, 0.4)]
    wave = plan(IN_THREE_DAYS, crowd(40), fresh)
    assert wave.ask == ()
    assert wave.next_at is not None


def test_silence_counts_less_and_less() -> None:
    old = [Pending(NOW - timedelta(days=1), 0.4), Pending(NOW - timedelta(days=1), 0.4)]
    assert plan(IN_THREE_DAYS, crowd(40), old).ask != ()


def test_those_who_had_fewer_missions_come_first() -> None:
    busy = Candidate(UUID(int=1), walk_m=300, missions_30d=2)
    idle = Candidate(UUID(int=2), walk_m=300)
    assert plan(IN_THREE_DAYS, [busy, idle]).ask[0] == idle.volunteer_id


def test_those_who_have_met_come_before_strangers() -> None:
    met = Candidate(UUID(int=2), walk_m=300, met=True)
    assert plan(IN_THREE_DAYS, [*crowd(1), met]).ask[0] == met.volunteer_id


def test_people_are_learned_from_what_they_answered() -> None:
    def chance(**record: float) -> float:
        person = Candidate(UUID(int=1), walk_m=300, **record)  # type: ignore[arg-type]
        return expectation(IN_THREE_DAYS, person, NOW, 10 * HOUR, POLICY).chance

    assert chance(offers_seen=6, yes=0) < chance() < chance(offers_seen=6, yes=5)


def test_silence_offer_after_offer_lowers_a_chance_and_one_yes_lifts_it_again() -> None:
    def chance(seen: float, yes: int) -> float:
        person = Candidate(UUID(int=1), walk_m=300, offers_seen=seen, yes=yes)
        return expectation(IN_THREE_DAYS, person, NOW, 10 * HOUR, POLICY).chance

    silence = [chance(seen, 0) for seen in (0, 2, 4, 8, 16)]
    assert silence == sorted(silence, reverse=True)
    assert 0 < silence[-1] < silence[0] / 5
    assert chance(16, 1) > 1.5 * silence[-1]


def test_those_who_answer_fast_are_worth_more_when_time_is_short() -> None:
    def chance(minutes: float, left: timedelta) -> float:
        person = Candidate(UUID(int=1), walk_m=300, answers=9, answer_min=minutes)
        return expectation(IN_THREE_DAYS, person, NOW, left, POLICY).chance

    assert chance(5, HOUR) > 1.3 * chance(120, HOUR)
    assert chance(5, 40 * HOUR) < 1.1 * chance(120, 40 * HOUR)


def test_the_parts_of_a_mission_that_fall_to_each_never_exceed_it() -> None:
    few, many = Crowd.of(crowd(2)), Crowd.of(crowd(60))
    for people in (few, many):
        found = outlook(IN_THREE_DAYS, people, NOW, 10 * HOUR, POLICY.chances)
        shares = demand_shares(found)
        assert (shares >= 0).all()
        assert shares.sum() <= 1 + 1e-9
    assert demand_shares(outlook(IN_THREE_DAYS, few, NOW, 10 * HOUR, POLICY.chances)).sum() < 1


def test_at_the_deadline_a_person_takes_over() -> None:
    wave = plan(IN_THREE_DAYS, crowd(9), deadline=NOW)
    assert wave == WavePlan((), (), None, hand_over=True, attention=NO_TIME_LEFT)


def test_nobody_is_asked_at_night_and_the_morning_is_at_eight() -> None:
    night = datetime(2026, 11, 23, 22, 30, tzinfo=PARIS)
    wave = plan(OutingFacts(night + timedelta(days=2)), crowd(9), now=night)
    assert wave.ask == ()
    assert wave.next_at == datetime(2026, 11, 24, 8, tzinfo=PARIS)


def test_a_look_that_would_fall_at_night_waits_for_the_morning() -> None:
    evening = datetime(2026, 11, 23, 20, 30, tzinfo=PARIS)
    wave = plan(OutingFacts(evening + timedelta(days=2)), crowd(9), now=evening)
    assert wave.ask != ()
    assert wave.next_at == datetime(2026, 11, 24, 8, tzinfo=PARIS)


def test_when_the_morning_comes_too_late_a_person_takes_over_at_once() -> None:
    night = datetime(2026, 11, 23, 22, 30, tzinfo=PARIS)
    early = OutingFacts(datetime(2026, 11, 24, 9, 30, tzinfo=PARIS))
    assert plan(early, crowd(9), now=night).hand_over
    asked = [Pending(night - HOUR * 2, 0.3)]
    waiting = plan(early, crowd(9), asked, now=night)
    assert not waiting.hand_over
    assert waiting.next_at == hand_over_at(early.starts_at, night, POLICY)
    assert waiting.attention == FEW_CHANCES


def test_a_coordinator_is_told_early_when_nobody_suits() -> None:
    wave = plan(IN_THREE_DAYS, [])
    assert (wave.attention, wave.hand_over) == (NOBODY_SUITS, False)
    assert wave.next_at is not None


def test_a_coordinator_is_told_early_when_all_were_asked_enough() -> None:
    tired = crowd(9, alerts_7d=POLICY.urgent_week_cap)
    assert plan(IN_THREE_DAYS, tired).attention == ALL_CAPPED


def test_a_coordinator_is_told_early_when_few_may_say_yes() -> None:
    assert plan(IN_THREE_DAYS, crowd(2)).attention == FEW_CHANCES


def test_an_urgent_mission_may_ask_a_little_more_of_people() -> None:
    tired = crowd(9, alerts_7d=POLICY.week_cap, alerts_today=POLICY.day_cap)
    rested = [replace(person, volunteer_id=UUID(int=99 + n)) for n, person in enumerate(crowd(9))]
    urgent = plan(OutingFacts(NOW + 4 * HOUR), tired)
    assert urgent.ask != ()
    assert not urgent.stretched
    unhurried = plan(IN_THREE_DAYS, [*tired, *rested])
    assert set(unhurried.ask) <= {person.volunteer_id for person in rested}


def test_a_mission_hardly_anybody_may_take_asks_beyond_the_usual_caps_and_says_so() -> None:
    tired = crowd(9, alerts_7d=POLICY.week_cap, alerts_today=POLICY.day_cap)
    wave = plan(IN_THREE_DAYS, tired)
    assert wave.ask != ()
    assert wave.stretched
    assert wave.attention is None


def test_the_first_offers_make_a_yes_likely_soon_and_later_ones_take_their_time() -> None:
    eager = replace(POLICY, first_chance=0.8)
    just_opened = replace(IN_THREE_DAYS, opened_at=NOW)
    long_open = replace(IN_THREE_DAYS, opened_at=NOW - 5 * HOUR)
    first = plan(just_opened, crowd(40), policy=eager)
    assert len(first.ask) > len(plan(long_open, crowd(40), policy=eager).ask)
    assert plan(IN_THREE_DAYS, crowd(40), policy=eager) == plan(long_open, crowd(40), policy=eager)


def test_those_the_city_leans_on_are_kept_for_those_who_have_nobody_else() -> None:
    leaned_on = Candidate(UUID(int=1), walk_m=300, demand=2.0)
    other = Candidate(UUID(int=2), walk_m=300)
    assert plan(IN_THREE_DAYS, [leaned_on, other]).ask[0] == other.volunteer_id


def test_missions_of_long_ago_still_count_a_little() -> None:
    served = Candidate(UUID(int=1), walk_m=300, missions_90d=3)
    idle = Candidate(UUID(int=2), walk_m=300)
    assert plan(IN_THREE_DAYS, [served, idle]).ask[0] == idle.volunteer_id


def test_the_deadline_leaves_the_coordinator_two_hours() -> None:
    assert hand_over_at(NOW + 10 * HOUR, NOW, POLICY) == NOW + 8 * HOUR


@pytest.mark.parametrize("minutes", [30, 90, 120, 180, 239])
def test_when_time_is_short_volunteers_and_coordinator_share_it(minutes: int) -> None:
    lead = timedelta(minutes=minutes)
    assert hand_over_at(NOW + lead, NOW, POLICY) == NOW + lead / 2


def test_an_offer_ends_after_its_life_or_with_the_deadline() -> None:
    assert offer_expires_at(NOW, NOW + HOUR, POLICY) == NOW + HOUR
    late = NOW + timedelta(days=9)
    assert offer_expires_at(NOW, late, POLICY) == NOW + POLICY.offer_life
    with pytest.raises(ValueError, match="deadline"):
        offer_expires_at(NOW, NOW, POLICY)


def test_quiet_hours_are_a_night() -> None:
    with pytest.raises(ValueError, match="quiet hours"):
        WavePolicy(quiet_from=time(7), quiet_until=time(8))


def test_open_time_leaves_the_nights_out() -> None:
    monday = datetime(2026, 11, 23, 20, tzinfo=PARIS)
    assert open_time(monday, monday + timedelta(days=1), POLICY, PARIS) == 13 * HOUR
    assert open_time(monday, monday, POLICY, PARIS) == timedelta()
    assert open_time(monday + HOUR, monday, POLICY, PARIS) == timedelta()


@pytest.mark.parametrize("day", CHANGES_OF_HOUR)
def test_a_change_of_hour_happens_at_night_and_changes_no_open_time(day: date) -> None:
    start = datetime.combine(day - timedelta(days=1), time(20), PARIS)
    end = datetime.combine(day, time(9), PARIS)
    assert open_time(start, end, POLICY, PARIS) == 2 * HOUR
    wave = plan(OutingFacts(end + timedelta(days=1)), crowd(9), now=start + 2 * HOUR)
    assert wave.next_at == datetime.combine(day, time(8), PARIS)


MOMENTS = instants(datetime(2026, 10, 25, 1, 0, tzinfo=UTC), days=3)


@st.composite
def situations(draw: st.DrawFn) -> tuple[OutingFacts, list[Candidate], list[Pending], datetime]:
    now = draw(MOMENTS)
    waiting = draw(st.lists(pending_offers(now), max_size=4))
    return draw(facts(now)), draw(candidate_lists()), waiting, now


@given(situations())
def test_there_is_always_a_next_step(
    situation: tuple[OutingFacts, list[Candidate], list[Pending], datetime],
) -> None:
    mission, people, waiting, now = situation
    wave = plan(mission, people, waiting, now=now)
    deadline = hand_over_at(mission.starts_at, now, POLICY)
    assert wave.hand_over is (wave.next_at is None)
    assert 0 <= wave.fill_chance <= 1
    assert wave.attention or wave.fill_chance >= POLICY.alarm_below
    if wave.next_at is not None:
        assert now < wave.next_at <= deadline
    if wave.hand_over:
        assert wave.ask == ()
        assert wave.attention


@given(situations())
def test_caps_quiet_hours_and_sizes_always_hold(
    situation: tuple[OutingFacts, list[Candidate], list[Pending], datetime],
) -> None:
    mission, people, waiting, now = situation
    wave = plan(mission, people, waiting, now=now)
    deadline = hand_over_at(mission.starts_at, now, POLICY)
    urgent = open_time(now, deadline, POLICY, PARIS) < POLICY.urgent_below
    wide = urgent or wave.stretched
    asked = [person for person in people if person.volunteer_id in wave.ask]
    assert len(set(wave.ask)) == len(wave.ask) == len(asked) == len(wave.expectations)
    assert len(asked) <= (POLICY.urgent_max_wave if urgent else POLICY.max_wave)
    for person in asked:
        assert person.alerts_7d < (POLICY.urgent_week_cap if wide else POLICY.week_cap)
        assert person.alerts_today < (POLICY.urgent_day_cap if wide else POLICY.day_cap)
    assert not asked or POLICY.quiet_until <= wall(now) < POLICY.quiet_from
    for expected in wave.expectations:
        assert 0 <= expected.chance <= POLICY.chances.max_chance
        assert expected.context >= 0


@given(situations(), st.randoms(use_true_random=False))
def test_the_order_they_come_in_changes_nothing(
    situation: tuple[OutingFacts, list[Candidate], list[Pending], datetime],
    shuffler: Random,
) -> None:
    mission, people, waiting, now = situation
    shuffled = list(people)
    shuffler.shuffle(shuffled)
    assert plan(mission, people, waiting, now=now) == plan(mission, shuffled, waiting, now=now)


@given(facts(), candidates(), st.floats(0, 6000))
def test_nearer_is_never_less_likely(
    mission: OutingFacts, person: Candidate, walk_m: float
) -> None:
    near, far = sorted((person.walk_m, walk_m))
    chances = [
        expectation(mission, replace(person, walk_m=away), NOW, 5 * HOUR, POLICY).chance
        for away in (near, far)
    ]
    assert chances[0] >= chances[1]


@given(situations())
def test_looked_at_again_and_again_a_mission_reaches_a_person_without_asking_anybody_twice(
    situation: tuple[OutingFacts, list[Candidate], list[Pending], datetime],
) -> None:
    mission, people, waiting, now = situation
    deadline = hand_over_at(mission.starts_at, now, POLICY)
    asked: set[UUID] = set()
    for _ in range(400):
        left = [person for person in people if person.volunteer_id not in asked]
        wave = plan_wave(mission, left, waiting, now, deadline, POLICY, PARIS)
        if wave.next_at is None:
            return
        assert asked.isdisjoint(wave.ask)
        asked |= set(wave.ask)
        waiting = [*waiting, *(Pending(now, one.chance) for one in wave.expectations)]
        now = wave.next_at
    pytest.fail("handed over to nobody")


def test_those_who_have_met_are_asked_before_anybody_else() -> None:
    people = [*crowd(9), replace(crowd(10)[9], met=True)]
    just_opened = replace(IN_THREE_DAYS, opened_at=NOW)
    first = plan(just_opened, people)
    assert first.ask == (people[9].volunteer_id,)
    assert first.next_at == NOW + POLICY.circle_lead
    asked = [Pending(NOW, first.expectations[0].chance)]
    assert plan(just_opened, people[:9], asked, now=NOW + 5 * HOUR).ask


def test_an_urgent_outing_waits_for_nobody_it_knows() -> None:
    people = [*crowd(9), replace(crowd(10)[9], met=True)]
    in_four_hours = OutingFacts(starts_at=NOW + 4 * HOUR, opened_at=NOW)
    assert len(plan(in_four_hours, people).ask) > 1


def test_a_circle_that_hardly_ever_comes_holds_nobody_up() -> None:
    people = [*crowd(9), replace(crowd(10)[9], met=True, offers_seen=30.0)]
    just_opened = replace(IN_THREE_DAYS, opened_at=NOW)
    assert set(plan(just_opened, people).ask) - {people[9].volunteer_id}
