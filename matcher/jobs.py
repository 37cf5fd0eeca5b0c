"""Everything that happens later or elsewhere, as procrastinate tasks. Each is safe to run twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from procrastinate import (
    App,
    BaseRetryStrategy,
    JobContext,
    PsycopgConnector,
    RetryDecision,
    RetryStrategy,
)
from procrastinate.jobs import Job as Queued
from sqlalchemy import text

from matcher.geocoding.ban import GeocoderUnavailable
from matcher.ports import SendingFailed
from matcher.services import (
    addresses,
    alerts,
    calls,
    campaigns,
    digest,
    intake,
    leaning,
    outreach,
    pushing,
    rounds,
    sending,
    series,
    spent_jobs,
    timeline,
    visits,
    walks,
    watchdog,
)
from matcher.services.work import Job, Runtime, Work
from matcher.store.transitions import SYSTEM

SEND_ATTEMPTS = 6
SENDING = RetryStrategy(max_attempts=SEND_ATTEMPTS - 1, exponential_wait=3)
"""After 3, 9, 27, 81 and 243 seconds; then a coordinator is asked."""

STEPPING = RetryStrategy(max_attempts=20, wait=5, linear_wait=10)
"""A database that restarts is waited for; the sweep picks up whatever still failed."""


class _Asking(BaseRetryStrategy):
    """A job that asks somebody outside is given up on for their failures alone, not for ours."""

    def get_retry_decision(self, *, exception: BaseException, job: Queued) -> RetryDecision | None:
        outside = isinstance(exception, (SendingFailed, GeocoderUnavailable))
        strategy = SENDING if outside else STEPPING
        return strategy.get_retry_decision(exception=exception, job=job)


ASKING = _Asking()

WORKER_SILENCE_S = 30
EVERY_TEN_SECONDS = "* * * * * */10"
"""With the silence before it, what a dead worker held goes on within three quarters of a minute."""


def make_job_app(runtime: Runtime, conninfo: str) -> App:
    """The job engine on the database at `conninfo`, its tasks bound to this runtime."""
    app = App(connector=PsycopgConnector(conninfo=conninfo))

    @app.task(name=Job.ADVANCE_MISSION, retry=STEPPING)
    def advance_mission(mission_id: str, due: str) -> None:
        walks.ask_routes(runtime, UUID(mission_id))
        with runtime.begin(SYSTEM) as work:
            timeline.advance(work, UUID(mission_id), datetime.fromisoformat(due))

    @app.task(name=Job.SEND_MESSAGE, retry=ASKING, pass_context=True)
    def send_message(context: JobContext, message_id: str, attempt: str) -> None:
        last = context.job.attempts + 1 >= SEND_ATTEMPTS
        sending.send(runtime, UUID(message_id), int(attempt), last_try=last)

    @app.task(name=Job.SEND_PUSH, retry=STEPPING)
    def send_push(message_id: str) -> None:
        pushing.send_push(runtime, UUID(message_id))

    @app.task(name=Job.CHECK_HEARD, retry=STEPPING)
    def check_heard(message_id: str) -> None:
        with runtime.begin(SYSTEM) as work:
            sending.check_heard(work, UUID(message_id))

    @app.task(name=Job.KEEP_PROMISE, retry=STEPPING)
    def keep_promise(mission_id: str, due: str | None = None) -> None:
        # Those that waited while the service was updated know no instant.
        at = None if due is None else datetime.fromisoformat(due)
        with runtime.begin(SYSTEM) as work:
            intake.keep_promise(work, UUID(mission_id), at)

    @app.task(name=Job.TELL_WITHDRAWN, retry=STEPPING)
    def tell_withdrawn(mission_id: str) -> None:
        with runtime.begin(SYSTEM) as work:
            visits.tell_withdrawn(work, UUID(mission_id))

    @app.task(name=Job.CHECK_ADDRESS, retry=ASKING, pass_context=True)
    def check_address(context: JobContext, mission_id: str) -> None:
        last = context.job.attempts + 1 >= SEND_ATTEMPTS
        addresses.take_second_opinion(runtime, UUID(mission_id), last_attempt=last)

    @app.task(name=Job.DAILY_ROUND, retry=STEPPING)
    def daily_round() -> None:
        with runtime.begin(SYSTEM) as work:
            rounds.keep_daily_round(work)
        with runtime.begin(SYSTEM) as work:
            rounds.make_round(work)

    @app.task(name=Job.EXTEND_SERIES, retry=STEPPING)
    def extend_series(request_id: str) -> None:
        with runtime.begin(SYSTEM) as work:
            series.extend(work, UUID(request_id))

    @app.task(name=Job.ASK_HOW_IT_WAS, retry=STEPPING)
    def ask_how_it_was() -> None:
        with runtime.begin(SYSTEM) as work:
            outreach.ask_how_it_was(work)

    @app.task(name=Job.ASK_THE_SILENT, retry=STEPPING)
    def ask_the_silent() -> None:
        with runtime.begin(SYSTEM) as work:
            outreach.ask_the_silent(work)

    @app.task(name=Job.RING_CAMPAIGN, retry=STEPPING)
    def ring_campaign(call_id: str, due: str) -> None:
        with runtime.begin(SYSTEM) as work:
            campaigns.look(work, UUID(call_id), datetime.fromisoformat(due))

    @app.task(name=Job.WEIGH_DEMAND, retry=STEPPING)
    def weigh_demand() -> None:
        with runtime.begin(SYSTEM) as work:
            leaning.weigh_demand(work)

    @app.task(name=Job.MAKE_DIGEST, retry=STEPPING)
    def make_digest() -> None:
        with runtime.begin(SYSTEM) as work:
            digest.make_digest(work)

    @app.periodic(cron=EVERY_TEN_SECONDS)
    @app.task(name="hand_back_stalled", queueing_lock="hand_back_stalled", pass_context=True)
    async def hand_back_stalled(context: JobContext, timestamp: int) -> None:
        """What a dead worker held is done by another."""
        del timestamp
        manager = context.app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=WORKER_SILENCE_S):
            await manager.retry_job(job)

    @app.periodic(cron="* * * * *")
    @app.task(name="mend_missed_steps", queueing_lock="mend_missed_steps")
    def mend_missed_steps(timestamp: int) -> None:
        """Every mission under way has a next step, whatever happened to the job that held it."""
        del timestamp
        with runtime.begin(SYSTEM) as work:
            watchdog.mend_missed_steps(work)

    @app.periodic(cron="* * * * *")
    @app.task(name="mend_missed_looks", queueing_lock="mend_missed_looks")
    def mend_missed_looks(timestamp: int) -> None:
        """Everybody waiting in a campaign's list is looked at in time."""
        del timestamp
        with runtime.begin(SYSTEM) as work:
            campaigns.mend_missed_looks(work)

    @app.periodic(cron="* * * * *")
    @app.task(name="hand_over_spent_jobs", queueing_lock="hand_over_spent_jobs")
    def hand_over_spent_jobs(timestamp: int) -> None:
        """What was tried in vain to the last is not forgotten."""
        del timestamp
        with runtime.begin(SYSTEM) as work:
            spent_jobs.hand_over_spent_jobs(work)

    @app.periodic(cron="*/5 * * * *")
    @app.task(name="alert_overdue_tasks", queueing_lock="alert_overdue_tasks")
    def alert_overdue_tasks(timestamp: int) -> None:
        """What coordinators have not got round to reaches the team's telephones."""
        del timestamp
        with runtime.begin(SYSTEM) as work:
            alerts.alert_overdue_tasks(work)

    @app.periodic(cron="* * * * *")
    @app.task(name="close_silent_calls", queueing_lock="close_silent_calls")
    def close_silent_calls(timestamp: int) -> None:
        """What was asked in a call whose end nobody told is left to a coordinator."""
        del timestamp
        with runtime.begin(SYSTEM) as work:
            calls.close_silent(work)

    return app


def bring_forward(work: Work, by: timedelta) -> None:
    """Make waiting jobs due sooner, after the injected clock was moved on by as much.

    The engine counts in real time: a job planned for a moment of the injected clock lies a delay
    away from real now, and that delay has just become shorter.
    """
    work.session.execute(
        text(
            "UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - :by"
            " WHERE status = 'todo' AND scheduled_at IS NOT NULL"
        ),
        {"by": by},
    )
