"""Whether a running service has what it needs, and what to do when it has not."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import select

from matcher.services.work import Runtime
from matcher.store.tables import AddressRow, StaffRow, ZoneRow
from matcher.store.transitions import SYSTEM


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    fine: bool
    text: str

    def to_json(self) -> dict[str, object]:
        """As JSON values."""
        return {"fine": self.fine, "text": self.text}


def examine(runtime: Runtime) -> list[Finding]:
    """Everything worth a look before people ring."""
    settings = runtime.settings
    with runtime.begin(SYSTEM) as work:
        addresses = work.session.exec(select(func.count()).select_from(AddressRow)).one()
        approximate = work.session.exec(
            select(func.count()).select_from(ZoneRow).where(ZoneRow.approximate)
        ).one()
        staff = work.session.exec(select(func.count()).select_from(StaffRow)).one()
    twilio = bool(settings.twilio_account_sid and settings.twilio_auth_token.get_secret_value())
    return [
        Finding(True, "Base de données : joignable, à jour."),
        _finding(
            bool(settings.secret_keys.get_secret_value()),
            "Clés : données par l'environnement.",
            "Clés : fichier local. En production, COMPAGNIE_SECRET_KEYS et COMPAGNIE_INDEX_KEY.",
        ),
        _finding(
            settings.public_url.startswith("https://"),
            "Adresse publique : en https.",
            "Adresse publique : COMPAGNIE_PUBLIC_URL doit commencer par https://.",
        ),
        _finding(
            twilio,
            "Twilio : identifiants présents.",
            "Twilio : COMPAGNIE_TWILIO_ACCOUNT_SID et COMPAGNIE_TWILIO_AUTH_TOKEN manquent.",
        ),
        _finding(
            bool(settings.coordinator_numbers),
            "Coordination : des numéros à faire sonner.",
            "Coordination : COMPAGNIE_COORDINATOR_NUMBERS est vide, personne ne décrochera.",
        ),
        _finding(
            addresses > 0,
            f"Adresses : {addresses}.",
            "Adresses : le petit répertoire intégré. Importez le fichier officiel : "
            "compagnie import addresses.",
        ),
        _finding(
            approximate == 0,
            "Zones : officielles.",
            "Zones : approximatives. Importez le fichier officiel : compagnie import zones.",
        ),
        _finding(
            staff > 0,
            f"Comptes de coordination : {staff}.",
            "Aucun compte de coordination : compagnie user create.",
        ),
        Finding(
            True,
            f"À régler chez Twilio : voix {settings.public_url}/phone/voice, "
            f"statut {settings.public_url}/phone/status, SMS {settings.public_url}/phone/sms, "
            f"secours {settings.public_url}/phone/fallback (tous en POST).",
        ),
    ]


def _finding(fine: bool, yes: str, no: str) -> Finding:
    return Finding(fine, yes if fine else no)
