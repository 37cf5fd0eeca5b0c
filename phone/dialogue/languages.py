"""English for who asks: the few words a caller needs, turned into the French that is understood.

A minimum, and the line says so: yes and no, hours and days, the commands and the commonest reasons.
What it does not turn into French is not understood, and a person takes over.
"""

from __future__ import annotations

import re

from text_to_num import alpha2digit

from phone.dialogue.understanding.normalise import normalise

_ASKS_ENGLISH = re.compile(r"\b(?:english|anglais|anglaise|do you speak)\b")
_ASKS_FRENCH = re.compile(r"\b(?:french|francais|parlez vous francais)\b")
_SLOWER = re.compile(
    r"\b(?:moins vite|trop vite|trop rapide(?:ment)?|plus lentement)\b"
    r"|\bparle[zr] (?:\w+ )?(?:lentement|doucement)\b"
)
_WALKS = re.compile(r"\b(?:march|deplac|avanc)\w*")

_WORDS = (
    (r"slow(?:er|ly)?(?: down)?", "moins vite"),
    (r"(?:can you )?(?:repeat|say (?:it|that) again)|pardon me", "répétez"),
    (r"yes|yeah|yep|correct|that's right|right|sure|okay|ok", "oui"),
    (r"no|nope|wrong", "non"),
    (r"help me|emergency|i fell|i have fallen|i can't breathe", "au secours"),
    (r"(?:speak|talk) to (?:someone|somebody|a person|a human)|operator|a person|someone",
     "parler à quelqu'un"),
    (r"day after tomorrow", "après-demain"), (r"tomorrow", "demain"), (r"today", "aujourd'hui"),
    (r"every month", "tous les mois"), (r"once a month", "une fois par mois"),
    (r"every week", "toutes les semaines"), (r"every (?=\w+day)", "tous les "),
    (r"next (\w+day)", r"\1 prochain"),
    (r"monday", "lundi"), (r"tuesday", "mardi"), (r"wednesday", "mercredi"),
    (r"thursday", "jeudi"), (r"friday", "vendredi"), (r"saturday", "samedi"),
    (r"sunday", "dimanche"),
    (r"(\d{1,2})(?:st|nd|rd|th)? (?:of )?(?=january|february|march|april|may|june|july|august"
     r"|september|october|november|december)", r"le \1 "),
    (r"(january|february|march|april|may|june|july|august|september|october|november|december)"
     r" (?:the )?(\d{1,2})(?:st|nd|rd|th)?", r"le \2 \1"),
    (r"january", "janvier"), (r"february", "février"), (r"march", "mars"), (r"april", "avril"),
    (r"may", "mai"), (r"june", "juin"), (r"july", "juillet"), (r"august", "août"),
    (r"september", "septembre"), (r"october", "octobre"), (r"november", "novembre"),
    (r"december", "décembre"),
    (r"in the morning", "le matin"), (r"in the afternoon", "l'après-midi"),
    (r"in the evening", "le soir"), (r"(?:at )?noon", "à midi"),
    (r"(?:at )?half past (\d{1,2})", r"à \1 heures 30"),
    (r"(?:at )?quarter past (\d{1,2})", r"à \1 heures 15"),
    (r"at (\d{1,2}) (\d{2})", r"à \1 heures \2"),
    (r"(?:at )?(\d{1,2}):(\d{2})", r"à \1 heures \2"),
    (r"(?:at )?(\d{1,2}) o'?clock", r"à \1 heures"),
    (r"at (\d{1,2})(?! heures)", r"à \1 heures"),
    (r"doctor|hospital|dentist|medical|appointment", "médecin"),
    (r"shopping|groceries|supermarket", "courses"), (r"a walk|walking|park", "promenade"),
    (r"go out|outing|someone to come", "une sortie"), (r"cancel", "annuler"),
    (r"have you found|any news", "avez-vous trouvé"), (r"change|move", "modifier"),
    (r"from (?:my )?home|at home|my place", "de chez moi"),
    (r"for my mother", "pour ma mère"), (r"for my father", "pour mon père"),
    (r"for me|for myself", "pour moi"), (r"wheelchair", "fauteuil roulant"), (r"cane", "canne"),
    (r"walker|walking frame", "déambulateur"), (r"thank you|thanks|that's all|goodbye", "merci"),
)  # fmt: skip
_RULES = tuple((re.compile(rf"\b(?:{said})\b"), french) for said, french in _WORDS)
_BEFORE_NAME = re.compile(
    r"^.*\b(?:name is|i am|i'm|it's|it is|she is|he is|this is|call me)\b", re.IGNORECASE
)
_PM = re.compile(r"\b(?:at )?(\d{1,2})(?::(\d{2}))? ?([ap])\.? ?m\b\.?")


def asks_english(text: str) -> bool:
    """Whether a caller asks for English."""
    return _ASKS_ENGLISH.search(normalise(text)) is not None


def asks_french(text: str) -> bool:
    """Whether a caller asks for French again."""
    return _ASKS_FRENCH.search(normalise(text)) is not None


def asks_slower(text: str) -> bool:
    """Whether a caller wants to be spoken to slowly, rather than telling how they walk."""
    words = normalise(text)
    return _SLOWER.search(words) is not None and _WALKS.search(words) is None


def name_in_english(text: str) -> str:
    """An answer to "what is your name?" without the English words before the name."""
    return _BEFORE_NAME.sub("", text)


def to_french(text: str) -> str:
    """English words in the French that the line understands; all others stay as they are."""
    words = str(alpha2digit(text.lower().replace("’", "'"), "en", threshold=0.0))
    words = _PM.sub(_hour, words)
    for said, french in _RULES:
        words = said.sub(french, words)
    return words


def _hour(match: re.Match[str]) -> str:
    hour = int(match[1]) % 12 + (12 if match[3] == "p" else 0)
    return f"à {hour} heures {match[2] or ''}".rstrip()
