"""Ringing the real line in tests: signed posts through the strict TwiML caller."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi.testclient import TestClient
from twilio.request_validator import RequestValidator

from phone.simulator.caller import Caller
from tests.conftest import AUTH_TOKEN

BASE = "https://compagnie.test"
LINE = "+33185000000"


def post_signed(client: TestClient, url: str, form: dict[str, str]) -> str:
    """Post as Twilio does; the TwiML that comes back."""
    if not url.startswith(BASE):
        url = BASE + url
    signature = RequestValidator(AUTH_TOKEN).compute_signature(url, form)
    response = client.post(url, data=form, headers={"X-Twilio-Signature": signature})
    assert response.status_code in (200, 204), response.status_code
    return response.text


def telephone(
    client: TestClient, sid: str = "CA" + "1" * 32, team: Mapping[str, str] | None = None
) -> Caller:
    """A telephone that rings the line of this client; `team` is what its numbers do when rung."""
    return Caller(
        lambda url, form: post_signed(client, url, form),
        status_url="/phone/status",
        call_sid=sid,
        team=team,
    )
