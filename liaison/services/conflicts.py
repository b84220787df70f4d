"""Who holds a point's room: the look before a booking, and the words of the refusal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.booking import Period, end_of, resource_of, widened
from ..domain.errors import BookingConflict
from ..house import House
from ..i18n import N_
from ..store import tables as t
from ..store.types import raw

LONGEST_HELD_MINUTES = 7 * 24 * 60
"""No booking is as long: the longest session, its extensions and the buffers around it take less than two days."""

Conflict = dict[str, Any]
"""{"point": slug, "session": {"id", "number", "title" {lang: text}, "starts_at", "ends_at"}}, times as RFC 3339."""


def find_conflicts(house: House, actor: Actor, slugs: Sequence[str], starts_at: datetime, duration_minutes: int,
                   except_session: str | None = None, setup_minutes: int = 0, clear_minutes: int = 0) -> list[Conflict]:
    """Which of the points are taken then, and by which session; for the form while it is filled in."""
    require(actor.plans, actor)
    period = widened(Period(starts_at, end_of(starts_at, max(1, duration_minutes))), setup_minutes, clear_minutes)
    with house.db.read() as db:
        points = list(db.scalars(select(t.Point).where(t.Point.slug.in_(list(slugs)))))
        return describe(held_by_others(db, points, period, except_session))


Holding = tuple[t.Point, t.Booking, t.Session]


def held_by_others(db: DbSession, points: Sequence[t.Point], period: Period,
                   except_session: str | None = None) -> list[Holding]:
    """Active bookings of these points' rooms in the period, by point in the order given, then by start."""
    by_resource = {resource_of(point.id): point for point in points}
    query = (select(t.Booking, t.Session).join(t.Session, t.Session.id == t.Booking.session_id)
             .where(t.Booking.active, t.Booking.resource.in_(list(by_resource)),
                    *touching(period)))
    if except_session is not None:
        query = query.where(t.Booking.session_id != except_session)
    order = {resource: index for index, resource in enumerate(by_resource)}
    rows = sorted(db.execute(query), key=lambda row: (order[row[0].resource], row[0].starts_at))
    return [(by_resource[booking.resource], booking, session) for booking, session in rows]


def room_spans(db: DbSession, resources: Sequence[str], period: Period,
               except_session: str | None = None) -> Sequence[Any]:
    """``(start, end, resource)`` of every active booking of the rooms in the period; moments as the driver gives them.

    The index holds all that is asked for, so that nothing else of thousands of bookings is read.
    """
    booking = t.Booking
    query = select(raw(booking.starts_at), raw(booking.ends_at), booking.resource).where(
        booking.active, booking.resource.in_(resources), *touching(period))
    if except_session is not None:
        query = query.where(booking.session_id != except_session)
    return db.connection().execute(query).all()


def rooms_held_from(db: DbSession, starts: Collection[tuple[str, datetime]],
                    except_session: str | None = None) -> list[tuple[str, str, Period]]:
    """``(resource, session id, period)`` of the bookings that begin so."""
    booking = t.Booking
    query = select(booking.resource, booking.session_id, booking.starts_at, booking.ends_at).where(
        booking.active, booking.resource.in_({resource for resource, _at in starts}),
        booking.starts_at.in_({at for _resource, at in starts}))
    rows = db.execute(query) if starts else ()
    return [(resource, session_id, Period(start, end)) for resource, session_id, start, end in rows
            if (resource, start) in starts and session_id != except_session]


def touching(period: Period) -> tuple[ColumnElement[bool], ...]:
    """Bookings that overlap the period. The bound on their length lets the index leave the years before it alone."""
    booking = t.Booking
    return (booking.starts_at < period.ends_at, booking.ends_at > period.starts_at,
            booking.starts_at > end_of(period.starts_at, -LONGEST_HELD_MINUTES))


def describe(holdings: Sequence[Holding]) -> list[Conflict]:
    """What the booker is told: the holder's title always, nothing else of a session's content."""
    return [{"point": point.slug, "session": {
        "id": session.id, "number": session.number, "title": session.title,
        "starts_at": rfc3339(booking.starts_at), "ends_at": rfc3339(booking.ends_at)}}
        for point, booking, session in holdings]


def refusal(house: House, actor: Actor, holdings: Sequence[Holding]) -> BookingConflict:
    """The error that names the first holder in its sentence and all of them in ``conflicts``."""
    point, booking, session = holdings[0]
    text, zone = house.network.text, house.network.zone
    return BookingConflict(
        N_("%(point)s is already taken by “%(session)s” (%(from)s–%(to)s)."), conflicts=describe(holdings),
        point=text(point.name, actor.language), session=text(session.title, actor.language),
        **{"from": f"{booking.starts_at.astimezone(zone):%H:%M}", "to": f"{booking.ends_at.astimezone(zone):%H:%M}"})


def rfc3339(at: datetime) -> str:
    """``2027-03-01T04:00:00Z``; fractions of a second only where there are some."""
    return at.isoformat().replace("+00:00", "Z")
