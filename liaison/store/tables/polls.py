"""Date polls: times put to points, and what each point says of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base
from ..types import Json, UtcDateTime
from .people import User
from .points import Point


class Poll(Base):
    """A session to be, without a time. ``plan`` holds the fields of a Plan but its start (points by slug)."""

    __tablename__ = "poll"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    plan: Mapped[dict[str, Any]] = mapped_column(Json)
    status: Mapped[str] = mapped_column(String(12), index=True)  # PollStatus
    answer_by: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    session_id: Mapped[str | None] = mapped_column(ForeignKey("session.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    made_by: Mapped[User | None] = relationship(foreign_keys=[made_by_id])
    times: Mapped[list[PollTime]] = relationship(order_by="PollTime.starts_at", cascade="all, delete-orphan", lazy="selectin")
    points: Mapped[list[PollPoint]] = relationship(order_by="PollPoint.position", cascade="all, delete-orphan", lazy="selectin")


class PollTime(Base):
    __tablename__ = "poll_time"
    __table_args__ = (UniqueConstraint("poll_id", "starts_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    poll_id: Mapped[str] = mapped_column(ForeignKey("poll.id", ondelete="CASCADE"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PollPoint(Base):
    """A point that is asked. ``answers`` by time's id; ``answered_at`` is empty until it has said something."""

    __tablename__ = "poll_point"
    __table_args__ = (UniqueConstraint("poll_id", "point_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    poll_id: Mapped[str] = mapped_column(ForeignKey("poll.id", ondelete="CASCADE"), index=True)
    point_id: Mapped[str] = mapped_column(ForeignKey("point.id"), index=True)
    position: Mapped[int] = mapped_column(Integer, default=0)
    required: Mapped[bool] = mapped_column(Boolean, default=True)
    answers: Mapped[dict[str, str]] = mapped_column(Json, default=dict)  # PollAnswer
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))

    point: Mapped[Point] = relationship(lazy="selectin")
