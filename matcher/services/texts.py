"""Every sentence that goes out by SMS or is spoken in an outgoing call."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from matcher.domain.timeline import Question

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


GLAD = "Merci, cela nous fait plaisir. À bientôt."
SORRY = "Merci de nous le dire. Une personne de l'équipe vous rappelle."
AN_OUTING = "Avec plaisir. Une personne de l'équipe vous rappelle pour la préparer."
HELP_COMES = (
    "Nous avons bien compris. Une personne de l'équipe vous rappelle tout de suite. "
    "En cas d'urgence, raccrochez et faites le 15."
)
SAME_AGAIN = "C'est une sortie que vous avez déjà prise."

THANK_YOU = "Merci, c'est bien noté. À bientôt."
CALLED_OFF = "C'est annulé. Merci de nous avoir prévenus. À bientôt."
A_PERSON = "Nous vous passons une personne."
YOURS = "Merci ! La sortie est à vous."
DECLINED = "C'est noté. Merci, et à une prochaine fois."
NO_MORE_SMS = "Compagnie : vous ne recevrez plus de SMS. Nous vous appellerons."
SMS_RECEIVED = "Compagnie : message bien reçu. Une personne de l'équipe vous répondra."

KEYS_TO_SENIOR = "Si c'est d'accord, faites le 1. Pour annuler, le 2. Pour une personne, le 0."
KEYS_HEARD = "Si vous avez bien entendu, faites le 1. Pour une personne, faites le 0."
KEYS_FEEDBACK = "Si tout s'est bien passé, faites le 1. Sinon, le 2. Pour une personne, le 0."
KEYS_SILENCE = (
    "Si tout va bien, faites le 1. Pour une sortie, faites le 2. Pour une personne, le 0."
)
KEYS_CAMPAIGN = (
    "Si tout va bien, faites le 1. Si vous avez besoin d'aide, faites le 2. "
    "Pour une personne, faites le 0."
)
KEYS_AGAIN = "Pour réécouter, faites le 1."
KEYS_TO_VOLUNTEER = "Pour accepter, faites le 1. Pour refuser, faites le 2."

WORDS_FOR = {
    Question.CHANGED: "Venez-vous toujours ? Répondez OUI, ou NON pour la laisser à d'autres.",
    Question.ARRIVED: "Y êtes-vous ? Répondez OUI, ou NON si vous ne pouvez pas venir.",
    Question.HOME: "Répondez OUI si la personne est rentrée, NON s'il y a un souci.",
    Question.REPORT: "Répondez OUI si tout s'est bien passé, NON s'il y a eu un souci.",
}
"""How a volunteer answers by SMS."""

KEYS_FOR = {
    Question.CHANGED: "Si vous venez toujours, faites le 1. Sinon, faites le 2. "
    "Pour une personne, le 0.",
    Question.ARRIVED: "Si vous y êtes, faites le 1. Si vous ne pouvez pas venir, le 2. "
    "Pour une personne, le 0.",
    Question.HOME: "Si la personne est rentrée, faites le 1. S'il y a un souci, le 2. "
    "Pour une personne, le 0.",
    Question.REPORT: "Si tout s'est bien passé, faites le 1. S'il y a eu un souci, le 2. "
    "Pour une personne, le 0.",
}
"""How a volunteer answers with keys."""

ANSWERED_YES = {
    Question.CHANGED: "Merci ! C'est noté, vous venez.",
    Question.ARRIVED: "Merci, c'est noté. Bonne sortie !",
    Question.HOME: "Merci, c'est noté. Merci pour votre temps.",
    Question.REPORT: "Merci beaucoup. À bientôt.",
}
ANSWERED_NO = {
    Question.CHANGED: "C'est noté, merci. Nous cherchons quelqu'un d'autre.",
    Question.ARRIVED: "C'est noté. Nous cherchons quelqu'un d'autre tout de suite.",
    Question.HOME: "C'est noté. Une personne de l'équipe vous appelle tout de suite.",
    Question.REPORT: "Merci de nous l'avoir dit. Une personne de l'équipe vous rappelle.",
}
REPLACED_ALREADY = "Merci. Quelqu'un d'autre a été cherché : une personne de l'équipe vous appelle."

TEAM_PROBLEM = "Compagnie : un souci pendant une sortie. Ouvrez la console tout de suite."
TEAM_PROBLEM_SPOKEN = "Compagnie. Il y a un souci pendant une sortie. Ouvrez la console."
TEAM_LATE = "Compagnie : un bénévole n'est pas arrivé. Ouvrez la console."
TEAM_NO_SHOW = "Compagnie : un bénévole n'est pas venu. Ouvrez la console tout de suite."
TEAM_OVERDUE = "Compagnie : une sortie n'est pas finie à l'heure. Ouvrez la console tout de suite."
TEAM_OVERDUE_SPOKEN = "Compagnie. Une sortie n'est pas finie à l'heure. Ouvrez la console."
TEAM_HELP = "Compagnie : une personne appelée a besoin d'aide. Ouvrez la console tout de suite."
TEAM_HELP_SPOKEN = "Compagnie. Une personne appelée a besoin d'aide. Ouvrez la console."
TEAM_UNREACHED = "Compagnie : une personne appelée ne répond pas. Ouvrez la console, à Campagnes."
TEAM_TASKS_LATE = "Compagnie : des tâches sont en retard. Ouvrez la console, à « À faire »."
TEAM_UNFILLED = "Compagnie : personne pour une sortie toute proche. Ouvrez la console."
TEAM_ABSENT = "Compagnie : une personne aînée n'ouvre pas. Ouvrez la console tout de suite."
TEAM_ABSENT_SPOKEN = "Compagnie. Une personne aînée n'ouvre pas. Ouvrez la console."


def day_and_month(day: date) -> str:
    """A day for the eye and the ear: "mardi 1er décembre"."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{_DAYS[day.weekday()]} {number} {_MONTHS[day.month - 1]}"


