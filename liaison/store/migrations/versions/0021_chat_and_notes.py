"""The chat of a session, and the secretary's notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import Json, UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _chat()
    _notes()
    for name in ("chat_seq", "notes_seq"):
        op.add_column("room", sa.Column(name, sa.Integer(), server_default="0", nullable=False))


def _chat() -> None:
    op.create_table(
        "chat_message",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("peer", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.Column("point", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("addressee", sa.String(length=16), nullable=False),
        sa.Column("to_peer", sa.String(length=64), nullable=True),
        sa.Column("to_user", sa.String(length=36), nullable=True),
        sa.Column("to_point", sa.String(length=64), nullable=True),
        sa.Column("to_name", sa.String(length=200), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("doors", Json, nullable=True),
        sa.Column("held", Json, nullable=False),
        sa.Column("removes", sa.Integer(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("removed_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_chat_message_session_id_session", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session_id", "seq", name="pk_chat_message"),
    )
    op.create_index("uq_chat_message_client", "chat_message", ["session_id", "client_id"], unique=True)
    op.create_index("ix_chat_message_addressee", "chat_message", ["addressee", "at"])


def _notes() -> None:
    op.create_table(
        "session_note",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_session_note_session_id_session", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session_id", "item", "version", name="pk_session_note"),
    )
    op.create_index("ix_session_note_seq", "session_note", ["session_id", "seq"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
