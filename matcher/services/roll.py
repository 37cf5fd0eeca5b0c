"""Volunteers and seniors as the matching rules see them, read from the store."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from math import cos, radians
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from matcher.domain.addresses import Address
from matcher.domain.errors import PlaceUnknown
from matcher.domain.geo import Point
from matcher.domain.lifecycle import HELD_MISSIONS, MissionStatus, OfferStatus
from matcher.domain.people import Busy, Need, Outing, Purpose, Senior, Skill, Volunteer
from matcher.roster import Member, Week
from matcher.services.lives import (
    File,
    Held,
    Life,
    Query,
    asked_for,
    columns,
    list_lives,
    was_taken_back,
)
from matcher.services.work import Work
from matcher.store.tables import (
    BondKind,
    BondRow,
    MissionRow,
    OfferRow,
    SeniorRow,
    VolunteerRow,
)

M_PER_DEGREE = 111_320.0
MADE_GOOD = timedelta(hours=12)
"""An outing to which nobody came is made good within this."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A volunteer with what the wave policy counts besides.

    `offers_seen` is the sum of the contexts of past offers, `yes` how many a yes was said
    to, too late or not;
    `answers` how many were answered, in `answer_min` minutes (geometric mean); `demand` as
    `chances.Candidate` has it.
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
    demand: float


def address_of(kept: dict[str, Any] | None) -> Address:
    """An address as the encrypted columns keep it.

    Raises:
        PlaceUnknown: nobody has put the place on the map yet.
    """
    if kept is None:
        raise PlaceUnknown
    return Address.from_json(kept)


def access_notes_of(mission: MissionRow, senior: SeniorRow) -> str:
    """How to get in: as said for this outing, then what the file says of the senior's home."""
    at_home = senior.access_notes if mission.meeting == senior.home else ""
    return ", ".join(note for note in (mission.access_notes, at_home) if note)


def outing_of(work: Work, mission: MissionRow) -> Outing:
    """The mission as the rules see it, with those who must not be asked again.

    Those are whoever was asked for it at this time and place, and whoever did not come to the
    outing that it makes good.
    """
    return outings_of(work, [mission])[0]


def outings_of(work: Work, missions: Sequence[MissionRow]) -> list[Outing]:
    """`outing_of` for many missions, as few queries as for one."""
    wanted = [mission.id for mission in missions]
    asked, absent = _pairs(work, _asked(), wanted), _pairs(work, _absent(), wanted)
    return as_outings(work, missions, {id: asked[id] | absent[id] for id in wanted})


@cache
def _asked() -> Query:
    return (
        sa.select(col(OfferRow.mission_id), col(OfferRow.volunteer_id))
        .join(MissionRow, col(MissionRow.id) == col(OfferRow.mission_id))
        .where(
            asked_for(col(OfferRow.mission_id)),
            or_(col(OfferRow.status) != OfferStatus.WITHDRAWN.value, was_taken_back()),
            or_(
                col(MissionRow.asked_from).is_(None),
                col(OfferRow.sent_at) >= col(MissionRow.asked_from),
                # A move ends every offer; one that waits came after it, whatever the clocks say.
                col(OfferRow.status) == OfferStatus.SENT.value,
                # Who said no to the change, or was freed after it, was asked for it as it is now.
                was_taken_back() & (col(OfferRow.answered_at) >= col(MissionRow.asked_from)),
            ),
        )
    )


@cache
def _absent() -> Query:
    missed = aliased(MissionRow)
    return (
        sa.select(col(MissionRow.id), col(missed.volunteer_id))
        .join(missed, col(missed.request_id) == col(MissionRow.request_id))
        .where(
            asked_for(col(MissionRow.id)),
            col(missed.status) == MissionStatus.NO_SHOW.value,
            col(missed.starts_at).between(
                col(MissionRow.starts_at) - MADE_GOOD, col(MissionRow.starts_at)
            ),
            col(missed.volunteer_id).is_not(None),
        )
    )


@cache
def _files() -> Query:
    return columns(SeniorRow, "id", "home", "languages").where(asked_for(col(SeniorRow.id)))


@cache
def _bonds() -> Query:
    return columns(BondRow, "senior_id", "kind", "volunteer_id").where(
        asked_for(col(BondRow.senior_id))
    )


