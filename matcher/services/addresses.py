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
from matcher.domain.lifecycle import MissionStatus
from matcher.geocoding.ban import GeocoderUnavailable
from matcher.geocoding.question import question_like, question_of
from matcher.geocoding.words import street_key
from matcher.services.changes import change_place
from matcher.services.intake import PLACE_WANTED
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
"""One number of one street is no further apart from one file to another."""

FAR_M = 5000.0
"""How far the door may be whose words a point takes that had none: a wood has few doors."""

ANSWERS_KEPT = timedelta(days=30)
"""How long an answer of the web geocoder is used again."""

_MOVABLE = frozenset({MissionStatus.TO_VERIFY, MissionStatus.OPEN, MissionStatus.ACCEPTED})
_DOUBTFUL = "Adresse à vérifier avec la personne aînée."


def take_second_opinion(runtime: Runtime, mission_id: UUID, *, last_attempt: bool) -> None:
    """Ask the web geocoder about a mission's address unless its words were sure by themselves.

    What was heard of the place is asked, or else the address as it was understood. The mission
    keeps its point whatever comes: another answer, or none to the last attempt, is a
    coordinator's to settle. Where no address was understood, an answer is only a suggestion.

    Raises:
        GeocoderUnavailable: the web API cannot be reached; the job tries again.
    """
    if runtime.second_opinion is None:
        return
    with runtime.begin(SYSTEM) as work:
        question = _question(work, mission_id)
        if question is None:
            return
        answer = _kept_answer(work, question)
    if answer is None:
        try:
            found = runtime.second_opinion.find(question)
        except GeocoderUnavailable:
            if not last_attempt:
                raise
            with runtime.begin(SYSTEM) as work:
                _leave_unchecked(work, mission_id)
            return
        answer = found or AddressUnknown(outside=False)
        with runtime.begin(SYSTEM) as work:
            _keep_answer(work, question, answer)
    with runtime.begin(SYSTEM) as work:
        _take_answer(work, mission_id, answer)


def is_movable(mission: MissionRow, now: datetime) -> bool:
    """Whether its meeting point may still be put elsewhere: also when nobody was found in time."""
    unfilled = mission.status == MissionStatus.UNFILLED and now < mission.starts_at
    return unfilled or mission.status in _MOVABLE


def place_by_hand(work: Work, mission_id: UUID, place: Point | Address) -> MissionRow:
    """A coordinator puts the meeting point on the map; the words follow when it lies elsewhere.

    An address brings its own words. A mission whose address nobody understood takes the words of
    the nearest door. One that nobody took stays so, until a coordinator has it looked for again.
    At another door, be it the next one, whoever was asked about the old one is not asked any more:
    dispatch begins again, and whoever holds the mission is asked whether they still come. A file
    that is still to be verified moves with its mission.

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
    moved = before is not None and not _same_door(address_of(before), address)
    if moved and mission.status in (MissionStatus.OPEN, MissionStatus.ACCEPTED):
        change_place(work, mission, meeting, zone.code)
    else:
        mission.meeting, mission.zone_code = meeting, zone.code
        mission.asked_from = work.now if moved else mission.asked_from
    senior = work.session.get_one(SeniorRow, mission.senior_id)
    if senior.status == FileStatus.TO_VERIFY and senior.home == before:
        senior.home, senior.zone_code = meeting, zone.code
    work.note("mission", mission.id, "placed_by_hand")
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


def _question(work: Work, mission_id: UUID) -> str | None:
    """What to ask about the mission's place; None when it was sure, or nothing can be asked."""
    mission = work.session.get_one(MissionRow, mission_id)
    heard = _words_heard(work, mission)
    if mission.meeting is None:
        senior = work.session.get_one(SeniorRow, mission.senior_id)
        names = (senior.first_name, senior.last_name)
        questions = (question_of(words, names) for words in reversed(heard))
        return next(filter(None, questions), None)
    address = address_of(mission.meeting)
    found = {words: work.runtime.atlas.gazetteer.find(words) for words in heard}
    if any(_tells(match, address) is Confidence.SURE for match in found.values()):
        work.note("mission", mission_id, "address_sure")
        return None
    for words in reversed(heard):
        question = question_like(words, address.street) if _tells(found[words], address) else None
        # What reads as another door alone lost something on the way.
        if question and _tells(work.runtime.atlas.gazetteer.find(question), address):
            return question
    return address.label


def _tells(match: AddressMatch, address: Address) -> Confidence | None:
    """How surely a match is this very door; None when it is not."""
    if isinstance(match, AddressFound) and _same_door(match.address, address):
        return match.confidence
    return None


def _same_door(one: Address, other: Address) -> bool:
    return (
        (one.number, one.rep, street_key(one.street))
        == (other.number, other.rep, street_key(other.street))
    ) and distance_m(one.point, other.point) <= SAME_DOOR_M


def _take_answer(work: Work, mission_id: UUID, answer: AddressMatch) -> None:
    mission = work.session.get_one(MissionRow, mission_id)
    if mission.meeting is None:
        _suggest(work, mission, answer)
    elif _tells(answer, address_of(mission.meeting)):
        work.note("mission", mission_id, "address_confirmed")
    else:
        _doubt(work, mission, "address_doubtful", answer)


def _suggest(work: Work, mission: MissionRow, answer: AddressMatch) -> None:
    """Tell whoever is to put the place on the map where it may be."""
    if mission.status != MissionStatus.TO_VERIFY or not isinstance(answer, AddressFound):
        return
    if not work.runtime.atlas.territory.contains(answer.address.point):
        return
    work.note("mission", mission.id, "address_suggested")
    add_task(
        work,
        TaskKind.VERIFY_REQUEST,
        PLACE_WANTED,
        mission_id=mission.id,
        senior_id=mission.senior_id,
        details=_heard_and_found(work, mission, answer),
    )


def _leave_unchecked(work: Work, mission_id: UUID) -> None:
    """A place nobody understood waits for a coordinator already."""
    mission = work.session.get_one(MissionRow, mission_id)
    if mission.meeting is not None:
        _doubt(work, mission, "address_unchecked", None)


def _doubt(work: Work, mission: MissionRow, kind: str, answer: AddressMatch | None) -> None:
    work.note("mission", mission.id, kind)
    add_task(
        work,
        TaskKind.ATTENTION,
        _DOUBTFUL,
        mission_id=mission.id,
        details=_heard_and_found(work, mission, answer),
    )


def _heard_and_found(
    work: Work, mission: MissionRow, answer: AddressMatch | None
) -> dict[str, object]:
    found = answer.address.label if isinstance(answer, AddressFound) else None
    return {"words_heard": _words_heard(work, mission), "found_instead": found}


def _words_heard(work: Work, mission: MissionRow) -> list[str]:
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
