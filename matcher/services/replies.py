"""What a person answers to us: a key pressed in a call we made, or a word by SMS."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select

from matcher.domain.campaigns import CallEvent
from matcher.domain.errors import DomainError, MissionTaken
from matcher.domain.lifecycle import HELD_MISSIONS, LIVE_MISSIONS, MissionStatus, OfferStatus
from matcher.domain.ringing import CAMPAIGN, DETAILS, FEEDBACK, SILENCE
from matcher.domain.timeline import Question
from matcher.services import campaigns, texts
from matcher.services.acceptance import accept_offer, count_late_yes, decline_offer
from matcher.services.callers import find_senior, find_volunteer
from matcher.services.missions import get_mission
from matcher.services.outreach import say_answer
from matcher.services.questions import answer_question
from matcher.services.sending import get_locked
from matcher.services.senior_news import CANCELLABLE
from matcher.services.tasks import add_task
from matcher.services.visits import cancel
from matcher.services.volunteer_news import list_open_questions, ring_with_details, say_details
from matcher.services.work import Work
from matcher.store.tables import (
    MessageRow,
    MissionRow,
    OfferRow,
    OptOutRow,
    TaskKind,
    VolunteerRow,
)

YES, NO, PERSON = "1", "2", "0"

CAMPAIGN_ANSWERS = {
    YES: CallEvent.SAY_WELL,
    NO: CallEvent.ASK_HELP,
    PERSON: CallEvent.ASK_PERSON,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said back, whether a person is rung then, and whether a key says it again."""

    text: str
    to_person: bool = False
    again: bool = False


def answer_key(work: Work, message_id: UUID, key: str) -> Reply | None:
    """Somebody pressed a key in a call we made; None when nothing was pressed.

    A key pressed again, or told to us again, is answered again and done once.
    """
    message = get_locked(work, message_id)
    if key not in (YES, NO, PERSON):
        return None
    first = message.heard_at is None
    if first:
        message.heard_at, message.answer = work.now, key
        work.session.add(message)
        if message.purpose == CAMPAIGN:
            campaigns.take_answer(work, message, CAMPAIGN_ANSWERS[key])
    if message.answer == PERSON:
        if first:
            _call_back(work, message)
        return Reply(texts.A_PERSON, to_person=True)
    if message.offer_id is not None:
        return _answer_offer_by_key(work, message.offer_id, yes=message.answer == YES)
    if message.purpose == DETAILS and message.mission_id is not None:
        return _say_details(work, message.mission_id, find_volunteer(work, message.recipient))
    if message.purpose in set(Question) and message.mission_id is not None:
        return _answer_by_key(work, message, message.mission_id)
    if message.purpose == CAMPAIGN:
        return Reply(texts.THANK_YOU if message.answer == YES else texts.HELP_COMES)
    if message.purpose in (FEEDBACK, SILENCE):
        return Reply(say_answer(work, message, yes=message.answer == YES, first=first))
    if message.answer == NO and message.purpose in CANCELLABLE:
        return Reply(_call_off(work, message.mission_id) if first else texts.CALLED_OFF)
    return Reply(texts.THANK_YOU)


def answer_sms(work: Work, number: str | None, body: str) -> str:
    """An SMS came in: done when it is a word we know and can only mean one thing, else a task."""
    word = _plain(body)
    if number is not None and word == "stop":
        work.session.merge(
            OptOutRow(number_index=work.runtime.keyring.index(number), since=work.now)
        )
        return texts.NO_MORE_SMS
    if word in ("oui", "non"):
        answered = _answer_the_only_question(work, number, word == "oui")
        if answered is not None:
            return answered
    senior = find_senior(work, number)
    if senior is not None and word == "annuler":
        missions = work.session.exec(
            select(MissionRow).where(
                MissionRow.senior_id == senior.id,
                col(MissionRow.status).in_([status.value for status in LIVE_MISSIONS]),
            )
        ).all()
        if len(missions) == 1:
            return _call_off(work, missions[0].id)
    add_task(
        work,
        TaskKind.CALL_BACK,
        "SMS reçu : répondre.",
        senior_id=None if senior is None else senior.id,
        details={"from": number, "text": body},
    )
    return texts.SMS_RECEIVED


