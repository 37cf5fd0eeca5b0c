"""When an outing is wanted: what a caller says, told as a date and an hour, or asked back."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from itertools import product
from zoneinfo import ZoneInfo

from phone.dialogue.understanding.grammar import Part, Reason, RefusedError, Step
from phone.dialogue.understanding.mentions import chances_of, find_mentions, keep, load
from phone.dialogue.understanding.prepare import prepare
from phone.dialogue.understanding.reading import Instant, NotUnderstood, When, read_when

__all__ = [
    "Instant",
    "NotUnderstood",
    "Part",
    "Reason",
    "When",
    "to_json",
    "trace_when",
    "understand_when",
]

_WEIGHTS = load()
_DOUBTED = 5
"""Mentions that are tried both ways; of the others the likelier way counts."""
_READINGS = 8
_FAINT = 0.02
"""Readings this much less likely than the likeliest are left aside."""
_ENOUGH = 0.25
"""The chance, of all readings, from which an instant is taken."""
_AGREED = 0.65
"""And its share of those that are instants: below it, the caller is asked which."""


def understand_when(text: str, now: datetime, zone: ZoneInfo) -> When:
    """Understand when an outing is wanted.

    Args:
        text: the words of the caller, as the recogniser wrote them.
        now: aware.
        zone: the territory's; the answer is in its local time.

    Returns:
        An `Instant` that exists once in the zone and is not past, or `NotUnderstood`. A time
        said alone is today's when it is still ahead, else tomorrow's.
    """
    return trace_when(text, now, zone)[0]


def trace_when(text: str, now: datetime, zone: ZoneInfo) -> tuple[When, tuple[Step, ...]]:
    """`understand_when` with the steps that led there, for people who ask why."""
    local_now = now.astimezone(zone)
    try:
        words = prepare(text)
    except RefusedError as refused:
        return NotUnderstood(refused.reason.value), ()
    mentions = find_mentions(words)
    chances = chances_of(words, mentions, _WEIGHTS)
    readings = [
        (chance, *read_when(keep(words, mentions, kept), local_now, zone))
        for chance, kept in _likeliest(chances)
    ]
    when = _choose([(chance, read) for chance, read, _ in readings])
    told = [
        Step("mention", words[one.start : one.end], f"meant: {chance:.0%}")
        for one, chance in zip(mentions, chances, strict=True)
    ]
    led = next((steps for _, read, steps in readings if read == when), ())
    return when, (Step("words", text, words), *told, *led)


def _likeliest(chances: list[float]) -> list[tuple[float, tuple[bool, ...]]]:
    """Which mentions may be the outing's, and how likely it is that just these are."""
    surest = [chance >= 0.5 for chance in chances]
    doubtful = sorted(range(len(chances)), key=lambda one: abs(chances[one] - 0.5))[:_DOUBTED]
    found = []
    for turned in product((False, True), repeat=len(doubtful)):
        other = {one for one, turns in zip(doubtful, turned, strict=True) if turns}
        kept = tuple(keeps != (one in other) for one, keeps in enumerate(surest))
        chance = math.prod(
            chance if keeps else 1.0 - chance for chance, keeps in zip(chances, kept, strict=True)
        )
        found.append((chance, kept))
    found.sort(reverse=True)
    return [one for one in found[:_READINGS] if one[0] >= found[0][0] * _FAINT]


def _choose(readings: list[tuple[float, When]]) -> When:
    """The likeliest instant, where it is likely and no other comes near; else the question."""
    chances: dict[When, float] = {}
    begins: dict[Instant, float] = {}
    for chance, read in readings:
        chances[read] = chances.get(read, 0.0) + chance
        if isinstance(read, Instant):
            # Until when is told beside: it makes no other outing.
            begin = replace(read, until=None)
            begins[begin] = begins.get(begin, 0.0) + chance
    questions = [read for read in chances if isinstance(read, NotUnderstood)]
    likely = max(begins.values(), default=0.0) >= _ENOUGH * sum(chances.values())
    if questions and not likely:
        return max(questions, key=chances.__getitem__)
    best = max(begins, key=begins.__getitem__)
    if begins[best] < _AGREED * sum(begins.values()):
        days = {one.date for one in begins}
        # Of one day the hour alone is asked.
        return NotUnderstood(Reason.AMBIGUOUS_DAY) if len(days) > 1 else Instant(best.date)
    return max((one for one in chances if _begins_as(one, best)), key=chances.__getitem__)


def _begins_as(read: When, begin: Instant) -> bool:
    return isinstance(read, Instant) and replace(read, until=None) == begin


def to_json(when: When) -> dict[str, str | bool | None]:
    """The shape `compagnie understand when --json` prints."""
    if isinstance(when, NotUnderstood):
        return {"reject": True, "reason": when.reason}
    return {
        "date": when.date.isoformat(),
        "time": when.time.strftime("%H:%M") if when.time else None,
        "part": when.part.value if when.part else None,
    }
