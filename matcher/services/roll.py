"""Volunteers and seniors as the matching rules see them, read from the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import cos, radians
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Float, case, func, or_
from sqlmodel import col, select

from matcher.domain.addresses import Address
from matcher.domain.availability import Availability, DatedException, WeeklyWindow
from matcher.domain.geo import Point
from matcher.domain.lifecycle import HELD_MISSIONS, MissionStatus, OfferStatus
from matcher.domain.people import Busy, Need, Outing, Purpose, Senior, Skill, VettingStep, Volunteer
from matcher.services.work import Work
from matcher.store.tables import (
    AvailabilityExceptionRow,
    AvailabilityWindowRow,
    BondKind,
    BondRow,
    MissionRow,
    OfferRow,
    SeniorRow,
    VettingCheckRow,
    VolunteerRow,
)

M_PER_DEGREE = 111_320.0
RECORD = timedelta(days=180)
"""How far back a person's answers count."""

_COUNTED = [status.value for status in HELD_MISSIONS | {MissionStatus.COMPLETED}]


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A volunteer with what the wave policy counts besides.

    `offers_seen` is the sum of the contexts of past offers, `yes` how many were accepted.
    """

    volunteer: Volunteer
    alerts_today: int
    missions_7d: int
    missions_30d: int
    offers_seen: float
    yes: int


def address_to_json(address: Address) -> dict[str, object]:
    """An address as the encrypted columns keep it."""
    return {
        "number": address.number,
        "rep": address.rep,
        "street": address.street,
        "postcode": address.postcode,
        "lat": address.point.lat,
        "lon": address.point.lon,
    }


def address_of(kept: dict[str, object]) -> Address:
    """The inverse of `address_to_json`."""
    return Address(
        number=int(str(kept["number"])),
        rep=None if kept["rep"] is None else str(kept["rep"]),
        street=str(kept["street"]),
        postcode=str(kept["postcode"]),
        point=Point(float(str(kept["lat"])), float(str(kept["lon"]))),
    )


def outing_of(work: Work, mission: MissionRow) -> Outing:
    """The mission as the rules see it, with those who must not be asked again."""
    asked = work.session.exec(
        select(OfferRow.volunteer_id).where(
            OfferRow.mission_id == mission.id,
            or_(col(OfferRow.status) != OfferStatus.WITHDRAWN.value, col(OfferRow.said_yes)),
        )
    )
    return Outing(
        id=mission.id,
        senior=_senior(work, mission),
        meeting_point=address_of(mission.meeting).point,
        starts_at=mission.starts_at,
        ends_at=mission.ends_at,
        purpose=Purpose(mission.purpose),
        already_asked=frozenset(asked),
    )


def _senior(work: Work, mission: MissionRow) -> Senior:
    senior = work.session.get_one(SeniorRow, mission.senior_id)
    bonds = work.session.exec(select(BondRow).where(BondRow.senior_id == senior.id)).all()
    return Senior(
        id=senior.id,
        home=address_of(senior.home or mission.meeting).point,
        needs=frozenset(Need(need) for need in mission.needs),
        languages=frozenset(senior.languages),
        circle=frozenset(b.volunteer_id for b in bonds if b.kind == BondKind.CIRCLE),
        refused=frozenset(b.volunteer_id for b in bonds if b.kind == BondKind.SENIOR_REFUSES),
    )


def list_enrolled(work: Work, outing: Outing, only: UUID | None = None) -> list[Enrolled]:
    """Everyone whose walking limit reaches the meeting point, or the one asked for alone."""
    query = select(VolunteerRow)
    if only is not None:
        query = query.where(VolunteerRow.id == only)
    else:
        point = outing.meeting_point
        north_m = (col(VolunteerRow.lat) - point.lat) * M_PER_DEGREE
        east_m = (col(VolunteerRow.lon) - point.lon) * (M_PER_DEGREE * cos(radians(point.lat)))
        # The earth is flat at this scale; one per cent of slack leaves the rules the last word.
        reach_m = col(VolunteerRow.max_walk_m) * 1.01
        query = query.where(north_m * north_m + east_m * east_m <= reach_m * reach_m)
    rows = work.session.exec(query).all()
    return _enrol(work, rows, outing)


def _enrol(work: Work, rows: Sequence[VolunteerRow], outing: Outing) -> list[Enrolled]:
    ids = [row.id for row in rows]
    vetted = list_vetted(work, ids)
    availability = load_availability(work, rows)
    missions = _missions(work, ids)
    answers = _answers(work, ids)
    unwilling = set(
        work.session.exec(
            select(BondRow.volunteer_id).where(
                BondRow.senior_id == outing.senior.id,
                BondRow.kind == BondKind.VOLUNTEER_REFUSES.value,
            )
        )
    )
    zone = work.runtime.settings.zone
    week = outing.starts_at.astimezone(zone).isocalendar()[:2]
    enrolled = []
    for row in rows:
        own = [mission for mission in missions[row.id] if mission.id != outing.id]
        record = answers.get(row.id, _Answers())
        past = [m.starts_at for m in own if m.starts_at <= work.now]
        volunteer = Volunteer(
            id=row.id,
            home=Point(row.lat, row.lon),
            availability=availability[row.id],
            active=row.active,
            vetted=row.id in vetted,
            max_walk_m=row.max_walk_m,
            weekly_cap=row.weekly_cap,
            skills=frozenset(Skill(skill) for skill in row.skills),
            languages=frozenset(row.languages),
            busy=tuple(
                Busy(m.busy_from, m.busy_until)
                for m in own
                if m.status in HELD_MISSIONS and m.busy_from and m.busy_until
            ),
            missions_week=sum(m.starts_at.astimezone(zone).isocalendar()[:2] == week for m in own),
            missions_28d=_since(own, work.now - timedelta(days=28)),
            last_mission_at=max(past, default=None),
            alerts_7d=record.alerts_7d,
            refused=frozenset({outing.senior.id}) if row.id in unwilling else frozenset(),
        )
        enrolled.append(
            Enrolled(
                volunteer,
                alerts_today=record.alerts_today,
                missions_7d=_since(own, outing.starts_at - timedelta(days=7)),
                missions_30d=_since(own, work.now - timedelta(days=30)),
                offers_seen=record.offers_seen,
                yes=record.yes,
            )
        )
    return enrolled


def _since(missions: Iterable[MissionRow], start: datetime) -> int:
    return sum(mission.starts_at >= start for mission in missions)


def list_vetted(work: Work, ids: Sequence[UUID]) -> set[UUID]:
    """Those of `ids` whose every vetting step is marked seen."""
    steps = func.count(col(VettingCheckRow.step))
    return set(
        work.session.exec(
            select(VettingCheckRow.volunteer_id)
            .where(col(VettingCheckRow.volunteer_id).in_(ids))
            .group_by(col(VettingCheckRow.volunteer_id))
            .having(steps == len(VettingStep))
        )
    )


def load_availability(work: Work, rows: Sequence[VolunteerRow]) -> dict[UUID, Availability]:
    """When each of these volunteers is free: windows, exceptions and "free now"."""
    ids = [row.id for row in rows]
    windows: dict[UUID, list[WeeklyWindow]] = defaultdict(list)
    for window in work.session.exec(
        select(AvailabilityWindowRow).where(col(AvailabilityWindowRow.volunteer_id).in_(ids))
    ):
        windows[window.volunteer_id].append(WeeklyWindow(window.weekday, window.start, window.end))
    exceptions: dict[UUID, list[DatedException]] = defaultdict(list)
    for kept in work.session.exec(
        select(AvailabilityExceptionRow).where(col(AvailabilityExceptionRow.volunteer_id).in_(ids))
    ):
        exceptions[kept.volunteer_id].append(
            DatedException(kept.day, kept.start, kept.end, kept.free)
        )
    return {
        row.id: Availability(tuple(windows[row.id]), tuple(exceptions[row.id]), row.free_until)
        for row in rows
    }


def _missions(work: Work, ids: Sequence[UUID]) -> dict[UUID, list[MissionRow]]:
    found: dict[UUID, list[MissionRow]] = defaultdict(list)
    for mission in work.session.exec(
        select(MissionRow).where(
            col(MissionRow.volunteer_id).in_(ids),
            col(MissionRow.status).in_(_COUNTED),
            col(MissionRow.starts_at) >= work.now - RECORD,
        )
    ):
        if mission.volunteer_id is not None:
            found[mission.volunteer_id].append(mission)
    return found


@dataclass(frozen=True, slots=True)
class _Answers:
    alerts_7d: int = 0
    alerts_today: int = 0
    offers_seen: float = 0.0
    yes: int = 0


def _answers(work: Work, ids: Sequence[UUID]) -> dict[UUID, _Answers]:
    zone = work.runtime.settings.zone
    midnight = datetime.combine(work.now.astimezone(zone).date(), time(0), zone)
    sent_at = col(OfferRow.sent_at)

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    rows = work.session.execute(
        sa.select(
            col(OfferRow.volunteer_id),
            count(sent_at >= work.now - timedelta(days=7)),
            count(sent_at >= midnight),
            func.sum(col(OfferRow.context)).cast(Float),
            count(col(OfferRow.said_yes).is_(True)),
        )
        .where(col(OfferRow.volunteer_id).in_(ids), sent_at >= work.now - RECORD)
        .group_by(col(OfferRow.volunteer_id))
    )
    return {row[0]: _Answers(*row[1:]) for row in rows}
