"""The whole product against the bare kernel: every rule, component and reason, on RANK's people."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from statistics import median
from uuid import UUID

import numpy as np

from bench.crowd import NEAREST, Kind, Request, make_crowd, make_requests
from bench.peers import OurGrid
from bench.people import (
    NOW,
    ZONE,
    as_volunteers,
    make_member,
    make_members,
    make_outings,
    on_left_bank,
    walk,
)
from matcher.domain.eligibility import EligibilityPolicy, sift
from matcher.domain.geo import Point
from matcher.domain.people import Need, Outing, Purpose, Senior
from matcher.domain.ranking import RankingPolicy, rank
from matcher.roster import Roster

MONDAY = datetime(2026, 10, 19, tzinfo=ZONE)
COMMON_NEED = frozenset({Need.WHEELCHAIR})
"""What calls for the skill three in five have, as the kernel's request does."""


def measure_product(size: int, count: int) -> dict[str, float]:
    """Microseconds at the median for the bare kernel and for the product, and their ratio.

    The common requests of RANK; the product's people have nothing a column could not say. With
    people of whom half have odd hours, exceptions, promises or refusals: `mixed_us`.
    """
    crowd = make_crowd(size)
    requests = make_requests(Kind.COMMON, count)
    outings = [_outing(number, request) for number, request in enumerate(requests)]
    kernel = OurGrid(crowd)
    plain = Roster(make_members(crowd, plain=True), ZONE)
    mixed = Roster(make_members(crowd), ZONE)
    bare, whole, odd = [], [], []
    for request, outing in zip(requests, outings, strict=True):
        left_bank = on_left_bank(outing.meeting_point)
        bare.append(_quickest(partial(kernel.ask, request)))
        whole.append(_quickest(partial(plain.nearest, outing, NOW, left_bank=left_bank)))
        odd.append(_quickest(partial(mixed.nearest, outing, NOW, left_bank=left_bank)))
    return {
        "bare_us": round(median(bare) * 1e6, 1),
        "whole_us": round(median(whole) * 1e6, 1),
        "mixed_us": round(median(odd) * 1e6, 1),
        "ratio": round(median(whole) / median(bare), 2),
    }


def verify_product(size: int, count: int) -> None:
    """Compare the roster with the rules over everybody, after changes: ids, order, scores, words.

    Raises:
        AssertionError: one answer differs.
    """
    crowd = make_crowd(size)
    members = make_members(crowd)
    roster = Roster(members, ZONE)
    rng = np.random.default_rng(13)
    for scarce in (False, True):
        for outing in make_outings(count, size, scarce=scarce):
            for place in rng.integers(size, size=10).tolist():
                members[place] = make_member(crowd, place, rng)
                roster.put(members[place])
            found = roster.nearest(outing, NOW, left_bank=on_left_bank(outing.meeting_point))
            kept = sift(
                outing,
                as_volunteers(members, outing),
                now=NOW,
                zone=ZONE,
                walk=walk,
                policy=EligibilityPolicy(),
            ).kept
            ranked = rank(outing, kept, now=NOW, walk=walk, policy=RankingPolicy(), zone=ZONE)
            ours = [(one.volunteer_id, one.reasons) for one in found]
            theirs = [(one.volunteer.id, one.reasons) for one in ranked[: len(found)]]
            scores = [one.score for one in found], [one.score for one in ranked[: len(found)]]
            if (
                ours != theirs
                or len(found) != min(len(ranked), NEAREST)
                or not np.allclose(*scores, rtol=0, atol=1e-9)
            ):
                raise AssertionError(f"{outing.id}: {ours} is not {theirs}")
        kind = "scarce" if scarce else "common"
        print(f"{size} volunteers, {count} {kind} outings: the same people, order, scores, words")


def _quickest(ask: Callable[[], object], tries: int = 3) -> float:
    """Seconds of the quickest of a few tries."""
    times = []
    for _ in range(tries):
        started = time.perf_counter()
        ask()
        times.append(time.perf_counter() - started)
    return min(times)


def _outing(number: int, request: Request) -> Outing:
    """The same request a week later, from somebody who speaks French and knows nobody yet."""
    point = Point(request.lat, request.lon)
    start = MONDAY + timedelta(days=7 + request.weekday, minutes=30 * request.first)
    return Outing(
        id=UUID(int=number),
        senior=Senior(id=UUID(int=1 << 64), home=point, needs=COMMON_NEED),
        meeting_point=point,
        starts_at=start,
        ends_at=start + timedelta(minutes=30 * (request.last - request.first)),
        purpose=Purpose.WALK,
    )
