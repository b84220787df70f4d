"""Questions of citizens, and their likes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import UtcDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("session", sa.Column("questions", sa.Boolean(), nullable=True))
    _questions()
    op.create_table(
        "question_like",
        sa.Column("question_id", sa.String(length=36), nullable=False),
        sa.Column("visitor", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name="fk_question_like_question_id_question", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("question_id", "visitor", name="pk_question_like"),
    )


def _questions() -> None:
    op.create_table(
        "question",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("visitor", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("point_id", sa.String(length=36), nullable=True),
        sa.Column("typed_by_id", sa.String(length=36), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("merged_into_id", sa.String(length=36), nullable=True),
        sa.Column("likes", sa.Integer(), nullable=False),
        sa.Column("moderated_by", sa.String(length=200), nullable=False),
        sa.Column("moderated_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_question_session_id_session", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name="fk_question_point_id_point", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["typed_by_id"], ["user_account.id"], name="fk_question_typed_by_id_user_account", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["merged_into_id"], ["question.id"], name="fk_question_merged_into_id_question", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_question"),
        sa.UniqueConstraint("session_id", "number", name="uq_question_session_id_number"),
        sa.UniqueConstraint("session_id", "client_id", name="uq_question_session_id_client_id"),
    )
    op.create_index("ix_question_session_state", "question", ["session_id", "state"])
    op.create_index("ix_question_visitor", "question", ["visitor"])
    op.create_index("ix_question_merged_into_id", "question", ["merged_into_id"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
