"""Ringing a list of seniors, as in a heat-wave, until each has answered or is a coordinator's."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import col, select

from matcher.domain.campaigns import (
    CallEvent,
    CallStatus,
    CampaignPolicy,
    next_move,
    queue_time,
    step,
)
from matcher.domain.errors import InvalidInput, NotFound, TransitionRefused
from matcher.domain.ringing import CAMPAIGN
from matcher.services import texts
from matcher.services.alerts import alert_team
from matcher.services.messages import Repeat, queue_call
from matcher.services.tasks import add_task
from matcher.services.work import Job, Work
from matcher.store.tables import (
    CampaignCallRow,
    CampaignRow,
    FileStatus,
    MessageRow,
    SeniorRow,
    TaskKind,
)
from matcher.store.transitions import record

POLICY = CampaignPolicy()
MEND_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Template:
    """What a campaign says: its name in the list, and the sentences spoken."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One of a campaign's list, with whom it is."""

    call: CampaignCallRow
    senior: SeniorRow


@dataclass(frozen=True, slots=True)
class CampaignBoard:
    """A campaign and who answered what; those somebody must act on come first."""

    campaign: CampaignRow
    counts: Mapping[CallStatus, int]
    people: list[Listed]


@cache
def list_templates() -> Mapping[str, Template]:
    """What may be said, by its key; see campaigns.toml."""
    kept = tomllib.loads((Path(__file__).parent / "campaigns.toml").read_text("utf-8"))
    return MappingProxyType({key: Template(**one) for key, one in kept.items()})


def start(
    work: Work, name: str, template: str, zones: Sequence[str] = (), min_age: int | None = None
) -> CampaignRow:
    """Ring everybody whose file is in use, those of these `zones` and this age if so wished.

    The oldest first. Whoever's age is not known is rung too.

    Raises:
        InvalidInput: there is no such template or zone, or nobody to ring.
    """
    if template not in list_templates():
        raise InvalidInput("Ce message n'existe pas.")
    if not {zone.code for zone in work.runtime.atlas.territory.list_zones()}.issuperset(zones):
        raise InvalidInput("Une de ces zones n'existe pas.")
    seniors = _audience(work, zones, min_age)
    if not seniors:
        raise InvalidInput("Personne ne correspond : la liste est vide.")
    campaign = CampaignRow(
        id=work.new_id(),
        created_at=work.now,
        created_by=work.actor.id,
        name=name,
        template=template,
        audience={"zones": sorted(zones), "min_age": min_age},
    )
    work.session.add(campaign)
    work.session.flush()
    work.note("campaign", campaign.id, "started")
    for place, senior_id in enumerate(seniors):
        behind = queue_time(place, len(seniors), POLICY)
        call = CampaignCallRow(
            id=work.new_id(),
            campaign_id=campaign.id,
            senior_id=senior_id,
            status=CallStatus.WAITING.value,
            behind=behind,
        )
        work.session.add(call)
        _look_again(work, call, work.now + behind)
    return campaign


def look(work: Work, call_id: UUID, due: datetime) -> None:
    """Ring somebody of a list, hand them over, or wait: what their time has come for.

    A look that was replaced, or done before, does nothing.
    """
    call = _lock(work, call_id)
    if call.status != CallStatus.WAITING or call.next_look_at != due:
        return
    campaign = work.session.get_one(CampaignRow, call.campaign_id)
    # Two campaigns that want the same person wait for one another.
    senior = work.session.get_one(SeniorRow, call.senior_id, with_for_update=True)
    if senior.status == FileStatus.CLOSED:
        _move(work, call, CallEvent.STOP)
        return
    if senior.phone is None:
        _hand_over(work, call, campaign)
        return
    others = _rings_of_others(work, call, senior.phone)
    zone = work.runtime.settings.zone
    began_at = campaign.created_at
    move = next_move(began_at, call.behind, call.rung_at, others, work.now, POLICY, zone)
    if move.ring:
        _ring(work, call, campaign, senior.phone)
        move = next_move(began_at, call.behind, call.rung_at, others, work.now, POLICY, zone)
    if move.hand_over:
        _hand_over(work, call, campaign)
    elif move.at is not None:
        _look_again(work, call, move.at)


