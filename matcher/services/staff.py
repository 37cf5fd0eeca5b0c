"""Coordinators' accounts."""

from __future__ import annotations

import pyotp
from argon2 import PasswordHasher
from sqlmodel import select

from matcher.domain.errors import InvalidInput
from matcher.services.work import Work
from matcher.store.tables import StaffRole, StaffRow

SHORTEST_PASSWORD = 12


def create_staff(
    work: Work, email: str, name: str, role: StaffRole, password: str, totp_secret: str = ""
) -> StaffRow:
    """A new account, with a fresh TOTP secret unless one is given.

    Raises:
        InvalidInput: the address is taken, or the password is too short.
    """
    address = email.strip().lower()
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidInput(f"Le mot de passe doit avoir {SHORTEST_PASSWORD} caractères au moins.")
    if work.session.exec(select(StaffRow.id).where(StaffRow.email == address)).first():
        raise InvalidInput("Un compte existe déjà à cette adresse.")
    staff = StaffRow(
        id=work.new_id(),
        created_at=work.now,
        email=address,
        name=name,
        role=role.value,
        password_hash=PasswordHasher().hash(password),
        totp_secret=totp_secret or pyotp.random_base32(),
    )
    work.session.add(staff)
    work.session.flush()
    work.note("staff", staff.id, "created")
    return staff
