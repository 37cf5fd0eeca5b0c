"""The `compagnie` command."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import webbrowser
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import pyotp
import typer
from fastapi import FastAPI
from pydantic import ValidationError
from rich.console import Console
from rich.progress import (
    Progress,
)
from sqlalchemy.exc import OperationalError

from api import doctor as health
from api import fetch
from api.app import create_app, run_jobs, utc_now
from api.commands import Json, complain, out, print_answer, say_root, service
from api.demo.run import DEMO_TOKEN, demo_app, demo_settings
from api.demo.simulate import Story
from api.demo.simulate import simulate as play
from api.serving import serve as serve_http
from api.territory_commands import fetch_data, importing
from api.tour import run_tour
from api.volunteer.web_push import PushKeyError
from matcher.domain.errors import DomainError
from matcher.domain.geo import walking_minutes
from matcher.domain.ranking import say_components
from matcher.services import dispatch
from matcher.services.staff import create_staff
from matcher.settings import Settings
from matcher.store.encrypted import KeyringError
from matcher.store.tables import StaffRole
from matcher.store.transitions import SYSTEM
from phone import listening
from phone.dialogue.understanding.grammar import Step
from phone.fallback import fallback_document
from phone.simulator import terminal
from phone.twilio_client import TwilioNumbers

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Compagnie: a telephone line, volunteers, company for a walk.",
)
users = typer.Typer(no_args_is_help=True, help="Coordinators' accounts.")
app.add_typer(importing, name="import")
app.command("fetch-data")(fetch_data)
app.add_typer(users, name="user")


def main() -> None:
    """Run the command; what goes wrong is one clear line and a non-zero status."""
    try:
        app()
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            where = "_".join(str(part) for part in fault["loc"]).upper()
            complain(f"{'COMPAGNIE_' + where + ': ' if where else ''}{fault['msg']}")
        sys.exit(2)
    except (DomainError, KeyringError, PushKeyError, fetch.FetchFailed) as error:
        complain(str(error))
    except OperationalError:
        complain("The database cannot be reached: see COMPAGNIE_DATABASE_URL.")
    except OSError as error:
        complain(str(error))
    else:
        return
    sys.exit(1)


@app.command()
def serve(
    host: str = "127.0.0.1",
    port: int = 8000,
    with_worker: Annotated[bool, typer.Option(help="Run the jobs in this process too.")] = False,
) -> None:
    """Serve the telephone webhooks, the API and the pages."""
    settings = Settings()
    say_root(settings)
    _run(create_app(settings, run_worker=with_worker), host, port)


@app.command()
def worker() -> None:
    """Run the jobs: sending, waves, promises. As many workers as wanted."""
    with service() as (runtime, database):
        asyncio.run(run_jobs(runtime, database, install_signal_handlers=True))


@app.command()
def demo(
    port: int = 8000,
    data: Annotated[Path | None, typer.Option(help="Where the demo keeps its data.")] = None,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
) -> None:
    """Play with a whole service: made-up people, real code, nothing leaves this machine."""
    settings = demo_settings(port, data)
    say_root(settings)
    started = demo_app(settings)
    url = settings.public_url
    out.print(
        f"\nCompagnie, démonstration\n"
        f"  Commencer ici          {url}/demo\n"
        f"  Téléphoner             {url}/demo/phone\n"
        f"  Bénévoles              {url}/\n"
        f"  Coordination           {url}/console\n"
        f"  Toute l'histoire       compagnie tour --url {url}\n"
        f"  Arrêter                Ctrl-C\n",
        highlight=False,
    )
    if browser and sys.stdout.isatty() and (sys.platform == "darwin" or "DISPLAY" in os.environ):  # noqa: TID251 - whether there is a screen is no setting of ours
        webbrowser.open(f"{url}/demo")
    _run(started, "127.0.0.1", port)


def _run(asgi: FastAPI, host: str, port: int) -> None:
    if not serve_http(asgi, host, port):
        sys.exit(1)


@app.command()
def tour(
    url: Annotated[str, typer.Option(help="A running demo.")] = "",
) -> None:
    """Play the whole story over HTTP against a demo, its own unless one is named."""
    if not run_tour(url or None, out):
        sys.exit(1)


@app.command()
def simulate(
    days: Annotated[int, typer.Option(min=1, max=60)] = 7,
    requests: Annotated[float, typer.Option(min=0, help="Asked a day.")] = 12.0,
    willing: Annotated[
        float, typer.Option(min=0, help="How much likelier a yes is than usual; 0.5 is half.")
    ] = 1.0,
    seed: int = 1,
    as_json: Json = False,
) -> None:
    """Play days of the whole service with the demo's people, and say what became of them."""
    story = Story(days=days, requests=requests, willing=willing, seed=seed)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=days)
        found = play(story, lambda done: progress.update(task, completed=done))
    print_answer(asdict(story) | asdict(found), as_json)
    if found.without_next_step:
        sys.exit(1)


@app.command()
def call(
    url: Annotated[str, typer.Option(help="Where the service runs.")] = "http://127.0.0.1:8000",
    number: Annotated[str, typer.Option("--from", help="The caller's number.")] = "",
    incoming: Annotated[
        str, typer.Option(metavar="NUMBER", help="Wait for the demo to ring this number instead.")
    ] = "",
    token: Annotated[str, typer.Option(help="Twilio's auth token there.")] = DEMO_TOKEN,
) -> None:
    """Ring the line from this terminal, or pick up when it rings."""
    if incoming:
        terminal.wait(url, token, incoming)
    else:
        terminal.run(url, token, number)


