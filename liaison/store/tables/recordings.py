"""What was decided about a session's recordings; the recordings themselves are files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base
from ..types import UtcDateTime


class SessionRecording(Base):
    """``published``: null while nobody has decided. ``held``: nothing is removed when its time is over."""

    __tablename__ = "session_recording"

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    published: Mapped[bool | None] = mapped_column(Boolean)
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    held: Mapped[bool] = mapped_column(Boolean, default=False)
    hold_reason: Mapped[str] = mapped_column(Text, default="")
    composite_removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tracks_removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
