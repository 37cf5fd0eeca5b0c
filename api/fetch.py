"""Bringing the official open data to this machine: resumed when cut short, checked when there."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Literal

import httpx2
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError

TIMEOUT_S = 30.0
"""How long a server may stay silent."""

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")

Progress = Callable[[int, int | None], None]
"""Told how many bytes are there, and of how many when the server says so."""


class FetchFailed(Exception):
    """What went wrong, in one clear line."""


class Source(BaseModel):
    """One file of official open data, and what it must look like."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    file: str = Field(pattern=r"^[\w.-]+$")
    url: HttpUrl
    title: str
    kind: Literal["csv", "geojson", "zip"]
    import_as: str = Field(alias="import")
    columns: tuple[str, ...] = ()
    least_mb: float = 0.0
    least: int = 1
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")


class _Sources(BaseModel):
    model_config = ConfigDict(extra="forbid")

    source: tuple[Source, ...]


def list_sources(path: Path | None = None) -> Sequence[Source]:
    """The files to bring, those of Paris unless another list is named.

    Raises:
        FetchFailed: the list cannot be read.
    """
    try:
        if path is None:
            text = resources.files("api").joinpath("fetch_sources.toml").read_text("utf-8")
        else:
            text = path.read_text("utf-8")
        return _Sources.model_validate(tomllib.loads(text)).source
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FetchFailed(f"{path} : ce n'est pas une liste de sources : {error}.") from error
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise FetchFailed(f"{path} : {where} : {fault['msg']}") from error


def choose(sources: Sequence[Source], only: Sequence[str]) -> Sequence[Source]:
    """Those named, or all when none is.

    Raises:
        FetchFailed: there is none of that name.
    """
    unknown = [name for name in only if name not in {source.name for source in sources}]
    if unknown:
        known = ", ".join(source.name for source in sources)
        raise FetchFailed(f"{unknown[0]} : inconnu ; il y a {known}.")
    return [source for source in sources if not only or source.name in only]


def fetch(source: Source, folder: Path, progress: Progress) -> Path:
    """Bring one file into `folder` and check it; the file.

    A transfer that was cut short goes on where it stopped, as long as the server still has the
    same version. Only a file that passed every check gets its name; one that was there stays
    until then.

    Raises:
        FetchFailed: out of reach, refused, cut short, or not the file that was expected.
    """
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{source.file}.part"
    version = folder / f"{source.file}.version"
    try:
        with httpx2.Client(timeout=TIMEOUT_S, follow_redirects=True) as client:
            _transfer(client, source, part, version, progress)
    except httpx2.HTTPStatusError as error:
        raise FetchFailed(
            f"{source.name} : le serveur répond {error.response.status_code} ({source.url})."
        ) from error
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
        raise FetchFailed(f"{source.name} : le serveur ne répond pas ({source.url}).") from error
    except httpx2.HTTPError as error:
        raise FetchFailed(
            f"{source.name} : transfert interrompu ({type(error).__name__}) ;"
            " relancez, il reprendra où il en est."
        ) from error
    try:
        _check(source, part)
    except FetchFailed:
        _forget(part, version)
        raise
    version.unlink(missing_ok=True)
    return part.replace(folder / source.file)


def _transfer(
    client: httpx2.Client, source: Source, part: Path, version: Path, progress: Progress
) -> None:
    """Bytes from the server to `part`, after those that are there if it is the same version."""
    have = part.stat().st_size if part.exists() and version.exists() else 0
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": version.read_text("utf-8")}
    with client.stream("GET", str(source.url), headers=headers) as answer:
        if answer.status_code == httpx2.codes.RANGE_NOT_SATISFIABLE:
            # The whole of it is there already, or it changed: from the start, to be sure.
            _forget(part, version)
            _transfer(client, source, part, version, progress)
            return
        answer.raise_for_status()
        start, total = _place(answer, have)
        _remember(answer, version)
        with part.open("r+b" if start else "wb") as file:
            file.seek(start)
            for chunk in answer.iter_raw():
                file.write(chunk)
                progress(file.tell(), total)
            file.truncate()
            size = file.tell()
    if total is not None and size != total:
        raise httpx2.RemoteProtocolError(f"{size} bytes of {total}")


def _place(answer: httpx2.Response, have: int) -> tuple[int, int | None]:
    """Where in the file this answer begins, and how long the whole file is."""
    if answer.status_code != httpx2.codes.PARTIAL_CONTENT:
        length = answer.headers.get("Content-Length")
        return 0, None if length is None else int(length)
    found = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if found is None or int(found[1]) != have:
        raise httpx2.RemoteProtocolError("a range that was not asked for")
    return have, None if found[2] == "*" else int(found[2])


def _remember(answer: httpx2.Response, version: Path) -> None:
    """What names this version of the file; without it a transfer starts again from nothing."""
    tag = answer.headers.get("ETag", "")
    name = answer.headers.get("Last-Modified", "") if not tag or tag.startswith("W/") else tag
    if name:
        version.write_text(name, "utf-8")
    else:
        version.unlink(missing_ok=True)


def _forget(part: Path, version: Path) -> None:
    part.unlink(missing_ok=True)
    version.unlink(missing_ok=True)


def _check(source: Source, path: Path) -> None:
    """Size, sum and shape: an error page never passes for data."""
    size = path.stat().st_size
    if size < source.least_mb * 1e6:
        raise FetchFailed(f"{source.name} : {size} octets, bien moins qu'attendu : refusé.")
    if source.sha256 is not None and _sha256(path) != source.sha256:
        raise FetchFailed(f"{source.name} : la somme de contrôle ne correspond pas : refusé.")
    try:
        fault = {"csv": _csv_fault, "geojson": _geojson_fault, "zip": _zip_fault}[source.kind](
            source, path
        )
    except (gzip.BadGzipFile, zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise FetchFailed(f"{source.name} : archive abîmée : refusé.") from error
    except (UnicodeDecodeError, json.JSONDecodeError, csv.Error) as error:
        raise FetchFailed(f"{source.name} : ce n'est pas du {source.kind} : refusé.") from error
    if fault is not None:
        raise FetchFailed(f"{source.name} : {fault} : refusé.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _csv_fault(source: Source, path: Path) -> str | None:
    packed = gzip.open if source.file.endswith(".gz") else open
    with packed(path, "rt", encoding="utf-8-sig", newline="") as lines:
        first = lines.readline()
        delimiter = ";" if first.count(";") > first.count(",") else ","
        names = next(csv.reader([first], delimiter=delimiter), [])
        missing = [name for name in source.columns if name not in names]
        if missing:
            return f"il manque les colonnes {', '.join(missing)}"
        count = sum(1 for _ in lines)
    return None if count >= source.least else f"{count} lignes, il en faut {source.least}"


def _geojson_fault(source: Source, path: Path) -> str | None:
    data = json.loads(path.read_text("utf-8-sig"))
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(features, list):
        return "ce n'est pas une collection GeoJSON"
    if len(features) < source.least:
        return f"{len(features)} zones, il en faut {source.least}"
    return None


def _zip_fault(_: Source, path: Path) -> str | None:
    with zipfile.ZipFile(path) as archive:
        spoilt = archive.testzip()
    return None if spoilt is None else f"{spoilt} est abîmé dans l'archive"
