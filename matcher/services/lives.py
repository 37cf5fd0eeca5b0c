"""What the store knows of volunteers besides their files: vetting, hours, missions, answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Float, Result, case, func, or_
from sqlalchemy.orm import Mapped
from sqlmodel import SQLModel, col, select

from matcher.domain.availability import Availability, DatedException, WeeklyWindow
from matcher.domain.lifecycle import HELD_MISSIONS, MissionStatus, OfferStatus
from matcher.domain.people import VettingStep
from matcher.services.work import Work
from matcher.store.tables import (
    AvailabilityExceptionRow,
    AvailabilityWindowRow,
    BondKind,
    BondRow,
    LeaningRow,
    MissionRow,
    OfferRow,
    VettingCheckRow,
    VolunteerRow,
)
from matcher.store.tables.base import IDS

RECORD = timedelta(days=180)
"""How far back a person's answers count."""

Query = sa.Select[*tuple[Any, ...]]
"""Putting one together takes longer than running it: those of every look are made once."""

_COUNTED = [status.value for status in HELD_MISSIONS | {MissionStatus.COMPLETED}]


def among(column: Mapped[UUID] | Mapped[UUID | None], ids: Sequence[UUID]) -> ColumnElement[bool]:
    """`column` is one of `ids`, however many: one parameter, not one each."""
    return column == sa.any_(sa.literal(list(ids), IDS))


def asked_for(column: Mapped[UUID] | Mapped[UUID | None]) -> ColumnElement[bool]:
    """`among` in a query that is kept: the ids are its parameter `ids`."""
    return column == sa.any_(sa.bindparam("ids", type_=IDS))


def columns(table: type[SQLModel], *names: str) -> Query:
    """Some columns as plain rows: quicker than whole entities, and nothing is decrypted."""
    return sa.select(*(col(getattr(table, name)) for name in names))


class File(NamedTuple):
    """What matching needs of a volunteer's file: nothing of it is encrypted.

    `demand` as `Candidate` has it, None for who came since it was last worked out.
    """

    id: UUID
    lat: float
    lon: float
    active: bool
    max_walk_m: int
    weekly_cap: int
    skills: list[str]
    languages: list[str]
    free_until: datetime | None
    vetted: bool
    demand: float | None


class Held(NamedTuple):
    """A mission somebody holds or held, without what is encrypted."""

    id: UUID
    volunteer_id: UUID
    status: str
    starts_at: datetime
    busy_from: datetime | None
    busy_until: datetime | None


@dataclass(frozen=True, slots=True)
class Answers:
    """How offers were answered; `Enrolled` has the units. `late_yes` of `yes` came too late."""

    alerts_7d: int = 0
    alerts_today: int = 0
    offers_seen: float = 0.0
    yes: int = 0
    taken_back: int = 0
    answers: int = 0
    answer_min: float = 0.0
    late_yes: int = 0


_NO_ANSWERS = Answers()


@dataclass(frozen=True, slots=True)
class Life:
    """What the store knows of one volunteer besides their file."""

    availability: Availability
    missions: list[Held]
    answers: Answers
    refused: frozenset[UUID]


def list_lives(work: Work, ids: Sequence[UUID] | None = None) -> Iterator[tuple[File, Life]]:
    """The file and the life of those of `ids` who exist, or of everyone, a handful of queries."""
    files = [File(*row) for row in _read(work, _files, ids)]
    availability = load_availability(
        work, {one.id: one.free_until for one in files}, all_of=ids is None
    )
    missions = _missions(work, ids)
    answers = _answers(work, ids)
    refused = _refused(work, ids)
    for one in files:
        yield (
            one,
            Life(
                availability[one.id],
                missions[one.id],
                answers.get(one.id, _NO_ANSWERS),
                frozenset(refused[one.id]),
            ),
        )


def _read(
    work: Work, query: Callable[[bool], Query], ids: Sequence[UUID] | None, **values: object
) -> Result[*tuple[Any, ...]]:
    """The rows about those of `ids`, or about everyone."""
    if ids is None:
        return work.session.execute(query(False), values)
    return work.session.execute(query(True), {"ids": [*ids], **values})


@cache
def _files(some: bool) -> Query:
    # The last two fields are kept elsewhere.
    query = (
        columns(VolunteerRow, *File._fields[:-2])
        .add_columns(is_vetted(), col(LeaningRow.missions_a_week))
        .outerjoin(LeaningRow, col(LeaningRow.volunteer_id) == col(VolunteerRow.id))
    )
    return query.where(asked_for(col(VolunteerRow.id))) if some else query


def is_vetted() -> ColumnElement[bool]:
    """Of a volunteer of a query: every vetting step is marked seen."""
    owner = col(VettingCheckRow.volunteer_id)
    steps_seen = sa.select(func.count()).where(owner == col(VolunteerRow.id)).scalar_subquery()
    return steps_seen == len(VettingStep)


