"""The best plan: equal to trying every plan on small towns, to the bound on large ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from bench.town import make_hot_spot, make_outings, make_problem, make_volunteers
from matcher.domain.assignment import Candidates, Plan, Problem, Proof, propose

Able = list[list[tuple[int, int]]]
"""For each mission, the volunteers who could take it with their walk in seconds."""


def problem_of(
    spans: list[tuple[int, int]],
    able: Able,
    *,
    priority: list[int] | None = None,
    week: list[int] | None = None,
    room: list[list[int]],
    recent: list[int] | None = None,
) -> Problem:
    def nearest(mission: int, count: int) -> Candidates:
        found = sorted(able[mission], key=lambda pair: (pair[1], pair[0]))
        return Candidates(
            np.array([who for who, _ in found[:count]], dtype=np.int64),
            np.array([walk for _, walk in found[:count]], dtype=np.float64),
            complete=len(found) <= count,
        )

    return Problem(
        starts_s=np.array([start for start, _ in spans], dtype=np.int64),
        ends_s=np.array([end for _, end in spans], dtype=np.int64),
        priority=np.array(priority or [1] * len(spans), dtype=np.int64),
        week=np.array(week or [0] * len(spans), dtype=np.int64),
        room=np.array(room, dtype=np.int64),
        recent=np.array(recent or [0] * len(room), dtype=np.int64),
        longest_walk_s=3600.0,
        nearest=nearest,
    )


def can_be_kept(problem: Problem, pairs: Sequence[tuple[int, int, float]]) -> bool:
    """Nobody in two places at once, walks included, nor beyond what they wish for."""
    for one, (mission, who, walk) in enumerate(pairs):
        begins, ends = problem.starts_s[mission] - walk, problem.ends_s[mission] + walk
        for other, other_who, other_walk in pairs[:one]:
            if other_who == who and (
                begins < problem.ends_s[other] + other_walk
                and problem.starts_s[other] - other_walk < ends
            ):
                return False
        week = problem.week[mission]
        same = [m for m, w, _ in pairs if w == who and problem.week[m] == week]
        if len(same) > problem.room[who, week]:
            return False
    return True


def value(problem: Problem, pairs: Sequence[tuple[int, int, float]]) -> tuple[int, int, int]:
    """Most served, then least walking, then fairness: higher is better."""
    served = sum(int(problem.priority[mission]) for mission, _, _ in pairs)
    walking = sum(ceil(walk / 60) for _, _, walk in pairs)
    taken: dict[tuple[int, int], int] = {}
    unfair = 0
    for mission, who, _ in pairs:
        key = (who, int(problem.week[mission]))
        unfair += int(problem.recent[who]) + taken.get(key, 0)
        taken[key] = taken.get(key, 0) + 1
    return served, -walking, -unfair


def best_of_all(problem: Problem, able: Able) -> tuple[int, int, int]:
    """Try every plan."""
    choices = [[None, *pairs] for pairs in able]
    plans = (
        [(mission, *pair) for mission, pair in enumerate(plan) if pair is not None]
        for plan in product(*choices)
    )
    return max(value(problem, plan) for plan in plans if can_be_kept(problem, plan))


def as_tuples(plan: Plan) -> list[tuple[int, int, float]]:
    return [(pair.mission, pair.volunteer, pair.walk_s) for pair in plan.pairs]


@st.composite
def small_towns(draw: st.DrawFn) -> tuple[Problem, Able]:
    missions, people, weeks = draw(st.integers(1, 5)), draw(st.integers(1, 4)), 2
    spans = [
        (start * 600, (start + length) * 600)
        for start, length in draw(
            st.lists(
                st.tuples(st.integers(0, 20), st.integers(1, 8)),
                min_size=missions,
                max_size=missions,
            )
        )
    ]
    able: Able = [
        [
            (who, draw(st.integers(0, 40)) * 60)
            for who in range(people)
            if draw(st.integers(0, 3)) > 0
        ]
        for _ in range(missions)
    ]

    def one_each(values: st.SearchStrategy[int], count: int) -> list[int]:
        return draw(st.lists(values, min_size=count, max_size=count))

    problem = problem_of(
        spans,
        able,
        priority=one_each(st.integers(1, 3), missions),
        week=one_each(st.integers(0, weeks - 1), missions),
        room=[one_each(st.integers(0, 2), weeks) for _ in range(people)],
        recent=one_each(st.integers(0, 5), people),
    )
    return problem, able


@given(small_towns(), st.sampled_from([1, 2, 16]))
@settings(max_examples=300)
def test_no_plan_of_a_small_town_is_better(town: tuple[Problem, Able], first: int) -> None:
    problem, able = town
    plan = propose(problem, first=first)
    assert can_be_kept(problem, as_tuples(plan))
    assert value(problem, as_tuples(plan)) == best_of_all(problem, able)
    assert plan.proof is Proof.OPTIMAL
    assert plan.served == plan.bound == value(problem, as_tuples(plan))[0]
    assert plan.gap == 0


@pytest.mark.parametrize("seed", [0, 1, 2, 25, 28, 33, 40, 43])
def test_lists_cut_short_give_a_plan_as_good_as_looking_at_everybody(seed: int) -> None:
    # From 25 on, the relaxation of each is not whole.
    people = make_volunteers(100 + 7 * seed, seed)
    outings = make_outings(300, 1 + seed % 3, seed)
    short = propose(make_problem(people, outings)[0], first=4)
    everybody = propose(make_problem(people, outings)[0], first=100_000)
    assert short.proof is everybody.proof is Proof.OPTIMAL
    assert short.worth == pytest.approx(everybody.worth, abs=1e-6)
    assert short.served == short.bound == everybody.served


def test_two_outings_go_to_one_person_only_when_the_walks_fit_between() -> None:
    able = [[(0, 1800)], [(0, 1800)]]
    near = propose(problem_of([(0, 3600), (7200, 9000)], able, room=[[2]]))
    assert len(near.pairs) == 2
    far = propose(problem_of([(0, 3600), (7199, 9000)], able, room=[[2]]))
    assert len(far.pairs) == 1


def test_serving_one_more_counts_more_than_any_walk() -> None:
    able = [[(0, 60), (1, 3600)], [(0, 60)]]
    plan = propose(problem_of([(0, 3600), (0, 3600)], able, room=[[1], [1]]))
    assert as_tuples(plan) == [(0, 1, 3600.0), (1, 0, 60.0)]


def test_between_equal_walks_whoever_had_fewer_outings_goes() -> None:
    plan = propose(problem_of([(0, 3600)], [[(0, 601), (1, 659)]], room=[[2], [2]], recent=[3, 1]))
    assert plan.pairs[0].volunteer == 1


def test_two_outings_are_shared_rather_than_given_to_one() -> None:
    able = [[(0, 600), (1, 600)], [(0, 600), (1, 600)]]
    plan = propose(problem_of([(0, 3600), (36000, 39600)], able, room=[[4], [4]]))
    assert {pair.volunteer for pair in plan.pairs} == {0, 1}


def test_nobody_for_nothing_is_an_empty_plan() -> None:
    assert propose(problem_of([], [], room=[[1]])).pairs == ()
    nobody = propose(problem_of([(0, 3600)], [[]], room=[[1]]))
    assert (nobody.pairs, nobody.bound, nobody.proof) == ((), 0, Proof.OPTIMAL)


def test_without_time_the_plan_says_that_it_is_not_proven() -> None:
    people = make_volunteers(300)
    problem, reach = make_problem(people, make_outings(200, 1))
    plan = propose(problem, seconds_left=lambda: 0.0)
    assert can_be_kept(problem, as_tuples(plan))
    assert plan.proof is Proof.NOT_PROVEN
    within_reach = [mission for mission in range(200) if reach.everybody(mission)[0].size]
    assert plan.bound == problem.priority[within_reach].sum()
    best = propose(problem)
    assert best.proof is Proof.OPTIMAL
    assert plan.served <= best.served <= plan.bound


def test_the_same_problem_gives_the_same_plan_whatever_the_first_lists() -> None:
    people = make_volunteers(400)
    plans = [
        propose(make_problem(people, make_outings(150, 2))[0], first=first) for first in (4, 16, 16)
    ]
    assert plans[1].pairs == plans[2].pairs
    assert plans[0].worth == pytest.approx(plans[1].worth, abs=1e-6)


def test_a_hot_spot_is_served_at_the_maximum() -> None:
    problem, reach = make_problem(make_volunteers(3000), make_hot_spot(400))
    plan = propose(problem, first=8)
    lists = [reach.everybody(mission)[0] for mission in range(400)]
    graph = csr_array(
        (
            np.ones(sum(one.size for one in lists)),
            (np.repeat(np.arange(400), [one.size for one in lists]), np.concatenate(lists)),
        ),
        shape=(400, 3000),
    )
    most = int((maximum_bipartite_matching(graph, perm_type="column") >= 0).sum())
    assert len(plan.pairs) == plan.bound == most
    assert plan.proof is Proof.OPTIMAL
