"""The service's jobs at a fake clock, one after the other and without the engine's own worker.

The tasks, their retries and the queue are the real ones; only what fetches them is not, as starting
the engine's worker costs more than what a step of a long sequence does. `tests/conftest.py:Worker`
runs the real one.

The engine's time stands still, and jobs come closer by what the fake clock is moved: the seconds
that a busy machine takes would make the same sequence another one.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any
from unittest.mock import patch

import psycopg
from procrastinate import utils
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from matcher.jobs import make_job_app
from matcher.services.work import Runtime
from tests.fakes import FakeClock
from tests.faults import WorkerDied

HANDED_BACK = timedelta(seconds=90)
"""What a dead worker held is done by another within this (matcher/jobs.py)."""

MOST_JOBS = 500
"""More than that at one moment do not come to an end."""

_NEXT = """
    UPDATE procrastinate_jobs SET status = 'doing' WHERE id = (
        SELECT id FROM procrastinate_jobs
        WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= %s)
        ORDER BY priority DESC, id LIMIT 1
    ) RETURNING id, status, priority, lock, queueing_lock, task_name, args, scheduled_at,
        queue_name, attempts"""
_WAITING_S = """
    SELECT extract(epoch FROM min(scheduled_at) - %s) FROM procrastinate_jobs
    WHERE status = 'todo' AND scheduled_at IS NOT NULL"""
_CLOSER = """
    UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - %s
    WHERE status = 'todo' AND scheduled_at IS NOT NULL"""
_AGAIN = """
    UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, scheduled_at = %s
    WHERE id = %s"""
_OVERDUE = """
    SELECT task_name, args FROM procrastinate_jobs
    WHERE status <> 'todo' OR scheduled_at IS NULL OR scheduled_at <= %s"""
_ONCE_MORE = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status)
    VALUES (%s, %s, %s, %s, 'todo')"""


class DueJobs:
    """Runs what is due; `gave_up` counts the jobs whose retries are used up, by task."""

    def __init__(self, runtime: Runtime, conninfo: str, clock: FakeClock) -> None:
        self._clock = clock
        self._app = make_job_app(runtime, conninfo)
        self.connection = psycopg.connect(conninfo, autocommit=True, row_factory=dict_row)
        self._engine_now = datetime.now(UTC)
        self._standing = patch.object(utils, "utcnow", lambda: self._engine_now)
        self._standing.start()
        self.finished: list[Job] = []
        self.gave_up: Counter[str] = Counter()
        self.deaths = 0
        """So many of the next jobs are done, and the worker dies before it says so."""

    def begin(self) -> None:
        """No jobs yet; the database's own clock, which goes on, is not far away."""
        self._engine_now = datetime.now(UTC)
        self.deaths = 0
        self.finished.clear()

    def run(self) -> None:
        """Run what is due, and what that makes due, until nothing is."""
        for _ in range(MOST_JOBS):
            row = self.connection.execute(_NEXT, [self._engine_now]).fetchone()
            if row is None:
                return
            self._work_off(Job.from_row(row))
        raise AssertionError(f"the jobs do not come to an end: {self.finished[-5:]}")

    def pass_time(self, by: timedelta, grain: timedelta = timedelta()) -> None:
        """Let time go by with a worker at work: everything is done at its very second.

        With a `grain` it is done up to that much late, and the more of it at once.
        """
        self.run()
        left_s = by.total_seconds()
        while True:
            waiting_s = self._waiting_s()
            step_s = (
                left_s
                if waiting_s is None
                else min(left_s, max(ceil(waiting_s), grain.total_seconds()))
            )
            self.sleep(timedelta(seconds=step_s))
            self.run()
            left_s -= step_s
            if left_s <= 0:
                return

    def sleep(self, by: timedelta) -> None:
        """Let time go by without a worker."""
        self._clock.now += by
        self.connection.execute(_CLOSER, [by])

    def repeat(self, job: Job) -> None:
        """Do a job that is behind us once more, as after a crash; it may fail and be retried."""
        self.connection.execute(
            _ONCE_MORE, [job.queue, job.task_name, job.priority, Jsonb(job.task_kwargs)]
        )
        self.run()

    def overdue(self) -> list[dict[str, Any]]:
        """The jobs that nobody waits for, and that are not done."""
        return self.connection.execute(_OVERDUE, [self._engine_now]).fetchall()

    def close(self) -> None:
        self._standing.stop()
        self.connection.close()

    def _work_off(self, job: Job) -> None:
        task = self._app.tasks[job.task_name]
        try:
            self._do(job)
        except WorkerDied:
            self._hand_back(job)
            return
        except Exception as error:
            again = task.get_retry_exception(error, job)
            if again is None:
                self.gave_up[job.task_name] += 1
                self.connection.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job.id])
                raise
            self.connection.execute(_AGAIN, [again.retry_decision.retry_at, job.id])
            return
        self.finished.append(job)
        if self.deaths:
            self.deaths -= 1
            self._hand_back(job)
            return
        self.connection.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job.id])

    def _do(self, job: Job) -> None:
        task = self._app.tasks[job.task_name]
        if task.pass_context:
            context = JobContext(
                app=self._app, job=job, start_timestamp=0.0, abort_reason=lambda: None
            )
            task.func(context, **job.task_kwargs)
        else:
            task.func(**job.task_kwargs)

    def _hand_back(self, job: Job) -> None:
        self.connection.execute(_AGAIN, [self._engine_now + HANDED_BACK, job.id])

    def _waiting_s(self) -> float | None:
        """Until the next job is due, in seconds; None when no job is planned."""
        row = self.connection.execute(_WAITING_S, [self._engine_now]).fetchone()
        return None if row is None else next(iter(row.values()))
