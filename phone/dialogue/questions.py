"""How each question is put, put again more simply, and listened to."""

from __future__ import annotations

from matcher.domain.addresses import spoken_street
from phone.dialogue.lines import Line, lines
from phone.dialogue.moments import starts_at
from phone.dialogue.state import CallState, Question, Wish
from phone.dialogue.turn import Expect, Tools
from phone.dialogue.understanding.spoken import speak_instant

_ASKED: dict[Question, tuple[str, ...]] = {
    Question.MENU: (
        "menu.ask", "menu.request", "menu.follow", "menu.services", "menu.person", "menu.words",
    ),
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
}  # fmt: skip

_AGAIN: dict[Question, tuple[str, ...]] = {
    Question.MENU: ("menu.again", "menu.person"),
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
}

KEYS = {Question.ARRONDISSEMENT: 2, Question.NUMBER: 4, Question.CALLBACK: 10}

_HINTS: dict[Question, tuple[str, ...]] = {
    Question.MENU: ("une sortie", "annuler", "les services", "quelqu'un"),
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
}


def next_question(state: CallState) -> Question:
    """The first thing still missing, in the order people tell it; the recap when nothing is."""
    place = state.place
    missing = (
        (state.wish is Wish.UNKNOWN, Question.MENU),
        (state.purpose is None, Question.PURPOSE),
        (state.unclear != "", Question.PART),
        (state.day is None and state.hour is None, Question.WHEN),
        (state.day is None, Question.DAY),
        (state.hour is None, Question.HOUR),
        (not place.known and place.address is not None, Question.CONFIRM_PLACE),
        (not place.known and len(place.postcodes) > 1, Question.ARRONDISSEMENT),
        (not place.known and place.street is not None, Question.NUMBER),
        (not place.known and place.home is None and state.caller.home_in_file, Question.HOME),
        (not place.known, Question.PLACE),
        (not state.caller.phone_usable and state.callback_number is None, Question.CALLBACK),
    )
    return next((question for lacking, question in missing if lacking), Question.RECAP)


def put(state: CallState, tools: Tools) -> tuple[Line, ...]:
    """The question being asked, in full."""
    place = state.place
    match state.asking:
        case Question.HOUR if state.part is not None:
            return lines(f"when.{state.part}")
        case Question.CONFIRM_PLACE if place.address is not None:
            before = Line("place.confirm", {"address": place.address.spoken})
        case Question.ARRONDISSEMENT if place.street is not None:
            before = Line("place.several", {"street": place.street[:1].lower() + place.street[1:]})
        case Question.NUMBER if place.street is not None:
            street = spoken_street(place.street, place.postcodes[0])
            before = Line("place.street", {"street": street})
        case Question.RECAP:
            return (*recap(state, tools), *lines(*_ASKED[Question.RECAP]))
        case Question.CHANGE if state.callback_number is not None:
            return lines(*_ASKED[Question.CHANGE], "change.phone")
        case _:
            return lines(*_ASKED[state.asking])
    return (before, *lines(*_ASKED[state.asking]))


def put_again(state: CallState) -> tuple[Line, ...]:
    """The question being asked, shorter and with an example."""
    return lines(*_AGAIN[state.asking])


def listen(state: CallState) -> Expect:
    """What the line listens for after the question being asked."""
    return Expect(num_digits=KEYS.get(state.asking, 1), hints=_HINTS[state.asking])


def recap(state: CallState, tools: Tools) -> tuple[Line, ...]:
    """Everything understood in this call, said back. Nothing of it comes from a file."""
    said = list(lines("recap.intro"))
    if state.purpose is not None:
        said.append(Line(f"recap.{state.purpose.value}"))
    start = starts_at(state.day, state.hour, tools.zone)
    if start is not None:
        said.append(Line("recap.when", {"instant": speak_instant(start, tools.zone)}))
    if state.place.address is not None:
        said.append(Line("recap.address", {"address": state.place.address.spoken}))
    elif state.place.home:
        said.append(Line("recap.home"))
    said += [Line(f"recap.need_{need.value}") for need in state.needs]
    if state.callback_number is not None:
        said.append(Line("recap.callback", {"number": spoken_number(state.callback_number)}))
    return tuple(said)


def spoken_number(e164: str) -> str:
    """A French number two digits at a time, as people say it: "06 12 34 56 78"."""
    national = e164.replace("+33", "0", 1)
    return " ".join(national[i : i + 2] for i in range(0, len(national), 2))
