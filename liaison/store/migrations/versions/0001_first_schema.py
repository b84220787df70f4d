"""First schema, with the wall against double booking written by hand for each database.

A later migration that rebuilds ``booking`` on SQLite must create the triggers again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.store.types import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _audit_event()
    _login_attempt()
    _media_worker()
    _number_counter()
    _point()
    _setting()
    _user_account()
    _api_token()
    _draft()
    _idempotency_key()
    _one_time_link()
    _session()
    _user_point()
    _agenda_item()
    _booking()
    _invitation()
    _outbox()
    _presence()
    _room()
    _room_event()
    _media_loss()
    if op.get_bind().dialect.name == "postgresql":
        _booking_overlap_postgresql()
    else:
        _booking_overlap_sqlite()


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")


def _booking_overlap_postgresql() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute("""
        ALTER TABLE booking ADD CONSTRAINT ex_booking_overlap
        EXCLUDE USING gist (resource WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&) WHERE (active)
    """)


def _booking_overlap_sqlite() -> None:
    for name, moment in (("insert", "INSERT"), ("update", "UPDATE OF resource, starts_at, ends_at, active")):
        op.execute(f"""
            CREATE TRIGGER booking_overlap_{name} BEFORE {moment} ON booking WHEN NEW.active
            BEGIN
                SELECT RAISE(ABORT, 'booking_overlap') WHERE EXISTS (
                    SELECT 1 FROM booking AS other
                    WHERE other.resource = NEW.resource AND other.active AND other.id <> NEW.id
                      AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at);
            END
        """)

def _audit_event() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object_type", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_event"),
    )
    op.create_index("ix_audit_event_at", "audit_event", ["at"])
    op.create_index("ix_audit_event_object", "audit_event", ["object_type", "object_id"])


def _login_attempt() -> None:
    op.create_table(
        "login_attempt",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_attempt"),
    )
    op.create_index("ix_login_attempt_key_at", "login_attempt", ["key", "at"])


def _media_worker() -> None:
    op.create_table(
        "media_worker",
        sa.Column("worker", sa.Integer(), nullable=False),
        sa.Column("boot_id", sa.String(length=64), nullable=False),
        sa.Column("acked_seq", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(length=64), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("worker", name="pk_media_worker"),
    )


def _number_counter() -> None:
    op.create_table(
        "number_counter",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_number_counter"),
    )


def _point() -> None:
    op.create_table(
        "point",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("province", sa.String(length=64), nullable=True),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("seat", sa.JSON(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("also_known_as", sa.JSON(), nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("link_profile", sa.String(length=16), nullable=False),
        sa.Column("calendar_secret", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_point"),
        sa.UniqueConstraint("calendar_secret", name="uq_point_calendar_secret"),
        sa.UniqueConstraint("slug", name="uq_point_slug"),
    )


def _setting() -> None:
    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_setting"),
    )


def _user_account() -> None:
    op.create_table(
        "user_account",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=256), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sign_in_version", sa.String(length=36), nullable=False),
        sa.Column("calendar_secret", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_sign_in_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_user_account"),
        sa.UniqueConstraint("calendar_secret", name="uq_user_account_calendar_secret"),
        sa.UniqueConstraint("name", name="uq_user_account_name"),
    )


def _api_token() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_api_token_user_id_user_account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        sa.UniqueConstraint("secret_hash", name="uq_api_token_secret_hash"),
    )
    op.create_index("ix_api_token_user_id", "api_token", ["user_id"])


def _draft() -> None:
    op.create_table(
        "draft",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_draft_user_id_user_account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
    )
    op.create_index("ix_draft_user_id", "draft", ["user_id"])


def _idempotency_key() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_idempotency_key_user_id_user_account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_idempotency_key"),
    )


def _one_time_link() -> None:
    op.create_table(
        "one_time_link",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_one_time_link_user_id_user_account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_one_time_link"),
        sa.UniqueConstraint("secret_hash", name="uq_one_time_link_secret_hash"),
    )
    op.create_index("ix_one_time_link_user_id", "one_time_link", ["user_id"])


def _session() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("number_year", sa.Integer(), nullable=False),
        sa.Column("number_serial", sa.Integer(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("extended_to", UtcDateTime(), nullable=True),
        sa.Column("empty_since", UtcDateTime(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("record", sa.Boolean(), nullable=False),
        sa.Column("chair_point_id", sa.String(length=36), nullable=True),
        sa.Column("chair_user_id", sa.String(length=36), nullable=True),
        sa.Column("deputy_user_id", sa.String(length=36), nullable=True),
        sa.Column("secretary_user_id", sa.String(length=36), nullable=True),
        sa.Column("booked_by_id", sa.String(length=36), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="ck_session_period"),
        sa.ForeignKeyConstraint(["booked_by_id"], ["user_account.id"], name="fk_session_booked_by_id_user_account", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["chair_point_id"], ["point.id"], name="fk_session_chair_point_id_point"),
        sa.ForeignKeyConstraint(["chair_user_id"], ["user_account.id"], name="fk_session_chair_user_id_user_account", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["deputy_user_id"], ["user_account.id"], name="fk_session_deputy_user_id_user_account", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["secretary_user_id"], ["user_account.id"], name="fk_session_secretary_user_id_user_account", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("number_year", "number_serial", name="uq_session_number_year_number_serial"),
    )
    op.create_index("ix_session_status_starts_at", "session", ["status", "starts_at"])


def _user_point() -> None:
    op.create_table(
        "user_point",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("point_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name="fk_user_point_point_id_point", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_user_point_user_id_user_account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "point_id", name="pk_user_point"),
    )
    op.create_index("ix_user_point_point_id", "user_point", ["point_id"])


def _agenda_item() -> None:
    op.create_table(
        "agenda_item",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_agenda_item_session_id_session", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_agenda_item"),
    )
    op.create_index("ix_agenda_item_session_id", "agenda_item", ["session_id"])


def _booking() -> None:
    op.create_table(
        "booking",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("point_id", sa.String(length=36), nullable=False),
        sa.Column("resource", sa.String(length=64), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="ck_booking_period"),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name="fk_booking_point_id_point"),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_booking_session_id_session", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_booking"),
    )
    op.create_index("ix_booking_resource_starts_at", "booking", ["resource", "starts_at"])
    op.create_index("ix_booking_session_id", "booking", ["session_id"])


def _invitation() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("point_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("answer_reason", sa.Text(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by_id", sa.String(length=36), nullable=True),
        sa.Column("headcount", sa.Integer(), nullable=True),
        sa.Column("representatives", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["answered_by_id"], ["user_account.id"], name="fk_invitation_answered_by_id_user_account", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name="fk_invitation_point_id_point"),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_invitation_session_id_session", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("session_id", "point_id", name="uq_invitation_session_id_point_id"),
    )
    op.create_index("ix_invitation_point_id", "invitation", ["point_id"])
    op.create_index("ix_invitation_session_id", "invitation", ["session_id"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("dedupe_key", sa.String(length=200), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=True),
        sa.Column("session_sequence", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.String(length=36), nullable=True),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=False),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_outbox_session_id_session", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_outbox_user_id_user_account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("dedupe_key", name="uq_outbox_dedupe_key"),
    )
    op.create_index("ix_outbox_session_id", "outbox", ["session_id"])
    op.create_index("ix_outbox_status_due_at", "outbox", ["status", "due_at"])


def _presence() -> None:
    op.create_table(
        "presence",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("peer_id", sa.String(length=64), nullable=False),
        sa.Column("point_id", sa.String(length=36), nullable=True),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.Column("evidence_at", UtcDateTime(), nullable=False),
        sa.Column("left_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=12), nullable=True),
        sa.Column("drops", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name="fk_presence_point_id_point"),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_presence_session_id_session", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_presence"),
    )
    op.create_index("ix_presence_open", "presence", ["left_at", "evidence_at"])
    op.create_index("ix_presence_peer_id", "presence", ["peer_id"])
    op.create_index("ix_presence_session_id", "presence", ["session_id"])


def _room() -> None:
    op.create_table(
        "room",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.Column("snapshot_seq", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Integer(), nullable=False),
        sa.Column("media_epoch", sa.Integer(), nullable=False),
        sa.Column("media_boot_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_room_session_id_session", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session_id", name="pk_room"),
    )


def _room_event() -> None:
    op.create_table(
        "room_event",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("command_id", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_room_event_session_id_session", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session_id", "seq", name="pk_room_event"),
    )
    op.create_index("uq_room_event_command", "room_event", ["session_id", "command_id"], unique=True)


def _media_loss() -> None:
    op.create_table(
        "media_loss",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("presence_id", sa.String(length=36), nullable=False),
        sa.Column("lost_at", UtcDateTime(), nullable=False),
        sa.Column("back_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["presence_id"], ["presence.id"], name="fk_media_loss_presence_id_presence", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_media_loss"),
    )
    op.create_index("ix_media_loss_presence_id", "media_loss", ["presence_id"])
