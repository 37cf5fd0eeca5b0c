"""The telephone in a terminal: what the line says is printed, what is typed is said or pressed."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from http import HTTPStatus
from secrets import token_hex
from urllib.parse import urljoin

import httpx2
from rich.console import Console

from phone.simulator.caller import Caller, EndlessCall, UnknownTwiml
from phone.simulator.signed import TIMEOUT_S, LineFailed, signed_post

HANG_UP = "raccrocher"
LINE = "+33185000000"
WITHHELD = "anonymous"

LOOK_EVERY_S = 1.0
PATIENCE_S = 600.0
"""A telephone that never rings is put away after this."""

_KEYS = re.compile(r"[0-9*#]+")


def run(base_url: str, auth_token: str, from_number: str, *, line: str = LINE) -> None:
    """Ring the line at `base_url` and talk until somebody hangs up.

    Typed digits, * and # are keys; an empty line is silence; `HANG_UP` or the end of the input
    puts the receiver down; everything else is spoken. An empty `from_number` is withheld.

    Raises:
        OSError: the line does not answer.
    """
    _converse(
        base_url,
        auth_token,
        f"On appelle {line}.",
        "/phone/status",
        lambda _, caller: caller.ring(from_number or WITHHELD, line),
    )


def wait(base_url: str, auth_token: str, number: str) -> None:
    """Wait at `number` until a demo's line at `base_url` rings it, pick up and talk as in `run`.

    Raises:
        OSError: the line does not answer, or does not ring within `PATIENCE_S`.
    """

    def pick_up(client: httpx2.Client, caller: Caller) -> None:
        ring = _await_ring(client, urljoin(base_url, "/demo/calls/pick-up"), number)
        caller.pick_up(ring["twiml"], ring["from"], ring["to"])

    # The provider is asked for no status of the calls we make.
    _converse(base_url, auth_token, f"On attend un appel au {number}.", None, pick_up)


def _converse(
    base_url: str,
    auth_token: str,
    opening: str,
    status_url: str | None,
    begin: Callable[[httpx2.Client, Caller], None],
) -> None:
    out = Console(soft_wrap=True, highlight=False)
    base = base_url.rstrip("/")
    with httpx2.Client(trust_env=False, timeout=TIMEOUT_S) as client:
        caller = Caller(
            signed_post(client, base, auth_token),
            status_url=status_url,
            call_sid=f"CA{token_hex(16)}",
        )
        out.print(f"{opening} Pour finir, écrivez « {HANG_UP} ».", markup=False)
        try:
            begin(client, caller)
            _talk(caller, out)
        except (LineFailed, UnknownTwiml, EndlessCall) as error:
            raise OSError(f"La ligne ne répond pas comme il faut : {error}") from error
    if caller.dialled:
        out.print(f"(La ligne a appelé {', '.join(caller.dialled)}.)", markup=False)
    out.print("L'appel est terminé.", markup=False)


def _await_ring(client: httpx2.Client, url: str, number: str) -> dict[str, str]:
    pause = threading.Event()
    for _ in range(round(PATIENCE_S / LOOK_EVERY_S)):
        try:
            answer = client.post(url, json={"phone": number}).raise_for_status()
        except httpx2.HTTPError as error:
            raise OSError(f"La ligne ne répond pas comme il faut : {error}") from error
        if answer.status_code == HTTPStatus.OK:
            found: dict[str, str] = answer.json()
            return found
        pause.wait(LOOK_EVERY_S)
    raise OSError("Personne n'a appelé.")


def _talk(caller: Caller, out: Console) -> None:
    heard = 0
    while True:
        for sentence in caller.heard[heard:]:
            out.print(f"  {sentence}", markup=False)
        heard = len(caller.heard)
        if not caller.waiting:
            return
        try:
            typed = out.input("> ").strip()
        except (EOFError, KeyboardInterrupt):
            typed = HANG_UP
        if typed.casefold() == HANG_UP:
            caller.hang_up()
        elif not typed:
            caller.silence()
        elif _KEYS.fullmatch(typed):
            caller.press(typed)
        else:
            caller.say(typed)
