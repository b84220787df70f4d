"""Files that go with the messages of a chat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chat_file",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("peer", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("small", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_chat_file_session_id_session", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_chat_file"))
    op.create_index("uq_chat_file_client", "chat_file", ["session_id", "client_id"], unique=True)
    op.create_index("uq_chat_file_seq", "chat_file", ["session_id", "seq"], unique=True)
    op.create_index("ix_chat_file_peer", "chat_file", ["session_id", "peer", "created_at"])
    op.create_index("ix_chat_file_digest", "chat_file", ["digest"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
