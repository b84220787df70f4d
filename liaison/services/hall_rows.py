"""Rows of halls and seats: what registering, the door, the clock and the figures have in common. Inside another's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session as DbSession

from ..domain.errors import NotFound
from ..domain.seats import GUESTS_KEPT, HallCounts, SeatOrigin, SeatState, moving_up
from ..domain.text import storable
from ..domain.words import SessionStatus
from ..house import House
from ..store import tables as t
from ..store.locks import lock_key
from .citizen_links import own_token
from .seat_notices import tell_guest

OPEN_SESSIONS = (SessionStatus.CONFIRMED, SessionStatus.LIVE)


@dataclass(frozen=True)
class HallView:
    """A hall that is open for a session. ``name`` is the point's, ``town`` where it lies, ``place`` the hall's own address."""

    slug: str
    name: dict[str, str]
    town: dict[str, str]
    place: str
    counts: HallCounts
    freed_at: datetime | None = None


@dataclass(frozen=True)
class SeatView:
    """A registration; how its holder is reached is not in it. ``token`` is set for its holder alone."""

    id: str
    session_id: str
    number: int
    code: str
    name: str
    people: int
    state: str
    origin: str
    came: int
    came_at: datetime | None
    created_at: datetime
    token: str = ""


def lock_halls(db: DbSession, session_id: str) -> None:
    """One at a time takes or frees seats of a session."""
    lock_key(db, f"halls {session_id}")


def hall_of(db: DbSession, session_id: str, slug: str) -> t.Hall:
    """Raises NotFound while the point's hall is not open for this session."""
    query = select(t.Hall).join(t.Point, t.Point.id == t.Hall.point_id).where(t.Hall.session_id == session_id, t.Point.slug == slug)
    hall = db.scalar(query) if storable(slug) and storable(session_id) else None
    if hall is None:
        raise NotFound()
    return hall


def counts_of(db: DbSession, session_id: str, point_ids: Collection[str] | None = None) -> dict[str, HallCounts]:
    """Of every open hall of a session, or of these points', by point."""
    s = t.Seat
    seats: Mapping[str, int] = dict(db.execute(select(t.Hall.point_id, t.Hall.seats).where(t.Hall.session_id == session_id)).tuples().all())
    rows = db.execute(select(s.point_id, s.state, s.origin, func.sum(s.people), func.sum(s.came)).where(
        s.session_id == session_id).group_by(s.point_id, s.state, s.origin)).tuples().all()
    known = {*seats, *(row[0] for row in rows)} if point_ids is None else {*point_ids}
    found: dict[str, dict[str, int]] = {point: {} for point in known}
    for point, state, origin, people, came in rows:
        if point in found:
            name = "walk_ins" if origin == SeatOrigin.WALK_IN else state
            value = came if state == SeatState.CAME else people
            if state != SeatState.CANCELLED:
                found[point][name] = found[point].get(name, 0) + int(value)
    return {point: HallCounts(seats=seats.get(point, 0), **figures) for point, figures in found.items()}


def hall_view(hall: t.Hall, counts: HallCounts) -> HallView:
    return HallView(hall.point.slug, hall.point.name, hall.point.seat, hall.place, counts, hall.freed_at)


def seat_view(house: House, row: t.Seat, own: bool = False) -> SeatView:
    return SeatView(row.id, row.session_id, row.number, row.code, row.name, row.people, row.state, row.origin, row.came, row.came_at,
                    row.created_at, own_token(house.settings, "seat", row.id) if own else "")


def fill_hall(db: DbSession, house: House, session: t.Session, hall: t.Hall) -> None:
    """Whoever waits and fits gets the seats that are free, in the order of the line, and is told. The caller holds the lock."""
    if session.status not in OPEN_SESSIONS:
        return
    db.flush()
    counts = counts_of(db, session.id, [hall.point_id])[hall.point_id]
    if not counts.free or not counts.waiting:
        return
    waiting = {row.id: row for row in db.scalars(select(t.Seat).where(
        t.Seat.session_id == session.id, t.Seat.point_id == hall.point_id, t.Seat.state == SeatState.WAITING).order_by(t.Seat.number))}
    for id in moving_up([(row.id, row.people) for row in waiting.values()], counts.free):
        row = waiting[id]
        row.state, row.updated_at = SeatState.HELD, house.clock.now()
        tell_guest(db, house, session, hall, row, "moved_up")


def forget_guests(db: DbSession, house: House) -> int:
    """Some time after a session nothing is kept of who registered but how many they were; of how many registrations."""
    before = house.clock.now() - GUESTS_KEPT
    over = select(t.Session.id).where(t.Session.ends_at < before, t.Session.status.in_((SessionStatus.ENDED, SessionStatus.CANCELLED)))
    gone = db.execute(update(t.Seat).where(t.Seat.session_id.in_(over), or_(t.Seat.name != "", t.Seat.contact != "", t.Seat.visitor != ""))
                      .values(name="", contact="", contact_digest="", visitor="").returning(t.Seat.id))
    return len(gone.all())
