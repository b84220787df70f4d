"""What bounds booking beside other sessions: closed periods, points under maintenance, what is asked for and waited for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base
from ..types import Json, UtcDateTime
from .people import User
from .points import Point


class ClosedPeriod(Base):
    """Nothing is booked in it: anywhere, in one province (the slug of its office), or at one point."""

    __tablename__ = "closed_period"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="period"), Index("ix_closed_period_ends_at", "ends_at"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    province: Mapped[str | None] = mapped_column(String(64))
    point_id: Mapped[str | None] = mapped_column(ForeignKey("point.id"))
    reason: Mapped[str] = mapped_column(Text)
    created_by_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    point: Mapped[Point | None] = relationship(lazy="selectin")


class Maintenance(Base):
    """A point being worked on: not to be booked, not reminded, no cause for alarm meanwhile."""

    __tablename__ = "maintenance"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="period"),
                      Index("ix_maintenance_point_id_ends_at", "point_id", "ends_at"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    point_id: Mapped[str] = mapped_column(ForeignKey("point.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)
    created_by_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    point: Mapped[Point] = relationship(lazy="selectin")


class BookingRequest(Base):
    """A session that is asked for and holds nothing yet: an officer's request, or a place on the waiting list.

    ``plan`` as ``domain.booking_requests.plan_to_json`` writes it; ``starts_at``/``ends_at`` what it would hold of its points.
    While ``offered`` its time is held for it until ``offer_until``.
    """

    __tablename__ = "booking_request"
    __table_args__ = (Index("ix_booking_request_state_starts_at", "state", "starts_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))  # RequestKind
    state: Mapped[str] = mapped_column(String(16))  # RequestState
    plan: Mapped[dict[str, Any]] = mapped_column(Json)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text, default="")  # why it is asked for
    asked_by_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    offer_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(Text, default="")
    session_id: Mapped[str | None] = mapped_column(ForeignKey("session.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])
