"""Words that are perhaps those of somebody in danger: the line asks, rather than guess.

Nothing is judged by it: a yes, a second such sentence or no clear answer alert a person.
"""

from __future__ import annotations

import re
from dataclasses import replace

from phone.dialogue.endings import in_distress
from phone.dialogue.lines import lines
from phone.dialogue.questions import listen, put
from phone.dialogue.reply import said_yes
from phone.dialogue.state import CallState, Question, Topic
from phone.dialogue.turn import Heard, Tools, Turn
from phone.dialogue.understanding.answers import Danger, says_safe, says_unwell

_NO = re.compile(r"^(?:\W*\b(?:non|nan)\b)+", re.IGNORECASE)


def beside_no(speech: str) -> str:
    """What is said beside a "non", which takes the edge off whatever follows it."""
    return _NO.sub("", speech)


def ask_whether_safe(state: CallState, heard: Heard, tools: Tools) -> Turn:
    """Ask whether somebody needs help; what was said is come back to afterwards."""
    state = replace(state, worry=heard.speech, worried_at=state.asking.value, asking=Question.SAFE)
    said = (*lines("emergency"), *put(state, tools))
    return Turn(state, said, expects=listen(state))


def reply_safe(
    state: CallState, heard: Heard, danger: Danger, tools: Tools
) -> Turn | tuple[CallState, Heard]:
    """The next turn, or, when nobody is in danger, what the call goes on from."""
    clear = danger is Danger.NONE and not says_unwell(heard.speech)
    said = False if clear and says_safe(heard.speech) else said_yes(heard)
    if clear and said is False:
        asked, words = Question(state.worried_at), Heard(speech=state.worry)
        return replace(state, asking=asked, worry="", worried_at="", safe=True), words
    asked_twice = state.failures.get(Topic.SAFETY, 0) > 0
    if not clear or said is True or asked_twice:
        return in_distress(state, tools)
    state = replace(state, failures={**state.failures, Topic.SAFETY.value: 1})
    return Turn(state, put(state, tools), expects=listen(state))
