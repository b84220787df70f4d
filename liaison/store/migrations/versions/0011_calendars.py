"""Answers that came by mail, how far each mailbox has been read, calendar addresses of provinces, the last look at the desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_reply",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("message_id", sa.String(length=300), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("from_address", sa.String(length=254), nullable=False),
        sa.Column("attendee", sa.String(length=254), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_mail_reply_session_id_session", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_mail_reply"),
        sa.UniqueConstraint("message_id", name="uq_mail_reply_message_id"),
    )
    op.create_index("ix_mail_reply_received_at", "mail_reply", ["received_at"])
    op.create_index("ix_mail_reply_session_id", "mail_reply", ["session_id"])
    op.create_table(
        "mailbox_position",
        sa.Column("mailbox", sa.String(length=300), nullable=False),
        sa.Column("validity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", name="pk_mailbox_position"),
    )
    op.create_table(
        "province_calendar",
        sa.Column("province", sa.String(length=64), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("province", name="pk_province_calendar"),
        sa.UniqueConstraint("secret", name="uq_province_calendar_secret"),
    )
    op.create_table(
        "desk_look",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_desk_look_user_id_user_account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name="pk_desk_look"),
    )
    op.create_table(
        "imported_event",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_imported_event_session_id_session", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name="pk_imported_event"),
    )
    op.create_index("ix_imported_event_session_id", "imported_event", ["session_id"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
