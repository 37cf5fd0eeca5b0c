"""What each flow leaves in the service: over HTTP, on PostgreSQL, jobs run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import uuid4

import pytest
import shapely
from fastapi.testclient import TestClient
from sqlmodel import SQLModel, select

from matcher.domain.errors import PlaceUnknown
from matcher.domain.geo import Point, Territory, Zone
from matcher.domain.lifecycle import MissionStatus
from matcher.services import addresses, visits
from matcher.services.roll import access_notes_of
from matcher.services.rounds import keep_daily_round
from matcher.services.work import Runtime
from matcher.store.tables import (
    CallOutcome,
    CallRow,
    CoordinatorTaskRow,
    FileStatus,
    MessageRow,
    MissionRow,
    PlaceRow,
    RequestRow,
    SeniorRow,
    TaskKind,
)
from matcher.store.transitions import SYSTEM
from phone.simulator.caller import MACHINE, TAKES, Caller
from tests.conftest import Worker
from tests.fakes import FakeClock, FakeMessenger
from tests.people import FAUBOURG, add_mission, add_senior, add_volunteer, give_mission
from tests.phone.line import LINE, post_signed, telephone

SENIOR, STRANGER = "+33639980001", "+33639980042"
VOLUNTEER = "+33639980011"
FIRST, SECOND = "+33170000001", "+33170000002"
DAY_AFTER = datetime(2026, 11, 26, 14, tzinfo=UTC)
STEP_FREE = "L'entrée est sans marche."
SATURDAY = datetime(2026, 11, 28, 9, tzinfo=UTC)
Row = TypeVar("Row", bound=SQLModel)


def rows(runtime: Runtime, table: type[Row]) -> list[Row]:
    with runtime.begin(SYSTEM) as work:
        return list(work.session.exec(select(table)))


def ring(
    client: TestClient, number: str, *answers: str, team: dict[str, str] | None = None
) -> Caller:
    call = telephone(client, team=team)
    call.ring(number, LINE)
    for answer in answers:
        if answer.isdigit():
            call.press(answer)
        elif answer:
            call.say(answer)
        else:
            call.silence()
    return call


def task_of(runtime: Runtime) -> CoordinatorTaskRow:
    (task,) = rows(runtime, CoordinatorTaskRow)
    return task


def sent_to(runtime: Runtime, number: str) -> list[str]:
    return [row.text for row in rows(runtime, MessageRow) if row.recipient == number]


@pytest.fixture
def outing(runtime: Runtime) -> MissionRow:
    """An outing of the senior's that a volunteer holds."""
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work, SENIOR)
        mission = add_mission(work, senior, DAY_AFTER)
        give_mission(work, mission, add_volunteer(work, VOLUNTEER))
    return mission


def mission_now(runtime: Runtime, mission: MissionRow) -> MissionRow:
    with runtime.begin(SYSTEM) as work:
        return work.session.get_one(MissionRow, mission.id)


def test_as_last_time_takes_purpose_length_and_home_from_the_last_outing_and_names_none(
    client: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work, SENIOR)
        past = work.now - timedelta(days=20)
        add_mission(
            work, senior, past, status=MissionStatus.COMPLETED.value,
            ends_at=past + timedelta(hours=3),
        )  # fmt: skip
    call = ring(client, SENIOR, "je voudrais sortir samedi à dix heures", "oui")
    assert call.ended, call.heard
    booked = next(one for one in rows(runtime, MissionRow) if one.starts_at == SATURDAY)
    assert booked.purpose == "medical"
    assert booked.ends_at - booked.starts_at == timedelta(hours=3)
    assert booked.meeting == FAUBOURG
    assert not any("médical" in said for said in call.heard)


