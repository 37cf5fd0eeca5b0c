"""What comes of one answer."""

from __future__ import annotations

from dataclasses import dataclass

from phone.dialogue.lines import Line
from phone.dialogue.state import CallState, Language, Question, Topic
from phone.dialogue.turn import Effect, Heard, Turn
from phone.dialogue.understanding.answers import (
    MenuChoice,
    YesNo,
    answer_menu,
    understand_menu,
    understand_yesno,
)


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


def choice_of(state: CallState, spoken: str) -> MenuChoice | None:
    """What the caller wants of the line, in French words or in those translated into it.

    Asked for it in French, they may say it in any way; elsewhere only plain words count.
    """
    asked = state.asking is Question.MENU and state.language is Language.FRENCH
    return answer_menu(spoken) if asked else understand_menu(spoken)
