"""The web geocoder behind its guard, and what a mission keeps whatever the web says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from matcher.domain.addresses import (
    Address,
    AddressFound,
    AddressMatch,
    AddressUnknown,
    Confidence,
    StreetFound,
)
from matcher.domain.errors import NotFound, OutsideTerritory, TransitionRefused
from matcher.domain.geo import Point
from matcher.domain.lifecycle import MissionStatus, OfferStatus
from matcher.domain.people import Purpose
from matcher.geocoding.ban import BanGeocoder, GeocoderUnavailable
from matcher.geocoding.chain import GuardedGeocoder
from matcher.services import visits
from matcher.services.addresses import ANSWERS_KEPT, place_by_hand, take_second_opinion
from matcher.services.intake import Booking, book
from matcher.services.roll import address_of
from matcher.services.work import Runtime, Work
from matcher.store.tables import (
    CoordinatorTaskRow,
    EventRow,
    FileStatus,
    GeocodeAnswerRow,
    MissionRow,
    OfferRow,
    RequestRow,
    SeniorRow,
)
from matcher.store.transitions import SYSTEM
from tests.ban_server import DOOR, LocalBan
from tests.fakes import FakeClock
from tests.people import (
    FAUBOURG,
    add_mission,
    add_offer,
    add_senior,
    add_volunteer,
    give_mission,
)

HOME = address_of(dict(FAUBOURG))
UNSURE = ("bonjour, c'est Odette, pour le kiné", "au 55 faubourg saint onoré chez Odette Petit")
ASKED = "55 faubourg saint onore Paris"


@dataclass
class Web:
    """A geocoder that gives the answers it was told to, errors too, and counts."""

    answers: list[AddressMatch | Exception | None] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def find(self, text: str) -> AddressMatch | None:
        self.asked.append(text)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Time:
    """Seconds that pass only when somebody waits."""

    now: float = 1000.0
    waited: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds


def guarded(web: Web, time: Time) -> GuardedGeocoder:
    return GuardedGeocoder(web, monotonic=time.monotonic, pause=time.pause)


def down() -> GeocoderUnavailable:
    return GeocoderUnavailable("down")


def test_requests_keep_their_distance() -> None:
    web, time = Web(), Time()
    guard = guarded(web, time)
    for _ in range(3):
        guard.find("12 rue x")
    assert time.waited == [0.0, pytest.approx(0.2), pytest.approx(0.2)]


def test_after_three_failures_the_service_is_left_alone_for_a_minute() -> None:
    web, time = Web([down(), down(), down()]), Time()
    guard = guarded(web, time)
    for _ in range(5):
        with pytest.raises(GeocoderUnavailable):
            guard.find("12 rue x")
    assert len(web.asked) == 3
    time.now += 61
    guard.find("12 rue x")
    guard.find("12 rue x")
    assert len(web.asked) == 5


def test_one_caller_tries_first_and_a_new_failure_closes_the_way_again() -> None:
    web, time = Web([down(), down(), down(), down()]), Time()
    guard = guarded(web, time)
    for _ in range(3):
        with pytest.raises(GeocoderUnavailable):
            guard.find("12 rue x")
    time.now += 61
    for _ in range(2):
        with pytest.raises(GeocoderUnavailable):
            guard.find("12 rue x")
    assert len(web.asked) == 4


def test_a_success_forgets_earlier_failures() -> None:
    web, time = Web([down(), down(), None, down(), down()]), Time()
    guard = guarded(web, time)
    for answer in (False, False, True, False, False, True):
        if answer:
            guard.find("12 rue x")
        else:
            with pytest.raises(GeocoderUnavailable):
                guard.find("12 rue x")
    assert len(web.asked) == 6


@pytest.fixture
def mission_id(runtime: Runtime) -> UUID:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
        say(work, mission, *UNSURE)
        return mission.id


def say(work: Work, mission: MissionRow, *words: str) -> None:
    work.session.get_one(RequestRow, mission.request_id).words = list(words)


def ask(runtime: Runtime, mission_id: UUID, web: Web | BanGeocoder, *, last: bool = False) -> None:
    take_second_opinion(replace(runtime, second_opinion=web), mission_id, last_attempt=last)


def noted(runtime: Runtime) -> list[str]:
    with runtime.begin(SYSTEM) as work:
        kinds = work.session.exec(select(EventRow.kind).order_by(EventRow.id)).all()
    return [kind for kind in kinds if kind.startswith("address_")]


def tasks(runtime: Runtime) -> list[CoordinatorTaskRow]:
    with runtime.begin(SYSTEM) as work:
        return list(work.session.exec(select(CoordinatorTaskRow)).all())


def meeting(runtime: Runtime, mission_id: UUID) -> Address:
    with runtime.begin(SYSTEM) as work:
        return address_of(work.session.get_one(MissionRow, mission_id).meeting)


def sure(address: Address) -> AddressFound:
    return AddressFound(address, Confidence.SURE)


def test_the_same_door_on_the_web_confirms_the_address(runtime: Runtime, mission_id: UUID) -> None:
    web = Web([sure(HOME)])
    ask(runtime, mission_id, web)
    assert web.asked == [ASKED]
    assert noted(runtime) == ["address_confirmed"]
    assert tasks(runtime) == []


@pytest.mark.parametrize(
    "answer",
    [
        sure(Address(1, None, "Rue X", "75013", Point(48.83, 2.36))),
        sure(replace(HOME, number=57)),
        sure(replace(HOME, rep="bis")),
        sure(replace(HOME, street="Rue de Duras")),
        sure(replace(HOME, point=Point(48.83, 2.36))),
        StreetFound(HOME.street, HOME.postcode, Confidence.CONFIRM),
        AddressUnknown(outside=True),
        None,
    ],
)
def test_any_other_answer_is_a_coordinators_to_settle_with_the_words_heard(
    runtime: Runtime, mission_id: UUID, answer: AddressMatch | None
) -> None:
    ask(runtime, mission_id, Web([answer]))
    [task] = tasks(runtime)
    assert task.mission_id == mission_id
    assert task.details["words_heard"] == list(UNSURE)
    assert meeting(runtime, mission_id) == HOME


def test_an_answer_is_kept_so_that_the_web_is_not_asked_twice(
    runtime: Runtime, mission_id: UUID, clock: FakeClock
) -> None:
    web = Web([sure(HOME), sure(HOME)])
    ask(runtime, mission_id, web)
    ask(runtime, mission_id, web)
    assert len(web.asked) == 1
    clock.now += ANSWERS_KEPT + timedelta(minutes=1)
    ask(runtime, mission_id, web)
    assert len(web.asked) == 2
    with runtime.begin(SYSTEM) as work:
        [kept] = work.session.exec(select(GeocodeAnswerRow)).all()
        stored = work.session.connection().exec_driver_sql("SELECT * FROM geocode_answer").one()
    assert kept.question == runtime.keyring.index(ASKED)
    assert not any("onor" in str(value).lower() for value in stored)


def test_that_nothing_was_found_is_kept_too(runtime: Runtime, mission_id: UUID) -> None:
    web = Web()
    ask(runtime, mission_id, web)
    ask(runtime, mission_id, web)
    assert len(web.asked) == 1
    assert len(tasks(runtime)) == 1


def test_a_web_that_is_down_is_asked_again_later(runtime: Runtime, mission_id: UUID) -> None:
    with pytest.raises(GeocoderUnavailable):
        ask(runtime, mission_id, Web([down()]))
    assert tasks(runtime) == []
    assert meeting(runtime, mission_id) == HOME


def test_after_the_last_attempt_the_address_goes_to_a_coordinator(
    runtime: Runtime, mission_id: UUID
) -> None:
    ask(runtime, mission_id, Web([down()]), last=True)
    [task] = tasks(runtime)
    assert task.details["words_heard"] == list(UNSURE)
    assert noted(runtime) == ["address_unchecked"]
    assert meeting(runtime, mission_id) == HOME


@pytest.mark.parametrize(
    "words",
    [
        (f"chez moi, {HOME.spoken}",),
        ("faubourg saint onoré", f"chez moi, {HOME.spoken}", "oui"),
    ],
)
def test_words_that_were_sure_are_not_sent_to_anybody(
    runtime: Runtime, mission_id: UUID, words: tuple[str, ...]
) -> None:
    with runtime.begin(SYSTEM) as work:
        say(work, work.session.get_one(MissionRow, mission_id), *words)
    web = Web()
    ask(runtime, mission_id, web)
    assert web.asked == []
    assert noted(runtime) == ["address_sure"]
    assert tasks(runtime) == []


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (("au 55 faubourg saint onoré kiné code 4521",), ASKED),
        (("55 faubourg saint onoré dans le huitième",), "55 faubourg saint onore 75008 Paris"),
        (("55 faubourg saint onoré", "je répète 55 rue du faubour saint onoré, Odette"),
         "55 rue du faubour saint onore Paris"),
        (("57, rue du Faubourg Saint-Honoré, dans le huitième", "non, je me trompe"), HOME.label),
        (("comme la dernière fois", "12 rue du zouave perdu"), HOME.label),
        (("au palais de l'élysée, pas au 12 rue de duras", "oui"), HOME.label),
    ],
)  # fmt: skip
def test_only_the_words_that_tell_the_door_are_asked_or_else_the_address_itself(
    runtime: Runtime, mission_id: UUID, words: tuple[str, ...], asked: str
) -> None:
    with runtime.begin(SYSTEM) as work:
        say(work, work.session.get_one(MissionRow, mission_id), *words)
    web = Web()
    ask(runtime, mission_id, web)
    assert web.asked == [asked]


NOWHERE = "j'habite au 12 bis, rue du zouave perdu, dans le dix-huitième, code 4521"
MEANT = Address(12, "bis", "Rue du Soleil Perdu", "75018", Point(48.8893, 2.3421))


@pytest.fixture
def unplaced(runtime: Runtime) -> UUID:
    """A call of which the place was not understood has been booked."""
    with runtime.begin(SYSTEM) as work:
        starts_at = work.now + timedelta(days=2)
        booking = Booking(
            senior_id=None,
            phone="+33142650001",
            purpose=Purpose.MEDICAL,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=2),
            address=None,
            needs=frozenset(),
            words=("un rendez-vous chez le kiné 8 rue de la douleur", NOWHERE, "oui"),
            promised_call_at=work.now + timedelta(hours=4),
            call_id=None,
            first_name="Odette",
            place_unknown=True,
        )
        return book(work, booking).id


def test_a_place_nobody_understood_is_asked_and_the_answer_is_only_suggested(
    runtime: Runtime, unplaced: UUID
) -> None:
    web = Web([sure(MEANT)])
    ask(runtime, unplaced, web)
    assert web.asked == ["12 bis rue du zouave perdu 75018 Paris"]
    [task] = tasks(runtime)
    assert task.details["words_heard"][1] == NOWHERE
    assert task.details["found_instead"] == MEANT.label
    with runtime.begin(SYSTEM) as work:
        mission = work.session.get_one(MissionRow, unplaced)
        assert (mission.status, mission.meeting) == (MissionStatus.TO_VERIFY, None)
        jobs = "SELECT args FROM procrastinate_jobs WHERE task_name = 'check_address'"
        asked = work.session.connection().exec_driver_sql(jobs).scalars().all()
    assert asked == [{"mission_id": str(unplaced)}]


@pytest.mark.parametrize(
    "answer",
    [sure(replace(MEANT, point=Point(45.76, 4.83))), AddressUnknown(outside=True), None, down()],
)
def test_no_suggestion_comes_from_elsewhere_or_from_nothing(
    runtime: Runtime, unplaced: UUID, answer: AddressMatch | Exception | None
) -> None:
    ask(runtime, unplaced, Web([answer]), last=True)
    [task] = tasks(runtime)
    assert "found_instead" not in task.details


def test_nothing_is_suggested_for_a_request_that_was_called_off(
    runtime: Runtime, unplaced: UUID
) -> None:
    with runtime.begin(SYSTEM) as work:
        visits.cancel(work, unplaced, "senior")
    ask(runtime, unplaced, Web([sure(MEANT)]))
    assert not any("found_instead" in task.details for task in tasks(runtime))


@pytest.mark.parametrize(
    "words",
    [
        "12 rue du zouave perdu pour mon kiné",
        "12 rue du zouave perdu Odette",
        "Odette Petit 12 rue du zouave perdu",
        "12 rue du zouave perdu 06 12 34 56 78",
        "06 12 34 56 78 rue du zouave perdu",
        "12 rue du zouave perdu où je suis soignée pour ma jambe depuis mars",
        "12 rue du zouave perdu opération des yeux",
        "rue du zouave perdu",
        "12 rue",
        "",
    ],
)
def test_words_that_tell_more_than_an_unknown_place_are_not_sent(
    runtime: Runtime, unplaced: UUID, words: str
) -> None:
    with runtime.begin(SYSTEM) as work:
        say(work, work.session.get_one(MissionRow, unplaced), words)
    web = Web([sure(MEANT)])
    ask(runtime, unplaced, web)
    assert web.asked == []


@pytest.fixture
def ban() -> Iterator[LocalBan]:
    with LocalBan() as local:
        yield local


def _busy(ban: LocalBan) -> None:
    ban.status = 429


def _broken(ban: LocalBan) -> None:
    ban.status = 500


def _garbage(ban: LocalBan) -> None:
    ban.body = b"<html>"


def _stopped(ban: LocalBan) -> None:
    ban.stop()


@pytest.mark.parametrize("fault", [_busy, _broken, _garbage, _stopped])
def test_whatever_befalls_the_national_service_nothing_is_lost(
    runtime: Runtime, mission_id: UUID, ban: LocalBan, fault: Callable[[LocalBan], None]
) -> None:
    fault(ban)
    web = BanGeocoder(ban.url, timeout_s=1.0)
    with pytest.raises(GeocoderUnavailable):
        ask(runtime, mission_id, web)
    ask(runtime, mission_id, web, last=True)
    assert meeting(runtime, mission_id) == HOME
    assert noted(runtime) == ["address_unchecked"]


def test_the_national_service_confirms_over_http(
    runtime: Runtime, mission_id: UUID, ban: LocalBan
) -> None:
    house = {
        "housenumber": HOME.house_number,
        "street": HOME.street,
        "postcode": HOME.postcode,
        "citycode": "75108",
    }
    ban.answer(DOOR | house, coordinates=(HOME.point.lon, HOME.point.lat))
    ask(runtime, mission_id, BanGeocoder(ban.url))
    assert [path for path, _ in ban.asked] == ["/geocodage/search"]
    assert noted(runtime) == ["address_confirmed"]


NEAR_REPUBLIQUE = Point(48.8674, 2.3637)


def test_a_point_put_elsewhere_takes_the_words_of_the_nearest_door(
    runtime: Runtime, mission_id: UUID
) -> None:
    with runtime.begin(SYSTEM) as work:
        place_by_hand(work, mission_id, NEAR_REPUBLIQUE)
    placed = meeting(runtime, mission_id)
    assert placed.point == NEAR_REPUBLIQUE
    assert placed.street == "Place de la République"
    with runtime.begin(SYSTEM) as work:
        zone = work.runtime.atlas.territory.find_zone(NEAR_REPUBLIQUE)
        assert zone is not None
        assert work.session.get_one(MissionRow, mission_id).zone_code == zone.code


def test_a_point_put_right_nearby_keeps_the_words(runtime: Runtime, mission_id: UUID) -> None:
    beside = Point(HOME.point.lat + 0.0005, HOME.point.lon)
    with runtime.begin(SYSTEM) as work:
        place_by_hand(work, mission_id, beside)
    assert meeting(runtime, mission_id) == replace(HOME, point=beside)


def test_whoever_was_asked_about_the_old_place_is_asked_no_more(
    runtime: Runtime, mission_id: UUID
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = work.session.get_one(MissionRow, mission_id)
        offer_id = add_offer(work, mission, add_volunteer(work, "+33612345678")).id
        place_by_hand(work, mission_id, NEAR_REPUBLIQUE)
        assert work.session.get_one(OfferRow, offer_id).status == OfferStatus.WITHDRAWN
        assert mission.next_step_at == work.now


def test_a_file_still_to_be_verified_moves_with_its_mission(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work, status=FileStatus.TO_VERIFY.value)
        mission = add_mission(work, senior, status=MissionStatus.TO_VERIFY.value)
        place_by_hand(work, mission.id, NEAR_REPUBLIQUE)
        moved = work.session.get_one(SeniorRow, senior.id)
        assert address_of(dict(moved.home or {})).point == NEAR_REPUBLIQUE


def test_a_verified_seniors_home_stays_where_it_is(runtime: Runtime, mission_id: UUID) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = place_by_hand(work, mission_id, NEAR_REPUBLIQUE)
        senior = work.session.get_one(SeniorRow, mission.senior_id)
        assert address_of(dict(senior.home or {})) == HOME


def test_a_point_is_put_inside_the_territory_on_a_mission_that_has_not_begun(
    runtime: Runtime, mission_id: UUID
) -> None:
    with runtime.begin(SYSTEM) as work:
        with pytest.raises(NotFound):
            place_by_hand(work, UUID(int=999), NEAR_REPUBLIQUE)
        with pytest.raises(OutsideTerritory):
            place_by_hand(work, mission_id, Point(48.80, 2.12))
        held = work.session.get_one(MissionRow, mission_id)
        volunteer = add_volunteer(work, "+33612345678")
        give_mission(work, held, volunteer)
        visits.start(work, held.id, volunteer.id)
        with pytest.raises(TransitionRefused):
            place_by_hand(work, mission_id, NEAR_REPUBLIQUE)
