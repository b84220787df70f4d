"""What is written beside a session: its chat, and the secretary's notes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, and_
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from ..base import Base
from ..types import Json, UtcDateTime


class ChatFile(Base):
    """A file on its way with the message of the same ``client_id``, or said with it. Without a message it goes after a day."""

    __tablename__ = "chat_file"
    __table_args__ = (Index("uq_chat_file_client", "session_id", "client_id", unique=True),
                      Index("uq_chat_file_seq", "session_id", "seq", unique=True),
                      Index("ix_chat_file_peer", "session_id", "peer", "created_at"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(String(64))
    seq: Mapped[int | None] = mapped_column(Integer)  # of the message, once it is said
    peer: Mapped[str] = mapped_column(String(64))  # whose it is; with the account that came for itself
    user_id: Mapped[str | None] = mapped_column(String(36))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(8))  # FileKind.suffix
    digest: Mapped[str] = mapped_column(String(64), index=True)
    small: Mapped[str] = mapped_column(String(64), default="")  # a picture's small one; empty: it is no picture
    size: Mapped[int] = mapped_column(BigInteger)  # bytes of the file
    width: Mapped[int] = mapped_column(Integer, default=0)  # of a picture's small one
    height: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ChatMessage(Base):
    """One message, numbered without gaps in its session; nothing is ever taken out.

    A row with ``removes`` says that the chair took a message away, which itself keeps its text and says ``removed_at``.
    ``doors`` and ``held``: who was cut off when it was said (``domain.chat``). ``user_id`` and ``to_user`` are accounts that came
    for themselves.
    """

    __tablename__ = "chat_message"
    __table_args__ = (Index("uq_chat_message_client", "session_id", "client_id", unique=True),
                      Index("ix_chat_message_addressee", "addressee", "at"))

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    client_id: Mapped[str] = mapped_column(String(64))  # made by the sender: the same message is written once
    peer: Mapped[str] = mapped_column(String(64), default="")  # empty: the help desk
    user_id: Mapped[str | None] = mapped_column(String(36))
    point: Mapped[str | None] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[str] = mapped_column(String(16))  # RoomRole, or the help desk
    addressee: Mapped[str] = mapped_column(String(16))  # domain.chat.ADDRESSEES
    to_peer: Mapped[str | None] = mapped_column(String(64))
    to_user: Mapped[str | None] = mapped_column(String(36))
    to_point: Mapped[str | None] = mapped_column(String(64))
    to_name: Mapped[str] = mapped_column(String(200), default="")
    answers: Mapped[int | None] = mapped_column(Integer)  # the message that this one answers
    text: Mapped[str] = mapped_column(Text, default="")
    doors: Mapped[dict[str, Any] | None] = mapped_column(Json)
    held: Mapped[list[str]] = mapped_column(Json, default=list)
    removes: Mapped[int | None] = mapped_column(Integer)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_by: Mapped[str] = mapped_column(String(200), default="")
    file: Mapped[ChatFile | None] = relationship(
        primaryjoin=lambda: and_(foreign(ChatFile.session_id) == ChatMessage.session_id, foreign(ChatFile.seq) == ChatMessage.seq),
        viewonly=True, lazy="joined", uselist=False)


class SessionNote(Base):
    """One version of the notes under an agenda item (0, 1 …; -1: on the session as a whole). ``seq`` counts all changes of a session."""

    __tablename__ = "session_note"
    __table_args__ = (Index("ix_session_note_seq", "session_id", "seq"),)

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    item: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[str | None] = mapped_column(String(36))
    name: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str] = mapped_column(Text, default="")
