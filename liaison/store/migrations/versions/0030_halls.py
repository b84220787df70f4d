"""Halls that are open to citizens, and seats in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import UtcDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hall",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("point_id", sa.String(length=36), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("freed_at", UtcDateTime(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_hall_session_id_session", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name="fk_hall_point_id_point", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session_id", "point_id", name="pk_hall"),
    )
    _seats()


def _seats() -> None:
    op.create_table(
        "seat",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("point_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("contact_digest", sa.String(length=64), nullable=False),
        sa.Column("visitor", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("came", sa.Integer(), nullable=False),
        sa.Column("came_at", UtcDateTime(), nullable=True),
        sa.Column("came_act", sa.String(length=64), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_seat_session_id_session", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name="fk_seat_point_id_point", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_seat"),
        sa.UniqueConstraint("session_id", "number", name="uq_seat_session_id_number"),
        sa.UniqueConstraint("session_id", "client_id", name="uq_seat_session_id_client_id"),
        sa.UniqueConstraint("session_id", "code", name="uq_seat_session_id_code"),
    )
    op.create_index("ix_seat_session_point_state", "seat", ["session_id", "point_id", "state"])
    op.create_index("ix_seat_state", "seat", ["state"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
