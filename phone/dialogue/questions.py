"""How each question is put, put again more simply, and listened to."""

from __future__ import annotations

from phone.dialogue.ears import (
    speak_address,
    speak_days,
    speak_length,
    speak_number,
    speak_street,
    speak_when,
)
from phone.dialogue.errands import next_errand_question, outings_for
from phone.dialogue.helpers import next_volunteer_question
from phone.dialogue.lines import Line, lines
from phone.dialogue.moments import starts_at
from phone.dialogue.nearby import next_nearby_question, shelf_choices
from phone.dialogue.partner import find_today
from phone.dialogue.state import CallState, Language, Place, Question, Wish
from phone.dialogue.turn import Expect, Tools
from phone.dialogue.where import speak_access

_ASKED: dict[Question, tuple[str, ...]] = {
    Question.MENU: (
        "menu.ask", "menu.request", "menu.follow", "menu.services", "menu.person", "menu.words",
    ),
    Question.PARTNER: ("partner.ask", "choice.yes_no"),
    Question.PURPOSE: (
        "purpose.ask", "purpose.medical", "purpose.shopping", "purpose.walk", "purpose.words",
    ),
    Question.WHEN: ("when.ask",),
    Question.DAY: ("when.day",),
    Question.HOUR: ("when.hour",),
    Question.PART: ("part.ask", "part.morning", "part.afternoon", "part.evening"),
    Question.HOME: ("home.ask", "home.choices", "home.words"),
    Question.PLACE: ("place.ask", "place.words"),
    Question.CONFIRM_PLACE: ("place.confirm_ask", "choice.yes_no"),
    Question.ARRONDISSEMENT: ("place.which",),
    Question.NUMBER: ("place.number",),
    Question.CALLBACK: ("callback.ask", "callback.words"),
    Question.RECAP: ("recap.ask", "choice.yes_no"),
    Question.CHANGE: ("change.ask", "change.purpose", "change.when", "change.place"),
    Question.USUAL: ("usual.ask", "choice.yes_no"),
    Question.FOR_WHOM: ("who.ask", "choice.yes_no"),
    Question.NAME: ("name.ask",),
    Question.CONFIRM_NUMBER: ("number.ask", "choice.yes_no"),
    Question.OUTING: ("outing.ask", "outing.move", "outing.cancel", "outing.message"),
    Question.WHICH_OUTING: ("which.ask", "which.next", "which.second"),
    Question.CONFIRM_CANCEL: ("cancel.ask", "choice.yes_no"),
    Question.CONFIRM_MOVE: ("recap.ask", "choice.yes_no"),
    Question.MESSAGE: ("message.ask",),
    Question.CONFIRM_MESSAGE: ("message.confirm", "choice.yes_no"),
    Question.NEARBY: ("nearby.ask", "nearby.words"),
    Question.VOLUNTEER: (
        "volunteer.ask", "volunteer.withdraw", "volunteer.delay", "volunteer.reach",
    ),
    Question.CONFIRM_WITHDRAW: ("volunteer.confirm", "choice.yes_no"),
    Question.DELAY: ("delay.ask",),
    Question.SAFE: ("safe.ask", "choice.yes_no"),
}  # fmt: skip

_AGAIN: dict[Question, tuple[str, ...]] = {
    Question.MENU: ("menu.again", "menu.person"),
    Question.PARTNER: ("partner.ask", "choice.yes_no", "menu.person"),
    Question.PURPOSE: ("purpose.ask", "purpose.again"),
    Question.WHEN: ("when.ask", "when.again"),
    Question.DAY: ("when.day", "when.day_again"),
    Question.HOUR: ("when.hour", "when.hour_again"),
    Question.PART: ("part.ask", "part.again"),
    Question.HOME: ("home.ask", "home.again"),
    Question.PLACE: ("place.ask", "place.again"),
    Question.CONFIRM_PLACE: ("place.confirm_ask", "choice.yes_no"),
    Question.ARRONDISSEMENT: ("place.which", "place.which_again"),
    Question.NUMBER: ("place.number", "place.number_again"),
    Question.CALLBACK: ("callback.ask", "callback.again"),
    Question.RECAP: ("recap.ask", "recap.again"),
    Question.CHANGE: ("change.ask", "change.again"),
    Question.USUAL: ("usual.ask", "recap.again"),
    Question.FOR_WHOM: ("who.ask", "choice.yes_no"),
    Question.NAME: ("name.ask", "name.again"),
    Question.CONFIRM_NUMBER: ("number.ask", "choice.yes_no"),
    Question.OUTING: ("outing.ask", "outing.again"),
    Question.WHICH_OUTING: ("which.ask", "which.again"),
    Question.CONFIRM_CANCEL: ("cancel.ask", "choice.yes_no"),
    Question.CONFIRM_MOVE: ("recap.ask", "choice.yes_no"),
    Question.MESSAGE: ("message.ask", "message.again"),
    Question.CONFIRM_MESSAGE: ("message.confirm", "choice.yes_no"),
    Question.NEARBY: ("nearby.ask", "nearby.again"),
    Question.SHELF: ("shelf.ask", "shelf.enough"),
    Question.VOLUNTEER: ("volunteer.ask", "volunteer.again"),
    Question.CONFIRM_WITHDRAW: ("volunteer.confirm", "choice.yes_no"),
    Question.DELAY: ("delay.ask", "delay.again"),
}

