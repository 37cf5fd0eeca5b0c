"""From rows to the shapes a volunteer sees, blurred or exact as the access rule says."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from uuid import UUID

from api.access import may_see_details
from api.v1.schemas import (
    ExceptionPublic,
    MePublic,
    MissionPublic,
    OfferPublic,
    PlacePublic,
    PresencePublic,
    WindowPublic,
)
from matcher.domain.addresses import spoken_street
from matcher.domain.directory import Near, told
from matcher.domain.geo import Point, walking_band, walking_minutes
from matcher.domain.hours import week_in_words
from matcher.domain.lifecycle import MissionStatus, OfferStatus
from matcher.domain.people import Need, Purpose, Skill
from matcher.services.listings import walk_from_home_s
from matcher.services.people import Me
from matcher.services.roll import access_notes_of, address_of
from matcher.services.work import Work
from matcher.store.tables import (
    AvailabilityExceptionRow,
    MissionRow,
    OfferRow,
    SeniorRow,
)

EXACT_FIELDS = frozenset({"address", "access_notes", "senior_name", "code_word", "call_link"})
"""What of a mission is only for who holds it, while it lasts."""

PASSING_FIELDS = frozenset({"near_street"})
"""What is told once and kept nowhere: where somebody stood."""


def local(work: Work, at: datetime) -> datetime:
    """The instant with the offset of the territory."""
    return at.astimezone(work.runtime.settings.zone)


def zone_name(work: Work, code: str | None) -> str | None:
    """How people call the zone."""
    zones = work.runtime.atlas.territory.list_zones()
    return next((zone.name for zone in zones if zone.code == code), None)


def hour(at: time | None) -> str | None:
    """A wall-clock time as HH:MM."""
    return None if at is None else at.strftime("%H:%M")


def blurred(work: Work, mission: MissionRow, walk_s: float) -> MissionPublic:
    """The mission as anybody sees it who might take it."""
    senior = work.session.get_one(SeniorRow, mission.senior_id)
    return MissionPublic(
        id=mission.id,
        status=MissionStatus(mission.status),
        starts_at=local(work, mission.starts_at),
        ends_at=local(work, mission.ends_at),
        purpose=Purpose(mission.purpose),
        needs=[Need(need) for need in mission.needs],
        zone=zone_name(work, mission.zone_code),
        walk_minutes=walking_band(walk_s),
        senior_initial=f"{senior.first_name[:1].upper()}." if senior.first_name else "",
    )


def mission_for(work: Work, mission: MissionRow, volunteer_id: UUID) -> MissionPublic:
    """The mission as this volunteer may see it now."""
    walk_s: float | None = mission.walk_s if mission.volunteer_id == volunteer_id else None
    if walk_s is None:
        walk_s = walk_from_home_s(work, mission, volunteer_id)
    public = blurred(work, mission, walk_s)
    if not may_see_details(mission, volunteer_id, work.now):
        return public
    senior = work.session.get_one(SeniorRow, mission.senior_id)
    exact: dict[str, Any] = {
        "walk_minutes": walking_minutes(walk_s),
        "address": address_of(mission.meeting).label,
        "access_notes": access_notes_of(mission, senior),
        "senior_name": f"{senior.first_name} {senior.last_name}".strip(),
        "code_word": mission.code_word,
        "call_link": f"tel:{work.runtime.settings.phone_number}",
    }
    if mission.confirm_by is not None:
        exact["confirm_by"] = local(work, mission.confirm_by)
    return public.model_copy(update=exact)


def as_kept(answer: Any) -> Any:
    """An answer as it is kept for a repetition of its call."""
    if not isinstance(answer, dict):
        return answer
    return {name: None if name in PASSING_FIELDS else value for name, value in answer.items()}


def as_shown_now(work: Work, answer: Any, volunteer_id: UUID) -> Any:
    """An answer given earlier, without the exact details it held if they are hidden by now."""
    if not isinstance(answer, dict) or not answer.keys() >= EXACT_FIELDS:
        return answer
    mission = work.session.get_one(MissionRow, UUID(answer["id"]))
    if may_see_details(mission, volunteer_id, work.now):
        return answer
    kept = {name: value for name, value in answer.items() if name not in EXACT_FIELDS}
    return {**kept, "walk_minutes": walking_band(60 * kept["walk_minutes"])}


def offer(work: Work, row: OfferRow, mission: MissionRow) -> OfferPublic:
    """The offer with its mission, blurred whatever became of it."""
    return OfferPublic(
        id=row.id,
        mission_id=row.mission_id,
        status=OfferStatus(row.status),
        reasons=row.reasons,
        expires_at=local(work, row.expires_at),
        mission=blurred(work, mission, row.walk_s),
    )


def me(work: Work, found: Me) -> MePublic:
    """The volunteer's own file."""
    volunteer = found.volunteer
    return MePublic(
        id=volunteer.id,
        first_name=volunteer.first_name,
        last_name=volunteer.last_name,
        phone=volunteer.phone,
        zone=zone_name(work, volunteer.zone_code),
        vetted=found.vetted,
        max_walk_m=volunteer.max_walk_m,
        weekly_cap=volunteer.weekly_cap,
        languages=volunteer.languages,
        skills=[Skill(skill) for skill in volunteer.skills],
        free_until=None if volunteer.free_until is None else local(work, volunteer.free_until),
        windows=[
            WindowPublic(weekday=w.weekday, start=f"{w.start:%H:%M}", end=f"{w.end:%H:%M}")
            for w in found.windows
        ],
        exceptions=[dated_exception(row) for row in found.exceptions],
    )


def presence(work: Work, found: Me, here: Point | None) -> PresencePublic:
    """The volunteer's own file, and the street near `here`, for the eye and for no record."""
    street = None if here is None else work.runtime.atlas.gazetteer.street_near(here)
    return PresencePublic(
        **me(work, found).model_dump(),
        near_street=None if street is None else spoken_street(street.street, street.postcode),
    )


def dated_exception(row: AvailabilityExceptionRow) -> ExceptionPublic:
    """A dated exception."""
    return ExceptionPublic(
        id=row.id, day=row.day, start=hour(row.start), end=hour(row.end), free=row.free
    )


def place(work: Work, near: Near, at: datetime) -> PlacePublic:
    """A place of the directory, with the walk to it and what holds at `at`."""
    found, zone = near.place, work.runtime.settings.zone
    there = work.runtime.atlas.territory.find_zone(found.point)
    return PlacePublic(
        id=found.id,
        name=found.name,
        category=found.category,
        description=found.description,
        address=found.address,
        zone=None if there is None else there.name,
        phone=found.phone,
        hours=week_in_words(found.hours, at.astimezone(zone).date()),
        state=near.opening.state,
        step_free=found.step_free,
        seats=found.seats,
        toilets=found.toilets,
        audience=found.audience,
        verified_on=found.verified_on,
        valid_until=found.valid_until,
        walk_minutes=walking_minutes(near.walk_s),
        told=list(told(near, at, zone)),
    )
