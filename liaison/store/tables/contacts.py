"""How people are reached beside e-mail, what they choose about it, and how far a point was asked for its answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base
from ..types import Json, UtcDateTime


class Contact(Base):
    """A person's telephone, Telegram chat, or browser that takes push messages (RFC 8030).

    ``address``: a number in E.164, a chat id, the subscription's endpoint; ``keys``: the browser's public key and secret.
    """

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("user_id", "channel", "address"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(12))  # Channel
    address: Mapped[str] = mapped_column(String(1000))
    keys: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    label: Mapped[str] = mapped_column(String(100), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ContactCode(Base):
    """A code that links a Telegram chat to an account, once; only its SHA-256 is kept."""

    __tablename__ = "contact_code"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class NoticeChoice(Base):
    """What a person wants of notices. No row: e-mail, the network's quiet hours, no alarm.

    ``quiet``: empty for the network's hours, "own" for these, "none". Times are "22:00" in the network's zone.
    """

    __tablename__ = "notice_choice"

    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    email: Mapped[bool] = mapped_column(Boolean, default=True)
    alarm_minutes: Mapped[int | None] = mapped_column(Integer)
    quiet: Mapped[str] = mapped_column(String(8), default="")
    quiet_from: Mapped[str] = mapped_column(String(5), default="")
    quiet_until: Mapped[str] = mapped_column(String(5), default="")
    quiet_email: Mapped[bool] = mapped_column(Boolean, default=False)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ChaseStep(Base):
    """An invitation was asked about again: whom (ChaseTo), when; once each for one asking. ``told``: there was somebody to ask."""

    __tablename__ = "chase_step"
    __table_args__ = (UniqueConstraint("invitation_id", "step", "asked_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitation.id", ondelete="CASCADE"))
    step: Mapped[str] = mapped_column(String(16))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
