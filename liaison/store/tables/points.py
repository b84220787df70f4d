"""The points of the network."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Float, Integer, String
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
