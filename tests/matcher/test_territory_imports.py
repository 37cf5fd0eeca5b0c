"""Importing zones and the census: what refers to them stays, and is looked up again."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel, col, select

from matcher.domain.errors import ImportRefused
from matcher.domain.geo import Point
from matcher.geocoding.imports import RefusedLine
from matcher.geocoding.population import Alone, read_population
from matcher.services.places import CHANNEL, import_zones, load_atlas
from matcher.services.population import LivingAlone, count_alone, import_population
from matcher.services.work import Runtime
from matcher.store.engine import Database
from matcher.store.tables import MissionRow, PlaceRow, SeniorRow, VolunteerRow, ZoneRow
from matcher.store.transitions import SYSTEM
from tests.people import FAUBOURG, NEARBY, add_mission, add_senior, add_volunteer

SHARED = Path(__file__).parents[3] / "shared" / "data"
official = pytest.mark.skipif(not SHARED.is_dir(), reason="the official files are not here")

HOME = Point(float(str(FAUBOURG["lat"])), float(str(FAUBOURG["lon"])))
HEADER = "IRIS,elderly_55_plus_alone,elderly_80_plus_alone"


def quiet(count: int) -> None:
    pass


def zone_file(folder: Path, *zones: tuple[str, str, float, float]) -> Path:
    """Zones as boxes from a west to an east, over the whole height of Paris."""
    features = []
    for code, name, west, east in zones:
        corners = [(west, 48.8), (east, 48.8), (east, 48.92), (west, 48.92), (west, 48.8)]
        geometry = {"type": "Polygon", "coordinates": [corners]}
        features.append({"properties": {"code": code, "name": name}, "geometry": geometry})
    path = folder / "zones.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_official_zones_take_the_place_of_all_the_approximate_ones(
    runtime: Runtime, tmp_path: Path
) -> None:
    assert len(load_atlas(runtime.engine).territory.list_zones()) == 20
    path = zone_file(tmp_path, ("75108", "Paris 8e", 2.30, 2.33))
    assert import_zones(runtime.engine, path, skip_bad=False, progress=quiet) == 1
    territory = load_atlas(runtime.engine).territory
    assert [(zone.code, zone.name) for zone in territory.list_zones()] == [("75108", "Paris 8e")]
    assert territory.find_zone(Point(48.8462, 2.3460)) is None


def test_quartiers_are_what_is_looked_up_once_they_are_there(
    runtime: Runtime, tmp_path: Path
) -> None:
    path = zone_file(
        tmp_path, ("75108", "Paris 8e", 2.30, 2.33), ("75108-31", "Madeleine", 2.30, 2.33)
    )
    import_zones(runtime.engine, path, skip_bad=False, progress=quiet)
    found = load_atlas(runtime.engine).territory.find_zone(HOME)
    assert found is not None
    assert found.name == "Madeleine"


def test_an_arrondissement_without_quartiers_of_its_own_stays(
    runtime: Runtime, tmp_path: Path
) -> None:
    path = zone_file(
        tmp_path,
        ("75108", "Paris 8e", 2.30, 2.33),
        ("75109", "Paris 9e", 2.33, 2.36),
        ("75108-31", "Madeleine", 2.30, 2.33),
    )
    import_zones(runtime.engine, path, skip_bad=False, progress=quiet)
    territory = load_atlas(runtime.engine).territory
    assert [zone.code for zone in territory.list_zones()] == ["75108-31", "75109"]


def test_whatever_refers_to_a_zone_stays_and_is_put_into_its_zone_of_today(
    runtime: Runtime, tmp_path: Path
) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, "+33639980001", zone_code="75108")
        away = add_volunteer(work, "+33639980002", lat=48.85, lon=2.45, zone_code="75120")
        senior = add_senior(work, zone_code="75108", home=FAUBOURG)
        mission = add_mission(work, senior, zone_code="75108")
        place = PlaceRow(
            id=work.new_id(), source_ref="x", name="Café", category="club", description="Café.",
            address="", lat=NEARBY[0], lon=NEARBY[1], zone_code="75108",
        )  # fmt: skip
        work.session.add(place)
    path = zone_file(
        tmp_path, ("75108-30", "Roule", 2.29, 2.315), ("75108-31", "Madeleine", 2.315, 2.34)
    )
    import_zones(runtime.engine, path, skip_bad=False, progress=quiet)
    with runtime.begin(SYSTEM) as work:
        get = work.session.get_one
        assert get(VolunteerRow, volunteer.id).zone_code == "75108-30"
        assert get(VolunteerRow, away.id).zone_code is None
        assert get(PlaceRow, place.id).zone_code == "75108-30"
        assert get(SeniorRow, senior.id).zone_code == "75108-31"
        assert get(MissionRow, mission.id).zone_code == "75108-31"
        assert get(MissionRow, mission.id).meeting == FAUBOURG


def test_importing_again_updates_names_and_borders_and_removes_nothing(
    runtime: Runtime, tmp_path: Path
) -> None:
    first = zone_file(tmp_path, ("75108-30", "Roule", 2.29, 2.315), ("75108-31", "M", 2.315, 2.34))
    import_zones(runtime.engine, first, skip_bad=False, progress=quiet)
    second = zone_file(tmp_path, ("75108-31", "Madeleine", 2.315, 2.33))
    import_zones(runtime.engine, second, skip_bad=False, progress=quiet)
    zones = {zone.code: zone for zone in load_atlas(runtime.engine).territory.list_zones()}
    assert {code: zone.name for code, zone in zones.items()} == {
        "75108-30": "Roule",
        "75108-31": "Madeleine",
    }
    assert zones["75108-31"].polygon.bounds[2] == pytest.approx(2.33)


def test_a_file_with_bad_zones_changes_nothing_unless_they_may_be_skipped(
    runtime: Runtime, tmp_path: Path
) -> None:
    path = zone_file(tmp_path, ("75108", "Paris 8e", 2.30, 2.33), ("", "Sans code", 2.4, 2.5))
    with pytest.raises(ImportRefused, match="ligne 2 : ni arrondissement"):
        import_zones(runtime.engine, path, skip_bad=False, progress=quiet)
    with runtime.begin(SYSTEM) as work:
        official = select(ZoneRow).where(~col(ZoneRow.approximate))
        assert work.session.exec(official).all() == []
    assert import_zones(runtime.engine, path, skip_bad=True, progress=quiet) == 1


ROULE_AND_MADELEINE = (("75108-30", "Roule", 2.29, 2.315), ("75108-31", "Madeleine", 2.315, 2.34))
MOVED = (("75108-30", "Le Roule", 2.315, 2.34), ("75108-31", "La Madeleine", 2.29, 2.315))


@pytest.fixture
def settled(runtime: Runtime, tmp_path: Path) -> Runtime:
    """Two quartiers with somebody and something in each, all of which `MOVED` would move."""
    path = zone_file(tmp_path, *ROULE_AND_MADELEINE)
    import_zones(runtime.engine, path, skip_bad=False, progress=quiet)
    with runtime.begin(SYSTEM) as work:
        add_volunteer(work, "+33639980001", zone_code="75108-30")
        senior = add_senior(work, zone_code="75108-31", home=FAUBOURG)
        add_mission(work, senior, zone_code="75108-31")
        work.session.add(
            PlaceRow(
                id=work.new_id(), source_ref="x", name="Café", category="club",
                description="Café.", address="", lat=NEARBY[0], lon=NEARBY[1],
                zone_code="75108-30",
            )
        )  # fmt: skip
    return runtime


@pytest.fixture
def announced(database: Database) -> Iterator[Callable[[], int]]:
    """How often running servers have been told to load the territory again."""
    with psycopg.connect(database.conninfo, autocommit=True) as listening:
        listening.execute(f"LISTEN {CHANNEL}")
        yield lambda: len(list(listening.notifies(timeout=0)))


def everything(runtime: Runtime) -> list[str]:
    """Every zone, and all that lies in one, as the store has it."""
    tables: tuple[type[SQLModel], ...] = (ZoneRow, VolunteerRow, SeniorRow, MissionRow, PlaceRow)
    with runtime.begin(SYSTEM) as work:
        return [
            repr(row.model_dump())
            for table in tables
            for row in sorted(work.session.exec(select(table)), key=repr)
        ]


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (
            {
                "type": "Polygon",
                "coordinates": [
                    [(2.34, 48.8), (2.36, 48.9), (2.36, 48.8), (2.34, 48.9), (2.34, 48.8)]
                ],
            },
            "polygone invalide",
        ),
        ({"type": "Polygon", "coordinates": [[(2.34, 48.8), (2.36, 48.9)]]}, "géométrie illisible"),
        ({"type": "Polygon", "coordinates": []}, "pas un polygone"),
        ({"type": "LineString", "coordinates": [(2.34, 48.8), (2.36, 48.9)]}, "pas un polygone"),
        (None, "géométrie illisible"),
    ],
)
def test_a_bad_polygon_in_the_middle_of_a_file_leaves_everything_as_it_was(
    settled: Runtime,
    announced: Callable[[], int],
    tmp_path: Path,
    geometry: dict[str, object] | None,
    reason: str,
) -> None:
    before = everything(settled)
    path = zone_file(tmp_path, *MOVED)
    file = json.loads(path.read_text())
    middle = {"properties": {"code": "75109-33", "name": "Saint-Georges"}, "geometry": geometry}
    file["features"].insert(1, middle)
    path.write_text(json.dumps(file))
    with pytest.raises(ImportRefused, match=f"^ligne 2 : .*{reason}"):
        import_zones(settled.engine, path, skip_bad=False, progress=quiet)
    assert everything(settled) == before
    assert announced() == 0


@pytest.mark.parametrize(
    "failure",
    ["RAISE EXCEPTION 'no'", "PERFORM pg_terminate_backend(pg_backend_pid())"],
    ids=["refused", "cut off"],
)
def test_an_import_that_fails_near_its_end_leaves_everything_as_it_was(
    settled: Runtime, announced: Callable[[], int], tmp_path: Path, failure: str
) -> None:
    before = everything(settled)
    with settled.begin(SYSTEM) as work:
        work.connection.execute(
            text(
                "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN {failure}; RETURN NEW; END $$;"
                "CREATE TRIGGER fail BEFORE UPDATE ON mission"
                " FOR EACH ROW EXECUTE FUNCTION fail()"
            )
        )
    path = zone_file(tmp_path, *MOVED)
    with pytest.raises(DBAPIError):
        import_zones(settled.engine, path, skip_bad=False, progress=quiet)
    assert everything(settled) == before
    assert announced() == 0
    with settled.begin(SYSTEM) as work:
        work.connection.execute(text("DROP TRIGGER fail ON mission"))
    import_zones(settled.engine, path, skip_bad=False, progress=quiet)
    assert len(set(everything(settled)) - set(before)) == 6
    assert announced() == 1


def census(folder: Path, *lines: str, header: str = HEADER, name: str = "iris.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def test_people_alone_are_read_by_iris_and_bad_lines_named(tmp_path: Path) -> None:
    path = census(
        tmp_path,
        "751010101,135.5,18.5",
        "7510101,1,1",
        "751010102,,3",
        "751010103,2,3",
        "751010104,nan,3",
        "751010101,1,1",
        "2A0040101,3,0",
    )
    assert list(read_population(path)) == [
        Alone("751010101", 135.5, 18.5),
        RefusedLine(3, "IRIS « 7510101 » illisible"),
        RefusedLine(4, "nombre illisible"),
        RefusedLine(5, "nombres impossibles : 3 de 2"),
        RefusedLine(6, "nombres impossibles : 3 de nan"),
        RefusedLine(7, "IRIS 751010101 déjà lu"),
        Alone("2A0040101", 3.0, 0.0),
    ]


def insee_zip(folder: Path) -> Path:
    path = folder / "base.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("meta_base.CSV", "COD_VAR;LIB_VAR\n")
        archive.writestr(
            "base.CSV",
            "IRIS;COM;P22_POP2554_PSEUL;P22_POP5579_PSEUL;P22_POP80P_PSEUL\n"
            "751010101;75101;50;100.5;20\n",
        )
    return path


def test_insees_own_archive_is_read_as_it_comes(tmp_path: Path) -> None:
    assert list(read_population(insee_zip(tmp_path))) == [Alone("751010101", 120.5, 20.0)]


def test_what_is_no_census_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="elderly_55_plus_alone"):
        list(read_population(census(tmp_path, header="IRIS,total")))
    (tmp_path / "faux.zip").write_bytes(b"not an archive")
    with pytest.raises(ImportRefused, match="abîmée"):
        list(read_population(tmp_path / "faux.zip"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("lisez-moi.txt", "rien")
    (tmp_path / "vide.zip").write_bytes(packed.getvalue())
    with pytest.raises(ImportRefused, match="un seul tableau"):
        list(read_population(tmp_path / "vide.zip"))


def test_people_alone_are_added_up_over_quartiers_and_arrondissements(
    runtime: Runtime, tmp_path: Path
) -> None:
    path = census(
        tmp_path, "751083101,10.4,2", "751083102,20.4,3", "751083001,5,1", "690010101,9,9"
    )
    assert import_population(runtime.engine, path, skip_bad=False, progress=quiet) == 3
    with runtime.begin(SYSTEM) as work:
        assert count_alone(work, ["75108", "75108-31", "75111", "69001"]) == {
            "75108": LivingAlone(36, 6),
            "75108-31": LivingAlone(31, 5),
        }


def test_a_census_takes_the_place_of_the_one_before_whole_or_not_at_all(
    runtime: Runtime, tmp_path: Path
) -> None:
    first = census(tmp_path, "751083101,10,2", "751083001,5,1")
    import_population(runtime.engine, first, skip_bad=False, progress=quiet)
    bad = census(tmp_path, "751083101,30,2", "751083002,x,1")
    with pytest.raises(ImportRefused, match="ligne 3 : nombre illisible"):
        import_population(runtime.engine, bad, skip_bad=False, progress=quiet)
    with runtime.begin(SYSTEM) as work:
        assert count_alone(work, ["75108"]) == {"75108": LivingAlone(15, 3)}
    import_population(runtime.engine, bad, skip_bad=True, progress=quiet)
    with runtime.begin(SYSTEM) as work:
        assert count_alone(work, ["75108"]) == {"75108": LivingAlone(30, 2)}
    elsewhere = census(tmp_path, "690010101,9,9")
    with pytest.raises(ImportRefused, match="aucun IRIS d'ici"):
        import_population(runtime.engine, elsewhere, skip_bad=False, progress=quiet)


@official
def test_the_official_files_give_every_quartier_its_people_alone(runtime: Runtime) -> None:
    for name in ("arrondissements.geojson", "quartier_paris.geojson"):
        import_zones(runtime.engine, SHARED / name, skip_bad=False, progress=quiet)
    path = SHARED / "paris_iris_elderly_pct.csv"
    assert import_population(runtime.engine, path, skip_bad=False, progress=quiet) == 992
    territory = load_atlas(runtime.engine).territory
    assert len(territory.list_zones()) == 80
    with runtime.begin(SYSTEM) as work:
        alone = count_alone(work, [zone.code for zone in territory.list_zones()])
    assert len(alone) == 80
    assert sum(one.aged_55 for one in alone.values()) == pytest.approx(237_027, abs=80)
    assert sum(one.aged_80 for one in alone.values()) == pytest.approx(55_083, abs=80)
