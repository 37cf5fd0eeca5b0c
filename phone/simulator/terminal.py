"""The telephone in a terminal: what the line says is printed, what is typed is said or pressed."""

from __future__ import annotations

import re
from secrets import token_hex

import httpx2
from rich.console import Console

from phone.simulator.caller import Caller, EndlessCall, UnknownTwiml
from phone.simulator.signed import TIMEOUT_S, LineFailed, signed_post

HANG_UP = "raccrocher"
LINE = "+33185000000"
WITHHELD = "anonymous"

_KEYS = re.compile(r"[0-9*#]+")


def run(base_url: str, auth_token: str, from_number: str, *, line: str = LINE) -> None:
    """Ring the line at `base_url` and talk until somebody hangs up.

    Typed digits, * and # are keys; an empty line is silence; `HANG_UP` or the end of the input
    puts the receiver down; everything else is spoken. An empty `from_number` is withheld.

    Raises:
        OSError: the line does not answer.
    """
    out = Console(soft_wrap=True, highlight=False)
    base = base_url.rstrip("/")
    with httpx2.Client(trust_env=False, timeout=TIMEOUT_S) as client:
        caller = Caller(
            signed_post(client, base, auth_token),
            status_url="/phone/status",
            call_sid=f"CA{token_hex(16)}",
        )
        out.print(f"On appelle {line}. Pour finir, écrivez « {HANG_UP} ».", markup=False)
        try:
            caller.ring(from_number or WITHHELD, line)
            _talk(caller, out)
        except (LineFailed, UnknownTwiml, EndlessCall) as error:
            raise OSError(f"La ligne ne répond pas comme il faut : {error}") from error
    if caller.dialled:
        out.print(f"(La ligne a appelé {', '.join(caller.dialled)}.)", markup=False)
    out.print("L'appel est terminé.", markup=False)


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
