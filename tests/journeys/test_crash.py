"""The plug is pulled, or Ctrl-C is pressed: nothing that was said is lost."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest

from phone.simulator.caller import Caller
from phone.simulator.signed import signed_post
from tests.journeys.processes import Demo, eventually

LINE = "+33185000000"
ANSWERS = ("une sortie", "un rendez-vous médical", "demain à quinze heures", "oui", "oui")


@pytest.fixture
def demo() -> Iterator[Demo]:
    folder = Path(tempfile.mkdtemp(prefix="compagnie-crash-"))
    demo = Demo(folder)
    demo.start()
    yield demo
    if demo.process is not None and demo.process.poll() is None:
        demo.interrupt()
    shutil.rmtree(folder)


def in_the_morning(demo: Demo) -> None:
    """Move the demo on to nine o'clock: nobody is asked at night."""
    now = datetime.now(ZoneInfo("Europe/Paris"))
    nine = now.replace(hour=9, minute=0, second=0)
    demo.advance((nine - now).total_seconds() % (24 * 3600))


@pytest.fixture
def http() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=15) as client:
        yield client


def ring(demo: Demo, http: httpx2.Client, number: str) -> Caller:
    caller = Caller(signed_post(http, demo.url, "demo"), status_url="/phone/status")
    caller.ring(number, LINE)
    return caller


def offers_sent(demo: Demo) -> list[str]:
    messages = demo.get("/demo/messages")
    assert isinstance(messages, list)
    return [one["text"] for one in messages if "aimerait sortir" in one["text"]]


def test_a_server_killed_after_it_said_recorded_still_sends_the_offers_when_it_is_back(
    demo: Demo, http: httpx2.Client
) -> None:
    in_the_morning(demo)
    people = demo.get("/demo/people")
    assert isinstance(people, dict)
    senior = people["seniors"][0]
    before = len(offers_sent(demo))
    caller = ring(demo, http, senior["phone"])
    for answer in ANSWERS:
        caller.say(answer)
    demo.kill()
    assert any("enregistré" in sentence for sentence in caller.heard)
    assert demo.postgres_runs(), "PostgreSQL outlives its owner"
    demo.start()
    assert eventually(lambda: len(offers_sent(demo)) > before, within_s=150)


def test_a_call_goes_on_where_it_was_after_the_server_was_killed_at_every_step(
    demo: Demo, http: httpx2.Client
) -> None:
    people = demo.get("/demo/people")
    assert isinstance(people, dict)
    caller = ring(demo, http, people["seniors"][1]["phone"])
    for answer in ANSWERS:
        demo.kill()
        demo.start()
        caller.say(answer)
    assert any("enregistré" in sentence for sentence in caller.heard)


def test_ctrl_c_stops_everything_and_the_next_start_finds_the_data_again(demo: Demo) -> None:
    before = demo.get("/demo/people")
    assert demo.postgres_runs()
    demo.interrupt()
    assert not demo.postgres_runs()
    demo.start()
    assert demo.get("/demo/people") == before
