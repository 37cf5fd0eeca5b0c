"""The week summed up on Monday morning: for coordinators, and for volunteers where a city wants it.

Counts alone: a digest names nobody.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import Mapped
from sqlmodel import col, select

from matcher.domain.campaigns import CallStatus
from matcher.domain.errors import NotFound
from matcher.domain.lifecycle import MissionStatus
from matcher.domain.ringing import decent_hour
from matcher.services import texts
from matcher.services.coverage import half_day_of, list_coverage
from matcher.services.messages import queue_sms
from matcher.services.roll import outing_of
from matcher.services.tasks import add_task
from matcher.services.telephone import takes_sms
from matcher.services.work import Work
from matcher.store.tables import (
    CampaignCallRow,
    CoordinatorTaskRow,
    DigestRow,
    EventRow,
    MessageRow,
    MissionRow,
    OfferRow,
    RequestRow,
    TaskKind,
    VolunteerRow,
)

SHORT_LEVEL = 1
"""A zone is short of people when its coverage is of this class at most."""
SMS_SHARE = 4
"""At most one in so many of a day's SMS is a volunteers' digest."""
READ_WITHIN = timedelta(hours=4)
NEWS = ("found", "not_yet", "unfilled")
"""Purposes of the calls that keep a promise."""
ON_TIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Digest:
    """What a week came to.

    Attributes:
        monday: its first day.
        requests: asked for in the week.
        outings: that were to start in it and were not called off,
        filled: of which somebody came, or said they would,
        unfilled: of which nobody was found,
        cancelled: and besides, those that were called off.
        promised: call-back times that fell into the week,
        kept: of which the senior was rung by then, whoever was found or not, or had called off.
        well: seniors who said it went well,
        problem: and who said it did not.
        unreached: people of campaigns handed over to a coordinator.
        tasks_open: things to do when it was summed up,
        tasks_late: of which these were overdue.
        short_zones: names of the zones that hardly anybody is free in, in the half-day under way.
    """

    monday: date
    requests: int
    outings: int
    filled: int
    unfilled: int
    cancelled: int
    promised: int
    kept: int
    well: int
    problem: int
    unreached: int
    tasks_open: int
    tasks_late: int
    short_zones: list[str]


def make_digest(work: Work) -> None:
    """Sum last week up unless that is done, and tell those it is for.

    The first time it is done on a Monday.
    """
    if not _is_due(work):
        return
    digest = sum_up(work, _last_monday(work))
    facts = asdict(digest)
    del facts["monday"]
    work.session.add(DigestRow(monday=digest.monday, made_at=work.now, facts=facts))
    add_task(
        work,
        TaskKind.ATTENTION,
        "Le bilan de la semaine est prêt : le lire.",
        due_at=work.now + READ_WITHIN,
        details={"note": f"{digest.filled} sorties pourvues sur {digest.outings}"},
    )
    settings = work.runtime.settings
    if settings.volunteer_digest and decent_hour(work.now, settings.zone) == work.now:
        _tell_volunteers(work, digest.monday)


def _is_due(work: Work) -> bool:
    if work.session.get(DigestRow, _last_monday(work)) is not None:
        return False
    monday = work.now.astimezone(work.runtime.settings.zone).weekday() == 0
    return monday or work.session.exec(select(DigestRow)).first() is not None


def get_digest(work: Work, monday: date | None = None) -> Digest:
    """The digest of the week that began on `monday`, by default the last one.

    Raises:
        NotFound: that week is not over, or was never summed up.
    """
    row = work.session.get(DigestRow, monday or _last_monday(work))
    if row is not None:
        return Digest(monday=row.monday, **row.facts)
    if monday is not None:
        raise NotFound
    return sum_up(work, _last_monday(work))


def sum_up(work: Work, monday: date) -> Digest:
    """Count the week that began on `monday`; what is open is counted as it stands now."""
    zone = work.runtime.settings.zone
    begin = datetime.combine(monday, time(0), zone)
    end = datetime.combine(monday + timedelta(days=7), time(0), zone)

    def count(*conditions: ColumnElement[bool]) -> int:
        return int(work.session.execute(select(func.count()).where(*conditions)).scalar_one())

    def during(column: Mapped[datetime] | Mapped[datetime | None]) -> ColumnElement[bool]:
        return (column >= begin) & (column < end)

    statuses = Counter(
        work.session.exec(select(MissionRow.status).where(during(col(MissionRow.starts_at))))
    )
    cancelled = statuses.pop(MissionStatus.CANCELLED.value, 0)
    came = (MissionStatus.ACCEPTED, MissionStatus.IN_PROGRESS, MissionStatus.COMPLETED)
    promised, kept = _promises(work, during(col(RequestRow.promised_call_at)))
    feedback = Counter(
        work.session.exec(
            select(EventRow.reason).where(EventRow.kind == "feedback", during(col(EventRow.at)))
        )
    )
    undone = col(CoordinatorTaskRow.done_at).is_(None)
    coverage = list_coverage(work, half_day_of(work.now, zone).interval)
    return Digest(
        monday=monday,
        requests=count(during(col(RequestRow.created_at))),
        outings=statuses.total(),
        filled=sum(statuses[status.value] for status in came),
        unfilled=statuses[MissionStatus.UNFILLED.value],
        cancelled=cancelled,
        promised=promised,
        kept=kept,
        well=feedback["well"],
        problem=feedback["problem"],
        unreached=count(
            col(CampaignCallRow.status) == CallStatus.UNREACHED.value,
            during(col(CampaignCallRow.settled_at)),
        ),
        tasks_open=count(undone),
        tasks_late=count(undone, col(CoordinatorTaskRow.due_at) < work.now),
        short_zones=[one.zone.name for one in coverage if one.level <= SHORT_LEVEL],
    )


def _promises(work: Work, during: ColumnElement[bool]) -> tuple[int, int]:
    """Call-back times that fell into the week, and how many seniors had news by then."""
    rows = work.session.exec(
        select(RequestRow.promised_call_at, MissionRow)
        .join(MissionRow, col(MissionRow.request_id) == col(RequestRow.id))
        .where(during, col(MissionRow.occurs_on).is_(None))
    ).all()
    told = dict(
        work.session.exec(
            select(MessageRow.mission_id, func.min(MessageRow.queued_at))
            .where(
                col(MessageRow.mission_id).in_([mission.id for _, mission in rows]),
                col(MessageRow.purpose).in_(NEWS),
            )
            .group_by(col(MessageRow.mission_id))
        ).all()
    )
    kept = sum(
        mission.status == MissionStatus.CANCELLED
        or (mission.id in told and told[mission.id] <= promised_at + ON_TIME)
        for promised_at, mission in rows
        if promised_at is not None
    )
    return len(rows), kept


def _tell_volunteers(work: Work, monday: date) -> None:
    """An SMS to those nobody asked for a week, when outings near them wait."""
    waiting: Counter[UUID] = Counter()
    roster = work.runtime.roster.up_to_date(work.runtime)
    for mission in work.session.exec(
        select(MissionRow).where(
            MissionRow.status == MissionStatus.OPEN.value, MissionRow.starts_at > work.now
        )
    ):
        waiting.update(roster.candidates(outing_of(work, mission)))
    asked = set(
        work.session.exec(
            select(OfferRow.volunteer_id).where(OfferRow.sent_at > work.now - timedelta(days=7))
        )
    )
    settings = work.runtime.settings
    idle = [(count, who) for who, count in waiting.items() if who not in asked]
    most = settings.sms_daily_cap // SMS_SHARE
    for count, volunteer_id in sorted(idle, key=lambda one: (-one[0], one[1]))[:most]:
        volunteer = work.session.get_one(VolunteerRow, volunteer_id)
        if takes_sms(volunteer.phone):
            text = texts.digest_for_volunteer(count, settings.public_url)
            once = f"digest:{monday.isoformat()}:{volunteer_id}"
            queue_sms(work, volunteer.phone, text, "digest", once)


def _last_monday(work: Work) -> date:
    """The Monday of the last whole week."""
    today = work.now.astimezone(work.runtime.settings.zone).date()
    return today - timedelta(days=today.weekday() + 7)
