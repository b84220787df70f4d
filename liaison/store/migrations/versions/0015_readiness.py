"""What the points' PCs say of themselves before a session."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import Json, UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "readiness",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("point_id", sa.String(length=36), nullable=False),
        sa.Column("device_id", sa.String(length=36), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=True),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("reasons", Json(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_readiness_session_id_session", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name="fk_readiness_point_id_point", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["device_id"], ["room_device.id"], name="fk_readiness_device_id_room_device", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("session_id", "point_id", name="pk_readiness"),
    )
    op.create_index("ix_readiness_point_id", "readiness", ["point_id"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
