"""Where a mission begins: a second opinion outside any telephone turn, and a point put by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select

from matcher.domain.addresses import (
    Address,
    AddressFound,
    AddressMatch,
    AddressUnknown,
    Confidence,
)
from matcher.domain.errors import NotFound, OutsideTerritory, TransitionRefused
from matcher.domain.geo import Point, distance_m
from matcher.domain.lifecycle import MissionStatus, OfferEvent
from matcher.geocoding.ban import GeocoderUnavailable
from matcher.services.changes import change_place
from matcher.services.missions import schedule_step
from matcher.services.offers import close_offers
from matcher.services.roll import address_of
from matcher.services.tasks import add_task
from matcher.services.work import Runtime, Work
from matcher.store.tables import (
    FileStatus,
    GeocodeAnswerRow,
    MissionRow,
    RequestRow,
    SeniorRow,
    TaskKind,
)
from matcher.store.transitions import SYSTEM

SAME_DOOR_M = 200.0
"""Two answers no further apart mean the same door."""

FAR_M = 5000.0
"""How far the door may be whose words a point takes that had none: a wood has few doors."""

ANSWERS_KEPT = timedelta(days=30)
"""How long an answer of the web geocoder is used again."""

_MOVABLE = frozenset({MissionStatus.TO_VERIFY, MissionStatus.OPEN, MissionStatus.ACCEPTED})
_DOUBTFUL = "Adresse à vérifier avec la personne aînée."


def take_second_opinion(runtime: Runtime, mission_id: UUID, *, last_attempt: bool) -> None:
    """Ask the web geocoder about a mission's address; another answer is a coordinator's to settle.

    The mission keeps its point whatever comes. When the service stays out of reach to the last
    attempt, a coordinator is asked only if the words heard were not sure by themselves.

    Raises:
        GeocoderUnavailable: the web API cannot be reached; the job tries again.
    """
    if runtime.second_opinion is None:
        return
    with runtime.begin(SYSTEM) as work:
        address = address_of(work.session.get_one(MissionRow, mission_id).meeting)
        answer = _kept_answer(work, address.label)
    if answer is None:
        try:
            found = runtime.second_opinion.find(address.label)
        except GeocoderUnavailable:
            if not last_attempt:
                raise
            with runtime.begin(SYSTEM) as work:
                _leave_unchecked(work, mission_id, address)
            return
        answer = found or AddressUnknown(outside=False)
        with runtime.begin(SYSTEM) as work:
            _keep_answer(work, address.label, answer)
    with runtime.begin(SYSTEM) as work:
        if not isinstance(answer, AddressFound) or not _same_door(answer.address, address):
            _doubt(work, mission_id, "address_doubtful", answer)
            return
        work.note("mission", mission_id, "address_confirmed")


def is_movable(mission: MissionRow, now: datetime) -> bool:
    """Whether its meeting point may still be put elsewhere: also when nobody was found in time."""
    unfilled = mission.status == MissionStatus.UNFILLED and now < mission.starts_at
    return unfilled or mission.status in _MOVABLE


def place_by_hand(work: Work, mission_id: UUID, place: Point | Address) -> MissionRow:
    """A coordinator puts the meeting point on the map; the words follow when it lies elsewhere.

    An address brings its own words. A mission whose address nobody understood takes the words of
    the nearest door. One that nobody took stays so, until a coordinator has it looked for again.
    Whoever was asked about the old place is not asked any more; dispatch begins again from the
    new one, and whoever holds the mission is asked whether they still come. A file that is still
    to be verified moves with its mission.

    Raises:
        NotFound: there is no such mission.
        TransitionRefused: it has begun or is over.
        OutsideTerritory: the point lies in no zone.
        PlaceUnknown: no door is known near a point whose mission had no address.
    """
    mission = work.session.exec(
        select(MissionRow).where(col(MissionRow.id) == mission_id).with_for_update()
    ).one_or_none()
    if mission is None:
        raise NotFound
    if not is_movable(mission, work.now):
        raise TransitionRefused
    point = place.point if isinstance(place, Address) else place
    zone = work.runtime.atlas.territory.find_zone(point)
    if zone is None:
        raise OutsideTerritory
    before = mission.meeting
    address = place if isinstance(place, Address) else _words_for(work, before, place)
    meeting = address.to_json()
    moved = before is not None and distance_m(address_of(before).point, point) > SAME_DOOR_M
    if mission.status == MissionStatus.ACCEPTED and moved:
        change_place(work, mission, meeting, zone.code)
    else:
        mission.meeting, mission.zone_code = meeting, zone.code
    senior = work.session.get_one(SeniorRow, mission.senior_id)
    if senior.status == FileStatus.TO_VERIFY and senior.home == before:
        senior.home, senior.zone_code = meeting, zone.code
    work.note("mission", mission.id, "placed_by_hand")
    if mission.status == MissionStatus.OPEN:
        close_offers(work, mission, OfferEvent.WITHDRAW)
        schedule_step(work, mission, work.now)
    return mission


def _words_for(work: Work, before: dict[str, Any] | None, point: Point) -> Address:
    """The address at a point put by hand: the words it had, or the nearest door's."""
    gazetteer = work.runtime.atlas.gazetteer
    if before is None:
        address = gazetteer.nearest(point, FAR_M) or address_of(before)
    elif distance_m(address_of(before).point, point) > SAME_DOOR_M:
        address = gazetteer.nearest(point) or address_of(before)
    else:
        address = address_of(before)
    return Address(address.number, address.rep, address.street, address.postcode, point)


