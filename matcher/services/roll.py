"""Volunteers and seniors as the matching rules see them, read from the store."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from math import cos, radians
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Float, case, func, or_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, defer
from sqlalchemy.sql.base import ExecutableOption
from sqlmodel import SQLModel, col, select

from matcher.domain.addresses import Address
from matcher.domain.availability import Availability, DatedException, WeeklyWindow
from matcher.domain.geo import Point
from matcher.domain.lifecycle import HELD_MISSIONS, MissionStatus, OfferStatus
from matcher.domain.people import Busy, Need, Outing, Purpose, Senior, Skill, VettingStep, Volunteer
from matcher.roster import Member
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
MADE_GOOD = timedelta(hours=12)
"""An outing to which nobody came is made good within this."""

_COUNTED = [status.value for status in HELD_MISSIONS | {MissionStatus.COMPLETED}]


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A volunteer with what the wave policy counts besides.

    `offers_seen` is the sum of the contexts of past offers, `yes` how many were accepted;
    `answers` how many were answered, in `answer_min` minutes (geometric mean).
    """

    volunteer: Volunteer
    alerts_today: int
    missions_7d: int
    missions_30d: int
    missions_90d: int
    offers_seen: float
    yes: int
    answers: int
    answer_min: float


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
    """The mission as the rules see it, with those who must not be asked again.

    Those are whoever was asked for it at this time and place, and whoever did not come to the
    outing that it makes good.
    """
    asked = select(OfferRow.volunteer_id).where(
        OfferRow.mission_id == mission.id,
        or_(col(OfferRow.status) != OfferStatus.WITHDRAWN.value, col(OfferRow.said_yes)),
    )
    if mission.asked_from is not None:
        asked = asked.where(OfferRow.sent_at >= mission.asked_from)
    absent = select(MissionRow.volunteer_id).where(
        MissionRow.request_id == mission.request_id,
        MissionRow.status == MissionStatus.NO_SHOW.value,
        col(MissionRow.starts_at).between(mission.starts_at - MADE_GOOD, mission.starts_at),
        col(MissionRow.volunteer_id).is_not(None),
    )
    kept_out = work.session.execute(asked.union(absent)).scalars()
    return Outing(
        id=mission.id,
        senior=_senior(work, mission),
        meeting_point=address_of(mission.meeting).point,
        starts_at=mission.starts_at,
        ends_at=mission.ends_at,
        purpose=Purpose(mission.purpose),
        already_asked=frozenset(kept_out),
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


def list_enrolled(work: Work, outing: Outing) -> list[Enrolled]:
    """Everyone who may be eligible: nobody eligible is missing, the rules have the last word.

    The roster says whom to look at, the store what holds.
    """
    roster = work.runtime.roster.up_to_date(work.runtime)
    return _enrol(work, _rows(work, roster.candidates(outing)), outing)


def list_in_reach(work: Work, outing: Outing) -> list[Enrolled]:
    """Everyone whose walking limit reaches the meeting point, eligible or not."""
    roster = work.runtime.roster.up_to_date(work.runtime)
    return _enrol(work, _rows(work, roster.within_reach(outing.meeting_point)), outing)


def get_enrolled(work: Work, outing: Outing, volunteer_id: UUID) -> Enrolled:
    """One volunteer, wherever they live."""
    return _enrol(work, [work.session.get_one(VolunteerRow, volunteer_id)], outing)[0]


def list_members(work: Work, ids: Sequence[UUID] | None = None) -> list[Member]:
    """Those of `ids` who exist, or everyone, as the roster keeps them."""
    rows = _rows(work, ids, defer(VolunteerRow.phone))  # type: ignore[arg-type]
    return [_member(work, row, lives) for row, lives in _lives(work, rows, all_of=ids is None)]


def _rows(work: Work, ids: Sequence[UUID] | None, *options: ExecutableOption) -> list[VolunteerRow]:
    query = select(VolunteerRow).options(*options)
    if ids is not None:
        query = query.where(_among(col(VolunteerRow.id), ids))
    return list(work.session.exec(query))


def _among(column: Mapped[UUID] | Mapped[UUID | None], ids: Sequence[UUID]) -> ColumnElement[bool]:
    """`column` is one of `ids`, however many: one parameter, not one each."""
    return column == sa.any_(sa.literal(list(ids), ARRAY(sa.Uuid())))


def list_homes_near(work: Work, point: Point, limit: int) -> list[Point]:
    """Where active volunteers live whose walking limit reaches `point`, the nearest first."""
    rows = work.session.exec(
        select(VolunteerRow.lat, VolunteerRow.lon)
        .where(col(VolunteerRow.active), _in_reach(point))
        .order_by(_away_m2(point), col(VolunteerRow.id))
        .limit(limit)
    )
    return [Point(lat, lon) for lat, lon in rows]


def _in_reach(point: Point) -> ColumnElement[bool]:
    # The earth is flat at this scale; one per cent of slack leaves the rules the last word.
    reach_m = col(VolunteerRow.max_walk_m) * 1.01
    return _away_m2(point) <= reach_m * reach_m


def _away_m2(point: Point) -> ColumnElement[float]:
    north_m = (col(VolunteerRow.lat) - point.lat) * M_PER_DEGREE
    east_m = (col(VolunteerRow.lon) - point.lon) * (M_PER_DEGREE * cos(radians(point.lat)))
    return north_m * north_m + east_m * east_m


@dataclass(frozen=True, slots=True)
class _Life:
    """What the store knows of one volunteer besides their file."""

    vetted: bool
    availability: Availability
    missions: list[_Held]
    answers: _Answers
    refused: frozenset[UUID]


def _lives(
    work: Work, rows: Sequence[VolunteerRow], *, all_of: bool = False
) -> Iterator[tuple[VolunteerRow, _Life]]:
    """Each with their life, a handful of queries for all; `all_of`: they are everyone."""
    ids = None if all_of else [row.id for row in rows]
    vetted = list_vetted(work, ids)
    availability = load_availability(work, rows, all_of=all_of)
    missions = _missions(work, ids)
    answers = _answers(work, ids)
    refused = _refused(work, ids)
    for row in rows:
        yield (
            row,
            _Life(
                row.id in vetted,
                availability[row.id],
                missions[row.id],
                answers.get(row.id, _Answers()),
                frozenset(refused[row.id]),
            ),
        )


def _member(work: Work, row: VolunteerRow, life: _Life) -> Member:
    zone = work.runtime.settings.zone
    home = Point(row.lat, row.lon)
    past = [mission.starts_at for mission in life.missions if mission.starts_at <= work.now]
    this_week = work.now.astimezone(zone).isocalendar()[:2]
    weeks = Counter(m.starts_at.astimezone(zone).isocalendar()[:2] for m in life.missions)
    return Member(
        Volunteer(
            id=row.id,
            home=home,
            availability=life.availability,
            active=row.active,
            vetted=life.vetted,
            max_walk_m=row.max_walk_m,
            weekly_cap=row.weekly_cap,
            skills=frozenset(Skill(skill) for skill in row.skills),
            languages=frozenset(row.languages),
            busy=tuple(
                Busy(m.busy_from, m.busy_until)
                for m in life.missions
                if m.status in HELD_MISSIONS and m.busy_from and m.busy_until
            ),
            missions_28d=_since(life.missions, work.now - timedelta(days=28)),
            last_mission_at=max(past, default=None),
            alerts_7d=life.answers.alerts_7d,
            promises=life.answers.yes,
            taken_back=life.answers.taken_back,
            refused=life.refused,
        ),
        weeks={week: count for week, count in weeks.items() if week >= this_week},
        left_bank=work.runtime.atlas.territory.left_bank(home),
    )


def _enrol(work: Work, rows: Sequence[VolunteerRow], outing: Outing) -> list[Enrolled]:
    enrolled = []
    for row, whole in _lives(work, rows):
        # Whoever holds this very mission is judged as if they did not.
        own = [mission for mission in whole.missions if mission.id != outing.id]
        life = replace(whole, missions=own)
        enrolled.append(
            Enrolled(
                _member(work, row, life).on(outing, work.runtime.settings.zone),
                alerts_today=life.answers.alerts_today,
                missions_7d=_since(own, outing.starts_at - timedelta(days=7)),
                missions_30d=_since(own, work.now - timedelta(days=30)),
                missions_90d=_since(own, work.now - timedelta(days=90)),
                offers_seen=life.answers.offers_seen,
                yes=life.answers.yes,
                answers=life.answers.answers,
                answer_min=life.answers.answer_min,
            )
        )
    return enrolled


def _since(missions: Iterable[_Held], start: datetime) -> int:
    return sum(mission.starts_at >= start for mission in missions)


def list_vetted(work: Work, ids: Sequence[UUID] | None) -> set[UUID]:
    """Those of `ids`, or of all, whose every vetting step is marked seen."""
    owner = col(VettingCheckRow.volunteer_id)
    query = (
        select(VettingCheckRow.volunteer_id)
        .group_by(owner)
        .having(func.count(col(VettingCheckRow.step)) == len(VettingStep))
    )
    return set(work.session.exec(query if ids is None else query.where(_among(owner, ids))))


def load_availability(
    work: Work, rows: Sequence[VolunteerRow], *, all_of: bool = False
) -> dict[UUID, Availability]:
    """When each of these volunteers is free; `all_of`: they are everyone."""
    ids = [row.id for row in rows]
    window, kept = AvailabilityWindowRow, AvailabilityExceptionRow
    usual = _columns(window, "volunteer_id", "weekday", "start", "end")
    dated = _columns(kept, "volunteer_id", "day", "start", "end", "free")
    if not all_of:
        usual = usual.where(_among(col(window.volunteer_id), ids))
        dated = dated.where(_among(col(kept.volunteer_id), ids))
    windows: dict[UUID, list[WeeklyWindow]] = defaultdict(list)
    for owner, *hours in work.session.execute(usual):
        windows[owner].append(WeeklyWindow(*hours))
    exceptions: dict[UUID, list[DatedException]] = defaultdict(list)
    for owner, *what in work.session.execute(dated):
        exceptions[owner].append(DatedException(*what))
    return {
        row.id: Availability(tuple(windows[row.id]), tuple(exceptions[row.id]), row.free_until)
        for row in rows
    }


def _columns(table: type[SQLModel], *names: str) -> sa.Select[Any]:
    """Some columns as plain rows: quicker than whole entities, and nothing is decrypted."""
    return sa.select(*(col(getattr(table, name)) for name in names))


class _Held(NamedTuple):
    """A mission somebody holds or held, without what is encrypted."""

    id: UUID
    volunteer_id: UUID
    status: str
    starts_at: datetime
    busy_from: datetime | None
    busy_until: datetime | None


def _missions(work: Work, ids: Sequence[UUID] | None) -> dict[UUID, list[_Held]]:
    query = _columns(MissionRow, *_Held._fields).where(
        col(MissionRow.volunteer_id).is_not(None),
        col(MissionRow.status).in_(_COUNTED),
        col(MissionRow.starts_at) >= work.now - RECORD,
    )
    if ids is not None:
        query = query.where(_among(col(MissionRow.volunteer_id), ids))
    found: dict[UUID, list[_Held]] = defaultdict(list)
    for row in work.session.execute(query):
        found[row.volunteer_id].append(_Held(*row))
    return found


def _refused(work: Work, ids: Sequence[UUID] | None) -> dict[UUID, set[UUID]]:
    query = select(BondRow.volunteer_id, BondRow.senior_id).where(
        BondRow.kind == BondKind.VOLUNTEER_REFUSES.value
    )
    if ids is not None:
        query = query.where(_among(col(BondRow.volunteer_id), ids))
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for volunteer_id, senior_id in work.session.exec(query):
        found[volunteer_id].add(senior_id)
    return found


@dataclass(frozen=True, slots=True)
class _Answers:
    alerts_7d: int = 0
    alerts_today: int = 0
    offers_seen: float = 0.0
    yes: int = 0
    taken_back: int = 0
    answers: int = 0
    answer_min: float = 0.0


def _answers(work: Work, ids: Sequence[UUID] | None) -> dict[UUID, _Answers]:
    zone = work.runtime.settings.zone
    midnight = datetime.combine(work.now.astimezone(zone).date(), time(0), zone)
    sent_at = col(OfferRow.sent_at)
    said_yes = col(OfferRow.said_yes).is_(True)
    answered = col(OfferRow.status).in_([OfferStatus.ACCEPTED.value, OfferStatus.DECLINED.value])
    took_min = func.extract("epoch", col(OfferRow.answered_at) - sent_at) / 60

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    query = (
        sa.select(
            col(OfferRow.volunteer_id),
            count(sent_at >= work.now - timedelta(days=7)),
            count(sent_at >= midnight),
            func.sum(col(OfferRow.context)).cast(Float),
            count(said_yes),
            count(said_yes & (col(OfferRow.status) == OfferStatus.WITHDRAWN.value)),
            count(answered),
            func.coalesce(
                func.exp(func.avg(case((answered, func.ln(func.greatest(took_min, 1.0)))))), 0.0
            ).cast(Float),
        )
        .where(sent_at >= work.now - RECORD)
        .group_by(col(OfferRow.volunteer_id))
    )
    if ids is not None:
        query = query.where(_among(col(OfferRow.volunteer_id), ids))
    return {row[0]: _Answers(*row[1:]) for row in work.session.execute(query)}


def list_aged(work: Work, since: datetime) -> set[UUID]:
    """Whose counts the mere passing of time has changed between `since` and now."""

    def passed(column: Mapped[datetime], age: timedelta) -> ColumnElement[bool]:
        return (column > since - age) & (column <= work.now - age)

    starts_at, sent_at = col(MissionRow.starts_at), col(OfferRow.sent_at)
    holders = select(MissionRow.volunteer_id).where(
        col(MissionRow.volunteer_id).is_not(None),
        or_(passed(starts_at, timedelta(0)), passed(starts_at, timedelta(days=28))),
    )
    asked = select(OfferRow.volunteer_id).where(
        or_(passed(sent_at, timedelta(days=7)), passed(sent_at, RECORD))
    )
    return {id for id in (*work.session.exec(holders), *work.session.exec(asked)) if id is not None}
