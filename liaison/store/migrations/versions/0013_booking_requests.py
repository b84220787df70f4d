"""Requests of officers and the waiting list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "booking_request",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.String(length=36), nullable=False),
        sa.Column("offer_until", UtcDateTime(), nullable=True),
        sa.Column("answered_by_id", sa.String(length=36), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by_id"], ["user_account.id"], name="fk_booking_request_asked_by_id_user_account",
                                ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["answered_by_id"], ["user_account.id"], name="fk_booking_request_answered_by_id_user_account",
                                ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_booking_request_session_id_session", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_booking_request"),
    )
    op.create_index("ix_booking_request_asked_by_id", "booking_request", ["asked_by_id"])
    op.create_index("ix_booking_request_state_starts_at", "booking_request", ["state", "starts_at"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
