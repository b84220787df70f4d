"""What computers found when they tried themselves out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base
from ..types import Json, UtcDateTime


class SelfTest(Base):
    """One try. ``point_id``: for which point; the account or the room's PC that tried. ``figures`` is all that was measured."""

    __tablename__ = "self_test"
    __table_args__ = (Index("ix_self_test_point_id_at", "point_id", "at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    point_id: Mapped[str | None] = mapped_column(ForeignKey("point.id", ondelete="CASCADE"))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True)
    device_id: Mapped[str | None] = mapped_column(ForeignKey("room_device.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    score: Mapped[int] = mapped_column(SmallInteger)
    verdict: Mapped[str] = mapped_column(String(8))
    findings: Mapped[list[str]] = mapped_column(Json, default=list)
    figures: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
