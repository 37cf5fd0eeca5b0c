"""Outings that come back, lists of people to ring, and weeks summed up."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("request", sa.Column("repeats_from", INSTANT, nullable=True))
    op.add_column("request", sa.Column("ended_at", INSTANT, nullable=True))
    op.execute(
        "UPDATE request SET repeats_from ="
        " (SELECT min(starts_at) FROM mission WHERE mission.request_id = request.id)"
        " WHERE recurrence IS NOT NULL"
    )
    op.execute("UPDATE request SET recurrence = NULL WHERE repeats_from IS NULL")
    op.create_check_constraint(
        op.f("ck_request_series"), "request", "(recurrence IS NULL) = (repeats_from IS NULL)"
    )
    op.add_column("mission", sa.Column("occurs_on", sa.Date(), nullable=True))
    op.create_unique_constraint(
        op.f("uq_mission_request_id_occurs_on"), "mission", ["request_id", "occurs_on"]
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("audience", JSONB(), nullable=False),
        sa.Column("stopped_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_campaign_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_table(
        "campaign_call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("senior_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("behind", sa.Interval(), nullable=False),
        sa.Column("rung_at", sa.ARRAY(INSTANT), nullable=False),
        sa.Column("next_look_at", INSTANT, nullable=True),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "status IN ('waiting', 'well', 'help', 'person', 'unreached', 'reached', 'stopped')",
            name=op.f("ck_campaign_call_status"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_call_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["senior_id"], ["senior.id"], name=op.f("fk_campaign_call_senior_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_call")),
        sa.UniqueConstraint(
            "campaign_id", "senior_id", name=op.f("uq_campaign_call_campaign_id_senior_id")
        ),
    )
    op.create_index("ix_campaign_call_senior_id", "campaign_call", ["senior_id"], unique=False)
    op.create_table(
        "digest",
        sa.Column("monday", sa.Date(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("facts", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("monday", name=op.f("pk_digest")),
    )
    for column, table in (("senior_id", "senior"), ("campaign_call_id", "campaign_call")):
        op.add_column("message", sa.Column(column, sa.Uuid(), nullable=True))
        op.create_foreign_key(op.f(f"fk_message_{column}"), "message", table, [column], ["id"])
        op.create_index(f"ix_message_{column}", "message", [column], unique=False)


def downgrade() -> None:
    for column in ("campaign_call_id", "senior_id"):
        op.drop_index(f"ix_message_{column}", table_name="message")
        op.drop_constraint(op.f(f"fk_message_{column}"), "message", type_="foreignkey")
        op.drop_column("message", column)
    op.drop_table("digest")
    op.drop_index("ix_campaign_call_senior_id", table_name="campaign_call")
    op.drop_table("campaign_call")
    op.drop_table("campaign")
    op.drop_constraint(op.f("uq_mission_request_id_occurs_on"), "mission", type_="unique")
    op.drop_column("mission", "occurs_on")
    op.drop_constraint(op.f("ck_request_series"), "request", type_="check")
    op.drop_column("request", "ended_at")
    op.drop_column("request", "repeats_from")