def day_and_hour(at: datetime, zone: ZoneInfo) -> str:
    """An instant for the eye and the ear: "mardi 1er décembre à 14 heures 30"."""
    local = at.astimezone(zone)
    minutes = f" {local.minute:02d}" if local.minute else ""
    return f"{day_and_month(local)} à {local.hour} heure{'s' if local.hour > 1 else ''}{minutes}"


def offer(when: str, public_url: str) -> str:
    """To a volunteer: somebody nearby would like company. Names nobody and no place."""
    return (
        f"Compagnie : près de chez vous, une personne aimerait sortir {when}. "
        f"Pour voir et répondre : {public_url}/"
    )


def shown_offer(when: str) -> str:
    """The same as a notification, which others may read on a locked screen, and opens the app."""
    return f"Près de chez vous, une personne aimerait sortir {when}. Touchez pour répondre."


def spoken_offer(when: str, reasons: list[str]) -> str:
    """The same to a volunteer who is rung: why them, and two keys."""
    why = " ".join(reasons)
    return (
        f"Bonjour, c'est Compagnie. Près de chez vous, une personne aimerait sortir {when}. "
        f"{why} {KEYS_TO_VOLUNTEER}"
    )


def accepted(when: str) -> str:
    """To a volunteer who accepted by SMS."""
    return (
        f"Compagnie : merci ! La sortie est à vous {when}. "
        "Nous vous appelons pour vous dire l'adresse et le mot de passe."
    )


def details_wait(when: str) -> str:
    """To a volunteer who is rung to hear the details: a machine that answers learns nothing."""
    return (
        f"Bonjour, c'est Compagnie, pour votre sortie {when}. Prenez de quoi noter. "
        "Pour entendre l'adresse et le mot de passe, faites le 1. Pour une personne, faites le 0."
    )


