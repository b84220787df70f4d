"""Since when a media worker is away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("media_worker", sa.Column("down_since", UtcDateTime(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
