"""A volunteer's yes over the API, to an offer or to an outing seen open."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from fastapi.responses import JSONResponse

from api.problems import domain_problem
from api.v1 import present
from api.v1.schemas import MissionPublic
from matcher.domain.errors import MissionTaken
from matcher.services.acceptance import count_late_yes
from matcher.services.work import Work
from matcher.store.tables import MissionRow


def take(
    work: Work, mission_id: UUID, volunteer_id: UUID, accept: Callable[[], MissionRow]
) -> MissionPublic | JSONResponse:
    """What `accept` gives them, or the problem that somebody was quicker: their yes is kept then.

    Answered, not raised: what is raised would undo what is kept.
    """
    try:
        mission = accept()
    except MissionTaken as error:
        count_late_yes(work, mission_id, volunteer_id)
        return domain_problem(error)
    return present.mission_for(work, mission, volunteer_id)
