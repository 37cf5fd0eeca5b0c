"""The whole service over one database, put back to its few people between sequences of a test.

Three seniors (a landline, a mobile, no telephone) and eight volunteers (two of them landlines)
stay; whatever happened to them is deleted. A database of its own would cost each sequence half a
second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from fastapi import FastAPI
from sqlalchemy import Connection, event, text
from sqlmodel import SQLModel, col, select

from api.app import create_app
from matcher.domain.addresses import AddressFound, AddressMatch, Confidence
from matcher.domain.geo import Point, walking_time_s
from matcher.domain.lifecycle import HELD_MISSIONS
from matcher.services.roll import address_of
from matcher.services.work import Runtime
from matcher.settings import Settings
from matcher.store.engine import Database
from matcher.store.tables import MessageRow, MissionRow
from matcher.store.transitions import SYSTEM
from tests.due_jobs import DueJobs
from tests.fakes import CountingIds, FakeClock
from tests.faults import (
    Delivery,
    FaultPlan,
    FaultyGeocoder,
    FaultyMessenger,
    FaultyPusher,
    FaultyTravelTimes,
)
from tests.people import FAUBOURG, NEARBY, add_senior, add_volunteer

HOME = address_of(dict(FAUBOURG))
ELSEWHERE = replace(HOME, number=57, point=Point(48.8745, 2.3200))
"""Another door of the neighbourhood, some 500 m from home."""
NEXT_DOOR = replace(HOME, number=59, point=Point(48.8706, 2.3171))
"""The same street, a few steps on."""
VOLUNTEERS = (*(f"+336399800{n:02d}" for n in range(6)), "+33199000050", "+33199000051")
SENIORS = ("+33199000001", "+33639981002", None)

STAYS = {
    "senior", "volunteer", "availability_window", "vetting_check", "address", "zone", "population",
    "place",
}  # fmt: skip
HAPPENED = (
    *(table.name for table in reversed(SQLModel.metadata.sorted_tables) if table.name not in STAYS),
    "procrastinate_events",
    "procrastinate_jobs",
)
"""What one sequence leaves behind would make the next one another."""

WROTE = text("SELECT pg_current_xact_id_if_assigned()::text")
NOBODY_SUSPENDED = "UPDATE volunteer SET active = true WHERE NOT active"
STRANGERS = "DELETE FROM senior WHERE NOT id = ANY(%s)"


class _KnowsTheDoor:
    """Finds every address where it was said to be."""

    def find(self, text: str) -> AddressMatch:
        return AddressFound(HOME, Confidence.SURE)


class _WalksTheStreets:
    """A route service: every way is as long as the estimate for one bank of the river has it."""

    def list_walking_times_s(
        self, starts: Sequence[Point], end: Point, pace_kmh: float
    ) -> Sequence[float | None]:
        return [walking_time_s(start, end, pace_kmh) for start in starts]


class WholeService:
    """Production wiring with fakes outside, and the jobs at the fake clock."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.clock = FakeClock()
        self.ids = CountingIds()
        self.messenger = FaultyMessenger(self.clock)
        self.pusher = FaultyPusher(self.messenger)
        self.geocoder = FaultyGeocoder(_KnowsTheDoor())
        self.routes = FaultyTravelTimes(_WalksTheStreets())
        self.app: FastAPI = create_app(
            settings,
            database=database,
            clock=self.clock,
            new_id=self.ids,
            messenger=self.messenger,
            second_opinion=self.geocoder,
            travel_times=self.routes,
            pusher=self.pusher,
        )
        self.runtime: Runtime = self.app.state.runtime
        self.jobs = DueJobs(self.runtime, database.conninfo, self.clock)
        self.messenger.witness = self._see_whether_true
        self.untrue: list[Delivery] = []
        self.breaks = 0
        event.listen(self.runtime.engine, "commit", self._break)
        self.volunteers, self.seniors = self._enrol()
        self.enrolled = self.ids.last

    def reset(self, now: datetime) -> None:
        """As if nothing had happened yet, at the aware instant `now`."""
        with self.jobs.connection.transaction():
            for table in HAPPENED:
                self.jobs.connection.execute(f"DELETE FROM {table}")  # type: ignore[call-overload]
            self.jobs.connection.execute(STRANGERS, [self.seniors])
            self.jobs.connection.execute(NOBODY_SUSPENDED)
        self.clock.now = now
        self.messenger.plan, self.messenger.taken, self.untrue = FaultPlan(), [], []
        self.pusher.plan = self.geocoder.plan = self.routes.plan = FaultPlan()
        self.breaks = 0
        self.jobs.begin()
        self.ids.last = self.enrolled

    def end_faults(self) -> None:
        self.messenger.plan.end()
        self.pusher.plan.end()
        self.geocoder.plan.end()
        self.routes.plan.end()
        self.jobs.deaths = self.breaks = 0

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """What a query answers, outside any transaction of the service's."""
        cursor: psycopg.Cursor[dict[str, Any]] = self.jobs.connection.cursor()
        return cursor.execute(query, values).fetchall()  # type: ignore[call-overload, no-any-return]

    def close(self) -> None:
        self.jobs.close()
        self.runtime.engine.dispose()

    def _break(self, connection: Connection) -> None:
        """The server ends so many of the next transactions that wrote something."""
        if self.breaks == 0 or connection.execute(WROTE).scalar() is None:
            return
        self.breaks -= 1
        driver: Any = connection.connection.driver_connection
        self.rows("SELECT pg_terminate_backend(%s, 5000)", driver.info.backend_pid)

    def _see_whether_true(self, taken: Delivery) -> None:
        """What is taken may say who comes only while that person does, then and there."""
        with self.runtime.begin(SYSTEM) as work:
            tried = work.session.exec(
                select(
                    MessageRow.text, MissionRow.status, MissionRow.agreement == MessageRow.agreement
                )
                .join(MissionRow, col(MissionRow.id) == MessageRow.mission_id)
                .where(
                    MessageRow.recipient_index == self.runtime.keyring.index(taken.to),
                    col(MessageRow.trying_at).is_not(None),
                    col(MessageRow.agreement).is_not(None),
                )
            ).all()
        stands = [
            status in HELD_MISSIONS and same for text, status, same in tried if text == taken.text
        ]
        if stands and not any(stands):
            self.untrue.append(taken)

    def _enrol(self) -> tuple[list[UUID], list[UUID]]:
        with self.runtime.begin(SYSTEM) as work:
            volunteers = [
                add_volunteer(
                    work,
                    number,
                    lat=NEARBY[0] + 0.001 * n,
                    skills=["wheelchair"] if n % 2 else [],
                    weekly_cap=2 + n % 2,
                ).id
                for n, number in enumerate(VOLUNTEERS)
            ]
            seniors = [add_senior(work, number or "+33199000009") for number in SENIORS]
            for senior, number in zip(seniors, SENIORS, strict=True):
                if number is None:
                    senior.phone = senior.phone_index = None
            return volunteers, [senior.id for senior in seniors]
