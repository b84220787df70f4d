"""Calendars that are subscribed to and imported, and when somebody last looked at the desk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base
from ..types import UtcDateTime


class ProvinceCalendar(Base):
    """The secret address of a province's calendar: all sessions of its points. ``province`` is the slug of its office."""

    __tablename__ = "province_calendar"

    province: Mapped[str] = mapped_column(String(64), primary_key=True)
    secret: Mapped[str] = mapped_column(String(64), unique=True)


class ImportedEvent(Base):
    """An event of a foreign calendar that became a session. ``key`` is the SHA-256 of UID and start."""

    __tablename__ = "imported_event"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), index=True)


class DeskLook(Base):
    """When an account last said that it has seen what changed."""

    __tablename__ = "desk_look"

    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