def _same_door(one: Address, other: Address) -> bool:
    return distance_m(one.point, other.point) <= SAME_DOOR_M


def _leave_unchecked(work: Work, mission_id: UUID, address: Address) -> None:
    for words in _words_heard(work, mission_id):
        heard = work.runtime.atlas.gazetteer.find(words)
        if (
            isinstance(heard, AddressFound)
            and heard.confidence is Confidence.SURE
            and _same_door(heard.address, address)
        ):
            work.note("mission", mission_id, "address_unchecked")
            return
    _doubt(work, mission_id, "address_unchecked", None)


def _doubt(work: Work, mission_id: UUID, kind: str, answer: AddressMatch | None) -> None:
    work.note("mission", mission_id, kind)
    found = answer.address.label if isinstance(answer, AddressFound) else None
    add_task(
        work,
        TaskKind.ATTENTION,
        _DOUBTFUL,
        mission_id=mission_id,
        details={"words_heard": _words_heard(work, mission_id), "found_instead": found},
    )


def _words_heard(work: Work, mission_id: UUID) -> list[str]:
    mission = work.session.get_one(MissionRow, mission_id)
    return work.session.get_one(RequestRow, mission.request_id).words


def _kept_answer(work: Work, question: str) -> AddressMatch | None:
    work.session.execute(
        delete(GeocodeAnswerRow).where(col(GeocodeAnswerRow.asked_at) < work.now - ANSWERS_KEPT)
    )
    row = work.session.get(GeocodeAnswerRow, work.runtime.keyring.index(question))
    return None if row is None else _answer_of(row.answer)


def _keep_answer(work: Work, question: str, answer: AddressMatch) -> None:
    """Only a door is worth keeping as it is: any other answer comes to a coordinator alike."""
    kept: dict[str, Any] = {}
    if isinstance(answer, AddressFound):
        kept = {"door": answer.address.to_json(), "confidence": answer.confidence.value}
    work.session.merge(
        GeocodeAnswerRow(
            question=work.runtime.keyring.index(question), answer=kept, asked_at=work.now
        )
    )


def _answer_of(kept: dict[str, Any]) -> AddressMatch:
    if not kept:
        return AddressUnknown(outside=False)
    return AddressFound(address_of(kept["door"]), Confidence(kept["confidence"]))
