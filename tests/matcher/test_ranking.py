"""The order people are asked in, and what they are told of it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.availability import Availability, DatedException, WeeklyWindow
from matcher.domain.geo import Point, distance_m
from matcher.domain.people import Need, Outing, Purpose, Senior, Skill, Volunteer
from matcher.domain.ranking import (
    COMPONENT_WORDS,
    MAX_REASONS,
    ComponentName,
    Ranked,
    RankingPolicy,
    best_score,
    rank,
    say_components,
)
from tests.strategies import NOW, PARIS, crowds, outings, points, volunteers

POLICY = RankingPolicy()
DOOR = Point(48.8600, 2.3500)
TUESDAY_TEN = datetime(2026, 11, 24, 10, 0, tzinfo=PARIS)
OUTING = Outing(
    id=UUID(int=60),
    senior=Senior(id=UUID(int=50), home=DOOR),
    meeting_point=DOOR,
    starts_at=TUESDAY_TEN,
    ends_at=TUESDAY_TEN + timedelta(hours=2),
    purpose=Purpose.WALK,
)
SOMEBODY = Volunteer(
    id=UUID(int=1),
    home=Point(48.8645, 2.3500),
    availability=Availability((WeeklyWindow(1, time(9), time(13)),)),
)


def walk(start: Point, end: Point) -> float:
    return distance_m(start, end) / 1.2


def ranked(
    outing: Outing,
    crowd: list[Volunteer],
    *,
    policy: RankingPolicy = POLICY,
    now: datetime = NOW,
) -> tuple[Ranked, ...]:
    return rank(outing, crowd, now=now, walk=walk, policy=policy, zone=PARIS)


def reasons(volunteer: Volunteer, outing: Outing = OUTING, now: datetime = NOW) -> tuple[str, ...]:
    return ranked(outing, [volunteer], now=now)[0].reasons


def first(outing: Outing, *crowd: Volunteer, policy: RankingPolicy = POLICY) -> UUID:
    return ranked(outing, list(crowd), policy=policy)[0].volunteer.id


def other(**changed: object) -> Volunteer:
    """SOMEBODY's neighbour, alike but for what is named; the id comes first in a tie."""
    return replace(SOMEBODY, id=UUID(int=0), **changed)  # type: ignore[arg-type]


def test_nobody_to_rank_is_an_empty_order() -> None:
    assert ranked(OUTING, []) == ()


@pytest.mark.parametrize(
    "worse",
    [
        {"home": Point(48.8700, 2.3500)},
        {"missions_28d": 1},
        {"last_mission_at": NOW - timedelta(days=30)},
        {"alerts_7d": 1},
        {"skills": frozenset({Skill.SIGNING})},
        {"promises": 3, "taken_back": 1},
    ],
)
def test_what_counts_against_a_place_in_the_order(worse: dict[str, object]) -> None:
    assert first(OUTING, SOMEBODY, other(**worse)) == SOMEBODY.id


def test_the_circle_comes_before_strangers() -> None:
    known = replace(OUTING, senior=replace(OUTING.senior, circle=frozenset({SOMEBODY.id})))
    assert first(known, SOMEBODY, other()) == SOMEBODY.id


def test_a_service_that_rotates_prefers_new_faces() -> None:
    known = replace(OUTING, senior=replace(OUTING.senior, circle=frozenset({UUID(int=0)})))
    rotating = RankingPolicy(new_faces_first=True)
    assert first(known, SOMEBODY, other(), policy=rotating) == SOMEBODY.id


def test_more_of_the_senior_s_languages_come_first() -> None:
    two = frozenset({"fr", "pt"})
    outing = replace(OUTING, senior=replace(OUTING.senior, languages=two))
    assert first(outing, replace(SOMEBODY, languages=two), other()) == SOMEBODY.id


def test_languages_beyond_the_senior_s_count_for_nothing() -> None:
    many = replace(SOMEBODY, languages=frozenset({"fr", "pt", "it"}))
    assert ranked(OUTING, [many])[0].score == ranked(OUTING, [SOMEBODY])[0].score


def test_between_equals_the_longest_without_a_mission_comes_first_then_the_id() -> None:
    flat = RankingPolicy(rest=0)
    recent = other(last_mission_at=NOW - timedelta(days=3))
    earlier = replace(SOMEBODY, last_mission_at=NOW - timedelta(days=9))
    never = replace(SOMEBODY, id=UUID(int=2))
    twin = replace(SOMEBODY, id=UUID(int=3))
    order = ranked(OUTING, [recent, twin, earlier, never], policy=flat)
    assert [one.volunteer.id.int for one in order] == [2, 3, 1, 0]


def test_a_neighbour_is_told_why_in_three_short_sentences() -> None:
    assert reasons(SOMEBODY) == (
        "Vous êtes à moins de 10 minutes à pied.",
        "Vous êtes libre le mardi matin.",
        "Pas de sortie ce mois-ci.",
    )


def test_a_familiar_face_is_told_so_first() -> None:
    known = replace(OUTING, senior=replace(OUTING.senior, circle=frozenset({SOMEBODY.id})))
    assert reasons(SOMEBODY, known)[0] == "Vous vous connaissez déjà."


@pytest.mark.parametrize(
    ("lead", "sentence"),
    [
        (timedelta(hours=3, minutes=20), "C'est urgent : dans 3 heures."),
        (timedelta(hours=1), "C'est urgent : dans 1 heure."),
        (timedelta(minutes=50), "C'est urgent : dans moins d'une heure."),
    ],
)
def test_an_urgent_outing_says_in_how_long(lead: timedelta, sentence: str) -> None:
    assert reasons(SOMEBODY, now=TUESDAY_TEN - lead)[0] == sentence


