"""Outings whose place is not known yet, and how to get in where they start."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mission", sa.Column("access_notes", sa.Text(), nullable=True))
    op.alter_column("mission", "meeting", existing_type=sa.Text(), nullable=True)
    op.create_check_constraint(
        op.f("ck_mission_asked_with_a_place"),
        "mission",
        "meeting IS NOT NULL OR status IN ('cancelled', 'to_verify', 'unfilled')",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_mission_asked_with_a_place"), "mission")
    op.alter_column("mission", "meeting", existing_type=sa.Text(), nullable=False)
    op.drop_column("mission", "access_notes")
