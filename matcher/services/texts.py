"""Every sentence that goes out by SMS or is spoken in an outgoing call."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)

CODE_WORDS = (
    "abricot",
    "acacia",
    "alouette",
    "bateau",
    "bouleau",
    "brioche",
    "cabane",
    "camélia",
    "cerise",
    "chamois",
    "clairière",
    "colline",
    "coquelicot",
    "dauphin",
    "écharpe",
    "érable",
    "étoile",
    "fontaine",
    "fougère",
    "framboise",
    "girafe",
    "glycine",
    "hirondelle",
    "jardin",
    "jonquille",
    "lagune",
    "lavande",
    "libellule",
    "lilas",
    "marmotte",
    "mésange",
    "mimosa",
    "moulin",
    "muguet",
    "noisette",
    "olivier",
    "orange",
    "papillon",
    "pivoine",
    "prairie",
    "quenouille",
    "rivière",
    "romarin",
    "sapin",
    "soleil",
    "tilleul",
    "tulipe",
    "violette",
)


def day_and_hour(at: datetime, zone: ZoneInfo) -> str:
    """An instant for the eye and the ear: "mardi 1er décembre à 14 heures 30"."""
    local = at.astimezone(zone)
    day = "1er" if local.day == 1 else str(local.day)
    minutes = f" {local.minute:02d}" if local.minute else ""
    return (
        f"{_DAYS[local.weekday()]} {day} {_MONTHS[local.month - 1]}"
        f" à {local.hour} heure{'s' if local.hour > 1 else ''}{minutes}"
    )


def offer(when: str, public_url: str) -> str:
    """To a volunteer: somebody nearby would like company. Names nobody and no place."""
    return (
        f"Compagnie : près de chez vous, une personne aimerait sortir {when}. "
        f"Pour voir et répondre : {public_url}/"
    )


def thanks(when: str) -> str:
    """To those who came second."""
    return f"Compagnie : la sortie du {when} a trouvé quelqu'un. Merci quand même !"


def someone_comes(first_name: str, when: str, code_word: str) -> str:
    """To the senior: who comes, when, and the word to ask for at the door."""
    return (
        f"Bonjour, c'est Compagnie. Bonne nouvelle : {first_name} viendra {when}. "
        f"Le mot de passe est : {code_word}. {first_name} vous le dira à la porte."
    )


def still_looking(when: str) -> str:
    """To the senior, at the promised time, when nobody has said yes yet."""
    return (
        f"Bonjour, c'est Compagnie. Nous cherchons encore quelqu'un pour {when}. "
        "Nous ne vous oublions pas : une personne de l'équipe vous rappelle."
    )


def nobody_found(when: str) -> str:
    """To the senior, when the deadline has passed."""
    return (
        f"Bonjour, c'est Compagnie. Nous n'avons trouvé personne pour {when}. "
        "Nous en sommes désolés. Une personne de l'équipe vous rappelle."
    )


def looking_again(when: str) -> str:
    """To the senior, when the volunteer withdrew shortly before."""
    return (
        f"Bonjour, c'est Compagnie. La personne prévue {when} ne peut plus venir. "
        "Nous cherchons quelqu'un d'autre et nous vous rappelons."
    )


def cancelled(when: str) -> str:
    """To the volunteer, when the outing they had accepted is called off."""
    return f"Compagnie : la sortie prévue {when} est annulée. Merci de votre aide !"


def sign_in_code(code: str) -> str:
    """A one-time code, for an SMS."""
    return f"Compagnie : votre code est {code}. Il est valable 10 minutes. Ne le donnez à personne."


def sign_in_code_spoken(code: str) -> str:
    """The same for a call: one digit after the other, twice over."""
    digits = ", ".join(code)
    return f"Bonjour, c'est Compagnie. Votre code est : {digits}. Je répète : {digits}."
