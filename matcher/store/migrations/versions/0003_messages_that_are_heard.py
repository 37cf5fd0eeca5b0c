"""Messages that are heard, and people who want no SMS."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("recipient_index", sa.String(), nullable=False))
    op.add_column("message", sa.Column("attempts", sa.Integer(), nullable=False))
    op.add_column(
        "message",
        sa.Column("sent_times", sa.ARRAY(sa.DateTime(timezone=True)), nullable=False),
    )
    op.add_column("message", sa.Column("trying_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("message", sa.Column("repeat_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("message", sa.Column("offer_id", sa.Uuid(), nullable=True))
    op.add_column("message", sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("message", sa.Column("answer", sa.String(), nullable=True))
    op.create_index(op.f("ix_message_recipient_index"), "message", ["recipient_index"])
    op.create_foreign_key(op.f("fk_message_offer_id"), "message", "offer", ["offer_id"], ["id"])
    op.create_table(
        "sms_opt_out",
        sa.Column("number_index", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number_index", name=op.f("pk_sms_opt_out")),
    )
