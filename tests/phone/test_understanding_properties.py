"""What holds of every phrase: never past, never nonexistent, and what is spoken comes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from phone.dialogue.understanding.answers import (
    YesNo,
    is_distress,
    understand_menu,
    understand_needs,
    understand_purpose,
    understand_yesno,
)
from phone.dialogue.understanding.names import understand_name
from phone.dialogue.understanding.normalise import normalise
from phone.dialogue.understanding.spoken import speak_instant
from phone.dialogue.understanding.telephone import understand_phone_number
from phone.dialogue.understanding.when import Instant, NotUnderstood, Reason, understand_when

PARIS = ZoneInfo("Europe/Paris")

_nows = st.integers(min_value=0, max_value=3 * 366 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
_pieces = st.sampled_from(
    """
    demain | après-demain | aujourd'hui | ce soir | ce matin | cet après-midi | mardi | vendredi
    prochain | qui vient | en huit | en quinze | de la semaine prochaine | le quinze | le 31
    le premier | dernier | dimanche | dans huit jours | dans une heure | dans vingt minutes | à
    trois heures | deux heures trente | sept heures | midi | midi et demi | minuit | 14h30 | 25 h
    moins le quart | et demie | et quart | du matin | du soir | de l'après-midi | non | pardon
    plutôt | mars | octobre | novembre | février | 2027 | 2025 | entre | et | ou | vers | pas
    dans | pour | pendant | jours | heures | tout à l'heure | hier | le 12/04 | 31/02/2027 | le 29
    le 25 octobre à | le 28 mars | le 31 octobre | dimanche 25 octobre | dans 3 semaines | une | dix
    dans neuf mille jours | dans 999999999 heures | le trente février | au plus tôt | noël
    de 14h à 16h | entre deux et quatre | jusqu'à midi | de minuit à | tous les mardis
    la veille de | un jeudi sur deux | toutes les semaines | avant | après | ni | plutôt que
    une heure ou deux
    pendant trois heures | du 25 octobre | le matin du 28 | moins dix | d'ici une petite heure | née
    cette semaine | celle d'après | le lendemain de Noël 2026 | ven. 20 nov. | 2h-3h | 2:30
    """.replace("\n", "|").split("|")
).map(str.strip)
_phrases = st.lists(_pieces, min_size=1, max_size=7).map(" ".join)


def _exists_once(when: Instant) -> bool:
    assert when.time is not None
    first = datetime.combine(when.date, when.time, PARIS)
    back = first.astimezone(UTC).astimezone(PARIS)
    return (
        back.replace(tzinfo=None) == first.replace(tzinfo=None)
        and first.utcoffset() == first.replace(fold=1).utcoffset()
    )


@given(_phrases, _nows)
def test_an_instant_is_never_past_and_always_exists_once(phrase: str, now: datetime) -> None:
    when = understand_when(phrase, now, PARIS)
    if isinstance(when, NotUnderstood):
        assert when.reason in set(Reason)
    else:
        assert when.date >= now.astimezone(PARIS).date()
        if when.time is not None:
            assert _exists_once(when)
            assert datetime.combine(when.date, when.time, PARIS) > now
        if when.until is not None:
            assert when.time is not None
            assert when.until > when.time
            assert _exists_once(Instant(when.date, when.until, None))


@given(_nows, st.integers(min_value=1, max_value=250 * 24 * 60))
def test_what_is_spoken_and_said_again_is_the_same_instant(now: datetime, minutes: int) -> None:
    when = (now + timedelta(minutes=minutes)).replace(second=0, microsecond=0).astimezone(PARIS)
    heard = understand_when(speak_instant(when, PARIS), now, PARIS)
    wanted = Instant(when.date(), when.time(), None)
    if when > now and _exists_once(wanted):
        assert heard == wanted
    else:
        assert isinstance(heard, NotUnderstood)


@given(st.text(max_size=60), _nows)
def test_no_text_however_odd_breaks_the_understanding(text: str, now: datetime) -> None:
    understand_when(text, now, PARIS)
    assert isinstance(understand_yesno(text), YesNo)
    understand_menu(text)
    understand_purpose(text)
    understand_needs(text)
    is_distress(text)
    number = understand_phone_number(text)
    assert number is None or (number.startswith("+33") and len(number) == 12)
    assert understand_name(text) != ""


@given(st.from_regex(r"0[1-9]([0-9]{2}){4}", fullmatch=True))
def test_a_telephone_number_is_the_same_however_it_is_written(number: str) -> None:
    pairs = [number[at : at + 2] for at in range(0, 10, 2)]
    for said in (number, " ".join(pairs), ".".join(pairs), f"c'est le {' '.join(number)} merci"):
        assert understand_phone_number(said) == f"+33{number[1:]}"


@given(st.from_regex(r"[B-DF-HJ-NP-TV-Z][aeiou][b-z]{2,8}", fullmatch=True))
def test_a_name_spelled_is_the_name_said(name: str) -> None:
    assert understand_name(" ".join(name.upper())) == name
    assert understand_name(f"madame {name}, {' '.join(name.upper())}") == name
    assert understand_name(f"je m'appelle Odette {name}") == f"Odette {name}"


@given(_phrases)
def test_normalising_twice_changes_nothing_in_words_without_numbers(phrase: str) -> None:
    if not any(character.isdigit() for character in normalise(phrase)):
        assert normalise(normalise(phrase)) == normalise(phrase)
