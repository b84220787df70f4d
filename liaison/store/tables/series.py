"""Series of sessions: the rule, and the dates of it that were not booked. Their occurrences are ordinary sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base
from ..types import Json, UtcDateTime
from .people import User


class Series(Base):
    """A rule in force. Editing this and following dates moves ``starts_local`` on: earlier occurrences keep their rows.

    ``plan`` has the fields of ``domain.sessions.Plan`` but the start. ``sequence`` is iCalendar's SEQUENCE of the whole; no
    occurrence's is higher than the next one will be. Occurrences exist up to ``materialised_until``.
    """

    __tablename__ = "series"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    rule: Mapped[str] = mapped_column(String(200))  # RRULE's value (RFC 5545, section 3.3.10)
    starts_local: Mapped[str] = mapped_column(String(19))  # the first start the rule speaks of, 2027-03-01T10:00:00
    timezone: Mapped[str] = mapped_column(String(64))
    plan: Mapped[dict[str, Any]] = mapped_column(Json)
    endless: Mapped[bool] = mapped_column(default=False, index=True)
    materialised_until: Mapped[datetime] = mapped_column(UtcDateTime)
    sequence: Mapped[int] = mapped_column(Integer, default=0)
    version: Mapped[int] = mapped_column(Integer, default=1)
    booked_by_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    on_behalf_of_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    cancel_reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    booked_by: Mapped[User | None] = relationship(foreign_keys=[booked_by_id])
    gaps: Mapped[list[SeriesGap]] = relationship(
        order_by="SeriesGap.recurrence_id", cascade="all, delete-orphan", lazy="selectin")


class SeriesGap(Base):
    """A date of the rule without a session: left out by the booker, or taken by others when the series was carried on."""

    __tablename__ = "series_gap"

    series_id: Mapped[str] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"), primary_key=True)
    recurrence_id: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    reason: Mapped[str] = mapped_column(String(16))  # left_out | taken
    conflicts: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
