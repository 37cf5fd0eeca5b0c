"""Outings of the same hours: whom each could be given, and what that does to the first offers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from matcher.domain.geo import Point
from matcher.domain.lifecycle import OfferStatus
from matcher.domain.people import Outing, Purpose, Senior
from matcher.domain.rivals import heed, share_out
from matcher.domain.waves import Candidate, OutingFacts, WavePolicy, plan_wave
from matcher.services.rivals import MOST_RIVALS, heed_rivals
from matcher.services.work import Job, Runtime, Work
from matcher.store.tables import MissionRow, OfferRow, VolunteerRow
from matcher.store.transitions import SYSTEM
from tests.conftest import Worker
from tests.people import NEARBY, add_mission, add_offer, add_senior, add_volunteer

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
DOOR = Point(48.8700, 2.3170)
FURTHER = {"lat": 48.8760, "lon": 2.3100}
GUIDES = {"skills": ["guiding"]}


def outing(number: int, hours: float = 30) -> Outing:
    return Outing(
        id=UUID(int=100 + number),
        senior=Senior(id=UUID(int=50), home=DOOR),
        meeting_point=DOOR,
        starts_at=NOW + timedelta(hours=hours),
        ends_at=NOW + timedelta(hours=hours + 2),
        purpose=Purpose.WALK,
    )


def somebody(number: int) -> UUID:
    return UUID(int=number)


# The rule.


def test_whoever_only_one_outing_could_have_is_left_to_it() -> None:
    first, second = outing(1), outing(2)
    shared = share_out(
        [first, second], [1, 1], [[(somebody(1), 300), (somebody(2), 900)], [(somebody(1), 600)]]
    )
    assert shared == {first.id: somebody(2), second.id: somebody(1)}


def test_a_medical_outing_has_the_only_one_there_is() -> None:
    stroll, doctor = outing(1), outing(2)
    shared = share_out([stroll, doctor], [1, 2], [[(somebody(1), 60)], [(somebody(1), 900)]])
    assert shared == {doctor.id: somebody(1)}


@given(
    st.lists(
        st.dictionaries(st.integers(1, 5), st.integers(1, 40), max_size=4), min_size=1, max_size=4
    )
)
def test_as_many_are_served_as_could_be_with_the_least_walking(
    walks_min: list[dict[int, int]],
) -> None:
    outings = [outing(number) for number in range(len(walks_min))]
    nearest = [
        sorted(
            ((somebody(who), 60.0 * walk) for who, walk in one.items()), key=lambda pair: pair[1]
        )
        for one in walks_min
    ]
    shared = share_out(outings, [1] * len(outings), nearest)
    walked = sum(
        walks_min[n][shared[one.id].int] for n, one in enumerate(outings) if one.id in shared
    )
    assert len(set(shared.values())) == len(shared)
    everyone = [*range(1, 6), *[0] * len(outings)]
    best = max(
        (
            sum(who in one for who, one in zip(order, walks_min, strict=True)),
            -sum(one.get(who, 0) for who, one in zip(order, walks_min, strict=True)),
        )
        for order in permutations(everyone, len(outings))
    )
    assert (len(shared), -walked) == best


def first_asked(*candidates: Candidate) -> UUID:
    plan = plan_wave(
        OutingFacts(NOW + timedelta(days=3)),
        candidates,
        [],
        NOW,
        NOW + timedelta(days=2),
        WavePolicy(),
        PARIS,
    )
    return plan.ask[0]


def test_the_one_kept_for_this_outing_is_asked_before_the_one_kept_for_another() -> None:
    near = Candidate(somebody(1), walk_m=300)
    far = Candidate(somebody(2), walk_m=500)
    here, there = outing(1), outing(2)
    assert first_asked(near, far) == near.volunteer_id
    shared = {here.id: far.volunteer_id, there.id: near.volunteer_id}
    assert first_asked(*heed([near, far], here.id, shared)) == far.volunteer_id
    assert first_asked(*heed([near, far], there.id, shared)) == near.volunteer_id


def test_a_plan_does_not_put_somebody_first_who_would_hardly_say_yes() -> None:
    likely = Candidate(somebody(1), walk_m=300)
    silent = replace(Candidate(somebody(2), walk_m=300), offers_seen=12.0, planned=1.0)
    assert first_asked(likely, silent) == likely.volunteer_id


# The service.


def both(work: Work) -> tuple[VolunteerRow, VolunteerRow]:
    """Somebody near who can do everything, and somebody further who guides nobody."""
    near = add_volunteer(work, "+33639980001", **GUIDES, max_walk_m=6000)
    far = add_volunteer(work, "+33639980002", **FURTHER, max_walk_m=6000)
    return near, far


def rivals(work: Work, hours_apart: float = 0.5) -> tuple[MissionRow, MissionRow]:
    """A walk anybody can do, and one for somebody who cannot see."""
    senior, start = add_senior(work), work.now + timedelta(days=4)
    anybody = add_mission(work, senior, start)
    guided = add_mission(work, senior, start + timedelta(hours=hours_apart), needs=["visual"])
    return anybody, guided


def order_of(runtime: Runtime, mission: MissionRow, *volunteers: VolunteerRow) -> list[float]:
    with runtime.begin(SYSTEM) as work:
        heeded = heed_rivals(
            work,
            work.session.get_one(MissionRow, mission.id),
            [Candidate(one.id, walk_m=400) for one in volunteers],
        )
    return [one.planned for one in heeded]


def test_the_first_offer_leaves_the_only_guide_to_who_needs_one(
    runtime: Runtime, worker: Worker
) -> None:
    with runtime.begin(SYSTEM) as work:
        near, far = both(work)
        anybody, guided = rivals(work)
        for mission in (anybody, guided):
            mission.next_step_at = work.now
            work.session.add(mission)
            work.defer(Job.ADVANCE_MISSION, mission_id=str(mission.id), due=work.now.isoformat())
    worker.run()
    with runtime.begin(SYSTEM) as work:
        asked = {
            (offer.mission_id, offer.volunteer_id) for offer in work.session.exec(select(OfferRow))
        }
    assert asked == {(anybody.id, far.id), (guided.id, near.id)}


def test_without_a_rival_in_the_same_hours_nothing_is_planned(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        near, far = both(work)
        anybody, _ = rivals(work, hours_apart=4)
    assert order_of(runtime, anybody, near, far) == [0.0, 0.0]


@pytest.mark.parametrize(
    ("status", "planned"), [(OfferStatus.SENT, [-1.0, 1.0]), (OfferStatus.DECLINED, [1.0, 0.0])]
)
def test_an_unanswered_offer_of_a_rival_still_counts_and_a_no_does_not(
    runtime: Runtime, status: OfferStatus, planned: list[float]
) -> None:
    with runtime.begin(SYSTEM) as work:
        near, far = both(work)
        anybody, guided = rivals(work)
        add_offer(work, guided, near, status=status.value)
    assert order_of(runtime, anybody, near, far) == planned


def test_many_rivals_are_looked_at_up_to_a_number(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        near = add_volunteer(work, "+33639980001", lat=NEARBY[0])
        senior, start = add_senior(work), work.now + timedelta(days=4)
        missions = [
            add_mission(work, senior, start + timedelta(minutes=n)) for n in range(MOST_RIVALS + 5)
        ]
    assert order_of(runtime, missions[0], near) in ([1.0], [-1.0])
