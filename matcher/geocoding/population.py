"""Reader of the census: older people who live alone. It writes nothing."""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from matcher.domain.errors import ImportRefused
from matcher.geocoding.imports import IRIS, RefusedLine

_ALONE = re.compile("P[0-9]{2}_POP(5579|5564|6579|80P)_PSEUL")


@dataclass(frozen=True, slots=True)
class Alone:
    """How many people aged 55 and more, and 80 and more, live alone in an IRIS: estimates."""

    iris: str
    aged_55: float
    aged_80: float


def read_population(path: Path) -> Iterator[Alone | RefusedLine]:
    """People living alone by IRIS, one by one.

    From a csv with the columns `IRIS`, `elderly_55_plus_alone` and `elderly_80_plus_alone`, or
    from INSEE's base of couples, families and households (`P22_POP5579_PSEUL`,
    `P22_POP80P_PSEUL`; csv, or the zip it comes in).

    Raises:
        ImportRefused: the file as a whole is neither of the two.
    """
    try:
        with _table(path) as lines:
            first = lines.readline()
            names = next(csv.reader([first], delimiter=_delimiter(first)), [])
            alone_55, alone_80 = _alone_columns(names)
            reader = csv.DictReader(lines, fieldnames=names, delimiter=_delimiter(first))
            seen: set[str] = set()
            for row in reader:
                yield _alone(row, reader.line_num + 1, alone_55, alone_80, seen)
    except UnicodeDecodeError as error:
        raise ImportRefused("Le fichier n'est pas en UTF-8.") from error
    except (zipfile.BadZipFile, zlib.error) as error:
        raise ImportRefused("L'archive est abîmée ou incomplète.") from error
    except csv.Error as error:
        raise ImportRefused(f"Le fichier n'est pas un tableau csv : {error}.") from error


@contextmanager
def _table(path: Path) -> Iterator[TextIO]:
    """The csv, on its own or in a zip beside a list of its variables."""
    if path.suffix.lower() != ".zip":
        with path.open(encoding="utf-8-sig", newline="") as lines:
            yield lines
        return
    with zipfile.ZipFile(path) as archive:
        names = [
            name
            for name in archive.namelist()
            if name.lower().endswith(".csv") and not Path(name).name.lower().startswith("meta")
        ]
        if len(names) != 1:
            raise ImportRefused("L'archive doit contenir un seul tableau csv.")
        with archive.open(names[0]) as packed:
            yield io.TextIOWrapper(packed, encoding="utf-8-sig", newline="")


def _delimiter(first: str) -> str:
    return ";" if first.count(";") > first.count(",") else ","


def _alone_columns(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The columns to add up for 55 and more, and for 80 and more."""
    if {"IRIS", "elderly_55_plus_alone", "elderly_80_plus_alone"} <= set(names):
        return ["elderly_55_plus_alone"], ["elderly_80_plus_alone"]
    alone = [name for name in names if _ALONE.fullmatch(name)]
    oldest = [name for name in alone if "80P" in name]
    if "IRIS" not in names or len(oldest) != 1 or len(alone) < 2:
        raise ImportRefused(
            "Il manque les colonnes IRIS, elderly_55_plus_alone et elderly_80_plus_alone"
            " (ou celles de l'INSEE : P.._POP5579_PSEUL et P.._POP80P_PSEUL)."
        )
    return alone, oldest


def _alone(
    row: dict[str, str | None],
    line: int,
    alone_55: list[str],
    alone_80: list[str],
    seen: set[str],
) -> Alone | RefusedLine:
    iris = (row["IRIS"] or "").strip()
    if IRIS.fullmatch(iris) is None:
        return RefusedLine(line, f"IRIS « {iris} » illisible")
    if iris in seen:
        return RefusedLine(line, f"IRIS {iris} déjà lu")
    seen.add(iris)
    try:
        aged_55 = sum(float(row[name] or "") for name in alone_55)
        aged_80 = sum(float(row[name] or "") for name in alone_80)
    except ValueError:
        return RefusedLine(line, "nombre illisible")
    if not 0 <= aged_80 <= aged_55 < math.inf:
        return RefusedLine(line, f"nombres impossibles : {aged_80:g} de {aged_55:g}")
    return Alone(iris, aged_55, aged_80)
