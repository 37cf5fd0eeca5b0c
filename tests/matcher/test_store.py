"""What the database itself refuses, and what it keeps to itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from cryptography.fernet import Fernet
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import SQLModel

from matcher.domain.errors import TransitionRefused
from matcher.domain.lifecycle import MissionEvent, MissionStatus, OfferStatus
from matcher.services.work import Runtime
from matcher.settings import Settings
from matcher.store.encrypted import Keyring, KeyringError
from matcher.store.tables import EventRow, MissionRow, OfferRow
from matcher.store.transitions import SYSTEM, move_mission
from tests.conftest import SECRET_KEYS
from tests.people import add_mission, add_offer, add_senior, add_volunteer, give_mission

pytestmark = pytest.mark.postgres


def test_the_migrations_make_exactly_the_tables_that_the_code_knows(runtime: Runtime) -> None:
    def ours(_: object, name: str | None, *__: object) -> bool:
        return not (name or "").startswith(("procrastinate", "alembic"))

    with runtime.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_no_volunteer_holds_two_outings_that_overlap_with_their_walks(runtime: Runtime) -> None:
    with (
        pytest.raises(IntegrityError, match="ex_mission_no_overlap"),
        runtime.begin(SYSTEM) as work,
    ):
        senior, volunteer = add_senior(work), add_volunteer(work, "+33639980001")
        first = add_mission(work, senior)
        give_mission(work, first, volunteer)
        # It starts ten minutes after the first one ends; the walks take eight minutes each.
        second = add_mission(work, senior, first.ends_at + timedelta(minutes=10))
        give_mission(work, second, volunteer)


def test_a_mission_has_one_accepted_offer_at_most(runtime: Runtime) -> None:
    with (
        pytest.raises(IntegrityError, match="uq_offer_one_accepted"),
        runtime.begin(SYSTEM) as work,
    ):
        mission = add_mission(work, add_senior(work))
        for number in ("+33639980001", "+33639980002"):
            offer = add_offer(work, mission, add_volunteer(work, number))
            offer.status = OfferStatus.ACCEPTED.value
            work.session.flush()


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("mission", "status", "lost"),
        ("mission", "purpose", "burglary"),
        ("mission", "needs", "{levitation}"),
        ("offer", "status", "maybe"),
        ("senior", "status", "unknown"),
        ("volunteer", "skills", "{juggling}"),
        ("volunteer", "max_walk_m", "5"),
        ("availability_window", "weekday", "7"),
    ],
)
def test_a_value_outside_its_enumeration_is_refused(
    runtime: Runtime, table: str, column: str, value: str
) -> None:
    with runtime.begin(SYSTEM) as work:
        add_offer(work, add_mission(work, add_senior(work)), add_volunteer(work, "+33639980001"))
    with pytest.raises(IntegrityError, match="ck_"), runtime.engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET {column} = :value"), {"value": _typed(value)})


def _typed(value: str) -> Any:
    if value.startswith("{"):
        return [value.strip("{}")]
    return int(value) if value.isdigit() else value


@pytest.mark.parametrize("missing", ["volunteer_id", "busy_from"])
def test_a_held_mission_has_its_volunteer_and_its_hours(runtime: Runtime, missing: str) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
        give_mission(work, mission, add_volunteer(work, "+33639980001"))
    with (
        pytest.raises(IntegrityError, match="held_by_someone"),
        runtime.engine.begin() as connection,
    ):
        connection.execute(text(f"UPDATE mission SET {missing} = NULL"))


def test_the_journal_cannot_be_rewritten(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        work.note("mission", work.new_id(), "created")
    with pytest.raises(DBAPIError, match="append-only"), runtime.engine.begin() as connection:
        connection.execute(text("UPDATE event SET kind = 'nothing happened'"))


def test_a_change_of_state_is_written_with_its_line_in_the_journal(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
        move_mission(work.session, mission, MissionEvent.CANCEL, work.now, SYSTEM, reason="test")
    with runtime.begin(SYSTEM) as work:
        assert work.session.get_one(MissionRow, mission.id).status == MissionStatus.CANCELLED
        event = work.session.get_one(EventRow, 1)
        assert (event.before, event.after, event.reason) == ("open", "cancelled", "test")


def test_a_change_that_another_transaction_made_impossible_is_refused(runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        mission_id = add_mission(work, add_senior(work)).id
    with pytest.raises(TransitionRefused), runtime.begin(SYSTEM) as late:
        seen = late.session.get_one(MissionRow, mission_id)
        with runtime.begin(SYSTEM) as work:
            first = work.session.get_one(MissionRow, mission_id)
            move_mission(work.session, first, MissionEvent.GIVE_UP, work.now, SYSTEM)
        move_mission(late.session, seen, MissionEvent.CANCEL, late.now, SYSTEM)
    with runtime.begin(SYSTEM) as work:
        assert work.session.get_one(MissionRow, mission_id).status == MissionStatus.UNFILLED


def test_what_a_transaction_asked_for_happens_only_if_it_is_committed(runtime: Runtime) -> None:
    class Interrupted(Exception):
        pass

    def jobs() -> int:
        with runtime.engine.connect() as connection:
            return connection.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one()

    from matcher.services.missions import schedule_step

    with pytest.raises(Interrupted), runtime.begin(SYSTEM) as work:
        schedule_step(work, add_mission(work, add_senior(work)), work.now)
        raise Interrupted
    assert jobs() == 0
    with runtime.begin(SYSTEM) as work:
        schedule_step(work, add_mission(work, add_senior(work)), work.now)
    assert jobs() == 1


def test_a_value_is_read_with_the_key_it_was_written_with_and_written_with_the_first() -> None:
    old = Keyring.parse(SECRET_KEYS, "index")
    both = Keyring.parse(f"k2:{Fernet.generate_key().decode()},{SECRET_KEYS}", "index")
    stored = old.encrypt("12 rue des Martyrs")
    assert both.decrypt(stored) == "12 rue des Martyrs"
    assert both.encrypt("x").startswith("k2$")
    with pytest.raises(KeyringError):
        old.decrypt(both.encrypt("x"))


def test_equal_numbers_are_found_by_their_keyed_hash_which_differs_by_key() -> None:
    one, other = Keyring.parse(SECRET_KEYS, "one"), Keyring.parse(SECRET_KEYS, "other")
    assert one.index("+33639980001") == one.index("+33639980001")
    assert one.index("+33639980001") != other.index("+33639980001")


@pytest.mark.parametrize(
    ("keys", "index"), [("", "index"), (SECRET_KEYS, ""), ("k1", "index"), ("k1:short", "index")]
)
def test_missing_or_malformed_keys_are_refused(keys: str, index: str) -> None:
    with pytest.raises(KeyringError):
        Keyring.parse(keys, index)


def test_production_does_not_start_without_keys_and_https() -> None:
    with pytest.raises(ValueError, match="COMPAGNIE_SECRET_KEYS"):
        Settings(_env_file=None, environment="production")
    with pytest.raises(ValueError, match="https"):
        Settings(
            _env_file=None,
            environment="production",
            secret_keys=SECRET_KEYS,
            index_key="x",
            twilio_auth_token="x",
        )


def test_nobody_is_asked_twice_at_a_time_for_one_mission(runtime: Runtime) -> None:
    with pytest.raises(IntegrityError, match="uq_offer_one_live"), runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
        volunteer = add_volunteer(work, "+33639980001")
        add_offer(work, mission, volunteer)
        add_offer(work, mission, volunteer)
    with runtime.begin(SYSTEM) as work:
        assert work.session.get(OfferRow, mission.id) is None
