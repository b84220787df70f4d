"""The PCs that belong to the points' rooms."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base
from ..types import Json, UtcDateTime


class RoomDevice(Base):
    """A paired PC. Only the SHA-256 of its key is kept; the key itself lies in the PC's cookie."""

    __tablename__ = "room_device"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    point_id: Mapped[str] = mapped_column(ForeignKey("point.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_by_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RoomPairing(Base):
    """A code that stands on the screen of a PC which is not paired yet."""

    __tablename__ = "room_pairing"

    code: Mapped[str] = mapped_column(String(8), primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Readiness(Base):
    """What a point's PC last said of itself for a session. ``asked_at``: somebody wants to hear anew."""

    __tablename__ = "readiness"

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    point_id: Mapped[str] = mapped_column(ForeignKey("point.id", ondelete="CASCADE"), primary_key=True, index=True)
    device_id: Mapped[str | None] = mapped_column(ForeignKey("room_device.id", ondelete="SET NULL"))
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ready: Mapped[bool] = mapped_column(Boolean, default=False)
    reasons: Mapped[list[str]] = mapped_column(Json, default=list)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
