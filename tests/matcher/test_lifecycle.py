"""Every step of the tables is taken, every other is refused."""

from __future__ import annotations

from datetime import datetime
from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from matcher.domain.errors import TransitionRefused
from matcher.domain.lifecycle import (
    HELD_MISSIONS,
    LIVE_MISSIONS,
    MISSION_TRANSITIONS,
    OFFER_TRANSITIONS,
    MissionEvent,
    MissionStatus,
    OfferEvent,
    OfferStatus,
    apply,
)
from tests.strategies import NOW

MISSION_STEPS = set(product(MissionStatus, MissionEvent))
OFFER_STEPS = set(product(OfferStatus, OfferEvent))


@pytest.mark.parametrize(("status", "event"), sorted(MISSION_TRANSITIONS))
def test_a_mission_takes_every_step_of_its_table(
    status: MissionStatus, event: MissionEvent
) -> None:
    step = apply(status, event, NOW)
    assert (step.before, step.after) == (status, MISSION_TRANSITIONS[status, event])
    assert (step.event, step.at) == (event.value, NOW)


@pytest.mark.parametrize(("status", "event"), sorted(MISSION_STEPS - set(MISSION_TRANSITIONS)))
def test_a_mission_takes_no_other_step(status: MissionStatus, event: MissionEvent) -> None:
    with pytest.raises(TransitionRefused):
        apply(status, event, NOW)


@pytest.mark.parametrize(("status", "event"), sorted(OFFER_TRANSITIONS))
def test_an_offer_takes_every_step_of_its_table(status: OfferStatus, event: OfferEvent) -> None:
    step = apply(status, event, NOW)
    assert (step.before, step.after) == (status, OFFER_TRANSITIONS[status, event])


@pytest.mark.parametrize(("status", "event"), sorted(OFFER_STEPS - set(OFFER_TRANSITIONS)))
def test_an_offer_takes_no_other_step(status: OfferStatus, event: OfferEvent) -> None:
    with pytest.raises(TransitionRefused):
        apply(status, event, NOW)


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (MissionStatus.OPEN, OfferEvent.ACCEPT),
        (OfferStatus.SENT, MissionEvent.ACCEPT),
        ("accepted", MissionEvent.WITHDRAW),
        (MissionStatus.ACCEPTED, "withdraw"),
    ],
)
def test_words_that_look_alike_are_not_mistaken_for_each_other(
    status: object, event: object
) -> None:
    with pytest.raises(TypeError):
        apply(status, event, NOW)  # type: ignore[call-overload]


def test_a_naive_time_is_not_a_time() -> None:
    with pytest.raises(ValueError, match="aware"):
        apply(MissionStatus.OPEN, MissionEvent.ACCEPT, datetime(2026, 11, 23, 9, 0))  # noqa: DTZ001


def test_every_live_mission_may_be_cancelled_and_no_other() -> None:
    may = {status for status, event in MISSION_TRANSITIONS if event is MissionEvent.CANCEL}
    assert may == LIVE_MISSIONS


def test_every_live_mission_can_still_end() -> None:
    ends = set(MissionStatus) - LIVE_MISSIONS
    reachable = set(ends)
    while more := {s for (s, _), to in MISSION_TRANSITIONS.items() if to in reachable} - reachable:
        reachable |= more
    assert reachable >= LIVE_MISSIONS


class MissionWithItsOffers(RuleBasedStateMachine):
    """A mission and its offers, moved as the service moves them: never two holders at once."""

    @initialize(verified=st.booleans())
    def start(self, verified: bool) -> None:
        self.mission = MissionStatus.OPEN if verified else MissionStatus.TO_VERIFY
        self.offers: list[OfferStatus] = []

    @rule()
    def ask(self) -> None:
        if self.mission is MissionStatus.OPEN:
            self.offers.append(OfferStatus.SENT)

    @rule(data=st.data())
    def somebody_accepts(self, data: st.DataObject) -> None:
        if not self.offers:
            return
        n = data.draw(st.integers(0, len(self.offers) - 1))
        try:
            mission = apply(self.mission, MissionEvent.ACCEPT, NOW)
            offer = apply(self.offers[n], OfferEvent.ACCEPT, NOW)
        except TransitionRefused:
            return
        self.mission, self.offers[n] = mission.after, offer.after
        self.close(OfferStatus.SENT)

    @rule(data=st.data(), event=st.sampled_from([OfferEvent.DECLINE, OfferEvent.EXPIRE]))
    def an_offer_ends(self, data: st.DataObject, event: OfferEvent) -> None:
        sent = [n for n, offer in enumerate(self.offers) if offer is OfferStatus.SENT]
        if sent:
            n = data.draw(st.sampled_from(sent))
            self.offers[n] = apply(self.offers[n], event, NOW).after

    @rule(event=st.sampled_from([e for e in MissionEvent if e is not MissionEvent.ACCEPT]))
    def the_mission_moves(self, event: MissionEvent) -> None:
        try:
            self.mission = apply(self.mission, event, NOW).after
        except TransitionRefused:
            return
        if self.mission is not MissionStatus.OPEN:
            self.close(OfferStatus.SENT)
        if self.mission in {MissionStatus.OPEN, MissionStatus.CANCELLED}:
            self.close(OfferStatus.ACCEPTED)

    def close(self, status: OfferStatus) -> None:
        self.offers = [
            apply(offer, OfferEvent.WITHDRAW, NOW).after if offer is status else offer
            for offer in self.offers
        ]

    @invariant()
    def a_held_mission_has_one_holder_and_an_open_one_none(self) -> None:
        holders = self.offers.count(OfferStatus.ACCEPTED)
        if self.mission in HELD_MISSIONS:
            assert holders == 1
        elif self.mission in LIVE_MISSIONS:
            assert holders == 0

    @invariant()
    def only_an_open_mission_has_offers_to_answer(self) -> None:
        assert self.mission is MissionStatus.OPEN or OfferStatus.SENT not in self.offers


TestMissionWithItsOffers = MissionWithItsOffers.TestCase
TestMissionWithItsOffers.settings = settings(max_examples=100, stateful_step_count=30)
