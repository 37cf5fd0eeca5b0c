"""Telling a senior what became of their request: always a call, an SMS besides on a mobile."""

from __future__ import annotations

from collections.abc import Callable

from matcher.services import texts
from matcher.services.messages import Repeat, queue_call, queue_sms
from matcher.services.tasks import add_task
from matcher.services.telephone import takes_sms
from matcher.services.work import Work
from matcher.store.tables import MissionRow, SeniorRow, TaskKind, VolunteerRow

NO_NUMBER = "Aucun numéro : prévenir la personne aînée autrement."
"""What a coordinator is asked when nobody can be rung; the news itself is in the details."""

CANCELLABLE = frozenset({"found", "reminder"})
"""Purposes of calls in which a key calls the outing off."""


def tell_senior(
    work: Work,
    mission: MissionRow,
    purpose: str,
    sentence: Callable[[str], str],
    occasion: str = "",
) -> None:
    """Queue `sentence(day and hour)` to the senior; without a number, a coordinator is asked.

    It goes out once a purpose, or once an `occasion` of it: a mission may be open again twice.
    """
    _tell(work, mission, purpose, sentence, occasion)


def tell_who_comes(
    work: Work, mission: MissionRow, purpose: str, sentence: Callable[[str, str, str], str]
) -> None:
    """Queue `sentence(first name, day and hour, code word)`, as `tell_senior`, once an agreement.

    It does not leave once the mission changed hands, hour or place.
    """
    first_name = work.session.get_one(VolunteerRow, mission.volunteer_id).first_name
    _tell(
        work,
        mission,
        purpose,
        lambda when: sentence(first_name, when, mission.code_word or ""),
        str(mission.agreement),
        mission.agreement,
    )


def _tell(
    work: Work,
    mission: MissionRow,
    purpose: str,
    sentence: Callable[[str], str],
    occasion: str,
    agreement: int | None = None,
) -> None:
    senior = work.session.get_one(SeniorRow, mission.senior_id)
    text = sentence(texts.day_and_hour(mission.starts_at, work.runtime.settings.zone))
    once = f"{purpose}:{mission.id}:{occasion}"
    if senior.phone is None:
        add_task(
            work,
            TaskKind.CALL_BACK,
            NO_NUMBER,
            mission_id=mission.id,
            senior_id=senior.id,
            details={"text": text},
        )
        return
    begun = work.now >= mission.starts_at
    keys = texts.KEYS_TO_SENIOR if purpose in CANCELLABLE else texts.KEYS_HEARD
    queue_call(
        work,
        senior.phone,
        f"{text} {keys}",
        purpose,
        f"call:{once}",
        mission.id,
        Repeat(until=mission.ends_at if begun else mission.starts_at),
        agreement,
    )
    if takes_sms(senior.phone):
        queue_sms(work, senior.phone, text, purpose, f"sms:{once}", mission.id, agreement)