KEYS = {
    Question.ARRONDISSEMENT: 2,
    Question.NUMBER: 4,
    Question.CALLBACK: 10,
    Question.NEARBY: 2,
    Question.DELAY: 2,
}

_HINTS: dict[Question, tuple[str, ...]] = {
    Question.MENU: ("une sortie", "annuler", "les services", "quelqu'un"),
    Question.PARTNER: ("oui", "non"),
    Question.PURPOSE: ("médecin", "kiné", "courses", "promenade", "coiffeur", "pharmacie"),
    Question.WHEN: ("demain", "après-demain", "lundi", "mardi", "mercredi", "à quinze heures"),
    Question.DAY: ("demain", "après-demain", "lundi", "mardi", "mercredi", "jeudi", "vendredi"),
    Question.HOUR: ("dix heures", "quatorze heures trente", "quinze heures", "midi"),
    Question.PART: ("le matin", "l'après-midi", "le soir"),
    Question.HOME: ("oui", "non", "de chez moi"),
    Question.PLACE: ("rue", "avenue", "boulevard", "place", "quai", "bis"),
    Question.CONFIRM_PLACE: ("oui", "non"),
    Question.ARRONDISSEMENT: ("le premier", "le cinquième", "le quinzième", "le vingtième"),
    Question.NUMBER: ("bis", "ter"),
    Question.CALLBACK: ("zéro six", "zéro un"),
    Question.RECAP: ("oui", "non", "c'est bien cela"),
    Question.CHANGE: ("la raison", "le jour", "l'heure", "l'adresse"),
    Question.USUAL: ("oui", "non", "comme la dernière fois"),
    Question.FOR_WHOM: ("oui", "non", "pour ma mère", "pour mon père", "pour une voisine"),
    Question.NAME: ("je m'appelle", "elle s'appelle"),
    Question.CONFIRM_NUMBER: ("oui", "non"),
    Question.OUTING: ("changer", "annuler", "un message", "merci"),
    Question.WHICH_OUTING: ("la prochaine", "la suivante", "lundi", "mardi", "demain"),
    Question.CONFIRM_CANCEL: ("oui", "non"),
    Question.CONFIRM_MOVE: ("oui", "non"),
    Question.CONFIRM_MESSAGE: ("oui", "non"),
    Question.NEARBY: ("le quinzième", "arrondissement", "rue", "avenue"),
    Question.SHELF: ("la suite", "un SMS", "merci"),
    Question.VOLUNTEER: ("je ne peux pas venir", "en retard", "joindre la personne"),
    Question.CONFIRM_WITHDRAW: ("oui", "non"),
    Question.DELAY: ("dix minutes", "un quart d'heure", "une demi-heure"),
    Question.SAFE: ("oui", "non", "au secours", "tout va bien"),
}

_OF_OTHER = {
    "purpose.ask": "purpose.other",
    "when.ask": "when.other",
    "place.ask": "place.other",
    "name.ask": "name.other",
}
_ERRANDS = (Wish.FOLLOW_UP, Wish.CANCEL, Wish.MOVE, Wish.MESSAGE)
_HELPING = (Wish.HELP, Wish.WITHDRAW, Wish.LATE, Wish.REACH)


def next_question(state: CallState) -> Question:
    """The first thing still missing, in the order people tell it; the recap when nothing is."""
    if state.wish in _HELPING:
        return next_volunteer_question(state)
    if state.wish in _ERRANDS:
        return next_errand_question(state)
    if state.wish is Wish.SERVICES:
        return next_nearby_question(state)
    place = state.place
    told = state.day is not None and state.hour is not None
    as_usual = (
        state.from_file
        and state.caller.usual is not None
        and state.usual is None
        and state.purpose is None
        and place == Place()
    )
    missing = (
        (state.wish is Wish.UNKNOWN, Question.MENU),
        (state.unclear != "" and as_usual, Question.PART),
        (as_usual and told, Question.USUAL),
        (state.purpose is None and not as_usual, Question.PURPOSE),
        (state.unclear != "", Question.PART),
        (state.day is None and state.hour is None, Question.WHEN),
        (state.day is None, Question.DAY),
        (state.hour is None, Question.HOUR),
        (not state.from_file and state.for_other is None, Question.FOR_WHOM),
        (not state.from_file and not state.first_name, Question.NAME),
        (not place.known and place.address is not None, Question.CONFIRM_PLACE),
        (not place.known and len(place.postcodes) > 1, Question.ARRONDISSEMENT),
        (not place.known and place.street is not None, Question.NUMBER),
        (not place.known and place.home is None and state.home_in_file, Question.HOME),
        (not place.known, Question.PLACE),
        (_shows_number(state) and not state.number_asked, Question.CONFIRM_NUMBER),
        (_lacks_number(state), Question.CALLBACK),
    )
    return next((question for lacking, question in missing if lacking), Question.RECAP)


