"""Mail that comes in: answers of calendar programs, and how far each mailbox has been read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base
from ..types import UtcDateTime


class MailReply(Base):
    """One mail that reached the calendar's mailbox, and what became of it. ``message_id`` is unique: none is taken twice."""

    __tablename__ = "mail_reply"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(300), unique=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    from_address: Mapped[str] = mapped_column(String(254), default="")
    attendee: Mapped[str] = mapped_column(String(254), default="")
    session_id: Mapped[str | None] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), index=True)
    outcome: Mapped[str] = mapped_column(String(16))  # ReplyOutcome
    comment: Mapped[str] = mapped_column(Text, default="")


class MailboxPosition(Base):
    """Up to where a folder has been read (RFC 3501: UIDVALIDITY and UID). ``mailbox`` never holds a password."""

    __tablename__ = "mailbox_position"

    mailbox: Mapped[str] = mapped_column(String(300), primary_key=True)
    validity: Mapped[int] = mapped_column(BigInteger, default=0)
    uid: Mapped[int] = mapped_column(BigInteger, default=0)
