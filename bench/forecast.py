"""Demand forecast against "same half-day last week", on weeks it has not seen.

    python -m bench.forecast [--json] [--short]

Two towns. One is made here: 80 zones with shares and habits of their own, a city's week, a summer
trough, public holidays, weeks that vary, one zone that doubles at a date. The other is the demo's
own seeded process, at its own three weeks and run for longer. Each week of the last ones is
predicted from those before it alone, then compared: mean absolute error of the best guess, root
mean square error of the mean, mean logarithmic score of the distribution, and how often the 90 %
interval held what came. "Last week" has no distribution of its own; it is lent a Poisson around
last week's figure plus a half, "four weeks" around their mean plus an eighth. Where cells hold
less than half a mission each, the best single guess is mostly 0 and the absolute error says little:
the score and the interval do.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from cryptography.fernet import Fernet
from numpy.typing import NDArray
from scipy.stats import poisson

from api.demo import history as demo_history
from api.demo.people import Town, demo_id, make_people
from api.demo.seed import SEED
from bench.command import main_of
from bench.machine import describe, in_one_line, versions
from matcher.domain.coverage import CELLS, cell_at
from matcher.domain.forecast import Forecast, ForecastPolicy, History, forecast
from matcher.geocoding.gazetteer import load_builtin
from matcher.geocoding.territory import load_builtin_territory
from matcher.store.encrypted import Keyring

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ZONE = ZoneInfo("Europe/Paris")
POLICY = ForecastPolicy()

CITY_WEEK = (8.0, 9, 10, 9, 7, 6, 10, 9, 8, 7, 4, 5, 1.5, 4)
"""How the missions of a week fall on its half-days."""


@dataclass(frozen=True, slots=True)
class Errors:
    """How far one way of guessing was off; `log_score` nearer 0 is better."""

    mean_absolute: float
    root_mean_square: float
    log_score: float
    interval_coverage: float | None
    interval_width: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One town: what each way of guessing came to on the held-out weeks."""

    town: str
    zones: int
    weeks_seen: int
    weeks_held_out: int
    missions_a_week: float
    nothing_mean_absolute: float
    model: Errors
    last_week: Errors
    four_weeks: Errors

    @property
    def ratios(self) -> dict[str, float]:
        """The model's errors over those of "last week": below 1 is better."""
        return {
            "mean_absolute": self.model.mean_absolute / self.last_week.mean_absolute,
            "root_mean_square": self.model.root_mean_square / self.last_week.root_mean_square,
        }


