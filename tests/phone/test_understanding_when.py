"""When: the corpus of spoken times, and the answer's shape."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from phone.dialogue.understanding.spoken import speak_instant
from phone.dialogue.understanding.when import (
    Instant,
    NotUnderstood,
    Part,
    to_json,
    trace_when,
    understand_when,
)

PARIS = ZoneInfo("Europe/Paris")
CORPUS = Path(__file__).parent / "corpus" / "when.tsv"


def _rows() -> Iterator[tuple[str, str, str]]:
    with CORPUS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            yield row["phrase"], row["now"], row["expected"]


def _expected(written: str) -> Instant | NotUnderstood:
    """Read "2026-03-12 15:00-16:30", "2026-03-12 afternoon", "2026-03-12" or "! reason"."""
    if written.startswith("!"):
        return NotUnderstood(written.removeprefix("!").strip())
    day, _, rest = written.partition(" ")
    if ":" not in rest:
        return Instant(date.fromisoformat(day), None, Part(rest) if rest else None)
    hour, _, until = rest.partition("-")
    end = time.fromisoformat(until) if until else None
    return Instant(date.fromisoformat(day), time.fromisoformat(hour), None, end)


@pytest.mark.parametrize(("phrase", "now", "expected"), list(_rows()))
def test_a_spoken_time_is_understood(phrase: str, now: str, expected: str) -> None:
    said_at = datetime.fromisoformat(now).replace(tzinfo=PARIS)
    assert understand_when(phrase, said_at, PARIS) == _expected(expected)


@pytest.mark.parametrize(
    ("phrase", "meant"),
    [
        ("demain de dix heures du matin à trois heures de l'après-midi", "2026-11-19 10:00-15:00"),
        ("demain entre 8h du matin et 8h du soir", "2026-11-19 08:00-20:00"),
        ("demain de sept heures du matin à deux heures du matin", "! ambiguous-hour"),
        ("demain à onze heures, deux heures ça suffit", "2026-11-19 11:00"),
        ("demain de 9h à 11h, deux heures me suffisent", "2026-11-19 09:00-11:00"),
        ("demain, onze heures ça suffira", "2026-11-19 11:00"),
        ("mardi à 10 h deux petites heures", "2026-11-24 10:00"),
        ("demain à 15h30 deux heures suffiront", "2026-11-19 15:30"),
        ("demain à dix heures et demie six heures ça suffira", "2026-11-19 10:30"),
        ("mardi en fin de matinée, une heure suffira", "2026-11-24 morning"),
        ("jeudi, deux heures suffiront", "2026-11-19"),
        ("demain à quatorze heures, une heure, pas plus", "2026-11-19 14:00"),
        ("lundi à quinze heures pour deux ou trois heures", "2026-11-23 15:00"),
        ("demain à quatorze heures, quinze heures maximum", "! ambiguous-hour"),
        ("demain à deux heures, trois heures maximum", "! ambiguous-hour"),
        ("demain à deux heures ça suffira", "2026-11-19 14:00"),
    ],
)
def test_of_hours_said_together_each_keeps_its_own(phrase: str, meant: str) -> None:
    now = datetime(2026, 11, 18, 10, tzinfo=PARIS)
    assert understand_when(phrase, now, PARIS) == _expected(meant)


def test_the_corpus_has_at_least_300_different_phrases() -> None:
    assert len({phrase for phrase, _, _ in _rows()}) >= 300


def test_no_phrase_is_in_the_corpus_twice_at_the_same_moment() -> None:
    said = [(phrase, now) for phrase, now, _ in _rows()]
    assert sorted({one for one in said if said.count(one) > 1}) == []


def test_the_steps_tell_what_each_part_matched() -> None:
    now = datetime(2026, 11, 18, 10, tzinfo=PARIS)
    phrase = "lundi j'ai le kiné, alors mercredi en huit de 14h à 16h"
    when, steps = trace_when(phrase, now, PARIS)
    assert when == Instant(date(2026, 12, 2), time(14), None, time(16))
    assert [(step.what, step.words) for step in steps] == [
        ("words", phrase),
        ("mention", "lundi"),
        ("mention", "mercredi en 8"),
        ("mention", "de 14 heures a 16 heures"),
        ("day", "mercredi en 8"),
        ("hour", "de 14 heures a 16 heures, 14 heures"),
    ]
    chances = [int(step.meaning.strip("meant: %")) for step in steps[1:4]]
    assert chances[0] < 50 < min(chances[1:])
    assert [step.meaning for step in steps[4:]] == ["2026-12-02", "14:00, 16:00"]


def test_now_may_come_in_any_zone() -> None:
    late = datetime(2026, 3, 11, 23, 30, tzinfo=UTC)  # already the 12th in Paris
    assert understand_when("demain", late, PARIS) == Instant(date(2026, 3, 13), None, None)


def test_an_hour_is_written_as_the_contract_says() -> None:
    assert to_json(Instant(date(2026, 12, 1), time(9, 5), None)) == {
        "date": "2026-12-01",
        "time": "09:05",
        "part": None,
    }


def test_a_part_of_the_day_is_written_as_the_contract_says() -> None:
    assert to_json(Instant(date(2026, 12, 1), None, Part.AFTERNOON)) == {
        "date": "2026-12-01",
        "time": None,
        "part": "afternoon",
    }


def test_a_refusal_is_written_with_its_reason() -> None:
    assert to_json(NotUnderstood("past")) == {"reject": True, "reason": "past"}


@pytest.mark.parametrize(
    ("when", "spoken"),
    [
        ("2026-12-01T14:30", "mardi premier décembre à quatorze heures trente"),
        ("2026-12-01T12:00", "mardi premier décembre à midi"),
        ("2026-12-21T09:00", "lundi vingt et un décembre à neuf heures"),
        ("2026-12-31T21:21", "jeudi trente et un décembre à vingt et une heures vingt et une"),
        ("2027-01-17T07:05", "dimanche dix-sept janvier à sept heures cinq du matin"),
        ("2027-01-17T01:00", "dimanche dix-sept janvier à une heure du matin"),
        ("2027-01-17T19:59", "dimanche dix-sept janvier à dix-neuf heures cinquante-neuf"),
    ],
)
def test_an_instant_is_spoken_in_plain_words(when: str, spoken: str) -> None:
    instant = datetime.fromisoformat(when).replace(tzinfo=PARIS).astimezone(UTC)
    assert speak_instant(instant, PARIS) == spoken