def _answer_offer(work: Work, offer_id: UUID, *, yes: bool) -> str | None:
    """Do what the answer means: what is said back, None when the outing is theirs."""
    offer = work.session.get_one(OfferRow, offer_id)
    answer: Callable[[Work, UUID, UUID], object] = accept_offer if yes else decline_offer
    try:
        # What is refused leaves nothing half done, and the key stays pressed.
        with work.session.begin_nested():
            answer(work, offer_id, offer.volunteer_id)
    except DomainError as error:
        if yes and isinstance(error, MissionTaken):
            count_late_yes(work, offer.mission_id, offer.volunteer_id)
        return str(error)
    return None if yes else texts.DECLINED


def _answer_offer_by_key(work: Work, offer_id: UUID, *, yes: bool) -> Reply:
    refused = _answer_offer(work, offer_id, yes=yes)
    if refused is not None:
        return Reply(refused)
    offer = work.session.get_one(OfferRow, offer_id)
    volunteer = work.session.get_one(VolunteerRow, offer.volunteer_id)
    return _say_details(work, offer.mission_id, volunteer, texts.YOURS)


def _answer_offer_by_sms(work: Work, offer: OfferRow, *, yes: bool) -> str:
    refused = _answer_offer(work, offer.id, yes=yes)
    if refused is not None:
        return refused
    mission = get_mission(work, offer.mission_id)
    ring_with_details(work, mission)
    return texts.accepted(texts.day_and_hour(mission.starts_at, work.runtime.settings.zone))


def _say_details(
    work: Work, mission_id: UUID, volunteer: VolunteerRow | None, first: str = ""
) -> Reply:
    """`first`, then the exact details, to whoever holds the mission and to nobody else."""
    mission = get_mission(work, mission_id)
    holds = volunteer is not None and mission.volunteer_id == volunteer.id
    if not holds or mission.status not in HELD_MISSIONS:
        return Reply(texts.THANK_YOU)
    return Reply(f"{first} {say_details(work, mission)}".strip(), again=True)


def _call_off(work: Work, mission_id: UUID | None) -> str:
    mission = None if mission_id is None else work.session.get(MissionRow, mission_id)
    if mission is None or mission.status not in LIVE_MISSIONS - {MissionStatus.IN_PROGRESS}:
        return texts.THANK_YOU
    cancel(work, mission.id, "senior")
    return texts.CALLED_OFF


def _call_back(work: Work, message: MessageRow) -> None:
    add_task(
        work,
        TaskKind.CALL_BACK,
        "A demandé une personne après notre appel.",
        due_at=work.now + timedelta(minutes=30),
        senior_id=message.senior_id,
        details={"purpose": message.purpose, "mission_id": str(message.mission_id or "")},
    )


def _answer_the_only_question(work: Work, number: str | None, yes: bool) -> str | None:
    """Answer what this volunteer was asked, when it is one thing only."""
    volunteer = find_volunteer(work, number)
    if volunteer is None:
        return None
    offers = work.session.exec(
        select(OfferRow).where(
            OfferRow.volunteer_id == volunteer.id, OfferRow.status == OfferStatus.SENT.value
        )
    ).all()
    questions = list_open_questions(work, volunteer.id)
    if len(offers) + len(questions) != 1:
        return None
    if offers:
        return _answer_offer_by_sms(work, offers[0], yes=yes)
    mission, question = questions[0]
    said = answer_question(work, volunteer.id, mission.id, question, yes=yes)
    if _still_comes(mission, volunteer, question, yes=yes):
        ring_with_details(work, mission)
    return said


def _answer_by_key(work: Work, message: MessageRow, mission_id: UUID) -> Reply:
    volunteer = find_volunteer(work, message.recipient)
    if volunteer is None:
        return Reply(texts.THANK_YOU)
    question, yes = Question(message.purpose), message.answer == YES
    said = answer_question(work, volunteer.id, mission_id, question, yes=yes)
    if _still_comes(get_mission(work, mission_id), volunteer, question, yes=yes):
        return _say_details(work, mission_id, volunteer, texts.ANSWERED_YES[question])
    return Reply(said)


def _still_comes(
    mission: MissionRow, volunteer: VolunteerRow, question: Question, *, yes: bool
) -> bool:
    """Whether they have just confirmed an outing whose time or place is another one now."""
    confirmed = question is Question.CHANGED and yes and mission.confirm_by is None
    return confirmed and mission.volunteer_id == volunteer.id


def _plain(body: str) -> str:
    letters = unicodedata.normalize("NFKD", body.strip().lower())
    return "".join(letter for letter in letters if letter.isalpha() and letter.isascii())
