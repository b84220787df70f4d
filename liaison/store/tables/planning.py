"""What makes booking quick: groups of points, templates of sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base
from ..types import Json, UtcDateTime
from .points import Point


class PointGroup(Base):
    """A named set of points beside those of the network's file. ``name`` by language."""

    __tablename__ = "point_group"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[dict[str, str]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    members: Mapped[list[PointGroupMember]] = relationship(
        order_by="PointGroupMember.position", cascade="all, delete-orphan", lazy="selectin")


class PointGroupMember(Base):
    """A point of a group, in the group's own order."""

    __tablename__ = "point_group_member"

    group_id: Mapped[str] = mapped_column(ForeignKey("point_group.id", ondelete="CASCADE"), primary_key=True)
    point_id: Mapped[str] = mapped_column(ForeignKey("point.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, default=0)

    point: Mapped[Point] = relationship(lazy="selectin")


class SessionTemplate(Base):
    """A session to book again and again. ``plan`` has the fields of ``domain.sessions.Plan`` but the start; ``groups`` are
    looked up anew each time it is used; ``rule`` (an RRULE's value or empty) and ``time`` (local, ``10:00`` or empty) are wishes."""

    __tablename__ = "session_template"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[dict[str, str]] = mapped_column(Json)
    plan: Mapped[dict[str, Any]] = mapped_column(Json)
    groups: Mapped[list[str]] = mapped_column(Json, default=list)
    rule: Mapped[str] = mapped_column(String(200), default="")
    time: Mapped[str] = mapped_column(String(5), default="")
    created_by_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
