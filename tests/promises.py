"""What holds at any time, whatever happens: asked of the database itself, not of the service.

Every check answers with what breaks it, so that a failure says more than that there was one. The
state machine asks after every step, the benches of crashes and bursts at their end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from matcher.domain import lifecycle
from matcher.domain.lifecycle import (
    MISSION_TRANSITIONS,
    MissionEvent,
    MissionStatus,
    OfferEvent,
    OfferStatus,
)
from matcher.domain.ringing import RING_FROM, RING_UNTIL
from matcher.services.alarms import NEVER_BEGUN, NOT_ARRIVED, NOT_BACK
from matcher.services.campaigns import POLICY as RINGING
from matcher.services.policies import TIMELINE, WAVES
from matcher.services.watchdog import SLACK

Rows: TypeAlias = list[dict[str, Any]]
Ask: TypeAlias = Callable[..., Rows]
"""Runs a query with its values, psycopg's placeholders."""

LONGEST = RINGING.within + RINGING.patience
"""Nobody waits in a campaign's list for longer."""

ONE_WINNER = """
    SELECT mission.id, mission.status, count(offer.id) AS winners FROM mission
    LEFT JOIN offer ON offer.mission_id = mission.id AND offer.status = 'accepted'
    GROUP BY mission.id HAVING
        mission.status IN ('accepted', 'in_progress', 'completed')
            AND (count(offer.id) <> 1 OR bool_or(offer.volunteer_id <> mission.volunteer_id))
        OR mission.status IN ('to_verify', 'open', 'unfilled') AND count(offer.id) <> 0"""

NO_OVERLAP = """
    SELECT one.id, other.id AS other FROM mission one JOIN mission other
        ON one.id < other.id AND one.volunteer_id = other.volunteer_id
        AND one.busy_from < other.busy_until AND other.busy_from < one.busy_until
    WHERE one.status IN ('accepted', 'in_progress')
        AND other.status IN ('accepted', 'in_progress')"""

WALKS_INCLUDED = """
    SELECT id FROM mission WHERE status IN ('accepted', 'in_progress')
        AND (busy_from > starts_at OR busy_until < ends_at)"""

NO_LOST_MISSION = """
    SELECT request.id FROM request LEFT JOIN mission ON mission.request_id = request.id
    WHERE mission.id IS NULL"""

NEXT_STEP_OWNED = """
    SELECT id, status, next_step_at FROM mission
    WHERE (status IN ('to_verify', 'open', 'accepted', 'in_progress')
            OR status = 'completed' AND closed_at IS NULL)
        AND (next_step_at IS NULL OR next_step_at < %s)"""
"""As matcher/services/watchdog.py has it; asked here in other words on purpose."""

JOB_FOR_NEXT_STEP = """
    SELECT id, status, next_step_at FROM mission
    WHERE next_step_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM procrastinate_jobs job WHERE job.task_name = 'advance_mission'
            AND job.status IN ('todo', 'doing') AND job.args->>'mission_id' = mission.id::text
            AND (job.args->>'due')::timestamptz = mission.next_step_at)"""

OFFERS_CLOSED = """
    SELECT offer.id, mission.status FROM offer JOIN mission ON mission.id = offer.mission_id
    WHERE offer.status = 'sent' AND mission.status <> 'open'"""

KEPT_APART = """
    SELECT mission.id, mission.status, offer.volunteer_id, bond.kind FROM bond
    JOIN mission ON mission.senior_id = bond.senior_id
    JOIN offer ON offer.mission_id = mission.id AND offer.volunteer_id = bond.volunteer_id
    WHERE bond.kind <> 'circle' AND (offer.status = 'sent'
        OR offer.status = 'accepted' AND mission.status = 'accepted'
            AND bond.since < mission.starts_at)"""
"""Whoever would rather not meet another is neither asked about them nor expected by them."""

