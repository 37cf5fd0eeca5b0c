"""Services and activities, three at a time, around a place the caller says.

Never around the address in a file: the three nearest places would tell where the caller lives to
whoever shows their number.
"""

from __future__ import annotations

import re
from dataclasses import replace

from matcher.domain.addresses import AddressFound, Confidence, StreetFound
from matcher.domain.geo import Point
from phone.dialogue.endings import settled, to_person
from phone.dialogue.lines import Line, lines
from phone.dialogue.reply import Reply, said_yes
from phone.dialogue.state import CallState, Question, Topic
from phone.dialogue.turn import Heard, Reason, SendPlaces, Tools
from phone.dialogue.understanding.answers import understand_needs
from phone.dialogue.understanding.normalise import normalise

AT_ONCE = 3
ARRONDISSEMENTS = 20

_NTH = re.compile(r"\b(?:(?:75[01])?(\d{1,2})(?:e|eme|er|nd|nde)?(?= arrondissement|$)|premier\b)")
_MORE = re.compile(r"\b(?:suite|suivante?s?|encore|d autres?|autres?|plus)\b")
_SMS = re.compile(r"\b(?:sms|texto|message|ecrit|envoye[rz]|envoie)\b")
_ENOUGH = re.compile(r"\b(?:merci|fini|finir|c est tout|ca suffit|au revoir|rien)\b")


def next_nearby_question(state: CallState) -> Question:
    """Where to look, then what to do with what was found."""
    return Question.SHELF if state.shelf else Question.NEARBY


def reply_nearby(state: CallState, heard: Heard, tools: Tools) -> Reply:
    """The place around which to look: an arrondissement, or an address."""
    state = keep_needs(state, heard.speech)
    where = _hear_where(heard, tools)
    if where is None:
        return Reply(state, failed=Topic.NEARBY)
    found = tools.find_nearby(where, state.needs)
    if not found:
        why = lines("nearby.none")
        return Reply(state, ending=to_person(state, tools, Reason.ASKED, why))
    return _read(replace(state, shelf=found))


def reply_shelf(state: CallState, heard: Heard, _tools: Tools) -> Reply:
    """More of them, an SMS with those that were read, or enough."""
    words = normalise(heard.speech)
    left = state.shelf_read < len(state.shelf)
    if heard.digits == "2" or _SMS.search(words):
        return _send(state)
    if heard.digits == "3" or _ENOUGH.search(words) or (not heard.digits and not words):
        return Reply(state, ending=settled(state, ()))
    if heard.digits == "1" or _MORE.search(words) or said_yes(heard):
        return _read(state) if left else Reply(state, before=lines("nearby.no_more"))
    if said_yes(heard) is False:
        return Reply(state, ending=settled(state, ()))
    return Reply(state, failed=Topic.NEARBY)


def keep_needs(state: CallState, text: str) -> CallState:
    """The state with the needs told while a place is looked for."""
    return replace(state, needs=tuple(sorted({*state.needs, *understand_needs(text)})))


def shelf_choices(state: CallState) -> tuple[Line, ...]:
    """What can be done now, in at most three choices."""
    keys = ["shelf.ask"]
    if state.shelf_read < len(state.shelf):
        keys.append("shelf.more")
    if state.caller.takes_sms and not state.shelf_sent:
        keys.append("shelf.sms")
    return lines(*keys, "shelf.enough")


def _read(state: CallState) -> Reply:
    batch = state.shelf[state.shelf_read : state.shelf_read + AT_ONCE]
    said = tuple(
        Line("nearby.place", {"place": sentence}) for place in batch for sentence in place.sentences
    )
    before = lines("nearby.intro") if state.shelf_read == 0 else ()
    return Reply(replace(state, shelf_read=state.shelf_read + len(batch)), before=(*before, *said))


def _send(state: CallState) -> Reply:
    if not state.caller.takes_sms:
        return Reply(state, before=lines("nearby.no_sms"))
    if state.shelf_sent:
        return Reply(state, before=lines("nearby.sent"))
    read = tuple(place.id for place in state.shelf[: state.shelf_read])
    state = replace(state, shelf_sent=True)
    return Reply(state, before=lines("nearby.sent"), effects=(SendPlaces(read),))


def _hear_where(heard: Heard, tools: Tools) -> Point | int | None:
    """A point, or an arrondissement when that is all that was said."""
    if heard.digits:
        return _arrondissement(heard.digits)
    match tools.find_address(heard.speech):
        case AddressFound(address=address, confidence=Confidence.SURE):
            return address.point
        case StreetFound(postcode=postcode, confidence=Confidence.SURE):
            return _arrondissement(postcode[-2:])
    said = _NTH.search(normalise(heard.speech))
    return _arrondissement(said[1] or "1") if said else None


def _arrondissement(digits: str) -> int | None:
    return int(digits) if digits.isdigit() and 1 <= int(digits) <= ARRONDISSEMENTS else None
