"""Accounts, their points, one-time links, API tokens, failed sign-ins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base
from ..types import UtcDateTime
from .points import Point


class User(Base):
    """An account. ``name`` is what one types to sign in; ``password_hash`` is argon2id, empty until first set."""

    __tablename__ = "user_account"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)  # lower case
    full_name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(64), default="")
    password_hash: Mapped[str] = mapped_column(String(256), default="")
    role: Mapped[str] = mapped_column(String(16))  # AccountRole
    language: Mapped[str] = mapped_column(String(8), default="")  # empty: the network's first
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    sign_in_version: Mapped[str] = mapped_column(String(36))  # replaced to end every signed-in browser of the account
    calendar_secret: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_sign_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    points: Mapped[list[Point]] = relationship(secondary="user_point", order_by=Point.position, lazy="selectin")


class UserPoint(Base):
    """An officer acts for a point."""

    __tablename__ = "user_point"

    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    point_id: Mapped[str] = mapped_column(ForeignKey("point.id", ondelete="CASCADE"), primary_key=True, index=True)


class OneTimeLink(Base):
    """A link that works once; only its SHA-256 is kept."""

    __tablename__ = "one_time_link"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)  # none: bootstrap
    purpose: Mapped[str] = mapped_column(String(24))  # LinkPurpose
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ApiToken(Base):
    """A bearer token of the API; carries its user's rights; only its SHA-256 is kept."""

    __tablename__ = "api_token"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(String(100), default="")
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Deputyship(Base):
    """``deputy_id`` may book in the name of ``chief_id``, and change what was booked so, from ``starts_at`` until ``ends_at``
    (null: until it is ended)."""

    __tablename__ = "deputyship"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    chief_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    deputy_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    chief: Mapped[User] = relationship(foreign_keys=[chief_id])
    deputy: Mapped[User] = relationship(foreign_keys=[deputy_id])


class LoginAttempt(Base):
    """A failed sign-in, for throttling that survives a restart. ``key`` is ``name:…`` or ``address:…``."""

    __tablename__ = "login_attempt"
    __table_args__ = (Index("ix_login_attempt_key_at", "key", "at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    key: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
