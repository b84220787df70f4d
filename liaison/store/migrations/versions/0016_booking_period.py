"""The index of bookings holds their whole period: looking for a free time reads nothing else."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_booking_resource_period", "booking", ["resource", "starts_at", "ends_at", "active"])
    op.drop_index("ix_booking_resource_starts_at", "booking")


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