def take_answer(work: Work, message: MessageRow, event: CallEvent) -> None:
    """Somebody of a list pressed a key, for the first time in this call."""
    if message.campaign_call_id is None:
        return
    call = _lock(work, message.campaign_call_id)
    campaign = work.session.get_one(CampaignRow, call.campaign_id)
    try:
        _move(work, call, event)
    except TransitionRefused:
        # They answered another ring before.
        work.note("campaign_call", call.id, "answered_again", event.value)
    if event is CallEvent.ASK_HELP:
        add_task(
            work,
            TaskKind.DISTRESS,
            f"Campagne « {campaign.name} » : a besoin d'aide. Rappeler tout de suite.",
            due_at=work.now,
            senior_id=call.senior_id,
        )
        alert_team(work, f"help:{call.id}", texts.TEAM_HELP, texts.TEAM_HELP_SPOKEN)


def reach(work: Work, call_id: UUID) -> CampaignCallRow:
    """A coordinator has reached the person.

    Raises:
        NotFound: nobody has that place in a list.
        TransitionRefused: they said themselves that all is well, or were reached before.
    """
    call = _lock(work, call_id)
    _move(work, call, CallEvent.REACH)
    return call


def stop(work: Work, campaign_id: UUID) -> CampaignRow:
    """Ring nobody any more; a second time it changes nothing.

    Raises:
        NotFound: there is no such campaign.
    """
    campaign = work.session.get(CampaignRow, campaign_id, with_for_update=True)
    if campaign is None:
        raise NotFound
    if campaign.stopped_at is None:
        campaign.stopped_at = work.now
        work.note("campaign", campaign.id, "stopped")
        waiting = work.session.exec(
            select(CampaignCallRow)
            .where(
                CampaignCallRow.campaign_id == campaign.id,
                CampaignCallRow.status == CallStatus.WAITING.value,
            )
            .order_by(col(CampaignCallRow.id))
            .with_for_update()
        )
        for call in waiting.all():
            _move(work, call, CallEvent.STOP)
    return campaign


def mend_missed_looks(work: Work) -> None:
    """Look now at everybody waiting in a list whose planned look is missing or overdue."""
    overdue = work.session.exec(
        select(CampaignCallRow)
        .where(
            CampaignCallRow.status == CallStatus.WAITING.value,
            or_(
                col(CampaignCallRow.next_look_at).is_(None),
                col(CampaignCallRow.next_look_at) < work.now - MEND_AFTER,
            ),
        )
        .with_for_update(skip_locked=True)
    )
    for call in overdue.all():
        _look_again(work, call, work.now)


def list_campaigns(work: Work) -> list[tuple[CampaignRow, Mapping[CallStatus, int]]]:
    """All of them, the latest first, with how many stand where."""
    campaigns = work.session.exec(
        select(CampaignRow).order_by(col(CampaignRow.created_at).desc(), col(CampaignRow.id).desc())
    ).all()
    rows = work.session.execute(
        select(
            col(CampaignCallRow.campaign_id), col(CampaignCallRow.status), func.count()
        ).group_by(col(CampaignCallRow.campaign_id), col(CampaignCallRow.status))
    )
    counts: dict[UUID, Counter[CallStatus]] = {one.id: Counter() for one in campaigns}
    for campaign_id, status, number in rows:
        counts[campaign_id][CallStatus(status)] = number
    return [(one, counts[one.id]) for one in campaigns]


_PRESSING = (
    CallStatus.HELP,
    CallStatus.UNREACHED,
    CallStatus.PERSON,
    CallStatus.WAITING,
    CallStatus.REACHED,
    CallStatus.WELL,
    CallStatus.STOPPED,
)


