"""What the panel beside the telephone says that the line understood."""

from __future__ import annotations

import json
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from matcher.domain.addresses import Address
from matcher.domain.geo import Point
from matcher.domain.people import Need, Purpose
from phone.dialogue.caller import Caller, Usual
from phone.dialogue.state import CallState, Language, Place, Wish
from phone.dialogue.understanding.grammar import Part
from phone.simulator.understood import Understood, understood

PARIS = ZoneInfo("Europe/Paris")
KNOWN = Caller(known=True, senior_id="1", home_in_file=True, phone_usable=True)
MARTYRS = Address(55, "bis", "Rue des Martyrs", "75009", Point(48.88, 2.34))


def see(**fields: Any) -> Understood:
    """As it is read from the store: through JSON."""
    caller = fields.pop("caller", KNOWN)
    return understood(json.loads(json.dumps(CallState(caller, **fields).to_json())), PARIS)


def test_before_anything_is_said_nothing_is_understood() -> None:
    seen = see()
    assert (seen.purpose, seen.when, seen.place, seen.duration, seen.needs) == (
        None, "", "", "", (),
    )  # fmt: skip
    assert seen.wish == "unknown"


@pytest.mark.parametrize(
    ("fields", "when"),
    [
        ({"day": date(2026, 12, 1), "hour": time(14, 30)}, "mardi 1er décembre à 14 heures 30"),
        ({"day": date(2026, 12, 1)}, "mardi 1er décembre"),
        ({"day": date(2026, 12, 1), "part": Part.MORNING}, "mardi 1er décembre le matin"),
        ({"hour": time(9, 5)}, "à 9 h 05"),
    ],
)
def test_a_moment_is_shown_as_far_as_it_is_known(fields: dict[str, Any], when: str) -> None:
    assert see(**fields).when == when


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (Place(home=True), "De chez soi"),
        (Place(home=False, address=MARTYRS, sure=True), "55 bis rue des Martyrs, 75009 Paris"),
        (
            Place(home=False, address=MARTYRS),
            "55 bis rue des Martyrs, 75009 Paris (à confirmer)",
        ),
        (
            Place(home=False, street="Rue des Martyrs", postcodes=("75009",)),
            "Rue des Martyrs (75009), numéro à préciser",
        ),
        (
            Place(home=False, street="Rue des Martyrs", postcodes=("75009", "75018")),
            "Rue des Martyrs, numéro à préciser",
        ),
    ],
)
def test_a_place_is_shown_as_far_as_it_is_known(place: Place, shown: str) -> None:
    assert see(place=place).place == shown


def test_all_the_rest_is_shown_too() -> None:
    seen = see(
        wish=Wish.REQUEST,
        purpose=Purpose.SHOPPING,
        duration_h=1.5,
        every_weeks=2,
        weekdays=(1, 3),
        needs=(Need.WALKER,),
        for_other=True,
        first_name="Jeanne",
        callback_number="+33639980001",
        language=Language.ENGLISH,
        slow=True,
        distress=True,
    )
    assert seen.duration == "une heure 30"
    assert seen.again == "Toutes les deux semaines, le mardi et le jeudi"
    assert seen.callback == "06 39 98 00 01"
    assert seen.needs == (Need.WALKER,)
    assert (seen.for_other, seen.english, seen.slow, seen.distress) == (True,) * 4


def test_as_last_time_is_shown_with_what_that_was() -> None:
    caller = Caller(
        known=True, senior_id="1", home_in_file=True, phone_usable=True,
        usual=Usual(Purpose.WALK, 2.0),
    )  # fmt: skip
    assert see(caller=caller).purpose is None
    seen = see(caller=caller, usual=True)
    assert (seen.usual, seen.purpose, seen.duration) == (True, Purpose.WALK, "2 heures")
