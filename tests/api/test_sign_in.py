"""Signing in: codes for volunteers, password and TOTP for staff."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlmodel import col, select

from matcher.services.work import Runtime
from matcher.store.tables import MessageRow, OneTimeCodeRow, SessionRow, VolunteerRow
from matcher.store.transitions import SYSTEM
from tests.fakes import FakeClock
from tests.people import (
    STAFF_EMAIL,
    STAFF_PASSWORD,
    STAFF_TOTP,
    add_coordinator,
    add_session,
    add_volunteer,
)

PHONE = "+33612345678"
AS_WRITTEN = "06 12 34 56 78"
LANDLINE = "+33142650002"


@pytest.fixture(autouse=True)
def people(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        add_volunteer(work, PHONE)
        add_volunteer(work, LANDLINE)
        add_coordinator(work)


def messages(runtime: Runtime) -> list[MessageRow]:
    with runtime.begin(SYSTEM) as work:
        return list(work.session.exec(select(MessageRow).order_by(col(MessageRow.queued_at))))


def code_sent(runtime: Runtime) -> str:
    found = re.search(r"\b\d{6}\b", messages(runtime)[-1].text)
    assert found is not None
    return found.group()


def ask_code(client: TestClient, phone: str = AS_WRITTEN) -> Response:
    return client.post("/v1/auth/codes", json={"phone": phone})


def enter(client: TestClient, code: str, phone: str = AS_WRITTEN) -> Response:
    return client.post("/v1/auth/sessions", json={"phone": phone, "code": code})


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_code_that_came_by_sms_signs_in(client: TestClient, runtime: Runtime) -> None:
    assert ask_code(client).status_code == 202
    sent = messages(runtime)[-1]
    assert (sent.channel, sent.recipient) == ("sms", PHONE)
    entered = enter(client, code_sent(runtime))
    assert entered.status_code == 201
    headers = {"Authorization": f"Bearer {entered.json()['token']}"}
    me = client.get("/v1/me", headers=headers)
    assert me.status_code == 200
    assert me.json()["phone"] == PHONE
    assert me.headers["Cache-Control"] == "no-store"


def test_neither_code_nor_token_is_stored(client: TestClient, runtime: Runtime) -> None:
    ask_code(client)
    code = code_sent(runtime)
    token = enter(client, code).json()["token"]
    with runtime.begin(SYSTEM) as work:
        assert work.session.exec(select(OneTimeCodeRow)).one().code_index != code
        assert work.session.exec(select(SessionRow)).one().token_index != token


def test_a_code_serves_once(client: TestClient, runtime: Runtime) -> None:
    ask_code(client)
    code = code_sent(runtime)
    assert enter(client, code).status_code == 201
    again = enter(client, code)
    assert again.status_code == 401
    assert again.headers["content-type"] == "application/problem+json"
    assert again.json()["type"].endswith("/sign-in-refused")


def test_five_wrong_tries_void_the_code(client: TestClient, runtime: Runtime) -> None:
    ask_code(client)
    code = code_sent(runtime)
    for _ in range(5):
        assert enter(client, other_than(code)).status_code == 401
    assert enter(client, code).status_code == 401


def test_four_wrong_tries_do_not(client: TestClient, runtime: Runtime) -> None:
    ask_code(client)
    code = code_sent(runtime)
    for _ in range(4):
        enter(client, other_than(code))
    assert enter(client, code).status_code == 201


def test_a_code_dies_after_ten_minutes(
    client: TestClient, runtime: Runtime, clock: FakeClock
) -> None:
    ask_code(client)
    clock.advance(minutes=10)
    assert enter(client, code_sent(runtime)).status_code == 401


def test_a_newer_code_replaces_the_older(
    client: TestClient, runtime: Runtime, clock: FakeClock
) -> None:
    ask_code(client)
    older = code_sent(runtime)
    clock.advance(minutes=1)
    ask_code(client)
    if older != code_sent(runtime):
        assert enter(client, older).status_code == 401
    assert enter(client, code_sent(runtime)).status_code == 201


def test_a_number_nobody_has_gets_the_same_answer_and_no_message(
    client: TestClient, runtime: Runtime
) -> None:
    known, unknown = ask_code(client), ask_code(client, "06 99 99 99 99")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert {message.recipient for message in messages(runtime)} == {PHONE}
    with runtime.begin(SYSTEM) as work:
        count = "SELECT count(*) FROM procrastinate_jobs"
        assert work.session.connection().exec_driver_sql(count).scalar() == 1
    refused_known = enter(client, other_than(code_sent(runtime)))
    refused_unknown = enter(client, "000000", "06 99 99 99 99")
    assert refused_known.json() == refused_unknown.json()


def test_five_codes_a_day_and_no_more_whoever_has_the_number(
    client: TestClient, clock: FakeClock
) -> None:
    for phone in (AS_WRITTEN, "06 99 99 99 99"):
        for _ in range(5):
            assert ask_code(client, phone).status_code == 202
        refused = ask_code(client, phone)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) == timedelta(days=1).total_seconds()
    clock.advance(days=1)
    assert ask_code(client).status_code == 202


def test_a_landline_is_rung(client: TestClient, runtime: Runtime) -> None:
    ask_code(client, LANDLINE)
    assert messages(runtime)[-1].channel == "call"


def test_a_mobile_is_rung_when_asked(client: TestClient, runtime: Runtime) -> None:
    client.post("/v1/auth/codes", json={"phone": AS_WRITTEN, "channel": "call"})
    assert messages(runtime)[-1].channel == "call"


@pytest.mark.parametrize("phone", ["allô", "12", "+999999999999999", "06 12"])
def test_what_cannot_be_a_number_is_said_without_echo(client: TestClient, phone: str) -> None:
    refused = ask_code(client, phone)
    assert refused.status_code == 422
    assert phone not in refused.text


def test_a_blocked_volunteer_is_out_at_the_next_request(
    client: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = work.session.exec(select(VolunteerRow)).first()
        assert volunteer is not None
        headers = add_session(work, volunteer)
    assert client.get("/v1/me", headers=headers).status_code == 200
    with runtime.begin(SYSTEM) as work:
        work.session.get_one(VolunteerRow, volunteer.id).active = False
    assert client.get("/v1/me", headers=headers).status_code == 401


def test_signing_out_ends_the_session(client: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = work.session.exec(select(VolunteerRow)).first()
        assert volunteer is not None
        headers = add_session(work, volunteer)
    assert client.delete("/v1/auth/sessions/current", headers=headers).status_code == 204
    assert client.get("/v1/me", headers=headers).status_code == 401


def test_a_session_ends_after_thirty_days(
    client: TestClient, runtime: Runtime, clock: FakeClock
) -> None:
    ask_code(client)
    headers = {"Authorization": f"Bearer {enter(client, code_sent(runtime)).json()['token']}"}
    clock.advance(days=29)
    assert client.get("/v1/me", headers=headers).status_code == 200
    clock.advance(days=1)
    assert client.get("/v1/me", headers=headers).status_code == 401


def staff_enter(
    client: TestClient, clock: FakeClock, password: str = STAFF_PASSWORD, totp: str | None = None
) -> Response:
    return client.post(
        "/v1/coordination/auth/sessions",
        json={
            "email": STAFF_EMAIL.upper(),
            "password": password,
            "totp": totp or pyotp.TOTP(STAFF_TOTP).at(clock.now),
        },
    )


def test_a_coordinator_signs_in_with_password_and_totp(
    client: TestClient, clock: FakeClock
) -> None:
    entered = staff_enter(client, clock)
    assert entered.status_code == 201
    headers = {"Authorization": f"Bearer {entered.json()['token']}"}
    assert client.get("/v1/coordination/missions", headers=headers).status_code == 200
    clock.advance(hours=12)
    assert client.get("/v1/coordination/missions", headers=headers).status_code == 401


def test_a_totp_code_serves_once(client: TestClient, clock: FakeClock) -> None:
    assert staff_enter(client, clock).status_code == 201
    assert staff_enter(client, clock).status_code == 401
    clock.advance(seconds=30)
    assert staff_enter(client, clock).status_code == 201


def test_each_part_of_a_staff_sign_in_is_needed(client: TestClient, clock: FakeClock) -> None:
    right = pyotp.TOTP(STAFF_TOTP).at(clock.now)
    answers = [
        staff_enter(client, clock, password="un autre"),
        staff_enter(client, clock, totp=other_than(right)),
        client.post(
            "/v1/coordination/auth/sessions",
            json={"email": "x@y.fr", "password": STAFF_PASSWORD, "totp": right},
        ),
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert len({answer.text for answer in answers}) == 1


def test_failed_staff_sign_ins_slow_the_next_one_down(client: TestClient, clock: FakeClock) -> None:
    for _ in range(5):
        assert staff_enter(client, clock, password="un autre").status_code == 401
    refused = staff_enter(client, clock)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "30"
    clock.advance(seconds=30)
    assert staff_enter(client, clock, password="un autre").status_code == 401
    assert staff_enter(client, clock).headers["Retry-After"] == "60"
    clock.advance(seconds=60)
    assert staff_enter(client, clock).status_code == 201
