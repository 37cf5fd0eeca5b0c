"""Asking volunteers for an open mission, wave after wave, until its deadline."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select

from matcher.domain.eligibility import Rejection
from matcher.domain.lifecycle import MissionEvent, MissionStatus, OfferEvent
from matcher.domain.people import Outing
from matcher.domain.ranking import Ranked
from matcher.domain.waves import (
    WHY_LOOK,
    Expectation,
    Pending,
    WavePlan,
    offer_expires_at,
    plan_wave,
)
from matcher.services import texts
from matcher.services.alerts import alert_team
from matcher.services.candidates import candidate, facts_of, order, sift_for
from matcher.services.lives import among, count_alerts
from matcher.services.missions import count_moves, get_mission, schedule_step
from matcher.services.offers import add_offer, ask, close_offers, expire_offers, list_sent_offers
from matcher.services.policies import WAVES
from matcher.services.rivals import heed_rivals
from matcher.services.roll import list_enrolled, list_in_reach, outing_of
from matcher.services.senior_news import tell_senior
from matcher.services.tasks import add_task, settle_tasks
from matcher.services.work import Work
from matcher.store.tables import MissionRow, OfferRow, TaskKind, VolunteerRow
from matcher.store.transitions import move_mission

NOBODY_CAME_FORWARD = "Personne n'a accepté à temps : rappeler la personne aînée."
NEVER_VERIFIED = "Demande pas vérifiée à temps : rappeler la personne aînée."

TOO_SOON = timedelta(minutes=90)
"""Nobody was found for an outing so near: the team's telephones are told, not the board alone."""

ASKED_ELSEWHERE = timedelta(seconds=5)
"""When to look again after leaving out whom another outing was asking at this instant."""

ASKED_MORE = "Peu de bénévoles possibles : certains sont sollicités plus que d'habitude."


def look_for_someone(work: Work, mission: MissionRow) -> None:
    """Do what a mission that waits for somebody needs now, and plan the next look at it.

    Its row is held by this transaction.
    """
    expire_offers(work, mission)
    if work.now >= mission.deadline_at:
        _give_up(work, mission)
    elif mission.status == MissionStatus.TO_VERIFY:
        schedule_step(work, mission, mission.deadline_at)
    else:
        _send_wave(work, mission)


def explain(work: Work, mission_id: UUID) -> tuple[tuple[Ranked, ...], tuple[Rejection, ...]]:
    """Who could go, best first with reasons, and why each of the others in reach could not.

    Raises:
        NotFound: there is no such mission.
    """
    outing = outing_of(work, get_mission(work, mission_id))
    everyone = [enrolled.volunteer for enrolled in list_in_reach(work, outing)]
    sifted, walk = sift_for(work, outing, everyone)
    return order(work, outing, sifted.kept, walk), sifted.rejections


def _give_up(work: Work, mission: MissionRow) -> None:
    asked = mission.status == MissionStatus.OPEN
    close_offers(work, mission, OfferEvent.EXPIRE)
    settle_tasks(work, mission.id, reasons=WHY_LOOK)
    move_mission(
        work.session,
        mission,
        MissionEvent.GIVE_UP,
        work.now,
        work.actor,
        reason="deadline",
        needs_attention=None,
        next_step_at=None,
    )
    add_task(
        work,
        TaskKind.UNFILLED,
        NOBODY_CAME_FORWARD if asked else NEVER_VERIFIED,
        mission_id=mission.id,
        senior_id=mission.senior_id,
    )
    occasion = str(count_moves(work, mission, MissionEvent.GIVE_UP))
    tell_senior(
        work, mission, "unfilled", texts.nobody_found if asked else texts.never_asked, occasion
    )
    if mission.starts_at - work.now < TOO_SOON:
        alert_team(work, f"unfilled:{mission.id}:{occasion}", texts.TEAM_UNFILLED)


def _send_wave(work: Work, mission: MissionRow) -> None:
    outing = outing_of(work, mission)
    plan, ranked = _plan(work, mission, outing)
    _flag(work, mission, plan)
    next_at = mission.deadline_at if plan.next_at is None else plan.next_at
    if plan.ask:
        free = _hold_free(work, ranked)
        asked = [
            (ranked[volunteer_id], expected)
            for volunteer_id, expected in zip(plan.ask, plan.expectations, strict=True)
            if volunteer_id in free
        ]
        if asked:
            _offer_to(work, mission, asked)
        if len(asked) < len(plan.ask):
            next_at = min(next_at, work.now + ASKED_ELSEWHERE)
    schedule_step(work, mission, min(next_at, mission.deadline_at))


def _plan(work: Work, mission: MissionRow, outing: Outing) -> tuple[WavePlan, dict[UUID, Ranked]]:
    zone = work.runtime.settings.zone
    roll = {enrolled.volunteer.id: enrolled for enrolled in list_enrolled(work, outing)}
    everyone = [enrolled.volunteer for enrolled in roll.values()]
    sifted, walk = sift_for(work, outing, everyone)
    kept = {volunteer.id: volunteer for volunteer in sifted.kept}
    plan = plan_wave(
        facts_of(mission),
        heed_rivals(
            work, mission, [candidate(outing, roll[volunteer_id]) for volunteer_id in kept]
        ),
        [Pending(offer.sent_at, offer.chance) for offer in list_sent_offers(work, mission)],
        work.now,
        mission.deadline_at,
        WAVES,
        zone,
    )
    # Only those who are asked are told why.
    asked = order(work, outing, tuple(kept[volunteer_id] for volunteer_id in plan.ask), walk)
    return plan, {one.volunteer.id: one for one in asked}


def _flag(work: Work, mission: MissionRow, plan: WavePlan) -> None:
    if plan.attention is not None and mission.needs_attention in (None, ASKED_MORE):
        add_task(
            work,
            TaskKind.ATTENTION,
            plan.attention,
            mission_id=mission.id,
            senior_id=mission.senior_id,
        )
    mission.needs_attention = plan.attention or (ASKED_MORE if plan.stretched else None)


def _hold_free(work: Work, ranked: dict[UUID, Ranked]) -> set[UUID]:
    """Those whom no other outing is asking, or has asked since they were counted.

    They are held until the end, so that looks at one instant together keep to the caps.
    """
    held = list(
        work.session.exec(
            select(VolunteerRow.id)
            .where(among(col(VolunteerRow.id), list(ranked)))
            .order_by(col(VolunteerRow.id))
            .with_for_update(key_share=True, skip_locked=True)
        )
    )
    alerts_7d = count_alerts(work, held)
    return {id for id in held if alerts_7d[id] <= ranked[id].volunteer.alerts_7d}


def _offer_to(work: Work, mission: MissionRow, asked: list[tuple[Ranked, Expectation]]) -> None:
    wave = 1 + max(
        work.session.exec(select(OfferRow.wave).where(OfferRow.mission_id == mission.id)),
        default=0,
    )
    expires_at = offer_expires_at(work.now, mission.deadline_at, WAVES)
    offers = [
        add_offer(work, mission, one, wave=wave, expected=expected, expires_at=expires_at)
        for one, expected in asked
    ]
    ask(work, mission, offers)
