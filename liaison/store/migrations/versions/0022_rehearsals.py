"""A rehearsal is a session that knows which one it rehearses."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE session ADD COLUMN rehearses_id VARCHAR(36) REFERENCES session (id)")  # see 0004
    op.create_index("ix_session_rehearses_id", "session", ["rehearses_id"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