PROMISES = """
    SELECT request.id, request.promised_call_at, mission.status FROM request
    JOIN mission ON mission.request_id = request.id
    WHERE request.promised_call_at < %s AND mission.status <> 'cancelled'
        AND (mission.occurs_on IS NULL OR EXISTS (
            SELECT FROM event WHERE event.entity_id = mission.id AND event.kind = 'changed'))
        AND NOT EXISTS (
            SELECT FROM message JOIN mission told ON told.id = message.mission_id
            WHERE told.request_id = request.id
                AND message.purpose IN ('found', 'not_yet', 'unfilled', 'looking_again'))
        AND NOT EXISTS (
            SELECT FROM coordinator_task task JOIN mission about ON about.id = task.mission_id
            WHERE about.request_id = request.id
                AND task.kind IN ('promise_due', 'unfilled', 'call_back'))"""
"""It was made of the outing that was asked for, or that a call moved: the others of a series have
theirs."""

WITHDRAWALS_TOLD = """
    SELECT mission.id, last.at FROM mission
    JOIN LATERAL (
        SELECT event.kind, event.at FROM event
        WHERE event.entity_id = mission.id AND event.after IS NOT NULL
        ORDER BY event.id DESC LIMIT 1) last ON true
    WHERE mission.status = 'open' AND last.kind = 'withdraw' AND last.at < %s
        AND mission.starts_at - interval '24 hours' < %s
        AND NOT EXISTS (
            SELECT FROM message WHERE message.mission_id = mission.id
                AND message.purpose = 'looking_again' AND message.queued_at >= last.at)
        AND NOT EXISTS (
            SELECT FROM coordinator_task task WHERE task.mission_id = mission.id
                AND task.kind = 'call_back'
                AND (task.done_at IS NULL OR task.done_at >= last.at))"""
"""Who believes that somebody comes is told in time that nobody does any more."""

CALLED_OFF_TOLD = """
    SELECT mission.id, event.at FROM mission
    JOIN event ON event.entity_id = mission.id AND event.kind = 'cancel'
    JOIN senior ON senior.id = mission.senior_id
    WHERE event.reason NOT IN ('senior', 'caller', 'moved', 'series_stopped', 'never_closed')
        AND event.at < mission.ends_at
        AND NOT EXISTS (
            SELECT FROM message WHERE message.mission_id = mission.id
                AND message.purpose = 'cancelled' AND message.queued_at >= event.at
                AND message.recipient_index = senior.phone_index)
        AND NOT EXISTS (
            SELECT FROM coordinator_task task WHERE task.mission_id = mission.id
                AND task.kind = 'call_back'
                AND (task.done_at IS NULL OR task.done_at >= event.at))"""
"""Whose outing others call off hears of it, or is somebody's to tell."""

HOLDERS_TOLD = """
    SELECT mission.id, event.at FROM mission
    JOIN event ON event.entity_id = mission.id AND event.kind = 'cancel'
    JOIN volunteer ON volunteer.id = mission.volunteer_id
    WHERE event.reason <> 'never_closed' AND NOT EXISTS (
        SELECT FROM message WHERE message.mission_id = mission.id
            AND message.purpose = 'cancelled' AND message.queued_at >= event.at
            AND message.recipient_index = volunteer.phone_index)
    UNION ALL
    SELECT offer.mission_id, event.at FROM offer
    JOIN event ON event.entity_id = offer.id AND event.reason = 'released'
    JOIN volunteer ON volunteer.id = offer.volunteer_id
    WHERE NOT EXISTS (
        SELECT FROM message WHERE message.mission_id = offer.mission_id
            AND message.purpose = 'released' AND message.queued_at >= event.at
            AND message.recipient_index = volunteer.phone_index)"""
"""Nobody sets out for an outing that is no longer theirs without having been told."""

UNFILLED_TOLD = """
    SELECT event.entity_id, event.at FROM event
    WHERE event.kind = 'give_up' AND (NOT EXISTS (
            SELECT FROM coordinator_task task WHERE task.mission_id = event.entity_id
                AND task.kind = 'unfilled'
                AND (task.done_at IS NULL OR task.done_at >= event.at))
        OR NOT EXISTS (
            SELECT FROM message WHERE message.mission_id = event.entity_id
                AND message.purpose = 'unfilled' AND message.queued_at >= event.at)
        AND NOT EXISTS (
            SELECT FROM coordinator_task task WHERE task.mission_id = event.entity_id
                AND task.kind = 'call_back'
                AND (task.done_at IS NULL OR task.done_at >= event.at)))"""
"""Each time nobody was found the senior hears of it, and it is a coordinator's."""

