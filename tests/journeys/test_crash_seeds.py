"""A few seeds of `python -m bench.crash`: real processes killed on the way to a report."""

from __future__ import annotations

import pytest

from bench.crash import draw_kills, measure
from bench.lane import SERVER, WORKER

SEEDS = 3


def test_nothing_is_lost_or_sent_twice_wherever_the_plug_is_pulled() -> None:
    outcomes = measure(SEEDS, seed=1, lanes=SEEDS, say=lambda _: None)
    assert {one.seed: one.faults for one in outcomes} == {1: (), 2: (), 3: ()}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_seed_pulls_the_same_plugs(seed: int) -> None:
    assert draw_kills(seed) == draw_kills(seed)


def test_every_point_and_every_process_gets_its_turn() -> None:
    drawn = [draw_kills(seed) for seed in range(1, 201)]
    assert all(drawn)
    assert len({point for kills in drawn for point in kills}) == 9
    assert {who for kills in drawn for kill in kills.values() for who in kill.who} == {
        SERVER,
        WORKER,
    }
