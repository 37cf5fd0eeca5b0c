"""How much the city leans on each volunteer: their part of the outings of the last weeks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, insert
from sqlmodel import select

from matcher.domain.chances import Candidate, Crowd, demand_shares, outlook
from matcher.domain.geo import Point, distance_m
from matcher.domain.lifecycle import MissionStatus
from matcher.domain.waves import open_time
from matcher.services.candidates import facts_of
from matcher.services.lives import list_lives
from matcher.services.policies import WAVES
from matcher.services.roll import outings_of
from matcher.services.work import Work
from matcher.store.tables import LeaningRow, MissionRow

WEEK = timedelta(weeks=1)
WEEKS = 3
"""Over how long it is averaged; fewer when the first outing is not so long ago."""


def weigh_demand(work: Work) -> None:
    """Share out the outings of the last weeks among all who may have gone, and keep the sums.

    Whoever lives where volunteers are few is leaned on by every outing there, and is spared when
    others could go as well (`WavePolicy.leaning`).
    """
    missions = _list_recent(work)
    sums = _share(work, missions)
    first = min((mission.starts_at for mission in missions), default=work.now)
    weeks = max(1.0, (work.now - first) / WEEK)
    session = work.session
    session.execute(delete(LeaningRow))
    if sums:
        session.execute(
            insert(LeaningRow),
            [{"volunteer_id": id, "missions_a_week": sum_ / weeks} for id, sum_ in sums.items()],
        )


def _list_recent(work: Work) -> list[MissionRow]:
    rows = work.session.exec(
        select(MissionRow).where(
            MissionRow.starts_at >= work.now - WEEKS * WEEK,
            MissionRow.starts_at < work.now,
            MissionRow.status != MissionStatus.CANCELLED.value,
        )
    )
    return [row for row in rows if row.meeting is not None]


def _share(work: Work, missions: Sequence[MissionRow]) -> Counter[UUID]:
    """The parts of everybody in all these missions, each looked at as when it was asked for."""
    people, homes = _everybody(work)
    roster = work.runtime.roster.up_to_date(work.runtime)
    sums: Counter[UUID] = Counter()
    for mission, outing in zip(missions, outings_of(work, missions), strict=True):
        crowd = Crowd.of(
            replace(
                people[id],
                walk_m=distance_m(homes[id], outing.meeting_point),
                met=id in outing.senior.circle,
            )
            for id in roster.candidates(outing)
            if id in people
        )
        asked_at = mission.created_at
        left = open_time(asked_at, mission.deadline_at, WAVES, work.runtime.settings.zone)
        parts = demand_shares(outlook(facts_of(mission), crowd, asked_at, left, WAVES.chances))
        for id, part in zip(crowd.ids, parts.tolist(), strict=True):
            sums[id] += part
    return sums


def _everybody(work: Work) -> tuple[dict[UUID, Candidate], dict[UUID, Point]]:
    """Everyone with their record, as if at their own door and rested, and where they live."""
    people: dict[UUID, Candidate] = {}
    homes: dict[UUID, Point] = {}
    for one, life in list_lives(work):
        homes[one.id] = Point(one.lat, one.lon)
        people[one.id] = Candidate(
            one.id,
            walk_m=0.0,
            max_walk_m=one.max_walk_m,
            offers_seen=life.answers.offers_seen,
            yes=life.answers.yes,
            answers=life.answers.answers,
            answer_min=life.answers.answer_min,
        )
    return people, homes