ALARMED = """
    SELECT mission.id, mission.status FROM mission
    JOIN LATERAL (
        SELECT event.at FROM event
        WHERE event.entity_id = mission.id AND event.after = mission.status
        ORDER BY event.id DESC LIMIT 1) since ON true
    JOIN LATERAL (
        SELECT CASE mission.status WHEN 'accepted' THEN mission.starts_at + %s
            ELSE mission.ends_at + %s END AS due) alarm ON true
    WHERE mission.status IN ('accepted', 'in_progress')
        AND greatest(alarm.due, since.at + %s) < %s
        AND NOT EXISTS (
            SELECT FROM coordinator_task task WHERE task.mission_id = mission.id
                AND task.reason = ANY(%s)
                AND (task.done_at IS NULL OR task.done_at >= alarm.due))"""
"""Who did not arrive, or is not back, is a coordinator's to look for at the time that was set."""

DAY_CAP = """
    SELECT volunteer_id, count(*) FROM offer WHERE wave > 0
    GROUP BY volunteer_id, (sent_at AT TIME ZONE 'Europe/Paris')::date HAVING count(*) > %s"""

WEEK_CAP = """
    SELECT volunteer_id, sent_at FROM offer WHERE wave > 0 AND %s < (
        SELECT count(*) FROM offer before WHERE before.volunteer_id = offer.volunteer_id
            AND before.wave > 0 AND before.sent_at <= offer.sent_at
            AND before.sent_at >= offer.sent_at - interval '7 days')"""

ASKED_AT_NIGHT = """
    SELECT id, sent_at FROM offer WHERE wave > 0 AND NOT (
        (sent_at AT TIME ZONE 'Europe/Paris')::time >= %s
        AND (sent_at AT TIME ZONE 'Europe/Paris')::time < %s)"""

ASKED_AGAIN = """
    SELECT later.id, later.mission_id, later.volunteer_id, over.kind FROM offer later
    JOIN event sent ON sent.entity_id = later.id AND sent.kind = 'sent'
    JOIN offer before ON before.mission_id = later.mission_id
        AND before.volunteer_id = later.volunteer_id AND before.id <> later.id
    JOIN event over ON over.entity_id = before.id AND over.id < sent.id
        AND over.after IN ('declined', 'expired', 'withdrawn')
    WHERE later.wave > 0
        AND (over.after <> 'withdrawn' OR EXISTS (
            SELECT FROM event yes WHERE yes.entity_id = before.id AND yes.after = 'accepted'))
        AND NOT EXISTS (
            SELECT FROM event moved WHERE moved.entity_id = later.mission_id
                AND moved.kind IN ('changed', 'placed_by_hand')
                AND moved.id > over.id AND moved.id < sent.id)"""
"""Whoever did not want an outing, or gave it back, is asked for it again only once it changed."""

LOST_MESSAGES = """
    SELECT message.id, message.purpose, message.queued_at FROM message
    LEFT JOIN offer ON offer.id = message.offer_id
    LEFT JOIN mission ON mission.id = message.mission_id
    WHERE message.sent_at IS NULL AND message.failed_at IS NULL AND message.heard_at IS NULL
        AND (offer.id IS NULL OR offer.status = 'sent')
        AND NOT (message.agreement IS NOT NULL
            AND (mission.status NOT IN ('accepted', 'in_progress')
                OR mission.agreement <> message.agreement))
        AND NOT (message.purpose = 'not_yet'
            AND mission.status = 'accepted' AND mission.confirm_by IS NULL)
        AND NOT EXISTS (
            SELECT FROM event WHERE event.entity_id = message.mission_id
                AND event.at >= message.queued_at - %s
                AND (message.purpose = 'not_yet' AND event.after NOT IN ('to_verify', 'open')
                    OR message.purpose IN ('looking_again', 'replaced') AND event.after <> 'open'
                    OR message.purpose = 'unfilled' AND event.after <> 'unfilled'
                    OR message.purpose = 'late' AND event.after <> 'accepted'))
        AND NOT EXISTS (
            SELECT FROM procrastinate_jobs job WHERE job.task_name IN ('send_message', 'send_push')
                AND job.status IN ('todo', 'doing')
                AND job.args->>'message_id' = message.id::text)"""
