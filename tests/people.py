"""People and outings put straight into the store, as a test needs them.

Every function takes an open `Work`:

    with runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, "+33612345678")
        mission = add_mission(work, add_senior(work))
        offer = add_offer(work, mission, volunteer)
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from argon2 import PasswordHasher

from matcher.domain.lifecycle import MissionStatus, OfferStatus
from matcher.domain.people import Purpose, VettingStep
from matcher.services.missions import plan_visit
from matcher.services.roll import address_of
from matcher.services.work import Work
from matcher.store.tables import (
    AskedBy,
    AvailabilityWindowRow,
    FileStatus,
    MissionRow,
    OfferRow,
    PersonKind,
    RequestRow,
    SeniorRow,
    SessionRow,
    StaffRole,
    StaffRow,
    VettingCheckRow,
    VolunteerRow,
)

FAUBOURG = {
    "number": 55,
    "rep": None,
    "street": "Rue du Faubourg Saint-Honoré",
    "postcode": "75008",
    "lat": 48.870417,
    "lon": 2.316864,
}
"""A known address of the eighth arrondissement, in the shape the encrypted columns keep."""

NEARBY = (48.8725, 2.3130)
"""A volunteer's home some 400 m from `FAUBOURG`, (lat, lon)."""

CODE_WORD = "tilleul"
ACCESS_NOTES = "Digicode 4521B, deuxième étage gauche"
STAFF_EMAIL = "camille@compagnie.test"
STAFF_PASSWORD = "un bon mot de passe"
STAFF_TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

_FAST_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def add_volunteer(
    work: Work, phone: str, *, vetted: bool = True, always_free: bool = True, **fields: Any
) -> VolunteerRow:
    """A volunteer who lives near `FAUBOURG`, vetted and free every day unless told otherwise."""
    row = VolunteerRow(
        **{
            "id": work.new_id(),
            "created_at": work.now,
            "first_name": "Lucas",
            "last_name": "Moreau",
            "phone": phone,
            "phone_index": work.runtime.keyring.index(phone),
            "lat": NEARBY[0],
            "lon": NEARBY[1],
            "languages": ["fr"],
            **fields,
        }
    )
    work.session.add(row)
    work.session.flush()
    if vetted:
        work.session.add_all(
            VettingCheckRow(volunteer_id=row.id, step=step.value, seen_at=work.now)
            for step in VettingStep
        )
    if always_free:
        work.session.add_all(
            AvailabilityWindowRow(
                id=work.new_id(), volunteer_id=row.id, weekday=weekday, start=time(0), end=time(0)
            )
            for weekday in range(7)
        )
    work.session.flush()
    return row


def add_senior(work: Work, phone: str = "+33142650001", **fields: Any) -> SeniorRow:
    """A verified senior who lives at `FAUBOURG`."""
    row = SeniorRow(
        **{
            "id": work.new_id(),
            "created_at": work.now,
            "status": FileStatus.ACTIVE.value,
            "first_name": "Odette",
            "last_name": "Lambert",
            "phone": phone,
            "phone_index": work.runtime.keyring.index(phone),
            "home": FAUBOURG,
            "access_notes": ACCESS_NOTES,
            **fields,
        }
    )
    work.session.add(row)
    work.session.flush()
    return row


def add_mission(
    work: Work, senior: SeniorRow, starts_at: datetime | None = None, **fields: Any
) -> MissionRow:
    """An open two-hour outing from the senior's door, two days from now unless told otherwise."""
    request = RequestRow(
        id=work.new_id(),
        created_at=work.now,
        senior_id=senior.id,
        asked_by=AskedBy.SENIOR.value,
        purpose=Purpose.MEDICAL.value,
        words=["le médecin"],
    )
    work.session.add(request)
    work.session.flush()
    starts_at = starts_at or work.now + timedelta(days=2)
    row = MissionRow(
        **{
            "id": work.new_id(),
            "created_at": work.now,
            "request_id": request.id,
            "senior_id": senior.id,
            "status": MissionStatus.OPEN.value,
            "purpose": Purpose.MEDICAL.value,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=2),
            "deadline_at": starts_at - timedelta(hours=2),
            "opened_at": work.now,
            "meeting": senior.home,
            "code_word": CODE_WORD,
            **fields,
        }
    )
    work.session.add(row)
    work.session.flush()
    return row


def add_offer(work: Work, mission: MissionRow, volunteer: VolunteerRow, **fields: Any) -> OfferRow:
    """A waiting offer of the mission to the volunteer, an eight-minute walk away."""
    row = OfferRow(
        **{
            "id": work.new_id(),
            "mission_id": mission.id,
            "volunteer_id": volunteer.id,
            "wave": 1,
            "status": OfferStatus.SENT.value,
            "sent_at": work.now,
            "expires_at": work.now + timedelta(hours=12),
            "walk_s": 8 * 60,
            "context": 0.5,
            "chance": 0.3,
            "reasons": ["Vous habitez tout près."],
            **fields,
        }
    )
    work.session.add(row)
    work.session.flush()
    return row


def give_mission(work: Work, mission: MissionRow, volunteer: VolunteerRow) -> None:
    """Let the volunteer hold the mission, as after an acceptance of their only offer."""
    walk = timedelta(minutes=8)
    mission.status = MissionStatus.ACCEPTED.value
    mission.volunteer_id = volunteer.id
    mission.accepted_at = work.now
    mission.walk_s = int(walk.total_seconds())
    mission.busy_from = mission.starts_at - walk
    mission.busy_until = mission.ends_at + walk
    work.session.add(mission)
    add_offer(work, mission, volunteer, status=OfferStatus.ACCEPTED.value, answered_at=work.now)
    work.session.flush()
    plan_visit(work, mission)


def add_coordinator(work: Work, email: str = STAFF_EMAIL, **fields: Any) -> StaffRow:
    """A coordinator who signs in with `STAFF_PASSWORD` and the codes of `STAFF_TOTP`."""
    row = StaffRow(
        **{
            "id": work.new_id(),
            "created_at": work.now,
            "email": email,
            "name": "Camille",
            "role": StaffRole.COORDINATOR.value,
            "password_hash": _FAST_HASHER.hash(STAFF_PASSWORD),
            "totp_secret": STAFF_TOTP,
            **fields,
        }
    )
    work.session.add(row)
    work.session.flush()
    return row


def add_session(work: Work, person: VolunteerRow | StaffRow) -> dict[str, str]:
    """The headers of a call by this person, signed in."""
    kind = PersonKind.STAFF if isinstance(person, StaffRow) else PersonKind.VOLUNTEER
    token = work.runtime.new_token()
    work.session.add(
        SessionRow(
            token_index=work.runtime.keyring.index(token),
            person_kind=kind.value,
            person_id=person.id,
            created_at=work.now,
            expires_at=work.now + timedelta(days=30),
        )
    )
    return {"Authorization": f"Bearer {token}"}


def address_label() -> str:
    """The exact address of `FAUBOURG` as a volunteer reads it."""
    return address_of(dict(FAUBOURG)).label
