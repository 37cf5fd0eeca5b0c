"""Telling volunteers what becomes of their outings, and asking what the service has to know."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from matcher.domain.ringing import DETAILS
from matcher.domain.timeline import Question, is_open_question
from matcher.services import texts
from matcher.services.messages import SPARES_THE_WAY, Repeat, gets_sms, queue_call, queue_sms
from matcher.services.missions import visit_of
from matcher.services.roll import access_notes_of, address_of
from matcher.services.work import Work
from matcher.store.tables import MissionRow, SeniorRow, VolunteerRow


def tell_volunteer(
    work: Work,
    volunteer_id: UUID,
    mission: MissionRow,
    purpose: str,
    text: str,
    once: str,
    agreement: int | None = None,
) -> None:
    """Queue `text`, once for each `once`: an SMS, or a call to whoever reads none.

    What is true of one `agreement` alone does not leave once there is another. A call that spares
    them the way asks for a key, and is made again until it was heard.
    """
    volunteer = work.session.get_one(VolunteerRow, volunteer_id)
    once = f"{purpose}:{once}"
    if gets_sms(work, volunteer.phone):
        queue_sms(work, volunteer.phone, text, purpose, once, mission.id, agreement)
    else:
        spoken, repeat = texts.for_the_ear(text), None
        if purpose in SPARES_THE_WAY:
            spoken, repeat = f"{spoken} {texts.KEYS_HEARD}", Repeat(until=mission.starts_at)
        queue_call(work, volunteer.phone, spoken, purpose, once, mission.id, repeat, agreement)


def ask_volunteer(
    work: Work,
    mission: MissionRow,
    question: Question,
    news: str,
    until: datetime,
    *,
    also_ring: bool = False,
) -> None:
    """Ask whoever holds or held the mission, by SMS or by a call that is made again until `until`.

    `news` is what the question is about, one French sentence. With `also_ring` they are rung even
    if they read SMS: the answer cannot wait for one to be seen.
    """
    if mission.volunteer_id is None:
        raise ValueError("nobody holds this mission")
    volunteer = work.session.get_one(VolunteerRow, mission.volunteer_id)
    once = f"{question}:{mission.id}:{mission.agreement}"
    # A change asked about is true until the next one; the other questions wait for their answer.
    agreement = mission.agreement if question is Question.CHANGED else None
    by_sms = gets_sms(work, volunteer.phone)
    if by_sms:
        text = f"Compagnie : {news} {texts.WORDS_FOR[question]}"
        queue_sms(work, volunteer.phone, text, question, f"sms:{once}", mission.id, agreement)
    if also_ring or not by_sms:
        queue_call(
            work,
            volunteer.phone,
            f"Bonjour, c'est Compagnie. {news} {texts.KEYS_FOR[question]}",
            question,
            f"call:{once}",
            mission.id,
            Repeat(until=until),
            agreement,
        )


def say_details(work: Work, mission: MissionRow) -> str:
    """What the volunteer who holds the mission has to know at the door, for the ear."""
    senior = work.session.get_one(SeniorRow, mission.senior_id)
    return texts.details(
        texts.day_and_hour(mission.starts_at, work.runtime.settings.zone),
        f"{senior.first_name} {senior.last_name}".strip(),
        address_of(mission.meeting).spoken,
        access_notes_of(mission, senior),
        mission.code_word or "",
    )


def ring_with_details(work: Work, mission: MissionRow) -> None:
    """Ring whoever holds the mission: a key tells the details, which no SMS is to carry."""
    volunteer = work.session.get_one(VolunteerRow, mission.volunteer_id)
    when = texts.day_and_hour(mission.starts_at, work.runtime.settings.zone)
    queue_call(
        work,
        volunteer.phone,
        texts.details_wait(when),
        DETAILS,
        f"{DETAILS}:{mission.id}:{mission.agreement}",
        mission.id,
        Repeat(until=mission.starts_at),
        mission.agreement,
    )


def list_open_questions(work: Work, volunteer_id: UUID) -> list[tuple[MissionRow, Question]]:
    """What this volunteer was asked and did not answer yet, the outings in their order."""
    missions = work.session.exec(
        select(MissionRow)
        .where(MissionRow.volunteer_id == volunteer_id, col(MissionRow.closed_at).is_(None))
        .order_by(col(MissionRow.starts_at), col(MissionRow.id))
    )
    return [
        (mission, question)
        for mission in missions
        for question in Question
        if is_open_question(question, visit_of(mission))
    ]
