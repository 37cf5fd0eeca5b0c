"""What comes after an acceptance: steps behind an outing, a change to confirm, its end."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANTS = ("asked_from", "confirm_by", "completed_at", "closed_at")
JOURNAL = """
UPDATE mission SET {column} = (
    SELECT min(at) FROM event
    WHERE entity = 'mission' AND entity_id = mission.id AND kind = '{kind}'
) WHERE status = 'completed'
"""


def upgrade() -> None:
    op.add_column(
        "mission",
        sa.Column("steps_done", sa.ARRAY(sa.Text()), nullable=False, server_default="{}"),
    )
    op.alter_column("mission", "steps_done", server_default=None)
    for name in INSTANTS:
        op.add_column("mission", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for column, kind in (("completed_at", "complete"), ("closed_at", "report")):
        op.execute(JOURNAL.format(column=column, kind=kind))
    # Nobody is asked for the report of an outing from before reports were asked for.
    op.execute(
        "UPDATE mission SET closed_at = coalesce(completed_at, ends_at)"
        " WHERE status = 'completed' AND closed_at IS NULL"
    )
    op.create_index(
        "ix_mission_not_closed",
        "mission",
        ["completed_at"],
        unique=False,
        postgresql_where=sa.text("status = 'completed' AND closed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_mission_not_closed", table_name="mission")
    for name in (*reversed(INSTANTS), "steps_done"):
        op.drop_column("mission", name)
