"""An outing that is given back, moved or verified counts as just opened."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mission", sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE mission SET opened_at = coalesce(asked_from, created_at)")
    op.alter_column("mission", "opened_at", nullable=False)


def downgrade() -> None:
    op.drop_column("mission", "opened_at")
