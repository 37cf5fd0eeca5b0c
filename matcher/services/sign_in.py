"""Signing in: one-time codes for volunteers, password and TOTP for staff, opaque sessions.

A refusal is returned, not raised: what it counted (a try, a failure) must be committed, and
raising would roll it back.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import delete, func, or_, text, update
from sqlmodel import col, select

from matcher.domain.errors import DomainError, SignInRefused, TooManyAttempts
from matcher.services import texts
from matcher.services.messages import queue_call, queue_sms
from matcher.services.telephone import normal_number, takes_sms
from matcher.services.work import Work
from matcher.store.tables import (
    ActorKind,
    Channel,
    OneTimeCodeRow,
    PersonKind,
    SessionRow,
    SignInAttemptRow,
    StaffRow,
    VolunteerRow,
)
from matcher.store.transitions import Actor

SAME_TIME = timedelta(minutes=1)
"""The service's clock and the one on the wall differ by no more, but in a demo."""

_HASHER = PasswordHasher()
# Checked when nobody has that address, so that the answer takes as long.
_NOBODYS_HASH = _HASHER.hash("nobody's password")


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """How long things last and how often they may be tried.

    Attributes:
        code_life: a one-time code is good for this long.
        code_tries: wrong tries before a code is void, the last one included.
        codes_a_day: codes sent to one number in 24 hours.
        volunteer_session: a volunteer stays signed in this long.
        staff_session: a coordinator stays signed in this long.
        free_failures: failed staff sign-ins before waiting begins.
        first_wait: wait after that many failures, doubled by each further one.
        longest_wait: no wait is longer; failures older than this are forgotten.
    """

    code_life: timedelta = timedelta(minutes=10)
    code_tries: int = 5
    codes_a_day: int = 5
    volunteer_session: timedelta = timedelta(days=30)
    staff_session: timedelta = timedelta(hours=12)
    free_failures: int = 5
    first_wait: timedelta = timedelta(seconds=30)
    longest_wait: timedelta = timedelta(minutes=15)


POLICY = SignInPolicy()
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in."""

    kind: PersonKind
    id: UUID

    @property
    def actor(self) -> Actor:
        """The same person as the journal names them."""
        kind = ActorKind.STAFF if self.kind is PersonKind.STAFF else ActorKind.VOLUNTEER
        return Actor(kind, self.id)


def send_code(work: Work, phone: str, channel: Channel | None = None) -> DomainError | None:
    """Send a one-time code, spoken when asked or on a landline; the refusal, if any.

    A number nobody has is answered alike, with the same writes but the message itself.

    Raises:
        InvalidInput: `phone` cannot be a telephone number.
    """
    number = normal_number(phone)
    phone_index = work.runtime.keyring.index(number)
    _one_at_a_time(work, phone_index)
    sent = work.session.exec(
        select(OneTimeCodeRow.created_at)
        .where(
            OneTimeCodeRow.phone_index == phone_index,
            col(OneTimeCodeRow.created_at) > work.now - DAY,
        )
        .order_by(col(OneTimeCodeRow.created_at))
    ).all()
    if len(sent) >= POLICY.codes_a_day:
        return TooManyAttempts(
            "Trop de codes demandés aujourd'hui. Réessayez demain.",
            retry_after_s=_seconds(sent[-POLICY.codes_a_day] + DAY - work.now),
        )
    code = work.runtime.new_code()
    row = OneTimeCodeRow(
        id=work.new_id(),
        phone_index=phone_index,
        code_index=_code_index(work, number, code),
        created_at=work.now,
        expires_at=work.now + POLICY.code_life,
    )
    work.session.add(row)
    known = _find_volunteer(work, phone_index) is not None
    work.session.flush()
    # Queued for everybody and taken back for strangers: both take the same time.
    with work.session.begin_nested() as savepoint:
        if channel is Channel.CALL or not takes_sms(number):
            queue_call(
                work, number, texts.sign_in_code_spoken(code), "sign_in", once=f"code:{row.id}"
            )
        else:
            queue_sms(work, number, texts.sign_in_code(code), "sign_in", once=f"code:{row.id}")
        if not known:
            savepoint.rollback()
    return None


def open_session(work: Work, phone: str, code: str) -> str | DomainError:
    """A volunteer's session token for the newest code of their number, or the refusal.

    Raises:
        InvalidInput: `phone` cannot be a telephone number.
    """
    number = normal_number(phone)
    phone_index = work.runtime.keyring.index(number)
    newest = (
        select(OneTimeCodeRow.id)
        .where(OneTimeCodeRow.phone_index == phone_index)
        .order_by(col(OneTimeCodeRow.created_at).desc(), col(OneTimeCodeRow.id).desc())
        .limit(1)
        .scalar_subquery()
    )
    # The try is counted and its right to be one checked in the same write: races count too.
    tried = work.session.execute(
        update(OneTimeCodeRow)
        .where(
            col(OneTimeCodeRow.id) == newest,
            col(OneTimeCodeRow.used_at).is_(None),
            col(OneTimeCodeRow.expires_at) > work.now,
            col(OneTimeCodeRow.tries) < POLICY.code_tries,
        )
        .values(tries=col(OneTimeCodeRow.tries) + 1)
        .returning(col(OneTimeCodeRow.id), col(OneTimeCodeRow.code_index)),
        execution_options={"synchronize_session": False},
    ).first()
    volunteer = _find_volunteer(work, phone_index)
    given = _code_index(work, number, code)
    if tried is None or not hmac.compare_digest(tried.code_index, given) or volunteer is None:
        return SignInRefused("Ce code n'est pas le bon, ou il n'est plus valable.")
    work.session.execute(
        update(OneTimeCodeRow).where(col(OneTimeCodeRow.id) == tried.id).values(used_at=work.now),
        execution_options={"synchronize_session": False},
    )
    return _start_session(work, Person(PersonKind.VOLUNTEER, volunteer), POLICY.volunteer_session)


def open_staff_session(work: Work, email: str, password: str, totp: str) -> str | DomainError:
    """A coordinator's session token for their address, password and TOTP code, or the refusal."""
    address = email.strip().lower()
    subject = work.runtime.keyring.index(address)
    _one_at_a_time(work, subject)
    wait = _wait(work, subject)
    if wait > timedelta(0):
        return TooManyAttempts(retry_after_s=_seconds(wait))
    staff = work.session.exec(
        select(StaffRow).where(StaffRow.email == address, col(StaffRow.active))
    ).first()
    password_fits = _password_fits(staff.password_hash if staff else _NOBODYS_HASH, password)
    if staff is None or not password_fits or not _take_totp(work, staff, totp):
        work.session.add(SignInAttemptRow(id=work.new_id(), subject_index=subject, at=work.now))
        return SignInRefused("L'adresse, le mot de passe ou le code ne sont pas bons.")
    work.session.execute(
        delete(SignInAttemptRow).where(col(SignInAttemptRow.subject_index) == subject)
    )
    return _start_session(work, Person(PersonKind.STAFF, staff.id), POLICY.staff_session)


