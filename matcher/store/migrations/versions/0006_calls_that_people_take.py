"""Who of the team took a call, and requests that come back."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "call",
        sa.Column("picked_up", sa.ARRAY(sa.Integer()), nullable=False, server_default="{}"),
    )
    op.alter_column("call", "picked_up", server_default=None)
    op.add_column("call", sa.Column("taken_by", sa.Integer(), nullable=True))
    op.add_column("call", sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("request", sa.Column("recurrence", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("request", "recurrence")
    op.drop_column("call", "taken_at")
    op.drop_column("call", "taken_by")
    op.drop_column("call", "picked_up")
