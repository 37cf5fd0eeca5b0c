"""Bringing the open data, against a local server that behaves and misbehaves."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.fetch import FetchFailed, Source, choose, fetch, list_sources

LINES = "numero;rep;nom_voie\n" + "12;;Rue des Martyrs\n" * 20_000
DATA = LINES.encode()
ZONES = b'{"type": "FeatureCollection", "features": [{}, {}]}'


class LocalServer:
    """Serves one body; may cut it short, forget ranges, or answer with another status."""

    def __init__(self) -> None:
        self.body = DATA
        self.tag: str | None = '"v1"'
        self.status: int | None = None
        self.cut_at: int | None = None
        self.ranges = True
        self.shift = 0
        self.asked: list[str | None] = []
        self.sent = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/file"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        local = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = self.headers.get("Range")
                local.asked.append(asked)
                if local.status is not None:
                    self.send_response(local.status)
                    self.end_headers()
                    return
                start = 0
                same = self.headers.get("If-Range") == local.tag
                if asked is not None and local.ranges and same:
                    start = int(asked.removeprefix("bytes=").removesuffix("-"))
                    if start >= len(local.body):
                        self.send_response(416)
                        self.end_headers()
                        return
                    self.send_response(206)
                    first, last = start + local.shift, len(local.body) - 1
                    self.send_header("Content-Range", f"bytes {first}-{last}/{len(local.body)}")
                else:
                    self.send_response(200)
                rest = local.body[start:]
                self.send_header("Content-Length", str(len(rest)))
                if local.tag is not None:
                    self.send_header("ETag", local.tag)
                self.end_headers()
                sent = rest if local.cut_at is None else rest[: local.cut_at]
                local.sent += len(sent)
                self.wfile.write(sent)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


@pytest.fixture
def server() -> Iterator[LocalServer]:
    local = LocalServer()
    thread = threading.Thread(target=local.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield local
    local.server.shutdown()
    local.server.server_close()
    thread.join()


def source_at(url: str, **fields: object) -> Source:
    given = {"name": "essai", "file": "essai.csv", "kind": "csv", "import": "addresses"}
    return Source.model_validate({**given, "title": "Essai", "url": url, **fields})


def quiet(done: int, total: int | None) -> None:
    pass


def test_a_file_is_brought_checked_and_reported_as_it_comes(
    server: LocalServer, tmp_path: Path
) -> None:
    seen: list[tuple[int, int | None]] = []
    source = source_at(
        server.url, columns=["numero"], least=20_000, sha256=hashlib.sha256(DATA).hexdigest()
    )
    file = fetch(source, tmp_path / "new", lambda done, total: seen.append((done, total)))
    assert file.read_bytes() == DATA
    assert seen[-1] == (len(DATA), len(DATA))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert [path.name for path in file.parent.iterdir()] == ["essai.csv"]


def test_a_transfer_that_was_cut_short_goes_on_where_it_stopped(
    server: LocalServer, tmp_path: Path
) -> None:
    source = source_at(server.url)
    server.cut_at = 100_000
    with pytest.raises(FetchFailed, match="il reprendra"):
        fetch(source, tmp_path, quiet)
    assert not (tmp_path / "essai.csv").exists()
    server.cut_at = None
    assert fetch(source, tmp_path, quiet).read_bytes() == DATA
    assert server.asked == [None, "bytes=100000-"]
    assert server.sent == len(DATA)


@pytest.mark.parametrize("how", ["another version", "no ranges", "no name of its version"])
def test_a_transfer_that_cannot_go_on_starts_again(
    server: LocalServer, tmp_path: Path, how: str
) -> None:
    source = source_at(server.url)
    if how == "no name of its version":
        server.tag = None
    server.cut_at = 100_000
    with pytest.raises(FetchFailed):
        fetch(source, tmp_path, quiet)
    server.cut_at = None
    if how == "another version":
        server.tag, server.body = '"v2"', DATA[: len(DATA) // 2 + 9]
    if how == "no ranges":
        server.ranges = False
    assert fetch(source, tmp_path, quiet).read_bytes() == server.body


def test_a_range_that_was_not_asked_for_is_never_glued_on(
    server: LocalServer, tmp_path: Path
) -> None:
    source = source_at(server.url)
    server.cut_at = 100_000
    with pytest.raises(FetchFailed):
        fetch(source, tmp_path, quiet)
    server.cut_at, server.shift = None, 7
    with pytest.raises(FetchFailed, match="RemoteProtocolError"):
        fetch(source, tmp_path, quiet)
    server.shift = 0
    assert fetch(source, tmp_path, quiet).read_bytes() == DATA


def test_a_whole_part_that_was_left_behind_is_brought_again(
    server: LocalServer, tmp_path: Path
) -> None:
    (tmp_path / "essai.csv.part").write_bytes(DATA)
    (tmp_path / "essai.csv.version").write_text('"v1"')
    assert fetch(source_at(server.url), tmp_path, quiet).read_bytes() == DATA
    assert server.asked == [f"bytes={len(DATA)}-", None]


@pytest.mark.parametrize("status", [404, 403, 500, 503])
def test_a_refusal_names_the_status_and_leaves_what_was_there(
    server: LocalServer, tmp_path: Path, status: int
) -> None:
    (tmp_path / "essai.csv").write_text("d'avant")
    server.status = status
    with pytest.raises(FetchFailed, match=rf"essai : le serveur répond {status}"):
        fetch(source_at(server.url), tmp_path, quiet)
    assert (tmp_path / "essai.csv").read_text() == "d'avant"


def test_a_server_that_is_not_there_is_named(server: LocalServer, tmp_path: Path) -> None:
    closed = LocalServer()
    closed.server.server_close()
    with pytest.raises(FetchFailed, match="ne répond pas"):
        fetch(source_at(closed.url), tmp_path, quiet)


def zipped(name: str = "a.csv") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, LINES)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("fields", "body", "reason"),
    [
        ({"least_mb": 1.0}, b"<html>Maintenance</html>", "24 octets, bien moins"),
        ({"sha256": "0" * 64}, DATA, "somme de contrôle"),
        ({"columns": ["numero", "lon"]}, DATA, "il manque les colonnes lon"),
        ({"least": 20_001}, DATA, "20000 lignes, il en faut 20001"),
        ({}, "numéro\n".encode("latin-1"), "ce n'est pas du csv"),
        ({"file": "essai.csv.gz"}, DATA, "archive abîmée"),
        ({"file": "essai.csv.gz"}, gzip.compress(DATA)[:-20], "archive abîmée"),
        ({"kind": "geojson"}, b"<html></html>", "ce n'est pas du geojson"),
        ({"kind": "geojson"}, b"[]", "pas une collection GeoJSON"),
        ({"kind": "geojson", "least": 3}, ZONES, "2 zones, il en faut 3"),
        ({"kind": "zip"}, DATA, "archive abîmée"),
        ({"kind": "zip"}, zipped()[:-200], "archive abîmée"),
    ],
)
def test_what_is_not_the_file_expected_is_refused_and_not_kept(
    server: LocalServer, tmp_path: Path, fields: dict[str, object], body: bytes, reason: str
) -> None:
    server.body = body
    with pytest.raises(FetchFailed, match=reason) as refused:
        fetch(source_at(server.url, **fields), tmp_path, quiet)
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({"kind": "geojson", "least": 2}, ZONES),
        ({"kind": "zip"}, zipped()),
        ({"file": "essai.csv.gz", "least": 20_000}, gzip.compress(DATA)),
    ],
)
def test_every_kind_of_file_passes_its_own_checks(
    server: LocalServer, tmp_path: Path, fields: dict[str, object], body: bytes
) -> None:
    server.body = body
    assert fetch(source_at(server.url, **fields), tmp_path, quiet).read_bytes() == body


def test_the_list_of_official_files_is_whole_and_safe() -> None:
    sources = list_sources()
    assert [source.name for source in sources] == [
        "adresses", "arrondissements", "quartiers", "population", "lieux",
    ]  # fmt: skip
    assert {source.url.scheme for source in sources} == {"https"}
    assert all(source.least_mb > 0 and source.title for source in sources)
    assert len({source.file for source in sources}) == len(sources)


def test_only_the_files_named_are_brought() -> None:
    sources = list_sources()
    assert [source.name for source in choose(sources, ["lieux"])] == ["lieux"]
    assert choose(sources, []) == list(sources)
    with pytest.raises(FetchFailed, match="gares : inconnu ; il y a adresses"):
        choose(sources, ["gares"])


@pytest.mark.parametrize(
    "text", ["source = 3", "[[source]\n", '[[source]]\nname = "x"\nfile = "../x"\n']
)
def test_a_list_that_is_none_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(text)
    with pytest.raises(FetchFailed) as refused:
        list_sources(path)
    assert "\n" not in str(refused.value)


def test_the_command_brings_what_it_can_and_fails_when_something_is_missing(
    server: LocalServer, tmp_path: Path
) -> None:
    sources = tmp_path / "sources.toml"
    lines = (
        '[[source]]\nname = "{0}"\nfile = "{0}.csv"\nurl = "{1}"\ntitle = "T"\nkind = "csv"\n'
        'import = "addresses"\nleast = {2}\n'
    )
    sources.write_text(
        lines.format("trop", server.url, 30_000) + lines.format("bon", server.url, 1)
    )
    arguments = ["fetch-data", "--to", str(tmp_path / "ici"), "--sources", str(sources)]
    ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == 1
    assert "trop : 20000 lignes, il en faut 30000" in ran.output
    assert re.search(r"compagnie import addresses \S+bon\.csv", ran.output)
    assert CliRunner().invoke(app, [*arguments, "--only", "bon"]).exit_code == 0
