"""A volunteer's yes or no: one conditional write decides who comes."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from matcher.domain.eligibility import ACCEPTANCE_RULES, Rule, Walk, promised_time
from matcher.domain.errors import (
    MissionsOverlap,
    MissionTaken,
    NotEligible,
    NotFound,
    OfferClosed,
    TransitionRefused,
)
from matcher.domain.lifecycle import MissionEvent, MissionStatus, OfferEvent, OfferStatus
from matcher.domain.people import Outing
from matcher.domain.ranking import Ranked
from matcher.domain.waves import WHY_LOOK
from matcher.services import texts
from matcher.services.candidates import assess_for, expected, walk_to
from matcher.services.lives import among
from matcher.services.messages import queue_sms_each
from matcher.services.missions import lock_mission, plan_visit, schedule_step
from matcher.services.offers import add_offer, list_sent_offers
from matcher.services.roll import Enrolled, get_enrolled, outing_of
from matcher.services.senior_news import tell_who_comes
from matcher.services.tasks import settle_tasks
from matcher.services.telephone import takes_sms
from matcher.services.work import Work
from matcher.store.tables import MissionRow, OfferRow, TaskKind, VolunteerRow
from matcher.store.transitions import move_mission, move_offer


def accept_offer(work: Work, offer_id: UUID, volunteer_id: UUID) -> MissionRow:
    """The volunteer says yes to an offer of theirs; the first yes wins.

    Raises:
        NotFound: the offer is not theirs.
        OfferClosed: it was declined or has expired.
        MissionTaken: somebody else was first, or it is another outing since.
        MissionsOverlap, NotEligible: see `accept_mission`.
    """
    offer = get_own_offer(work, offer_id, volunteer_id)
    volunteer, mission = _hold(work, offer.mission_id, volunteer_id)
    work.session.refresh(offer)
    if offer.status in (OfferStatus.DECLINED, OfferStatus.EXPIRED):
        raise OfferClosed
    if offer.status == OfferStatus.SENT and offer.expires_at <= work.now:
        raise OfferClosed
    moved_since = (
        offer.status != OfferStatus.SENT
        and mission.asked_from is not None
        and offer.sent_at < mission.asked_from
    )
    if moved_since and mission.volunteer_id != volunteer_id:
        raise MissionTaken("Cette sortie vient de changer. Regardez-la de nouveau.")
    return _accept(work, mission, volunteer)


def get_own_offer(work: Work, offer_id: UUID, volunteer_id: UUID) -> OfferRow:
    """An offer of this volunteer's.

    Raises:
        NotFound: it is not theirs.
    """
    offer = work.session.get(OfferRow, offer_id)
    if offer is None or offer.volunteer_id != volunteer_id:
        raise NotFound
    return offer


def accept_mission(work: Work, mission_id: UUID, volunteer_id: UUID) -> MissionRow:
    """The volunteer takes an open mission: one conditional write decides, the constraint guards.

    Saying yes again to a mission one holds changes nothing.

    Raises:
        NotFound: there is no such mission, or it is none of theirs to see.
        MissionTaken: it is no longer open.
        MissionsOverlap: they hold another one then, walks included.
        NotEligible: with the reason in words.
    """
    volunteer, mission = _hold(work, mission_id, volunteer_id)
    return _accept(work, mission, volunteer)


def _hold(work: Work, mission_id: UUID, volunteer_id: UUID) -> tuple[VolunteerRow, MissionRow]:
    """Both rows until the end: who comes second waits here, and is soon told.

    The volunteer first: two overlapping acceptances of theirs must not deadlock.
    """
    volunteer = work.session.exec(
        select(VolunteerRow).where(VolunteerRow.id == volunteer_id).with_for_update(key_share=True)
    ).one()
    return volunteer, lock_mission(work, mission_id)


def _accept(work: Work, mission: MissionRow, volunteer: VolunteerRow) -> MissionRow:
    if mission.volunteer_id == volunteer.id:
        return mission
    if mission.status != MissionStatus.OPEN:
        raise MissionTaken
    outing = outing_of(work, mission)
    enrolled = get_enrolled(work, outing, volunteer.id)
    walk = walk_to(work, outing, [enrolled.volunteer])
    _check_acceptance(work, mission, outing, enrolled, walk)
    walk_s = walk(enrolled.volunteer.home, outing.meeting_point)
    busy = promised_time(outing, walk_s)
    agreement = mission.agreement + 1
    try:
        move_mission(
            work.session,
            mission,
            MissionEvent.ACCEPT,
            work.now,
            work.actor,
            volunteer_id=volunteer.id,
            accepted_at=work.now,
            agreement=agreement,
            walk_s=round(walk_s),
            busy_from=busy.start,
            busy_until=busy.end,
            needs_attention=None,
            next_step_at=None,
            code_word=code_word(work, mission.id, agreement),
        )
    except TransitionRefused as error:
        raise MissionTaken from error
    except IntegrityError as error:
        raise MissionsOverlap from error
    _settle_offers(work, mission, enrolled, round(walk_s))
    settle_tasks(work, mission.id, {TaskKind.UNFILLED, TaskKind.PROMISE_DUE}, WHY_LOOK)
    plan_visit(work, mission)
    tell_who_comes(work, mission, "found", texts.someone_comes)
    return mission


def code_word(work: Work, mission_id: UUID, agreement: int) -> str:
    """What is said at the door under this agreement: another word than under those before it.

    Each mission has an order of the words that only the service's key tells.
    """
    keyring = work.runtime.keyring
    words = sorted(texts.CODE_WORDS, key=lambda word: keyring.index(f"{mission_id}:{word}"))
    return words[agreement % len(words)]


def count_late_yes(work: Work, mission_id: UUID, volunteer_id: UUID) -> None:
    """Remember that whoever was told that the mission is taken would have come; once an offer.

    Nothing else changes: it is no promise, and they may be asked for it again.
    """
    offer = work.session.exec(
        select(OfferRow)
        .where(OfferRow.mission_id == mission_id, OfferRow.volunteer_id == volunteer_id)
        .order_by(col(OfferRow.sent_at).desc(), col(OfferRow.id))
        .limit(1)
        .with_for_update()
    ).first()
    if offer is None or offer.status != OfferStatus.WITHDRAWN or offer.said_yes:
        return
    offer.said_yes, offer.answered_at = True, None
    work.session.add(offer)
    work.note("offer", offer.id, "late_yes")


def decline_offer(work: Work, offer_id: UUID, volunteer_id: UUID) -> OfferRow:
    """The volunteer says no, for this time; somebody else is asked at once if need be.

    Raises:
        NotFound: the offer is not theirs.
        OfferClosed: it was answered or has ended already.
    """
    offer = get_own_offer(work, offer_id, volunteer_id)
    mission = lock_mission(work, offer.mission_id)
    if offer.status == OfferStatus.DECLINED:
        return offer
    try:
        move_offer(work.session, offer, OfferEvent.DECLINE, work.now, work.actor)
    except TransitionRefused as error:
        raise OfferClosed from error
    if mission.status == MissionStatus.OPEN:
        schedule_step(work, mission, work.now)
    return offer


def _check_acceptance(
    work: Work, mission: MissionRow, outing: Outing, enrolled: Enrolled, walk: Walk
) -> None:
    rejection = assess_for(work, outing, enrolled.volunteer, walk, ACCEPTANCE_RULES)
    if rejection is None:
        if work.now >= mission.starts_at:
            raise MissionTaken("Cette sortie a déjà commencé.")
        return
    if rejection.rule in (Rule.INACTIVE, Rule.NOT_VETTED, Rule.REFUSED):
        # Nothing may be learned here about a mission one could not be offered.
        raise NotFound
    if rejection.rule is Rule.BUSY:
        raise MissionsOverlap
    raise NotEligible


def _settle_offers(work: Work, mission: MissionRow, enrolled: Enrolled, walk_s: int) -> None:
    when = texts.day_and_hour(mission.starts_at, work.runtime.settings.zone)
    own: OfferRow | None = None
    told = {}
    for offer in list_sent_offers(work, mission):
        if offer.volunteer_id == enrolled.volunteer.id:
            own = offer
        else:
            move_offer(work.session, offer, OfferEvent.WITHDRAW, work.now, work.actor)
            told[offer.volunteer_id] = f"thanks:{offer.id}"
    others = work.session.exec(select(VolunteerRow).where(among(col(VolunteerRow.id), list(told))))
    numbers = {told[one.id]: one.phone for one in others if takes_sms(one.phone)}
    queue_sms_each(work, numbers, texts.thanks(when), "thanks", mission.id)
    if own is None:
        own = add_offer(
            work,
            mission,
            Ranked(enrolled.volunteer, walk_s, 0.0, (), ()),
            wave=0,
            expected=expected(work, mission, enrolled),
            expires_at=mission.starts_at,
        )
    move_offer(work.session, own, OfferEvent.ACCEPT, work.now, work.actor, said_yes=True)
