"""How the console says what the service knows."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from api.v1.coordination_schemas import CancelReason
from matcher.domain.campaigns import CallStatus
from matcher.domain.lifecycle import LIVE_MISSIONS, MissionEvent, MissionStatus, OfferStatus
from matcher.domain.people import Need, Purpose
from matcher.services.coverage import HalfDay
from matcher.services.texts import day_and_hour
from matcher.store.tables import ActorKind, MissionRow, TaskKind

STATES = {
    MissionStatus.TO_VERIFY: ("a_verifier", "À vérifier"),
    MissionStatus.OPEN: ("a_pourvoir", "À pourvoir"),
    MissionStatus.ACCEPTED: ("acceptee", "Acceptée"),
    MissionStatus.IN_PROGRESS: ("en_cours", "En cours"),
    MissionStatus.COMPLETED: ("terminee", "Terminée"),
    MissionStatus.CANCELLED: ("annulee", "Annulée"),
    MissionStatus.UNFILLED: ("non_pourvue", "Non pourvue"),
    MissionStatus.NO_SHOW: ("absence", "Absence"),
}

PROPOSED = ("proposee", "Proposée")

PURPOSES = {
    Purpose.MEDICAL: "Rendez-vous médical",
    Purpose.SHOPPING: "Courses",
    Purpose.WALK: "Promenade",
    Purpose.ADMINISTRATIVE: "Démarche",
    Purpose.LEISURE: "Loisir",
    Purpose.VISIT: "Visite",
    Purpose.OTHER: "Autre sortie",
}

NEEDS = {
    Need.WALKER: "déambulateur",
    Need.CANE: "canne",
    Need.WHEELCHAIR: "fauteuil roulant",
    Need.SLOW: "marche doucement",
    Need.VISUAL: "voit mal",
    Need.HEARING: "entend mal",
}

TASKS = {
    TaskKind.CALL_BACK: "Rappeler",
    TaskKind.VERIFY_REQUEST: "Vérifier une demande",
    TaskKind.UNFILLED: "Personne trouvé",
    TaskKind.ATTENTION: "À surveiller",
    TaskKind.DISTRESS: "Détresse",
    TaskKind.MESSAGE_FAILED: "Message non parti",
    TaskKind.PROMISE_DUE: "Rappel promis",
    TaskKind.REPORT: "Bilan à lire",
}

COVERAGE = ("Personne", "Très peu", "Peu", "Assez", "Beaucoup")

ANSWERS = {
    CallStatus.HELP: ("non_pourvue", "Besoin d'aide"),
    CallStatus.UNREACHED: ("non_pourvue", "Sans réponse"),
    CallStatus.PERSON: ("a_pourvoir", "Demande une personne"),
    CallStatus.WAITING: ("proposee", "On appelle"),
    CallStatus.REACHED: ("terminee", "Jointe par l'équipe"),
    CallStatus.WELL: ("acceptee", "Tout va bien"),
    CallStatus.STOPPED: ("annulee", "Arrêté"),
}
"""How a campaign's people stand: the chip's class and its word, those to act on first."""

HALF_DAYS = {HalfDay.MORNING: "matin", HalfDay.AFTERNOON: "après-midi"}

OFFERS = {
    OfferStatus.SENT: "réfléchit",
    OfferStatus.ACCEPTED: "a accepté",
    OfferStatus.DECLINED: "pas cette fois",
    OfferStatus.EXPIRED: "n'a pas répondu",
    OfferStatus.WITHDRAWN: "n'est plus sollicité",
}

CANCEL_REASONS = {
    CancelReason.SENIOR: "La personne aînée y renonce",
    CancelReason.VOLUNTEER: "Le bénévole ne peut plus",
    CancelReason.DUPLICATE: "La demande est en double",
    CancelReason.UNSAFE: "La sortie n'est pas prudente",
    CancelReason.OTHER: "Autre raison",
}

EVENTS = {
    "created": "Sortie notée",
    MissionEvent.VERIFY: "Demande vérifiée",
    MissionEvent.ACCEPT: "Sortie acceptée",
    MissionEvent.WITHDRAW: "Bénévole libéré",
    MissionEvent.START: "Sortie commencée",
    MissionEvent.COMPLETE: "Sortie terminée",
    MissionEvent.CANCEL: "Sortie annulée",
    MissionEvent.GIVE_UP: "Personne trouvé à temps",
    MissionEvent.REOPEN: "Recherche reprise",
    MissionEvent.MARK_NO_SHOW: "Absence notée",
    "placed_by_hand": "Lieu placé à la main",
    "address_confirmed": "Adresse confirmée",
    "address_doubtful": "Adresse douteuse",
    "changed": "Heure ou lieu changé",
    "change_confirmed": "Changement accepté",
    "report": "Bilan reçu",
}
"""What the journal's lines about an outing say to a coordinator; the others say nothing."""

