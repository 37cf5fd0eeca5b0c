"""How to get in where an outing starts: kept from what is said beside the address."""

from __future__ import annotations

import re
from dataclasses import replace

from phone.dialogue.state import CallState, Language
from phone.dialogue.understanding.access import understand_access

_KINDS: dict[str, tuple[str, str]] = {
    r"étage|etage|rez|\d+e (?:à )?(?:gauche|droite|face)": ("l'étage", "the floor"),
    r"code": ("le code", "the door code"),
    r"b[âa]t": ("le bâtiment", "the building"),
    r"escalier": ("l'escalier", "the staircase"),
    r"porte|appartement|appt?|hall|boîte|boite": ("la porte", "the door"),
    r"sonn|interphone|frapp": ("la sonnette", "the bell"),
    r"cour": ("la cour", "the courtyard"),
    r"gardien": ("le gardien", "the caretaker"),
}


def keep_access(state: CallState, text: str) -> CallState:
    """The state with what `text` tells of floor, door code and bell."""
    told = (*state.access.split(", "), *understand_access(text).split(", "))
    return replace(state, access=", ".join(dict.fromkeys(filter(None, told))))


def speak_access(access: str, language: Language) -> str:
    """What is noted, by its kind alone: "l'étage et le code". A code is never said aloud."""
    english = language is Language.ENGLISH
    kinds = [
        names[english]
        for pattern, names in _KINDS.items()
        if re.search(rf"\b(?:{pattern})", access, re.IGNORECASE)
    ]
    if len(kinds) < 2:
        return "".join(kinds)
    return f"{', '.join(kinds[:-1])} {'and' if english else 'et'} {kinds[-1]}"
