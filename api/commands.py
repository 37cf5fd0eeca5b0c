"""What every command shares: the service it works on, and how it speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console

from api.app import make_runtime
from matcher.services.work import Runtime
from matcher.settings import Settings
from matcher.store.engine import Database, as_root, open_database

out = Console(soft_wrap=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def complain(text: str) -> None:
    """One clear line for a person, apart from what a program reads."""
    typer.echo(text, err=True)


@contextmanager
def service(settings: Settings | None = None) -> Iterator[tuple[Runtime, Database]]:
    """The service over its database, both put away afterwards."""
    settings = settings or Settings()
    say_root(settings)
    database = open_database(settings)
    try:
        runtime = make_runtime(settings, database)
        try:
            yield runtime, database
        finally:
            runtime.engine.dispose()
    finally:
        database.stop()


def say_root(settings: Settings) -> None:
    """What running as root does to the folders around the private database."""
    if as_root() and settings.database_url is None:
        complain(
            "Running as root: PostgreSQL runs as a system user, and the folders above its data "
            f"({settings.data_dir}) and binaries are opened to be passed through."
        )


def print_answer(answer: dict[str, object], as_json: bool) -> None:
    """One answer, as JSON or for people."""
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        out.print(", ".join(f"{key} : {value}" for key, value in answer.items()), highlight=False)
