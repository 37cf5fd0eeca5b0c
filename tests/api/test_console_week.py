"""The console's page of a week: who could come, what will be asked for, and what if."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pyotp
import pytest
from fastapi.testclient import TestClient

from matcher.services.work import Runtime
from matcher.store.transitions import SYSTEM
from tests.people import (
    STAFF_EMAIL,
    STAFF_PASSWORD,
    STAFF_TOTP,
    add_coordinator,
    add_volunteer,
)


@pytest.fixture
def console(client: TestClient, runtime: Runtime) -> TestClient:
    """A coordinator at the console, and one volunteer of the 8th free all week."""
    with runtime.begin(SYSTEM) as work:
        add_coordinator(work)
        add_volunteer(work, "+33639981000", zone_code="75108")
    page = client.get("/console/sign-in").text
    found = re.search(r'name="form" value="([0-9a-f]+)"', page)
    assert found is not None
    code = pyotp.TOTP(STAFF_TOTP).at(runtime.clock())
    form = {"form": found[1], "email": STAFF_EMAIL, "password": STAFF_PASSWORD, "code": code}
    assert client.post("/console/sign-in", data=form).status_code == 200
    return client


def cells_of(page: str, zone: str) -> list[tuple[str, str, str]]:
    row = re.search(rf'<tr id="z-{zone}".*?</tr>', page, re.DOTALL)
    assert row is not None
    return re.findall(r'<td class="(k\d)"><strong>(\d+)</strong> <span class="mot">(.*?)<', row[0])


def test_whoever_is_not_signed_in_is_led_to_the_form(client: TestClient) -> None:
    answer = client.get("/console/week", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")


def test_every_zone_has_its_fourteen_half_days_in_numbers_and_words(console: TestClient) -> None:
    page = console.get("/console/week").text
    assert cells_of(page, "75108") == [("k1", "1", "Très peu")] * 14
    assert cells_of(page, "75120") == [("k0", "0", "Personne")] * 14
    assert "Pas encore de passé" in page
    assert 'id="hachures"' in page


def test_the_weeks_before_and_after_are_a_link_away(console: TestClient, runtime: Runtime) -> None:
    today = runtime.clock().date()
    page = console.get("/console/week").text
    found = re.search(r'day=([0-9-]+)" rel="next"', page)
    assert found is not None
    assert date.fromisoformat(found[1]) == today + timedelta(days=7 - today.weekday())
    assert console.get(f"/console/week?day={found[1]}").status_code == 200


def test_the_form_says_what_more_people_would_change_without_any_script(
    console: TestClient, runtime: Runtime
) -> None:
    day = runtime.clock().date() + timedelta(days=7)
    asked = f"/console/week?day={day}&half_day=afternoon&zone=75108&more=3"
    page = console.get(asked).text
    assert "4 bénévoles au lieu de 1" in page
    assert re.search(r"prise \d+ fois sur cent, au lieu de \d+", page)
    assert cells_of(page, "75108")[0] == ("k1", "1", "Très peu")


def test_a_day_that_is_none_is_refused(console: TestClient) -> None:
    assert console.get("/console/week?day=demain").status_code == 422
