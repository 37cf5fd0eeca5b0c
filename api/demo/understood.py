"""What the line understood, in words to show beside the telephone."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import select

from api.console.words import NEEDS, PURPOSES
from matcher.services.work import Work
from matcher.store.tables import CallOutcome, CallRow, MessageRow
from phone.simulator.understood import understood

Rows = list[tuple[str, str]]
"""A label and its value, in reading order."""

WISHES = {
    "request": "Demander une sortie",
    "follow_up": "Suivre une sortie",
    "cancel": "Annuler une sortie",
    "move": "Changer le jour ou l'heure",
    "message": "Laisser un message au bénévole",
    "services": "Trouver un service près d'ici",
    "help": "Parler de ses sorties de bénévole",
    "withdraw": "Ne plus pouvoir venir",
    "late": "Prévenir d'un retard",
    "reach": "Joindre la personne accompagnée",
}

OUTCOMES = {
    CallOutcome.BOOKED: "La demande est enregistrée",
    CallOutcome.PERSON: "Une personne prend le relais",
    CallOutcome.TASK: "C'est noté pour l'équipe",
    CallOutcome.NOTHING_ASKED: "Rien à faire",
}

OCCASIONS = {
    "found": "Quelqu'un vient",
    "reminder": "Rappel de la veille",
    "not_yet": "Nous cherchons encore",
    "unfilled": "Personne n'est disponible",
    "looking_again": "Nous cherchons à nouveau",
    "late": "La personne a du retard",
    "replaced": "Nous cherchons quelqu'un tout de suite",
    "feedback": "Comment s'est passée la sortie",
    "silence": "Prendre des nouvelles",
    "campaign": "Une campagne d'appels",
    "holiday": "Un jour férié",
    "offer": "Une sortie à accompagner",
    "details": "L'adresse et le mot de passe",
    "changed": "La sortie a changé",
    "arrived": "Êtes-vous arrivé ?",
    "home": "La sortie est-elle finie ?",
    "report": "Comment s'est passée la sortie",
    "sign_in": "Un code pour se connecter",
    "distress": "Un appel urgent",
}

KEYS = {"1": "Touche 1 : oui", "2": "Touche 2 : non", "0": "Touche 0 : une personne"}


def rows_of_call(work: Work, sid: str) -> Rows:
    """What was understood in a call to the line; nothing before its first turn was kept."""
    call = work.session.exec(select(CallRow).where(CallRow.sid == sid)).one_or_none()
    if call is None:
        return []
    heard = understood(call.state, work.runtime.settings.zone)
    rows = [
        ("Alerte", "Des mots inquiétants" if heard.distress else ""),
        ("Souhait", WISHES.get(heard.wish, "")),
        ("Comme d'habitude", "Oui" if heard.usual else ""),
        ("Raison", "" if heard.purpose is None else PURPOSES[heard.purpose]),
        ("Quand", heard.when),
        ("Durée", heard.duration),
        ("Revient", heard.again),
        ("Départ", heard.place),
        ("Besoins", ", ".join(NEEDS[need] for need in heard.needs)),
        ("Pour qui", "Une autre personne" if heard.for_other else ""),
        ("Prénom", heard.first_name),
        ("Rappeler au", heard.callback),
        ("Message", heard.message),
        ("Langue", "Anglais" if heard.english else ""),
        ("Débit", "Plus lent" if heard.slow else ""),
        ("Résultat", "" if call.outcome is None else OUTCOMES[CallOutcome(call.outcome)]),
    ]
    return [(label, value) for label, value in rows if value]


def rows_of_message(work: Work, message_id: UUID) -> Rows:
    """What a call out is about, and the key that was pressed."""
    message = work.session.get_one(MessageRow, message_id)
    answer = KEYS.get(message.answer or "", "")
    rows = [("Sujet", OCCASIONS.get(message.purpose, "")), ("Réponse", answer)]
    return [(label, value) for label, value in rows if value]
