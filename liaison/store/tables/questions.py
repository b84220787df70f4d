"""What citizens ask of a public session, and who else wants to know."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base
from ..types import UtcDateTime
from .points import Point


class Question(Base):
    """One question, numbered in its session. ``contact`` is sealed (``services.question_links``) and stands in no list.

    ``visitor`` is a digest of the asker's cookie; both are forgotten some time after the session.
    """

    __tablename__ = "question"
    __table_args__ = (UniqueConstraint("session_id", "number"), UniqueConstraint("session_id", "client_id"),
                      Index("ix_question_session_state", "session_id", "state"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    client_id: Mapped[str] = mapped_column(String(64))  # of the form: the same sheet sent twice is one question
    text: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(String(80), default="")
    place: Mapped[str] = mapped_column(String(80), default="")
    contact: Mapped[str] = mapped_column(Text, default="")
    visitor: Mapped[str] = mapped_column(String(64), default="", index=True)
    language: Mapped[str] = mapped_column(String(8))
    category: Mapped[str] = mapped_column(String(16))  # domain.questions.Category
    origin: Mapped[str] = mapped_column(String(8))  # domain.questions.Origin
    point_id: Mapped[str | None] = mapped_column(ForeignKey("point.id", ondelete="SET NULL"))  # whose officer typed it
    typed_by_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(String(16))  # domain.questions.QuestionState
    reason: Mapped[str] = mapped_column(Text, default="")  # of a refusal
    answer: Mapped[str] = mapped_column(Text, default="")  # in writing
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when it was answered in the session
    put_off: Mapped[str] = mapped_column(String(8), default="")  # domain.questions.LATER, WRITING: what the chair said in the session
    put_off_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    merged_into_id: Mapped[str | None] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), index=True)
    likes: Mapped[int] = mapped_column(Integer, default=0)  # counted again with every like
    moderated_by: Mapped[str] = mapped_column(String(200), default="")
    moderated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    point: Mapped[Point | None] = relationship(lazy="selectin")
    merged_into: Mapped[Question | None] = relationship(remote_side=[id])


class QuestionLike(Base):
    """One visitor's like of one question."""

    __tablename__ = "question_like"

    question_id: Mapped[str] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), primary_key=True)
    visitor: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
