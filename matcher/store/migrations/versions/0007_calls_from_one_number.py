"""How often a number rang lately."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("call", sa.Column("caller_index", sa.String(), nullable=True))
    op.create_index("ix_call_caller", "call", ["caller_index", "started_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_call_caller", table_name="call")
    op.drop_column("call", "caller_index")