def _shows_number(state: CallState) -> bool:
    return state.caller.number is not None and state.callback_number is None


def _lacks_number(state: CallState) -> bool:
    """No number is sure: none is shown, or the caller refused the one that is."""
    refused = state.caller.number is not None and state.number_asked
    return state.callback_number is None and (not state.caller.phone_usable or refused)


def put(state: CallState, tools: Tools) -> tuple[Line, ...]:
    """The question being asked, in full."""
    return _for_whom(state, _put(state, tools))


def _for_whom(state: CallState, said: tuple[Line, ...]) -> tuple[Line, ...]:
    """The same of somebody else, when that is who goes out."""
    if not state.for_other:
        return said
    return tuple(Line(_OF_OTHER[line.key]) if line.key in _OF_OTHER else line for line in said)


def _put(state: CallState, tools: Tools) -> tuple[Line, ...]:
    asked = lines(*_ASKED.get(state.asking, ()))
    place, language = state.place, state.language
    match state.asking:
        case Question.HOUR if state.part is not None:
            return lines(f"when.{state.part}")
        case Question.CONFIRM_PLACE if place.address is not None:
            spoken = speak_address(place.address, language)
            return (Line("place.confirm", {"address": spoken}), *asked)
        case Question.ARRONDISSEMENT if place.street is not None:
            street = place.street[:1].lower() + place.street[1:]
            return (Line("place.several", {"street": street}), *asked)
        case Question.NUMBER if place.street is not None:
            street = speak_street(place.street, place.postcodes[0], language)
            return (Line("place.street", {"street": street}), *asked)
        case Question.RECAP:
            return (*recap(state, tools), *asked)
        case Question.USUAL:
            return (*lines("recap.usual"), *_recap_moment(state, tools), *asked)
        case Question.CONFIRM_MOVE:
            return (*lines("move.intro"), *_recap_moment(state, tools), *asked)
        case Question.CHANGE if state.callback_number is not None:
            return (*asked, *lines("change.phone"))
        case Question.CONFIRM_NUMBER if state.caller.number is not None:
            number = {"number": speak_number(state.caller.number)}
            return (Line("number.shown", number), *asked)
        case Question.OUTING if find_today(state.caller.outings, tools) is not None:
            return (*asked[:-1], *lines("outing.partner"))
        case Question.OUTING if not any(outing.found for outing in outings_for(state)):
            return asked[:-1]
        case Question.WHICH_OUTING if len(outings_for(state)) > 2:
            return (*asked, *lines("which.third"))
        case Question.CONFIRM_MESSAGE:
            return (Line("message.heard", {"message": state.message}), *asked)
        case Question.SHELF:
            return shelf_choices(state)
    return asked


def put_again(state: CallState) -> tuple[Line, ...]:
    """The question being asked, shorter and with an example."""
    return _for_whom(state, lines(*_AGAIN[state.asking]))


def listen(state: CallState) -> Expect:
    """What the line listens for after the question being asked."""
    hints = _HINTS.get(state.asking, ()) if state.language is Language.FRENCH else ()
    return Expect(num_digits=KEYS.get(state.asking, 1), hints=hints)


def recap(state: CallState, tools: Tools) -> tuple[Line, ...]:
    """Everything understood in this call, said back. Nothing of it comes from a file."""
    said = list(lines("recap.intro"))
    if state.purpose is not None:
        said.append(Line(f"recap.{state.purpose.value}"))
    if state.first_name:
        said.append(Line("recap.name", {"name": state.first_name}))
    said += _recap_moment(state, tools)
    if state.place.address is not None:
        spoken = speak_address(state.place.address, state.language)
        said.append(Line("recap.address", {"address": spoken}))
    elif state.place.home:
        said.append(Line("recap.home"))
    elif state.place.later:
        said.append(Line("recap.place_later"))
    if state.access:
        said.append(Line("recap.access", {"noted": speak_access(state.access, state.language)}))
    said += [Line(f"recap.need_{need.value}") for need in state.needs]
    if state.callback_number is not None:
        said.append(Line("recap.callback", {"number": speak_number(state.callback_number)}))
    return tuple(said)


def _recap_moment(state: CallState, tools: Tools) -> list[Line]:
    said = []
    start = starts_at(state.day, state.hour, tools.zone)
    if start is not None:
        spoken = speak_when(start, tools.zone, state.language)
        said.append(Line("recap.when", {"instant": spoken}))
    if state.every_weeks is not None:
        said += _recap_weeks(state)
    elif state.monthly:
        said += lines("recap.monthly", "recap.others")
    if state.duration_h is not None:
        length = speak_length(state.duration_h, state.language)
        said.append(Line("recap.lasts", {"duration": length}))
    return said


def _recap_weeks(state: CallState) -> tuple[Line, ...]:
    weeks = state.every_weeks or 1
    key = {1: "recap.weekly", 2: "recap.fortnightly"}.get(weeks)
    often = lines(key) if key else (Line("recap.every_weeks", {"weeks": str(weeks)}),)
    if len(state.weekdays) < 2:
        return often
    return (*often, Line("recap.days", {"days": speak_days(state.weekdays, state.language)}))