ACTORS = {
    ActorKind.CALLER: "au téléphone",
    ActorKind.VOLUNTEER: "le bénévole",
    ActorKind.STAFF: "la coordination",
    ActorKind.SYSTEM: "le service",
}

DETAILS = {
    "caller": "Appelant",
    "from": "De",
    "text": "Message",
    "note": "Note",
    "answer": "Réponse",
    "purpose": "Sortie",
    "starts_at": "Quand",
    "callback_number": "Rappeler au",
    "first_name": "Prénom",
    "language": "Langue",
    "message": "Message pour le bénévole",
    "volunteer": "Bénévole",
    "free_now": "Libres maintenant",
    "minutes_late": "Retard, en minutes",
    "every_weeks": "Revient, en semaines",
    "recording": "Message vocal",
    "words_heard": "Entendu",
    "found_instead": "Adresse trouvée par le service national",
}


def demand_of(low: int, high: int) -> str | None:
    """How many will be asked for, nothing when hardly any."""
    if high == 0:
        return None
    outings = "demande" if high == 1 else "demandes"
    return f"{high} {outings}" if low == high else f"{low} à {high} {outings}"


def state_of(mission: MissionRow, proposed: bool) -> tuple[str, str]:
    """The chip's class and its word; "Proposée" is an open mission somebody is thinking over."""
    return PROPOSED if proposed else STATES[MissionStatus(mission.status)]


def actions_on(mission: MissionRow, now: datetime) -> list[tuple[str, str]]:
    """What may be done about an outing with one button, as its address and its words."""
    begun = mission.starts_at <= now
    if mission.status == MissionStatus.UNFILLED and not begun:
        return [("reopen", "Chercher encore")]
    if mission.status == MissionStatus.ACCEPTED and not begun:
        return [("release", "Libérer le bénévole")]
    if mission.status == MissionStatus.ACCEPTED:
        return [
            ("volunteer-absent", "Bénévole absent : le remplacer"),
            ("senior-absent", "Personne aînée absente"),
        ]
    return []


def can_call_off(mission: MissionRow) -> bool:
    """Whether the outing can be cancelled."""
    return mission.status in LIVE_MISSIONS


def needs_of(mission: MissionRow) -> str:
    """The needs in words, in one line."""
    return ", ".join(NEEDS[Need(need)] for need in mission.needs)


def details_of(details: dict[str, object], zone: ZoneInfo) -> list[tuple[str, str]]:
    """What was understood, as pairs to show; empty values and unknown keys are left out."""
    shown = []
    for key, label in DETAILS.items():
        value = details.get(key)
        if not value:
            continue
        if key == "starts_at":
            value = day_and_hour(datetime.fromisoformat(str(value)), zone)
        elif key == "purpose" and value in list(Purpose):
            value = PURPOSES[Purpose(str(value))]
        elif isinstance(value, list):
            value = " – ".join(str(one) for one in value)
        shown.append((label, str(value)))
    return shown
