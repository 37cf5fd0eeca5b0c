"""What comes next for an outing that somebody holds, or held: one step, and when it is due.

From the acceptance until the report is in, or given up, there is always a next step. Reminders
wait for a decent hour, and are left out once they no longer help. Alarms wait for nothing and are
never left out: what the service slept through is done as soon as it is awake.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from matcher.domain.lifecycle import MissionStatus

ONE_DAY = timedelta(days=1)


class Step(StrEnum):
    """Something the service does by itself for an outing, the most pressing last."""

    REMIND_SENIOR = "remind_senior"
    REMIND_VOLUNTEER_EVE = "remind_volunteer_eve"
    REMIND_VOLUNTEER = "remind_volunteer"
    ALERT_UNCONFIRMED = "alert_unconfirmed"
    ASK_ARRIVED = "ask_arrived"
    ALERT_LATE = "alert_late"
    ASK_HOME = "ask_home"
    ALERT_OVERDUE = "alert_overdue"
    CHASE = "chase"
    SETTLE = "settle"
    REMIND_REPORT = "remind_report"
    CLOSE = "close"


class Question(StrEnum):
    """What a volunteer is asked about an outing of theirs, to be answered by yes or no."""

    CHANGED = "changed"
    ARRIVED = "arrived"
    HOME = "home"
    REPORT = "report"


WAY_HOME = frozenset({Step.ASK_HOME, Step.ALERT_OVERDUE, Step.CHASE})
"""What watches over the end of an outing."""

THE_DAY_BEFORE = frozenset({Step.REMIND_SENIOR, Step.REMIND_VOLUNTEER_EVE})

REMINDERS = THE_DAY_BEFORE | {Step.REMIND_VOLUNTEER}
"""What may be left out when it comes too late to help."""

UNTIL_OVER = frozenset({Step.CHASE, Step.SETTLE, Step.CLOSE})
"""What is due again until the outing is over or closed."""


@dataclass(frozen=True, slots=True)
class TimelinePolicy:
    """What a city may decide about reminders and alarms. Times of day are the territory's.

    Attributes:
        quiet_from: from then on nobody is reminded; must come after `quiet_until`.
        quiet_until: from then on people may be reminded again.
        eve_reminder: when both are reminded, on the day before.
        eve_reminder_until: a late one still goes out until this long before the start.
        just_agreed: who agreed less than this before is not reminded yet of it.
        volunteer_reminder: how long before the start the volunteer is reminded; in quiet hours,
            this long before they began.
        late_after: without a check-in so long after the start, the volunteer is asked.
        late_alert_after: without an answer so long after the start, a coordinator is told.
        home_after: without a check-out so long after the end, the volunteer is asked.
        overdue_alert_after: without an answer so long after the end, a coordinator is told.
        confirm_within: a volunteer whose outing was changed has so long to say that they still
            come; when there is less than twice that before it, half of what there is.
        replacement_notice: when somebody did not come, the outing begins anew this long from then.
        chase_at: when a coordinator is told again, on the days that follow.
        chase_days: how often; on the day after, the service closes the outing by itself.
        report_at: when a volunteer who said nothing is asked how it went, from the next day on.
        report_life: how long after that the report is given up.
    """

    quiet_from: time = time(22)
    quiet_until: time = time(8)
    eve_reminder: time = time(18)
    eve_reminder_until: timedelta = timedelta(hours=2)
    just_agreed: timedelta = timedelta(hours=2)
    volunteer_reminder: timedelta = timedelta(hours=1)
    late_after: timedelta = timedelta(minutes=10)
    late_alert_after: timedelta = timedelta(minutes=20)
    home_after: timedelta = timedelta(minutes=30)
    overdue_alert_after: timedelta = timedelta(minutes=45)
    confirm_within: timedelta = timedelta(hours=4)
    replacement_notice: timedelta = timedelta(minutes=40)
    chase_at: time = time(9)
    chase_days: int = 6
    report_at: time = time(9, 30)
    report_life: timedelta = timedelta(days=3)

    def __post_init__(self) -> None:
        if self.quiet_until >= self.quiet_from:
            raise ValueError("quiet hours go from an evening to the next morning")
        if self.late_alert_after < self.late_after or self.overdue_alert_after < self.home_after:
            raise ValueError("the volunteer is asked before a coordinator is told")


@dataclass(frozen=True, slots=True)
class Visit:
    """An outing as the timeline sees it.

    Attributes:
        status: any; only those that somebody holds, or held to the end, have a next step.
        accepted_at: when the volunteer agreed to it as it stands; aware, like the others.
        confirm_by: it was changed, and they are to say by then whether they still come.
        started_at: when the volunteer was at the door.
        completed_at: when the senior was home again.
        closed: nothing more is awaited: the volunteer said how it went, or was given up on.
        done: the steps behind it, in order, since somebody holds it at this time and place.
    """

    status: MissionStatus
    starts_at: datetime
    ends_at: datetime
    accepted_at: datetime | None = None
    confirm_by: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    closed: bool = False
    done: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """The next step, and the instant it is due: now at the earliest, in UTC."""

    step: Step
    at: datetime


def next_step(
    visit: Visit, now: datetime, policy: TimelinePolicy, zone: ZoneInfo
) -> Planned | None:
    """What comes next for `visit` at the aware `now`; None when it is over and settled."""
    # Minutes are counted on instants: on a wall clock that changes they would be others.
    visit = replace(
        visit, starts_at=visit.starts_at.astimezone(UTC), ends_at=visit.ends_at.astimezone(UTC)
    )
    planned = [
        Planned(step, at)
        for step, due in _still_due(visit, policy, zone)
        if (at := _moment(step, due, visit, now.astimezone(UTC), policy, zone)) is not None
    ]
    # Of two steps due at once the earlier in the life of an outing comes first.
    return min(planned, key=lambda one: (one.at, list(Step).index(one.step)), default=None)


def expected_end(visit: Visit) -> datetime:
    """When the outing is over at the earliest: not before its volunteer was at the door."""
    return max(visit.ends_at, visit.started_at or visit.ends_at)


def is_open_question(question: Question, visit: Visit) -> bool:
    """Whether an answer to `question` is still waited for."""
    match question:
        case Question.CHANGED:
            return visit.status is MissionStatus.ACCEPTED and visit.confirm_by is not None
        case Question.ARRIVED:
            return visit.status is MissionStatus.ACCEPTED and Step.ASK_ARRIVED in visit.done
        case Question.HOME:
            return visit.status is MissionStatus.IN_PROGRESS and Step.ASK_HOME in visit.done
        case Question.REPORT:
            over = visit.status is MissionStatus.COMPLETED and not visit.closed
            return over and Step.REMIND_REPORT in visit.done


def confirm_by(
    now: datetime, starts_at: datetime, policy: TimelinePolicy, zone: ZoneInfo
) -> datetime:
    """By when a change made at `now` is to be confirmed, not at night unless it must be.

    The time to answer begins when the question leaves: in the morning, if that is soon enough.
    """
    morning = next_waking(now, policy, zone)
    asked_at = morning if morning < starts_at - policy.volunteer_reminder else now
    half_way = asked_at + (starts_at - asked_at) / 2
    at = asked_at + policy.confirm_within
    if is_quiet(at, policy, zone):
        at = next_waking(at, policy, zone) + policy.confirm_within / 2
    return min(at, half_way)


def replacement_time(now: datetime, policy: TimelinePolicy) -> datetime:
    """When the outing begins anew for which somebody did not come, on the next five minutes."""
    at = (now + policy.replacement_notice).replace(second=0, microsecond=0)
    return at + timedelta(minutes=-at.minute % 5)


def next_waking(at: datetime, policy: TimelinePolicy, zone: ZoneInfo) -> datetime:
    """`at`, or the end of the quiet hours it lies in."""
    if not is_quiet(at, policy, zone):
        return at
    local = at.astimezone(zone)
    morning = local.date() if local.time() < policy.quiet_until else local.date() + ONE_DAY
    return _on_day(morning, policy.quiet_until, zone)


def is_quiet(at: datetime, policy: TimelinePolicy, zone: ZoneInfo) -> bool:
    """Whether only what somebody waits for may go out at `at`."""
    return not policy.quiet_until <= at.astimezone(zone).time() < policy.quiet_from


def _still_due(
    visit: Visit, policy: TimelinePolicy, zone: ZoneInfo
) -> Iterator[tuple[Step, datetime]]:
    for step, due in _all_due(visit, policy, zone):
        if step in UNTIL_OVER or step not in visit.done:
            yield step, due


def _all_due(
    visit: Visit, policy: TimelinePolicy, zone: ZoneInfo
) -> Iterator[tuple[Step, datetime]]:
    match visit.status:
        case MissionStatus.ACCEPTED:
            yield from _before(visit, policy, zone)
            yield Step.ASK_ARRIVED, visit.starts_at + policy.late_after
            yield Step.ALERT_LATE, visit.starts_at + policy.late_alert_after
            yield from _never_closed(visit, policy, zone)
        case MissionStatus.IN_PROGRESS:
            yield Step.ASK_HOME, expected_end(visit) + policy.home_after
            yield from _never_closed(visit, policy, zone)
        case MissionStatus.COMPLETED if not visit.closed:
            over_at = visit.completed_at or visit.ends_at
            ask_at = _on_day(_day(over_at, zone) + ONE_DAY, policy.report_at, zone)
            yield Step.REMIND_REPORT, ask_at
            yield Step.CLOSE, ask_at + policy.report_life


def _before(
    visit: Visit, policy: TimelinePolicy, zone: ZoneInfo
) -> Iterator[tuple[Step, datetime]]:
    agreed_at = visit.accepted_at
    eve = _on_day(_day(visit.starts_at, zone) - ONE_DAY, policy.eve_reminder, zone)
    known_long = agreed_at is None or agreed_at <= eve - policy.just_agreed
    if visit.confirm_by is not None:
        yield Step.ALERT_UNCONFIRMED, visit.confirm_by
    elif known_long:
        yield Step.REMIND_SENIOR, eve
    due = visit.starts_at - policy.volunteer_reminder
    if is_quiet(due, policy, zone):
        # Told before the night rather than woken by it.
        local = due.astimezone(zone)
        evening = local.date() if local.time() >= policy.quiet_from else local.date() - ONE_DAY
        due = _on_day(evening, policy.quiet_from, zone) - policy.volunteer_reminder
    elif visit.confirm_by is None and known_long:
        yield Step.REMIND_VOLUNTEER_EVE, eve
    if agreed_at is None or agreed_at <= due:
        yield Step.REMIND_VOLUNTEER, due


def _never_closed(
    visit: Visit, policy: TimelinePolicy, zone: ZoneInfo
) -> Iterator[tuple[Step, datetime]]:
    """Nobody said that it is over: a coordinator finds out, and is told until they did."""
    overdue_at = expected_end(visit) + policy.overdue_alert_after
    yield Step.ALERT_OVERDUE, overdue_at
    told = visit.done.count(Step.CHASE)
    day = _day(overdue_at, zone) + (told + 1) * ONE_DAY
    yield (
        Step.CHASE if told < policy.chase_days else Step.SETTLE,
        _on_day(day, policy.chase_at, zone),
    )


def _moment(
    step: Step,
    due: datetime,
    visit: Visit,
    now: datetime,
    policy: TimelinePolicy,
    zone: ZoneInfo,
) -> datetime | None:
    """When a step due at `due` is done, seen from `now`; None for a reminder too late to help."""
    at = max(due.astimezone(UTC), now)
    if step not in REMINDERS:
        return at
    at = next_waking(at, policy, zone)
    latest = visit.starts_at
    if step in THE_DAY_BEFORE:
        latest -= policy.eve_reminder_until
    return at if at < latest else None


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _on_day(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
