"""What can go wrong in the rules of the house. An error's docstring is its default message."""

from __future__ import annotations


class DomainError(Exception):
    """Cette action n'est pas possible."""

    slug = "refused"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class NotFound(DomainError):
    """Introuvable."""

    slug = "not-found"


class NotAllowed(DomainError):
    """Vous n'avez pas accès à cette page."""

    slug = "not-allowed"


class InvalidInput(DomainError):
    """La demande contient une erreur."""

    slug = "invalid"


class TransitionRefused(DomainError):
    """Cette action n'est plus possible dans l'état actuel."""

    slug = "state-conflict"


class MissionTaken(DomainError):
    """Une autre personne vient d'accepter. Merci quand même !"""

    slug = "mission-taken"


class OfferClosed(DomainError):
    """Cette proposition n'est plus ouverte. Merci quand même !"""

    slug = "offer-closed"


class MissionsOverlap(DomainError):
    """Vous avez déjà une sortie à ce moment-là, trajet compris."""

    slug = "missions-overlap"


class NotEligible(DomainError):
    """Cette sortie ne peut pas vous être confiée."""

    slug = "not-eligible"


class OutsideTerritory(DomainError):
    """Cette adresse est en dehors du territoire."""

    slug = "outside-territory"


class PlaceUnknown(DomainError):
    """Il faut d'abord placer le lieu de rendez-vous sur la carte."""

    slug = "place-unknown"


class TooManyAttempts(DomainError):
    """Trop d'essais. Réessayez plus tard."""

    slug = "too-many-attempts"

    def __init__(self, message: str | None = None, retry_after_s: int = 60) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SignInRefused(DomainError):
    """Le code ou les identifiants ne sont pas bons."""

    slug = "sign-in-refused"


class ImportRefused(DomainError):
    """Le fichier contient des lignes refusées ; rien n'a été importé."""

    slug = "import-refused"
