"""Days of the service played out with the demo's people: `compagnie simulate`.

Only people are made up. The store, the jobs and every rule are the service's own, on a clock that
is moved by hand and over a private database that is thrown away.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
from sqlmodel import col, select

from api.app import make_runtime, utc_now
from api.demo.manners import Crowd
from api.demo.messenger import DemoMessenger
from api.demo.run import demo_settings
from api.demo.score import Score, score
from api.demo.seed import seed
from matcher.domain.errors import DomainError
from matcher.domain.lifecycle import MissionStatus, OfferStatus
from matcher.jobs import bring_forward, make_job_app
from matcher.services import visits
from matcher.services.acceptance import accept_offer, decline_offer
from matcher.services.intake import book
from matcher.services.replies import YES, answer_key
from matcher.services.rounds import keep_daily_round
from matcher.services.work import Runtime, Work
from matcher.store.engine import Database, start_embedded
from matcher.store.tables import (
    ActorKind,
    Channel,
    FileStatus,
    MessageRow,
    MissionRow,
    OfferRow,
    SeniorRow,
)
from matcher.store.transitions import SYSTEM, Actor

STEP = timedelta(minutes=15)
"""How far the clock is moved at a time by day."""
MORNING, NIGHT = time(7), time(22)
REPORTS_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Story:
    """What is played.

    Attributes:
        days: how many, from next Monday.
        requests: asked a day.
        willing: how much likelier a yes is than usual; 0.5 is half as likely.
        seed: people behave the same with the same seed.
    """

    days: int = 7
    requests: float = 12.0
    willing: float = 1.0
    seed: int = 1


@dataclass(slots=True)
class _SteppedClock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


def simulate(story: Story, on_day: Callable[[int], None] = lambda _: None) -> Score:
    """Play the story; `on_day` is told of each day that is over."""
    folder = Path(tempfile.mkdtemp(prefix="compagnie-simulate-"))
    database = start_embedded(folder)
    try:
        return _Play(story, database, folder).run(on_day)
    finally:
        database.stop()
        shutil.rmtree(folder)


class _Play:
    def __init__(self, story: Story, database: Database, folder: Path) -> None:
        settings = demo_settings(0, folder)
        today = utc_now().astimezone(settings.zone).date()
        monday = today + timedelta(days=7 - today.weekday())
        ids = np.random.default_rng([story.seed, 0])
        self._story, self._database, self._zone = story, database, settings.zone
        self._clock = _SteppedClock(datetime.combine(monday, MORNING, settings.zone))
        self._crowd = Crowd(story.requests, story.willing, np.random.default_rng([story.seed, 1]))
        self._runtime: Runtime = make_runtime(
            settings,
            database,
            clock=self._clock,
            new_id=lambda: UUID(bytes=ids.bytes(16), version=4),
            messenger=DemoMessenger(),
        )

    def run(self, on_day: Callable[[int], None]) -> Score:
        began = self._clock.now
        seed(self._runtime)
        with self._runtime.begin(SYSTEM) as work:
            seniors = _list_seniors(work)
            keep_daily_round(work)
        for day in range(self._story.days):
            self._play_day(seniors)
            on_day(day + 1)
        with self._runtime.begin(SYSTEM) as work:
            found = score(work, began)
        self._runtime.engine.dispose()
        return found

    def _play_day(self, seniors: list[UUID]) -> None:
        day = self._clock.now.astimezone(self._zone).date()
        evening = datetime.combine(day, NIGHT, self._zone)
        while self._clock.now < evening:
            self._ask(seniors)
            self._answer_offers()
            self._answer_calls()
            self._go_out()
            self._move(self._clock.now + STEP)
        self._move(datetime.combine(day + timedelta(days=1), MORNING, self._zone))

    def _ask(self, seniors: list[UUID]) -> None:
        for booking in self._crowd.requests_now(seniors, self._clock.now, STEP, self._zone):
            with self._runtime.begin(SYSTEM) as work:
                book(work, booking)

    def _answer_offers(self) -> None:
        with self._runtime.begin(SYSTEM) as work:
            offers = work.session.exec(
                select(OfferRow)
                .where(OfferRow.status == OfferStatus.SENT.value)
                .order_by(col(OfferRow.sent_at), col(OfferRow.id))
            ).all()
        for offer in offers:
            fate = self._crowd.fate_of(offer)
            if fate.at is not None and fate.at <= self._clock.now:
                answer = accept_offer if fate.yes else decline_offer
                self._act(answer, offer.id, offer.volunteer_id)

    def _answer_calls(self) -> None:
        """Whoever is asked for a key presses 1; offers were answered already."""
        with self._runtime.begin(SYSTEM) as work:
            calls = work.session.exec(
                select(MessageRow)
                .where(
                    MessageRow.channel == Channel.CALL.value,
                    col(MessageRow.attempts) > 0,
                    col(MessageRow.repeat_until).is_not(None),
                    col(MessageRow.heard_at).is_(None),
                    col(MessageRow.failed_at).is_(None),
                    col(MessageRow.offer_id).is_(None),
                )
                .order_by(col(MessageRow.queued_at), col(MessageRow.id))
            ).all()
        for call in calls:
            if self._crowd.picks_up(call):
                with self._runtime.begin(Actor(ActorKind.CALLER)) as work:
                    answer_key(work, call.id, YES)

    def _go_out(self) -> None:
        with self._runtime.begin(SYSTEM) as work:
            missions = work.session.exec(
                select(MissionRow)
                .where(
                    col(MissionRow.volunteer_id).is_not(None), col(MissionRow.closed_at).is_(None)
                )
                .order_by(col(MissionRow.starts_at), col(MissionRow.id))
            ).all()
        for mission in missions:
            if mission.volunteer_id is not None:
                self._go_on(mission, mission.volunteer_id)

    def _go_on(self, mission: MissionRow, volunteer_id: UUID) -> None:
        crowd, now = self._crowd, self._clock.now
        manners, leaves_at = crowd.manners, crowd.leaves_at(mission)
        match MissionStatus(mission.status):
            case MissionStatus.ACCEPTED if leaves_at is not None and leaves_at <= now:
                self._act(visits.withdraw, mission.id, volunteer_id)
            case MissionStatus.ACCEPTED if mission.starts_at <= now:
                if not crowd.does(mission, "forget", manners.forgets_to_start):
                    self._act(visits.start, mission.id, volunteer_id)
            case MissionStatus.IN_PROGRESS if mission.ends_at <= now:
                self._act(visits.complete, mission.id, volunteer_id)
            case MissionStatus.COMPLETED if mission.ends_at + REPORTS_AFTER <= now:
                if crowd.does(mission, "report", manners.reports):
                    well = crowd.does(mission, "well", manners.went_well)
                    answer = "well" if well else "problem"
                    self._act(
                        lambda work, one, who: visits.report(work, one, who, answer, ""),
                        mission.id,
                        volunteer_id,
                    )

    def _act(
        self, act: Callable[[Work, UUID, UUID], object], what: UUID, volunteer_id: UUID
    ) -> None:
        """What a volunteer does, unless somebody else was first or the rules refuse it."""
        try:
            with self._runtime.begin(Actor(ActorKind.VOLUNTEER, volunteer_id)) as work:
                act(work, what, volunteer_id)
        except DomainError:
            return

    def _move(self, to: datetime) -> None:
        by, self._clock.now = to - self._clock.now, to
        with self._runtime.begin(SYSTEM) as work:
            bring_forward(work, by)
        asyncio.run(self._run_jobs())

    async def _run_jobs(self) -> None:
        jobs = make_job_app(self._runtime, self._database.conninfo)
        async with jobs.open_async():
            await jobs.run_worker_async(
                wait=False, concurrency=1, install_signal_handlers=False, listen_notify=False
            )


def _list_seniors(work: Work) -> list[UUID]:
    seniors = work.session.exec(
        select(SeniorRow)
        .where(SeniorRow.status == FileStatus.ACTIVE.value)
        .order_by(col(SeniorRow.id))
    )
    return [senior.id for senior in seniors if senior.home is not None]
