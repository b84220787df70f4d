"""Citizens who want to be reminded of a public session."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import UtcDateTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watch_reminder",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("told_for", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_watch_reminder_session_id_session", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_watch_reminder"),
        sa.UniqueConstraint("session_id", "channel", "digest", name="uq_watch_reminder_session_id_channel_digest"),
    )
    op.create_index("ix_watch_reminder_digest", "watch_reminder", ["digest"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
