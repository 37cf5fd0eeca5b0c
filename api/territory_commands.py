"""Commands about the territory: official files fetched, and taken whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)

from api import fetch
from api.commands import complain, out, service
from matcher.services import directory, places, population
from matcher.settings import Settings

importing = typer.Typer(no_args_is_help=True, help="Import official files, whole or not at all.")

SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Leave bad lines out and go on.")]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]


@importing.command("addresses")
def import_addresses(file: File, skip_bad: SkipBad = False) -> None:
    """Replace the addresses by those of a BAN file (csv, csv.gz)."""
    with service() as (runtime, _), _progress("adresses") as progress:
        count = places.import_addresses(runtime.engine, file, skip_bad=skip_bad, progress=progress)
    out.print(f"{count} adresses importées.", highlight=False)


@importing.command("zones")
def import_zones(file: File, skip_bad: SkipBad = False) -> None:
    """Add or update zones from a GeoJSON file."""
    with service() as (runtime, _), _progress("zones") as progress:
        count = places.import_zones(runtime.engine, file, skip_bad=skip_bad, progress=progress)
    out.print(f"{count} zones importées.", highlight=False)


@importing.command("population")
def import_population(file: File, skip_bad: SkipBad = False) -> None:
    """Replace the census of people living alone, by IRIS (csv, or Insee's zip)."""
    with service() as (runtime, _), _progress("IRIS") as progress:
        count = population.import_population(
            runtime.engine, file, skip_bad=skip_bad, progress=progress
        )
    out.print(f"{count} IRIS importés.", highlight=False)


@importing.command("places")
def import_places(file: File, skip_bad: SkipBad = False) -> None:
    """Add or update places of the directory (csv, GeoJSON of OpenStreetMap or acceslibre)."""
    with service() as (runtime, _), _progress("lieux") as progress:
        count = directory.import_places(runtime, file, skip_bad=skip_bad, progress=progress)
    out.print(f"{count} lieux importés.", highlight=False)


def fetch_data(
    to: Annotated[Path | None, typer.Option(help="Where to; the data folder otherwise.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only this one; may be repeated.")] = None,
    sources: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Another list of files.")
    ] = None,
) -> None:
    """Download the official open data, with its checks; run again to go on after a failure."""
    folder = to or Settings().data_dir / "open-data"
    wanted = fetch.choose(fetch.list_sources(sources), only or [])
    bar = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    failed = False
    for source in wanted:
        try:
            with Progress(*bar, console=Console(stderr=True), transient=True) as shown:
                file = fetch.fetch(source, folder, _bytes(shown, source.name))
        except fetch.FetchFailed as error:
            complain(str(error))
            failed = True
        else:
            out.print(f"{source.title}\n  compagnie import {source.import_as} {file}")
    if failed:
        sys.exit(1)


def _bytes(shown: Progress, what: str) -> fetch.Progress:
    task = shown.add_task(what, total=None)
    return lambda done, total: shown.update(task, completed=done, total=total)


@contextmanager
def _progress(what: str) -> Iterator[places.Progress]:
    columns = (SpinnerColumn(), TextColumn(what), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda count: bar.advance(task, count)
