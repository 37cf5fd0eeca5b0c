"""`compagnie import` and `compagnie geocode`, through the command itself."""

from __future__ import annotations

import asyncio
import csv
import gzip
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import func, select

from api import cli
from matcher.domain.addresses import AddressFound
from matcher.geocoding.atlas import Atlas
from matcher.geocoding.traces import Why
from matcher.services.directory import import_places
from matcher.services.places import import_addresses, load_atlas, watch_atlas
from matcher.services.work import Runtime
from matcher.store.engine import Database
from matcher.store.tables import AddressRow, ZoneRow
from matcher.store.transitions import SYSTEM
from tests.conftest import INDEX_KEY, SECRET_KEYS

GOOD = [
    ("12", "", "Rue des Lilas Blancs", "75019", "2.39", "48.88"),
    ("14", "B", "Rue des Lilas Blancs", "75019", "2.391", "48.881"),
    ("3", "", "Place du Marché Neuf", "75011", "2.37", "48.86"),
]
BAD = [
    ("douze", "", "Rue des Lilas Blancs", "75019", "2.39", "48.88"),
    ("7", "", "", "75019", "2.39", "48.88"),
    ("8", "", "Rue des Lilas Blancs", "75019", "est", "48.88"),
]
PLACE = """source_ref;name;category;description;lat;lon
cafe-1;Café des Lilas Blancs;club;On y joue aux cartes.;48.8697;2.3221
"""
SQUARE = [[[2.3, 48.8], [2.4, 48.8], [2.4, 48.9], [2.3, 48.9], [2.3, 48.8]]]


@dataclass(frozen=True)
class Ran:
    """How the command ended and what it said."""

    code: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def compagnie(
    runtime: Runtime,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMPAGNIE_DATABASE_URL", database.url)
    monkeypatch.setenv("COMPAGNIE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COMPAGNIE_SECRET_KEYS", SECRET_KEYS)
    monkeypatch.setenv("COMPAGNIE_INDEX_KEY", INDEX_KEY)

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["compagnie", *arguments])
        try:
            cli.main()
            code = 0
        except SystemExit as left:
            code = int(left.code or 0)
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return run


