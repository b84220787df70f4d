"""Minutes of the points' connections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MEASURES = ("up_loss", "up_jitter_ms", "up_bitrate", "down_loss", "down_jitter_ms", "down_bitrate", "rtt_ms", "concealed")


def upgrade() -> None:
    measured = [sa.Column(name + suffix, sa.Float(), nullable=True) for name in MEASURES for suffix in ("", "_worst")]
    op.create_table(
        "link_sample",
        sa.Column("point_id", sa.String(length=36), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("quality", sa.String(length=8), nullable=False),
        sa.Column("transport", sa.String(length=16), nullable=False),
        *measured,
        sa.Column("freezes", sa.Integer(), nullable=False),
        sa.Column("frozen_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name="fk_link_sample_point_id_point"),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_link_sample_session_id_session", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("point_id", "at", "session_id", name="pk_link_sample"),
    )
    op.create_index("ix_link_sample_at", "link_sample", ["at"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
