"""Opening hours: open or not at an instant, and that in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.hours import (
    HoursUnreadable,
    Opening,
    OpenState,
    check_hours,
    opening,
    opening_in_words,
    week_in_words,
)
from tests.strategies import PARIS

OFFICE = "Mo-Fr 09:00-17:00; Sa 10:00-12:00; PH off"


def at(day: int, hour: int, minute: int = 0, month: int = 11, year: int = 2026) -> datetime:
    """An instant as Paris reads it; 24 November 2026 is a Tuesday."""
    return datetime(year, month, day, hour, minute, tzinfo=PARIS).astimezone(UTC)


def said(hours: str, moment: datetime) -> str:
    return opening_in_words(opening(hours, moment, PARIS), moment, PARIS)


@pytest.mark.parametrize(
    ("moment", "state", "until"),
    [
        (at(24, 9), OpenState.OPEN, at(24, 17)),
        (at(24, 16, 59), OpenState.OPEN, at(24, 17)),
        (at(24, 17), OpenState.CLOSED, at(25, 9)),
        (at(24, 8, 59), OpenState.CLOSED, at(24, 9)),
        (at(27, 18), OpenState.CLOSED, at(28, 10)),
        (at(28, 13), OpenState.CLOSED, at(30, 9)),
        (at(11, 10), OpenState.CLOSED, at(12, 9)),  # Armistice Day, a Wednesday
        (at(25, 10, month=12), OpenState.CLOSED, at(26, 10, month=12)),
    ],
)
def test_office_hours_are_open_on_working_days_and_closed_on_public_holidays(
    moment: datetime, state: OpenState, until: datetime
) -> None:
    assert opening(OFFICE, moment, PARIS) == Opening(state, until)


def test_hours_are_the_clocks_on_the_wall_on_the_days_when_it_changes() -> None:
    hours = "Su 10:00-12:00"
    for day, month in ((29, 3), (25, 10)):
        moment = at(day, 11, month=month)
        assert opening(hours, moment, PARIS).until == at(day, 12, month=month)
    assert opening("24/7", at(25, 2, 30, month=10), PARIS) == Opening(OpenState.OPEN)


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        (OFFICE, "Ouvert jusqu'à 17 heures."),
        ("Tu 09:00-12:00", "Ouvert jusqu'à midi."),
        ("Tu 10:00-24:00", "Ouvert jusqu'à minuit."),
        ("Tu 10:00-13:30", "Ouvert jusqu'à 13 heures 30."),
        ("24/7", "Ouvert jour et nuit."),
        ("Tu 14:00-16:00", "Ouvre à 14 heures."),
        ("We 09:00-12:00", "Ouvre demain à 9 heures."),
        ("Fr 09:30-12:00", "Ouvre vendredi à 9 heures 30."),
        ("Mo 09:00-12:00", "Ouvre lundi à 9 heures."),
        ("Tu 08:00-09:00", "Ouvre mardi 1er décembre à 8 heures."),
        ("We[1] 14:00-16:00", "Ouvre mercredi 2 décembre à 14 heures."),
        ("Jul-Aug Mo-Fr 09:00-12:00", "Fermé en ce moment."),
        ("off", "Fermé en ce moment."),
        ('Tu 09:00-12:00 "sur rendez-vous"', "Téléphonez avant d'y aller."),
        ("Tu 09:00-12:00 unknown", "Téléphonez avant d'y aller."),
        ('Tu 14:00-16:00 "sur rendez-vous"; We 09:00-12:00', "Ouvre demain à 9 heures."),
        ("", "Téléphonez avant d'y aller."),
    ],
)
def test_the_ear_is_told_until_when_or_from_when(hours: str, sentence: str) -> None:
    assert said(hours, at(24, 10)) == sentence


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (OFFICE, "du lundi au vendredi de 9 h à 17 h, le samedi de 10 h à 12 h"),
        ("Mo,Tu 09:30-12:00,14:00-18:00", "lundi et mardi de 9 h 30 à 12 h et de 14 h à 18 h"),
        ("10:00-16:00", "tous les jours de 10 h à 16 h"),
        ("Fr 22:00-24:00", "le vendredi de 22 h à minuit"),
        ("24/7", "jour et nuit"),
        ("We[1] 14:00-16:00", "horaires variables"),
        ("off", ""),
        ("", ""),
    ],
)
def test_the_eye_reads_the_week(hours: str, words: str) -> None:
    assert week_in_words(hours, date(2026, 11, 24)) == words


@pytest.mark.parametrize(
    "hours",
    ["14 h - 18 h", "Mo-Fr", "24/7", "", OFFICE, 'Mo 10:00-12:00 "+ jeudi, SH compris"', "25:61"],
)
def test_hours_pass_or_are_refused_whole(hours: str) -> None:
    readable = hours not in ("14 h - 18 h", "25:61")
    if readable:
        check_hours(hours)
        assert opening(hours, at(24, 10), PARIS).state in OpenState
    else:
        with pytest.raises(HoursUnreadable, match="notation inconnue"):
            check_hours(hours)


@pytest.mark.parametrize(
    "hours", ["Mo-Fr 09:00-12:00; SH off", "sunrise-sunset", "Mo 14:00+", "dawn-10:00"]
)
def test_hours_that_cannot_be_known_here_are_refused(hours: str) -> None:
    with pytest.raises(HoursUnreadable, match="vacances scolaires, soleil ou fin ouverte"):
        check_hours(hours)


@given(
    st.sampled_from([OFFICE, "We[1] 14:00-16:30", "Fr 22:00-02:00", "24/7", "Mo-Su 12:00-14:00"]),
    st.integers(0, 2 * 365 * 86_400).map(lambda s: at(1, 0, month=1) + timedelta(seconds=s)),
)
def test_just_before_and_at_its_end_a_state_is_what_was_promised(
    hours: str, moment: datetime
) -> None:
    found = opening(hours, moment, PARIS)
    if found.until is not None:
        assert found.until > moment
        before = found.until - timedelta(seconds=1)
        assert opening(hours, before, PARIS).state is found.state
        assert opening(hours, found.until, PARIS).state is not found.state
    assert len(said(hours, moment).split()) <= 8
