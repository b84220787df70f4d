"""What must leave the house (outbox), who did what (audit), settings changed on pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base
from ..types import Json, UtcDateTime


class Outbox(Base):
    """One message that must leave, written in the transaction that makes it true, claimed by the scheduler.

    ``dedupe_key`` is unique and gives the Message-ID. ``payload`` by kind (OutboxKind); for reminders
    {"minutes_before": int}. ``session_sequence`` is the session's (or series') SEQUENCE when written: a reminder whose session has
    another SEQUENCE, or is cancelled, is skipped at send time. Not sent after ``expires_at``. One event and person has at most
    one row a channel; ``provider_id`` is what the gateway calls the message, ``delivered_at`` when it said that it arrived.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_status_due_at", "status", "due_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))  # OutboxKind
    channel: Mapped[str] = mapped_column(String(12), default="email", server_default="email")  # Channel
    dedupe_key: Mapped[str] = mapped_column(String(200), unique=True)
    session_id: Mapped[str | None] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), index=True)
    series_id: Mapped[str | None] = mapped_column(ForeignKey("series.id"), index=True)  # a letter about a series
    session_sequence: Mapped[int] = mapped_column(Integer, default=0)
    invitation_id: Mapped[str | None] = mapped_column(String(36))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(8))
    payload: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(12), default="pending")  # OutboxStatus
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    claimed_by: Mapped[str] = mapped_column(String(64), default="")
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    provider_id: Mapped[str] = mapped_column(String(128), default="", server_default="")
    last_error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditEvent(Base):
    """Who did what to which thing, with the state before and after. Never holds a secret."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_at", "at"), Index("ix_audit_event_object", "object_type", "object_id"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[str | None] = mapped_column(String(36))  # none: the system
    actor_name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(64), default="")
    action: Mapped[str] = mapped_column(String(64))  # e.g. session.booked, user.disabled
    object_type: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(64))
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    after: Mapped[dict[str, Any] | None] = mapped_column(Json)


class Setting(Base):
    """A choice made on the settings page: reminder offsets, help-desk telephone, default language …"""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(Json)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
