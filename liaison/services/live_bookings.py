"""The bookings of a session that goes on past its plan: extended where the point is free, cut where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session as DbSession
from sqlalchemy.orm import aliased

from ..domain.booking import end_of
from ..domain.words import SessionStatus
from ..store import tables as t


@dataclass(frozen=True)
class Collision:
    """A point of a live session at which another session begins soon."""

    point: t.Point
    other: t.Session
    starts_at: datetime


def extend_bookings(db: DbSession, session: t.Session, to: datetime) -> None:
    """Hold every invited point until ``to`` and its clearing up, or until its next session's booking begins. The caller holds
    the lock on bookings."""
    to = end_of(to, session.clear_minutes)
    invited = {invitation.point_id for invitation in session.invitations}
    for booking in db.scalars(select(t.Booking).where(t.Booking.session_id == session.id, t.Booking.active)):
        if booking.point_id in invited:
            blocked_at = _next_start(db, booking, to)
            booking.ends_at = max(booking.ends_at, min(to, blocked_at or to))
    db.flush()


def _next_start(db: DbSession, booking: t.Booking, until: datetime) -> datetime | None:
    """When another session's booking of the same room begins or goes on, between the booking's end and ``until``."""
    query = (select(t.Booking.starts_at).where(
        t.Booking.resource == booking.resource, t.Booking.active, t.Booking.session_id != booking.session_id,
        t.Booking.ends_at > booking.ends_at, t.Booking.starts_at < until).order_by(t.Booking.starts_at).limit(1))
    return db.scalars(query).one_or_none()


def collisions(db: DbSession, session: t.Session, since: datetime, until: datetime) -> list[Collision]:
    """Later sessions' bookings of this session's points that begin between the two moments, by start."""
    asked = {"session": session.id, "starts_at": session.starts_at, "since": since, "until": until}
    return [Collision(point, other, starts_at) for point, other, starts_at in db.execute(_COLLISIONS, asked)]


_theirs = aliased(t.Booking)
_COLLISIONS = (select(t.Point, t.Session, _theirs.starts_at)  # asked every second: put together once
               .join(t.Invitation, t.Invitation.point_id == t.Point.id)
               .join(_theirs, _theirs.point_id == t.Point.id)
               .join(t.Session, t.Session.id == _theirs.session_id)
               .where(t.Invitation.session_id == bindparam("session"), _theirs.session_id != bindparam("session"), _theirs.active,
                      t.Session.status.in_((SessionStatus.CONFIRMED, SessionStatus.LIVE)),
                      _theirs.starts_at > bindparam("starts_at"), _theirs.starts_at >= bindparam("since"),
                      _theirs.starts_at <= bindparam("until"))
               .order_by(_theirs.starts_at, t.Point.position))
