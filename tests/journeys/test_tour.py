"""The tour and the telephone in the terminal, against a running demo."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from api.tour import run_tour
from phone.simulator import terminal
from tests.journeys.conftest import RunningDemo
from tests.journeys.processes import free_port


def tour(url: str) -> tuple[bool, str]:
    out = Console(file=io.StringIO(), width=200)
    held = run_tour(url, out)
    assert isinstance(out.file, io.StringIO)
    return held, out.file.getvalue()


def test_the_tour_holds_and_shows_every_step(demo: RunningDemo) -> None:
    held, transcript = tour(demo.url)
    assert held, transcript
    for step in (
        "La ligne : C'est enregistré.",
        "zone Paris",
        "bénévoles possibles",
        "ont reçu un SMS",
        "sans adresse",
        "mot de passe",
        "Une autre personne vient d'accepter. Merci quand même !",
        "est rappelée",
        "Toute l'histoire tient.",
    ):
        assert step in transcript


def test_the_tour_can_be_taken_again_at_night(demo: RunningDemo) -> None:
    assert tour(demo.url)[0]
    demo.advance(13 * 3600)
    held, transcript = tour(demo.url)
    assert held, transcript
    assert "On avance l'horloge" in transcript


def test_the_tour_says_where_it_stopped(demo: RunningDemo) -> None:
    held, transcript = tour(f"{demo.url}/nowhere")
    assert not held
    assert "✗" in transcript


def test_a_call_from_the_terminal(
    demo: RunningDemo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = "je voudrais sortir\n3\n\ndemain à quinze heures\n1\noui\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    number = demo.http.get("/demo/people").json()["seniors"][0]["phone"]
    terminal.run(demo.url, "demo", number)
    said = capsys.readouterr().out
    assert "C'est enregistré." in said
    assert "L'appel est terminé." in said


def test_a_call_hung_up_when_the_input_ends(
    demo: RunningDemo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    terminal.run(demo.url, "demo", "")
    assert "L'appel est terminé." in capsys.readouterr().out


def test_a_call_with_the_wrong_token_is_refused(demo: RunningDemo) -> None:
    with pytest.raises(OSError, match="403"):
        terminal.run(demo.url, "another", "+33199000000")


def test_a_call_of_the_lines_picked_up_in_the_terminal(
    demo: RunningDemo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n"))
    senior = demo.http.get("/demo/people").json()["seniors"][0]["phone"]
    demo.book(senior)
    demo.accept(demo.wait_for_offers(1)[0])
    terminal.wait(demo.url, "demo", senior)
    said = capsys.readouterr().out
    assert "Bonne nouvelle" in said
    assert "c'est bien noté" in said
    assert "L'appel est terminé." in said


def test_a_telephone_that_never_rings_is_put_away(
    demo: RunningDemo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "PATIENCE_S", 1.0)
    monkeypatch.setattr(terminal, "LOOK_EVERY_S", 0.1)
    with pytest.raises(OSError, match="Personne n'a appelé"):
        terminal.wait(demo.url, "demo", "+33199000000")


def test_a_telephone_without_a_line_says_so() -> None:
    with pytest.raises(OSError, match="La ligne ne répond pas"):
        terminal.wait(f"http://127.0.0.1:{free_port()}", "demo", "+33199000000")