def details(when: str, senior: str, address: str, access_notes: str, code_word: str) -> str:
    """To the volunteer who holds the outing, after a key: who, where, when and the code word."""
    said = [
        f"C'est {when}.",
        f"Vous accompagnez {senior}." if senior else "",
        f"L'adresse : {address}.",
        f"Pour entrer : {access_notes}." if access_notes else "",
        f"Le mot de passe, à dire à la porte : {code_word}.",
        KEYS_AGAIN,
    ]
    return " ".join(filter(None, said))


def reminder(first_name: str, when: str, code_word: str) -> str:
    """To the senior, the day before."""
    return (
        f"Bonjour, c'est Compagnie. {first_name} vient {when}. Le mot de passe est : {code_word}."
    )


def for_the_ear(text: str) -> str:
    """An SMS of ours as it is spoken in a call."""
    return text.replace("Compagnie : ", "Bonjour, c'est Compagnie. ", 1)


def volunteer_eve(when: str) -> str:
    """To the volunteer, the day before: it is early enough to ask somebody else."""
    return (
        f"Compagnie : votre sortie est prévue {when}. Un empêchement ? Dites-le-nous dès "
        "maintenant, pour que nous trouvions quelqu'un d'autre."
    )


def volunteer_reminder(when: str) -> str:
    """To the volunteer, shortly before."""
    return f"Compagnie : votre sortie commence {when}. Merci, et bonne sortie !"


def not_checked_in(when: str) -> str:
    """To the volunteer who has not said that they are there; a question follows."""
    return f"Votre sortie était prévue {when}."


def not_checked_out(when: str) -> str:
    """To the volunteer who has not said that it is over; a question follows."""
    return f"L'heure du retour est passée, pour votre sortie prévue {when}."


def how_was_it(when: str) -> str:
    """To the volunteer, the next morning; a question follows."""
    return f"Merci pour la sortie du {when}."


def moved(when: str) -> str:
    """To the volunteer whose outing was put to another time; a question follows."""
    return f"Votre sortie change d'heure : elle est maintenant prévue {when}."


def elsewhere(when: str) -> str:
    """To the volunteer whose outing starts at another place; a question follows."""
    return f"Le lieu de rendez-vous change pour votre sortie prévue {when}."


def changed_away(when: str) -> str:
    """To the volunteer for whom the changed outing is not possible."""
    return (
        f"Compagnie : votre sortie a changé, elle est maintenant prévue {when}. "
        "Vous ne pouvez plus y être : nous cherchons quelqu'un d'autre."
    )


def released(when: str) -> str:
    """To the volunteer whom a coordinator has freed of an outing."""
    return f"Compagnie : la sortie prévue {when} est confiée à quelqu'un d'autre. Merci à vous !"


def counted_absent(when: str) -> str:
    """To the volunteer whom the team has noted as absent."""
    return (
        f"Compagnie : vous n'avez pas été vu à la sortie prévue {when}. Ne vous y rendez plus. "
        "Si vous avez eu un souci, ou si c'est une erreur, appelez-nous."
    )


def cancelled_by_phone(when: str) -> str:
    """To the senior's own number, when whoever showed it called the outing off."""
    return (
        f"Compagnie : la sortie prévue {when} est annulée, comme demandé au téléphone. "
        "Si ce n'est pas vous, rappelez-nous."
    )


def message_for_volunteer(when: str, message: str) -> str:
    """To the volunteer, what the person they accompany wants to tell them."""
    return f"Compagnie, pour la sortie prévue {when} : « {message} »"


def message_waits(when: str) -> str:
    """To the volunteer, when the message holds a number that no SMS is to carry."""
    return f"Compagnie : un message vous attend pour la sortie prévue {when}. Appelez-nous."