"""News that stopped being true on its way may be dropped, though it be true once more by now."""

TRUE_WHEN_SENT = """
    SELECT message.id, message.purpose, message.sent_at, last.after FROM message
    JOIN LATERAL (
        SELECT event.at, event.after FROM event
        WHERE event.entity_id = message.mission_id AND event.after IS NOT NULL
            AND event.at <= message.sent_at
        ORDER BY event.id DESC LIMIT 1) last ON true
    WHERE message.purpose IN ('found', 'reminder', 'visit_reminder')
        AND last.at < message.sent_at - %s AND last.after NOT IN ('accepted', 'in_progress')"""
"""Nobody is told that somebody comes when nobody does."""

FAILURES_TOLD = """
    SELECT id, purpose FROM message WHERE failed_at IS NOT NULL AND channel <> 'push'
        AND purpose NOT IN ('campaign', 'feedback') AND NOT EXISTS (
        SELECT FROM coordinator_task task WHERE task.kind = 'message_failed'
            AND (task.done_at IS NULL OR task.done_at >= message.failed_at)
            AND task.mission_id IS NOT DISTINCT FROM message.mission_id)"""
"""Whom a campaign does not reach is handed over; how an outing was need not be known."""

OFFERS_TOLD = """
    SELECT offer.id, offer.volunteer_id FROM offer
    WHERE offer.status = 'sent' AND offer.wave > 0 AND NOT EXISTS (
            SELECT FROM message WHERE message.offer_id = offer.id AND message.failed_at IS NULL)
        AND NOT EXISTS (
            SELECT FROM coordinator_task task WHERE task.mission_id = offer.mission_id
                AND task.kind = 'message_failed'
                AND (task.done_at IS NULL OR task.done_at >= offer.sent_at))"""
"""Whoever is asked is told so: who is not reached in the browser, by telephone."""

NEXT_LOOK_OWNED = """
    SELECT id, next_look_at FROM campaign_call call
    WHERE status = 'waiting' AND (next_look_at IS NULL OR next_look_at < %s OR NOT EXISTS (
        SELECT FROM procrastinate_jobs job WHERE job.task_name = 'ring_campaign'
            AND job.status IN ('todo', 'doing') AND job.args->>'call_id' = call.id::text
            AND (job.args->>'due')::timestamptz = call.next_look_at))"""

LISTS_END = """
    SELECT call.id, call.status, call.rung_at FROM campaign_call call
    JOIN campaign ON campaign.id = call.campaign_id
    WHERE cardinality(call.rung_at) > %s OR call.status = 'waiting'
        AND (campaign.stopped_at IS NOT NULL OR campaign.created_at < %s)"""
"""Nobody is rung more often than was decided, nor still waits when the campaign's time is up."""

ANSWERS_FOLLOWED = """
    SELECT call.id, call.status, call.settled_at FROM campaign_call call
    WHERE call.status IN ('help', 'person', 'unreached') AND NOT EXISTS (
        SELECT FROM coordinator_task task WHERE task.senior_id = call.senior_id
            AND task.created_at = call.settled_at
            AND task.kind = CASE call.status WHEN 'person' THEN 'call_back' ELSE 'distress' END)"""
"""Whoever wants help, or a person, or was not reached, is a coordinator's at that very moment."""

RUNG_AT_NIGHT = """
    SELECT message.id, message.purpose, rung.at FROM message
    CROSS JOIN unnest(message.sent_times) AS rung(at)
    WHERE message.purpose IN ('campaign', 'feedback', 'silence', 'holiday') AND NOT (
        (rung.at AT TIME ZONE 'Europe/Paris')::time >= %s
        AND (rung.at AT TIME ZONE 'Europe/Paris')::time < %s)"""
"""Calls nobody asked for come by day."""


