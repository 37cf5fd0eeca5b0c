"""Older people who live alone, by zone: whom the service is for, and where they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, delete
from sqlmodel import Session, select

from matcher.domain.errors import ImportRefused
from matcher.geocoding.imports import RefusedLine
from matcher.geocoding.population import read_population
from matcher.services.places import Progress, good_lines, report_of, tell_left_out
from matcher.services.work import Work
from matcher.store.tables import PopulationRow, ZoneRow


@dataclass(frozen=True, slots=True)
class LivingAlone:
    """How many people live alone, rounded: aged 55 and more, of whom 80 and more."""

    aged_55: int
    aged_80: int


def import_population(engine: Engine, path: Path, *, skip_bad: bool, progress: Progress) -> int:
    """Replace the census by that of a file, all of it or none; how many IRIS.

    A file may cover the whole country: of it, the municipalities of the zones are kept.

    Raises:
        ImportRefused: lines are bad and `skip_bad` is off, or none is good.
    """
    refused: list[RefusedLine] = []
    with Session(engine) as session, session.begin():
        towns = {code[:5] for code in session.exec(select(ZoneRow.code))}
        rows = [
            PopulationRow(iris=one.iris, alone_55=one.aged_55, alone_80=one.aged_80)
            for one in good_lines(read_population(path), refused, progress)
            if one.iris[:5] in towns
        ]
        if (refused and not skip_bad) or not rows:
            raise ImportRefused(report_of(refused) or "Le fichier ne contient aucun IRIS d'ici.")
        tell_left_out(refused)
        session.execute(delete(PopulationRow))
        session.add_all(rows)
    return len(rows)


def count_alone(work: Work, codes: Sequence[str]) -> dict[str, LivingAlone]:
    """People living alone in each of these zones; a zone the census does not cover is left out.

    The code of an IRIS begins with its arrondissement's or municipality's, then the number of
    its quartier: the zones' own codes, but for the hyphen.
    """
    wanted = {code.replace("-", ""): code for code in codes}
    sums: dict[str, tuple[float, float]] = {}
    for iris, alone_55, alone_80 in work.session.exec(
        select(PopulationRow.iris, PopulationRow.alone_55, PopulationRow.alone_80)
    ):
        for prefix in (iris[:5], iris[:7]):
            code = wanted.get(prefix)
            if code is not None:
                aged_55, aged_80 = sums.get(code, (0.0, 0.0))
                sums[code] = aged_55 + alone_55, aged_80 + alone_80
    return {code: LivingAlone(round(a), round(b)) for code, (a, b) in sums.items()}
