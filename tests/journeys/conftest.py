"""A running demo over real HTTP, and Chromium in front of it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pydantic import SecretStr

from api.demo.run import demo_app, demo_settings
from api.serving import make_server
from matcher.store.engine import Database

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_S = 20.0
ASK = ("Je voudrais sortir", "un rendez-vous médical", "demain à quinze heures", "oui", "oui")
"""What a known senior answers to book an outing."""


@dataclass
class RunningDemo:
    """A demo at `url`, in daytime."""

    url: str
    http: httpx2.Client

    def now(self) -> datetime:
        return self.advance(0)

    def advance(self, seconds: int) -> datetime:
        answer = self.http.post("/demo/clock", json={"advance_s": seconds})
        return datetime.fromisoformat(answer.json()["now"])

    def go_to_morning(self) -> None:
        now = self.now()
        morning = now.replace(hour=9, minute=30, second=0, microsecond=0)
        if morning <= now:
            morning += timedelta(days=1)
        self.advance(int((morning - now).total_seconds()))

    def messages(self) -> list[dict[str, str]]:
        listed: list[dict[str, str]] = self.http.get("/demo/messages").json()
        return listed

    def wait_for_offers(self, wanted: int) -> list[str]:
        """The numbers of at least so many volunteers who were asked, later waves included."""

        def asked() -> list[str]:
            found = [m["to"] for m in self.messages() if "près de chez vous" in m["text"]]
            if 0 < len(found) < wanted:
                self.advance(900)
            return found

        return self._wait(asked, lambda found: len(found) >= wanted)

    def wait_for_code(self, phone: str) -> str:
        """The newest one-time code sent to a number."""
        codes = self._wait(
            lambda: [
                found[0]
                for m in self.messages()
                if m["to"] == phone and (found := re.search(r"\b\d{6}\b", m["text"]))
            ],
            bool,
        )
        return codes[-1]

    def wait_for_call(self, phone: str) -> None:
        """Until the line calls this number."""
        self._wait(
            lambda: [m for m in self.messages() if (m["channel"], m["to"]) == ("call", phone)], bool
        )

    def book(self, phone: str) -> None:
        """A call from this number that asks for an outing tomorrow."""
        url = self.http.post("/demo/phone", data={"person": phone}, follow_redirects=True).url.path
        for answer in ASK:
            self.http.post(url, data={"say": answer})

    def accept(self, phone: str) -> None:
        """The volunteer with this number says yes to their offer."""
        self.http.post("/v1/auth/codes", json={"phone": phone})
        signed_in = self.http.post(
            "/v1/auth/sessions", json={"phone": phone, "code": self.wait_for_code(phone)}
        )
        headers = {"Authorization": f"Bearer {signed_in.json()['token']}"}
        offer = self.http.get("/v1/offers", headers=headers).json()["items"][0]
        answer = self.http.post(f"/v1/offers/{offer['id']}/accept", headers=headers)
        assert answer.status_code == 200, answer.text

    @staticmethod
    def _wait(look: Any, enough: Any) -> list[str]:
        patience_ends = time.monotonic() + PATIENCE_S
        while not enough(found := look()):
            assert time.monotonic() < patience_ends, "what was waited for did not come"
            threading.Event().wait(0.1)
        return list(found)


@pytest.fixture
def demo(database: Database, tmp_path: Path) -> Iterator[RunningDemo]:
    """The demo as `make demo` runs it, jobs included, at nine thirty in the morning."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = demo_settings(port, tmp_path).model_copy(
        update={"database_url": SecretStr(database.url)}
    )
    server = make_server(demo_app(settings), "127.0.0.1", port)
    thread = threading.Thread(target=server.run)
    thread.start()
    patience_ends = time.monotonic() + PATIENCE_S
    while not server.started and thread.is_alive() and time.monotonic() < patience_ends:
        threading.Event().wait(0.05)
    with httpx2.Client(base_url=settings.public_url, trust_env=False, timeout=20) as http:
        running = RunningDemo(settings.public_url, http)
        running.go_to_morning()
        yield running
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; without it these tests fail in CI and are skipped elsewhere.

    For one module only: while it is open, an event loop runs in this thread.
    """
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed: apt-get install chromium")
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Desk:
    """Opens browser windows on the demo and keeps every complaint of theirs."""

    browser: Browser
    demo: RunningDemo
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def window(self, **options: Any) -> Page:
        """A fresh browser with one page; errors and foreign requests are complaints."""
        context = self.browser.new_context(base_url=self.demo.url, **options)
        context.set_default_timeout(PATIENCE_S * 1000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )
        page.on(
            "request",
            lambda sent: (
                None
                if sent.url.startswith(self.demo.url)
                else self.complaints.append(f"foreign request: {sent.url}")
            ),
        )
        return page

    def coordinator(self, **options: Any) -> Page:
        """A window signed in at the console."""
        page = self.window(**options)
        who = self.demo.http.get("/demo/people").json()["coordinator"]
        # A code serves once: each sign-in takes the next half-minute's.
        code = pyotp.TOTP(who["totp_secret"]).at(self.demo.advance(30))
        page.goto("/console")
        page.get_by_label("Adresse e-mail").fill(who["email"])
        page.get_by_label("Mot de passe").fill(who["password"])
        page.get_by_label("Code à 6 chiffres").fill(code)
        page.get_by_role("button", name="Se connecter").click()
        page.wait_for_url("**/console")
        return page

    def volunteer(self, phone: str, **options: Any) -> Page:
        """A window signed in as the volunteer with this number."""
        page = self.window(**options)
        page.goto("/")
        page.get_by_label("Votre numéro de téléphone").fill(phone)
        page.get_by_role("button", name="Recevoir un code").click()
        page.get_by_label("Le code à 6 chiffres").fill(self.demo.wait_for_code(phone))
        page.get_by_role("button", name="Se connecter").click()
        page.get_by_role("heading", name="Demandes près de chez vous").wait_for()
        return page

    def call(self, name: str, *answers: str, **options: Any) -> Page:
        """A call by a known senior, answered in turn."""
        page = self.window(**options)
        page.goto("/demo/phone")
        page.get_by_label("Une personne connue").select_option(label=name)
        page.get_by_role("button", name="Appeler").click()
        for answer in answers:
            page.get_by_label("Votre réponse").fill(answer)
            page.get_by_role("button", name="Répondre").click()
        return page


@pytest.fixture
def desk(chromium: Browser, demo: RunningDemo) -> Iterator[Desk]:
    """Windows on the demo; a complaint in any of them fails the test."""
    found = Desk(chromium, demo)
    yield found
    for context in found.contexts:
        context.close()
    assert found.complaints == []
