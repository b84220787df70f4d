"""Deputies who book on behalf of a chief."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deputyship",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("chief_id", sa.String(length=36), nullable=False),
        sa.Column("deputy_id", sa.String(length=36), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["chief_id"], ["user_account.id"], name="fk_deputyship_chief_id_user_account", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["deputy_id"], ["user_account.id"], name="fk_deputyship_deputy_id_user_account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_deputyship"),
    )
    op.create_index("ix_deputyship_chief_id", "deputyship", ["chief_id"])
    op.create_index("ix_deputyship_deputy_id", "deputyship", ["deputy_id"])
    for table in ("session", "series"):  # by hand: see the migration of series
        op.execute(f"ALTER TABLE {table} ADD COLUMN on_behalf_of_id VARCHAR(36) REFERENCES user_account (id)")


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
