"""First offers with and without a look at the other outings of the same hours.

    python -m bench.rivals [--json] [--short]

A town of `bench.town` and one crowded afternoon: outings asked for over a day beforehand, waves by
the product's policy, people who say yes as often as it believes of them on average, each with a
chance of their own, and take one outing of these hours. The same seeds are played twice: waves
that look at their own outing alone, and waves that heed the best plan for all (`domain/rivals`).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import mean, median
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from bench.command import main_of
from bench.machine import describe, in_one_line, versions
from bench.town import DETOUR, M_PER_S, Outings, Reach, make_outings, make_volunteers
from matcher.domain.geo import Point
from matcher.domain.people import Outing, Purpose, Senior
from matcher.domain.rivals import ENOUGH, heed, share_out
from matcher.domain.waves import (
    Candidate,
    OutingFacts,
    Pending,
    WavePolicy,
    hand_over_at,
    plan_wave,
)

POLICY = WavePolicy()
ZONE = ZoneInfo("UTC")
DAY = datetime(2026, 11, 24, tzinfo=UTC)
ASKED_FROM = DAY - timedelta(hours=15)
ASKED_OVER_H = 10.0
RIVALS = 30
NOWHERE = Point(48.85, 2.35)
OUTINGS = 120
TOWNS = {"few": 250, "some": 500, "many": 1500}


@dataclass
class Request:
    """One outing and what has come of it."""

    outing: Outing
    facts: OutingFacts
    opened_at: datetime
    deadline: datetime
    near: list[tuple[int, float]]
    asked: dict[int, Pending] = field(default_factory=dict)
    declined: set[int] = field(default_factory=set)
    filled_at: datetime | None = None


class Afternoon:
    """One town's afternoon, played once."""

    def __init__(self, people: int, seed: int, *, heeding: bool) -> None:
        self._heeding = heeding
        self._rng = np.random.default_rng((seed, people))
        self._volunteers = make_volunteers(people, seed)
        # Somebody who says yes about as often as a newcomer is believed to, and seven who do not.
        self._willing = self._rng.beta(1.2, 1.8, people)
        self._requests = self._ask(make_outings(8 * OUTINGS, 1, seed + 1))
        # What each would answer to each outing, and how late: the same both ways.
        self._mood = self._rng.random((OUTINGS, people))
        self._delay_min = self._rng.exponential(36 / np.log(2), (OUTINGS, people))
        self._alerts = np.zeros(people, dtype=np.int64)
        self._holding: set[int] = set()
        self._events: list[tuple[datetime, int, int, int]] = []
        self._counter = 0

    def play(self) -> dict[str, float]:
        """All of it; what became of the requests."""
        for number, request in enumerate(self._requests):
            self._push(request.opened_at, number, -1)
        while self._events:
            now, _, number, who = heapq.heappop(self._events)
            request = self._requests[number]
            if request.filled_at is None and now < request.deadline:
                if who < 0:
                    self._look(now, number)
                else:
                    self._answer(now, number, who)
        filled = [one for one in self._requests if one.filled_at is not None]
        waits = [
            (one.filled_at - one.opened_at).total_seconds() / 60 for one in filled if one.filled_at
        ]
        return {
            "filled": len(filled) / len(self._requests),
            "offers_a_fill": sum(len(one.asked) for one in self._requests) / max(1, len(filled)),
            "minutes_to_yes": median(waits) if waits else 0.0,
        }

    def _ask(self, drawn: Outings) -> list[Request]:
        reach = Reach(self._volunteers, drawn)
        found: list[Request] = []
        for number in np.flatnonzero(drawn.part == 1)[:OUTINGS].tolist():
            people, walks_s = reach.everybody(number)
            start = DAY + timedelta(seconds=float(drawn.starts_s[number]))
            opened = ASKED_FROM + timedelta(hours=float(self._rng.uniform(0, ASKED_OVER_H)))
            outing = Outing(
                id=UUID(int=10**6 + number),
                senior=Senior(id=UUID(int=10**7 + number), home=NOWHERE),
                meeting_point=NOWHERE,
                starts_at=start,
                ends_at=DAY + timedelta(seconds=float(drawn.ends_s[number])),
                purpose=Purpose.WALK,
            )
            near = list(zip(people.tolist(), walks_s.tolist(), strict=True))
            facts = OutingFacts(start, opened_at=opened)
            deadline = hand_over_at(start, opened, POLICY)
            found.append(Request(outing, facts, opened, deadline, near))
        return found

    def _look(self, now: datetime, number: int) -> None:
        request = self._requests[number]
        walks = {who: walk_s for who, walk_s in request.near if self._free(request, who)}
        candidates = [
            self._candidate(who, walk_s)
            for who, walk_s in walks.items()
            if who not in request.asked
        ]
        if self._heeding:
            candidates = heed(candidates, request.outing.id, self._share_out(now, request))
        pending = [one for who, one in request.asked.items() if who not in request.declined]
        plan = plan_wave(request.facts, candidates, pending, now, request.deadline, POLICY, ZONE)
        for asked, expected in zip(plan.ask, plan.expectations, strict=True):
            who = asked.int
            request.asked[who] = Pending(now, expected.chance)
            self._alerts[who] += 1
            answer_at = now + timedelta(minutes=float(self._delay_min[number, who]))
            self._push(answer_at, number, who)
        if plan.next_at is not None:
            self._push(plan.next_at, number, -1)

    def _answer(self, now: datetime, number: int, who: int) -> None:
        request = self._requests[number]
        walk_m = dict(request.near)[who] * M_PER_S / DETOUR
        reach_m = float(self._volunteers.reach_m[who])
        yes = self._willing[who] * np.exp(-POLICY.chances.distance_cost * walk_m / reach_m)
        if who not in self._holding and self._mood[number, who] < yes:
            request.filled_at = now
            self._holding.add(who)
        else:
            request.declined.add(who)

    def _share_out(self, now: datetime, request: Request) -> dict[UUID, UUID]:
        rivals = [
            one
            for one in self._requests
            if one is not request and one.filled_at is None and one.opened_at <= now < one.deadline
        ]
        rivals.sort(key=lambda one: abs(one.outing.starts_at - request.outing.starts_at))
        all_of = [request, *rivals[:RIVALS]]
        most = max(len(all_of), ENOUGH)
        nearest = [
            [(UUID(int=who), walk_s) for who, walk_s in one.near if self._free(one, who)][:most]
            for one in all_of
        ]
        return share_out([one.outing for one in all_of], [1] * len(all_of), nearest)

    def _free(self, request: Request, who: int) -> bool:
        return who not in self._holding and who not in request.declined

    def _candidate(self, who: int, walk_s: float) -> Candidate:
        recent = int(self._volunteers.recent[who])
        return Candidate(
            UUID(int=who),
            walk_m=walk_s * M_PER_S / DETOUR,
            max_walk_m=float(self._volunteers.reach_m[who]),
            alerts_7d=int(self._alerts[who]),
            alerts_today=int(self._alerts[who]),
            missions_30d=recent,
            missions_90d=2 * recent,
        )

    def _push(self, at: datetime, number: int, who: int) -> None:
        self._counter += 1
        heapq.heappush(self._events, (at, self._counter, number, who))