def get_board(work: Work, campaign_id: UUID) -> CampaignBoard:
    """Who answered what.

    Raises:
        NotFound: there is no such campaign.
    """
    campaign = work.session.get(CampaignRow, campaign_id)
    if campaign is None:
        raise NotFound
    rows = work.session.exec(
        select(CampaignCallRow, SeniorRow)
        .join(SeniorRow, col(SeniorRow.id) == col(CampaignCallRow.senior_id))
        .where(CampaignCallRow.campaign_id == campaign.id)
    ).all()
    people = [Listed(call, senior) for call, senior in rows]
    people.sort(
        key=lambda one: (
            _PRESSING.index(CallStatus(one.call.status)),
            one.call.behind,
            one.senior.id,
        )
    )
    counts = Counter(CallStatus(one.call.status) for one in people)
    return CampaignBoard(campaign, counts, people)


def _audience(work: Work, zones: Sequence[str], min_age: int | None) -> list[UUID]:
    query = (
        select(SeniorRow.id)
        .where(SeniorRow.status == FileStatus.ACTIVE.value)
        .order_by(col(SeniorRow.birth_year).nulls_first(), col(SeniorRow.id))
    )
    if zones:
        query = query.where(col(SeniorRow.zone_code).in_(zones))
    if min_age is not None:
        born = work.now.astimezone(work.runtime.settings.zone).year - min_age
        unknown = col(SeniorRow.birth_year).is_(None)
        query = query.where(or_(unknown, col(SeniorRow.birth_year) <= born))
    return list(work.session.exec(query))


def _ring(work: Work, call: CampaignCallRow, campaign: CampaignRow, phone: str) -> None:
    text = texts.campaign(list_templates()[campaign.template].text)
    repeat = Repeat(
        until=campaign.created_at + POLICY.within,
        senior_id=call.senior_id,
        campaign_call_id=call.id,
    )
    queue_call(
        work, phone, text, CAMPAIGN, f"campaign:{call.id}:{len(call.rung_at)}", repeat=repeat
    )
    call.rung_at = [*call.rung_at, work.now]


def _rings_of_others(work: Work, call: CampaignCallRow, phone: str) -> list[datetime]:
    rung = func.coalesce(col(MessageRow.sent_at), col(MessageRow.queued_at))
    return list(
        work.session.exec(
            select(rung).where(
                MessageRow.purpose == CAMPAIGN,
                MessageRow.recipient_index == work.runtime.keyring.index(phone),
                MessageRow.campaign_call_id != call.id,
                MessageRow.queued_at > work.now - timedelta(days=2),
            )
        )
    )


def _hand_over(work: Work, call: CampaignCallRow, campaign: CampaignRow) -> None:
    _move(work, call, CallEvent.HAND_OVER)
    rings = len(call.rung_at)
    tried = "n'a pas de numéro" if rings == 0 else f"sans réponse après {rings} appels"
    add_task(
        work,
        TaskKind.DISTRESS,
        f"Campagne « {campaign.name} » : {tried}. Joindre la personne ou passer la voir.",
        due_at=work.now,
        senior_id=call.senior_id,
    )
    # In a heat-wave there are many: the first of an hour stands for the others.
    hour = work.now.replace(minute=0, second=0, microsecond=0)
    alert_team(work, f"unreached:{campaign.id}:{hour.isoformat()}", texts.TEAM_UNREACHED)


def _look_again(work: Work, call: CampaignCallRow, at: datetime) -> None:
    call.next_look_at = at
    work.session.add(call)
    work.defer(Job.RING_CAMPAIGN, at=at, call_id=str(call.id), due=at.isoformat())


def _lock(work: Work, call_id: UUID) -> CampaignCallRow:
    call = work.session.get(CampaignCallRow, call_id, with_for_update=True)
    if call is None:
        raise NotFound
    return call


def _move(work: Work, call: CampaignCallRow, event: CallEvent) -> None:
    """Let `event` happen to a row this transaction holds.

    Raises:
        TransitionRefused: the table has no such step.
    """
    before, after = call.status, step(CallStatus(call.status), event).value
    call.status, call.settled_at, call.next_look_at = after, work.now, None
    work.session.add(call)
    record(
        work.session,
        "campaign_call",
        call.id,
        event.value,
        work.now,
        work.actor,
        before=before,
        after=after,
    )
