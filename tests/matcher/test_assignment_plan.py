"""The coordinator's plan: best for everybody at once, by the rules of each, changing nothing."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from matcher.domain.assignment import Proof
from matcher.domain.errors import InvalidInput
from matcher.domain.lifecycle import OfferStatus
from matcher.domain.people import Purpose
from matcher.services.plan import Plan, propose_plan
from matcher.services.work import Runtime, Work
from matcher.store.tables import (
    AvailabilityWindowRow,
    BondKind,
    BondRow,
    EventRow,
    MissionRow,
    VolunteerRow,
)
from matcher.store.transitions import SYSTEM
from tests.people import (
    add_coordinator,
    add_mission,
    add_offer,
    add_senior,
    add_session,
    add_volunteer,
    give_mission,
)

NEXT_DOOR: dict[str, Any] = {"lat": 48.8706, "lon": 2.3170}


def week_ahead(work: Work) -> Plan:
    return propose_plan(work, work.now, work.now + timedelta(days=7))


def pairs(plan: Plan) -> set[tuple[UUID, UUID]]:
    return {(one.mission.id, one.volunteer.id) for one in plan.proposals}


def tomorrow(work: Work, hour: int) -> datetime:
    zone = work.runtime.settings.zone
    return datetime.combine(work.now.astimezone(zone).date() + timedelta(days=1), time(hour), zone)


def only_from(work: Work, volunteer: VolunteerRow, start: datetime, hours: int) -> None:
    work.session.add(
        AvailabilityWindowRow(
            id=work.new_id(),
            volunteer_id=volunteer.id,
            weekday=start.weekday(),
            start=start.time(),
            end=(start + timedelta(hours=hours)).time(),
        )
    )
    work.session.flush()


def test_whoever_can_do_only_one_outing_leaves_the_other_to_the_nearer_one(
    runtime: Runtime,
) -> None:
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work)
        morning, noon = tomorrow(work, 9), tomorrow(work, 14)
        near = add_volunteer(work, "+33612345678", **NEXT_DOOR, weekly_cap=1)
        only_morning = add_volunteer(work, "+33612345679", always_free=False)
        only_from(work, only_morning, morning, 3)
        first, second = add_mission(work, senior, morning), add_mission(work, senior, noon)
        plan = week_ahead(work)
    assert pairs(plan) == {(first.id, only_morning.id), (second.id, near.id)}
    assert (plan.left, plan.proof) == ((), Proof.OPTIMAL)
    assert plan.served == plan.bound == 4  # both medical


def test_a_medical_outing_comes_before_a_walk(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        senior, start = add_senior(work), tomorrow(work, 10)
        add_volunteer(work, "+33612345678")
        stroll = add_mission(work, senior, start, purpose=Purpose.WALK.value)
        doctor = add_mission(work, senior, start)
        plan = week_ahead(work)
    assert [one.mission.id for one in plan.proposals] == [doctor.id]
    assert [one.id for one in plan.left] == [stroll.id]
    assert (plan.served, plan.bound) == (2, 2)


def test_what_somebody_holds_already_counts_against_time_and_week(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        senior, start = add_senior(work), tomorrow(work, 10)
        volunteer = add_volunteer(work, "+33612345678", weekly_cap=2)
        give_mission(work, add_mission(work, senior, start), volunteer)
        add_mission(work, senior, start + timedelta(hours=2, minutes=5))
        later = [add_mission(work, senior, start + timedelta(hours=h)) for h in (4, 7)]
        plan = week_ahead(work)
    [one] = plan.proposals
    assert one.mission.id in {mission.id for mission in later}
    assert len(plan.left) == 2


@pytest.mark.parametrize(
    ("status", "proposed"),
    [(OfferStatus.SENT, True), (OfferStatus.DECLINED, False), (OfferStatus.EXPIRED, False)],
)
def test_a_no_is_respected_and_an_unanswered_offer_is_none(
    runtime: Runtime, status: OfferStatus, proposed: bool
) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, "+33612345678")
        mission = add_mission(work, add_senior(work))
        add_offer(work, mission, volunteer, status=status.value)
        assert bool(week_ahead(work).proposals) is proposed


@pytest.mark.parametrize("kind", [BondKind.SENIOR_REFUSES, BondKind.VOLUNTEER_REFUSES])
def test_people_who_would_rather_not_meet_are_not_put_together(
    runtime: Runtime, kind: BondKind
) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer, senior = add_volunteer(work, "+33612345678"), add_senior(work)
        add_mission(work, senior)
        work.session.add(
            BondRow(senior_id=senior.id, volunteer_id=volunteer.id, kind=kind.value, since=work.now)
        )
        work.session.flush()
        assert week_ahead(work).proposals == ()


def test_who_is_paused_unvetted_or_too_far_is_not_proposed(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        add_volunteer(work, "+33612345678", active=False)
        add_volunteer(work, "+33612345679", vetted=False)
        add_volunteer(work, "+33612345680", max_walk_m=200)
        mission = add_mission(work, add_senior(work))
        plan = week_ahead(work)
    assert [one.id for one in plan.left] == [mission.id]
    assert (plan.served, plan.bound, plan.proof) == (0, 0, Proof.OPTIMAL)


def test_only_the_period_is_planned_and_it_has_an_end(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        add_volunteer(work, "+33612345678")
        add_mission(work, add_senior(work), work.now + timedelta(days=8))
        assert week_ahead(work) == Plan((), (), 0, 0, 0, Proof.OPTIMAL)
        with pytest.raises(InvalidInput):
            propose_plan(work, work.now, work.now)
        with pytest.raises(InvalidInput):
            propose_plan(work, work.now, work.now + timedelta(days=32))


def test_a_coordinator_gets_a_plan_and_nothing_has_changed(
    client: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        headers = add_session(work, add_coordinator(work))
        volunteer = add_volunteer(work, "+33612345678")
        mission = add_mission(work, add_senior(work))
        period = {
            "from": work.now.isoformat(),
            "to": (work.now + timedelta(days=7)).isoformat(),
        }
        before = len(work.session.exec(select(EventRow)).all())
    answer = client.post("/v1/coordination/plan", json=period, headers=headers)
    assert answer.status_code == 200
    plan = answer.json()
    [proposal] = plan["proposals"]
    assert proposal["mission"]["id"] == str(mission.id)
    assert proposal["volunteer"]["id"] == str(volunteer.id)
    assert (plan["proof"], plan["left"], plan["served"], plan["bound"]) == ("optimal", [], 2, 2)
    with runtime.begin(SYSTEM) as work:
        assert work.session.get_one(MissionRow, mission.id).status == "open"
        assert len(work.session.exec(select(EventRow)).all()) == before
    backwards = {"from": period["to"], "to": period["from"]}
    refused = client.post("/v1/coordination/plan", json=backwards, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid")
