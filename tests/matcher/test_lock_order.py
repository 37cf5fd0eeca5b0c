"""Whoever answers by telephone and in the app at one instant waits; neither is thrown out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import select

from matcher.domain.lifecycle import MissionStatus
from matcher.domain.timeline import Question
from matcher.services import visits
from matcher.services.missions import lock_mission
from matcher.services.replies import Reply, answer_key
from matcher.services.volunteer_news import ask_volunteer
from matcher.services.work import Runtime
from matcher.store.tables import MessageRow, MissionRow
from matcher.store.transitions import SYSTEM
from tests.people import add_mission, add_senior, add_volunteer

pytestmark = pytest.mark.postgres

LOOKS = 20_000
SOMEBODY_WAITS = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def wait_until_somebody_waits(runtime: Runtime) -> None:
    for _ in range(LOOKS):
        with runtime.begin(SYSTEM) as work:
            if work.session.execute(SOMEBODY_WAITS).scalar_one():
                return
    raise AssertionError("nobody came to wait")


def asked_whether_they_are_there(runtime: Runtime) -> tuple[UUID, UUID, UUID]:
    """An outing whose hour has come, its volunteer, and the call that asks for a key."""
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, "+33639980011")
        mission = add_mission(
            work,
            add_senior(work),
            work.now - timedelta(minutes=10),
            status=MissionStatus.ACCEPTED.value,
            volunteer_id=volunteer.id,
            busy_from=work.now - timedelta(minutes=20),
            busy_until=work.now + timedelta(hours=2),
        )
        until = work.now + timedelta(hours=1)
        ask_volunteer(work, mission, Question.ARRIVED, "Vous êtes là ?", until, also_ring=True)
        asked = select(MessageRow.id).where(MessageRow.channel == "call")
        return mission.id, volunteer.id, work.session.exec(asked).one()


def test_a_key_and_the_app_at_one_instant_both_count(runtime: Runtime) -> None:
    mission_id, volunteer_id, message_id = asked_whether_they_are_there(runtime)

    def press() -> Reply | None:
        with runtime.begin(SYSTEM) as work:
            return answer_key(work, message_id, "1")

    with ThreadPoolExecutor(1) as pool:
        with runtime.begin(SYSTEM) as work:
            lock_mission(work, mission_id)
            pressed = pool.submit(press)
            wait_until_somebody_waits(runtime)
            visits.start(work, mission_id, volunteer_id)
        assert pressed.result() is not None
    with runtime.begin(SYSTEM) as work:
        mission = work.session.get_one(MissionRow, mission_id)
        message = work.session.get_one(MessageRow, message_id)
        assert mission.status == MissionStatus.IN_PROGRESS
        assert message.heard_at is not None
