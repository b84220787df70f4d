"""Which halls are open to citizens for a public session, and with how many seats: the office, those who lead it, or the point's
people say so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import IllegalState, Invalid, NotFound
from ..domain.seats import OPEN_STATES, SeatState, hall_errors
from ..domain.text import storable
from ..domain.words import AccountRole
from ..house import House
from ..store import tables as t
from . import audit
from .document_rights import conducts
from .hall_rows import OPEN_SESSIONS, HallView, counts_of, fill_hall, hall_of, hall_view, lock_halls
from .seat_notices import tell_guest
from .session_views import load_session, require_visible


@dataclass(frozen=True)
class HallChoice:
    """An invited point as whoever opens halls sees it; ``hall`` is None while it is not open, then ``seats`` and ``place`` are what
    the point's hall had the last time."""

    slug: str
    name: dict[str, str]
    hall: HallView | None
    seats: int | None
    place: str


def open_halls(house: House, session_id: str) -> list[HallView]:
    """For citizens: the halls of a public session, in the order of the booking. Raises NotFound."""
    with house.db.read() as db:
        return halls_of(db, load_session(db, session_id))


def halls_of(db: DbSession, session: t.Session) -> list[HallView]:
    """Inside another's transaction; nothing of a session that is not public."""
    if not session.public:
        return []
    counts = counts_of(db, session.id)
    kept = {hall.point_id: hall for hall in db.scalars(select(t.Hall).where(t.Hall.session_id == session.id))}
    return [hall_view(kept[one.point_id], counts[one.point_id]) for one in session.invitations if one.point_id in kept]


def list_choices(house: House, actor: Actor, session_id: str) -> list[HallChoice]:
    """The invited points whose halls the actor may open. Raises NotFound, Forbidden, Unauthenticated."""
    with house.db.read() as db:
        session = require_visible(house, actor, load_session(db, session_id))
        own = [one for one in session.invitations if may_open(session, actor, one.point_id)]
        require(bool(own), actor)
        require_public(session)
        kept = {hall.slug: hall for hall in halls_of(db, session)}
        before = _last_time(db, [one.point_id for one in own], session_id)
        return [_choice(one.point, kept.get(one.point.slug), before.get(one.point_id)) for one in own]


def open_hall(house: House, actor: Actor, session_id: str, slug: str, seats: int | None, place: str) -> None:
    """Open a point's hall, or change its seats (more let up those who wait; fewer take nobody's seat). Raises Invalid, IllegalState."""
    place = place.strip()
    errors = hall_errors(seats, place)
    if errors or seats is None:
        raise Invalid(errors=errors)
    with house.db.write() as db:
        session, point = _openable(db, actor, session_id, slug)
        _keep(db, house, actor, session, point, seats, place)


def open_all(house: House, actor: Actor, session_id: str, seats: int | None) -> int:
    """Open every hall of the actor's that is closed, with what each had the last time, else with so many seats; how many."""
    errors = hall_errors(seats, "")
    if errors or seats is None:
        raise Invalid(errors=errors)
    closed = [one for one in list_choices(house, actor, session_id) if one.hall is None]
    with house.db.write() as db:
        for one in closed:
            session, point = _openable(db, actor, session_id, one.slug)
            _keep(db, house, actor, session, point, one.seats or seats, one.place)
    return len(closed)


def close_hall(house: House, actor: Actor, session_id: str, slug: str) -> int:
    """The hall is not open after all: who holds a seat or waits is told; how many registrations. Raises NotFound, Forbidden."""
    with house.db.write() as db:
        session, _point = _openable(db, actor, session_id, slug)
        lock_halls(db, session_id)
        hall = hall_of(db, session_id, slug)
        told = call_off(db, house, session, hall, "hall_closed")
        audit.record(db, house, actor, "hall.closed", "session", session_id, {"point": slug, "seats": hall.seats}, {"told": told})
        db.delete(hall)
        return told


def call_off(db: DbSession, house: House, session: t.Session, hall: t.Hall, what: str, reason: str = "") -> int:
    """Everybody who holds a seat of this hall, or waits for one, holds it no longer and is told. The caller holds the lock."""
    rows = list(db.scalars(select(t.Seat).where(t.Seat.session_id == session.id, t.Seat.point_id == hall.point_id,
                                                t.Seat.state.in_(OPEN_STATES))))
    for row in rows:
        row.state, row.updated_at = SeatState.CANCELLED, house.clock.now()
        tell_guest(db, house, session, hall, row, what, reason)
    return len(rows)


def may_open(session: t.Session, actor: Actor, point_id: str) -> bool:
    """The office, those who lead the session, the point's own people."""
    return conducts(session, actor) or (actor.role is AccountRole.OFFICER and point_id in actor.points)


def require_public(session: t.Session) -> None:
    if not session.public:
        raise IllegalState("This session is not public, so its halls are not open.", remedy="Make the session public first.")


# ---------------------------------------------------------------- inside


def _openable(db: DbSession, actor: Actor, session_id: str, slug: str) -> tuple[t.Session, t.Point]:
    """Raises NotFound, Forbidden, Unauthenticated, IllegalState."""
    session = load_session(db, session_id)
    point = next((one.point for one in session.invitations if one.point.slug == slug), None)
    require(any(may_open(session, actor, one.point_id) for one in session.invitations), actor)
    if point is None or not storable(slug):
        raise NotFound("This point is not invited to the session.")
    require(may_open(session, actor, point.id), actor)
    require_public(session)
    if session.status not in OPEN_SESSIONS:
        raise IllegalState("This session has already ended or been cancelled.")
    return session, point


def _keep(db: DbSession, house: House, actor: Actor, session: t.Session, point: t.Point, seats: int, place: str) -> None:
    lock_halls(db, session.id)
    hall = db.get(t.Hall, (session.id, point.id))
    before = {"point": point.slug, "seats": hall.seats, "place": hall.place} if hall is not None else None
    if hall is None:
        hall = t.Hall(session_id=session.id, point_id=point.id, point=point)
        db.add(hall)
    hall.seats, hall.place, hall.updated_at = seats, place, house.clock.now()
    after = {"point": point.slug, "seats": seats, "place": place}
    if before != after:
        audit.record(db, house, actor, "hall.opened", "session", session.id, before, after)
    fill_hall(db, house, session, hall)


def _choice(point: t.Point, hall: HallView | None, before: tuple[int, str] | None) -> HallChoice:
    seats, place = (hall.counts.seats, hall.place) if hall is not None else before or (None, "")
    return HallChoice(point.slug, point.name, hall, seats, place)


def _last_time(db: DbSession, point_ids: Iterable[str], session_id: str) -> dict[str, tuple[int, str]]:
    """Seats and address of each point's hall when it was open last, for another session."""
    rows = db.execute(select(t.Hall.point_id, t.Hall.seats, t.Hall.place).where(
        t.Hall.point_id.in_(list(point_ids)), t.Hall.session_id != session_id).order_by(t.Hall.updated_at)).tuples()
    return {point: (seats, place) for point, seats, place in rows}
