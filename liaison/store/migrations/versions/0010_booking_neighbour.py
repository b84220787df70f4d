"""SQLite's wall against double booking looks at the one neighbour that can be in the way, not at a room's whole past.

Active bookings of a room never overlap, so sorted by their starts they are sorted by their ends too: of those that begin
before the new one ends, the last is the only one that may still be going on when the new one begins.
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for name, moment in (("insert", "INSERT"), ("update", "UPDATE OF resource, starts_at, ends_at, active")):
        op.execute(f"DROP TRIGGER booking_overlap_{name}")
        op.execute(f"""
            CREATE TRIGGER booking_overlap_{name} BEFORE {moment} ON booking WHEN NEW.active
            BEGIN
                SELECT RAISE(ABORT, 'booking_overlap') WHERE NEW.starts_at < (
                    SELECT other.ends_at FROM booking AS other
                    WHERE other.resource = NEW.resource AND other.active AND other.id <> NEW.id
                      AND other.starts_at < NEW.ends_at
                    ORDER BY other.starts_at DESC LIMIT 1);
            END
        """)


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
