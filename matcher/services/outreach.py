"""Kind calls nobody asked for: how was it, and have you gone quiet. Never at night."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import func
from sqlmodel import col, select

from matcher.domain.campaigns import CallStatus
from matcher.domain.lifecycle import MissionStatus
from matcher.domain.ringing import FEEDBACK, RING_UNTIL, SILENCE, rings_for
from matcher.domain.silence import SilencePolicy, is_silent
from matcher.services import texts
from matcher.services.messages import Repeat, queue_call
from matcher.services.tasks import add_task, first_time
from matcher.services.work import Work
from matcher.store.tables import (
    CallRow,
    CampaignCallRow,
    FileStatus,
    MessageRow,
    MissionRow,
    RequestRow,
    SeniorRow,
    TaskKind,
    VolunteerRow,
)

UNHEARD_OF = "Plus de sorties depuis longtemps, et aucun numéro : prendre des nouvelles."
CALL_BACK_WITHIN = timedelta(hours=4)


def ask_how_it_was(work: Work) -> None:
    """Ring those who went out yesterday; whoever a campaign is ringing is left in peace."""
    settings = work.runtime.settings
    if settings.feedback_every_days == 0:
        return
    spared = _rung_by_campaigns(work)
    today = datetime.combine(work.now.astimezone(settings.zone).date(), time(0), settings.zone)
    yesterday = datetime.combine(today.date() - timedelta(days=1), time(0), settings.zone)
    asked = set(
        work.session.exec(
            select(MessageRow.senior_id).where(
                MessageRow.purpose == FEEDBACK,
                MessageRow.queued_at > work.now - timedelta(days=settings.feedback_every_days),
            )
        )
    )
    over = work.session.exec(
        select(MissionRow, SeniorRow, VolunteerRow)
        .join(SeniorRow, col(SeniorRow.id) == col(MissionRow.senior_id))
        .join(VolunteerRow, col(VolunteerRow.id) == col(MissionRow.volunteer_id))
        .where(
            MissionRow.status == MissionStatus.COMPLETED.value,
            MissionRow.ends_at >= yesterday,
            MissionRow.ends_at < today,
            SeniorRow.status != FileStatus.CLOSED.value,
        )
        .order_by(col(MissionRow.ends_at).desc(), col(MissionRow.id))
    )
    for mission, senior, volunteer in over:
        if senior.phone is None or senior.id in asked or senior.id in spared:
            continue
        asked.add(senior.id)
        queue_call(
            work,
            senior.phone,
            texts.feedback(volunteer.first_name),
            FEEDBACK,
            f"feedback:{mission.id}",
            mission.id,
            repeat=Repeat(
                until=datetime.combine(today.date(), RING_UNTIL, settings.zone),
                senior_id=senior.id,
            ),
        )


def ask_the_silent(work: Work) -> None:
    """Ring those who used to go out and have gone quiet, as `ask_how_it_was`."""
    weeks = work.runtime.settings.silence_weeks
    if weeks == 0:
        return
    spared = _rung_by_campaigns(work)
    policy = SilencePolicy(after=timedelta(weeks=weeks))
    signs = _last_signs(work, policy)
    outings = _completed(work, list(signs), policy)
    rings = rings_for(SILENCE)
    for senior_id, last_sign in signs.items():
        if senior_id in spared or not is_silent(outings[senior_id], last_sign, work.now, policy):
            continue
        senior = work.session.get_one(SeniorRow, senior_id)
        if senior.phone is None:
            if first_time(work, "senior", senior.id, SILENCE, last_sign.isoformat()):
                add_task(work, TaskKind.CALL_BACK, UNHEARD_OF, senior_id=senior.id)
            continue
        queue_call(
            work,
            senior.phone,
            texts.NO_NEWS,
            SILENCE,
            f"silence:{senior.id}:{last_sign.isoformat()}",
            repeat=Repeat(
                until=work.now + (rings.most + 1) * rings.again,
                senior_id=senior.id,
            ),
        )


def say_answer(work: Work, message: MessageRow, *, yes: bool, first: bool) -> str:
    """Somebody pressed 1 or 2 in one of these calls: do it, the first time, and say so."""
    if message.purpose == FEEDBACK:
        if first:
            _take_feedback(work, message, well=yes)
        return texts.GLAD if yes else texts.SORRY
    if first and message.senior_id is not None:
        work.note("senior", message.senior_id, "silence_answered", "well" if yes else "outing")
        if not yes:
            add_task(
                work,
                TaskKind.CALL_BACK,
                "Aimerait sortir de nouveau : rappeler pour préparer la sortie.",
                due_at=work.now + CALL_BACK_WITHIN,
                senior_id=message.senior_id,
            )
    return texts.GLAD if yes else texts.AN_OUTING


def _take_feedback(work: Work, message: MessageRow, *, well: bool) -> None:
    if message.mission_id is None:
        return
    work.note("mission", message.mission_id, "feedback", "well" if well else "problem")
    if not well:
        add_task(
            work,
            TaskKind.REPORT,
            "La sortie ne s'est pas bien passée : rappeler la personne aînée.",
            due_at=work.now + CALL_BACK_WITHIN,
            mission_id=message.mission_id,
            senior_id=message.senior_id,
        )


def _rung_by_campaigns(work: Work) -> set[UUID]:
    return set(
        work.session.exec(
            select(CampaignCallRow.senior_id).where(
                CampaignCallRow.status == CallStatus.WAITING.value
            )
        )
    )


def _last_signs(work: Work, policy: SilencePolicy) -> dict[UUID, datetime]:
    """When seniors with a file in use were last heard of, those it is too long ago for."""
    signs = sa.union_all(
        sa.select(col(RequestRow.senior_id), col(RequestRow.created_at).label("at")),
        sa.select(col(MissionRow.senior_id), col(MissionRow.starts_at)),
        sa.select(col(CallRow.senior_id), col(CallRow.started_at)),
    ).subquery()
    last = func.max(signs.c.at)
    rows = work.session.execute(
        sa.select(col(SeniorRow.id), last)
        .join(signs, signs.c.senior_id == col(SeniorRow.id))
        .where(col(SeniorRow.status) == FileStatus.ACTIVE.value)
        .group_by(col(SeniorRow.id))
        .having(last <= work.now - policy.after, last > work.now - policy.until)
        .order_by(col(SeniorRow.id))
    )
    return {row[0]: row[1] for row in rows}


def _completed(
    work: Work, seniors: Sequence[UUID], policy: SilencePolicy
) -> dict[UUID, list[datetime]]:
    outings: dict[UUID, list[datetime]] = defaultdict(list)
    rows = work.session.exec(
        select(MissionRow.senior_id, MissionRow.starts_at).where(
            col(MissionRow.senior_id).in_(seniors),
            MissionRow.status == MissionStatus.COMPLETED.value,
            MissionRow.starts_at > work.now - policy.until - policy.within,
        )
    )
    for senior_id, starts_at in rows:
        outings[senior_id].append(starts_at)
    return outings
