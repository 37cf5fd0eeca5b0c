"""How many missions will be asked for, zone by zone and half-day by half-day, with intervals.

A plain seasonal model for small counts:

- the city's profile over the half-days of a week, recent weeks counting more, holidays set apart;
- each zone's share of the city, drawn towards its share of the population while little is known;
- each cell's own habit (a market on Tuesdays) as a factor on the product of the two, Gamma
  distributed around 1 and so shrunk towards it: with shape a, e expected and y seen, the factor is
  (a + y) / (a + e) (Gamma-Poisson, "empirical Bayes": a is the likeliest for the past);
- the level of the last few weeks.

The prediction is negative binomial: a Poisson whose mean is uncertain, by what the cell's habit
leaves open and by how much whole weeks were seen to vary. Intervals are its quantiles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import gammaln
from scipy.stats import nbinom

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST_MEAN = 1e-6
"""Nothing is impossible: no cell is expected to stay empty for certain."""

_SHAPES = (np.log(0.2), np.log(2000.0))


@dataclass(frozen=True, slots=True)
class ForecastPolicy:
    """How fast the past fades, and what is believed before anything was seen.

    Attributes:
        half_life: weeks after which a week counts half in profile, shares and habits.
        level_half_life: the same for the level.
        level_prior: missions of belief that the level is what it was.
        share_prior: missions of belief that zones share by population.
        holiday: part of the usual demand believed to be left on a public holiday.
        holiday_prior: missions of that belief.
        inside: chance that the interval holds what will be seen.
    """

    half_life: float = 12.0
    level_half_life: float = 3.0
    level_prior: float = 30.0
    share_prior: float = 30.0
    holiday: float = 0.4
    holiday_prior: float = 20.0
    inside: float = 0.9


@dataclass(frozen=True, slots=True)
class History:
    """What was asked for in past weeks.

    Attributes:
        counts: missions by week (oldest first), zone and half-day.
        holidays: which half-days of each week were public holidays.
        population: how many live in each zone whom the service is for; any unit, above 0.
    """

    counts: Ints
    holidays: Flags
    population: Floats

    def until(self, weeks: int) -> History:
        """Only the first so many weeks."""
        return History(self.counts[:weeks], self.holidays[:weeks], self.population)


@dataclass(frozen=True, slots=True)
class Forecast:
    """One week to come, zones by half-days.

    Attributes:
        mean: missions expected.
        spread: size of the negative binomial, its variance being mean + mean**2 / spread.
        inside: chance the interval was made for.
    """

    mean: Floats
    spread: Floats
    inside: float

    @property
    def median(self) -> Ints:
        """As many as not will be asked for: the best guess in plain numbers."""
        return self._quantile(0.5)

    @property
    def low(self) -> Ints:
        """The low end of the interval."""
        return self._quantile((1 - self.inside) / 2)

    @property
    def high(self) -> Ints:
        """The high end of the interval."""
        return self._quantile((1 + self.inside) / 2)

    def log_score(self, seen: Ints) -> Floats:
        """Logarithm of the chance given to what was seen; nearer 0 is better."""
        return np.asarray(nbinom.logpmf(seen, self.spread, self._success))

    @property
    def _success(self) -> Floats:
        return self.spread / (self.spread + self.mean)

    def _quantile(self, part: float) -> Ints:
        return np.asarray(nbinom.ppf(part, self.spread, self._success)).astype(np.int64)


def forecast(history: History, holidays: Flags, policy: ForecastPolicy) -> Forecast:
    """What the week after the last one will ask for.

    Args:
        history: at least one week.
        holidays: the half-days of the week to come that are public holidays.
        policy: beliefs and half-lives.

    Raises:
        ValueError: there is no past to learn from.
    """
    counts = history.counts.astype(np.float64)
    weeks = counts.shape[0]
    if weeks == 0:
        raise ValueError("a forecast needs a past")
    weight = _fading(weeks, policy.half_life)
    rest = _holiday_share(counts, history.holidays, weight, policy)
    openness = np.where(history.holidays, rest, 1.0)
    share = _zone_shares(counts, weight, history.population, policy)
    profile = np.einsum("t,tzh->h", weight, counts) / np.maximum(weight @ openness, LEAST_MEAN)
    usual = np.maximum(share[:, None] * profile, LEAST_MEAN)
    expected = usual[None] * openness[:, None, :]
    seen, due = (np.einsum("t,tzh->zh", weight, each) for each in (counts, expected))
    shape = _likeliest_shape(seen, due)
    habit = (shape + seen) / (shape + due)
    fitted = expected * habit
    level = _level(counts, fitted, policy)
    mean = usual * habit * level * np.where(holidays, rest, 1.0)
    varying = _unexplained(counts, fitted, weight)
    spread = 1 / (1 / (shape + seen) + varying)
    return Forecast(np.maximum(mean, LEAST_MEAN), spread, policy.inside)


def _fading(weeks: int, half_life: float) -> Floats:
    """The weight of each week, the last one 1."""
    return np.asarray(0.5 ** (np.arange(weeks - 1, -1, -1) / half_life))


def _holiday_share(
    counts: Floats, holidays: Flags, weight: Floats, policy: ForecastPolicy
) -> float:
    """What part of the usual is asked for on public holidays."""
    city = counts.sum(axis=1)
    open_weeks = weight @ ~holidays
    usual = (weight @ np.where(holidays, 0.0, city)) / np.maximum(open_weeks, LEAST_MEAN)
    # A half-day that was a holiday every week says nothing about the share.
    told = holidays & (open_weeks > LEAST_MEAN)
    seen = float(city[told].sum())
    due = float(np.where(told, usual, 0.0).sum())
    return (seen + policy.holiday * policy.holiday_prior) / (due + policy.holiday_prior)


def _zone_shares(
    counts: Floats, weight: Floats, population: Floats, policy: ForecastPolicy
) -> Floats:
    seen = np.einsum("t,tzh->z", weight, counts)
    believed = policy.share_prior * population / population.sum()
    return np.asarray((seen + believed) / (seen + believed).sum())


def _likeliest_shape(seen: Floats, due: Floats) -> float:
    """The shape of the Gamma that cells' factors most likely come from."""

    def unlikely(log_shape: float) -> float:
        shape = float(np.exp(log_shape))
        likelihood = (
            gammaln(shape + seen)
            - gammaln(shape)
            + shape * np.log(shape / (shape + due))
            + seen * np.log(due / (shape + due))
        )
        return -float(likelihood.sum())

    found = minimize_scalar(unlikely, bounds=_SHAPES, method="bounded")
    return float(np.exp(found.x))


def _level(counts: Floats, fitted: Floats, policy: ForecastPolicy) -> float:
    """How the last weeks compare with what was usual."""
    weight = _fading(counts.shape[0], policy.level_half_life)
    seen, due = (float(weight @ each.sum(axis=(1, 2))) for each in (counts, fitted))
    return (seen + policy.level_prior) / (due + policy.level_prior)


def _unexplained(counts: Floats, fitted: Floats, weight: Floats) -> float:
    """How much means vary from week to week beyond Poisson, as a squared share (moments)."""
    squares = weight @ ((counts - fitted) ** 2 - fitted).sum(axis=(1, 2))
    return max(0.0, float(squares / (weight @ (fitted**2).sum(axis=(1, 2)))))
