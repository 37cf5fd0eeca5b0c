"""Places worth telling: associations, services and activities meant for older people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from matcher.domain.geo import Point, walking_minutes
from matcher.domain.hours import (
    Opening,
    OpenState,
    day_of_month,
    opening,
    opening_in_words,
    week_in_words,
)

STALE_AFTER = timedelta(days=365)
"""What was verified longer ago is told with a warning."""

MOST_WORDS = 15
"""A longer sentence is left out on the telephone."""


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the directory.

    Attributes:
        category: one plain word, e.g. "repas".
        description: in plain words, shortest first.
        hours: in OpenStreetMap's notation; empty when they are not known.
        phone: with country code; empty when there is none.
        step_free, seats, toilets: None when not known.
        audience: whom it is for, when not for everyone.
    """

    id: UUID
    name: str
    category: str
    description: str
    address: str
    point: Point
    hours: str = ""
    phone: str = ""
    step_free: bool | None = None
    seats: bool | None = None
    toilets: bool | None = None
    audience: str = ""
    verified_on: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """A place with the walk to it, in seconds, and whether it is open at the time asked about."""

    place: Place
    walk_s: float
    opening: Opening


def nearest(
    places: Iterable[Place],
    at: datetime,
    zone: ZoneInfo,
    walk_s: Callable[[Point], float],
    *,
    category: str | None = None,
    limit: int = 3,
) -> list[Near]:
    """The nearest places that are open at `at`, then those of unknown hours; closed ones never.

    At most `limit` of them, of this `category` only if there is one, out of `places` in any
    order. `walk_s` gives the seconds from where one is to a point.
    """
    day = at.astimezone(zone).date()
    found = [
        Near(place, walk_s(place.point), opening(place.hours, at, zone))
        for place in places
        if (category is None or place.category == category)
        and (place.valid_until is None or place.valid_until >= day)
    ]
    found = [near for near in found if near.opening.state is not OpenState.CLOSED]
    found.sort(
        key=lambda near: (near.opening.state is OpenState.UNKNOWN, near.walk_s, near.place.id)
    )
    return found[:limit]


def spoken(
    near: Near, at: datetime, zone: ZoneInfo, *, from_here: bool, steps_matter: bool
) -> tuple[str, ...]:
    """What the line reads, a short sentence each: what, where, open or whom to ring, steps.

    Where is the walk if it is known to be the caller's, `from_here`, else the street. Steps are
    told to whom they matter, known or not.
    """
    place = near.place
    unknown = near.opening.state is OpenState.UNKNOWN
    steps = _steps(place.step_free) or "Je ne sais pas s'il y a une marche à l'entrée."
    sentences = [
        f"{place.name}, à {_minutes(near.walk_s)} à pied." if from_here else _in_street(place),
        _first_sentence(place.description),
        _ring_first(place.phone) if unknown else opening_in_words(near.opening, at, zone),
        steps if steps_matter else "",
    ]
    return tuple(one for one in sentences if one and len(one.split()) <= MOST_WORDS)


def told(near: Near, at: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    """What a volunteer can tell, a sentence each, with how fresh it is."""
    place, today = near.place, at.astimezone(zone).date()
    week = week_in_words(place.hours, today)
    sentences = [
        opening_in_words(near.opening, at, zone),
        f"Horaires : {week}." if week else "",
        f"Pour {place.audience}." if place.audience else "",
        _steps(place.step_free),
        _comfort(place),
        _freshness(place, today),
        f"Jusqu'au {_day(place.valid_until)}." if place.valid_until is not None else "",
    ]
    return tuple(one for one in sentences if one)


def _minutes(walk_s: float) -> str:
    count = walking_minutes(walk_s)
    return "1 minute" if count == 1 else f"{count} minutes"


def _in_street(place: Place) -> str:
    street = place.address.partition(",")[0]
    told = f"{place.name}, {street}."
    return told if street and len(told.split()) <= MOST_WORDS else f"{place.name}."


def _ring_first(phone: str) -> str:
    if not phone:
        return "Ses horaires ne sont pas connus."
    return f"Téléphonez avant d'y aller, au {_by_pairs(phone)}."


def _first_sentence(text: str) -> str:
    first = text.partition(". ")[0].strip()
    return f"{first.rstrip('.')}." if first else ""


def _steps(step_free: bool | None) -> str:
    if step_free is None:
        return ""
    return "L'entrée est sans marche." if step_free else "Il y a une marche ou plus à l'entrée."


def _comfort(place: Place) -> str:
    seats = "" if place.seats is None else _there_is(place.seats, "des sièges", "de sièges")
    toilets = (
        "" if place.toilets is None else _there_is(place.toilets, "des toilettes", "de toilettes")
    )
    return f"{seats} {toilets}".strip()


def _there_is(has: bool, some: str, none: str) -> str:
    return f"Il y a {some}." if has else f"Il n'y a pas {none}."


def _freshness(place: Place, today: date) -> str:
    if place.verified_on is None:
        return "Jamais vérifié : téléphonez avant d'y aller."
    if today - place.verified_on > STALE_AFTER:
        return f"Vérifié le {_day(place.verified_on)}, il y a longtemps : téléphonez avant."
    return f"Vérifié le {_day(place.verified_on)}."


def _day(day: date) -> str:
    return f"{day_of_month(day)} {day.year}"


def _by_pairs(phone: str) -> str:
    """A French number in pairs of digits, as it is said; any other as it is written."""
    if not (phone.startswith("+33") and len(phone) == 12):
        return phone
    national = f"0{phone[3:]}"
    return " ".join(national[at : at + 2] for at in range(0, 10, 2))
