"""The points of the network."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Float, ForeignKey, Index, Integer, LargeBinary, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base
from ..types import Json, UtcDateTime


class Point(Base):
    """One office. ``name`` and ``seat`` are texts by language; ``province`` is the slug of its province office."""

    __tablename__ = "point"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    position: Mapped[int] = mapped_column(Integer, default=0)  # the order of the list, as in the CSV
    kind: Mapped[str] = mapped_column(String(16))  # hall | presidency | province | district | mobile
    province: Mapped[str | None] = mapped_column(String(64))
    name: Mapped[dict[str, str]] = mapped_column(Json)
    seat: Mapped[dict[str, str]] = mapped_column(Json)
    lat: Mapped[float | None] = mapped_column(Float)
    lon: Mapped[float | None] = mapped_column(Float)
    also_known_as: Mapped[list[str]] = mapped_column(Json, default=list)
    phone: Mapped[str] = mapped_column(String(64), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    link_profile: Mapped[str] = mapped_column(String(16), default="normal")  # normal | thin | audio
    calendar_secret: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    room_pc_minutes: Mapped[int] = mapped_column(Integer, default=2, server_default="2")  # the room's PC goes in so long before
    room_pc_camera: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())  # with camera and microphone on


class PointCard(Base):
    """What the people of a point keep of it: its equipment ``[{"name", "detail", "count"}]`` and how to find and reach it."""

    __tablename__ = "point_card"

    point_id: Mapped[str] = mapped_column(ForeignKey("point.id", ondelete="CASCADE"), primary_key=True)
    equipment: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    note: Mapped[str] = mapped_column(Text, default="")
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PointPicture(Base):
    """The picture of a point's room, made anew from what was sent: nothing but the picture is in it."""

    __tablename__ = "point_picture"

    point_id: Mapped[str] = mapped_column(ForeignKey("point.id", ondelete="CASCADE"), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(32))
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of ``data``: its name in addresses
    data: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PointStop(Base):
    """Where a mobile point stands over a period ``[starts_at, ends_at)``. ``place`` is a text by language ("" for one in all)."""

    __tablename__ = "point_stop"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="period"),
                      Index("ix_point_stop_point_id_starts_at", "point_id", "starts_at"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    point_id: Mapped[str] = mapped_column(ForeignKey("point.id", ondelete="CASCADE"))
    place: Mapped[dict[str, str]] = mapped_column(Json)
    lat: Mapped[float] = mapped_column(Float)
    lon: Mapped[float] = mapped_column(Float)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text, default="")