def test_an_outing_that_comes_back_keeps_its_rule_and_the_next_ones_are_made_in_time(
    client: TestClient, runtime: Runtime, worker: Worker
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_senior(work, SENIOR)
    ring(client, SENIOR, "des courses tous les samedis à dix heures", "oui", "oui")
    (request,) = rows(runtime, RequestRow)
    (mission,) = rows(runtime, MissionRow)
    assert request.recurrence == "FREQ=WEEKLY;INTERVAL=1;BYDAY=SA"
    assert mission.starts_at == SATURDAY
    with runtime.begin(SYSTEM) as work:
        keep_daily_round(work)
    worker.advance(days=1)
    first, second = sorted(rows(runtime, MissionRow), key=lambda one: one.starts_at)
    assert (first.id, second.starts_at - first.starts_at) == (mission.id, timedelta(weeks=1))


def test_a_monthly_outing_is_booked_once_and_a_coordinator_sees_to_the_other_months(
    client: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work, SENIOR)
    call = ring(client, SENIOR, "des courses une fois par mois, samedi à dix heures", "oui", "oui")
    assert call.ended, call.heard
    (request,) = rows(runtime, RequestRow)
    (mission,) = rows(runtime, MissionRow)
    assert (request.recurrence, mission.starts_at) == (None, SATURDAY)
    (task,) = rows(runtime, CoordinatorTaskRow)
    assert task.reason.startswith("Sortie à répéter chaque mois")
    assert task.senior_id == senior.id
    assert task.details["words_heard"][0] == "des courses une fois par mois, samedi à dix heures"
    assert rows(runtime, CallRow)[0].outcome == "booked"


def test_follow_up_says_only_whether_somebody_was_found_and_a_person_rings_back(
    client: TestClient, runtime: Runtime, outing: MissionRow
) -> None:
    call = ring(client, SENIOR, "avez-vous trouvé quelqu'un ?")
    call.hang_up()
    assert "Votre sortie a trouvé quelqu'un." in call.heard
    spoken = " ".join(call.heard)
    for secret in ("Lucas", "Odette", "Faubourg", "médical", "jeudi", "tilleul"):
        assert secret not in spoken
    assert task_of(runtime).kind == TaskKind.CALL_BACK


def test_a_cancelled_outing_is_told_to_the_volunteer_and_to_the_number_in_the_file(
    client: TestClient, runtime: Runtime, outing: MissionRow
) -> None:
    ring(client, SENIOR, "je voudrais annuler ma sortie", "oui")
    assert mission_now(runtime, outing).status == MissionStatus.CANCELLED
    assert any("annulée" in text for text in sent_to(runtime, VOLUNTEER))
    assert any("Si ce n'est pas vous" in text for text in sent_to(runtime, SENIOR))
    (call,) = rows(runtime, CallRow)
    assert call.outcome == CallOutcome.TASK


def test_a_held_outing_that_is_moved_keeps_its_volunteer_who_is_asked_again(
    client: TestClient, runtime: Runtime, outing: MissionRow
) -> None:
    call = ring(client, SENIOR, "changer l'heure de ma sortie", "samedi à dix heures", "oui")
    assert "C'est enregistré." in call.heard
    moved = mission_now(runtime, outing)
    assert (moved.status, moved.starts_at) == (MissionStatus.ACCEPTED, SATURDAY)
    assert moved.confirm_by is not None
    assert any("Venez-vous toujours" in text for text in sent_to(runtime, VOLUNTEER))


def test_a_move_nobody_confirmed_is_told_to_the_senior_by_the_time_that_was_promised(
    client: TestClient, runtime: Runtime, worker: Worker, outing: MissionRow
) -> None:
    ring(client, SENIOR, "changer l'heure de ma sortie", "samedi à dix heures", "oui")
    worker.run()
    for _ in range(5):
        worker.advance(hours=1)
    assert any("cherchons encore" in text for text in sent_to(runtime, SENIOR))
    reasons = {task.reason for task in rows(runtime, CoordinatorTaskRow)}
    assert "Rappel promis : personne n'a encore accepté." in reasons
    assert "Changement sans réponse du bénévole : l'appeler." in reasons


def test_a_second_move_nobody_confirmed_is_told_too_by_the_time_that_was_promised_then(
    client: TestClient, runtime: Runtime, worker: Worker, outing: MissionRow
) -> None:
    for sid, day in (("CA" + "2" * 32, "samedi"), ("CA" + "3" * 32, "dimanche")):
        call = telephone(client, sid)
        call.ring(SENIOR, LINE)
        for said in ("changer l'heure de ma sortie", f"{day} à dix heures", "oui"):
            call.say(said)
        worker.run()
        for _ in range(5):
            worker.advance(hours=1)
        told = [text for text in sent_to(runtime, SENIOR) if "cherchons encore" in text]
        assert sum(f"pour {day}" in text for text in told) == 2, "a call and an SMS"


def test_an_outing_nobody_holds_that_is_moved_is_called_off_and_asked_for_anew(
    client: TestClient, runtime: Runtime, outing: MissionRow
) -> None:
    with runtime.begin(SYSTEM) as work:
        visits.release(work, outing.id)
    call = ring(client, SENIOR, "changer l'heure de ma sortie", "samedi à dix heures", "oui")
    assert "C'est enregistré." in call.heard
    assert mission_now(runtime, outing).status == MissionStatus.CANCELLED
    (new,) = (one for one in rows(runtime, MissionRow) if one.id != outing.id)
    assert (new.status, new.starts_at) == (MissionStatus.OPEN, SATURDAY)
    assert (new.purpose, new.meeting) == (outing.purpose, outing.meeting)


def test_a_message_reaches_the_volunteer_and_the_team(
    client: TestClient, runtime: Runtime, outing: MissionRow
) -> None:
    ring(client, SENIOR, "laisser un message", "je serai devant la boulangerie", "oui")
    assert any("boulangerie" in text for text in sent_to(runtime, VOLUNTEER))
    assert task_of(runtime).details["message"] == "je serai devant la boulangerie"


@pytest.mark.parametrize(
    "said",
    [
        "rappelez-moi au 06 39 98 00 01",
        "au zéro six trente-neuf quatre-vingt-dix-huit zéro zéro zéro un",
    ],
)
def test_no_number_goes_out_in_a_message_by_sms(
    client: TestClient, runtime: Runtime, outing: MissionRow, said: str
) -> None:
    ring(client, SENIOR, "laisser un message", said, "oui")
    (text,) = sent_to(runtime, VOLUNTEER)
    assert "06" not in text
    assert "zéro six" not in text
    assert task_of(runtime).details["message"] == said


def test_a_relative_asks_for_a_senior_who_waits_to_be_verified(
    client: TestClient, runtime: Runtime
) -> None:
    ring(
        client, STRANGER, "une sortie pour ma mère samedi à dix heures", "chez le médecin",
        "elle s'appelle Odette", "cinquante-cinq rue du Faubourg Saint-Honoré", "oui", "oui",
    )  # fmt: skip
    (senior,) = rows(runtime, SeniorRow)
    assert (senior.status, senior.first_name) == (FileStatus.TO_VERIFY, "Odette")
    assert senior.phone == STRANGER
    assert senior.phone_index is None, "the number is not hers"
    assert task_of(runtime).kind == TaskKind.VERIFY_REQUEST


def test_a_known_caller_who_asks_for_a_neighbour_stays_known(
    client: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_senior(work, SENIOR)
    ring(
        client, SENIOR, "des courses pour ma voisine samedi à dix heures", "Simone",
        "cinquante-cinq rue du Faubourg Saint-Honoré", "oui",
    )  # fmt: skip
    assert len(rows(runtime, SeniorRow)) == 2
    call = ring(client, SENIOR)
    assert any("heureux de vous entendre" in said for said in call.heard)


def test_a_volunteer_who_cannot_come_frees_the_outing(
    client: TestClient, runtime: Runtime, outing: MissionRow
) -> None:
    call = ring(client, VOLUNTEER, "1", "1")
    assert call.ended, call.heard
    assert mission_now(runtime, outing).status == MissionStatus.OPEN
    assert any("Si ce n'est pas vous" in text for text in sent_to(runtime, VOLUNTEER))


def test_a_volunteer_who_is_late_is_told_to_a_coordinator_at_once(
    client: TestClient, runtime: Runtime, outing: MissionRow
) -> None:
    ring(client, VOLUNTEER, "je serai en retard de vingt minutes")
    task = task_of(runtime)
    assert task.details["minutes_late"] == 20
    assert task.due_at == runtime.clock()


def test_a_volunteer_hears_nothing_of_the_person_or_the_place(
    client: TestClient, runtime: Runtime, outing: MissionRow
) -> None:
    call = ring(client, VOLUNTEER, "3")
    spoken = " ".join((*call.heard, *call.whispered))
    for secret in ("Odette", "Faubourg", "médical", "jeudi", "tilleul"):
        assert secret not in spoken


def test_places_are_read_around_what_the_caller_says_and_sent_by_sms(
    client: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        work.session.add(
            PlaceRow(
                id=uuid4(), source_ref="test:1", name="Le café des aînés", category="lien",
                description="On y joue aux cartes.", address="1 rue Royale",
                lat=FAUBOURG["lat"], lon=FAUBOURG["lon"], phone="0140000000",
            )
        )  # fmt: skip
    call = ring(client, STRANGER, "3", "8")
    assert any("Le café des aînés" in said for said in call.heard)
    call.press("2")
    call.press("3")
    assert call.ended
    (text,) = sent_to(runtime, STRANGER)
    assert "1 rue Royale" in text
    assert rows(runtime, CoordinatorTaskRow) == []


@pytest.mark.parametrize(
    ("said", "steps"),
    [
        (("3", "8"), False),
        (("3", "huitième arrondissement, en fauteuil roulant"), True),
        (("je cherche une activité, je suis en fauteuil roulant", "8"), True),
    ],
)
def test_a_place_is_read_with_its_street_its_telephone_and_steps_to_who_tells_of_a_wheelchair(
    client: TestClient, runtime: Runtime, said: tuple[str, ...], steps: bool
) -> None:
    with runtime.begin(SYSTEM) as work:
        work.session.add(
            PlaceRow(
                id=uuid4(), source_ref="test:1", name="Le café des aînés", category="lien",
                description="On y joue aux cartes.", address="1 rue Royale, 75008 Paris",
                lat=FAUBOURG["lat"], lon=FAUBOURG["lon"], phone="+33140000000", step_free=True,
            )
        )  # fmt: skip
    told = [
        "Le café des aînés, 1 rue Royale.",
        "On y joue aux cartes.",
        "Téléphonez avant d'y aller, au 01 40 00 00 00.",
    ]
    call = ring(client, STRANGER, *said)
    assert set(told) <= set(call.heard)
    assert (STEP_FREE in call.heard) is steps


def test_an_arrondissement_of_several_quartiers_is_looked_at_from_the_middle_of_them_all(
    client: TestClient, runtime: Runtime
) -> None:
    runtime.atlas.territory = Territory(
        Zone(f"751080{at + 1}", f"Quartier {at + 1}", shapely.box(west, 48.87, west + 0.01, 48.88))
        for at, west in enumerate((2.30, 2.31, 2.32))
    )
    with runtime.begin(SYSTEM) as work:
        for name, lon in (("Le coin", 2.305), ("Le milieu", 2.315)):
            work.session.add(
                PlaceRow(
                    id=uuid4(), source_ref=name, name=name, category="lien", description="Un café.",
                    address="", lat=48.875, lon=lon,
                )
            )  # fmt: skip
    read = [one for one in ring(client, STRANGER, "3", "8").heard if one.startswith("Le ")]
    assert read == ["Le milieu.", "Le coin."]


def test_who_presses_the_key_takes_the_call_and_nobody_has_to_ring_back(
    client: TestClient, runtime: Runtime
) -> None:
    call = ring(client, STRANGER, "0", team={SECOND: TAKES})
    assert call.joined == SECOND
    assert call.dialled == [FIRST, SECOND]
    assert STRANGER not in " ".join(call.whispered)
    (row,) = rows(runtime, CallRow)
    assert row.taken_at == runtime.clock()
    assert task_of(runtime).done_at == runtime.clock()


def test_a_machine_never_takes_a_call_and_the_others_are_rung_again(
    client: TestClient, runtime: Runtime
) -> None:
    call = ring(client, STRANGER, "0", team={FIRST: MACHINE, SECOND: TAKES})
    assert call.dialled == [FIRST, SECOND, SECOND]
    assert call.joined == SECOND


def test_two_machines_end_in_a_message_after_the_tone(client: TestClient, runtime: Runtime) -> None:
    call = ring(client, STRANGER, "0", team={FIRST: MACHINE, SECOND: MACHINE})
    assert call.joined is None
    assert call.dialled == [FIRST, SECOND, SECOND]
    assert call.waiting


def test_only_the_first_to_press_the_key_is_joined(client: TestClient, runtime: Runtime) -> None:
    call = ring(client, STRANGER, "0")
    (row,) = rows(runtime, CallRow)
    keys = {"CallSid": "CA" + "9" * 32, "Digits": "1"}
    whisper = f"/phone/whisper?to={{}}&call={row.sid}"
    first = post_signed(client, whisper.format(1), keys)
    second = post_signed(client, whisper.format(0), keys)
    again = post_signed(client, whisper.format(1), keys)
    assert "Hangup" not in first
    assert "Hangup" in second
    assert again == first
    assert not call.joined


def test_another_key_does_not_take_the_call(client: TestClient, runtime: Runtime) -> None:
    ring(client, STRANGER, "0")
    (row,) = rows(runtime, CallRow)
    keys = {"CallSid": "CA" + "9" * 32, "Digits": "5"}
    assert "Hangup" in post_signed(client, f"/phone/whisper?to=0&call={row.sid}", keys)
    assert rows(runtime, CallRow)[0].taken_at is None


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 24, 19, tzinfo=UTC),
        datetime(2026, 11, 28, 10, tzinfo=UTC),
        datetime(2026, 12, 25, 10, tzinfo=UTC),
    ],
    ids=["evening", "saturday", "christmas"],
)
def test_when_the_team_is_away_a_message_is_kept_encrypted_for_who_rings_back(
    client: TestClient, runtime: Runtime, clock: FakeClock, moment: datetime
) -> None:
    clock.now = moment
    call = ring(client, STRANGER, "0", "bonjour, c'est pour une sortie")
    assert call.dialled == []
    assert call.ended
    task = task_of(runtime)
    assert str(task.details["recording"]).startswith("https://")
    assert task.due_at.astimezone(runtime.settings.zone).hour == 11
    with runtime.engine.connect() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM coordinator_task").all())
    assert "Recordings" not in kept


