"""Calls whose end was never told are found by a sweep rather than by a job of each call."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_call_under_way",
        "call",
        ["started_at"],
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'close_call' AND status = 'todo'")


def downgrade() -> None:
    op.drop_index("ix_call_under_way", table_name="call")