def find_session(work: Work, token: str) -> Person | None:
    """Who holds this token, if it is good and they have not been blocked since."""
    row = work.session.get(SessionRow, work.runtime.keyring.index(token))
    if row is None or row.expires_at <= work.now:
        return None
    kind = PersonKind(row.person_kind)
    holder = StaffRow if kind is PersonKind.STAFF else VolunteerRow
    active = work.session.exec(select(holder.active).where(holder.id == row.person_id)).first()
    return Person(kind, row.person_id) if active else None


def sign_out(work: Work, token: str) -> None:
    """End the session of this token; doing it twice changes nothing."""
    work.session.execute(
        delete(SessionRow).where(col(SessionRow.token_index) == work.runtime.keyring.index(token))
    )


def _find_volunteer(work: Work, phone_index: str) -> UUID | None:
    return work.session.exec(
        select(VolunteerRow.id).where(
            VolunteerRow.phone_index == phone_index, col(VolunteerRow.active)
        )
    ).first()


def _start_session(work: Work, person: Person, life: timedelta) -> str:
    token = work.runtime.new_token()
    work.session.add(
        SessionRow(
            token_index=work.runtime.keyring.index(token),
            person_kind=person.kind.value,
            person_id=person.id,
            created_at=work.now,
            expires_at=work.now + life,
        )
    )
    return token


def _one_at_a_time(work: Work, subject: str) -> None:
    """Wait for the other transactions about the same person: limits hold under races."""
    work.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 0))"), {"subject": subject}
    )


def _code_index(work: Work, number: str, code: str) -> str:
    return work.runtime.keyring.index(f"code:{number}:{code}")


def _wait(work: Work, subject: str) -> timedelta:
    """How long from now before the next staff sign-in may be tried."""
    failures: int
    last: datetime | None
    failures, last = work.session.exec(
        select(func.count(), func.max(SignInAttemptRow.at)).where(
            SignInAttemptRow.subject_index == subject,
            col(SignInAttemptRow.at) > work.now - POLICY.longest_wait,
        )
    ).one()
    if last is None or failures < POLICY.free_failures:
        return timedelta(0)
    doublings = min(failures - POLICY.free_failures, 10)
    wait = min(POLICY.first_wait * (1 << doublings), POLICY.longest_wait)
    return last + wait - work.now


def _password_fits(stored_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored_hash, password)
    except VerifyMismatchError:
        return False


def _take_totp(work: Work, staff: StaffRow, given: str) -> bool:
    """Accept the code of this half-minute or a neighbour, and none of them a second time."""
    totp = pyotp.TOTP(staff.totp_secret)
    readings = (work.now, work.runtime.wall_clock())
    fitting = [
        step
        for current in (int(reading.timestamp()) // totp.interval for reading in readings)
        for step in (current - 1, current, current + 1)
        if hmac.compare_digest(totp.generate_otp(step), given)
    ]
    if not fitting:
        return False
    unused = col(StaffRow.totp_last_step) < fitting[0]
    if abs(readings[0] - readings[1]) > SAME_TIME:
        # The demo's clock was moved: codes of both times come in, in no order.
        unused = col(StaffRow.totp_last_step) != fitting[0]
    taken = work.session.execute(
        update(StaffRow)
        .where(
            col(StaffRow.id) == staff.id,
            or_(
                col(StaffRow.totp_last_step).is_(None),
                unused,
            ),
        )
        .values(totp_last_step=fitting[0])
        .returning(col(StaffRow.id)),
        execution_options={"synchronize_session": False},
    ).first()
    return taken is not None


def _seconds(wait: timedelta) -> int:
    return max(1, ceil(wait.total_seconds()))