def test_a_message_told_twice_is_kept_once(client: TestClient, runtime: Runtime) -> None:
    call = ring(client, STRANGER, "0", "bonjour")
    assert call.ended
    (row,) = rows(runtime, CallRow)
    form = {"CallSid": row.sid, "RecordingUrl": "https://api.twilio.com/RE1"}
    post_signed(client, "/phone/voicemail", form)
    post_signed(client, "/phone/voicemail", form)
    assert task_of(runtime).kind == TaskKind.CALL_BACK


def test_distress_rings_the_team_even_at_night(
    client: TestClient, runtime: Runtime, clock: FakeClock, worker: Worker, messenger: FakeMessenger
) -> None:
    clock.now = datetime(2026, 11, 28, 2, tzinfo=UTC)
    call = ring(client, STRANGER, "au secours je suis tombée", team={FIRST: TAKES})
    assert call.joined == FIRST
    assert any("urgent" in said for said in call.whispered)
    assert task_of(runtime).done_at is None, "a person still looks into it"
    assert not call.recorded


@pytest.mark.usefixtures("no_database")
def test_without_a_database_only_a_key_still_takes_the_call(client: TestClient) -> None:
    call = ring(client, STRANGER, team={FIRST: MACHINE, SECOND: TAKES})
    assert call.joined is None
    call = ring(client, STRANGER, team={SECOND: TAKES})
    assert call.joined == SECOND
    asked = post_signed(client, "/phone/whisper?to=0&call=CA1", {"CallSid": "CA2"})
    assert "<Gather" in asked
    assert "<Dial" not in asked


