"""How much the city leans on each volunteer, counted again every day."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leaning",
        sa.Column(
            "volunteer_id",
            sa.Uuid(),
            sa.ForeignKey("volunteer.id", name="fk_leaning_volunteer_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("missions_a_week", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("volunteer_id", name="pk_leaning"),
    )


def downgrade() -> None:
    op.drop_table("leaning")
