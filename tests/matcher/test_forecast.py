"""The forecast: learns what is there, says how sure it is, and beats last week on unseen weeks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bench.forecast import compare, make_town
from matcher.domain.coverage import CELLS
from matcher.domain.forecast import ForecastPolicy, History, forecast

POLICY = ForecastPolicy()
NO_HOLIDAY = np.zeros(CELLS, dtype=np.bool_)


def history_of(counts: np.ndarray, population: list[float] | None = None) -> History:
    weeks, zones, _ = counts.shape
    return History(
        counts,
        np.zeros((weeks, CELLS), dtype=np.bool_),
        np.array(population or [1.0] * zones),
    )


def test_a_steady_week_is_expected_again() -> None:
    pattern = np.arange(3 * CELLS).reshape(3, CELLS) % 7
    made = forecast(history_of(np.repeat(pattern[None], 30, axis=0)), NO_HOLIDAY, POLICY)
    assert made.mean == pytest.approx(pattern, abs=0.8)
    assert (made.low <= pattern).all()
    assert (pattern <= made.high).all()


def test_a_few_weeks_without_a_zone_leave_it_a_part_by_population() -> None:
    counts = np.zeros((2, 2, CELLS), dtype=np.int64)
    counts[:, 0] = 1
    made = forecast(history_of(counts, [1.0, 3.0]), NO_HOLIDAY, POLICY)
    nothing_known = made.mean[1].sum()
    assert 0 < nothing_known < made.mean[0].sum()
    fewer = forecast(history_of(counts, [3.0, 1.0]), NO_HOLIDAY, POLICY)
    assert fewer.mean[1].sum() < nothing_known


def test_a_public_holiday_asks_for_less() -> None:
    holidays = NO_HOLIDAY.copy()
    holidays[:2] = True
    history = history_of(np.full((10, 2, CELLS), 4))
    usual = forecast(history, NO_HOLIDAY, POLICY)
    made = forecast(history, holidays, POLICY)
    assert (made.mean[:, :2] < usual.mean[:, :2]).all()
    assert (made.mean[:, 2:] == usual.mean[:, 2:]).all()


def test_the_interval_widens_when_weeks_vary_more() -> None:
    calm = np.full((20, 2, CELLS), 6)
    restless = calm * np.array([0, 2] * 10)[:, None, None]
    one, other = (forecast(history_of(c), NO_HOLIDAY, POLICY) for c in (calm, restless))
    assert (other.high - other.low).sum() > (one.high - one.low).sum()


def test_without_a_past_there_is_no_forecast() -> None:
    with pytest.raises(ValueError, match="past"):
        forecast(history_of(np.zeros((0, 2, CELLS), dtype=np.int64)), NO_HOLIDAY, POLICY)


@given(
    arrays(np.int64, st.tuples(st.integers(1, 6), st.integers(1, 4), st.just(CELLS)),
           elements=st.integers(0, 30)),
    arrays(np.bool_, (CELLS,)),
)  # fmt: skip
@settings(max_examples=60)
def test_any_past_gives_finite_numbers_in_order(counts: np.ndarray, holidays: np.ndarray) -> None:
    weeks, zones, _ = counts.shape
    history = History(counts, np.tile(holidays, (weeks, 1)), np.ones(zones))
    made = forecast(history, holidays, POLICY)
    assert np.isfinite(made.mean).all()
    assert (made.mean > 0).all()
    assert (made.low <= made.median).all()
    assert (made.median <= made.high).all()
    assert (made.log_score(counts[-1]) <= 0).all()


def test_it_beats_the_same_half_day_of_last_week_on_weeks_it_has_not_seen() -> None:
    outcome = compare("made up", make_town(30, 900, zones=30, seed=23), held_out=6)
    assert outcome.ratios["mean_absolute"] < 0.9
    assert outcome.ratios["root_mean_square"] < 0.9
    assert outcome.model.log_score > outcome.last_week.log_score
    assert outcome.model.log_score > outcome.four_weeks.log_score
    assert outcome.model.interval_coverage is not None
    assert outcome.model.interval_coverage >= 0.88
