"""Population, routes, and more about places."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "population",
        sa.Column("iris", sa.String(), nullable=False),
        sa.Column("alone_55", sa.Float(), nullable=False),
        sa.Column("alone_80", sa.Float(), nullable=False),
        sa.CheckConstraint("iris ~ '^[0-9AB]{9}$'", name=op.f("ck_population_iris")),
        sa.CheckConstraint(
            "0 <= alone_80 AND alone_80 <= alone_55", name=op.f("ck_population_counts")
        ),
        sa.PrimaryKeyConstraint("iris", name=op.f("pk_population")),
    )
    op.create_table(
        "route",
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("walk_s", sa.Float(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("walk_s >= 0", name=op.f("ck_route_walk_s")),
        sa.PrimaryKeyConstraint("pair", name=op.f("pk_route")),
    )
    op.add_column("place", sa.Column("seats", sa.Boolean(), nullable=True))
    op.add_column("place", sa.Column("toilets", sa.Boolean(), nullable=True))
    op.add_column("place", sa.Column("audience", sa.String(), nullable=False, server_default=""))
    # Hours were free words; they are in OpenStreetMap's notation from here on.
    op.execute("UPDATE place SET hours = ''")
    op.create_index("ix_place_lat_lon", "place", ["lat", "lon"])


def downgrade() -> None:
    op.drop_index("ix_place_lat_lon", table_name="place")
    op.drop_column("place", "audience")
    op.drop_column("place", "toilets")
    op.drop_column("place", "seats")
    op.drop_table("route")
    op.drop_table("population")