def make_town(weeks: int, a_week: float, zones: int = 80, seed: int = 11) -> History:
    """A made-up town: see the module. Population is known but for an error of a third."""
    rng = np.random.default_rng(seed)
    shares = rng.gamma(2.0, size=zones)
    habits = rng.gamma(6.0, 1 / 6.0, size=(zones, CELLS))
    pattern = (shares / shares.sum())[:, None] * (np.array(CITY_WEEK) / sum(CITY_WEEK)) * habits
    at = np.arange(weeks)
    summer = 1 - 0.35 * np.exp(-(((at % 52 - 31) / 3.5) ** 2))
    level = summer * 1.004**at * rng.gamma(60, 1 / 60, weeks)
    holidays = np.zeros((weeks, CELLS), dtype=np.bool_)
    for week in range(3, weeks, 5):
        day = int(rng.integers(0, 5))
        holidays[week, 2 * day : 2 * day + 2] = True
    mean = a_week * level[:, None, None] * pattern * np.where(holidays, 0.35, 1.0)[:, None, :]
    mean[weeks * 3 // 5 :, 7] *= 2
    return History(rng.poisson(mean), holidays, shares * rng.lognormal(0, 0.33, zones))


def demo_town(weeks_back: int) -> History:
    """The demo's seeded process, so many whole weeks of it."""
    territory = load_builtin_territory()
    monday = datetime(2026, 11, 23, tzinfo=ZONE)
    keyring = Keyring.parse(f"bench:{Fernet.generate_key().decode()}", "bench-index-key")
    rng = np.random.default_rng(SEED)
    town = Town.of(list(load_builtin()), territory, keyring)
    now = monday.astimezone(UTC)
    people = make_people(rng, town, demo_id("staff", 1), now)
    kept = demo_history.DAYS_BACK
    demo_history.DAYS_BACK = 7 * weeks_back
    try:
        missions = demo_history.make_history(rng, people, territory, now, ZONE).missions
    finally:
        demo_history.DAYS_BACK = kept
    codes = [zone.code for zone in territory.list_zones()]
    first = (monday - timedelta(weeks=weeks_back)).date()
    counts = np.zeros((weeks_back, len(codes), CELLS), dtype=np.int64)
    for mission in missions:
        local = mission.starts_at.astimezone(ZONE)
        week = (local.date() - first).days // 7
        if 0 <= week < weeks_back and mission.zone_code in codes:
            counts[week, codes.index(mission.zone_code), cell_at(local)] += 1
    # The demo's people know no holidays.
    return History(counts, np.zeros((weeks_back, CELLS), np.bool_), np.ones(len(codes)))


def compare(town: str, history: History, held_out: int) -> Outcome:
    """Predict each of the last weeks from those before it, three ways."""
    weeks, zones = history.counts.shape[:2]
    seen = history.counts[weeks - held_out :]
    made = [
        forecast(history.until(week), history.holidays[week], POLICY)
        for week in range(weeks - held_out, weeks)
    ]
    last = history.counts[weeks - held_out - 1 : weeks - 1].astype(np.float64)
    four = np.stack(
        [
            history.counts[max(0, week - 4) : week].mean(axis=0)
            for week in range(weeks - held_out, weeks)
        ]
    )
    return Outcome(
        town=town,
        zones=zones,
        weeks_seen=weeks - held_out,
        weeks_held_out=held_out,
        missions_a_week=float(history.counts.sum() / weeks),
        nothing_mean_absolute=float(seen.mean()),
        model=_errors_of_model(made, seen),
        last_week=_errors(last, np.rint(last), seen, np.asarray(poisson.logpmf(seen, last + 0.5))),
        four_weeks=_errors(
            four, np.rint(four), seen, np.asarray(poisson.logpmf(seen, four + 0.125))
        ),
    )


def _errors_of_model(made: list[Forecast], seen: Ints) -> Errors:
    mean, median, low, high = (
        np.stack([getattr(one, name) for one in made]) for name in ("mean", "median", "low", "high")
    )
    score = np.stack([one.log_score(week) for one, week in zip(made, seen, strict=True)])
    plain = _errors(mean, median, seen, score)
    return Errors(
        plain.mean_absolute,
        plain.root_mean_square,
        plain.log_score,
        interval_coverage=float(((low <= seen) & (seen <= high)).mean()),
        interval_width=float((high - low).mean()),
    )


def _errors(mean: Floats, guess: Floats | Ints, seen: Ints, score: Floats) -> Errors:
    return Errors(
        mean_absolute=float(np.abs(guess - seen).mean()),
        root_mean_square=float(np.sqrt(((mean - seen) ** 2).mean())),
        log_score=float(score.mean()),
        interval_coverage=None,
        interval_width=None,
    )


def run(short: bool) -> dict[str, Any]:
    """All towns; in short form fewer weeks."""
    held_out = 4 if short else 12
    weeks = 30 if short else 60
    outcomes = [
        compare("made up, 500 a week", make_town(weeks, 500), held_out),
        compare("made up, 3,500 a week", make_town(weeks, 3500), held_out),
        compare("the demo's three weeks", demo_town(3), 1),
        compare("the demo's process, 26 weeks", demo_town(26), held_out),
    ]
    return {
        "bench": "forecast",
        "machine": describe(),
        "versions": versions("numpy", "scipy"),
        "wanted_coverage": POLICY.inside,
        "towns": [asdict(one) | {"ratios_to_last_week": one.ratios} for one in outcomes],
    }


def _show(found: dict[str, Any]) -> None:
    print(in_one_line(found["machine"]), found["versions"])
    for town in found["towns"]:
        print(
            f"\n{town['town']}: {town['zones']} zones, {town['missions_a_week']:.0f} missions a "
            f"week, {town['weeks_held_out']} weeks held out after {town['weeks_seen']}"
        )
        print(f"  {'':12} {'abs. error':>10} {'rms error':>10} {'log score':>10}  90 % interval")
        for name in ("model", "last_week", "four_weeks"):
            one = town[name]
            interval = (
                ""
                if one["interval_coverage"] is None
                else f"held {one['interval_coverage']:.1%}, mean width {one['interval_width']:.2f}"
            )
            print(
                f"  {name.replace('_', ' '):12} {one['mean_absolute']:10.3f} "
                f"{one['root_mean_square']:10.3f} {one['log_score']:10.3f}  {interval}"
            )
        print(f"  guessing nothing anywhere: {town['nothing_mean_absolute']:.3f} absolute")
        ratios = town["ratios_to_last_week"]
        print(
            f"  model / last week: {ratios['mean_absolute']:.2f} absolute, "
            f"{ratios['root_mean_square']:.2f} rms"
        )


def main() -> None:
    """The command."""
    main_of("bench.forecast", __doc__, run, _show, "fewer weeks")


if __name__ == "__main__":
    main()
