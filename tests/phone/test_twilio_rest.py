"""What we send to Twilio: taken by the mock of its REST API, and every failure told for what it is.

The mock is Prism serving Twilio's own description of the API: it refuses what that does not allow.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import httpx2
import pytest

from matcher.ports import SendingFailed, SendingUnsure
from matcher.settings import Settings
from phone import twilio_client
from phone.twilio_client import TwilioMessenger, TwilioNumbers

TO = "+33639980011"
ROOT = Path(__file__).parents[2]
API = ROOT.parent / "shared" / "data" / "twilio_api_v2010.json"
PRISM = ROOT / "tooling" / "prism" / "node_modules" / ".bin" / "prism"
PATIENCE_S = 60.0
SMS_AT = datetime(2019, 5, 24, 17, 44, 46, tzinfo=UTC)
CALL_AT = datetime(2019, 10, 18, 17, 0, tzinfo=UTC)
"""When those of the examples in Twilio's description went out."""


@pytest.fixture(scope="module")
def prism() -> Iterator[str]:
    """The address of Prism serving Twilio's API; in CI with npm and the description it must run."""
    if not API.exists():
        pytest.skip(f"the description of Twilio's REST API is not there: {API}")
    if not PRISM.exists():
        if os.environ.get("CI") and shutil.which("npm"):
            pytest.fail("Prism is not installed: make prism")
        pytest.skip("Prism is not installed (it needs npm: make prism)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [PRISM, "mock", "--host", "127.0.0.1", "--port", str(port), API],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        assert process.poll() is None, "Prism has stopped by itself"
        try:
            httpx2.get(url, timeout=2, trust_env=False)
        except httpx2.HTTPError:
            threading.Event().wait(0.1)
        else:
            return
    pytest.fail("Prism did not answer in time")


def sending_to(url: str, settings: Settings) -> TwilioMessenger:
    return TwilioMessenger(settings.model_copy(update={"twilio_api_url": url}))


def test_an_sms_is_taken(prism: str, settings: Settings) -> None:
    sid = sending_to(prism, settings).send_sms(TO, "Hugo vient mardi à dix heures.")
    assert sid.startswith("SM")


@pytest.mark.parametrize("message_id", [None, str(UUID(int=7))])
def test_a_call_is_taken_with_the_words_it_speaks(
    prism: str, settings: Settings, message_id: str | None
) -> None:
    sid = sending_to(prism, settings).call(TO, "Hugo vient mardi à dix heures.", message_id)
    assert sid.startswith("CA")


def test_what_the_api_does_not_allow_is_refused(prism: str, settings: Settings) -> None:
    strange = settings.model_copy(update={"twilio_account_sid": "not an account"})
    with pytest.raises(SendingFailed, match="422") as refused:
        sending_to(prism, strange).send_sms(TO, "bonjour")
    assert not isinstance(refused.value, SendingUnsure)


def test_the_api_wants_credentials_and_gets_them(prism: str, settings: Settings) -> None:
    address = f"{prism}/2010-04-01/Accounts/{settings.twilio_account_sid}/Messages.json"
    form = {"To": TO, "From": settings.phone_number, "Body": "bonjour"}
    assert httpx2.post(address, data=form, trust_env=False).status_code == 401
    sending_to(prism, settings).send_sms(TO, "bonjour")


def test_sms_and_calls_that_went_out_are_found_again(prism: str, settings: Settings) -> None:
    messenger = sending_to(prism, settings)
    sms = messenger.find_sent("sms", TO, "testing", SMS_AT)
    assert sms is not None
    assert sms.startswith("SM")
    call = messenger.find_sent("call", TO, "whatever was said", CALL_AT)
    assert call is not None
    assert call.startswith("CA")


def test_other_words_and_other_times_are_not_what_went_out(prism: str, settings: Settings) -> None:
    messenger = sending_to(prism, settings)
    assert messenger.find_sent("sms", TO, "something else", SMS_AT) is None
    now = datetime.now(UTC)
    assert messenger.find_sent("sms", TO, "testing", now) is None
    assert messenger.find_sent("call", TO, "whatever was said", now) is None


def test_the_set_up_of_the_number_is_read(prism: str, settings: Settings) -> None:
    numbers = TwilioNumbers(settings.model_copy(update={"twilio_api_url": prism}))
    found = numbers.find("+18089255327")
    assert found is not None
    assert found.voice == ("", "POST")
    assert not found.overridden


@pytest.mark.parametrize("missing", ["twilio_account_sid", "twilio_auth_token"])
def test_without_credentials_nothing_is_sent(
    settings: Settings, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "9" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "somebody else's")
    kind = type(getattr(settings, missing))
    with pytest.raises(SendingFailed, match="no credentials"):
        TwilioMessenger(settings.model_copy(update={missing: kind("")})).send_sms(TO, "bonjour")


Answer = tuple[int, str]
Serve = Callable[[Answer | None], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A server that gives every request the same answer, or none at all."""
    servers: list[ThreadingHTTPServer] = []
    over = threading.Event()

    def start(answer: Answer | None) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if answer is None:
                    over.wait(PATIENCE_S)
                    return
                status, body = answer
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    over.set()
    for server in servers:
        server.shutdown()
        server.server_close()


def error_body(status: int, **more: object) -> str:
    words = f"The 'To' number {TO} is not a valid phone number."
    return json.dumps({"status": status, "code": 21211, "message": words, **more})


@pytest.mark.parametrize("status", [400, 401, 403, 422, 429])
def test_what_was_refused_was_not_sent(serve: Serve, settings: Settings, status: int) -> None:
    messenger = sending_to(serve((status, error_body(status))), settings)
    for send in (
        lambda: messenger.send_sms(TO, "bonjour"),
        lambda: messenger.call(TO, "bonjour", None),
    ):
        with pytest.raises(SendingFailed, match=str(status)) as refused:
            send()
        assert not isinstance(refused.value, SendingUnsure)
        assert TO not in str(refused.value)


@pytest.mark.parametrize(
    "answer",
    [
        (500, error_body(500)),
        (503, "<html>maintenance</html>"),
        (502, error_body(502, type="about:blank", title="Bad gateway")),
        (201, "<html>not what was asked for</html>"),
        (302, ""),
    ],
)
def test_after_a_breakdown_it_may_have_been_sent(
    serve: Serve, settings: Settings, answer: Answer
) -> None:
    messenger = sending_to(serve(answer), settings)
    with pytest.raises(SendingUnsure):
        messenger.send_sms(TO, "bonjour")
    with pytest.raises(SendingUnsure):
        messenger.call(TO, "bonjour", str(UUID(int=7)))


def test_without_an_answer_in_time_it_may_have_been_sent(
    serve: Serve, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_client, "TIMEOUT_S", 0.2)
    with pytest.raises(SendingUnsure):
        sending_to(serve(None), settings).send_sms(TO, "bonjour")


@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_try_stays_in_doubt_as_long_as_nobody_tells_what_became_of_it(
    serve: Serve, settings: Settings, status: int
) -> None:
    messenger = sending_to(serve((status, error_body(status))), settings)
    with pytest.raises(SendingUnsure, match=str(status)):
        messenger.find_sent("sms", TO, "bonjour", SMS_AT)


def listed(name: str, **fields: object) -> Answer:
    one = {"sid": "SM1", "direction": "outbound-api", "body": "bonjour", **fields}
    return 200, json.dumps({name: [one], "page_size": 20, "next_page_uri": None})


def test_what_still_waits_at_the_provider_is_found_though_it_has_no_date_of_sending(
    serve: Serve, settings: Settings
) -> None:
    tried_at = datetime(2026, 11, 24, 9, 0, 0, 700_000, tzinfo=UTC)
    created = "Tue, 24 Nov 2026 09:00:00 +0000"
    answer = listed("messages", date_created=created, date_sent=None)
    assert sending_to(serve(answer), settings).find_sent("sms", TO, "bonjour", tried_at) == "SM1"
    for minutes in (-5, 5):
        another = sending_to(serve(answer), settings)
        when = tried_at + timedelta(minutes=minutes)
        assert another.find_sent("sms", TO, "bonjour", when) is None


@pytest.mark.parametrize("direction", ["inbound", "outbound-dial"])
def test_a_call_of_theirs_or_one_that_was_bridged_is_not_the_call_we_made(
    serve: Serve, settings: Settings, direction: str
) -> None:
    created = "Tue, 24 Nov 2026 09:00:00 +0000"
    answer = listed("calls", date_created=created, direction=direction)
    tried_at = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert sending_to(serve(answer), settings).find_sent("call", TO, "bonjour", tried_at) is None
