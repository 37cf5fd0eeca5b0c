"""The first schema."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "address",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rep", sa.String(), nullable=False),
        sa.Column("street", sa.String(), nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
    )
    op.create_index("uq_address", "address", ["postcode", "street", "number", "rep"], unique=True)
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("after", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "actor_kind IN ('caller', 'volunteer', 'staff', 'system')",
            name=op.f("ck_event_actor_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_entity", "event", ["entity", "entity_id"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "key", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "one_time_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone_index", sa.String(), nullable=False),
        sa.Column("code_index", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
    )
    op.create_index(
        "ix_one_time_code_phone", "one_time_code", ["phone_index", "created_at"], unique=False
    )
    op.create_table(
        "session",
        sa.Column("token_index", sa.String(), nullable=False),
        sa.Column("person_kind", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "person_kind IN ('senior', 'volunteer', 'staff')", name=op.f("ck_session_person_kind")
        ),
        sa.PrimaryKeyConstraint("token_index", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_person_id"), "session", ["person_id"], unique=False)
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_index", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index("ix_sign_in_attempt", "sign_in_attempt", ["subject_index", "at"], unique=False)
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("totp_secret", sa.Text(), nullable=False),
        sa.Column("totp_last_step", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("role IN ('coordinator', 'supervisor')", name=op.f("ck_staff_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_table(
        "zone",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("left_bank", sa.Boolean(), nullable=False),
        sa.Column("approximate", sa.Boolean(), nullable=False),
        sa.Column("geometry", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("kind IN ('arrondissement', 'quartier')", name=op.f("ck_zone_kind")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_zone")),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_kind", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("wording_version", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "person_kind IN ('senior', 'volunteer', 'staff')", name=op.f("ck_consent_person_kind")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff.id"], name=op.f("fk_consent_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_person_id"), "consent", ["person_id"], unique=False)
    op.create_table(
        "place",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_ref", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("zone_code", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("hours", sa.String(), nullable=False),
        sa.Column("step_free", sa.Boolean(), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["zone_code"], ["zone.code"], name=op.f("fk_place_zone_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("source_ref", name=op.f("uq_place_source_ref")),
    )
    op.create_table(
        "senior",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_index", sa.String(), nullable=True),
        sa.Column("home", sa.Text(), nullable=True),
        sa.Column("zone_code", sa.String(), nullable=True),
        sa.Column("access_notes", sa.Text(), nullable=False),
        sa.Column("needs", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("needs_note", sa.Text(), nullable=False),
        sa.Column("languages", sa.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint(
            "needs <@ ARRAY['walker', 'cane', 'wheelchair', 'slow', 'visual', 'hearing']",
            name=op.f("ck_senior_needs"),
        ),
        sa.CheckConstraint(
            "status IN ('to_verify', 'active', 'closed')", name=op.f("ck_senior_status")
        ),
        sa.ForeignKeyConstraint(["zone_code"], ["zone.code"], name=op.f("fk_senior_zone_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_senior")),
    )
    op.create_index("ix_senior_phone_index", "senior", ["phone_index"], unique=False)
    op.create_table(
        "volunteer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("phone_index", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("zone_code", sa.String(), nullable=True),
        sa.Column("max_walk_m", sa.Integer(), nullable=False),
        sa.Column("weekly_cap", sa.Integer(), nullable=False),
        sa.Column("skills", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("languages", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("free_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "skills <@ ARRAY['wheelchair', 'guiding', 'signing', 'memory']",
            name=op.f("ck_volunteer_skills"),
        ),
        sa.CheckConstraint(
            "max_walk_m BETWEEN 100 AND 20000", name=op.f("ck_volunteer_max_walk_m")
        ),
        sa.CheckConstraint("weekly_cap BETWEEN 0 AND 50", name=op.f("ck_volunteer_weekly_cap")),
        sa.ForeignKeyConstraint(["zone_code"], ["zone.code"], name=op.f("fk_volunteer_zone_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer")),
        sa.UniqueConstraint("phone_index", name=op.f("uq_volunteer_phone_index")),
    )
    op.create_index("ix_volunteer_lat_lon", "volunteer", ["lat", "lon"], unique=False)
    op.create_table(
        "availability_exception",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("start", sa.Time(), nullable=True),
        sa.Column("end", sa.Time(), nullable=True),
        sa.Column("free", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            '(start IS NULL) = ("end" IS NULL)', name=op.f("ck_availability_exception_hours")
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"],
            ["volunteer.id"],
            name=op.f("fk_availability_exception_volunteer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability_exception")),
    )
    op.create_index(
        op.f("ix_availability_exception_volunteer_id"),
        "availability_exception",
        ["volunteer_id"],
        unique=False,
    )
    op.create_table(
        "availability_window",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("start", sa.Time(), nullable=False),
        sa.Column("end", sa.Time(), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_availability_window_weekday")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"],
            ["volunteer.id"],
            name=op.f("fk_availability_window_volunteer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability_window")),
    )
    op.create_index(
        op.f("ix_availability_window_volunteer_id"),
        "availability_window",
        ["volunteer_id"],
        unique=False,
    )
    op.create_table(
        "bond",
        sa.Column("senior_id", sa.Uuid(), nullable=False),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('circle', 'senior_refuses', 'volunteer_refuses')", name=op.f("ck_bond_kind")
        ),
        sa.ForeignKeyConstraint(
            ["senior_id"], ["senior.id"], name=op.f("fk_bond_senior_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"],
            ["volunteer.id"],
            name=op.f("fk_bond_volunteer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("senior_id", "volunteer_id", "kind", name=op.f("pk_bond")),
    )
    op.create_index(op.f("ix_bond_volunteer_id"), "bond", ["volunteer_id"], unique=False)
    op.create_table(
        "call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sid", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("senior_id", sa.Uuid(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("left_behind", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('booked', 'person', 'task', 'nothing_asked')", name=op.f("ck_call_outcome")
        ),
        sa.ForeignKeyConstraint(["senior_id"], ["senior.id"], name=op.f("fk_call_senior_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("sid", name=op.f("uq_call_sid")),
    )
    op.create_table(
        "vetting_check",
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "step IN ('identity', 'interview', 'criminal_record', 'charter')",
            name=op.f("ck_vetting_check_step"),
        ),
        sa.ForeignKeyConstraint(["seen_by"], ["staff.id"], name=op.f("fk_vetting_check_seen_by")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"],
            ["volunteer.id"],
            name=op.f("fk_vetting_check_volunteer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("volunteer_id", "step", name=op.f("pk_vetting_check")),
    )
    op.create_table(
        "call_turn",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard", sa.Text(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_call_turn_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "step", name=op.f("pk_call_turn")),
    )
    op.create_table(
        "request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("senior_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("promised_call_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "asked_by IN ('senior', 'caller', 'coordinator')", name=op.f("ck_request_asked_by")
        ),
        sa.CheckConstraint(
            "purpose IN ('medical', 'shopping', 'walk', 'administrative', 'leisure', 'visit', 'other')",
            name=op.f("ck_request_purpose"),
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_request_call_id")),
        sa.ForeignKeyConstraint(["senior_id"], ["senior.id"], name=op.f("fk_request_senior_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
        sa.UniqueConstraint("call_id", name=op.f("uq_request_call_id")),
    )
    op.create_index(op.f("ix_request_senior_id"), "request", ["senior_id"], unique=False)
    op.create_table(
        "mission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("senior_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("needs", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("meeting", sa.Text(), nullable=False),
        sa.Column("zone_code", sa.String(), nullable=True),
        sa.Column("volunteer_id", sa.Uuid(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("busy_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("walk_s", sa.Integer(), nullable=True),
        sa.Column("code_word", sa.Text(), nullable=True),
        sa.Column("needs_attention", sa.String(), nullable=True),
        sa.Column("next_step_at", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("volunteer_id"), "="),
            (sa.text("tstzrange(busy_from, busy_until)"), "&&"),
            where=sa.text("status IN ('accepted', 'in_progress')"),
            using="gist",
            name="ex_mission_no_overlap",
        ),
        sa.CheckConstraint(
            "(status IN ('accepted', 'in_progress')) <= (volunteer_id IS NOT NULL AND busy_from IS NOT NULL AND busy_until IS NOT NULL AND busy_from < busy_until)",
            name=op.f("ck_mission_held_by_someone"),
        ),
        sa.CheckConstraint(
            "needs <@ ARRAY['walker', 'cane', 'wheelchair', 'slow', 'visual', 'hearing']",
            name=op.f("ck_mission_needs"),
        ),
        sa.CheckConstraint(
            "purpose IN ('medical', 'shopping', 'walk', 'administrative', 'leisure', 'visit', 'other')",
            name=op.f("ck_mission_purpose"),
        ),
        sa.CheckConstraint(
            "status <> 'open' OR volunteer_id IS NULL", name=op.f("ck_mission_open_is_free")
        ),
        sa.CheckConstraint(
            "status IN ('to_verify', 'open', 'accepted', 'in_progress', 'completed', 'cancelled', 'unfilled', 'no_show')",
            name=op.f("ck_mission_status"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_mission_hours")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_mission_request_id")),
        sa.ForeignKeyConstraint(["senior_id"], ["senior.id"], name=op.f("fk_mission_senior_id")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.id"], name=op.f("fk_mission_volunteer_id")
        ),
        sa.ForeignKeyConstraint(["zone_code"], ["zone.code"], name=op.f("fk_mission_zone_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mission")),
    )
    op.create_index(op.f("ix_mission_request_id"), "mission", ["request_id"], unique=False)
    op.create_index(op.f("ix_mission_senior_id"), "mission", ["senior_id"], unique=False)
    op.create_index("ix_mission_status_starts_at", "mission", ["status", "starts_at"], unique=False)
    op.create_index(op.f("ix_mission_volunteer_id"), "mission", ["volunteer_id"], unique=False)
    op.create_table(
        "coordinator_task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("mission_id", sa.Uuid(), nullable=True),
        sa.Column("senior_id", sa.Uuid(), nullable=True),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('call_back', 'verify_request', 'unfilled', 'attention', 'distress', 'message_failed', 'promise_due', 'report')",
            name=op.f("ck_coordinator_task_kind"),
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_coordinator_task_call_id")),
        sa.ForeignKeyConstraint(
            ["done_by"], ["staff.id"], name=op.f("fk_coordinator_task_done_by")
        ),
        sa.ForeignKeyConstraint(
            ["mission_id"], ["mission.id"], name=op.f("fk_coordinator_task_mission_id")
        ),
        sa.ForeignKeyConstraint(
            ["senior_id"], ["senior.id"], name=op.f("fk_coordinator_task_senior_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coordinator_task")),
    )
    op.create_index(
        "ix_coordinator_task_due",
        "coordinator_task",
        ["due_at"],
        unique=False,
        postgresql_where="done_at IS NULL",
    )
    op.create_index(
        op.f("ix_coordinator_task_mission_id"), "coordinator_task", ["mission_id"], unique=False
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("mission_id", sa.Uuid(), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.CheckConstraint("channel IN ('sms', 'call', 'push')", name=op.f("ck_message_channel")),
        sa.ForeignKeyConstraint(["mission_id"], ["mission.id"], name=op.f("fk_message_mission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("once", name=op.f("uq_message_once")),
    )
    op.create_index(op.f("ix_message_mission_id"), "message", ["mission_id"], unique=False)
    op.create_index("ix_message_sent_at", "message", ["sent_at"], unique=False)
    op.create_table(
        "offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mission_id", sa.Uuid(), nullable=False),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("walk_s", sa.Integer(), nullable=False),
        sa.Column("context", sa.Float(), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("said_yes", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint(
            "status IN ('sent', 'accepted', 'declined', 'expired', 'withdrawn')",
            name=op.f("ck_offer_status"),
        ),
        sa.ForeignKeyConstraint(["mission_id"], ["mission.id"], name=op.f("fk_offer_mission_id")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.id"], name=op.f("fk_offer_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
    )
    op.create_index(op.f("ix_offer_mission_id"), "offer", ["mission_id"], unique=False)
    op.create_index(
        "ix_offer_volunteer_id_sent_at", "offer", ["volunteer_id", "sent_at"], unique=False
    )
    op.create_index(
        "uq_offer_one_accepted",
        "offer",
        ["mission_id"],
        unique=True,
        postgresql_where="status = 'accepted'",
    )
    op.create_index(
        "uq_offer_one_live",
        "offer",
        ["mission_id", "volunteer_id"],
        unique=True,
        postgresql_where="status IN ('sent', 'accepted')",
    )
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$;
        CREATE TRIGGER event_append_only BEFORE UPDATE ON event
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
        """
    )
    # The schema text holds percent signs that only the driver's own execute leaves alone.
    raw: Any = op.get_bind().connection.driver_connection
    raw.execute(SchemaManager.get_schema())
