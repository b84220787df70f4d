"""Words that the office has put in place of the product's own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base
from ..types import UtcDateTime


class MessageText(Base):
    """The office's own words for one part (``subject`` or ``intro``) of one kind of message in one language."""

    __tablename__ = "message_text"

    kind: Mapped[str] = mapped_column(String(24), primary_key=True)  # domain/message_texts.py: KINDS
    part: Mapped[str] = mapped_column(String(12), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
