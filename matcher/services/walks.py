"""How long people walk: one number for ranking, acceptance and everything shown.

Routes along the streets are asked for between transactions, before a mission is looked at, and
kept. Inside a transaction there is only what was kept, and the territory's estimate for the rest.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from matcher.domain.eligibility import Walk
from matcher.domain.geo import VOLUNTEER_KMH, Point
from matcher.domain.lifecycle import MissionStatus
from matcher.ports import TravelTimes, TravelTimesUnavailable
from matcher.services.roll import address_of, list_homes_near
from matcher.services.work import Runtime, Work
from matcher.store.tables import MissionRow, RouteRow
from matcher.store.transitions import SYSTEM

log = logging.getLogger(__name__)

WALKS_ESTIMATED = "walks_estimated"
"""The journal's word for it: the route service failed, and the estimates stand in."""

FRESH = timedelta(days=90)
"""How long a route is kept before it is asked for again."""

MOST_STARTS = 200
"""Routes asked for at once; whoever lives further away than the 200 nearest is estimated."""


def walks_to(work: Work, homes: Iterable[Point], end: Point) -> Walk:
    """Seconds a volunteer walks from one of `homes` to `end`.

    Along the streets where a route was kept, otherwise as the territory estimates.
    """
    territory = work.runtime.atlas.territory
    routes: dict[Point, float] = {}
    if work.runtime.travel_times is not None:
        routes = _kept(work, set(homes), end)

    # The rules, the order and the reasons all ask for the same walk.
    @cache
    def walk(start: Point, finish: Point) -> float:
        if finish == end and start in routes:
            return routes[start]
        return territory.walking_time_s(start, finish, VOLUNTEER_KMH)

    return walk


def walk_s(work: Work, home: Point, end: Point) -> float:
    """Seconds one volunteer walks from home to `end`: `walks_to` for a single home."""
    return walks_to(work, [home], end)(home, end)


def ask_routes(runtime: Runtime, mission_id: UUID) -> None:
    """Ask for the routes to an open mission that are not known yet, and keep them.

    Opens its own transactions, and asks between them. When the service does not answer, the
    estimates stand in: the log and the mission's journal say so.
    """
    if runtime.travel_times is None:
        return
    with runtime.begin(SYSTEM) as work:
        mission = work.session.get(MissionRow, mission_id)
        if mission is None or mission.status != MissionStatus.OPEN:
            return
        end = address_of(mission.meeting).point
        homes = set(list_homes_near(work, end, MOST_STARTS))
        starts = sorted(homes - _kept(work, homes, end).keys(), key=lambda p: (p.lat, p.lon))
    if not starts:
        return
    try:
        times = _ask(runtime.travel_times, starts, end)
    except TravelTimesUnavailable as error:
        log.warning("walking times are estimated, the route service failed: %s", error)
        with runtime.begin(SYSTEM) as work:
            work.note("mission", mission_id, WALKS_ESTIMATED)
        return
    with runtime.begin(SYSTEM) as work:
        _keep(work, times, end)


def _ask(travel_times: TravelTimes, starts: list[Point], end: Point) -> dict[Point, float]:
    times = travel_times.list_walking_times_s(starts, end, VOLUNTEER_KMH)
    return {start: time for start, time in zip(starts, times, strict=True) if time is not None}


def _kept(work: Work, homes: set[Point], end: Point) -> dict[Point, float]:
    pairs = {_pair(work, home, end): home for home in homes}
    rows = work.session.exec(
        select(RouteRow).where(
            col(RouteRow.pair).in_(pairs), col(RouteRow.asked_at) > work.now - FRESH
        )
    )
    return {pairs[row.pair]: row.walk_s for row in rows}


def _keep(work: Work, times: dict[Point, float], end: Point) -> None:
    work.session.execute(delete(RouteRow).where(col(RouteRow.asked_at) <= work.now - FRESH))
    rows = [
        {"pair": _pair(work, home, end), "walk_s": time, "asked_at": work.now}
        for home, time in times.items()
    ]
    if rows:
        query = insert(RouteRow).values(rows)
        fresh = {"walk_s": query.excluded.walk_s, "asked_at": query.excluded.asked_at}
        work.session.execute(query.on_conflict_do_update(index_elements=["pair"], set_=fresh))


def _pair(work: Work, home: Point, end: Point) -> str:
    return work.runtime.keyring.index(f"route:{home.lat},{home.lon},{end.lat},{end.lon}")
