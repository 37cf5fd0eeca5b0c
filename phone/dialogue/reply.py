"""What comes of one answer."""

from __future__ import annotations

from dataclasses import dataclass

from phone.dialogue.lines import Line
from phone.dialogue.state import CallState, Question, Topic
from phone.dialogue.turn import Effect, Heard, Turn
from phone.dialogue.understanding.answers import YesNo, understand_yesno


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of an answer.

    Attributes:
        state: the call after it.
        before: what to say before the next question.
        failed: the topic on which nothing could be taken.
        asking: the next question when it is not the first thing missing.
        effects: to be done although the call goes on.
        ending: the last turn, when the call ends here.
    """

    state: CallState
    before: tuple[Line, ...] = ()
    failed: Topic | None = None
    asking: Question | None = None
    effects: tuple[Effect, ...] = ()
    ending: Turn | None = None


def said_yes(heard: Heard) -> bool | None:
    """Yes, no, or None when it was neither for sure."""
    if heard.digits:
        return {"1": True, "2": False}.get(heard.digits)
    return {YesNo.YES: True, YesNo.NO: False}.get(understand_yesno(heard.speech))
