"""What the timeline asks a coordinator to look into at once, until something settles it."""

from __future__ import annotations

from matcher.services.tasks import settle_tasks
from matcher.services.work import Work
from matcher.store.tables import MissionRow

NOT_ARRIVED = "Bénévole pas arrivé : l'appeler, et rassurer la personne aînée."
NOT_CONFIRMED = "Changement sans réponse du bénévole : l'appeler."
NOT_BACK = "Retour pas signalé : appeler le bénévole, puis la personne aînée."
NEVER_BEGUN = "Sortie ni commencée ni close : savoir ce qui s'est passé."


def settle_alarms(work: Work, mission: MissionRow) -> None:
    """They came, are back, or are known not to come: nobody has to be looked for any more."""
    settle_tasks(work, mission.id, reasons=(NOT_ARRIVED, NOT_CONFIRMED, NOT_BACK, NEVER_BEGUN))
