"""On the day of an outing, the two who go out together are put through to one another."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import time, timedelta

from phone.dialogue.caller import Outing
from phone.dialogue.endings import ring_for, to_person
from phone.dialogue.lines import lines
from phone.dialogue.state import CallState, Wish
from phone.dialogue.turn import Reason, Tools, Turn
from phone.dialogue.understanding.normalise import normalise

SOON = timedelta(hours=2)
"""So near to an outing, a senior who rings most likely waits for the person who comes."""
FROM, UNTIL = time(8), time(22)
"""Nobody is rung outside these hours of the wall clock, but shortly before an outing."""

_PARTNER = re.compile(
    r"\b(?:parler|joindre|appeler|rappeler|contacter|telephoner)\b.*"
    r"\b(?:benevole|accompagnat\w+|personne (?:qui|que)|celle? qui|celui qui)\b"
)


def find_today(outings: Iterable[Outing], tools: Tools) -> Outing | None:
    """The outing of this day whose two people may be put through to one another, if any."""
    local = tools.now.astimezone(tools.zone)
    for outing in outings:
        today = outing.starts_at.astimezone(tools.zone).date() == local.date()
        decent = FROM <= local.time() < UNTIL or is_near(outing, tools)
        if outing.found and (outing.started or (today and decent)):
            return outing
    return None


def is_near(outing: Outing, tools: Tools) -> bool:
    """Whether the outing is about to begin, or has begun."""
    return outing.started or outing.starts_at - tools.now <= SOON


def says_partner(text: str) -> bool:
    """Whether these words ask for the other one of an outing, rather than for somebody."""
    return _PARTNER.search(normalise(text)) is not None


def put_through(state: CallState, outing: Outing, tools: Tools) -> Turn:
    """The other one is rung; should they not answer, a person takes over."""
    state = replace(state, wish=Wish.REACH, outing=outing.id)
    turn = to_person(state, tools, Reason.ASKED)
    return replace(turn, say=lines("partner.calling"), ending=ring_for(turn, outing.id))


def unreached(state: CallState, tools: Tools) -> Turn:
    """What is said when the other one did not answer: the team is rung, or rings back."""
    turn = to_person(state, tools, Reason.ASKED, lines("partner.no_answer"))
    # What is to be done was left when they were rung.
    return replace(turn, effects=())
