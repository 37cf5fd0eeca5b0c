"""When somebody did not come: the journal says who, and what is lost is made good at once."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from matcher.domain.errors import TransitionRefused
from matcher.domain.geo import walking_minutes
from matcher.domain.lifecycle import Absent, MissionEvent, MissionStatus
from matcher.domain.timeline import replacement_time
from matcher.domain.waves import hand_over_at
from matcher.services import texts
from matcher.services.alarms import settle_alarms
from matcher.services.alerts import alert_team
from matcher.services.candidates import order, sift_for
from matcher.services.missions import lock_mission, schedule_step
from matcher.services.offers import take_back_yes
from matcher.services.policies import TIMELINE, WAVES
from matcher.services.roll import list_enrolled, outing_of
from matcher.services.senior_news import tell_senior
from matcher.services.tasks import add_task
from matcher.services.volunteer_news import tell_volunteer
from matcher.services.work import Work
from matcher.store.tables import ActorKind, MissionRow, TaskKind, VolunteerRow
from matcher.store.transitions import move_mission

SHOWN_FREE = 5
SENIOR_ABSENT = "La personne aînée n'était pas là : vérifier tout de suite qu'elle va bien."
BEING_REPLACED = "Bénévole absent : quelqu'un d'autre est cherché. Rappeler la personne aînée."
TOO_LATE_TO_REPLACE = "Bénévole absent : rappeler la personne aînée."


def mark_no_show(work: Work, mission_id: UUID, who: Absent) -> MissionRow:
    """Record that somebody did not come to a mission whose hour has come.

    For a volunteer's absence a mission from the same request begins soon and is offered at once;
    for a senior's the team is told on every channel.

    Raises:
        NotFound: there is no such mission.
        TransitionRefused: its hour has not come, nobody holds it, or it is over.
    """
    mission = lock_mission(work, mission_id)
    if work.now < mission.starts_at:
        raise TransitionRefused
    settle_alarms(work, mission)
    move_mission(
        work.session,
        mission,
        MissionEvent.MARK_NO_SHOW,
        work.now,
        work.actor,
        reason=who.value,
        needs_attention=None,
        next_step_at=None,
    )
    if who is Absent.SENIOR:
        _check_on_senior(work, mission)
    else:
        take_back_yes(work, mission, "no_show")
        if work.actor.kind is ActorKind.STAFF:
            _tell_counted_absent(work, mission)
        _make_good(work, mission)
    return mission


def list_free_now(work: Work, mission: MissionRow) -> list[str]:
    """Who could make a mission good that began without its volunteer, best first, for a person."""
    starts_at = replacement_time(work.now, TIMELINE)
    outing = outing_of(work, mission)
    known = outing.already_asked | ({mission.volunteer_id} if mission.volunteer_id else set())
    outing = replace(
        outing,
        starts_at=starts_at,
        ends_at=starts_at + (mission.ends_at - mission.starts_at),
        already_asked=frozenset(known),
    )
    everyone = [enrolled.volunteer for enrolled in list_enrolled(work, outing)]
    sifted, walk = sift_for(work, outing, everyone)
    shown = []
    for ranked in order(work, outing, sifted.kept, walk)[:SHOWN_FREE]:
        row = work.session.get_one(VolunteerRow, ranked.volunteer.id)
        minutes = walking_minutes(ranked.walk_s)
        shown.append(f"{row.first_name} {row.last_name}, {row.phone}, à {minutes} min")
    return shown


def _check_on_senior(work: Work, mission: MissionRow) -> None:
    add_task(
        work,
        TaskKind.ATTENTION,
        SENIOR_ABSENT,
        due_at=work.now,
        mission_id=mission.id,
        senior_id=mission.senior_id,
    )
    alert_team(work, f"absent:{mission.id}", texts.TEAM_ABSENT, texts.TEAM_ABSENT_SPOKEN)


def _tell_counted_absent(work: Work, mission: MissionRow) -> None:
    """They may be on their way still; whoever said themselves that they do not come knows."""
    if mission.volunteer_id is not None:
        when = texts.day_and_hour(mission.starts_at, work.runtime.settings.zone)
        text, once = texts.counted_absent(when), str(mission.id)
        tell_volunteer(work, mission.volunteer_id, mission, "counted_absent", text, once)


def _make_good(work: Work, mission: MissionRow) -> None:
    in_time = work.now < mission.ends_at
    add_task(
        work,
        TaskKind.ATTENTION,
        BEING_REPLACED if in_time else TOO_LATE_TO_REPLACE,
        due_at=work.now,
        mission_id=mission.id,
        senior_id=mission.senior_id,
    )
    alert_team(work, f"no_show:{mission.id}", texts.TEAM_NO_SHOW)
    if not in_time:
        return
    starts_at = replacement_time(work.now, TIMELINE)
    again = MissionRow(
        id=work.new_id(),
        created_at=work.now,
        request_id=mission.request_id,
        senior_id=mission.senior_id,
        status=MissionStatus.OPEN.value,
        purpose=mission.purpose,
        needs=mission.needs,
        starts_at=starts_at,
        ends_at=starts_at + (mission.ends_at - mission.starts_at),
        deadline_at=hand_over_at(starts_at, work.now, WAVES),
        opened_at=work.now,
        meeting=mission.meeting,
        access_notes=mission.access_notes,
        zone_code=mission.zone_code,
    )
    work.session.add(again)
    work.session.flush()
    work.note("mission", again.id, "created", reason="no_show")
    schedule_step(work, again, work.now)
    missed = texts.day_and_hour(mission.starts_at, work.runtime.settings.zone)
    tell_senior(work, again, "replaced", lambda _: texts.replaced(missed))
