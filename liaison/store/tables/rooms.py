"""The live room: its log (the bus), its snapshot, presences, media workers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base
from ..types import Json, UtcDateTime


class Room(Base):
    """One live runtime a session. ``seq`` is the last event's number; ``snapshot`` is the state folded up to ``snapshot_seq``."""

    __tablename__ = "room"

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, default=0)
    snapshot: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    snapshot_seq: Mapped[int] = mapped_column(Integer, default=0)
    worker: Mapped[int] = mapped_column(Integer, default=0)
    media_epoch: Mapped[int] = mapped_column(Integer, default=1)
    media_boot_id: Mapped[str] = mapped_column(String(64), default="")
    chat_seq: Mapped[int] = mapped_column(Integer, default=0, server_default="0")  # of the last message of the chat
    notes_seq: Mapped[int] = mapped_column(Integer, default=0, server_default="0")  # of the last change of a note


class RoomEvent(Base):
    """One fact of a room, numbered without gaps. The log is the bus and the evidence."""

    __tablename__ = "room_event"
    __table_args__ = (Index("uq_room_event_command", "session_id", "command_id", unique=True),)

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    type: Mapped[str] = mapped_column(String(40))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(64), default="")  # peer id, user id or "scheduler"
    command_id: Mapped[str | None] = mapped_column(String(64))  # on the first event of a client's command


class SecretCount(Base):
    """How often something was chosen in a secret vote; no row ever ties a choice to a voter (``signaling/secret_votes.py``)."""

    __tablename__ = "secret_count"

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    vote: Mapped[str] = mapped_column(String(16), primary_key=True)
    choice: Mapped[str] = mapped_column(String(16), primary_key=True)
    count: Mapped[int] = mapped_column(Integer, default=0)


class Presence(Base):
    """A peer's stay. Open while ``left_at`` is null; ``evidence_at`` is the last sign of life, written every 5 s."""

    __tablename__ = "presence"
    __table_args__ = (Index("ix_presence_open", "left_at", "evidence_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), index=True)
    peer_id: Mapped[str] = mapped_column(String(64), index=True)
    point_id: Mapped[str | None] = mapped_column(ForeignKey("point.id"))
    user_id: Mapped[str | None] = mapped_column(String(36))
    name: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[str] = mapped_column(String(16))  # RoomRole
    via: Mapped[str] = mapped_column(String(16))  # Via
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    evidence_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(String(12))  # LeaveReason
    drops: Mapped[int] = mapped_column(Integer, default=0)

    media_losses: Mapped[list[MediaLoss]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class MediaLoss(Base):
    """An interval in which a present peer had no media."""

    __tablename__ = "media_loss"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    presence_id: Mapped[str] = mapped_column(ForeignKey("presence.id", ondelete="CASCADE"), index=True)
    lost_at: Mapped[datetime] = mapped_column(UtcDateTime)
    back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LinkSample(Base):
    """A point's minute in a room: how good its connection was. ``_worst`` stands beside each mean; null: not known."""

    __tablename__ = "link_sample"
    __table_args__ = (Index("ix_link_sample_at", "at"),)

    point_id: Mapped[str] = mapped_column(ForeignKey("point.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)  # the minute's beginning
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    quality: Mapped[str] = mapped_column(String(8))  # Quality
    transport: Mapped[str] = mapped_column(String(16), default="")  # direct-udp, relay-tcp …; empty: not told
    up_loss: Mapped[float | None] = mapped_column(Float)
    up_loss_worst: Mapped[float | None] = mapped_column(Float)
    up_jitter_ms: Mapped[float | None] = mapped_column(Float)
    up_jitter_ms_worst: Mapped[float | None] = mapped_column(Float)
    up_bitrate: Mapped[float | None] = mapped_column(Float)
    up_bitrate_worst: Mapped[float | None] = mapped_column(Float)
    down_loss: Mapped[float | None] = mapped_column(Float)
    down_loss_worst: Mapped[float | None] = mapped_column(Float)
    down_jitter_ms: Mapped[float | None] = mapped_column(Float)
    down_jitter_ms_worst: Mapped[float | None] = mapped_column(Float)
    down_bitrate: Mapped[float | None] = mapped_column(Float)
    down_bitrate_worst: Mapped[float | None] = mapped_column(Float)
    rtt_ms: Mapped[float | None] = mapped_column(Float)
    rtt_ms_worst: Mapped[float | None] = mapped_column(Float)
    concealed: Mapped[float | None] = mapped_column(Float)  # share of the sound that had to be made up
    concealed_worst: Mapped[float | None] = mapped_column(Float)
    freezes: Mapped[int] = mapped_column(Integer, default=0)
    frozen_ms: Mapped[int] = mapped_column(BigInteger, default=0)


class MediaWorker(Base):
    """A media worker as the web knows it: its boot, who consumes its events (lease of 10 s), up to where, and since when it is away."""

    __tablename__ = "media_worker"

    worker: Mapped[int] = mapped_column(Integer, primary_key=True)
    boot_id: Mapped[str] = mapped_column(String(64), default="")
    acked_seq: Mapped[int] = mapped_column(Integer, default=0)
    lease_owner: Mapped[str] = mapped_column(String(64), default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    down_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
