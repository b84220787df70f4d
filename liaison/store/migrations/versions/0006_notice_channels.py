"""Channels of notices, delivery states, expected headcounts, chasing of answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import Json, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("channel", sa.String(length=12), server_default="email", nullable=False))
    op.add_column("outbox", sa.Column("delivered_at", UtcDateTime(), nullable=True))
    op.add_column("outbox", sa.Column("provider_id", sa.String(length=128), server_default="", nullable=False))
    op.add_column("invitation", sa.Column("asked_at", UtcDateTime(), nullable=True))
    op.add_column("invitation", sa.Column("earlier", Json(), nullable=True))
    op.add_column("invitation", sa.Column("expected", sa.Integer(), nullable=True))
    _contacts()
    _choices()
    _steps()


def _of_user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=f"fk_{table}_user_id_user_account", ondelete="CASCADE")


def _contacts() -> None:
    op.create_table(
        "contact",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("address", sa.String(length=1000), nullable=False),
        sa.Column("keys", Json(), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _of_user("contact"),
        sa.PrimaryKeyConstraint("id", name="pk_contact"),
        sa.UniqueConstraint("user_id", "channel", "address", name="uq_contact_user_id_channel_address"),
    )
    op.create_table(
        "contact_code",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        _of_user("contact_code"),
        sa.PrimaryKeyConstraint("id", name="pk_contact_code"),
        sa.UniqueConstraint("code_hash", name="uq_contact_code_code_hash"),
    )
    op.create_index("ix_contact_code_user_id", "contact_code", ["user_id"])


def _choices() -> None:
    op.create_table(
        "notice_choice",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.Boolean(), nullable=False),
        sa.Column("alarm_minutes", sa.Integer(), nullable=True),
        sa.Column("quiet", sa.String(length=8), nullable=False),
        sa.Column("quiet_from", sa.String(length=5), nullable=False),
        sa.Column("quiet_until", sa.String(length=5), nullable=False),
        sa.Column("quiet_email", sa.Boolean(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        _of_user("notice_choice"),
        sa.PrimaryKeyConstraint("user_id", name="pk_notice_choice"),
    )


def _steps() -> None:
    op.create_table(
        "chase_step",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("invitation_id", sa.String(length=36), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"], name="fk_chase_step_invitation_id_invitation",
                                ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_chase_step"),
        sa.UniqueConstraint("invitation_id", "step", "asked_at", name="uq_chase_step_invitation_id_step_asked_at"),
    )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
