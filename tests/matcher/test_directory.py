"""Which places are told, in which order and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.directory import Near, Place, nearest, spoken, told
from matcher.domain.geo import Point, distance_m
from matcher.domain.hours import Opening, OpenState
from tests.strategies import PARIS

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""A Tuesday, eleven o'clock in Paris."""

HERE = Point(48.87, 2.31)
OPEN, SHUT = "Mo-Fr 09:00-17:00", "Mo-Fr 14:00-17:00"
CAFE = Place(
    id=UUID(int=1),
    name="Le Café des Liens",
    category="rencontre",
    description="On y boit un café et on y parle. Une fois par mois, on y chante.",
    address="2 rue de Metz, 75010 Paris",
    point=HERE,
    hours="Mo-Sa 10:00-17:00",
    phone="+33142003344",
    step_free=True,
    seats=True,
    toilets=False,
    audience="les personnes âgées",
    verified_on=date(2026, 10, 3),
    valid_until=date(2027, 6, 30),
)


def place(number: int, away: float, **fields: object) -> Place:
    """A place so many thousandths of a degree to the north."""
    point = Point(HERE.lat + away / 1000, HERE.lon)
    return replace(CAFE, id=UUID(int=number), point=point, **fields)  # type: ignore[arg-type]


def read(near: Near, *, from_here: bool = True, steps_matter: bool = False) -> tuple[str, ...]:
    return spoken(near, NOW, PARIS, from_here=from_here, steps_matter=steps_matter)


def walk_s(point: Point) -> float:
    return distance_m(HERE, point)


def found(*places: Place, **fields: object) -> list[int]:
    near = nearest(places, NOW, PARIS, walk_s, **fields)  # type: ignore[arg-type]
    return [one.place.id.int for one in near]


def test_the_nearest_open_places_come_first_then_those_of_unknown_hours_and_never_closed_ones() -> (
    None
):
    places = [
        place(1, 9, hours=OPEN),
        place(2, 1, hours=SHUT),
        place(3, 2, hours=""),
        place(4, 5, hours=OPEN),
        place(5, 1, hours='Tu 09:00-17:00 "sur rendez-vous"'),
    ]
    assert found(*places) == [4, 1, 5]
    assert found(*places, limit=9) == [4, 1, 5, 3]


def test_only_the_category_asked_for_is_told() -> None:
    assert found(place(1, 1, category="repas"), place(2, 2), category="repas") == [1]


def test_what_is_over_is_not_told_but_its_last_day_counts() -> None:
    over = place(1, 1, valid_until=date(2026, 11, 23))
    assert found(over, place(2, 2, valid_until=date(2026, 11, 24)), place(3, 3)) == [2, 3]


@given(st.permutations([place(n, n % 4, hours=(OPEN, SHUT, "")[n % 3]) for n in range(1, 9)]))
def test_the_order_of_the_directory_does_not_matter(places: list[Place]) -> None:
    # 6 and 2 are as far as each other: the id decides.
    assert found(*places, limit=9) == found(*sorted(places, key=lambda p: p.id), limit=9)


@pytest.fixture
def near() -> Near:
    return Near(CAFE, 540.0, Opening(OpenState.OPEN, datetime(2026, 11, 24, 16, 0, tzinfo=UTC)))


def test_the_line_reads_short_sentences(near: Near) -> None:
    assert read(near) == (
        "Le Café des Liens, à 9 minutes à pied.",
        "On y boit un café et on y parle.",
        "Ouvert jusqu'à 17 heures.",
    )


def test_a_place_that_is_not_around_the_caller_is_read_with_its_street(near: Near) -> None:
    assert read(near, from_here=False)[0] == "Le Café des Liens, 2 rue de Metz."
    far = replace(near, place=replace(CAFE, address=" ".join(["rue"] * 15)))
    assert read(far, from_here=False)[0] == "Le Café des Liens."


def test_the_line_leaves_out_what_is_too_long_or_not_known(near: Near) -> None:
    bare = replace(
        CAFE, description=" ".join(["mot"] * 16), phone="", step_free=None, hours="", name="Café"
    )
    sentences = read(Near(bare, 59.0, Opening(OpenState.UNKNOWN)))
    assert sentences == ("Café, à 1 minute à pied.", "Ses horaires ne sont pas connus.")


def test_where_the_hours_are_not_known_the_number_to_ring_is_read(near: Near) -> None:
    unknown = replace(near, opening=Opening(OpenState.UNKNOWN))
    assert read(unknown)[-1] == "Téléphonez avant d'y aller, au 01 42 00 33 44."


@pytest.mark.parametrize(
    ("step_free", "said"),
    [
        (True, "L'entrée est sans marche."),
        (False, "Il y a une marche ou plus à l'entrée."),
        (None, "Je ne sais pas s'il y a une marche à l'entrée."),
    ],
)
def test_steps_are_said_to_whom_they_matter(near: Near, step_free: bool | None, said: str) -> None:
    door = replace(near, place=replace(CAFE, step_free=step_free))
    assert read(door, steps_matter=True)[-1] == said
    assert said not in read(door)


@given(st.text(max_size=300), st.text(min_size=1, max_size=60))
def test_no_spoken_sentence_is_long_whatever_was_written(description: str, name: str) -> None:
    near = Near(
        replace(CAFE, description=description, name=name), 540.0, Opening(OpenState.UNKNOWN)
    )
    assert all(len(one.split()) <= 15 for one in read(near, steps_matter=True))


def test_the_volunteer_tells_everything_that_is_known_and_how_fresh_it_is(near: Near) -> None:
    assert told(near, NOW, PARIS) == (
        "Ouvert jusqu'à 17 heures.",
        "Horaires : du lundi au samedi de 10 h à 17 h.",
        "Pour les personnes âgées.",
        "L'entrée est sans marche.",
        "Il y a des sièges. Il n'y a pas de toilettes.",
        "Vérifié le 3 octobre 2026.",
        "Jusqu'au 30 juin 2027.",
    )


@pytest.mark.parametrize(
    ("verified_on", "sentence"),
    [
        (None, "Jamais vérifié : téléphonez avant d'y aller."),
        (date(2025, 11, 24), "Vérifié le 24 novembre 2025."),
        (
            date(2025, 11, 1),
            "Vérifié le 1er novembre 2025, il y a longtemps : téléphonez avant.",
        ),
    ],
)
def test_what_was_verified_long_ago_is_told_with_a_warning(
    near: Near, verified_on: date | None, sentence: str
) -> None:
    old = replace(near, place=replace(CAFE, verified_on=verified_on))
    assert sentence in told(old, NOW, PARIS)
