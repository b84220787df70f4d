"""What a point has (equipment, a picture of its room), where a mobile one stands, and the office's own words in messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "point_card", _point_id(),
        sa.Column("equipment", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        *_of_point("point_card", "point_id"))
    op.create_table(
        "point_picture", _point_id(),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        *_of_point("point_picture", "point_id"))
    _point_stop()
    op.create_table(
        "message_text",
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("part", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "part", "language", name="pk_message_text"))


def _point_stop() -> None:
    op.create_table(
        "point_stop",
        sa.Column("id", sa.String(length=36), nullable=False), _point_id(),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="ck_point_stop_period"),
        *_of_point("point_stop", "id"))
    op.create_index("ix_point_stop_point_id_starts_at", "point_stop", ["point_id", "starts_at"])


def _point_id() -> sa.Column[str]:
    return sa.Column("point_id", sa.String(length=36), nullable=False)


def _of_point(table: str, key: str) -> tuple[sa.Constraint, ...]:
    return (sa.ForeignKeyConstraint(["point_id"], ["point.id"], name=f"fk_{table}_point_id_point", ondelete="CASCADE"),
            sa.PrimaryKeyConstraint(key, name=f"pk_{table}"))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
