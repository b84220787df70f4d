"""What computers found when they tried themselves out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import Json, UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "self_test",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("point_id", sa.String(length=36), nullable=True),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.Column("device_id", sa.String(length=36), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("findings", Json(), nullable=False),
        sa.Column("figures", Json(), nullable=False),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name="fk_self_test_point_id_point", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_self_test_user_id_user_account", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["device_id"], ["room_device.id"], name="fk_self_test_device_id_room_device", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_self_test"),
    )
    for name in ("user_id", "device_id", "at"):
        op.create_index(f"ix_self_test_{name}", "self_test", [name])
    op.create_index("ix_self_test_point_id_at", "self_test", ["point_id", "at"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
