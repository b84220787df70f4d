"""Groups of points and templates of sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import Json, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "point_group",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("name", Json(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_point_group"),
        sa.UniqueConstraint("slug", name="uq_point_group_slug"),
    )
    op.create_table(
        "point_group_member",
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("point_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["point_group.id"], name="fk_point_group_member_group_id_point_group", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name="fk_point_group_member_point_id_point", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("group_id", "point_id", name="pk_point_group_member"),
    )
    op.create_table(
        "session_template",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", Json(), nullable=False),
        sa.Column("plan", Json(), nullable=False),
        sa.Column("groups", Json(), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("time", sa.String(length=5), nullable=False),
        sa.Column("created_by_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"], name="fk_session_template_created_by_id_user_account", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_session_template"),
    )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