def was_taken_back() -> ColumnElement[bool]:
    """Of an offer of a query: it was accepted, and the yes was given back or taken away since.

    A yes that came too late was never an answer to it, and has no `answered_at`.
    """
    return (
        col(OfferRow.said_yes).is_(True)
        & (col(OfferRow.status) == OfferStatus.WITHDRAWN.value)
        & col(OfferRow.answered_at).is_not(None)
    )


def load_availability(
    work: Work, free_until: Mapping[UUID, datetime | None], *, all_of: bool = False
) -> dict[UUID, Availability]:
    """When each of these volunteers is free, who may be "libre maintenant" until an instant.

    `all_of`: they are everyone.
    """
    ids = None if all_of else list(free_until)
    windows = {volunteer_id: _week(said) for volunteer_id, said in _read(work, _usual, ids)}
    exceptions: dict[UUID, list[DatedException]] = defaultdict(list)
    for volunteer_id, *what in _read(work, _dated, ids):
        exceptions[volunteer_id].append(DatedException(*what))
    return {
        id: Availability(windows.get(id, ()), tuple(exceptions.get(id, ())), until)
        for id, until in free_until.items()
    }


@cache
def _usual(some: bool) -> Query:
    # One row a person: who is free three hours a day would be many rows of every look.
    window = AvailabilityWindowRow
    owner = col(window.volunteer_id)
    hours = func.concat_ws(" ", col(window.weekday), col(window.start), col(window.end))
    query = sa.select(owner, func.string_agg(hours, sa.literal(","))).group_by(owner)
    return query.where(asked_for(owner)) if some else query


@cache
def _dated(some: bool) -> Query:
    kept = AvailabilityExceptionRow
    query = columns(kept, "volunteer_id", "day", "start", "end", "free")
    return query.where(asked_for(col(kept.volunteer_id))) if some else query


@lru_cache(maxsize=16_384)
def _week(said: str) -> tuple[WeeklyWindow, ...]:
    """The windows of one person as the store puts them together; the same people come again."""
    windows = (window.split(" ") for window in said.split(","))
    return tuple(
        WeeklyWindow(int(weekday), time.fromisoformat(start), time.fromisoformat(end))
        for weekday, start, end in windows
    )


def _missions(work: Work, ids: Sequence[UUID] | None) -> dict[UUID, list[Held]]:
    found: dict[UUID, list[Held]] = defaultdict(list)
    for row in _read(work, _held, ids, since=work.now - RECORD):
        found[row.volunteer_id].append(Held(*row))
    return found


@cache
def _held(some: bool) -> Query:
    query = columns(MissionRow, *Held._fields).where(
        col(MissionRow.volunteer_id).is_not(None),
        col(MissionRow.status).in_(_COUNTED),
        col(MissionRow.starts_at) >= sa.bindparam("since"),
    )
    return query.where(asked_for(col(MissionRow.volunteer_id))) if some else query


def _refused(work: Work, ids: Sequence[UUID] | None) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for volunteer_id, senior_id in _read(work, _refusals, ids):
        found[volunteer_id].add(senior_id)
    return found


@cache
def _refusals(some: bool) -> Query:
    query = columns(BondRow, "volunteer_id", "senior_id").where(
        col(BondRow.kind) == BondKind.VOLUNTEER_REFUSES.value
    )
    return query.where(asked_for(col(BondRow.volunteer_id))) if some else query


def count_alerts(work: Work, ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many offers each of them had in the last seven days, as committed by now."""
    answers = _answers(work, ids)
    return {id: answers.get(id, _NO_ANSWERS).alerts_7d for id in ids}


def _answers(work: Work, ids: Sequence[UUID] | None) -> dict[UUID, Answers]:
    zone = work.runtime.settings.zone
    rows = _read(
        work,
        _answered,
        ids,
        since=work.now - RECORD,
        week_ago=work.now - timedelta(days=7),
        midnight=datetime.combine(work.now.astimezone(zone).date(), time(0), zone),
    )
    return {row[0]: Answers(*row[1:]) for row in rows}


@cache
def _answered(some: bool) -> Query:
    sent_at = col(OfferRow.sent_at)
    said_yes = col(OfferRow.said_yes).is_(True)
    answered = col(OfferRow.status).in_([OfferStatus.ACCEPTED.value, OfferStatus.DECLINED.value])
    took_min = func.extract("epoch", col(OfferRow.answered_at) - sent_at) / 60

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    query = (
        sa.select(
            col(OfferRow.volunteer_id),
            count(sent_at >= sa.bindparam("week_ago")),
            count(sent_at >= sa.bindparam("midnight")),
            func.sum(col(OfferRow.context)).cast(Float),
            count(said_yes),
            count(was_taken_back()),
            count(answered),
            func.coalesce(
                func.exp(func.avg(case((answered, func.ln(func.greatest(took_min, 1.0)))))), 0.0
            ).cast(Float),
            count(
                said_yes
                & (col(OfferRow.status) == OfferStatus.WITHDRAWN.value)
                & col(OfferRow.answered_at).is_(None)
            ),
        )
        .where(sent_at >= sa.bindparam("since"))
        .group_by(col(OfferRow.volunteer_id))
    )
    return query.where(asked_for(col(OfferRow.volunteer_id))) if some else query


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
