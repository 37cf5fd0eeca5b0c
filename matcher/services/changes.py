"""An outing at another time or place: whoever holds it is asked whether they still come."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from matcher.domain.eligibility import ACCEPTANCE_RULES, Rule, promised_time
from matcher.domain.errors import InvalidInput, NotFound, PlaceUnknown, TransitionRefused
from matcher.domain.lifecycle import MissionEvent, MissionStatus, OfferEvent
from matcher.domain.timeline import Question, confirm_by
from matcher.domain.waves import hand_over_at
from matcher.services import texts
from matcher.services.alarms import settle_alarms
from matcher.services.candidates import assess_for, walk_to
from matcher.services.messages import count_as_heard
from matcher.services.missions import lock_mission, plan_visit, schedule_step
from matcher.services.offers import close_offers
from matcher.services.policies import TIMELINE, WAVES
from matcher.services.roll import get_enrolled, outing_of
from matcher.services.senior_news import tell_who_comes
from matcher.services.visits import hand_back, tell_when_near
from matcher.services.volunteer_news import ask_volunteer, tell_volunteer
from matcher.services.work import Work
from matcher.store.tables import MissionRow
from matcher.store.transitions import move_mission

STILL_BINDING = ACCEPTANCE_RULES - {Rule.WEEKLY_CAP}
"""What keeps somebody from an outing they hold, once it has changed."""


def change_time(
    work: Work, mission_id: UUID, starts_at: datetime, ends_at: datetime | None = None
) -> MissionRow:
    """Put a mission to another time, as long as before when no end is given.

    Whoever holds it is asked whether they still come; whoever was asked about the old time is not
    waited for any more, and dispatch begins again. One that nobody took is open again.

    Raises:
        NotFound: there is no such mission.
        TransitionRefused: it has begun or is over.
        InvalidInput: the time lies in the past, or the end before the start.
        PlaceUnknown: nobody was found, as its place was never put on the map.
    """
    mission = lock_mission(work, mission_id)
    ends_at = ends_at or starts_at + (mission.ends_at - mission.starts_at)
    if starts_at <= work.now:
        raise InvalidInput("Choisissez une heure à venir.")
    if ends_at <= starts_at:
        raise InvalidInput("La fin vient après le début.")
    if (starts_at, ends_at) == (mission.starts_at, mission.ends_at):
        return mission
    _change(work, mission, "time", starts_at=starts_at, ends_at=ends_at)
    return mission


def change_place(
    work: Work, mission: MissionRow, meeting: dict[str, object], zone_code: str | None
) -> None:
    """Meet elsewhere, as `change_time`; the row is held by this transaction.

    Raises:
        TransitionRefused: it has begun or is over.
    """
    _change(work, mission, "place", meeting=meeting, zone_code=zone_code)


def confirm_for(work: Work, mission_id: UUID, volunteer_id: UUID) -> MissionRow:
    """Whoever holds the changed mission says that they still come; twice changes nothing.

    Raises:
        NotFound: the mission is not theirs.
        TransitionRefused: it has begun or is over.
    """
    mission = lock_mission(work, mission_id)
    if mission.volunteer_id != volunteer_id:
        raise NotFound
    if mission.status != MissionStatus.ACCEPTED:
        raise TransitionRefused
    if mission.confirm_by is not None:
        confirm_change(work, mission)
    return mission


def confirm_change(work: Work, mission: MissionRow) -> None:
    """Whoever holds the changed mission still comes: the senior is told who comes, and when."""
    if mission.volunteer_id is None:
        raise TransitionRefused
    settle_alarms(work, mission)
    mission.agreement += 1
    mission.confirm_by, mission.accepted_at, mission.needs_attention = None, work.now, None
    work.note("mission", mission.id, "change_confirmed")
    count_as_heard(work, mission.id, Question.CHANGED)
    plan_visit(work, mission)
    tell_who_comes(work, mission, "found", texts.someone_comes)


def _change(work: Work, mission: MissionRow, what: str, **fields: Any) -> None:
    status = MissionStatus(mission.status)
    if status is MissionStatus.UNFILLED:
        if mission.meeting is None:
            raise PlaceUnknown
        move_mission(work.session, mission, MissionEvent.REOPEN, work.now, work.actor, reason=what)
    elif status not in (MissionStatus.TO_VERIFY, MissionStatus.OPEN, MissionStatus.ACCEPTED):
        raise TransitionRefused
    for name, value in fields.items():
        setattr(mission, name, value)
    mission.agreement += 1
    mission.asked_from = mission.opened_at = work.now
    mission.steps_done = []
    settle_alarms(work, mission)
    mission.deadline_at = hand_over_at(mission.starts_at, work.now, WAVES)
    work.note("mission", mission.id, "changed", reason=what)
    if status is MissionStatus.ACCEPTED:
        _ask_holder(work, mission, what)
    elif status is MissionStatus.TO_VERIFY:
        schedule_step(work, mission, mission.deadline_at)
    else:
        close_offers(work, mission, OfferEvent.WITHDRAW)
        schedule_step(work, mission, work.now)
        # Who withdrew a week ahead may have done so from an outing that is tomorrow's now.
        tell_when_near(work, mission)


def _ask_holder(work: Work, mission: MissionRow, what: str) -> None:
    holder = mission.volunteer_id
    if holder is None:
        raise TransitionRefused
    zone = work.runtime.settings.zone
    when = texts.day_and_hour(mission.starts_at, zone)
    if not _can_still_come(work, mission, holder):
        hand_back(work, mission, "changed")
        once = f"{mission.id}:{mission.agreement}"
        tell_volunteer(work, holder, mission, "changed_away", texts.changed_away(when), once)
        return
    until = confirm_by(work.now, mission.starts_at, TIMELINE, zone)
    mission.confirm_by = until
    news = texts.moved(when) if what == "time" else texts.elsewhere(when)
    ask_volunteer(work, mission, Question.CHANGED, news, until)
    plan_visit(work, mission)


def _can_still_come(work: Work, mission: MissionRow, volunteer_id: UUID) -> bool:
    """Whether the rules let them keep it; their promised time follows then."""
    outing = outing_of(work, mission)
    enrolled = get_enrolled(work, outing, volunteer_id)
    walk = walk_to(work, outing, [enrolled.volunteer])
    rejection = assess_for(work, outing, enrolled.volunteer, walk, STILL_BINDING)
    if rejection is not None:
        return False
    walk_s = walk(enrolled.volunteer.home, outing.meeting_point)
    busy = promised_time(outing, walk_s)
    try:
        with work.session.begin_nested():
            mission.walk_s = round(walk_s)
            mission.busy_from, mission.busy_until = busy.start, busy.end
            work.session.add(mission)
    except IntegrityError:
        return False
    return True