def test_in_english_the_line_speaks_and_listens_in_english(
    client: TestClient, runtime: Runtime
) -> None:
    form = {"CallSid": "CA5", "From": STRANGER, "To": LINE, "CallStatus": "ringing"}
    post_signed(client, "/phone/voice", form)
    english = post_signed(client, "/phone/turn?step=1", {**form, "SpeechResult": "English please"})
    assert 'language="en-GB"' in english
    assert "fr-FR" not in english


NOWHERE = ("rue du zouave perdu", "derrière la petite fontaine")


def test_a_request_whose_address_nobody_understood_is_kept_and_put_on_the_map_by_hand(
    client: TestClient, runtime: Runtime, clock: FakeClock
) -> None:
    clock.now = datetime(2026, 11, 24, 21, tzinfo=UTC)
    call = ring(
        client, STRANGER, "des courses samedi à dix heures", "oui", "Jeanne", *NOWHERE,
        "oui", "oui",
    )  # fmt: skip
    assert call.ended, call.heard
    (mission,) = rows(runtime, MissionRow)
    assert (mission.status, mission.meeting) == (MissionStatus.TO_VERIFY, None)
    assert mission.starts_at == SATURDAY
    task = task_of(runtime)
    assert (task.kind, task.mission_id) == (TaskKind.VERIFY_REQUEST, mission.id)
    assert set(NOWHERE) <= set(task.details["words_heard"])
    (request,) = rows(runtime, RequestRow)
    assert request.promised_call_at == task.due_at
    with runtime.begin(SYSTEM) as work, pytest.raises(PlaceUnknown):
        visits.verify(work, mission.id)
    with runtime.begin(SYSTEM) as work:
        addresses.place_by_hand(work, mission.id, Point(48.8674, 2.3637))
        visits.verify(work, mission.id)
    placed = mission_now(runtime, mission)
    assert placed.status == MissionStatus.OPEN
    assert placed.meeting is not None
    assert placed.meeting["street"] == "Place de la République"
    (senior,) = rows(runtime, SeniorRow)
    assert (senior.home, senior.zone_code) == (placed.meeting, placed.zone_code)


