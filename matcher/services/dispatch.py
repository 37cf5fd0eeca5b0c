"""From an open mission to the one volunteer who comes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from matcher.domain.eligibility import (
    ACCEPTANCE_RULES,
    EligibilityPolicy,
    Rejection,
    Rule,
    Walk,
    assess,
    promised_time,
    sift,
)
from matcher.domain.errors import (
    MissionsOverlap,
    MissionTaken,
    NotEligible,
    NotFound,
    OfferClosed,
    TransitionRefused,
)
from matcher.domain.geo import distance_m
from matcher.domain.lifecycle import MissionEvent, MissionStatus, OfferEvent, OfferStatus
from matcher.domain.people import Outing, Purpose, Volunteer
from matcher.domain.ranking import Ranked, RankingPolicy, rank
from matcher.domain.waves import (
    Candidate,
    Expectation,
    OutingFacts,
    Pending,
    WavePlan,
    WavePolicy,
    expectation,
    offer_expires_at,
    open_time,
    plan_wave,
)
from matcher.services import texts
from matcher.services.messages import Repeat, queue_call, queue_sms
from matcher.services.roll import Enrolled, get_enrolled, list_enrolled, list_in_reach, outing_of
from matcher.services.senior_news import tell_senior
from matcher.services.tasks import add_task
from matcher.services.telephone import takes_sms
from matcher.services.walks import walks_to
from matcher.services.work import Job, Work
from matcher.store.tables import MissionRow, OfferRow, TaskKind, VolunteerRow
from matcher.store.transitions import move_mission, move_offer

ELIGIBILITY = EligibilityPolicy()
RANKING = RankingPolicy()
WAVES = WavePolicy()


def schedule_step(work: Work, mission: MissionRow, at: datetime) -> None:
    """Look at the mission again at `at`, instead of any step planned before."""
    mission.next_step_at = at
    work.session.add(mission)
    work.defer(
        Job.ADVANCE_MISSION,
        at=at,
        mission_id=str(mission.id),
        due=at.isoformat(),
    )


def advance(work: Work, mission_id: UUID, due: datetime | None = None) -> None:
    """Do what the mission needs now, and plan the next look at it.

    With `due`, only when that step is still the planned one: a step that was replaced does
    nothing, and doing the same one twice does it once.
    """
    mission = work.session.exec(
        select(MissionRow).where(MissionRow.id == mission_id).with_for_update()
    ).one()
    if due is not None and mission.next_step_at != due:
        return
    mission.next_step_at = None
    if mission.status not in (MissionStatus.OPEN, MissionStatus.TO_VERIFY):
        return
    _expire_offers(work, mission)
    if work.now >= mission.deadline_at:
        _give_up(work, mission)
    elif mission.status == MissionStatus.TO_VERIFY:
        schedule_step(work, mission, mission.deadline_at)
    else:
        _send_wave(work, mission)


def mend_missed_steps(work: Work, slack: timedelta) -> None:
    """Look now at every waiting mission whose planned step is missing or overdue by `slack`."""
    overdue = work.session.exec(
        select(MissionRow)
        .where(
            col(MissionRow.status).in_([MissionStatus.OPEN.value, MissionStatus.TO_VERIFY.value]),
            or_(
                col(MissionRow.next_step_at).is_(None),
                col(MissionRow.next_step_at) < work.now - slack,
            ),
        )
        .with_for_update(skip_locked=True)
    )
    for mission in overdue.all():
        schedule_step(work, mission, work.now)


def explain(work: Work, mission_id: UUID) -> tuple[tuple[Ranked, ...], tuple[Rejection, ...]]:
    """Who could go, best first with reasons, and why each of the others in reach could not.

    Raises:
        NotFound: there is no such mission.
    """
    outing = outing_of(work, get_mission(work, mission_id))
    everyone = [enrolled.volunteer for enrolled in list_in_reach(work, outing)]
    walk = _walk(work, outing, everyone)
    sifted = sift(
        outing,
        everyone,
        now=work.now,
        zone=work.runtime.settings.zone,
        walk=walk,
        policy=ELIGIBILITY,
    )
    return _ranked(work, outing, sifted.kept, walk), sifted.rejections


def get_mission(work: Work, mission_id: UUID) -> MissionRow:
    """The mission.

    Raises:
        NotFound: there is none.
    """
    mission = work.session.get(MissionRow, mission_id)
    if mission is None:
        raise NotFound
    return mission


def accept_offer(work: Work, offer_id: UUID, volunteer_id: UUID) -> MissionRow:
    """The volunteer says yes to an offer of theirs; the first yes wins.

    Raises:
        NotFound: the offer is not theirs.
        OfferClosed: it was declined or has expired.
        MissionTaken: somebody else was first.
        MissionsOverlap, NotEligible: see `accept_mission`.
    """
    offer = _own_offer(work, offer_id, volunteer_id)
    if offer.status in (OfferStatus.DECLINED, OfferStatus.EXPIRED):
        raise OfferClosed
    if offer.status == OfferStatus.SENT and offer.expires_at <= work.now:
        raise OfferClosed
    return accept_mission(work, offer.mission_id, volunteer_id)


def accept_mission(work: Work, mission_id: UUID, volunteer_id: UUID) -> MissionRow:
    """The volunteer takes an open mission: one conditional write decides, the constraint guards.

    Saying yes again to a mission one holds changes nothing.

    Raises:
        NotFound: there is no such mission, or it is none of theirs to see.
        MissionTaken: it is no longer open.
        MissionsOverlap: they hold another one then, walks included.
        NotEligible: with the reason in words.
    """
    # A volunteer's acceptances queue up here: two overlapping ones must not deadlock.
    volunteer = work.session.exec(
        select(VolunteerRow).where(VolunteerRow.id == volunteer_id).with_for_update(key_share=True)
    ).one()
    mission = get_mission(work, mission_id)
    if mission.volunteer_id == volunteer_id:
        return mission
    if mission.status != MissionStatus.OPEN:
        raise MissionTaken
    outing = outing_of(work, mission)
    enrolled = get_enrolled(work, outing, volunteer_id)
    walk = _walk(work, outing, [enrolled.volunteer])
    _check_acceptance(work, mission, outing, enrolled, walk)
    walk_s = walk(enrolled.volunteer.home, outing.meeting_point)
    busy = promised_time(outing, walk_s)
    try:
        move_mission(
            work.session,
            mission,
            MissionEvent.ACCEPT,
            work.now,
            work.actor,
            volunteer_id=volunteer_id,
            accepted_at=work.now,
            walk_s=round(walk_s),
            busy_from=busy.start,
            busy_until=busy.end,
            needs_attention=None,
            next_step_at=None,
            code_word=texts.CODE_WORDS[mission.id.int % len(texts.CODE_WORDS)],
        )
    except TransitionRefused as error:
        raise MissionTaken from error
    except IntegrityError as error:
        raise MissionsOverlap from error
    _settle_offers(work, mission, enrolled, round(walk_s))
    tell_senior(
        work,
        mission,
        "found",
        lambda when: texts.someone_comes(volunteer.first_name, when, mission.code_word or ""),
        occasion=work.now,
    )
    return mission


def decline_offer(work: Work, offer_id: UUID, volunteer_id: UUID) -> OfferRow:
    """The volunteer says no, for this time; somebody else is asked at once if need be.

    Raises:
        NotFound: the offer is not theirs.
        OfferClosed: it was answered or has ended already.
    """
    offer = _own_offer(work, offer_id, volunteer_id)
    mission = work.session.exec(
        select(MissionRow).where(MissionRow.id == offer.mission_id).with_for_update()
    ).one()
    if offer.status == OfferStatus.DECLINED:
        return offer
    try:
        move_offer(work.session, offer, OfferEvent.DECLINE, work.now, work.actor)
    except TransitionRefused as error:
        raise OfferClosed from error
    if mission.status == MissionStatus.OPEN:
        schedule_step(work, mission, work.now)
    return offer


def close_offers(work: Work, mission: MissionRow, event: OfferEvent) -> list[OfferRow]:
    """End every unanswered offer of a mission whose row this transaction holds."""
    offers = _sent_offers(work, mission)
    for offer in offers:
        move_offer(work.session, offer, event, work.now, work.actor)
    return offers


def _own_offer(work: Work, offer_id: UUID, volunteer_id: UUID) -> OfferRow:
    offer = work.session.get(OfferRow, offer_id)
    if offer is None or offer.volunteer_id != volunteer_id:
        raise NotFound
    return offer


def _check_acceptance(
    work: Work, mission: MissionRow, outing: Outing, enrolled: Enrolled, walk: Walk
) -> None:
    rejection = assess(
        outing,
        enrolled.volunteer,
        now=work.now,
        zone=work.runtime.settings.zone,
        walk=walk,
        policy=ELIGIBILITY,
        rules=ACCEPTANCE_RULES,
    )
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
    for offer in _sent_offers(work, mission):
        if offer.volunteer_id == enrolled.volunteer.id:
            own = offer
            continue
        move_offer(work.session, offer, OfferEvent.WITHDRAW, work.now, work.actor)
        other = work.session.get_one(VolunteerRow, offer.volunteer_id)
        queue_sms(work, other.phone, texts.thanks(when), "thanks", f"thanks:{offer.id}", mission.id)
    if own is None:
        own = _add_offer(
            work,
            mission,
            Ranked(enrolled.volunteer, walk_s, 0.0, (), ()),
            wave=0,
            expected=_expected(work, mission, enrolled),
            expires_at=mission.starts_at,
        )
    move_offer(work.session, own, OfferEvent.ACCEPT, work.now, work.actor, said_yes=True)


def _expire_offers(work: Work, mission: MissionRow) -> None:
    for offer in _sent_offers(work, mission):
        if offer.expires_at <= work.now:
            move_offer(work.session, offer, OfferEvent.EXPIRE, work.now, work.actor)


def _give_up(work: Work, mission: MissionRow) -> None:
    close_offers(work, mission, OfferEvent.EXPIRE)
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
        "Personne n'a accepté à temps : rappeler la personne aînée.",
        mission_id=mission.id,
        senior_id=mission.senior_id,
    )
    tell_senior(work, mission, "unfilled", texts.nobody_found)


def _send_wave(work: Work, mission: MissionRow) -> None:
    outing = outing_of(work, mission)
    plan, ranked = _plan(work, mission, outing)
    _flag(work, mission, plan)
    if plan.ask:
        _offer_to(work, mission, plan, ranked)
    schedule_step(
        work,
        mission,
        mission.deadline_at if plan.next_at is None else min(plan.next_at, mission.deadline_at),
    )


def _plan(work: Work, mission: MissionRow, outing: Outing) -> tuple[WavePlan, dict[UUID, Ranked]]:
    zone = work.runtime.settings.zone
    roll = {enrolled.volunteer.id: enrolled for enrolled in list_enrolled(work, outing)}
    everyone = [enrolled.volunteer for enrolled in roll.values()]
    walk = _walk(work, outing, everyone)
    sifted = sift(
        outing,
        everyone,
        now=work.now,
        zone=zone,
        walk=walk,
        policy=ELIGIBILITY,
    )
    ranked = {one.volunteer.id: one for one in _ranked(work, outing, sifted.kept, walk)}
    plan = plan_wave(
        _facts(mission),
        [_candidate(outing, roll[volunteer_id]) for volunteer_id in ranked],
        [Pending(offer.sent_at, offer.chance) for offer in _sent_offers(work, mission)],
        work.now,
        mission.deadline_at,
        WAVES,
        zone,
    )
    return plan, ranked


def _flag(work: Work, mission: MissionRow, plan: WavePlan) -> None:
    if plan.attention is not None and mission.needs_attention is None:
        add_task(
            work,
            TaskKind.ATTENTION,
            plan.attention,
            mission_id=mission.id,
            senior_id=mission.senior_id,
        )
    mission.needs_attention = plan.attention


def _offer_to(work: Work, mission: MissionRow, plan: WavePlan, ranked: dict[UUID, Ranked]) -> None:
    wave = 1 + max(
        work.session.exec(select(OfferRow.wave).where(OfferRow.mission_id == mission.id)),
        default=0,
    )
    when = texts.day_and_hour(mission.starts_at, work.runtime.settings.zone)
    expires_at = offer_expires_at(work.now, mission.deadline_at, WAVES)
    for volunteer_id, expected in zip(plan.ask, plan.expectations, strict=True):
        offer = _add_offer(
            work,
            mission,
            ranked[volunteer_id],
            wave=wave,
            expected=expected,
            expires_at=expires_at,
        )
        volunteer = work.session.get_one(VolunteerRow, volunteer_id)
        _ask(work, volunteer, offer, when)


def _ask(work: Work, volunteer: VolunteerRow, offer: OfferRow, when: str) -> None:
    once = f"offer:{offer.id}"
    if takes_sms(volunteer.phone):
        text = texts.offer(when, work.runtime.settings.public_url)
        queue_sms(work, volunteer.phone, text, "offer", once, offer.mission_id)
        return
    queue_call(
        work,
        volunteer.phone,
        texts.spoken_offer(when, offer.reasons),
        "offer",
        once,
        offer.mission_id,
        repeat=Repeat(until=offer.expires_at, offer_id=offer.id),
    )


def _expected(work: Work, mission: MissionRow, enrolled: Enrolled) -> Expectation:
    outing = outing_of(work, mission)
    left = open_time(work.now, mission.deadline_at, WAVES, work.runtime.settings.zone)
    return expectation(_facts(mission), _candidate(outing, enrolled), work.now, left, WAVES)


def _add_offer(
    work: Work,
    mission: MissionRow,
    ranked: Ranked,
    *,
    wave: int,
    expected: Expectation,
    expires_at: datetime,
) -> OfferRow:
    offer = OfferRow(
        id=work.new_id(),
        mission_id=mission.id,
        volunteer_id=ranked.volunteer.id,
        wave=wave,
        status=OfferStatus.SENT.value,
        sent_at=work.now,
        expires_at=expires_at,
        walk_s=round(ranked.walk_s),
        context=expected.context,
        chance=expected.chance,
        reasons=list(ranked.reasons),
    )
    work.session.add(offer)
    work.session.flush()
    work.note("offer", offer.id, "sent")
    return offer


def _sent_offers(work: Work, mission: MissionRow) -> list[OfferRow]:
    return list(
        work.session.exec(
            select(OfferRow)
            .where(OfferRow.mission_id == mission.id, OfferRow.status == OfferStatus.SENT.value)
            .order_by(col(OfferRow.id))
        )
    )


def _facts(mission: MissionRow) -> OutingFacts:
    return OutingFacts(
        mission.starts_at,
        medical=mission.purpose == Purpose.MEDICAL,
        opened_at=mission.created_at,
    )


def _candidate(outing: Outing, enrolled: Enrolled) -> Candidate:
    volunteer = enrolled.volunteer
    return Candidate(
        volunteer_id=volunteer.id,
        walk_m=distance_m(volunteer.home, outing.meeting_point),
        max_walk_m=volunteer.max_walk_m,
        met=volunteer.id in outing.senior.circle,
        alerts_7d=volunteer.alerts_7d,
        alerts_today=enrolled.alerts_today,
        missions_7d=enrolled.missions_7d,
        missions_30d=enrolled.missions_30d,
        missions_90d=enrolled.missions_90d,
        offers_seen=enrolled.offers_seen,
        yes=enrolled.yes,
        answers=enrolled.answers,
        answer_min=enrolled.answer_min,
    )


def _ranked(
    work: Work, outing: Outing, kept: tuple[Volunteer, ...], walk: Walk
) -> tuple[Ranked, ...]:
    return rank(
        outing,
        kept,
        now=work.now,
        walk=walk,
        policy=RANKING,
        zone=work.runtime.settings.zone,
    )


def _walk(work: Work, outing: Outing, volunteers: Iterable[Volunteer]) -> Walk:
    return walks_to(work, [one.home for one in volunteers], outing.meeting_point)
