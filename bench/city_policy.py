"""The product's wave policy behind the simulated city's interface (`citybench --policy`).

    python citybench.py --policy bench.city_policy:make_policy

Nothing is decided here: what the city shows becomes `Candidate` columns, what `plan_wave` answers
becomes the city's `Decision`. What the product reads from its store (people's records, the missions
of the last 90 days, how much the city leans on each) is counted here from what the city tells.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import exp, log
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from matcher.domain.chances import Crowd, Floats, demand_shares, outlook
from matcher.domain.waves import OutingFacts, Pending, WavePolicy, open_time, plan_wave

DAY_0 = datetime(2026, 1, 5, tzinfo=UTC)
"""A Monday; the city's minutes are wall-clock minutes, so its zone is one without changes."""

ZONE = ZoneInfo("UTC")
PEOPLE = 1 << 15
"""More than the largest city simulated."""

DEMAND_WEEKS = 3.0
"""Over how long the leaning on each person is averaged."""

WEEK_MIN = 7 * 24 * 60.0
IDS = [UUID(int=n) for n in range(PEOPLE)]


class Decision(NamedTuple):
    """What the city expects of a policy: see `citybench.Decision`."""

    ids: list[int]
    recheck: float
    expire: float | None = None
    wake_on_decline: bool = True


class CityPolicy:
    """`plan_wave` as the city calls it, with the counts a store would keep.

    Attributes:
        first_alarm: by request, the minute a coordinator was first told to look.
        first_chance: by request, the chance of a yes estimated at the first look.
        filled: requests somebody said yes to and that were not looked at again.
    """

    def __init__(self, policy: WavePolicy) -> None:
        self.policy = policy
        self.first_alarm: dict[int, float] = {}
        self.first_chance: dict[int, float] = {}
        self.filled: set[int] = set()
        self._offers_seen = np.zeros(PEOPLE)
        self._yes = np.zeros(PEOPLE)
        self._missions = np.zeros(PEOPLE)
        self._answers = np.zeros(PEOPLE)
        self._log_minutes = np.zeros(PEOPLE)
        self._shares = np.zeros(PEOPLE)
        self._shares_at = np.zeros(PEOPLE)
        self._sent: dict[tuple[int, int], Pending] = {}

    def __call__(self, view: Any) -> Decision:
        """What to do about a request now."""
        now, deadline = _instant(view.now), _instant(view.deadline)
        facts = OutingFacts(_instant(view.start), view.medical, _instant(view.created))
        crowd = self._crowd(view)
        if view.wave == 0 and view.rid not in self.first_chance:
            self._lean(facts, crowd, view, now, deadline)
        self.filled.discard(view.rid)
        plan = plan_wave(
            facts,
            crowd,
            [self._sent[view.rid, who] for who in view.pending.tolist()],
            now,
            deadline,
            self.policy,
            ZONE,
        )
        self.first_chance.setdefault(view.rid, plan.fill_chance)
        if plan.attention is not None:
            self.first_alarm.setdefault(view.rid, view.now)
        asked = [who.int for who in plan.ask]
        for who, expected in zip(asked, plan.expectations, strict=True):
            self._offers_seen[who] += expected.context
            self._sent[view.rid, who] = Pending(now, expected.chance)
        recheck = (deadline if plan.next_at is None else plan.next_at) - now
        return Decision(asked, recheck / timedelta(minutes=1))

    def observe(self, kind: str, now: float, request: int, people: Any) -> None:
        """Count an answer."""
        if kind == "closed":
            return
        who = int(people[0])
        took = _instant(now) - self._sent[request, who].sent_at
        self._answers[who] += 1
        self._log_minutes[who] += log(max(1.0, took / timedelta(minutes=1)))
        self._yes[who] += kind in ("accept", "late")
        if kind == "accept":
            self._missions[who] += 1
            self.filled.add(request)

    def _crowd(self, view: Any) -> Crowd:
        ids = view.ids
        answers = self._answers[ids]
        days = view.now / (24 * 60)
        weeks = DEMAND_WEEKS * (1 - exp(-(days + 0.5) / (7 * DEMAND_WEEKS)))
        return Crowd(
            ids=[IDS[who] for who in ids.tolist()],
            walk_m=1000 * view.dist_km,
            max_walk_m=1000 * view.radius_km,
            met=view.familiar.astype(float),
            alerts_7d=view.alerts_7d.astype(float),
            alerts_today=view.alerts_today.astype(float),
            missions_7d=view.missions_7d.astype(float),
            missions_30d=view.missions_30d.astype(float),
            missions_90d=self._missions[ids],
            offers_seen=self._offers_seen[ids],
            yes=self._yes[ids],
            answers=answers,
            answer_min=np.exp(self._log_minutes[ids] / np.maximum(answers, 1)),
            demand=self._faded(ids, view.now) / weeks,
            planned=np.zeros(len(ids)),
        )

    def _lean(
        self, facts: OutingFacts, crowd: Crowd, view: Any, now: datetime, deadline: datetime
    ) -> None:
        left = open_time(now, deadline, self.policy, ZONE)
        found = outlook(facts, crowd, now, left, self.policy.chances)
        self._shares[view.ids] = self._faded(view.ids, view.now) + demand_shares(found)
        self._shares_at[view.ids] = view.now

    def _faded(self, ids: Any, now: float) -> Floats:
        age = (now - self._shares_at[ids]) / (WEEK_MIN * DEMAND_WEEKS)
        return np.asarray(self._shares[ids] * np.exp(-age), np.float64)


def make_policy(policy: WavePolicy | None = None) -> CityPolicy:
    """The product's policy, with its defaults or others to try."""
    return CityPolicy(WavePolicy() if policy is None else policy)


def _instant(minutes: float) -> datetime:
    return DAY_0 + timedelta(minutes=float(minutes))