def as_outings(
    work: Work, missions: Sequence[MissionRow], barred: Mapping[UUID, set[UUID]]
) -> list[Outing]:
    """The missions as the rules see them, `barred` being who must not be asked for each."""
    ids = sorted({mission.senior_id for mission in missions})
    seniors = {row.id: row for row in work.session.execute(_files(), {"ids": ids})}
    bonds: defaultdict[tuple[UUID, str], set[UUID]] = defaultdict(set)
    for senior_id, kind, volunteer_id in work.session.execute(_bonds(), {"ids": ids}):
        bonds[senior_id, kind].add(volunteer_id)
    return [
        Outing(
            id=mission.id,
            senior=Senior(
                id=senior.id,
                home=address_of(senior.home or mission.meeting).point,
                needs=frozenset(Need(need) for need in mission.needs),
                languages=frozenset(senior.languages),
                circle=frozenset(bonds[senior.id, BondKind.CIRCLE]),
                refused=frozenset(bonds[senior.id, BondKind.SENIOR_REFUSES]),
            ),
            meeting_point=address_of(mission.meeting).point,
            starts_at=mission.starts_at,
            ends_at=mission.ends_at,
            purpose=Purpose(mission.purpose),
            already_asked=frozenset(barred[mission.id]),
        )
        for mission, senior in ((one, seniors[one.senior_id]) for one in missions)
    ]


def _pairs(work: Work, query: Query, ids: list[UUID]) -> defaultdict[UUID, set[UUID]]:
    """The second columns of a query about `ids` by its first."""
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for one, other in work.session.execute(query, {"ids": ids}):
        found[one].add(other)
    return found


def list_enrolled(work: Work, outing: Outing) -> list[Enrolled]:
    """Everyone who may be eligible: nobody eligible is missing, the rules have the last word.

    The roster says whom to look at, the store what holds.
    """
    roster = work.runtime.roster.up_to_date(work.runtime)
    return _enrol(work, roster.candidates(outing), outing)


def list_in_reach(work: Work, outing: Outing) -> list[Enrolled]:
    """Everyone whose walking limit reaches the meeting point, eligible or not."""
    roster = work.runtime.roster.up_to_date(work.runtime)
    return _enrol(work, roster.within_reach(outing.meeting_point), outing)


def get_enrolled(work: Work, outing: Outing, volunteer_id: UUID) -> Enrolled:
    """One volunteer, wherever they live."""
    return _enrol(work, [volunteer_id], outing)[0]


def list_members(work: Work, ids: Sequence[UUID] | None = None) -> list[Member]:
    """Those of `ids` who exist, or everyone, as the roster keeps them."""
    return [_member(work, one, life) for one, life in list_lives(work, ids)]


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


def _member(work: Work, one: File, life: Life) -> Member:
    home = Point(one.lat, one.lon)
    past = [mission.starts_at for mission in life.missions if mission.starts_at <= work.now]
    return Member(
        Volunteer(
            id=one.id,
            home=home,
            availability=life.availability,
            active=one.active,
            vetted=one.vetted,
            max_walk_m=one.max_walk_m,
            weekly_cap=one.weekly_cap,
            skills=_skills(tuple(one.skills)),
            languages=frozenset(one.languages),
            busy=tuple(
                Busy(m.busy_from, m.busy_until)
                for m in life.missions
                if m.status in HELD_MISSIONS and m.busy_from and m.busy_until
            ),
            missions_28d=_since(life.missions, work.now - timedelta(days=28)),
            last_mission_at=max(past, default=None),
            alerts_7d=life.answers.alerts_7d,
            promises=life.answers.yes - life.answers.late_yes,
            taken_back=life.answers.taken_back,
            refused=life.refused,
        ),
        weeks=_weeks(work, life.missions) if life.missions else {},
        left_bank=work.runtime.atlas.territory.left_bank(home),
    )


@cache
def _skills(codes: tuple[str, ...]) -> frozenset[Skill]:
    return frozenset(map(Skill, codes))


def _weeks(work: Work, missions: Sequence[Held]) -> dict[Week, int]:
    """How many of them are in each calendar week from this one on."""
    zone = work.runtime.settings.zone
    this_week = work.now.astimezone(zone).isocalendar()[:2]
    weeks = Counter(m.starts_at.astimezone(zone).isocalendar()[:2] for m in missions)
    return {week: count for week, count in weeks.items() if week >= this_week}


def _enrol(work: Work, ids: Sequence[UUID], outing: Outing) -> list[Enrolled]:
    enrolled = []
    for one, whole in list_lives(work, ids):
        # Whoever holds this very mission is judged as if they did not.
        own = [mission for mission in whole.missions if mission.id != outing.id]
        life = replace(whole, missions=own)
        enrolled.append(
            Enrolled(
                _member(work, one, life).on(outing, work.runtime.settings.zone),
                alerts_today=life.answers.alerts_today,
                missions_7d=_since(own, outing.starts_at - timedelta(days=7)),
                missions_30d=_since(own, work.now - timedelta(days=30)),
                missions_90d=_since(own, work.now - timedelta(days=90)),
                offers_seen=life.answers.offers_seen,
                yes=life.answers.yes,
                answers=life.answers.answers,
                answer_min=life.answers.answer_min,
                demand=one.demand or 0.0,
            )
        )
    return enrolled


def _since(missions: Iterable[Held], start: datetime) -> int:
    return sum(mission.starts_at >= start for mission in missions)
