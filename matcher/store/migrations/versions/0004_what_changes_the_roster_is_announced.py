"""What changes the roster is announced: the volunteer's id, on one channel, at commit."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ANNOUNCE = """
CREATE FUNCTION announce_{column}_to_rosters() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.{column} IS NOT NULL THEN
        PERFORM pg_notify('compagnie_roster', OLD.{column}::text);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.{column} IS NOT NULL THEN
        PERFORM pg_notify('compagnie_roster', NEW.{column}::text);
    END IF;
    RETURN NULL;
END $$
"""

# (table, whose id, events, condition): what the roster does not read is not announced.
TRIGGERS = (
    (
        "volunteer",
        "id",
        "INSERT OR DELETE OR UPDATE OF lat, lon, max_walk_m, weekly_cap, skills, languages,"
        " active, free_until",
        "",
    ),
    ("availability_window", "volunteer_id", "INSERT OR DELETE OR UPDATE", ""),
    ("availability_exception", "volunteer_id", "INSERT OR DELETE OR UPDATE", ""),
    ("vetting_check", "volunteer_id", "INSERT OR DELETE OR UPDATE", ""),
    ("bond", "volunteer_id", "INSERT OR DELETE OR UPDATE", ""),
    (
        "mission",
        "volunteer_id",
        "INSERT OR DELETE OR UPDATE OF volunteer_id, status, starts_at, busy_from, busy_until",
        "",
    ),
    ("offer", "volunteer_id", "INSERT OR DELETE", ""),
    ("offer", "volunteer_id", "UPDATE OF status, said_yes", "WHEN (NEW.said_yes)"),
)


def upgrade() -> None:
    for column in ("id", "volunteer_id"):
        op.execute(ANNOUNCE.format(column=column))
    for number, (table, column, events, condition) in enumerate(TRIGGERS):
        op.execute(
            f"CREATE TRIGGER roster_{number} AFTER {events} ON {table}"
            f" FOR EACH ROW {condition} EXECUTE FUNCTION announce_{column}_to_rosters()"
        )


def downgrade() -> None:
    for number, (table, *_) in enumerate(TRIGGERS):
        op.execute(f"DROP TRIGGER roster_{number} ON {table}")
    for column in ("id", "volunteer_id"):
        op.execute(f"DROP FUNCTION announce_{column}_to_rosters()")
