"""Set-up and clear-up times and priority of sessions; closed periods; maintenance of points."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("setup_minutes", "clear_minutes", "priority"):
        op.add_column("session", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    _closed_period()
    _maintenance()


def _closed_period() -> None:
    op.create_table(
        "closed_period",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("province", sa.String(length=64), nullable=True),
        sa.Column("point_id", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="ck_closed_period_period"),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name="fk_closed_period_point_id_point"),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"], name="fk_closed_period_created_by_id_user_account",
                                ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_closed_period"),
    )
    op.create_index("ix_closed_period_ends_at", "closed_period", ["ends_at"])


def _maintenance() -> None:
    op.create_table(
        "maintenance",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("point_id", sa.String(length=36), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="ck_maintenance_period"),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name="fk_maintenance_point_id_point"),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"], name="fk_maintenance_created_by_id_user_account",
                                ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_maintenance"),
    )
    op.create_index("ix_maintenance_point_id_ends_at", "maintenance", ["point_id", "ends_at"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
