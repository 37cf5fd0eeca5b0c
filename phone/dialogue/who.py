"""Who the outing is for and how to ring back: asked of callers whose number is in no file."""

from __future__ import annotations

from dataclasses import replace

from phone.dialogue.booking import take_facts
from phone.dialogue.languages import name_in_english
from phone.dialogue.reply import Reply, said_yes
from phone.dialogue.state import CallState, Language, Topic
from phone.dialogue.turn import Heard, Tools
from phone.dialogue.understanding.names import understand_name
from phone.dialogue.understanding.normalise import normalise
from phone.dialogue.understanding.telephone import understand_phone_number

_COMMAND_WORDS = 4


def reply_for_whom(state: CallState, heard: Heard, tools: Tools) -> Reply:
    """Whether it is for the caller; "non, pour ma mère" is an answer too."""
    taken = take_facts(state, heard.speech, tools)
    if taken.state.for_other is None:
        yes = said_yes(heard)
        if yes is None:
            # Another fact is welcome; the question comes again.
            failed = None if taken.changed else Topic.WHO
            return Reply(taken.state, before=taken.why, failed=taken.refused or failed)
        taken = replace(taken, state=replace(taken.state, for_other=not yes))
    return Reply(taken.state, before=taken.why, failed=taken.refused)


def reply_name(state: CallState, heard: Heard, _tools: Tools) -> Reply:
    """The first name of the person who goes out."""
    heard_name = name_in_english(heard.speech) if state.language is Language.ENGLISH else None
    name = understand_name(heard_name or heard.speech)
    if name is None:
        return Reply(state, failed=Topic.WHO)
    return Reply(replace(state, first_name=name))


def reply_confirm_number(state: CallState, heard: Heard, _tools: Tools) -> Reply:
    """Whether the number shown is the one to ring; another may be said at once."""
    other = understand_phone_number(heard.digits or heard.speech)
    if other is not None:
        return Reply(replace(state, number_asked=True, callback_number=other))
    yes = said_yes(heard)
    if yes is None:
        return Reply(state, failed=Topic.CALLBACK)
    number = state.caller.number if yes else None
    return Reply(replace(state, number_asked=True, callback_number=number))


def reply_callback(state: CallState, heard: Heard, _tools: Tools) -> Reply:
    """A number to ring back."""
    number = understand_phone_number(heard.digits or heard.speech)
    if number is None:
        return Reply(state, failed=Topic.CALLBACK)
    return Reply(replace(state, number_asked=True, callback_number=number))


def says_little(text: str) -> bool:
    """Whether an answer is short enough to be a command rather than a name or a message."""
    return len(normalise(text).split()) <= _COMMAND_WORDS
