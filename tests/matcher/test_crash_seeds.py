"""What a seed of `python -m bench.crash` kills, and when."""

from __future__ import annotations

import pytest

from bench.crash import draw_kills
from bench.lane import SERVER, WORKER


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
