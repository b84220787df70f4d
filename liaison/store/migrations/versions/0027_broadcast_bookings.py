"""Broadcasts are booked: those of public sessions, which had one as there was room."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("session", sa.Column("broadcast", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(sa.text("UPDATE session SET broadcast = public WHERE kind NOT IN ('rehearsal', 'help_desk')"))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
