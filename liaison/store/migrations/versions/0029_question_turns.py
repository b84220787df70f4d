"""What the chair says of a question in the session: later, or in writing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import UtcDateTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("question", sa.Column("put_off", sa.String(length=8), nullable=False, server_default=""))
    op.add_column("question", sa.Column("put_off_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
