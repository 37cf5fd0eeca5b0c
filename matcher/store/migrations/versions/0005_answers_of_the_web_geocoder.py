"""Answers of the web geocoder are kept for a while."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "geocode_answer",
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("question", name=op.f("pk_geocode_answer")),
    )
    op.create_index(op.f("ix_geocode_answer_asked_at"), "geocode_answer", ["asked_at"])


def downgrade() -> None:
    op.drop_table("geocode_answer")
