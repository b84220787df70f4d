"""Documents that are for some of a session's points."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import Json

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("document", sa.Column("points", Json, nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
