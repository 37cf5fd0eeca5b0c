"""The directory in the store: imported whole or not at all, updated, found near a point."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from matcher.domain.errors import ImportRefused
from matcher.domain.geo import SENIOR_KMH, VOLUNTEER_KMH, Point
from matcher.domain.hours import OpenState
from matcher.services.directory import Mark, find_nearest, import_places, list_near
from matcher.services.work import Runtime
from matcher.store.tables import PlaceRow
from matcher.store.transitions import SYSTEM
from tests.people import NEARBY

HERE = Point(*NEARBY)
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""Eleven o'clock in Paris."""

HEADER = "source_ref;name;category;description;lat;lon;hours;valid_until"
OPEN, SHUT = "Mo-Fr 09:00-17:00", "Mo-Fr 14:00-17:00"


def quiet(count: int) -> None:
    pass


def line(name: str, north: float, hours: str = OPEN, **fields: str) -> str:
    """A place so many thousandths of a degree north of `HERE`, in the eighth arrondissement."""
    category, until = fields.get("category", "club"), fields.get("until", "")
    lat = fields.get("lat", f"{HERE.lat + north / 1000:.6f}")
    return f"ref-{name};{name};{category};Un lieu.;{lat};{HERE.lon};{hours};{until}"


def bring(runtime: Runtime, folder: Path, *lines: str, skip_bad: bool = False) -> int:
    path = folder / "lieux.csv"
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    return import_places(runtime, path, skip_bad=skip_bad, progress=quiet)


def rows(runtime: Runtime) -> dict[str, PlaceRow]:
    with runtime.begin(SYSTEM) as work:
        return {row.source_ref: row for row in work.session.exec(select(PlaceRow))}


def names(runtime: Runtime, at: datetime = TUESDAY, category: str | None = None) -> list[str]:
    with runtime.begin(SYSTEM) as work:
        return [near.place.name for near in find_nearest(work, HERE, at, category)]


def test_places_are_kept_with_their_zone(runtime: Runtime, tmp_path: Path) -> None:
    assert bring(runtime, tmp_path, line("Club", 1)) == 1
    row = rows(runtime)["ref-Club"]
    assert (row.name, row.hours, row.zone_code) == ("Club", OPEN, "75108")


def test_importing_again_updates_what_is_there_under_the_same_id(
    runtime: Runtime, tmp_path: Path
) -> None:
    bring(runtime, tmp_path, line("Club", 1), line("Café", 2))
    before = rows(runtime)
    assert bring(runtime, tmp_path, line("Club", 1, SHUT), line("Chorale", 3)) == 2
    after = rows(runtime)
    assert after.keys() == {"ref-Club", "ref-Café", "ref-Chorale"}
    assert after["ref-Club"].id == before["ref-Club"].id
    assert after["ref-Club"].hours == SHUT


def test_one_bad_line_keeps_everything_out_unless_it_may_be_skipped(
    runtime: Runtime, tmp_path: Path
) -> None:
    lines = [line("Club", 1), line("Loin", 1, lat="45.76"), line(" ", 1)]
    with pytest.raises(ImportRefused) as refused:
        bring(runtime, tmp_path, *lines)
    assert str(refused.value) == ("ligne 3 : hors du territoire\nligne 4 : manque : name")
    assert rows(runtime) == {}
    assert bring(runtime, tmp_path, *lines, skip_bad=True) == 1
    with pytest.raises(ImportRefused, match="ne contient aucun lieu"):
        bring(runtime, tmp_path)


def test_hours_nobody_can_read_are_left_unknown_and_told_without_skipping(
    runtime: Runtime, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bring(runtime, tmp_path, line("Club", 1))
    assert bring(runtime, tmp_path, line("Club", 1, "14 h")) == 1
    assert rows(runtime)["ref-Club"].hours == ""
    told = "ligne 2 : lieu ref-Club, horaires « 14 h » refusés : notation inconnue"
    assert f"Champs illisibles, laissés inconnus :\n{told}" in caplog.text


def test_the_nearest_open_places_are_found_at_a_seniors_pace(
    runtime: Runtime, tmp_path: Path
) -> None:
    bring(
        runtime,
        tmp_path,
        line("Loin", 6),
        line("Fermé", 1, SHUT),
        line("Près", 2),
        line("Fini", 1, until="2026-11-23"),
        line("Repas", 4, category="repas"),
        line("Inconnu", 1, ""),
    )
    assert names(runtime) == ["Près", "Repas", "Loin"]
    assert names(runtime, category="repas") == ["Repas"]
    assert names(runtime, TUESDAY + timedelta(hours=4)) == ["Fermé", "Près", "Repas"]
    assert names(runtime, TUESDAY + timedelta(hours=9)) == ["Inconnu"]
    with runtime.begin(SYSTEM) as work:
        near = find_nearest(work, HERE, TUESDAY, limit=1)[0]
    territory = runtime.atlas.territory
    assert near.walk_s == territory.walking_time_s(HERE, near.place.point, SENIOR_KMH)


def test_pages_go_from_near_to_far_and_never_show_a_place_twice(
    runtime: Runtime, tmp_path: Path
) -> None:
    bring(runtime, tmp_path, *[line(f"Lieu {n}", n // 3) for n in range(10)])
    seen: list[str] = []
    after: Mark | None = None
    with runtime.begin(SYSTEM) as work:
        while page := list_near(work, HERE, TUESDAY, None, after, 4, accompanied=False):
            seen += [near.place.name for _, near in page]
            after = page[-1][0]
    assert seen == [f"Lieu {n}" for n in range(10)]


def test_closed_places_are_listed_too_and_said_to_be(runtime: Runtime, tmp_path: Path) -> None:
    bring(runtime, tmp_path, line("Fermé", 1, SHUT), line("Inconnu", 2, ""), line("Ouvert", 3))
    territory = runtime.atlas.territory
    for accompanied, pace_kmh in ((False, VOLUNTEER_KMH), (True, SENIOR_KMH)):
        with runtime.begin(SYSTEM) as work:
            page = list_near(work, HERE, TUESDAY, None, None, 9, accompanied=accompanied)
        assert [near.opening.state for _, near in page] == [
            OpenState.CLOSED,
            OpenState.UNKNOWN,
            OpenState.OPEN,
        ]
        for _, near in page:
            assert near.walk_s == territory.walking_time_s(HERE, near.place.point, pace_kmh)
