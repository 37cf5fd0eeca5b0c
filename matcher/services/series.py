"""Outings that come back: the next ones made in time, whoever came last time asked first."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select

from matcher.domain.errors import NotFound, TransitionRefused
from matcher.domain.lifecycle import LIVE_MISSIONS, MissionEvent, MissionStatus
from matcher.domain.people import Need
from matcher.domain.recurrence import Occasion, in_words, occasions
from matcher.domain.ringing import HOLIDAY
from matcher.domain.waves import hand_over_at
from matcher.services import texts
from matcher.services.messages import Repeat, queue_call
from matcher.services.missions import count_moves, schedule_step
from matcher.services.opening import list_holidays
from matcher.services.policies import WAVES
from matcher.services.same_again import CAME, ask_who_came_last, promise_by_the_eve
from matcher.services.senior_news import NO_NUMBER, tell_senior
from matcher.services.tasks import add_task, first_time
from matcher.services.visits import cancel
from matcher.services.work import Work
from matcher.settings import HolidayRule
from matcher.store.tables import (
    FileStatus,
    MissionRow,
    RequestRow,
    SeniorRow,
    TaskKind,
)

HOLIDAY_TOLD_WITHIN = timedelta(days=2)
"""A coordinator has so long for a senior whom nobody can ring."""

STALLED = "Sortie habituelle en attente : vérifier la demande, ou arrêter la série."

_LIVE = [status.value for status in LIVE_MISSIONS]
_VERIFIED = [MissionStatus.OPEN.value, MissionStatus.NO_SHOW.value, *CAME]


def list_series(work: Work) -> list[RequestRow]:
    """The requests that come back and were not stopped, the oldest first."""
    return list(
        work.session.exec(
            select(RequestRow)
            .where(col(RequestRow.recurrence).is_not(None), col(RequestRow.ended_at).is_(None))
            .order_by(col(RequestRow.created_at), col(RequestRow.id))
        )
    )


def list_coming(work: Work, request_id: UUID) -> list[MissionRow]:
    """The live outings of a series that have not begun, the next one first."""
    return list(
        work.session.exec(
            select(MissionRow)
            .where(
                MissionRow.request_id == request_id,
                col(MissionRow.status).in_(_LIVE),
                MissionRow.status != MissionStatus.IN_PROGRESS.value,
                MissionRow.starts_at > work.now,
            )
            .order_by(col(MissionRow.starts_at), col(MissionRow.id))
        )
    )


def say_rule(work: Work, request: RequestRow) -> str:
    """How often a series comes back, in words; nothing for a single outing."""
    if request.recurrence is None or request.repeats_from is None:
        return ""
    return in_words(request.recurrence, request.repeats_from, work.runtime.settings.zone)


def extend(work: Work, request_id: UUID) -> None:
    """Make the outings of a series that the days ahead bring and that were never made.

    One that was called off does not come back. The place, the needs and the length are those of
    the last one made. Nothing is made for somebody nobody has verified yet, or for a place nobody
    knows yet, which a coordinator is asked about once nothing else of it is under way; nor beside
    another outing of theirs at that hour.
    """
    request = work.session.get(RequestRow, request_id, with_for_update=True)
    if request is None or request.recurrence is None or request.repeats_from is None:
        raise NotFound
    senior = work.session.get_one(SeniorRow, request.senior_id)
    made = _list_made(work, request.id)
    if request.ended_at is not None or senior.status == FileStatus.CLOSED or not made:
        return
    if not _may_go_on(work, senior, made):
        if not any(mission.status in _LIVE for mission in made):
            add_task(
                work,
                TaskKind.VERIFY_REQUEST,
                STALLED,
                mission_id=made[-1].id,
                senior_id=senior.id,
            )
        return
    settings = work.runtime.settings
    known = {mission.occurs_on for mission in made}
    for occasion in occasions(
        request.recurrence,
        request.repeats_from,
        settings.zone,
        work.now,
        work.now + timedelta(days=settings.series_days_ahead),
        lambda day: day in list_holidays(settings.holidays_of, day.year),
    ):
        if occasion.day in known:
            continue
        if occasion.holiday and settings.series_holidays is HolidayRule.SKIP:
            _tell_of_holiday(work, request, senior, occasion)
        elif not _is_out(work, senior, occasion.starts_at, made[-1]):
            made.append(_make(work, request, senior, occasion, made))


def stop(work: Work, request_id: UUID) -> RequestRow:
    """The series ends: no more outings are made, those to come are called off, the senior told.

    Raises:
        NotFound: there is no such series.
        TransitionRefused: it was stopped before.
    """
    request = work.session.get(RequestRow, request_id, with_for_update=True)
    if request is None or request.recurrence is None:
        raise NotFound
    if request.ended_at is not None:
        raise TransitionRefused
    request.ended_at = work.now
    work.note("request", request.id, "series_stopped")
    coming = list_coming(work, request.id)
    for mission in coming:
        cancel(work, mission.id, "series_stopped")
    if coming:
        tell_senior(work, coming[0], "cancelled", texts.series_stopped)
    return request


def _list_made(work: Work, request_id: UUID) -> list[MissionRow]:
    """The outing that was asked for, then those the series made, by their day."""
    return list(
        work.session.exec(
            select(MissionRow)
            .where(MissionRow.request_id == request_id)
            .order_by(col(MissionRow.occurs_on).nulls_first(), col(MissionRow.starts_at))
        )
    )


def _may_go_on(work: Work, senior: SeniorRow, made: list[MissionRow]) -> bool:
    if not made[-1].meeting:
        return False
    return senior.status == FileStatus.ACTIVE or any(
        mission.status in _VERIFIED or count_moves(work, mission, MissionEvent.VERIFY)
        for mission in made
    )


def _is_out(work: Work, senior: SeniorRow, starts_at: datetime, last: MissionRow) -> bool:
    """Whether they have another outing under way or planned at that hour."""
    ends_at = starts_at + (last.ends_at - last.starts_at)
    return (
        work.session.exec(
            select(MissionRow.id).where(
                MissionRow.senior_id == senior.id,
                col(MissionRow.status).in_(_LIVE),
                MissionRow.starts_at < ends_at,
                MissionRow.ends_at > starts_at,
            )
        ).first()
        is not None
    )


def _make(
    work: Work,
    request: RequestRow,
    senior: SeniorRow,
    occasion: Occasion,
    made: list[MissionRow],
) -> MissionRow:
    last = made[-1]
    asked = occasion.holiday and work.runtime.settings.series_holidays is HolidayRule.ASK
    mission = MissionRow(
        id=work.new_id(),
        created_at=work.now,
        request_id=request.id,
        senior_id=senior.id,
        status=(MissionStatus.TO_VERIFY if asked else MissionStatus.OPEN).value,
        purpose=request.purpose,
        needs=sorted({Need(need) for need in (*last.needs, *senior.needs)}),
        starts_at=occasion.starts_at,
        ends_at=occasion.starts_at + (last.ends_at - last.starts_at),
        deadline_at=hand_over_at(occasion.starts_at, work.now, WAVES),
        opened_at=work.now,
        meeting=last.meeting,
        access_notes=last.access_notes,
        zone_code=last.zone_code,
        occurs_on=occasion.day,
    )
    work.session.add(mission)
    work.session.flush()
    work.note("mission", mission.id, "created", reason="series")
    if asked:
        schedule_step(work, mission, mission.deadline_at)
        add_task(
            work,
            TaskKind.VERIFY_REQUEST,
            "Sortie habituelle un jour férié : demander si elle a lieu.",
            due_at=min(work.now + timedelta(days=2), mission.deadline_at),
            mission_id=mission.id,
            senior_id=senior.id,
        )
        return mission
    promise_by_the_eve(work, mission)
    schedule_step(work, mission, ask_who_came_last(work, mission))
    return mission


def _tell_of_holiday(
    work: Work, request: RequestRow, senior: SeniorRow, occasion: Occasion
) -> None:
    day = occasion.day.isoformat()
    news = texts.holiday(texts.day_and_hour(occasion.starts_at, work.runtime.settings.zone))
    if senior.phone is None:
        _have_holiday_told(work, request, day, news, occasion.starts_at)
        return
    queue_call(
        work,
        senior.phone,
        f"{news} {texts.KEYS_HEARD}",
        HOLIDAY,
        f"holiday:{request.id}:{day}",
        repeat=Repeat(until=occasion.starts_at, senior_id=senior.id),
    )


def _have_holiday_told(
    work: Work, request: RequestRow, day: str, news: str, starts_at: datetime
) -> None:
    """Ask a coordinator, once for each holiday."""
    if not first_time(work, "request", request.id, HOLIDAY, day):
        return
    add_task(
        work,
        TaskKind.CALL_BACK,
        NO_NUMBER,
        due_at=min(work.now + HOLIDAY_TOLD_WITHIN, starts_at),
        senior_id=request.senior_id,
        details={"text": news},
    )
