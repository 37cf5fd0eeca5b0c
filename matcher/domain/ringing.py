"""At what hours the service rings people, and how often for one purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

RING_FROM, RING_UNTIL = time(9), time(20)
"""Wall-clock time in which people are rung without having asked for it just now."""

KIND_FROM = time(10, 30)
"""The same for calls that may take a moment longer."""


@dataclass(frozen=True, slots=True)
class Rings:
    """How a call that asks for a key is made again while nobody presses one.

    Attributes:
        most: times it is made, the first included.
        again: time between two of them, and after the last before it counts as unheard.
        unheard: what a coordinator is told then, a French sentence without its full stop.
        told: whether a coordinator needs to know at all.
        not_before: nobody waits for it, so that even the first ring is by day only, and from this
            hour on; None where the first ring comes at once.
    """

    most: int = 4
    again: timedelta = timedelta(minutes=45)
    unheard: str = "Personne n'a répondu à nos appels"
    told: bool = True
    not_before: time | None = None


FEEDBACK, SILENCE, CAMPAIGN, HOLIDAY = "feedback", "silence", "campaign", "holiday"
DETAILS = "details"

_USUAL = Rings()
_RINGS: Mapping[str, Rings] = MappingProxyType(
    {
        FEEDBACK: Rings(most=2, again=timedelta(hours=5), told=False, not_before=KIND_FROM),
        SILENCE: Rings(
            most=3,
            again=timedelta(days=1),
            unheard="Plus de nouvelles, et personne n'a répondu à nos appels",
            not_before=KIND_FROM,
        ),
        # Each attempt of a campaign is a call of its own, planned by domain/campaigns.py.
        CAMPAIGN: Rings(most=1, told=False, not_before=RING_FROM),
        HOLIDAY: Rings(not_before=KIND_FROM),
        DETAILS: Rings(unheard="Le bénévole n'a pas encore entendu l'adresse et le mot de passe"),
    }
)


def rings_for(purpose: str) -> Rings:
    """How a call for `purpose` is made again."""
    return _RINGS.get(purpose, _USUAL)


def decent_hour(at: datetime, zone: ZoneInfo, opens: time = RING_FROM) -> datetime:
    """`at` when people may be rung then, from `opens` on, else the next time they may."""
    local = at.astimezone(zone)
    if opens <= local.time() < RING_UNTIL:
        return at
    day = local.date() if local.time() < opens else local.date() + timedelta(days=1)
    return datetime.combine(day, opens, zone).astimezone(UTC)
