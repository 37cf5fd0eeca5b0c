"""The product's ranking over the roster's columns, and the bits of skills and languages in keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from matcher.domain.geo import VOLUNTEER_KMH, walking_times_s
from matcher.domain.people import LANGUAGES, Outing, Skill
from matcher.domain.ranking import Facts, RankingPolicy, best_score, shares, used_skills, weights
from matcher.grid import Grid
from matcher.mesh import Floats
from matcher.needs import Rows

SKILL_BITS: Mapping[Skill, int] = MappingProxyType(
    {skill: 1 << (48 + place) for place, skill in enumerate(Skill)}
)
LANGUAGE_BITS: Mapping[str, int] = MappingProxyType(
    {code: 1 << (56 + place) for place, code in enumerate(LANGUAGES)}
)
_ALL_SKILLS = sum(SKILL_BITS.values())
_Code = TypeVar("_Code", bound=str)


class RosterOrder:
    """The product's ranking as the grid's scoring: the cost is the score, negated.

    `walks_s` and `values` (one line a component) are those of the rows last scored.
    """

    def __init__(
        self,
        grid: Grid,
        outing: Outing,
        now: datetime,
        policy: RankingPolicy,
        left_bank: bool | None,
        circle: Rows,
    ) -> None:
        self._columns = grid.columns
        self._keys = grid.keys[0]
        self._now_s = now.timestamp()
        self._lead_s = (outing.starts_at - now).total_seconds()
        self._left_bank = left_bank
        self._languages = len(outing.senior.languages)
        self._spoken = np.uint64(bits_of(LANGUAGE_BITS, outing.senior.languages))
        self._unused = np.uint64(_ALL_SKILLS - bits_of(SKILL_BITS, used_skills(outing)))
        self.policy = policy
        self.weights = weights(policy)
        self.circle = circle

    def floor(self, away_m: float) -> float:
        """The cost of the best imaginable stranger at that distance, on this bank."""
        walk_s = float(walking_times_s(np.array(away_m), VOLUNTEER_KMH, False))
        # A hair of slack, as sums are rounded.
        return -best_score(self.policy, walk_s, self._lead_s, known=False) - 1e-9

    def costs(self, rows: Rows, away_m: Floats) -> Floats:
        """Minus the score; infinite for whoever could no longer be there in time."""
        across: NDArray[np.bool_] | bool = False
        if self._left_bank is not None:
            across = self._columns["bank"].take(rows) == int(not self._left_bank)
        walks_s = walking_times_s(away_m, VOLUNTEER_KMH, across)
        keys = self._keys.take(rows)
        known = np.zeros(len(rows))
        if len(self.circle):
            known[np.isin(rows, self.circle)] = 1.0
        if self._languages:
            common = np.bitwise_count(keys & self._spoken) / self._languages
        else:
            common = np.ones(len(rows))
        facts = Facts(
            walk_s=walks_s,
            known=known,
            missions_28d=self._numbers("missions", rows),
            since_s=np.maximum(self._now_s - self._numbers("last", rows), 0.0),
            common=common,
            spare_s=np.maximum(self._lead_s - walks_s, 0.0),
            alerts_7d=self._numbers("alerts", rows),
            extra_skills=cast(Floats, np.bitwise_count(keys & self._unused)),
            promises=self._numbers("promises", rows),
            taken_back=self._numbers("taken_back", rows),
        )
        self.walks_s = walks_s
        self.values = np.array(shares(facts, self.policy))
        self.values *= np.array(self.weights)[:, None]
        costs: Floats = -np.add.reduce(self.values, axis=0)
        costs[walks_s > self._lead_s] = np.inf
        return costs

    def _numbers(self, name: str, rows: Rows) -> Floats:
        """A column of these rows; small integers turn to floats in the formulas by themselves."""
        return cast(Floats, self._columns[name].take(rows))


def bits_of(bits: Mapping[_Code, int], codes: Iterable[_Code]) -> int:
    """The bits of these skills or languages; what is not listed has none."""
    return sum(bits.get(code, 0) for code in codes)