def ban_file(folder: Path, rows: list[tuple[str, ...]], *, packed: bool = False) -> str:
    path = folder / ("adresses.csv.gz" if packed else "adresses.csv")
    opener = gzip.open if packed else open
    with opener(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(("numero", "rep", "nom_voie", "code_postal", "lon", "lat"))
        writer.writerows(rows)
    return str(path)


def zone_file(folder: Path, *features: dict[str, Any]) -> str:
    path = folder / "zones.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return str(path)


def zone(code: str, **geometry: Any) -> dict[str, Any]:
    shape = {"type": "Polygon", "coordinates": SQUARE} | geometry
    return {
        "type": "Feature",
        "properties": {"code": code, "name": f"Zone {code}"},
        "geometry": shape,
    }


def count(runtime: Runtime, table: type[AddressRow] | type[ZoneRow]) -> int:
    with runtime.begin(SYSTEM) as work:
        return work.session.exec(select(func.count()).select_from(table)).one()


@pytest.mark.parametrize("packed", [False, True])
def test_addresses_are_imported_and_found_at_once(
    compagnie: Command, runtime: Runtime, tmp_path: Path, packed: bool
) -> None:
    ran = compagnie("import", "addresses", ban_file(tmp_path, GOOD, packed=packed))
    assert (ran.code, count(runtime, AddressRow)) == (0, 3)
    assert "3 adresses importées." in ran.out
    found = compagnie("geocode", "quatorze bis rue des lilas blancs", "--json")
    assert json.loads(found.out) == {
        "number": 14,
        "rep": "bis",
        "street": "Rue des Lilas Blancs",
        "postcode": "75019",
        "lon": 2.391,
        "lat": 48.881,
        "confidence": "sure",
    }


def test_importing_again_replaces_and_repeats_nothing(
    compagnie: Command, runtime: Runtime, tmp_path: Path
) -> None:
    compagnie("import", "addresses", ban_file(tmp_path, [*GOOD, GOOD[0]]))
    assert count(runtime, AddressRow) == 3
    compagnie("import", "addresses", ban_file(tmp_path, GOOD[:1]))
    assert count(runtime, AddressRow) == 1


def test_refused_lines_are_named_and_nothing_is_imported(
    compagnie: Command, runtime: Runtime, tmp_path: Path
) -> None:
    compagnie("import", "addresses", ban_file(tmp_path, GOOD[:1]))
    ran = compagnie("import", "addresses", ban_file(tmp_path, [*GOOD, *BAD]))
    assert ran.code == 1
    for line, reason in ((5, "numéro « douze »"), (6, "nom de voie"), (7, "coordonnées")):
        assert f"ligne {line} : {reason}" in ran.err
    assert count(runtime, AddressRow) == 1


def test_skip_bad_goes_on_and_says_what_was_left_out(
    compagnie: Command, runtime: Runtime, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ran = compagnie("import", "addresses", ban_file(tmp_path, [*BAD, *GOOD]), "--skip-bad")
    assert (ran.code, count(runtime, AddressRow)) == (0, 3)
    assert "ligne 2 : numéro « douze »" in caplog.text


@pytest.mark.parametrize(
    ("what", "content", "left_out"),
    [
        ("places", f"{PLACE}cafe-2;;club;Un café.;48.87;2.32\n", "ligne 3 : manque : name"),
        (
            "population",
            "IRIS,elderly_55_plus_alone,elderly_80_plus_alone\n751083101,9,3\nici,1,1\n",
            "ligne 3 : IRIS « ici » illisible",
        ),
    ],
)
def test_skip_bad_says_which_places_and_iris_were_left_out(
    compagnie: Command,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    what: str,
    content: str,
    left_out: str,
) -> None:
    path = tmp_path / "fichier.csv"
    path.write_text(content, encoding="utf-8")
    assert compagnie("import", what, str(path)).code == 1
    assert left_out not in caplog.text
    assert compagnie("import", what, str(path), "--skip-bad").code == 0
    assert left_out in caplog.text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a;b\n1;2\n", "Il manque les colonnes"),
        ("numero;rep;nom_voie;code_postal;lon;lat\n1;;Rue é;75001;2;48\n".encode("latin-1"), "UTF"),
        (b"numero;rep;nom_voie;code_postal;lon;lat\n", "aucune adresse"),
    ],
)
def test_a_file_of_another_kind_is_refused_whole(
    compagnie: Command, runtime: Runtime, tmp_path: Path, content: bytes, message: str
) -> None:
    compagnie("import", "addresses", ban_file(tmp_path, GOOD))
    other = tmp_path / "autre.csv"
    other.write_bytes(content)
    ran = compagnie("import", "addresses", str(other))
    assert (ran.code, message in ran.err) == (1, True), ran
    assert count(runtime, AddressRow) == 3


def test_a_file_that_is_not_there_is_one_line(compagnie: Command) -> None:
    ran = compagnie("import", "addresses", "nulle-part.csv")
    assert ran.code == 2
    assert "nulle-part.csv" in ran.err


def test_zones_are_imported_whole_or_not_at_all(
    compagnie: Command, runtime: Runtime, tmp_path: Path
) -> None:
    before = count(runtime, ZoneRow)
    broken = zone("Y", type="Point", coordinates=[2.3, 48.8])
    ran = compagnie("import", "zones", zone_file(tmp_path, zone("X"), broken))
    assert (ran.code, count(runtime, ZoneRow)) == (1, before)
    assert "ligne 2 : la géométrie n'est pas un polygone" in ran.err
    ran = compagnie("import", "zones", zone_file(tmp_path, zone("X"), broken), "--skip-bad")
    assert (ran.code, count(runtime, ZoneRow)) == (0, before + 1)
    assert "1 zones importées." in ran.out


