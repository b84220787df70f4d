"""Counts of secret votes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "secret_count",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("vote", sa.String(length=16), nullable=False),
        sa.Column("choice", sa.String(length=16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_secret_count_session_id_session", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session_id", "vote", "choice", name="pk_secret_count"),
    )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
