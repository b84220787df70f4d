"""Documents of sessions, with their pages as pictures. The files themselves lie in the file store, named by digest."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base
from ..types import Json, UtcDateTime


class Document(Base):
    """A PDF or a picture for a session. ``public``: citizens may see it too; ``points``: slugs of those it is for; else those who take
    part."""

    __tablename__ = "document"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), index=True)
    item: Mapped[int | None] = mapped_column(Integer)  # the agenda item's position; null: for the whole session
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(8))  # FileKind.suffix
    digest: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)  # bytes, with its pages' pictures
    pages: Mapped[int] = mapped_column(Integer)
    public: Mapped[bool] = mapped_column(Boolean, default=False)
    points: Mapped[list[str] | None] = mapped_column(Json)
    uploaded_by_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    uploaded_by: Mapped[str] = mapped_column(String(200), default="")  # the name, also when the account is gone
    point_id: Mapped[str | None] = mapped_column(ForeignKey("point.id", ondelete="SET NULL"))  # whose officer added it
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DocumentPage(Base):
    """One page: its picture, a small one for thin links, and its text as far as the file says it."""

    __tablename__ = "document_page"

    document_id: Mapped[str] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)  # from 1
    digest: Mapped[str] = mapped_column(String(64))
    small: Mapped[str] = mapped_column(String(64))
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text, default="")