def test_geocode_reads_a_file_and_says_what_it_weighed(compagnie: Command, tmp_path: Path) -> None:
    file = tmp_path / "phrases.txt"
    file.write_text("3 rue lepic non 5\nau douze\n", encoding="utf-8")
    lines = compagnie("geocode", "--file", str(file), "--json", "--explain").out.splitlines()
    steps = [json.loads(line)["steps"] for line in lines]
    weighed = [[one["words"] for one in told if one["what"] == "mention"] for told in steps]
    assert weighed == [["3", "rue lepic", "5"], ["12"]]
    assert "either a phrase or --file is needed" in compagnie("geocode").err


@pytest.mark.parametrize(
    ("phrase", "told"),
    [
        (
            "L'hôpital Bichat, dans le dix-huitième",
            [
                ("words", "l hopital bichat | |"),
                ("area", "arrondissement said"),
                ("place", "hôpital Bichat"),
                ("why", Why.PLAIN),
            ],
        ),
        (
            "la gare de Lyon, non, l'hôpital Bichat",
            [
                ("words", "la gare de lyon | non | l hopital bichat"),
                ("place", "hôpital Bichat"),
                ("why", Why.PUT_RIGHT),
            ],
        ),
        (
            "en face de l'hôpital Bichat",
            [
                ("words", "en face de l hopital bichat"),
                ("place", "hôpital Bichat"),
                ("why", Why.NOT_PLAIN),
            ],
        ),
        ("zut", [("words", "zut"), ("why", Why.NOTHING)]),
    ],
)
def test_geocode_tells_the_steps_in_order(
    compagnie: Command, phrase: str, told: list[tuple[str, str]]
) -> None:
    steps = json.loads(compagnie("geocode", phrase, "--json", "--explain").out)["steps"]
    assert [(step["what"], step["meaning"]) for step in steps] == told


def test_the_last_step_says_how_sure_it_is(compagnie: Command) -> None:
    shown = compagnie("geocode", "en face de l'hôpital Bichat", "--explain").out
    assert f"why      'confirm' -> {Why.NOT_PLAIN}" in shown


@pytest.mark.parametrize(
    ("phrase", "answer"),
    [
        ("12 rue de la paix à Vincennes", {"reject": True, "outside": True}),
        ("zut", {"reject": True, "outside": False}),
    ],
)
def test_geocode_says_what_it_cannot_place(
    compagnie: Command, phrase: str, answer: dict[str, bool]
) -> None:
    assert json.loads(compagnie("geocode", phrase, "--json").out) == answer


class WatchedAtlas(Atlas):
    """Tells the loop when it was replaced."""

    def watched_by(self, loop: asyncio.AbstractEventLoop, replaced: asyncio.Event) -> None:
        object.__setattr__(self, "tell", lambda: loop.call_soon_threadsafe(replaced.set))

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "territory" and hasattr(self, "tell"):
            self.tell()


def _addresses(runtime: Runtime, folder: Path) -> None:
    path = Path(ban_file(folder, GOOD))
    import_addresses(runtime.engine, path, skip_bad=False, progress=lambda _: None)


def _place(runtime: Runtime, folder: Path) -> None:
    path = folder / "lieux.csv"
    path.write_text(PLACE, encoding="utf-8")
    import_places(runtime, path, skip_bad=False, progress=lambda _: None)


@pytest.mark.parametrize(
    ("bring", "said"),
    [(_addresses, "12 rue des lilas blancs"), (_place, "au café des lilas blancs")],
)
def test_a_running_server_picks_up_an_import(
    runtime: Runtime,
    database: Database,
    tmp_path: Path,
    bring: Callable[[Runtime, Path], None],
    said: str,
) -> None:
    loaded = load_atlas(runtime.engine)
    atlas = WatchedAtlas(loaded.gazetteer, loaded.territory)

    async def serve() -> None:
        replaced = asyncio.Event()
        atlas.watched_by(asyncio.get_running_loop(), replaced)
        watching = asyncio.create_task(
            watch_atlas(replace(runtime, atlas=atlas), database.conninfo)
        )
        async with asyncio.timeout(30):
            await replaced.wait()  # the watch has begun
            replaced.clear()
            await asyncio.to_thread(bring, runtime, tmp_path)
            await replaced.wait()
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    asyncio.run(serve())
    assert isinstance(atlas.gazetteer.find(said), AddressFound)
