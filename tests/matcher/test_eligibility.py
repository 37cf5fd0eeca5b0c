"""Who may be asked, and the one reason that keeps each of the others out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.availability import Availability, DatedException, WeeklyWindow
from matcher.domain.eligibility import (
    ACCEPTANCE_RULES,
    ALL_RULES,
    EligibilityPolicy,
    Rejection,
    Rule,
    Sifted,
    assess,
    promised_time,
    sift,
)
from matcher.domain.geo import Point, distance_m
from matcher.domain.people import Busy, Need, Outing, Purpose, Senior, Skill, Volunteer
from tests.strategies import NOW, PARIS, crowds, outings, volunteers

POLICY = EligibilityPolicy()
DOOR = Point(48.8600, 2.3500)
NEARBY = Point(48.8645, 2.3500)  # some five hundred metres north
TUESDAY_TEN = datetime(2026, 11, 24, 10, 0, tzinfo=PARIS)

SENIOR = Senior(id=UUID(int=50), home=DOOR)
OUTING = Outing(
    id=UUID(int=60),
    senior=SENIOR,
    meeting_point=DOOR,
    starts_at=TUESDAY_TEN,
    ends_at=TUESDAY_TEN + timedelta(hours=2),
    purpose=Purpose.WALK,
)
WILLING = Volunteer(
    id=UUID(int=1),
    home=NEARBY,
    availability=Availability((WeeklyWindow(1, time(10), time(12)),)),
)


def walk(start: Point, end: Point) -> float:
    """About 4.3 km/h in a straight line."""
    return distance_m(start, end) / 1.2


def judge(
    outing: Outing,
    volunteer: Volunteer,
    *,
    policy: EligibilityPolicy = POLICY,
    now: datetime = NOW,
    rules: frozenset[Rule] = ALL_RULES,
) -> Rejection | None:
    return assess(outing, volunteer, now=now, zone=PARIS, walk=walk, policy=policy, rules=rules)


def ruled_out_by(outing: Outing, volunteer: Volunteer) -> Rule | None:
    rejection = judge(outing, volunteer)
    return None if rejection is None else rejection.rule


def needing(*needs: Need) -> Outing:
    return replace(OUTING, senior=replace(SENIOR, needs=frozenset(needs)))


def test_somebody_vetted_near_and_free_for_the_whole_outing_is_kept() -> None:
    assert judge(OUTING, WILLING) is None


def test_a_volunteer_who_is_paused_is_never_kept() -> None:
    assert ruled_out_by(OUTING, replace(WILLING, active=False)) is Rule.INACTIVE


def test_a_volunteer_who_is_not_vetted_is_never_kept() -> None:
    assert ruled_out_by(OUTING, replace(WILLING, vetted=False)) is Rule.NOT_VETTED


def test_a_refusal_by_either_side_is_enough() -> None:
    by_senior = replace(OUTING, senior=replace(SENIOR, refused=frozenset({WILLING.id})))
    assert ruled_out_by(by_senior, WILLING) is Rule.REFUSED
    by_volunteer = replace(WILLING, refused=frozenset({SENIOR.id}))
    assert ruled_out_by(OUTING, by_volunteer) is Rule.REFUSED


def test_nobody_is_asked_twice_for_one_outing() -> None:
    asked = replace(OUTING, already_asked=frozenset({WILLING.id}))
    assert ruled_out_by(asked, WILLING) is Rule.ALREADY_ASKED


def test_a_full_week_is_a_full_week() -> None:
    assert ruled_out_by(OUTING, replace(WILLING, missions_week=1)) is None
    assert ruled_out_by(OUTING, replace(WILLING, missions_week=2)) is Rule.WEEKLY_CAP


def test_a_wheelchair_calls_for_training_and_a_cane_does_not() -> None:
    assert ruled_out_by(needing(Need.CANE, Need.SLOW), WILLING) is None
    rejection = judge(needing(Need.WHEELCHAIR), WILLING)
    assert rejection is not None
    assert rejection.rule is Rule.MISSING_SKILL
    assert rejection.reason == "Formation manquante : fauteuil roulant."
    trained = replace(WILLING, skills=frozenset({Skill.WHEELCHAIR}))
    assert ruled_out_by(needing(Need.WHEELCHAIR), trained) is None


def test_a_city_may_call_for_other_training() -> None:
    lax = EligibilityPolicy(skill_for_need={})
    assert judge(needing(Need.WHEELCHAIR), WILLING, policy=lax) is None


def test_one_language_in_common_is_needed_unless_the_city_says_otherwise() -> None:
    stranger = replace(WILLING, languages=frozenset({"pt"}))
    assert ruled_out_by(OUTING, stranger) is Rule.NO_COMMON_LANGUAGE
    assert judge(OUTING, stranger, policy=EligibilityPolicy(language_required=False)) is None
    both = replace(OUTING, senior=replace(SENIOR, languages=frozenset({"fr", "pt"})))
    assert ruled_out_by(both, stranger) is None


def test_the_limit_is_in_metres_from_home_to_the_meeting_point() -> None:
    away_m = distance_m(NEARBY, DOOR)
    assert ruled_out_by(OUTING, replace(WILLING, max_walk_m=int(away_m) + 1)) is None
    assert ruled_out_by(OUTING, replace(WILLING, max_walk_m=int(away_m) - 1)) is Rule.TOO_FAR
    elsewhere = replace(OUTING, meeting_point=Point(48.82, 2.40))
    assert ruled_out_by(elsewhere, WILLING) is Rule.TOO_FAR


def test_nobody_is_asked_who_could_not_be_there_in_time() -> None:
    walking = timedelta(seconds=walk(NEARBY, DOOR))
    assert judge(OUTING, WILLING, now=TUESDAY_TEN - walking) is None
    late = judge(OUTING, WILLING, now=TUESDAY_TEN - walking + timedelta(seconds=1))
    assert late is not None
    assert late.rule is Rule.TOO_LATE


def test_what_is_promised_already_counts_with_the_walks() -> None:
    walking = timedelta(seconds=walk(NEARBY, DOOR))
    earlier = TUESDAY_TEN - timedelta(hours=2)
    just_before = Busy(earlier, TUESDAY_TEN - walking)
    assert ruled_out_by(OUTING, replace(WILLING, busy=(just_before,))) is None
    too_close = Busy(earlier, TUESDAY_TEN - walking + timedelta(seconds=1))
    assert ruled_out_by(OUTING, replace(WILLING, busy=(too_close,))) is Rule.BUSY
    after = Busy(OUTING.ends_at + walking, OUTING.ends_at + timedelta(hours=3))
    assert ruled_out_by(OUTING, replace(WILLING, busy=(after,))) is None


def test_an_outing_takes_its_own_time_and_both_walks() -> None:
    assert promised_time(OUTING, 600) == Busy(
        TUESDAY_TEN - timedelta(minutes=10), OUTING.ends_at + timedelta(minutes=10)
    )


def test_the_outing_itself_must_be_free_and_the_walk_to_it_need_not() -> None:
    assert ruled_out_by(OUTING, WILLING) is None
    longer = replace(OUTING, ends_at=OUTING.ends_at + timedelta(minutes=1))
    assert ruled_out_by(longer, WILLING) is Rule.NOT_AVAILABLE


def test_a_day_off_keeps_the_usual_window_out() -> None:
    off = DatedException(TUESDAY_TEN.date(), None, None, free=False)
    away = replace(WILLING, availability=replace(WILLING.availability, exceptions=(off,)))
    assert ruled_out_by(OUTING, away) is Rule.NOT_AVAILABLE


def test_somebody_may_accept_outside_their_usual_hours_and_though_asked() -> None:
    asked = replace(OUTING, already_asked=frozenset({WILLING.id}))
    unusual = replace(WILLING, availability=Availability())
    assert judge(asked, unusual, rules=ACCEPTANCE_RULES) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"active": False},
        {"vetted": False},
        {"refused": frozenset({SENIOR.id})},
        {"missions_week": 2},
        {"languages": frozenset({"de"})},
        {"busy": (Busy(OUTING.starts_at, OUTING.ends_at),)},
    ],
)
def test_accepting_does_not_get_around_what_binds(changed: dict[str, object]) -> None:
    assert judge(OUTING, replace(WILLING, **changed), rules=ACCEPTANCE_RULES) is not None  # type: ignore[arg-type]


def test_the_cheapest_rule_speaks_first() -> None:
    hopeless = replace(WILLING, active=False, vetted=False, availability=Availability())
    assert ruled_out_by(OUTING, hopeless) is Rule.INACTIVE


def sifted(outing: Outing, crowd: list[Volunteer], rules: frozenset[Rule] = ALL_RULES) -> Sifted:
    return sift(outing, crowd, now=NOW, zone=PARIS, walk=walk, policy=POLICY, rules=rules)


@given(outings(), crowds())
def test_kept_and_rejected_are_everybody_once(outing: Outing, crowd: list[Volunteer]) -> None:
    result = sifted(outing, crowd)
    kept = [volunteer.id for volunteer in result.kept]
    rejected = [rejection.volunteer_id for rejection in result.rejections]
    assert sorted(kept + rejected) == sorted(volunteer.id for volunteer in crowd)
    assert all(rejection.reason.endswith(".") for rejection in result.rejections)


@given(outings(), crowds().flatmap(lambda c: st.tuples(st.just(c), st.permutations(c))))
def test_the_order_they_come_in_changes_nothing(
    outing: Outing, crowds_of_one: tuple[list[Volunteer], list[Volunteer]]
) -> None:
    one, other = (sifted(outing, crowd) for crowd in crowds_of_one)
    assert frozenset(one.rejections) == frozenset(other.rejections)
    assert {v.id for v in one.kept} == {v.id for v in other.kept}


@given(outings(), volunteers())
def test_many_are_judged_as_one_is(outing: Outing, volunteer: Volunteer) -> None:
    rejection = judge(outing, volunteer)
    expected = Sifted((), (rejection,)) if rejection else Sifted((volunteer,), ())
    assert sifted(outing, [volunteer]) == expected


@given(outings(), volunteers(), st.frozensets(st.sampled_from(Rule)))
def test_only_the_rules_named_are_applied_and_dropping_one_never_keeps_fewer(
    outing: Outing, volunteer: Volunteer, rules: frozenset[Rule]
) -> None:
    rejection = judge(outing, volunteer, rules=rules)
    if rejection is None:
        assert all(judge(outing, volunteer, rules=frozenset({rule})) is None for rule in rules)
    else:
        assert rejection.rule in rules
        alone = judge(outing, volunteer, rules=frozenset({rejection.rule}))
        assert alone == rejection