def test_an_outing_tomorrow_is_not_urgent() -> None:
    assert not any("urgent" in reason for reason in reasons(SOMEBODY))


@pytest.mark.parametrize(
    ("hour", "part"), [(9, "matin"), (12, "après-midi"), (17, "après-midi"), (18, "soir")]
)
def test_the_part_of_the_day_is_the_one_people_say(hour: int, part: str) -> None:
    start = TUESDAY_TEN.replace(hour=hour)
    outing = replace(OUTING, starts_at=start, ends_at=start + timedelta(hours=1))
    free = replace(SOMEBODY, availability=Availability((WeeklyWindow(1, time(8), time(22)),)))
    assert f"Vous êtes libre le mardi {part}." in reasons(free, outing)


def test_a_single_free_day_is_not_called_a_habit() -> None:
    once = DatedException(TUESDAY_TEN.date(), None, None, free=True)
    free = replace(SOMEBODY, availability=Availability((), (once,)))
    assert "Vous êtes libre mardi matin." in reasons(free)


def test_somebody_ranked_outside_their_hours_is_not_told_they_are_free() -> None:
    busy = replace(SOMEBODY, availability=Availability())
    assert not any("libre" in reason for reason in reasons(busy))


def test_even_a_doorstep_is_told_as_five_minutes_away_so_that_no_door_is_given_away() -> None:
    assert reasons(replace(SOMEBODY, home=DOOR))[0] == "Vous êtes à moins de 5 minutes à pied."


@given(outings(), crowds().flatmap(lambda c: st.tuples(st.just(c), st.permutations(c))))
def test_the_order_they_come_in_changes_nothing(
    outing: Outing, crowds_of_one: tuple[list[Volunteer], list[Volunteer]]
) -> None:
    one, shuffled = crowds_of_one
    assert ranked(outing, one) == ranked(outing, shuffled)


@given(outings(), volunteers(), points())
def test_nearer_never_ranks_lower_all_else_equal(
    outing: Outing, volunteer: Volunteer, home: Point
) -> None:
    moved = replace(volunteer, home=home)
    here_s, there_s = (walk(v.home, outing.meeting_point) for v in (volunteer, moved))
    here, there = (ranked(outing, [v])[0].score for v in (volunteer, moved))
    if here_s <= there_s:
        assert here >= there - 1e-9
    else:
        assert there >= here - 1e-9


@given(outings(), crowds(), volunteers(id=st.just(UUID(int=77))))
def test_one_more_volunteer_never_changes_the_order_of_the_others(
    outing: Outing, crowd: list[Volunteer], one_more: Volunteer
) -> None:
    before = ranked(outing, crowd)
    after = ranked(outing, [one_more, *crowd])
    assert tuple(one for one in after if one.volunteer.id not in {one_more.id}) == before


@given(outings(), crowds())
def test_a_score_is_the_sum_of_its_parts_each_within_its_ceiling(
    outing: Outing, crowd: list[Volunteer]
) -> None:
    for one in ranked(outing, crowd):
        assert [component.name for component in one.components] == list(ComponentName)
        assert one.score == sum(component.value for component in one.components)
        assert all(0 <= component.value <= component.ceiling for component in one.components)


@given(outings(), crowds())
def test_reasons_are_few_plain_sentences_without_chances_or_comparisons(
    outing: Outing, crowd: list[Volunteer]
) -> None:
    for one in ranked(outing, crowd):
        assert 1 <= len(one.reasons) <= MAX_REASONS
        for reason in one.reasons:
            assert reason[0].isupper()
            assert reason.endswith(".")
            assert len(reason.split()) <= 15
            assert not re.search(r"%|chance|probab|plus que|moins que|autres|premier", reason)


def test_training_the_outing_needs_is_not_wasted_on_it() -> None:
    pushed = replace(OUTING, senior=replace(OUTING.senior, needs=frozenset({Need.WHEELCHAIR})))
    trained = replace(SOMEBODY, skills=frozenset({Skill.WHEELCHAIR}))
    (one,) = ranked(pushed, [trained])
    spare = {part.name: part for part in one.components}[ComponentName.SPARE_SKILLS]
    assert spare.value == spare.ceiling


def test_a_newcomer_is_not_judged_on_a_handful_of_promises() -> None:
    def kept(promises: int, taken_back: int) -> float:
        person = replace(SOMEBODY, promises=promises, taken_back=taken_back)
        return ranked(OUTING, [person])[0].components[-1].value

    assert kept(40, 0) > kept(2, 0) > kept(0, 0) > kept(1, 1) > kept(20, 20)
    assert kept(0, 0) > kept(40, 8)


def test_a_place_in_the_order_says_what_it_is_made_of() -> None:
    (one,) = ranked(OUTING, [SOMEBODY])
    said = say_components(one.components)
    assert said.startswith("trajet à pied 27,3/40, se connaissent 0/25, part équitable 15/15")
    assert all(words in said for words in COMPONENT_WORDS.values())


@given(outings(), volunteers(), st.floats(0, 1))
def test_nobody_scores_higher_than_the_best_imaginable_at_their_distance(
    outing: Outing, volunteer: Volunteer, closer: float
) -> None:
    (one,) = ranked(outing, [volunteer])
    lead_s = (outing.starts_at - NOW).total_seconds()
    known = volunteer.id in outing.senior.circle
    assert one.score <= best_score(POLICY, one.walk_s * closer, lead_s, known=known) + 1e-9
