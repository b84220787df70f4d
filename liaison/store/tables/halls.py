"""Halls of public sessions, who holds a seat in them, and who wants to be reminded of a session."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base
from ..types import UtcDateTime
from .points import Point


class Hall(Base):
    """A point's hall is open to citizens for one session."""

    __tablename__ = "hall"

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    point_id: Mapped[str] = mapped_column(ForeignKey("point.id", ondelete="CASCADE"), primary_key=True)
    seats: Mapped[int] = mapped_column(Integer)
    place: Mapped[str] = mapped_column(String(200), default="")  # the hall's address, as its people say it
    freed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when the seats of those who had not come were freed
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    point: Mapped[Point] = relationship(lazy="selectin")


class Seat(Base):
    """One registration (of ``people`` persons), or so many who came without one. Numbered in its session, which is the order in line.

    ``contact`` is sealed and stands in no list, ``contact_digest`` finds it again, ``visitor`` is a digest of the cookie; all three and
    the name are forgotten some time after the session. ``starts_at`` is the start of which the citizen knows, ``reminded`` the last
    reminder (minutes before).
    """

    __tablename__ = "seat"
    __table_args__ = (UniqueConstraint("session_id", "number"), UniqueConstraint("session_id", "client_id"),
                      UniqueConstraint("session_id", "code"), Index("ix_seat_session_point_state", "session_id", "point_id", "state"),
                      Index("ix_seat_state", "state"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    point_id: Mapped[str] = mapped_column(ForeignKey("point.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    client_id: Mapped[str] = mapped_column(String(64))  # of the form, or of the act at the door: sent twice it is one
    code: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(80), default="")
    people: Mapped[int] = mapped_column(Integer)
    contact: Mapped[str] = mapped_column(Text, default="")
    channel: Mapped[str] = mapped_column(String(12), default="")  # Channel of the contact
    contact_digest: Mapped[str] = mapped_column(String(64), default="")
    visitor: Mapped[str] = mapped_column(String(64), default="")
    language: Mapped[str] = mapped_column(String(8))
    origin: Mapped[str] = mapped_column(String(8))  # domain.seats.SeatOrigin
    state: Mapped[str] = mapped_column(String(12))  # domain.seats.SeatState
    came: Mapped[int] = mapped_column(Integer, default=0)  # so many of them
    came_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    came_act: Mapped[str] = mapped_column(String(64), default="")  # the act at the door that counted them
    came_from: Mapped[str] = mapped_column(String(12), default="")  # its state before: what an undoing goes back to
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reminded: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    point: Mapped[Point] = relationship(lazy="selectin")


class WatchReminder(Base):
    """A citizen wants to be reminded of a public session. ``address`` is sealed (with a browser's keys), ``digest`` finds it again.

    ``confirmed_at`` null: asked for by mail, not confirmed yet. ``told_for``: the start of which was reminded; the end of
    all time once it was told that the session is off.
    """

    __tablename__ = "watch_reminder"
    __table_args__ = (UniqueConstraint("session_id", "channel", "digest"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(12))  # Channel
    address: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    language: Mapped[str] = mapped_column(String(8))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_for: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
