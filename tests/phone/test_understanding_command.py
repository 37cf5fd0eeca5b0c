"""`compagnie understand`: what it prints, from a phrase or from a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from api.cli import app

NOW = "2026-11-18T10:00+01:00"  # a Wednesday


def understand(*args: str) -> Result:
    """What the command answers, never asking the network or a database."""
    return CliRunner().invoke(app, ["understand", *args])


def answers(result: Result) -> list[dict[str, object]]:
    """One JSON object a line."""
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("kind", "phrase", "answer"),
    [
        (
            "when",
            "mardi en huit à 15h30",
            {"date": "2026-12-01", "time": "15:30", "part": None},
        ),
        ("when", "demain matin", {"date": "2026-11-19", "time": None, "part": "morning"}),
        ("when", "hier", {"reject": True, "reason": "past"}),
        ("yesno", "c'est pas faux", {"answer": "yes"}),
        ("menu", "annulez ma sortie", {"choice": "cancel"}),
        ("menu", "bonjour", {"choice": None}),
        ("purpose", "à la poste", {"purpose": "administrative"}),
        ("needs", "une canne et j'entends mal", {"needs": ["cane", "hearing"]}),
        ("distress", "j'ai rendez-vous chez le cardiologue", {"distress": False}),
        ("distress", "je suis par terre", {"distress": True}),
        ("duration", "une heure ou deux", {"minutes": 120}),
        ("duration", "demain", {"minutes": None}),
        ("recurrence", "un mardi sur deux", {"every_weeks": 2, "weekdays": [1]}),
        ("recurrence", "mardi", {"every_weeks": None, "weekdays": None}),
        ("name", "Lambert, L A M B E R T", {"name": "Lambert"}),
        ("phone", "zéro six douze trente-quatre cinquante-six", {"phone": None}),
    ],
)
def test_a_phrase_gives_one_json_object(kind: str, phrase: str, answer: dict[str, object]) -> None:
    assert answers(understand(kind, phrase, "--json", "--now", NOW)) == [answer]


def test_a_file_gives_one_object_a_line(tmp_path: Path) -> None:
    file = tmp_path / "phrases.txt"
    file.write_text("demain à midi\n\nhier\n", encoding="utf-8")
    assert answers(understand("when", "--file", str(file), "--json", "--now", NOW)) == [
        {"date": "2026-11-19", "time": "12:00", "part": None},
        {"reject": True, "reason": "unknown"},
        {"reject": True, "reason": "past"},
    ]


def test_a_time_without_offset_is_the_territory_s() -> None:
    given = ("when", "à dix heures", "--json", "--now")
    assert answers(understand(*given, "2026-11-18T09:30")) == [
        {"date": "2026-11-18", "time": "10:00", "part": None}
    ]
    assert answers(understand(*given, "2026-11-18T09:30+00:00")) == [
        {"date": "2026-11-19", "time": "10:00", "part": None}
    ]


def test_the_steps_are_shown_when_asked_for() -> None:
    phrase = "mardi, non, mercredi à dix heures"
    shown = understand("when", phrase, "--explain", "--now", NOW).stdout
    assert "mardi non mercredi a 10 heures" in shown
    assert "'mercredi' -> meant: " in shown
    assert "'mercredi' -> 2026-11-25" in shown
    assert "'10 heures' -> 10:00" in shown
    found = answers(understand("when", phrase, "--explain", "--json", "--now", NOW))[0]
    steps = found.pop("steps")
    assert found == {"date": "2026-11-25", "time": "10:00", "part": None}
    assert isinstance(steps, list)
    told = [step["what"] for step in steps]
    assert told[:4] == ["words", "mention", "mention", "mention"]
    assert told[-2:] == ["day", "hour"]


def test_the_steps_name_the_phrases_that_were_denied() -> None:
    shown = understand("needs", "pas de canne, un déambulateur", "--explain").stdout
    assert "denied   'canne' -> cane" in shown
    assert "heard    'deambulateur' -> walker" in shown


@pytest.mark.parametrize(
    "args",
    [
        ("when",),
        ("when", "demain", "--now", "hier"),
        ("weather", "demain"),
        ("when", "demain", "--file", __file__),
        ("when", "--file", "/no/such/file"),
    ],
)
def test_what_cannot_be_answered_is_an_error_in_words(args: tuple[str, ...]) -> None:
    result = understand(*args)
    assert result.exit_code == 2
    assert "Error" in result.stderr
