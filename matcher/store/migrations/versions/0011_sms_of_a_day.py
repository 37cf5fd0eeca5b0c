"""The SMS of a day are counted without reading those of all days."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_message_channel_queued_at",
        "message",
        ["channel", "queued_at"],
        postgresql_include=["recipient_index"],
    )


def downgrade() -> None:
    op.drop_index("ix_message_channel_queued_at", table_name="message")
