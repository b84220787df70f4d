"""Quorum of a session, and how often its room checks who is there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("quorum", "checks_minutes"):
        op.add_column("session", sa.Column(name, sa.Integer(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
