"""What goes wrong in a sequence: providers, workers, the database, the clock."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.faults import DEATHS, SENDING_FAULTS, Fault, FaultPlan
from tests.steps import Steps, pick

RETRIED = timedelta(minutes=1)
"""A job that the database failed three times is tried again within this (matcher/jobs.py)."""


class Faults(Steps):
    """The rules that break something; what they break is whole again at the end of a sequence."""

    @rule(hours=st.integers(1, 14))
    def no_worker_is_there_for_hours(self, hours: int) -> None:
        self.service.jobs.sleep(timedelta(hours=hours))
        self.service.jobs.run()

    @rule(
        seed=st.integers(0, 999),
        share=st.sampled_from([0.3, 0.7, 1.0]),
        faults=st.sampled_from([SENDING_FAULTS, (*SENDING_FAULTS, *DEATHS), (Fault.UNSURE,)]),
    )
    def faults_begin(self, seed: int, share: float, faults: tuple[Fault, ...]) -> None:
        self.service.messenger.plan = FaultPlan(seed, share, faults)
        self.service.pusher.plan = FaultPlan(seed, share, faults)
        self.service.geocoder.plan = FaultPlan(seed, share)
        self.service.routes.plan = FaultPlan(seed, share)

    @rule()
    def faults_end(self) -> None:
        self.service.end_faults()

    @rule(fault=st.sampled_from(DEATHS))
    def the_worker_dies_over_a_message(self, fault: Fault) -> None:
        self.service.messenger.plan.waiting.append(fault)
        self.service.pusher.plan.waiting.append(fault)

    @rule(jobs=st.integers(1, 3))
    def the_worker_dies_after_the_commit(self, jobs: int) -> None:
        self.service.jobs.deaths = jobs

    @rule(which=pick)
    def a_job_is_done_twice(self, which: int) -> None:
        done = self.service.jobs.finished
        if done:
            self.service.jobs.repeat(done[-1 - which % len(done)])

    @rule(hours=st.sampled_from([-1, 1]), minutes=st.integers(0, 30))
    def the_clock_jumps_and_is_put_right(self, hours: int, minutes: int) -> None:
        self.service.clock.now += timedelta(hours=hours)
        self.service.jobs.pass_time(timedelta(minutes=minutes))
        self.service.clock.now -= timedelta(hours=hours)
        self.service.jobs.run()
        # What was planned at the wrong hour is looked at by the database's, so much too late.
        self.late_by = timedelta(hours=1)

    @rule(commits=st.integers(1, 3), minutes=st.integers(0, 30))
    def the_database_breaks_under_the_worker(self, commits: int, minutes: int) -> None:
        self.service.breaks = commits
        self.service.jobs.pass_time(timedelta(minutes=minutes))
        self.service.breaks = 0
        self.service.jobs.pass_time(RETRIED)

    @rule()
    def the_database_will_break_under_the_next_act(self) -> None:
        self.breaks_under_next = True
