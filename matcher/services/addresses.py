"""A second opinion on an address the line was not sure of, outside any telephone turn."""

from __future__ import annotations

from uuid import UUID

from matcher.domain.addresses import AddressFound
from matcher.domain.geo import distance_m
from matcher.services.roll import address_of
from matcher.services.tasks import add_task
from matcher.services.work import Runtime
from matcher.store.tables import MissionRow, TaskKind
from matcher.store.transitions import SYSTEM

SAME_DOOR_M = 200.0


def take_second_opinion(runtime: Runtime, mission_id: UUID) -> None:
    """Ask the web geocoder about a mission's address; another answer is a coordinator's to settle.

    Raises:
        GeocoderUnavailable: the web API cannot be reached; the job tries again.
    """
    if runtime.second_opinion is None:
        return
    with runtime.begin(SYSTEM) as work:
        address = address_of(work.session.get_one(MissionRow, mission_id).meeting)
    match = runtime.second_opinion.find(address.label)
    with runtime.begin(SYSTEM) as work:
        if (
            isinstance(match, AddressFound)
            and distance_m(match.address.point, address.point) <= SAME_DOOR_M
        ):
            work.note("mission", mission_id, "address_confirmed")
            return
        work.note("mission", mission_id, "address_doubtful")
        add_task(
            work,
            TaskKind.ATTENTION,
            "Adresse à vérifier avec la personne aînée.",
            mission_id=mission_id,
        )
