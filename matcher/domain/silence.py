"""Noticing that somebody who used to go out has gone quiet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class SilencePolicy:
    """What a city may decide about noticing.

    Attributes:
        after: time without a sign that makes a silence.
        habit: outings that make somebody one who used to go out,
        within: in this much time before the last sign.
        until: a silence longer than that is an old file, and not rung about.
    """

    after: timedelta = timedelta(weeks=4)
    habit: int = 2
    within: timedelta = timedelta(weeks=8)
    until: timedelta = timedelta(weeks=26)


def is_silent(
    outings: Iterable[datetime], last_sign: datetime, now: datetime, policy: SilencePolicy
) -> bool:
    """Whether somebody who used to go out has not been heard of for too long.

    Args:
        outings: when their completed outings started.
        last_sign: their last call, request or outing, whatever came of it; one that lies ahead
            counts too.
        now: aware, as all the others.
        policy: what the city decided.
    """
    if not policy.after <= now - last_sign < policy.until:
        return False
    habit = sum(last_sign - policy.within <= outing <= last_sign for outing in outings)
    return habit >= policy.habit
