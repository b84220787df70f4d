"""PCs that belong to the points' rooms: the paired ones, the codes on screens, how a point wants them to go into sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "room_device",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("point_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name="fk_room_device_point_id_point", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"], name="fk_room_device_created_by_id_user_account",
                                ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_room_device"),
        sa.UniqueConstraint("key_hash", name="uq_room_device_key_hash"),
    )
    op.create_index("ix_room_device_point_id", "room_device", ["point_id"])
    op.create_table(
        "room_pairing",
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_room_pairing"),
        sa.UniqueConstraint("key_hash", name="uq_room_pairing_key_hash"),
    )
    op.create_index("ix_room_pairing_expires_at", "room_pairing", ["expires_at"])
    op.add_column("point", sa.Column("room_pc_minutes", sa.Integer(), server_default="2", nullable=False))
    op.add_column("point", sa.Column("room_pc_camera", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
