"""Any interleaving of what people do, what time brings and what goes wrong keeps the promises.

The same 500 sequences each time; with `COMPAGNIE_TEST_SEQUENCES` as many new ones, `make soak`
tries 10,000. Those print their seed: given back as `COMPAGNIE_TEST_SEED` beside the same number,
they are tried again. A failure prints its steps too.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from matcher.domain.addresses import Address
from matcher.domain.lifecycle import Absent
from matcher.domain.people import Need, Purpose
from matcher.domain.ringing import rings_for
from matcher.domain.timeline import is_quiet, next_waking
from matcher.services import errands, series, visits
from matcher.services.absences import mark_no_show
from matcher.services.acceptance import accept_mission, accept_offer, decline_offer
from matcher.services.addresses import place_by_hand
from matcher.services.bonds import allow_again, refuse
from matcher.services.calls import HeldCall
from matcher.services.campaigns import mend_missed_looks
from matcher.services.changes import change_time, confirm_for
from matcher.services.intake import Booking, book, promised_call_at
from matcher.services.messages import AT_ANY_HOUR
from matcher.services.policies import TIMELINE
from matcher.services.push import subscribe, unsubscribe
from matcher.services.replies import answer_key, answer_sms
from matcher.services.suspension import bring_back, suspend
from matcher.services.watchdog import count_without_next_step, mend_missed_steps
from matcher.services.work import Work
from matcher.settings import Settings
from matcher.store.engine import Database
from matcher.store.tables import BondKind
from matcher.store.transitions import SYSTEM
from tests.campaign_steps import Campaigns
from tests.fault_steps import Faults
from tests.faults import browser_of
from tests.promises import broken, doubled, journal_gaps
from tests.steps import Seen, one_of, pick
from tests.whole_service import ELSEWHERE, HOME, NEXT_DOOR, SENIORS, VOLUNTEERS, WholeService

SOAKED = os.environ.get("COMPAGNIE_TEST_SEQUENCES")
SEQUENCES = int(SOAKED or "500")
SEED = int(os.environ.get("COMPAGNIE_TEST_SEED") or secrets.randbits(32))
STEPS = 12

STARTS = (
    datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    datetime(2026, 11, 24, 20, 30, tzinfo=UTC),
    datetime(2026, 10, 24, 7, 0, tzinfo=UTC),
    datetime(2026, 10, 24, 22, 30, tzinfo=UTC),
    datetime(2027, 3, 27, 8, 0, tzinfo=UTC),
    datetime(2027, 3, 28, 0, 30, tzinfo=UTC),
)
"""Ordinary hours, and those around the changes of hour of 2026-10-25 and 2027-03-28."""

FARTHEST_MOVE = timedelta(hours=3)
"""By how much any change puts an outing off."""

GRAIN = timedelta(hours=3)
"""Days go by in steps of this: looking at every mission every 48 minutes would take too long."""

RETRIES_END = timedelta(minutes=7)
"""The last try of a message follows 363 s after the first (matcher/jobs.py)."""

SWEPT_EVERY = timedelta(minutes=15)
"""In truth every minute, which would take too long; far from the hour by which a clock is wrong."""

STARTED_BY = """
    SELECT starts_at, (SELECT count(*) FROM event
        WHERE entity_id = mission.id AND kind = 'changed') AS changes
    FROM mission WHERE id = %s"""

STRANGER = "+33199000077"


class Sequence(Campaigns, Faults):
    """Steps of a few days in the life of three seniors and eight volunteers."""

    # What people do.

    @initialize(
        at=st.sampled_from(STARTS),
        hours=st.lists(st.integers(1, 60), min_size=1, max_size=2),
        taken=st.integers(0, 2),
    )
    def begin(self, at: datetime, hours: list[int], taken: int) -> None:
        """Something has been asked for, and agreed to: a sequence about nobody shows nothing."""
        self.service.reset(at)
        self._plan_rounds()
        for who, one in enumerate(hours):
            self._do(self._booking(who, one, Purpose.MEDICAL, again=False, spoken=False), lazy=True)
        missions = Seen.of(self.service).missions
        for mission, volunteer_id in zip(missions[:taken], self.service.volunteers, strict=False):
            self._do(partial(accept_mission, mission_id=mission["id"], volunteer_id=volunteer_id))

    @rule(
        who=st.integers(0, 3),
        hours=st.integers(1, 100),
        purpose=st.sampled_from([Purpose.MEDICAL, Purpose.WALK]),
        again=st.booleans(),
        spoken=st.booleans(),
        lazy=st.booleans(),
    )
    def a_senior_books(
        self, who: int, hours: int, purpose: Purpose, again: bool, spoken: bool, lazy: bool
    ) -> None:
        self._do(self._booking(who, hours, purpose, again=again, spoken=spoken), lazy)

    @precondition(lambda self: self.seen.offers)
    @rule(which=pick, answer=st.sampled_from(["yes", "yes", "no"]), lazy=st.booleans())
    def a_volunteer_answers(self, which: int, answer: str, lazy: bool) -> None:
        offer = one_of(self.seen.offers, which)
        say: Callable[[Work, UUID, UUID], object] = (
            accept_offer if answer == "yes" else decline_offer
        )
        self._do(lambda work: say(work, offer["id"], offer["volunteer_id"]), lazy)

    @precondition(lambda self: self.seen.open)
    @rule(who=pick, which=pick)
    def a_volunteer_takes_what_they_see(self, who: int, which: int) -> None:
        volunteer_id = self.service.volunteers[who % len(VOLUNTEERS)]
        mission_id = one_of(self.seen.open, which)["id"]
        self._do(lambda work: accept_mission(work, mission_id, volunteer_id))

    @precondition(lambda self: self.seen.held)
    @rule(
        which=pick,
        what=st.sampled_from(
            ["withdraw", "confirm", "start", "complete", "well", "mixed", "problem"]
        ),
        lazy=st.booleans(),
    )
    def whoever_holds_it_says(self, which: int, what: str, lazy: bool) -> None:
        mission = one_of(self.seen.held, which)
        ids = mission["id"], mission["volunteer_id"]
        doings: dict[str, Callable[[Work], object]] = {
            "withdraw": lambda work: visits.withdraw(work, *ids),
            "confirm": lambda work: confirm_for(work, *ids),
            "start": lambda work: visits.start(work, *ids),
            "complete": lambda work: visits.complete(work, *ids),
        }
        self._do(doings.get(what, lambda work: visits.report(work, *ids, what, "")), lazy)

    @precondition(lambda self: self.seen.missions)
    @rule(
        which=pick,
        what=st.sampled_from(
            ["verify", "cancel", "reopen", "release", "senior", "volunteer", "later", "sooner"]
        ),
        lazy=st.booleans(),
    )
    def a_coordinator_does(self, which: int, what: str, lazy: bool) -> None:
        mission = one_of(self.seen.missions, which)
        mission_id, starts_at = mission["id"], mission["starts_at"]
        doings: dict[str, Callable[[Work], object]] = {
            "verify": lambda work: visits.verify(work, mission_id),
            "cancel": lambda work: visits.cancel(work, mission_id, "coordinator"),
            "reopen": lambda work: visits.reopen(work, mission_id),
            "release": lambda work: visits.release(work, mission_id),
            "senior": lambda work: mark_no_show(work, mission_id, Absent.SENIOR),
            "volunteer": lambda work: mark_no_show(work, mission_id, Absent.VOLUNTEER),
            "later": lambda work: change_time(work, mission_id, starts_at + timedelta(hours=2)),
            "sooner": lambda work: change_time(work, mission_id, starts_at - timedelta(hours=1)),
        }
        self._do(doings[what], lazy)

    @precondition(lambda self: self.seen.missions)
    @rule(which=pick, place=st.sampled_from([HOME, NEXT_DOOR, ELSEWHERE]), lazy=st.booleans())
    def a_coordinator_moves_an_outing(self, which: int, place: Address, lazy: bool) -> None:
        mission_id = one_of(self.seen.missions, which)["id"]
        self._do(lambda work: place_by_hand(work, mission_id, place), lazy)

    @precondition(lambda self: self.seen.missions)
    @rule(which=pick, what=st.sampled_from(["cancel", "later", "message"]), lazy=st.booleans())
    def a_senior_rings_about_an_outing(self, which: int, what: str, lazy: bool) -> None:
        mission = one_of(self.seen.missions, which)
        later = mission["starts_at"] + FARTHEST_MOVE
        doings: dict[str, Callable[[Work, HeldCall], object]] = {
            "cancel": lambda work, call: errands.cancel_by_phone(work, call, mission["id"]),
            "later": lambda work, call: errands.move_by_phone(
                work, call, mission["id"], later, ("plus tard",)
            ),
            "message": lambda work, call: errands.pass_message(
                work, call, mission["id"], "Sonnez deux fois."
            ),
        }
        self._ring(mission["senior_id"], doings[what], lazy)

    @precondition(lambda self: self.seen.series)
    @rule(which=pick, lazy=st.booleans())
    def a_series_is_stopped(self, which: int, lazy: bool) -> None:
        request_id = one_of(self.seen.series, which)["id"]
        self._do(lambda work: series.stop(work, request_id), lazy)

    @rule(
        senior=pick,
        volunteer=pick,
        kind=st.sampled_from([BondKind.SENIOR_REFUSES, BondKind.VOLUNTEER_REFUSES]),
        say=st.sampled_from([refuse, refuse, allow_again]),
        lazy=st.booleans(),
    )
    def one_would_rather_not_meet_another(
        self,
        senior: int,
        volunteer: int,
        kind: BondKind,
        say: Callable[[Work, UUID, UUID, BondKind], None],
        lazy: bool,
    ) -> None:
        """Those who have to do with each other, while anybody has."""
        pairs = self.seen.tied
        if pairs:
            pair = one_of(pairs, volunteer)
            ids = pair["senior_id"], pair["volunteer_id"]
        else:
            ids = (
                self.service.seniors[senior % len(SENIORS)],
                self.service.volunteers[volunteer % len(VOLUNTEERS)],
            )
        self._do(lambda work: say(work, *ids, kind), lazy)

    @precondition(lambda self: self.seen.tied)
    @rule(which=pick, change=st.sampled_from([suspend, suspend, bring_back]), lazy=st.booleans())
    def a_volunteer_is_suspended_or_brought_back(
        self, which: int, change: Callable[[Work, UUID], None], lazy: bool
    ) -> None:
        volunteer_id = one_of(self.seen.tied, which)["volunteer_id"]
        self._do(lambda work: change(work, volunteer_id), lazy)

    @rule(who=pick, on=st.sampled_from([True, True, False]))
    def a_volunteer_turns_notifications_on_or_off(self, who: int, on: bool) -> None:
        which = who % len(VOLUNTEERS)
        volunteer_id = self.service.volunteers[which]
        if on:
            self._do(lambda work: subscribe(work, volunteer_id, browser_of(VOLUNTEERS[which])))
        else:
            self._do(lambda work: unsubscribe(work, volunteer_id))

    @precondition(lambda self: self.seen.calls)
    @rule(which=pick, key=st.sampled_from(["1", "1", "2", "0", "7"]), twice=st.booleans())
    def a_key_is_pressed(self, which: int, key: str, twice: bool) -> None:
        """`twice`: the provider tells us so again."""
        message_id = one_of(self.seen.calls, which)["id"]
        for _ in range(1 + twice):
            self._do(lambda work: answer_key(work, message_id, key))

    @rule(who=pick, word=st.sampled_from(["Oui", "non", "ANNULER", "bonjour", "stop"]))
    def an_sms_comes_in(self, who: int, word: str) -> None:
        numbers = (*VOLUNTEERS[:6], "+33639981002", STRANGER)
        self._do(lambda work: answer_sms(work, numbers[who % len(numbers)], word))

    # What time brings.

    @rule(minutes=st.integers(1, 90))
    def minutes_pass(self, minutes: int) -> None:
        self.service.jobs.pass_time(timedelta(minutes=minutes))

    @rule(hours=st.integers(1, 8))
    def hours_pass(self, hours: int) -> None:
        self.service.jobs.pass_time(timedelta(hours=hours))

    @rule(days=st.integers(1, 3))
    def days_pass(self, days: int) -> None:
        self.service.jobs.pass_time(timedelta(days=days), GRAIN)

    @precondition(lambda self: self.seen.held)
    @rule(which=pick, minutes=st.integers(-90, 60))
    def the_hour_of_an_outing_comes(self, which: int, minutes: int) -> None:
        starts_at: datetime = one_of(self.seen.held, which)["starts_at"]
        near = max(starts_at - timedelta(hours=2) - self._now, timedelta())
        self.service.jobs.pass_time(near, GRAIN)
        at = starts_at + timedelta(minutes=minutes)
        self.service.jobs.pass_time(max(at - self._now, timedelta()))

    # What always holds.

    @invariant()
    def the_promises_hold(self) -> None:
        self.seen = Seen.of(self.service)
        assert broken(self.service.rows, self._now - self.late_by, self.late_by) == {}
        assert self.service.untrue == []
        assert journal_gaps(self.service.rows) == []

    @invariant()
    def nobody_is_told_at_night(self) -> None:
        zone = self.service.runtime.settings.zone
        at_night = [one for one in self.service.messenger.taken if is_quiet(one.at, TIMELINE, zone)]
        kept = {(row.recipient, row.text): row for row in self._messages()} if at_night else {}
        for one in at_night:
            row = kept[one.to, one.text]
            if row.purpose in AT_ANY_HOUR:
                continue
            assert row.mission_id is not None, (row.purpose, one.at)
            (outing,) = self.service.rows(STARTED_BY, row.mission_id)
            # It could not wait for the morning; a change may have put the outing off since.
            moved = FARTHEST_MOVE * outing["changes"]
            morning = next_waking(one.at, TIMELINE, zone)
            needed_by = outing["starts_at"] - moved - TIMELINE.volunteer_reminder
            assert morning >= needed_by - self.late_by, (row.purpose, one.at)

    def teardown(self) -> None:
        """The faults end: everything drains, nothing is lost and nothing was sent twice."""
        self.service.end_faults()
        # What was planned at a wrong hour needs the sweep, which comes every minute.
        for _ in range(self.late_by // SWEPT_EVERY):
            self.service.jobs.pass_time(SWEPT_EVERY)
            self._sweep()
        self.service.jobs.pass_time(RETRIES_END)
        assert self._sweep() == 0 or self.late_by
        with self.service.runtime.begin(SYSTEM) as work:
            assert count_without_next_step(work.session, work.now) == 0
        assert broken(self.service.rows, self._now, self.late_by) == {}
        assert self.service.jobs.overdue() == []
        allowed: Counter[tuple[str, str, str]] = Counter()
        for row in self._messages():
            rings = rings_for(row.purpose).most if row.repeat_until is not None else 1
            allowed[row.channel, row.recipient, row.text] += rings
        taken = [(one.channel, one.to, one.text) for one in self.service.messenger.taken]
        assert doubled(taken, allowed) == {}

    def _booking(
        self, who: int, hours: int, purpose: Purpose, *, again: bool, spoken: bool
    ) -> Callable[[Work], object]:
        """A request for `hours` from now, in daytime; of somebody unknown when `who` is 3."""
        zone = self.service.runtime.settings.zone
        starts_at = self._now.replace(minute=0, second=0, microsecond=0)
        starts_at += timedelta(hours=hours + 1)
        if not 8 <= starts_at.astimezone(zone).hour < 20:
            starts_at += timedelta(hours=12)
        known = who < len(SENIORS)
        booking = Booking(
            senior_id=self.service.seniors[who] if known else None,
            phone=SENIORS[who] if known else STRANGER,
            purpose=purpose,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1 + hours % 3),
            address=HOME if spoken or not known else None,
            needs=frozenset({Need.WHEELCHAIR} if hours % 5 == 0 else ()),
            words=("chez moi",),
            promised_call_at=promised_call_at(self._now, zone, starts_at),
            call_id=None,
            every_weeks=1 if again else None,
        )
        return lambda work: book(work, booking)

    def _sweep(self) -> int:
        with self.service.runtime.begin(SYSTEM) as work:
            mended = mend_missed_steps(work)
            mend_missed_looks(work)
        self.service.jobs.run()
        return mended


@pytest.fixture
def service(settings: Settings, database: Database) -> Iterator[WholeService]:
    found = WholeService(settings, database)
    yield found
    found.close()


def test_any_sequence_of_events_keeps_every_promise(service: WholeService) -> None:
    machine = type("Bound", (Sequence,), {"service": service})
    if SOAKED is not None:
        print(f"COMPAGNIE_TEST_SEED={SEED}")
        machine = seed(SEED)(machine)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            # The same sequences in every run of the tests; others each time they are soaked.
            derandomize=SOAKED is None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
