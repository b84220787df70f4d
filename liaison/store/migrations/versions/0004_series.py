"""Series of sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import Json, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("starts_local", sa.String(length=19), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("plan", Json(), nullable=False),
        sa.Column("endless", sa.Boolean(), nullable=False),
        sa.Column("materialised_until", UtcDateTime(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("booked_by_id", sa.String(length=36), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["booked_by_id"], ["user_account.id"], name="fk_series_booked_by_id_user_account", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_series"),
    )
    op.create_index("ix_series_endless", "series", ["endless"])
    op.create_table(
        "series_gap",
        sa.Column("series_id", sa.String(length=36), nullable=False),
        sa.Column("recurrence_id", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("conflicts", Json(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name="fk_series_gap_series_id_series", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("series_id", "recurrence_id", name="pk_series_gap"),
    )
    # By hand, not as a batch: SQLite adds a column that refers to another table only so without making the table anew.
    op.execute("ALTER TABLE session ADD COLUMN series_id VARCHAR(36) REFERENCES series (id)")
    op.execute("ALTER TABLE outbox ADD COLUMN series_id VARCHAR(36) REFERENCES series (id)")
    op.add_column("session", sa.Column("recurrence_id", UtcDateTime(), nullable=True))
    op.add_column("session", sa.Column("series_changes", Json(), nullable=False, server_default="[]"))
    op.create_index("ix_session_series_id", "session", ["series_id"])
    op.create_index("ix_outbox_series_id", "outbox", ["series_id"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
