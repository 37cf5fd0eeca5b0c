"""Filling an empty database with the demo's town, people and past."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from argon2 import PasswordHasher
from sqlmodel import SQLModel

from api.demo.actors import keep_promises
from api.demo.history import make_history
from api.demo.people import Town, demo_id, make_people
from api.demo.places import make_places
from matcher.services.missions import plan_visit
from matcher.services.work import Runtime, Work
from matcher.store.tables import StaffRole, StaffRow
from matcher.store.transitions import SYSTEM

SEED = 20_261_122


@dataclass(frozen=True, slots=True)
class Credentials:
    """How the demo's coordinator signs in; told to everybody at /demo/people."""

    email: str
    password: str
    totp_secret: str


COORDINATOR = Credentials(
    email="camille@compagnie.example",
    password="bonne-compagnie",  # noqa: S106 - the demo's, shown to whoever opens it
    totp_secret="JBSWY3DPEBLW64TMMQXHGZLDOJSXI3DF",  # noqa: S106 - idem
)
COORDINATOR_ID = demo_id("staff", 1)


def seed(runtime: Runtime) -> None:
    """Fill the database, in one transaction, unless it was done before.

    The people are drawn from a fixed seed, so that every demo has the same; their past lies
    before the clock's now.
    """
    with runtime.begin(SYSTEM) as work:
        if work.session.get(StaffRow, COORDINATOR_ID) is None:
            _fill(work)
        keep_promises(work)


def _fill(work: Work) -> None:
    runtime, rng = work.runtime, np.random.default_rng(SEED)
    territory = runtime.atlas.territory
    town = Town.of(list(runtime.atlas.gazetteer), territory, runtime.keyring)
    people = make_people(rng, town, COORDINATOR_ID, work.now)
    history = make_history(rng, people, territory, work.now, runtime.settings.zone)
    _insert(work, _coordinator(work))
    _insert(work, *people.seniors, *people.volunteers)
    _insert(work, *people.windows, *people.exceptions, *people.checks, *people.consents)
    _insert(work, *history.requests)
    _insert(work, *history.missions)
    _insert(work, *history.offers, *history.bonds.values(), *history.events)
    for mission in history.missions:
        plan_visit(work, mission)
    _insert(work, *make_places(rng, town, work.now))


def _insert(work: Work, *rows: SQLModel) -> None:
    """Send the rows off before those that refer to them."""
    work.session.add_all(rows)
    work.session.flush()


def _coordinator(work: Work) -> StaffRow:
    return StaffRow(
        id=COORDINATOR_ID,
        created_at=work.now,
        email=COORDINATOR.email,
        name="Camille Exemple",
        role=StaffRole.COORDINATOR.value,
        password_hash=PasswordHasher().hash(COORDINATOR.password),
        totp_secret=COORDINATOR.totp_secret,
    )
