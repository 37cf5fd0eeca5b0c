"""A coordinator rings a list of seniors, and what the service looks after once a day."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from matcher.services import campaigns
from matcher.services.rounds import ROUND_AT, keep_daily_round
from matcher.store.transitions import SYSTEM
from tests.steps import Steps, one_of, pick

ROUND_PLANNED = """
    SELECT id FROM procrastinate_jobs
    WHERE task_name = 'daily_round' AND status IN ('todo', 'doing')"""

NOT_ASKED_HOW_IT_WAS = """
    SELECT mission.id, mission.ends_at, ended.at FROM mission
    JOIN senior ON senior.id = mission.senior_id
    JOIN event ended ON ended.entity_id = mission.id AND ended.after = 'completed'
    JOIN LATERAL (SELECT ((mission.ends_at AT TIME ZONE 'Europe/Paris')::date + 1 + %s)
        AT TIME ZONE 'Europe/Paris' AS at) round ON true
    WHERE mission.status = 'completed' AND senior.phone_index IS NOT NULL
        AND ended.at < round.at - %s AND round.at < %s
        AND NOT EXISTS (SELECT FROM campaign_call WHERE senior_id = senior.id)
        AND NOT EXISTS (SELECT FROM message WHERE purpose = 'feedback'
            AND message.senior_id = senior.id
            AND message.queued_at > mission.ends_at - interval '30 days')"""
"""Whom a campaign is ringing is left in peace; so are those whose outing nobody said was over until
after that round."""


class Campaigns(Steps):
    """The rules about a list that is rung; keys are pressed in its calls as in all others."""

    @precondition(lambda self: not self.seen.campaigns)
    @rule(min_age=st.sampled_from([None, None, 75]), lazy=st.booleans())
    def a_coordinator_has_a_list_rung(self, min_age: int | None, lazy: bool) -> None:
        self._do(lambda work: campaigns.start(work, "Canicule", "heat", min_age=min_age), lazy)

    @precondition(lambda self: self.seen.listed)
    @rule(which=pick, lazy=st.booleans())
    def a_coordinator_reaches_somebody_of_a_list(self, which: int, lazy: bool) -> None:
        call_id = one_of(self.seen.listed, which)["id"]
        self._do(lambda work: campaigns.reach(work, call_id), lazy)

    @precondition(lambda self: self.seen.campaigns)
    @rule(which=pick)
    def a_campaign_is_stopped(self, which: int) -> None:
        campaign_id = one_of(self.seen.campaigns, which)["id"]
        self._do(lambda work: campaigns.stop(work, campaign_id))

    @invariant()
    def the_daily_round_is_made(self) -> None:
        assert self.service.rows(ROUND_PLANNED) != []
        over = self._now - self.late_by - timedelta(minutes=2)
        assert self.service.rows(NOT_ASKED_HOW_IT_WAS, ROUND_AT, self.late_by, over) == []

    def _plan_rounds(self) -> None:
        with self.service.runtime.begin(SYSTEM) as work:
            keep_daily_round(work)
