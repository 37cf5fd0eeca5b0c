"""How long and how often: the corpus of lengths and of what comes back, and their rules."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phone.dialogue.understanding.durations import understand_duration
from phone.dialogue.understanding.grammar import WEEKDAYS
from phone.dialogue.understanding.recurrence import Recurrence, says_monthly, understand_recurrence
from phone.dialogue.understanding.when import Instant, understand_when

PARIS = ZoneInfo("Europe/Paris")
CORPUS = Path(__file__).parent / "corpus" / "spans.tsv"

_nows = st.integers(min_value=0, max_value=3 * 366 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def _rows(kind: str) -> Iterator[tuple[str, str]]:
    with CORPUS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["kind"] == kind:
                yield row["phrase"], row["expected"]


def _length(written: str) -> timedelta | None:
    """Read "1:30" or "none"."""
    hours, _, minutes = written.partition(":")
    return None if written == "none" else timedelta(hours=int(hours), minutes=int(minutes))


def _recurrence(written: str) -> Recurrence | None:
    """Read "2:1,4": every other week on Tuesdays and Fridays; "none"."""
    if written == "none":
        return None
    weeks, _, days = written.partition(":")
    return Recurrence(int(weeks), tuple(int(day) for day in days.split(",") if day))


@pytest.mark.parametrize(("phrase", "expected"), list(_rows("duration")))
def test_a_length_is_understood(phrase: str, expected: str) -> None:
    assert understand_duration(phrase) == _length(expected)


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("après-demain 10h pour une heure", "1:00"),
        ("demain à quatorze heures, deux heures maximum", "2:00"),
        ("lundi à quinze heures, deux ou trois heures", "3:00"),
        ("demain pour deux heures", "none"),
    ],
)
def test_a_length_behind_the_hour_is_understood(phrase: str, expected: str) -> None:
    assert understand_duration(phrase) == _length(expected)


@pytest.mark.parametrize(("phrase", "expected"), list(_rows("recurrence")))
def test_what_comes_back_is_understood(phrase: str, expected: str) -> None:
    assert understand_recurrence(phrase) == _recurrence(expected)


@pytest.mark.parametrize(
    ("said", "monthly"),
    [
        ("une fois par mois", True),
        ("tous les mois", True),
        ("tous les trois mois", True),
        ("le premier lundi de chaque mois", True),
        ("tous les premiers mardis du mois", True),
        ("les premiers jeudis du mois", True),
        ("un jeudi par mois", True),
        ("tous les mardis, non, une fois par mois", True),
        ("une fois par mois, non, tous les mardis", False),
        ("le premier mardi du mois", False),
        ("le mois prochain", False),
        ("pas tous les mois", False),
        ("tous les mardis", False),
        ("je touche neuf cents euros par mois", False),
    ],
)
def test_what_comes_back_by_the_month_is_told_from_the_rest(said: str, monthly: bool) -> None:
    assert says_monthly(said) is monthly


@given(
    st.sampled_from(WEEKDAYS),
    st.sampled_from(
        ["tous les {}s", "chaque {}", "les {}s", "un {} sur deux", "{} chaque semaine"]
    ),
    st.sampled_from(["", " à quinze heures", " à 9h30", " matin", " de 14h à 16h"]),
    _nows,
)
def test_coming_back_never_changes_the_first_date(
    weekday: str, often: str, hour: str, now: datetime
) -> None:
    said = often.format(weekday) + hour
    assert understand_when(said, now, PARIS) == understand_when(weekday + hour, now, PARIS)
    again = understand_recurrence(said)
    assert again is not None
    assert again.weekdays == (WEEKDAYS.index(weekday),)


@given(st.integers(min_value=8, max_value=21), st.integers(min_value=1, max_value=40), _nows)
def test_a_range_of_hours_tells_its_length_and_its_end(
    start: int, quarters: int, now: datetime
) -> None:
    first = datetime(2026, 6, 1, start)  # noqa: DTZ001 - an hour of the day, of no zone
    last = first + timedelta(minutes=15 * quarters)
    if last.date() != first.date():
        return
    said = f"demain de {first.hour}h{first.minute:02} à {last.hour}h{last.minute:02}"
    when = understand_when(said, now, PARIS)
    assert isinstance(when, Instant)
    assert (when.time, when.until) == (first.time(), last.time())
    assert understand_duration(said) == last - first


@given(st.text(max_size=60))
def test_no_text_however_odd_breaks_lengths_and_recurrences(text: str) -> None:
    lasts = understand_duration(text)
    assert lasts is None or lasts >= timedelta(0)
    again = understand_recurrence(text)
    assert again is None or again.every_weeks >= 1
