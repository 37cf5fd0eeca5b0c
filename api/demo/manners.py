"""How the people of a simulation behave: who asks, who answers, who comes and who forgets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from api.demo.history import HOURS, PURPOSES
from matcher.domain.people import Purpose
from matcher.services.intake import Booking, promised_call_at
from matcher.store.tables import MessageRow, MissionRow, OfferRow

ASKS_FROM, ASKS_UNTIL = time(8), time(19)
LASTS = timedelta(hours=2)
SHORTEST_NOTICE = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Manners:
    """How people behave; chances, unless the name tells a unit.

    Attributes:
        yes_at_the_door: of a volunteer as willing as any, to an outing without a walk.
        walk_min: a walk so long makes a yes 2.7 times rarer.
        picks_up: each time a call rings; then the 1 is pressed.
        answers_after_min: on average, of those who answer at all.
        days_ahead: shares of the requests for today, tomorrow and so on.
    """

    yes_at_the_door: float = 0.8
    walk_min: float = 15.0
    never_answers: float = 0.4
    answers_after_min: float = 45.0
    picks_up: float = 0.7
    withdraws: float = 0.03
    forgets_to_start: float = 0.05
    reports: float = 0.8
    went_well: float = 0.95
    days_ahead: tuple[float, ...] = (0.1, 0.35, 0.25, 0.15, 0.15)


@dataclass(frozen=True, slots=True)
class Fate:
    """When a volunteer answers an offer, and what; never when there is no instant."""

    at: datetime | None
    yes: bool


@dataclass(slots=True)
class Crowd:
    """Everybody, and what each of them is going to do, drawn when it is first asked for.

    Attributes:
        requests: asked a day.
        willing: how much likelier a yes is than usual.
    """

    requests: float
    willing: float
    rng: np.random.Generator
    manners: Manners = Manners()
    _fates: dict[UUID, Fate] = field(default_factory=dict)
    _kinds: dict[UUID, float] = field(default_factory=dict)
    _leaves: dict[UUID, datetime | None] = field(default_factory=dict)
    _chances: dict[tuple[UUID, str], float] = field(default_factory=dict)

    def requests_now(
        self, seniors: list[UUID], now: datetime, step: timedelta, zone: ZoneInfo
    ) -> list[Booking]:
        """What seniors ask between `now` and a `step` later, confirmed on the telephone."""
        local = now.astimezone(zone)
        if not ASKS_FROM <= local.time() < ASKS_UNTIL:
            return []
        steps = (ASKS_UNTIL.hour - ASKS_FROM.hour) * (timedelta(hours=1) / step)
        count = int(self.rng.poisson(self.requests / steps))
        return [self._booking(seniors, local, zone) for _ in range(count)]

    def fate_of(self, offer: OfferRow) -> Fate:
        """What becomes of an offer."""
        if offer.id not in self._fates:
            kind = self._kinds.setdefault(offer.volunteer_id, 2 * float(self.rng.beta(2, 2)))
            walk = float(np.exp(-(offer.walk_s / 60) / self.manners.walk_min))
            chance = min(0.95, self.manners.yes_at_the_door * self.willing * kind * walk)
            after = timedelta(minutes=float(self.rng.exponential(self.manners.answers_after_min)))
            silent = self.rng.random() < self.manners.never_answers
            at = None if silent else offer.sent_at + after
            self._fates[offer.id] = Fate(at, bool(self.rng.random() < chance))
        return self._fates[offer.id]

    def picks_up(self, message: MessageRow) -> bool:
        """Whether this ring of a call is answered."""
        ring = (message.id, f"ring {message.attempts}")
        drawn = self._chances.setdefault(ring, float(self.rng.random()))
        return drawn < self.manners.picks_up

    def leaves_at(self, mission: MissionRow) -> datetime | None:
        """When the volunteer gives a promised outing back, if ever."""
        if mission.id not in self._leaves:
            promised = mission.accepted_at or mission.starts_at
            at = promised + (mission.starts_at - promised) * float(self.rng.random())
            gone = self.rng.random() < self.manners.withdraws
            self._leaves[mission.id] = at if gone else None
        return self._leaves[mission.id]

    def does(self, mission: MissionRow, what: str, chance: float) -> bool:
        """Whether something happens to this outing that has so much `chance`."""
        drawn = self._chances.setdefault((mission.id, what), float(self.rng.random()))
        return drawn < chance

    def _booking(self, seniors: list[UUID], local: datetime, zone: ZoneInfo) -> Booking:
        ahead = int(self.rng.choice(len(self.manners.days_ahead), p=self.manners.days_ahead))
        hour = HOURS[int(self.rng.integers(len(HOURS)))]
        starts_at = datetime.combine(local.date() + timedelta(days=ahead), hour, zone)
        if starts_at < local + SHORTEST_NOTICE:
            starts_at = datetime.combine(local.date() + timedelta(days=1), hour, zone)
        purposes, shares = zip(*PURPOSES, strict=True)
        purpose: Purpose = purposes[int(self.rng.choice(len(purposes), p=shares))]
        return Booking(
            senior_id=seniors[int(self.rng.integers(len(seniors)))],
            phone=None,
            purpose=purpose,
            starts_at=starts_at,
            ends_at=starts_at + LASTS,
            address=None,
            needs=frozenset(),
            words=(),
            promised_call_at=promised_call_at(local, zone, starts_at),
            call_id=None,
        )