def run(short: bool) -> dict[str, Any]:
    """Every town both ways."""
    seeds = range(101, 104 if short else 121)
    towns = {}
    for name, people in TOWNS.items():
        played = {
            way: [Afternoon(people, seed, heeding=way == "heeding").play() for seed in seeds]
            for way in ("alone", "heeding")
        }
        towns[name] = {
            "volunteers": people,
            **{
                way: {what: round(mean(one[what] for one in found), 3) for what in found[0]}
                for way, found in played.items()
            },
            "better_on": sum(
                one["filled"] > other["filled"]
                for one, other in zip(played["heeding"], played["alone"], strict=True)
            ),
            "worse_on": sum(
                one["filled"] < other["filled"]
                for one, other in zip(played["heeding"], played["alone"], strict=True)
            ),
        }
    return {
        "bench": "rivals",
        "machine": describe(),
        "versions": versions("numpy", "scipy"),
        "outings": OUTINGS,
        "seeds": len(seeds),
        "planning": POLICY.planning,
        "towns": towns,
    }


def _show(found: dict[str, Any]) -> None:
    print(in_one_line(found["machine"]), found["versions"])
    print(f"{found['outings']} outings of one afternoon, mean of {found['seeds']} seeds")
    for name, town in found["towns"].items():
        better, worse = town["better_on"], town["worse_on"]
        print(
            f"\n{name}, {town['volunteers']} volunteers: more on {better} seeds, fewer on {worse}"
        )
        for way in ("alone", "heeding"):
            print(f"  {way:8}", ", ".join(f"{what} {value}" for what, value in town[way].items()))


def main() -> None:
    """The command."""
    main_of("bench.rivals", __doc__, run, _show, "three seeds instead of twenty")


if __name__ == "__main__":
    main()
