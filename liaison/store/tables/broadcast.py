"""What is kept of a broadcast's viewers: how many, never who."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base
from ..types import UtcDateTime


class ViewerMinute(Base):
    """How many pages of one web process played a session at the end of a minute, by what they had chosen."""

    __tablename__ = "viewer_minute"

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)  # the minute's beginning
    process: Mapped[str] = mapped_column(String(16), primary_key=True)  # a random name of the web process
    quality: Mapped[str] = mapped_column(String(8), primary_key=True)  # domain.audience.QUALITIES
    sound: Mapped[str] = mapped_column(String(16), primary_key=True)  # ``sound``, or ``sound-ru`` …
    viewers: Mapped[int] = mapped_column(Integer)


class Restream(Base):
    """Where a session's broadcast is handed on to. ``key`` is sealed with the installation's secret (services.restreams)."""

    __tablename__ = "restream"

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str] = mapped_column(String(300))
    key: Mapped[str] = mapped_column(Text)
