"""Sixty seniors and four hundred volunteers with lives of their own, drawn from a fixed seed.

Telephone numbers come from the ranges the regulator keeps for fiction: nobody has them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import cos, radians
from typing import TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

import numpy as np

from api.demo.lives import LIVES, Life
from api.demo.names import ACCESS_NOTES, LAST_NAMES, SENIOR_FIRST_NAMES
from matcher.domain.addresses import Address
from matcher.domain.geo import Point, Territory
from matcher.domain.people import Need, Skill, VettingStep
from matcher.services.roll import M_PER_DEGREE
from matcher.store.encrypted import Keyring
from matcher.store.tables import (
    AvailabilityExceptionRow,
    AvailabilityWindowRow,
    ConsentRow,
    FileStatus,
    PersonKind,
    SeniorRow,
    VettingCheckRow,
    VolunteerRow,
)

SENIORS = 60
VOLUNTEERS = 400
JITTER_M = 400.0
WORDING = "demo-1"

NEEDS = {
    Need.SLOW: 0.35,
    Need.CANE: 0.25,
    Need.WALKER: 0.14,
    Need.HEARING: 0.1,
    Need.WHEELCHAIR: 0.05,
    Need.VISUAL: 0.05,
}
SKILLS = {Skill.WHEELCHAIR: 0.25, Skill.GUIDING: 0.18, Skill.MEMORY: 0.15, Skill.SIGNING: 0.03}
LANGUAGES = {"en": 0.35, "es": 0.12, "ar": 0.1, "pt": 0.06, "it": 0.06, "de": 0.05, "zh": 0.03}
VETTED = 0.92
INACTIVE = 0.03

T = TypeVar("T")


def demo_id(kind: str, number: object) -> UUID:
    """An identifier that is the same in every demo."""
    return uuid5(NAMESPACE_URL, f"compagnie-demo/{kind}/{number}")


@dataclass(frozen=True, slots=True)
class People:
    """Everybody, as rows to insert."""

    seniors: list[SeniorRow] = field(default_factory=list)
    volunteers: list[VolunteerRow] = field(default_factory=list)
    windows: list[AvailabilityWindowRow] = field(default_factory=list)
    exceptions: list[AvailabilityExceptionRow] = field(default_factory=list)
    checks: list[VettingCheckRow] = field(default_factory=list)
    consents: list[ConsentRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Town:
    """Where people may live: the known doors of each zone, and the ring that indexes numbers."""

    territory: Territory
    doors: dict[str, list[Address]]
    keyring: Keyring

    @classmethod
    def of(cls, addresses: Sequence[Address], territory: Territory, keyring: Keyring) -> Town:
        """Sort the addresses into their zones."""
        doors: dict[str, list[Address]] = defaultdict(list)
        for address in addresses:
            zone = territory.find_zone(address.point)
            if zone is not None:
                doors[zone.code].append(address)
        return cls(territory, dict(sorted(doors.items())), keyring)


def make_people(rng: np.random.Generator, town: Town, coordinator: UUID, now: datetime) -> People:
    """Draw everybody; the dates in their files lie before `now`."""
    people = People()
    zones = list(town.doors)
    for number in range(SENIORS):
        _add_senior(people, rng, town, zones[number % len(zones)], number, coordinator, now)
    # Some zones have more volunteers than others, as in life.
    weight = rng.uniform(0.35, 1.65, len(zones))
    homes = rng.choice(len(zones), size=VOLUNTEERS, p=weight / weight.sum())
    lives = rng.choice(len(LIVES), size=VOLUNTEERS, p=[life.share for life in LIVES])
    for number in range(VOLUNTEERS):
        zone, life = zones[homes[number]], LIVES[lives[number]]
        _add_volunteer(people, rng, town, zone, number, life, coordinator, now)
    return people


def pick(rng: np.random.Generator, among: Sequence[T]) -> T:
    """One of them, all equally likely."""
    return among[int(rng.integers(len(among)))]


def _some(rng: np.random.Generator, chances: dict[T, float]) -> list[T]:
    return [one for one, chance in chances.items() if rng.random() < chance]


def _add_senior(
    people: People,
    rng: np.random.Generator,
    town: Town,
    zone: str,
    number: int,
    coordinator: UUID,
    now: datetime,
) -> None:
    mobile = number % 4 == 3
    phone = f"+33639980{number:03d}" if mobile else f"+331990000{number:02d}"
    needs = _some(rng, NEEDS)
    if Need.WHEELCHAIR in needs:
        needs = [one for one in needs if one not in (Need.WALKER, Need.CANE, Need.SLOW)]
    senior = SeniorRow(
        id=demo_id("senior", number),
        created_at=now - timedelta(days=int(rng.integers(40, 900))),
        status=FileStatus.ACTIVE.value,
        first_name=SENIOR_FIRST_NAMES[number % len(SENIOR_FIRST_NAMES)],
        last_name=pick(rng, LAST_NAMES),
        birth_year=now.year - int(rng.integers(68, 97)),
        phone=phone,
        phone_index=town.keyring.index(phone),
        home=pick(rng, town.doors[zone]).to_json(),
        zone_code=zone,
        access_notes=pick(rng, ACCESS_NOTES) if rng.random() < 0.7 else "",
        needs=sorted(need.value for need in needs),
        languages=["fr", "ar"] if number % 20 == 7 else ["fr"],
    )
    people.seniors.append(senior)
    people.consents.append(
        _consent(PersonKind.SENIOR, senior.id, "service", senior.created_at, coordinator)
    )


def _add_volunteer(
    people: People,
    rng: np.random.Generator,
    town: Town,
    zone: str,
    number: int,
    life: Life,
    coordinator: UUID,
    now: datetime,
) -> None:
    phone = f"+3363998{1000 + number}"
    home, zone_code = _home_near(rng, pick(rng, town.doors[zone]).point, town.territory)
    volunteer = VolunteerRow(
        id=demo_id("volunteer", number),
        created_at=now - timedelta(days=int(rng.integers(30, 700))),
        first_name=pick(rng, life.first_names),
        last_name=pick(rng, LAST_NAMES),
        phone=phone,
        phone_index=town.keyring.index(phone),
        lat=home.lat,
        lon=home.lon,
        zone_code=zone_code,
        max_walk_m=pick(rng, life.walks_m),
        weekly_cap=pick(rng, life.caps),
        skills=sorted(skill.value for skill in _some(rng, SKILLS)),
        languages=["fr", *_some(rng, LANGUAGES)],
        active=bool(rng.random() >= INACTIVE),
    )
    people.volunteers.append(volunteer)
    _add_windows(people, rng, volunteer.id, life)
    _add_exceptions(people, rng, volunteer.id, now)
    _add_vetting(people, rng, volunteer, coordinator)
    people.consents.append(
        _consent(PersonKind.VOLUNTEER, volunteer.id, "charter", volunteer.created_at, coordinator)
    )


def _home_near(rng: np.random.Generator, point: Point, territory: Territory) -> tuple[Point, str]:
    """A point within `JITTER_M` of `point` on each axis, inside the territory."""
    while True:
        north_m, east_m = rng.uniform(-JITTER_M, JITTER_M, 2)
        home = Point(
            round(point.lat + north_m / M_PER_DEGREE, 6),
            round(point.lon + east_m / (M_PER_DEGREE * cos(radians(point.lat))), 6),
        )
        zone = territory.find_zone(home)
        if zone is not None:
            return home, zone.code


def _add_windows(people: People, rng: np.random.Generator, volunteer_id: UUID, life: Life) -> None:
    habits = [
        (weekday, habit.start, habit.end)
        for habit in life.habits
        for weekday in habit.weekdays
        if rng.random() < habit.chance
    ]
    if not habits:
        first = life.habits[0]
        habits = [(first.weekdays[0], first.start, first.end)]
    people.windows.extend(
        AvailabilityWindowRow(
            id=demo_id("window", f"{volunteer_id}/{weekday}/{start}"),
            volunteer_id=volunteer_id,
            weekday=weekday,
            start=start,
            end=end,
        )
        for weekday, start, end in habits
    )


def _add_exceptions(
    people: People, rng: np.random.Generator, volunteer_id: UUID, now: datetime
) -> None:
    if rng.random() >= 0.12:
        return
    first = now.date() + timedelta(days=int(rng.integers(1, 18)))
    people.exceptions.extend(
        AvailabilityExceptionRow(
            id=demo_id("exception", f"{volunteer_id}/{day}"),
            volunteer_id=volunteer_id,
            day=first + timedelta(days=day),
            free=False,
        )
        for day in range(int(rng.integers(2, 8)))
    )


def _add_vetting(
    people: People, rng: np.random.Generator, volunteer: VolunteerRow, coordinator: UUID
) -> None:
    steps = list(VettingStep)
    if rng.random() >= VETTED:
        steps = steps[: int(rng.integers(len(steps)))]
    people.checks.extend(
        VettingCheckRow(
            volunteer_id=volunteer.id,
            step=step.value,
            seen_by=coordinator,
            seen_at=volunteer.created_at + timedelta(days=3 * order + 1),
        )
        for order, step in enumerate(steps)
    )


def _consent(
    kind: PersonKind, person_id: UUID, subject: str, at: datetime, coordinator: UUID
) -> ConsentRow:
    return ConsentRow(
        id=demo_id("consent", person_id),
        person_kind=kind.value,
        person_id=person_id,
        subject=subject,
        wording_version=WORDING,
        given_at=at,
        recorded_by=coordinator,
    )
