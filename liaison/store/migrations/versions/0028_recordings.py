"""What is recorded of a session is a choice, not a yes or no."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("session", sa.Column("recording", sa.String(length=16), nullable=True))
    session = sa.table("session", sa.column("record", sa.Boolean()), sa.column("recording", sa.String()))
    op.execute(session.update().where(session.c.record.is_(sa.true())).values(recording="tracks"))
    op.drop_column("session", "record")


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
