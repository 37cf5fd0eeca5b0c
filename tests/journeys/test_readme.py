"""Every command the README shows runs."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.journeys.processes import Demo, eventually, free_port

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
COMMANDS = [line for block in BLOCKS for line in block.splitlines()]

FILES = {
    "adresses-75.csv.gz": None,
    "quartier_paris.geojson": '{"type": "FeatureCollection", "features": [{"type": "Feature",'
    ' "properties": {"code": "75199", "name": "Essai"}, "geometry": {"type": "Polygon",'
    ' "coordinates": [[[2.3, 48.8], [2.4, 48.8], [2.4, 48.9], [2.3, 48.8]]]}}]}',
}
ADDRESSES = (
    "id;numero;rep;nom_voie;code_postal;lon;lat\n"
    "1;55;;Rue du Faubourg Saint-Honoré;75008;2.316931;48.87063\n"
)


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    folder = Path(tempfile.mkdtemp(prefix="compagnie-readme-"))
    demo = Demo(folder / "demo")
    demo.start()
    yield demo
    demo.interrupt()
    shutil.rmtree(folder)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with the files the commands name, and room for data."""
    import gzip

    folder = Path(tempfile.mkdtemp(prefix="compagnie-readme-"))
    with gzip.open(folder / "adresses-75.csv.gz", "wt", encoding="utf-8") as file:
        file.write(ADDRESSES)
    (folder / "quartier_paris.geojson").write_text(FILES["quartier_paris.geojson"] or "")
    yield folder
    shutil.rmtree(folder)


def run(command: str, place: Path, **more: object) -> subprocess.CompletedProcess[str]:
    words = shlex.split(command)
    if words[0] == ".venv/bin/compagnie":
        words = [sys.executable, "-m", "api.cli", *words[1:]]
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        words,
        cwd=place,
        capture_output=True,
        text=True,
        timeout=300,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
            "COMPAGNIE_DATA_DIR": str(place / "data"),
            "COMPAGNIE_BAN_URL": "",
            "HOME": str(place),
        },
        **more,
    )


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.startswith("make ")])
def test_a_make_command_exists(command: str) -> None:
    done = subprocess.run(
        ["make", "-n", *command.split()[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", [one for one in COMMANDS if "--url" in one])
def test_a_command_against_the_demo_works(command: str, demo: Demo, place: Path) -> None:
    command = command.replace("http://127.0.0.1:8000", demo.url)
    done = run(command, place, input="raccrocher\n")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "command",
    [one for one in COMMANDS if "compagnie" in one and "--url" not in one and "serve" not in one],
)
def test_a_command_works_by_itself(command: str, place: Path) -> None:
    done = run(command, place)
    if "doctor" in command:
        assert done.returncode == 1, "a fresh machine has something to mend"
        assert "✗" in done.stdout
    else:
        assert done.returncode == 0, done.stdout + done.stderr


def test_serve_answers(place: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve", "--with-worker", "--port", str(port)],
        cwd=place,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
            "COMPAGNIE_DATA_DIR": str(place / "data"),
        },
    )

    def ready() -> bool:
        try:
            return httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
        except httpx2.HTTPError:
            return False

    try:
        assert eventually(ready)
        assert httpx2.get(f"http://127.0.0.1:{port}/demo/people").status_code == 404
        assert httpx2.post(f"http://127.0.0.1:{port}/phone/voice").status_code == 403
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_the_readme_shows_commands() -> None:
    assert len(COMMANDS) >= 10
