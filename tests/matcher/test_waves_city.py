"""The wave policy on a small simulated city, where the shared benchmark is there to play it."""

from __future__ import annotations

from typing import Any

import pytest

from bench.city_policy import make_policy
from bench.citybench_file import BESIDE, load_citybench
from bench.policy import calibration, warnings
from bench.tune_policy import STEPS, point_of, policy_of
from matcher.domain.waves import WavePolicy

POLICY = WavePolicy()


@pytest.fixture(scope="module")
def citybench() -> Any:
    if not BESIDE.is_file():
        pytest.skip("citybench.py is not beside the project")
    return load_citybench()


@pytest.fixture(scope="module")
def small_world(citybench: Any) -> Any:
    return citybench.World(citybench.Config(n=300, per_day=12, days=25), 101)


def test_nobody_in_the_city_is_asked_beyond_the_caps_and_most_outings_are_filled(
    citybench: Any, small_world: Any
) -> None:
    found = citybench.simulate(small_world, make_policy())
    assert found["max_week"] <= POLICY.urgent_week_cap
    assert found["fill"] > 60


def test_the_same_city_gives_the_same_figures(citybench: Any, small_world: Any) -> None:
    first, again = (citybench.simulate(small_world, make_policy()) for _ in range(2))
    assert {name: first[name] for name in ("fill", "alerts_per_fill", "gini")} == {
        name: again[name] for name in ("fill", "alerts_per_fill", "gini")
    }


def test_coordinators_hear_early_of_most_outings_nobody_takes(
    citybench: Any, small_world: Any
) -> None:
    policy = make_policy()
    citybench.simulate(small_world, policy)
    assert warnings(policy, small_world)["warned"] > 75
    assert sum(many for _, _, many in calibration(policy)) == len(policy.first_chance)


def test_a_city_that_is_not_there_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("COMPAGNIE_CITYBENCH", str(tmp_path / "nowhere.py"))
    with pytest.raises(SystemExit, match="missing"):
        load_citybench()


def test_a_tuned_point_is_the_policy_it_was_read_from() -> None:
    assert policy_of(point_of(POLICY)) == POLICY
    assert all(low <= point_of(POLICY)[name] <= high for name, (low, high, _) in STEPS.items())
