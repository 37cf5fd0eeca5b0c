"""A message that says who comes carries the agreement it tells of."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# What waits at this moment: true when it was queued after the mission was agreed to as it stands.
WAITING = """
UPDATE message SET agreement = coalesce((message.queued_at >= mission.accepted_at)::int, 0)
FROM mission WHERE mission.id = message.mission_id
    AND message.purpose IN ('found', 'reminder', 'visit_reminder')
"""


def upgrade() -> None:
    op.add_column(
        "mission", sa.Column("agreement", sa.Integer(), nullable=False, server_default="0")
    )
    op.alter_column("mission", "agreement", server_default=None)
    op.add_column("message", sa.Column("agreement", sa.Integer(), nullable=True))
    op.execute("UPDATE mission SET agreement = 1 WHERE accepted_at IS NOT NULL")
    op.execute(WAITING)


def downgrade() -> None:
    op.drop_column("message", "agreement")
    op.drop_column("mission", "agreement")
