"""Simultaneous acceptances: one winner each time, and no one in two places."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from sqlmodel import col, select

from matcher.domain.errors import MissionsOverlap, MissionTaken
from matcher.domain.lifecycle import HELD_MISSIONS, OfferStatus
from matcher.services.acceptance import accept_offer
from matcher.services.dispatch import ASKED_ELSEWHERE
from matcher.services.policies import WAVES
from matcher.services.timeline import advance
from matcher.services.visits import cancel
from matcher.services.work import Runtime, Work
from matcher.store.tables import ActorKind, MissionRow, OfferRow, SeniorRow, VolunteerRow
from matcher.store.transitions import SYSTEM, Actor
from tests.people import add_mission, add_offer, add_senior, add_volunteer

pytestmark = pytest.mark.postgres

RACES = int(os.environ.get("COMPAGNIE_TEST_RACES", "2000"))
SERIES = 4
CLIENTS = 16

Pair = tuple[UUID, UUID]
"""An offer and the volunteer it was made to."""


def race(runtime: Runtime, pairs: list[Pair], pool: ThreadPoolExecutor) -> Counter[str]:
    """Everyone says yes at once; what they were told."""
    start = Barrier(len(pairs))

    def accept(pair: Pair) -> str:
        offer_id, volunteer_id = pair
        start.wait()
        try:
            with runtime.begin(Actor(ActorKind.VOLUNTEER, volunteer_id)) as work:
                accept_offer(work, offer_id, volunteer_id)
        except MissionTaken:
            return "taken"
        except MissionsOverlap:
            return "overlap"
        return "won"

    return Counter(pool.map(accept, pairs))


@pytest.mark.parametrize("series", range(SERIES))
def test_of_sixteen_who_say_yes_at_once_exactly_one_wins_every_time(
    runtime: Runtime, series: int
) -> None:
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work)
        volunteers = [add_volunteer(work, f"+336399800{n:02d}") for n in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        for _ in range(RACES // SERIES):
            with runtime.begin(SYSTEM) as work:
                mission = add_mission(work, senior)
                pairs = [(add_offer(work, mission, one).id, one.id) for one in volunteers]
            assert race(runtime, pairs, pool) == {"won": 1, "taken": CLIENTS - 1}
            with runtime.begin(SYSTEM) as work:
                offers = work.session.exec(
                    select(OfferRow.status).where(OfferRow.mission_id == mission.id)
                ).all()
                held_by = work.session.get_one(MissionRow, mission.id).volunteer_id
                # The next race finds everybody free again.
                cancel(work, mission.id, "test")
            assert held_by in {one.id for one in volunteers}
            assert Counter(offers) == {OfferStatus.ACCEPTED: 1, OfferStatus.WITHDRAWN: CLIENTS - 1}


def test_somebody_who_says_yes_to_overlapping_outings_at_once_gets_one_of_them(
    runtime: Runtime,
) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, "+33639980001", weekly_cap=10)
        seniors = [add_senior(work, f"+331990000{n:02d}") for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(25):
            with runtime.begin(SYSTEM) as work:
                missions = [overlapping(work, senior, n) for n, senior in enumerate(seniors)]
                pairs = [(add_offer(work, one, volunteer).id, volunteer.id) for one in missions]
            assert race(runtime, pairs, pool) == {"won": 1, "overlap": 3}
            with runtime.begin(SYSTEM) as work:
                held = work.session.exec(
                    select(MissionRow).where(
                        col(MissionRow.status).in_([one.value for one in HELD_MISSIONS])
                    )
                ).all()
                assert len(held) == 1
                for one in missions:
                    cancel(work, one.id, "test")


def test_looks_at_one_instant_together_keep_to_the_caps(runtime: Runtime) -> None:
    looks = 8
    start = Barrier(looks)

    def look(mission_id: UUID) -> None:
        start.wait()
        with runtime.begin(SYSTEM) as work:
            advance(work, mission_id)

    with ThreadPoolExecutor(looks) as pool:
        for day in range(5):
            with runtime.begin(SYSTEM) as work:
                volunteer = add_volunteer(work, f"+3363998{day:04d}", weekly_cap=10)
                missions = [
                    add_mission(work, senior, work.now + timedelta(days=2 + n)).id
                    for n, senior in enumerate(
                        add_senior(work, f"+331990{day}{n:04d}") for n in range(looks)
                    )
                ]
            for _ in range(3):  # whoever was left out at one look is there at the next
                list(pool.map(look, missions))
            with runtime.begin(SYSTEM) as work:
                asked = work.session.exec(
                    select(OfferRow.mission_id).where(OfferRow.volunteer_id == volunteer.id)
                ).all()
                assert 1 <= len(asked) <= WAVES.urgent_day_cap
                for mission_id in missions:
                    cancel(work, mission_id, "test")
                volunteer = work.session.get_one(VolunteerRow, volunteer.id)
                volunteer.active = False


def test_whom_another_outing_is_asking_is_left_for_the_next_look(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        add_volunteer(work, "+33639980001")
        seniors = [add_senior(work, f"+331990000{n:02d}") for n in range(2)]
        first, second = (add_mission(work, senior).id for senior in seniors)
    with runtime.begin(SYSTEM) as asking:
        advance(asking, first)
        with runtime.begin(SYSTEM) as work:
            advance(work, second)
    with runtime.begin(SYSTEM) as work:
        assert work.session.exec(select(OfferRow.mission_id)).all() == [first]
        next_at = work.session.get_one(MissionRow, second).next_step_at
        assert next_at is not None
        assert next_at - work.now == ASKED_ELSEWHERE
        advance(work, second)
        assert set(work.session.exec(select(OfferRow.mission_id))) == {first, second}


def overlapping(work: Work, senior: SeniorRow, number: int) -> MissionRow:
    """Two-hour outings that start half an hour apart."""
    starts_at = work.now + timedelta(days=2, minutes=30 * number)
    return add_mission(work, senior, starts_at)