Phrase = Annotated[str, typer.Argument(help="What was said.")]
PhraseFile = Annotated[
    Path | None, typer.Option("--file", exists=True, dir_okay=False, help="One phrase a line.")
]
Explain = Annotated[bool, typer.Option("--explain", help="Show the steps too.")]


@app.command()
def geocode(
    text: Phrase = "", file: PhraseFile = None, as_json: Json = False, explain: Explain = False
) -> None:
    """Find an address as the line would."""
    phrases = _phrases(text, file)
    with service() as (runtime, _):
        gazetteer = runtime.atlas.gazetteer
        for phrase in phrases:
            steps = listening.explain_where(gazetteer, phrase) if explain else None
            _print_understood(listening.where(gazetteer, phrase), steps, as_json)


@app.command()
def understand(
    kind: listening.Kind,
    text: Phrase = "",
    now: Annotated[
        datetime | None,
        typer.Option(
            parser=datetime.fromisoformat,
            metavar="ISO",
            help="As if it were then, ISO 8601; local time when it names no offset.",
        ),
    ] = None,
    file: PhraseFile = None,
    as_json: Json = False,
    explain: Explain = False,
) -> None:
    """Show what the line understands of a phrase."""
    if kind is listening.Kind.WHERE:
        geocode(text, file, as_json, explain)
        return
    zone = Settings().zone
    at = listening.in_zone(now or utc_now(), zone)
    for phrase in _phrases(text, file):
        steps = listening.explain(kind, phrase, at, zone) if explain else None
        _print_understood(listening.listen(kind, phrase, at, zone), steps, as_json)


def _phrases(text: str, file: Path | None) -> list[str]:
    if bool(text) == (file is not None):
        raise typer.BadParameter("either a phrase or --file is needed")
    return [text] if file is None else file.read_text(encoding="utf-8").splitlines()


def _print_understood(
    answer: dict[str, object], steps: tuple[Step, ...] | None, as_json: bool
) -> None:
    if as_json:
        told = {} if steps is None else {"steps": [asdict(step) for step in steps]}
        print_answer(answer | told, True)
        return
    for step in steps or ():
        out.print(f"  {step.what:8} {step.words!r} -> {step.meaning}", highlight=False)
    print_answer(answer, False)


@app.command()
def rank(
    mission: Annotated[UUID, typer.Option(help="The mission's id.")],
    explain: Annotated[bool, typer.Option("--explain", help="Show what each place is made of.")] = (
        False
    ),
    as_json: Json = False,
) -> None:
    """Who could go, in what order and why; and who could not."""
    with service() as (runtime, _), runtime.begin(SYSTEM) as work:
        ranked, rejections = dispatch.explain(work, mission)
    if as_json:
        document = {
            "ranked": [
                {
                    "volunteer_id": str(one.volunteer.id),
                    "score": round(one.score, 3),
                    "walk_minutes": walking_minutes(one.walk_s),
                    "components": {c.name.value: round(c.value, 3) for c in one.components},
                    "ceilings": {c.name.value: c.ceiling for c in one.components},
                    "reasons": list(one.reasons),
                }
                for one in ranked
            ],
            "rejected": [
                {"volunteer_id": str(no.volunteer_id), "rule": no.rule.value, "reason": no.reason}
                for no in rejections
            ],
        }
        typer.echo(json.dumps(document, ensure_ascii=False))
        return
    for place, one in enumerate(ranked, 1):
        out.print(
            f"{place:3}. {one.score:5.1f}  {one.volunteer.id}  {' '.join(one.reasons)}",
            highlight=False,
        )
        if explain:
            out.print(f"            {say_components(one.components)}", highlight=False)
    for no in rejections:
        out.print(f"  –  {no.volunteer_id}  {no.reason}", highlight=False)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check the configuration and say what to mend."""
    settings = Settings()
    with service(settings) as (runtime, _):
        findings = health.examine(runtime, TwilioNumbers(settings))
    for finding in findings:
        if as_json:
            typer.echo(json.dumps(finding.to_json(), ensure_ascii=False))
        else:
            out.print(f"{'✓' if finding.fine else '✗'} {finding.text}", highlight=False)
    if not all(finding.fine for finding in findings):
        sys.exit(1)


@app.command()
def fallback() -> None:
    """Print the document to host elsewhere, for calls while the service is away."""
    numbers = Settings().coordinator_numbers
    if not numbers:
        complain("COMPAGNIE_COORDINATOR_NUMBERS is empty: the document rings nobody.")
    typer.echo(fallback_document(numbers))


@users.command("create")
def create_user(
    email: str,
    name: Annotated[str, typer.Option(help="As colleagues call them.")] = "",
    role: StaffRole = StaffRole.COORDINATOR,
) -> None:
    """A coordinator's account: prints the password and the TOTP address, once."""
    password = secrets.token_urlsafe(12)
    with service() as (runtime, _), runtime.begin(SYSTEM) as work:
        staff = create_staff(work, email, name or email, role, password)
        address = pyotp.TOTP(staff.totp_secret).provisioning_uri(
            name=staff.email, issuer_name="Compagnie"
        )
    out.print(f"Mot de passe : {password}\nCode à usage unique : {address}", highlight=False)


if __name__ == "__main__":
    main()