def test_with_the_team_there_the_request_is_kept_before_anybody_is_rung(
    client: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work, SENIOR)
    call = ring(client, SENIOR, "des courses samedi à dix heures", *NOWHERE, team={FIRST: TAKES})
    assert call.joined == FIRST, call.heard
    (mission,) = rows(runtime, MissionRow)
    assert (mission.senior_id, mission.status) == (senior.id, MissionStatus.TO_VERIFY)
    assert task_of(runtime).kind == TaskKind.VERIFY_REQUEST
    (kept,) = rows(runtime, CallRow)
    assert kept.outcome == CallOutcome.BOOKED


def test_an_outing_still_to_be_placed_can_be_moved_and_stays_to_be_placed(
    client: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work, SENIOR)
        add_mission(
            work, senior, DAY_AFTER, status=MissionStatus.TO_VERIFY.value, meeting=None,
            access_notes="code 4512",
        )  # fmt: skip
    ring(client, SENIOR, "changer l'heure de ma sortie", "samedi à dix heures", "oui")
    moved = next(one for one in rows(runtime, MissionRow) if one.starts_at == SATURDAY)
    assert (moved.status, moved.meeting) == (MissionStatus.TO_VERIFY, None)
    assert moved.access_notes == "code 4512"


def test_floor_and_door_code_reach_the_volunteer_and_are_never_said_again(
    client: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work, SENIOR)
    call = ring(
        client, SENIOR, "des courses samedi à dix heures",
        "55 rue du Faubourg Saint-Honoré troisième étage, le code c'est 45 12 B", "oui",
    )  # fmt: skip
    assert call.ended, call.heard
    assert "J'ai aussi noté l'étage et le code." in call.heard
    assert not any("45" in said for said in call.heard)
    (mission,) = rows(runtime, MissionRow)
    assert access_notes_of(mission, senior) == "3e étage, code 4512B"


def test_a_new_caller_s_floor_goes_into_their_file(client: TestClient, runtime: Runtime) -> None:
    ring(
        client, STRANGER, "des courses samedi à dix heures", "oui", "Jeanne",
        "55 rue du Faubourg Saint-Honoré, interphone Martin", "oui", "oui",
    )  # fmt: skip
    (senior,), (mission,) = rows(runtime, SeniorRow), rows(runtime, MissionRow)
    assert senior.access_notes == "interphone Martin"
    assert access_notes_of(mission, senior) == "interphone Martin"