def withdrawn(when: str) -> str:
    """To the volunteer's own number, when whoever showed it gave the outing back."""
    return (
        f"Compagnie : c'est noté, la sortie prévue {when} revient à d'autres. "
        "Si ce n'est pas vous, rappelez-nous."
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


def never_asked(when: str) -> str:
    """To the senior, when the deadline has passed and the request was still to be verified."""
    return (
        f"Bonjour, c'est Compagnie. Nous n'avons pas pu préparer à temps votre sortie prévue "
        f"{when}. Nous en sommes désolés. Une personne de l'équipe vous rappelle."
    )


def to_verify(when: str) -> str:
    """To the senior at the promised time, when the request is still to be verified."""
    return (
        f"Bonjour, c'est Compagnie. Nous avons bien noté votre demande pour {when}. Une personne "
        "de l'équipe doit encore la vérifier avec vous : elle vous rappelle."
    )


def looking_again(when: str) -> str:
    """To the senior, when the volunteer withdrew shortly before."""
    return (
        f"Bonjour, c'est Compagnie. La personne prévue {when} ne peut plus venir. "
        "Nous cherchons quelqu'un d'autre et nous vous rappelons."
    )


def late(when: str) -> str:
    """To the senior, when nobody has arrived yet."""
    return (
        f"Bonjour, c'est Compagnie. La personne prévue {when} a du retard. "
        "Nous nous en occupons et nous vous rappelons."
    )


def replaced(when: str) -> str:
    """To the senior, when the volunteer did not come."""
    return (
        f"Bonjour, c'est Compagnie. La personne prévue {when} n'a pas pu venir. Nous sommes "
        "désolés. Nous cherchons quelqu'un tout de suite et nous vous rappelons."
    )


def cancelled(when: str) -> str:
    """To the volunteer, when the outing they had accepted is called off."""
    return f"Compagnie : la sortie prévue {when} est annulée. Merci de votre aide !"


def outing_cancelled(when: str) -> str:
    """To the senior, when somebody else called their outing off."""
    return (
        f"Bonjour, c'est Compagnie. La sortie prévue {when} est annulée. "
        "Nous en sommes désolés. Pour une autre sortie, rappelez-nous."
    )


def series_stopped(when: str) -> str:
    """To the senior, when their outings that come back are stopped; `when` is the next one."""
    return (
        f"Bonjour, c'est Compagnie. Vos sorties habituelles s'arrêtent : celle prévue {when} "
        "n'aura pas lieu, ni les suivantes. Pour en parler, rappelez-nous."
    )


def sign_in_code(code: str) -> str:
    """A one-time code, for an SMS."""
    return f"Compagnie : votre code est {code}. Il est valable 10 minutes. Ne le donnez à personne."


def sign_in_code_spoken(code: str) -> str:
    """The same for a call: one digit after the other, twice over."""
    digits = ", ".join(code)
    return f"Bonjour, c'est Compagnie. Votre code est : {digits}. Je répète : {digits}."


def holiday(when: str) -> str:
    """To the senior, when a day of their series is a public holiday and left out."""
    return f"Bonjour, c'est Compagnie. Pas de sortie {when} : c'est un jour férié."


def feedback(first_name: str) -> str:
    """To the senior, the day after an outing with this volunteer."""
    return (
        "Bonjour, c'est Compagnie. Comment s'est passée votre sortie d'hier "
        f"avec {first_name} ? {KEYS_FEEDBACK}"
    )


NO_NEWS = (
    "Bonjour, c'est Compagnie. Nous n'avons pas eu de vos nouvelles depuis un moment, "
    f"et nous pensons à vous. {KEYS_SILENCE}"
)
"""To a senior who used to go out and has gone quiet."""


def campaign(news: str) -> str:
    """To a senior of a campaign's list: why we ring, and three keys."""
    return f"Bonjour, c'est Compagnie. {news} {KEYS_CAMPAIGN}"


def digest_for_volunteer(waiting: int, public_url: str) -> str:
    """To a volunteer nobody asked lately: outings near them wait. Names nobody and no place."""
    outings = "1 sortie cherche" if waiting == 1 else f"{waiting} sorties cherchent"
    return (
        f"Compagnie : cette semaine, {outings} quelqu'un près de chez vous. "
        f"Pour voir : {public_url}/"
    )
