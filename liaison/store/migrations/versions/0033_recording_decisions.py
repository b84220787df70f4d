"""Whether a session's recording is published, held, or removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import UtcDateTime

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "session_recording",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("hold_reason", sa.Text(), nullable=False),
        sa.Column("composite_removed_at", UtcDateTime(), nullable=True),
        sa.Column("tracks_removed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_session_recording_session_id_session", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session_id", name="pk_session_recording"),
    )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
