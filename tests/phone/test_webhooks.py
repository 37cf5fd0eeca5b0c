"""The line over HTTP: who may post, what is kept, and what is said when something is wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlmodel import SQLModel, select

from matcher.domain.lifecycle import MissionStatus
from matcher.services.work import Runtime
from matcher.store.engine import Database
from matcher.store.tables import (
    CallRow,
    CallTurnRow,
    CoordinatorTaskRow,
    FileStatus,
    MissionRow,
    RequestRow,
    SeniorRow,
    TaskKind,
)
from matcher.store.transitions import SYSTEM
from phone.simulator.caller import Caller
from tests.conftest import Worker
from tests.fakes import FakeMessenger
from tests.people import add_senior
from tests.phone.line import BASE, LINE, post_signed, telephone

SENIOR = "+33639980001"
STRANGER = "+33199000042"
Row = TypeVar("Row", bound=SQLModel)

FORM = {"CallSid": "CA" + "2" * 32, "From": SENIOR, "To": LINE, "CallStatus": "ringing"}


def rows(runtime: Runtime, table: type[Row]) -> list[Row]:
    with runtime.begin(SYSTEM) as work:
        return list(work.session.exec(select(table)))


def book_as_a_stranger(client: TestClient, number: str, *more: str) -> Caller:
    call = telephone(client)
    call.ring(number, LINE)
    for answer in (
        "une sortie",
        "pour faire des courses",
        "demain à quinze heures",
        "oui",
        "Jeanne",
        "cinquante-cinq rue du Faubourg Saint-Honoré",
        *(more or ("oui",)),
        "oui",
    ):
        call.say(answer)
    assert call.ended, call.heard
    return call


@pytest.mark.parametrize("signature", [None, "", "not the right one"])
@pytest.mark.parametrize(
    "path",
    [
        "voice",
        "turn?step=1",
        "dial",
        "whisper?to=0",
        "partner?call=CA1",
        "joined",
        "voicemail",
        "status",
        "sms",
        "fallback",
    ],
)
def test_what_twilio_did_not_sign_is_refused_and_leaves_no_row(
    client: TestClient, runtime: Runtime, path: str, signature: str | None
) -> None:
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    response = client.post(f"/phone/{path}", data=FORM, headers=headers)
    assert response.status_code == 403
    assert rows(runtime, CallRow) == []
    assert rows(runtime, CoordinatorTaskRow) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("SpeechResult=" + "a" * 70_000, 413),
        ("&".join(f"p{number}=1" for number in range(300)), 400),
        ("SpeechResult=%FF", 400),
    ],
    ids=["too long", "too many parameters", "no text"],
)
def test_a_form_that_cannot_be_twilios_is_refused_unread(
    client: TestClient, runtime: Runtime, body: str, status: int
) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/phone/voice", content=body, headers=form).status_code == status
    assert rows(runtime, CallRow) == []


def test_the_signature_covers_every_parameter_blank_ones_too(client: TestClient) -> None:
    assert "<Gather" in post_signed(client, "/phone/voice", {**FORM, "CallerName": ""})


def test_the_first_sentence_says_what_to_do_in_an_emergency(client: TestClient) -> None:
    call = telephone(client)
    call.ring(SENIOR, LINE)
    assert "15" in call.heard[0]
    assert "112" in call.heard[0]


def test_a_stranger_is_served_and_waits_until_a_coordinator_has_called_back(
    client: TestClient, runtime: Runtime
) -> None:
    call = book_as_a_stranger(client, STRANGER)
    (senior,) = rows(runtime, SeniorRow)
    (mission,) = rows(runtime, MissionRow)
    (task,) = rows(runtime, CoordinatorTaskRow)
    (request,) = rows(runtime, RequestRow)
    assert senior.status == FileStatus.TO_VERIFY
    assert senior.phone == STRANGER
    assert mission.status == MissionStatus.TO_VERIFY
    assert mission.meeting["street"] == "Rue du Faubourg Saint-Honoré"
    assert mission.starts_at.astimezone(runtime.settings.zone).hour == 15
    assert task.kind == TaskKind.VERIFY_REQUEST
    assert task.due_at == request.promised_call_at
    assert any("rappel" in sentence for sentence in call.heard[-3:])


@pytest.mark.parametrize("withheld", ["anonymous", "+266696687", ""])
def test_a_withheld_number_is_never_matched_to_a_file_and_asks_where_to_call_back(
    client: TestClient, runtime: Runtime, withheld: str
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_senior(work, "+266696687")
    number = "zéro six trente-neuf quatre-vingt-dix-huit zéro zéro zéro un"
    book_as_a_stranger(client, withheld, number)
    (mission,) = rows(runtime, MissionRow)
    waiting = [senior for senior in rows(runtime, SeniorRow) if senior.id == mission.senior_id]
    assert waiting[0].status == FileStatus.TO_VERIFY
    assert waiting[0].phone == SENIOR


def test_what_is_not_understood_twice_goes_to_a_person_with_what_was_heard(
    client: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_senior(work, SENIOR)
    call = telephone(client)
    call.ring(SENIOR, LINE)
    call.say("sortir")
    call.say("le grand schtroumpf")
    call.say("encore le schtroumpf")
    assert call.dialled == list(runtime.settings.coordinator_numbers)
    (task,) = rows(runtime, CoordinatorTaskRow)
    assert task.kind == TaskKind.CALL_BACK
    assert "le grand schtroumpf" in str(task.details)


def test_zero_reaches_a_person_at_any_moment(client: TestClient, runtime: Runtime) -> None:
    call = telephone(client)
    call.ring(STRANGER, LINE)
    call.press("0")
    assert call.dialled == list(runtime.settings.coordinator_numbers)


def test_distress_is_told_to_the_coordinators_at_once(
    client: TestClient, runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    call = telephone(client)
    call.ring(STRANGER, LINE)
    call.say("aidez-moi je suis tombée je ne peux plus respirer")
    assert any("112" in sentence for sentence in call.heard[1:])
    (task,) = rows(runtime, CoordinatorTaskRow)
    assert task.kind == TaskKind.DISTRESS
    worker.run()
    for number in runtime.settings.coordinator_numbers:
        assert len(messenger.to(number)) == 2, "an SMS and a call"
        assert all(STRANGER not in text for text in messenger.to(number))


def test_hanging_up_midway_leaves_a_task_with_what_was_understood_told_as_often_as_it_may_be(
    client: TestClient, runtime: Runtime
) -> None:
    call = telephone(client)
    call.ring(STRANGER, LINE)
    call.say("je voudrais aller chez le médecin demain à quinze heures")
    call.hang_up()
    for _ in range(2):
        form = {**FORM, "CallSid": "CA" + "1" * 32, "CallStatus": "completed"}
        post_signed(client, "/phone/status", form)
    (task,) = rows(runtime, CoordinatorTaskRow)
    assert task.kind == TaskKind.CALL_BACK
    assert "medical" in str(task.details)


def test_hanging_up_before_saying_anything_leaves_nothing_to_do(
    client: TestClient, runtime: Runtime
) -> None:
    call = telephone(client)
    call.ring(STRANGER, LINE)
    call.hang_up()
    assert rows(runtime, CoordinatorTaskRow) == []


def test_hanging_up_when_asked_whether_help_is_needed_leaves_an_urgent_task(
    client: TestClient, runtime: Runtime
) -> None:
    call = telephone(client)
    call.ring(STRANGER, LINE)
    call.say("je tourne en rond chez moi je deviens folle")
    call.hang_up()
    (task,) = rows(runtime, CoordinatorTaskRow)
    assert task.kind == TaskKind.DISTRESS
    assert task.due_at == task.created_at


def test_a_call_whose_end_is_never_told_is_closed_all_the_same(
    client: TestClient, runtime: Runtime, worker: Worker
) -> None:
    call = telephone(client)
    call.ring(STRANGER, LINE)
    call.say("je voudrais sortir demain")
    worker.advance(minutes=29)
    worker.sweep()
    assert rows(runtime, CoordinatorTaskRow) == []
    worker.advance(minutes=2)
    worker.sweep()
    worker.sweep()
    (task,) = rows(runtime, CoordinatorTaskRow)
    assert task.kind == TaskKind.CALL_BACK


def test_a_call_after_which_nobody_was_reached_ends_with_a_promise(
    client: TestClient, runtime: Runtime
) -> None:
    call = telephone(client)
    call.ring(STRANGER, LINE)
    call.press("0")
    assert any("rappel" in sentence for sentence in call.heard[-3:])
    (task,) = rows(runtime, CoordinatorTaskRow)
    assert task.due_at > task.created_at


def test_a_turn_that_comes_before_the_call_is_known_starts_the_call(
    client: TestClient, runtime: Runtime
) -> None:
    assert "<Gather" in post_signed(client, "/phone/turn?step=4", {**FORM, "Digits": "1"})
    (call,) = rows(runtime, CallRow)
    assert call.step == 0


def test_an_old_turn_is_answered_as_it_was_and_changes_nothing(
    client: TestClient, runtime: Runtime
) -> None:
    post_signed(client, "/phone/voice", FORM)
    first = post_signed(client, "/phone/turn?step=1", {**FORM, "Digits": "1"})
    post_signed(client, "/phone/turn?step=2", {**FORM, "Digits": "1"})
    again = post_signed(client, "/phone/turn?step=1", {**FORM, "Digits": "3"})
    assert again == first
    assert len(rows(runtime, CallTurnRow)) == 3


def test_nothing_a_caller_said_is_stored_in_clear(client: TestClient, runtime: Runtime) -> None:
    book_as_a_stranger(client, STRANGER)
    with runtime.engine.connect() as connection:
        tables = [
            row[0]
            for row in connection.exec_driver_sql(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            )
        ]
        for table in tables:
            kept = str(connection.exec_driver_sql(f"SELECT * FROM {table}").all())
            if table not in ("address", "zone"):
                assert "Saint-Honor" not in kept, table
                assert STRANGER not in kept, table


@pytest.mark.usefixtures("no_database")
def test_without_a_database_the_line_apologises_and_rings_a_person(
    client: TestClient, runtime: Runtime
) -> None:
    call = telephone(client)
    call.ring(SENIOR, LINE)
    assert call.dialled == list(runtime.settings.coordinator_numbers)
    assert not any("enregistré" in sentence for sentence in call.heard)


@pytest.mark.usefixtures("no_database")
def test_the_fallback_needs_no_database(client: TestClient, runtime: Runtime) -> None:
    assert runtime.settings.coordinator_numbers[0] in post_signed(client, "/phone/fallback", FORM)


def test_an_sms_is_a_task_for_a_coordinator_and_its_sender_is_told(
    client: TestClient, runtime: Runtime
) -> None:
    form = {"From": SENIOR, "To": LINE, "Body": "Je suis en retard", "MessageSid": "SM1"}
    assert "<Message>" in post_signed(client, "/phone/sms", form)
    (task,) = rows(runtime, CoordinatorTaskRow)
    assert task.details["text"] == "Je suis en retard"


def test_the_promise_is_kept_or_a_coordinator_and_the_senior_are_told(
    client: TestClient, runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_senior(work, SENIOR)
    call = telephone(client)
    call.ring(SENIOR, LINE)
    call.say("une promenade dans trois jours à quinze heures")
    call.say("oui")
    call.say("oui")
    assert call.ended, call.heard
    (request,) = rows(runtime, RequestRow)
    assert request.promised_call_at is not None
    wait = request.promised_call_at - runtime.clock()
    worker.advance(seconds=(wait + timedelta(minutes=1)).total_seconds())
    assert TaskKind.PROMISE_DUE in {task.kind for task in rows(runtime, CoordinatorTaskRow)}
    assert "encore" in messenger.to(SENIOR)[0]


def test_connections_that_the_database_dropped_cost_a_caller_one_apology_at_most(
    client: TestClient, runtime: Runtime, database: Database
) -> None:
    form = {"CallSid": "CA1", "From": STRANGER, "To": LINE}
    post_signed(client, "/phone/voice", form)
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    heard = form | {"SpeechResult": "je voudrais sortir demain"}
    answers = [post_signed(client, "/phone/turn?step=1", heard) for _ in range(3)]
    assert all("<Gather" in one for one in answers[1:])
    assert answers[1] == answers[2]
    (call,) = rows(runtime, CallRow)
    assert call.step == 1


def test_the_line_speaks_only_to_its_own_public_address(client: TestClient) -> None:
    assert f'action="{BASE}/phone/turn?step=1"' in post_signed(client, "/phone/voice", FORM)
