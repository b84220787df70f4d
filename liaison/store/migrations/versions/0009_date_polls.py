"""Date polls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "poll",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("answer_by", UtcDateTime(), nullable=False),
        sa.Column("made_by_id", sa.String(length=36), nullable=True),
        sa.Column("session_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"], name="fk_poll_made_by_id_user_account", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_poll_session_id_session", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_poll"),
    )
    op.create_index("ix_poll_status", "poll", ["status"])
    op.create_table(
        "poll_time",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("poll_id", sa.String(length=36), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name="fk_poll_time_poll_id_poll", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_poll_time"),
        sa.UniqueConstraint("poll_id", "starts_at", name="uq_poll_time_poll_id_starts_at"),
    )
    op.create_index("ix_poll_time_poll_id", "poll_time", ["poll_id"])
    op.create_table(
        "poll_point",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("poll_id", sa.String(length=36), nullable=False),
        sa.Column("point_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["answered_by_id"], ["user_account.id"], name="fk_poll_point_answered_by_id_user_account",
                                ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name="fk_poll_point_point_id_point"),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name="fk_poll_point_poll_id_poll", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_poll_point"),
        sa.UniqueConstraint("poll_id", "point_id", name="uq_poll_point_poll_id_point_id"),
    )
    op.create_index("ix_poll_point_poll_id", "poll_point", ["poll_id"])
    op.create_index("ix_poll_point_point_id", "poll_point", ["point_id"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