def broken(ask: Ask, now: datetime, jumped: timedelta = timedelta()) -> dict[str, Rows]:
    """Which promise is broken at the aware instant `now`, and by what; empty when none is.

    After the clock `jumped` by so much, which of two things was first is known only when they lie
    further apart.
    """
    late = now - SLACK
    checks: Mapping[str, Rows] = {
        "one winner": ask(ONE_WINNER),
        "no overlap": ask(NO_OVERLAP),
        "walks are in the promised time": ask(WALKS_INCLUDED),
        "no lost mission": ask(NO_LOST_MISSION),
        "watchdog empty": ask(NEXT_STEP_OWNED, late),
        "a job for the next step": ask(JOB_FOR_NEXT_STEP),
        "offers closed": ask(OFFERS_CLOSED),
        "who would rather not meet does not": ask(KEPT_APART),
        "promises kept": ask(PROMISES, late),
        "withdrawals told": ask(WITHDRAWALS_TOLD, late, late),
        "called off and told": ask(CALLED_OFF_TOLD),
        "whose outing it is no more was told": ask(HOLDERS_TOLD),
        "nobody found and told": ask(UNFILLED_TOLD),
        "an alarm in time": ask(
            ALARMED,
            TIMELINE.late_alert_after,
            TIMELINE.overdue_alert_after,
            TIMELINE.overdue_alert_after,
            late,
            [NOT_ARRIVED, NOT_BACK, NEVER_BEGUN],
        ),
        "nobody asked twice": ask(ASKED_AGAIN),
        "no alerts beyond a day's cap": ask(DAY_CAP, WAVES.urgent_day_cap),
        "no alerts beyond a week's cap": ask(WEEK_CAP, WAVES.urgent_week_cap),
        "nobody asked at night": ask(ASKED_AT_NIGHT, WAVES.quiet_until, WAVES.quiet_from),
        "no lost message": ask(LOST_MESSAGES, jumped),
        "who is said to come does come": ask(TRUE_WHEN_SENT, jumped),
        "whoever is asked is told": ask(OFFERS_TOLD),
        "a failed message is somebody's task": ask(FAILURES_TOLD),
        "everybody in a list is looked at": ask(NEXT_LOOK_OWNED, late),
        "a list is rung to its end": ask(LISTS_END, RINGING.most, late - LONGEST),
        "an answer to a list is followed": ask(ANSWERS_FOLLOWED),
        "nobody rung at night": ask(RUNG_AT_NIGHT, RING_FROM, RING_UNTIL),
    }
    return {name: rows for name, rows in checks.items() if rows}


def replay(events: Iterable[Mapping[str, Any]]) -> dict[tuple[str, Any], str]:
    """The status of every mission and offer, from the journal alone.

    Raises:
        AssertionError: two lines of it do not follow from each other.
        TransitionRefused: the rules know no such step.
    """
    steps = {event.value for _, event in MISSION_TRANSITIONS}
    found: dict[tuple[str, Any], str] = {}
    for event in events:
        entity, key = event["entity"], (event["entity"], event["entity_id"])
        if entity == "offer" and event["kind"] == "sent":
            found[key] = OfferStatus.SENT
        elif event["before"] is not None:
            assert found.get(key, event["before"]) == event["before"], f"a gap before {event}"
            if entity == "mission":
                assert event["kind"] in steps
                after: str = lifecycle.apply(
                    MissionStatus(event["before"]), MissionEvent(event["kind"]), event["at"]
                ).after
            else:
                after = lifecycle.apply(
                    OfferStatus(event["before"]), OfferEvent(event["kind"]), event["at"]
                ).after
            assert after == event["after"], event
            found[key] = after
    return found


def journal_gaps(ask: Ask) -> Rows:
    """Missions and offers whose status does not follow from the journal."""
    told = replay(
        ask(
            "SELECT entity, entity_id, kind, before, after, at FROM event"
            " WHERE entity IN ('mission', 'offer') ORDER BY id"
        )
    )
    gaps = []
    for entity in ("mission", "offer"):
        for row in ask(f"SELECT id, status FROM {entity}"):
            fresh = entity == "mission" and (entity, row["id"]) not in told
            if fresh and row["status"] in ("open", "to_verify"):
                continue
            if told.get((entity, row["id"])) != row["status"]:
                gaps.append({"entity": entity, **row})
    return gaps


def doubled(
    taken: Iterable[tuple[str, str, str]], allowed: Mapping[tuple[str, str, str], int]
) -> dict[tuple[str, str, str], int]:
    """What reached somebody more often than it was called for: (channel, number, text)."""
    return {one: times for one, times in Counter(taken).items() if times > allowed.get(one, 0)}
