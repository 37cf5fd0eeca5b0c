"""The kinds of life a demo volunteer leads, and when each leaves time for an outing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from api.demo.names import RETIRED_FIRST_NAMES, VOLUNTEER_FIRST_NAMES

MONDAY_TO_FRIDAY = (0, 1, 2, 3, 4)
WEDNESDAY = (2,)
FRIDAY = (4,)
SATURDAY = (5,)
SUNDAY = (6,)


@dataclass(frozen=True, slots=True)
class Habit:
    """On each of `weekdays`, with the given chance, free from `start` to `end` every week."""

    weekdays: tuple[int, ...]
    start: time
    end: time
    chance: float


@dataclass(frozen=True, slots=True)
class Life:
    """One kind of life.

    Attributes:
        share: part of the volunteers who lead it.
        habits: never two that overlap on a weekday.
        walks_m: how far from home they go, metres, one of these.
        caps: missions a week they wish for at most, one of these.
    """

    share: float
    first_names: tuple[str, ...]
    habits: tuple[Habit, ...]
    walks_m: tuple[int, ...]
    caps: tuple[int, ...]


STUDENT = Life(
    share=0.25,
    first_names=VOLUNTEER_FIRST_NAMES,
    habits=(
        Habit((0, 1, 3, 4), time(13, 30), time(17, 30), 0.25),
        Habit(WEDNESDAY, time(13), time(18), 0.7),
        Habit(MONDAY_TO_FRIDAY, time(18), time(20, 30), 0.3),
        Habit(SATURDAY, time(10), time(18), 0.5),
        Habit(SUNDAY, time(14), time(18), 0.4),
    ),
    walks_m=(1500, 2000, 2500, 3000),
    caps=(1, 2, 2),
)

WORKER = Life(
    share=0.35,
    first_names=VOLUNTEER_FIRST_NAMES,
    habits=(
        Habit(MONDAY_TO_FRIDAY, time(12), time(14), 0.12),
        Habit(MONDAY_TO_FRIDAY, time(18), time(20, 30), 0.3),
        Habit(FRIDAY, time(14, 30), time(17, 30), 0.15),
        Habit(SATURDAY, time(9), time(13), 0.45),
        Habit(SATURDAY, time(14), time(18), 0.45),
        Habit(SUNDAY, time(10), time(18), 0.35),
    ),
    walks_m=(1000, 1500, 2000),
    caps=(1, 1, 2),
)

RETIRED = Life(
    share=0.3,
    first_names=RETIRED_FIRST_NAMES,
    habits=(
        Habit(MONDAY_TO_FRIDAY, time(9), time(12, 30), 0.6),
        Habit(MONDAY_TO_FRIDAY, time(14), time(18), 0.65),
        Habit(SATURDAY, time(14), time(18), 0.15),
    ),
    walks_m=(1500, 2000, 2500),
    caps=(2, 3, 4),
)

FREELANCE = Life(
    share=0.1,
    first_names=VOLUNTEER_FIRST_NAMES,
    habits=(
        Habit(MONDAY_TO_FRIDAY, time(8, 30), time(13), 0.35),
        Habit(MONDAY_TO_FRIDAY, time(13, 30), time(18, 30), 0.4),
        Habit(SATURDAY, time(9), time(18), 0.2),
    ),
    walks_m=(2000, 3000, 4000),
    caps=(1, 2, 3),
)

LIVES = (STUDENT, WORKER, RETIRED, FREELANCE)
