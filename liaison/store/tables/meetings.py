"""Sessions (scheduled sittings) and what they hold: agenda, invitations, bookings; drafts; idempotency keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...domain.recording import TRACKS
from ..base import Base
from ..types import Json, UtcDateTime
from .people import User
from .points import Point


class Session(Base):
    """A scheduled sitting.

    ``starts_at``/``ends_at`` are the plan; ``opened_at``/``closed_at`` what happened; ``extended_to`` the end in force while live
    (null: the plan's). ``sequence`` is iCalendar's SEQUENCE (RFC 5546); ``version`` rises with every change (ETag).
    """

    __tablename__ = "session"
    __table_args__ = (
        UniqueConstraint("number_year", "number_serial"),
        CheckConstraint("ends_at > starts_at", name="period"),
        Index("ix_session_status_starts_at", "status", "starts_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    number_year: Mapped[int] = mapped_column(Integer)
    number_serial: Mapped[int] = mapped_column(Integer)
    title: Mapped[dict[str, str]] = mapped_column(Json)
    description: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    kind: Mapped[str] = mapped_column(String(16))  # SessionKind
    status: Mapped[str] = mapped_column(String(16))  # SessionStatus
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    timezone: Mapped[str] = mapped_column(String(64))
    setup_minutes: Mapped[int] = mapped_column(Integer, default=0)  # its points are held this long before the start
    clear_minutes: Mapped[int] = mapped_column(Integer, default=0)  # and this long after the end
    priority: Mapped[int] = mapped_column(Integer, default=0)  # 0 ordinary … 3 urgent
    quorum: Mapped[int | None] = mapped_column(Integer)  # so many points must be there; null: no rule
    checks_minutes: Mapped[int | None] = mapped_column(Integer)  # presence is checked at random, about so often
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    extended_to: Mapped[datetime | None] = mapped_column(UtcDateTime)
    empty_since: Mapped[datetime | None] = mapped_column(UtcDateTime)  # live and nobody there since
    public: Mapped[bool] = mapped_column(Boolean, default=False)
    broadcast: Mapped[bool] = mapped_column(Boolean, default=False)
    recording: Mapped[str | None] = mapped_column(String(16))  # domain.recording; null: as usual
    questions: Mapped[bool | None] = mapped_column(Boolean)  # citizens may ask; null: as usual for its kind (domain.questions)
    chair_point_id: Mapped[str | None] = mapped_column(ForeignKey("point.id"))
    chair_user_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    deputy_user_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    secretary_user_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    booked_by_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    on_behalf_of_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))  # the chief in whose name a deputy booked
    sequence: Mapped[int] = mapped_column(Integer, default=0)
    version: Mapped[int] = mapped_column(Integer, default=1)
    cancel_reason: Mapped[str] = mapped_column(Text, default="")
    search_text: Mapped[str] = mapped_column(Text, default="")  # case-folded titles, descriptions and number
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rehearses_id: Mapped[str | None] = mapped_column(ForeignKey("session.id"), index=True)  # the one it rehearses
    series_id: Mapped[str | None] = mapped_column(ForeignKey("series.id"), index=True)
    recurrence_id: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the start that the series' rule gives this date
    series_changes: Mapped[list[str]] = mapped_column(Json, default=list, server_default="[]")  # plan fields changed for this date alone

    agenda: Mapped[list[AgendaItem]] = relationship(
        order_by="AgendaItem.position", cascade="all, delete-orphan", lazy="selectin")
    invitations: Mapped[list[Invitation]] = relationship(
        order_by="Invitation.position", cascade="all, delete-orphan", lazy="selectin")
    chair_point: Mapped[Point | None] = relationship(foreign_keys=[chair_point_id])
    chair_user: Mapped[User | None] = relationship(foreign_keys=[chair_user_id])
    deputy_user: Mapped[User | None] = relationship(foreign_keys=[deputy_user_id])
    secretary_user: Mapped[User | None] = relationship(foreign_keys=[secretary_user_id])
    booked_by: Mapped[User | None] = relationship(foreign_keys=[booked_by_id])
    on_behalf_of: Mapped[User | None] = relationship(foreign_keys=[on_behalf_of_id])

    rehearses: Mapped[Session | None] = relationship(foreign_keys=[rehearses_id], remote_side=[id])

    @property
    def places(self) -> list[Invitation]:
        """Whose points take part: its own invitations; a rehearsal invites nobody and has those of what it rehearses."""
        return self.rehearses.invitations if self.rehearses is not None else self.invitations

    @property
    def takes_tracks(self) -> bool:
        """Whether each source is recorded."""
        return self.recording == TRACKS

    @property
    def number(self) -> str:
        """For speech and print: 2027-0143."""
        return f"{self.number_year}-{self.number_serial:04d}"


class AgendaItem(Base):
    __tablename__ = "agenda_item"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    title: Mapped[dict[str, str]] = mapped_column(Json)  # texts by language; a plain string from the API is kept under ""
    minutes: Mapped[int] = mapped_column(Integer)


class Invitation(Base):
    """A point's place in a session, its answer, and what its officer says of who sat there."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("session_id", "point_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), index=True)
    point_id: Mapped[str] = mapped_column(ForeignKey("point.id"), index=True)
    position: Mapped[int] = mapped_column(Integer, default=0)  # the order in which the booker named the points
    required: Mapped[bool] = mapped_column(Boolean, default=True)
    answer: Mapped[str] = mapped_column(String(16), default="pending")  # Answer
    answer_reason: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # none: at the booking
    earlier: Mapped[dict[str, Any] | None] = mapped_column(Json)  # the answer for the time of which people were told last
    expected: Mapped[int | None] = mapped_column(Integer)  # how many will come, said with the answer
    headcount: Mapped[int | None] = mapped_column(Integer)
    representatives: Mapped[list[str]] = mapped_column(Json, default=list)

    point: Mapped[Point] = relationship(lazy="selectin")


class Booking(Base):
    """What a session holds of a point's room over a period ``[starts_at, ends_at)``.

    Two active bookings of one resource never overlap: PostgreSQL's exclusion constraint ``ex_booking_overlap``,
    SQLite's triggers ``booking_overlap_insert`` / ``_update`` (both in the first migration).
    """

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="period"),
        Index("ix_booking_resource_period", "resource", "starts_at", "ends_at", "active"),  # all that a look at free rooms reads
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), index=True)
    point_id: Mapped[str] = mapped_column(ForeignKey("point.id"))
    resource: Mapped[str] = mapped_column(String(64))  # "room:<point id>"
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class Draft(Base):
    """A half-filled new-session form, saved by itself. It holds no booking."""

    __tablename__ = "draft"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    form: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class NumberCounter(Base):
    """The last serial given in a year."""

    __tablename__ = "number_counter"

    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class IdempotencyKey(Base):
    """An answer kept for a repeated POST (draft-ietf-httpapi-idempotency-key-header); removed after a day."""

    __tablename__ = "idempotency_key"

    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))  # SHA-256 of method, path and body
    status: Mapped[int] = mapped_column(Integer)
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
