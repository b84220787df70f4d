"""A citizen's seat in a hall: taken or waited for on the public page, seen and given back by its own address. Nobody needs an account."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import ANONYMOUS
from ..domain.errors import IllegalState, Invalid, NotFound, RateLimited
from ..domain.seats import (
    CODE_LENGTH,
    CODE_LETTERS,
    MOST_PER_CONTACT,
    MOST_PER_VISITOR,
    OPEN_STATES,
    SeatOrigin,
    SeatState,
    may_become,
    passed_over,
    read_contact,
    seat_errors,
)
from ..domain.text import plain, storable
from ..house import House
from ..ids import new_id
from ..store import tables as t
from .citizen_links import contact_digest, public_title, read_own_token
from .hall_rows import OPEN_SESSIONS, HallView, SeatView, counts_of, fill_hall, hall_of, hall_view, lock_halls, seat_view
from .question_links import sealed, visitor_digest
from .seat_notices import tell_guest
from .session_views import SessionView, load_session, session_view
from .ways import configured

LONGEST_SHEET = 64


@dataclass(frozen=True)
class Wish:
    """What somebody hands in. ``sheet`` is the form's own name: the same one sent twice is one registration."""

    hall: str
    name: str
    people: int | None
    contact: str
    sheet: str
    language: str


@dataclass(frozen=True)
class OwnSeat:
    """What the ticket's own page shows. ``ahead``: so many registrations stand before it in the line; ``told``: messages reach its
    holder. ``hall`` is None once it was closed."""

    seat: SeatView
    hall: HallView | None
    point: dict[str, str]
    town: dict[str, str]
    session: SessionView
    ahead: int
    told: bool


def take_seat(house: House, session_id: str, wish: Wish, visitor: str) -> SeatView:
    """A seat, or a place in the line when the hall is full. Raises Invalid, RateLimited, IllegalState (too late), NotFound."""
    wish = _checked(house, wish)
    with house.db.write() as db:
        session = load_session(db, session_id)
        _require_open(session)
        lock_halls(db, session_id)
        hall = _hall(db, session, wish.hall)
        known = _known(db, session_id, wish.sheet, visitor_digest(visitor))
        if known is None:
            channel, address = read_contact(wish.contact)
            digest = contact_digest(house.settings, channel, address)
            _require_patience(db, session_id, visitor_digest(visitor), digest)
            known = _add(db, house, session, hall, wish, visitor_digest(visitor))
            known.contact, known.channel, known.contact_digest = sealed(house.settings, address), channel, digest
            tell_guest(db, house, session, hall, known, known.state)
        return seat_view(house, known, own=True)


def own_seat(house: House, token: str) -> OwnSeat:
    """For whoever has its address. Raises BadAnswerLink, NotFound."""
    with house.db.read() as db:
        row = _row(db, house, token)
        session = load_session(db, row.session_id)
        hall = db.get(t.Hall, (row.session_id, row.point_id))
        view = None if hall is None else hall_view(hall, counts_of(db, row.session_id, [row.point_id])[row.point_id])
        told = bool(row.contact) and row.channel in configured(house.settings)
        return OwnSeat(replace(seat_view(house, row), token=token), view, row.point.name, row.point.seat,
                       _as_known(house, session, row), _ahead(db, row), told)


def give_back(house: House, token: str) -> SeatView:
    """The seat is free for others at once. Once given back it stays so. Raises BadAnswerLink, NotFound, IllegalState (used)."""
    with house.db.write() as db:
        row = _row(db, house, token)
        lock_halls(db, row.session_id)
        db.refresh(row)
        if row.state != SeatState.CANCELLED:
            if row.state == SeatState.CAME or not may_become(row.state, SeatState.CANCELLED):
                raise IllegalState("This ticket has been used: it cannot be given back.")
            row.state, row.updated_at = SeatState.CANCELLED, house.clock.now()
            hall = db.get(t.Hall, (row.session_id, row.point_id))
            if hall is not None:
                fill_hall(db, house, load_session(db, row.session_id), hall)
        return seat_view(house, row, own=True)


# ---------------------------------------------------------------- inside


def _as_known(house: House, session: t.Session, row: t.Seat) -> SessionView:
    """The session as its public page shows it, or as the ticket's holder knew it where it is not public any more."""
    view = session_view(house, ANONYMOUS, session)
    if session.public:
        return view
    ends_at = row.starts_at + (session.ends_at - session.starts_at)
    return replace(view, title=public_title(session), starts_at=row.starts_at, ends_at=ends_at, cancel_reason="")


def _checked(house: House, wish: Wish) -> Wish:
    wish = replace(wish, name=" ".join(plain(wish.name).split()), contact=wish.contact.strip())
    errors = seat_errors(wish.name, wish.people, wish.contact)
    if not wish.hall:
        errors.append({"field": "hall", "message": "Choose a hall."})
    if not 0 < len(wish.sheet) <= LONGEST_SHEET or not storable(wish.sheet):
        errors.append({"field": "guest", "message": "Load the page again, then send it once more."})
    if errors:
        raise Invalid(errors=errors)
    return replace(wish, language=wish.language if wish.language in house.network.languages else house.network.languages[0])


def _require_open(session: t.Session) -> None:
    """Raises NotFound for what is not public, IllegalState once it is over."""
    if not session.public:
        raise NotFound()
    if session.status not in OPEN_SESSIONS:
        raise IllegalState("This session has already ended or been cancelled.")


def _hall(db: DbSession, session: t.Session, slug: str) -> t.Hall:
    """Raises Invalid for a hall that is not open (any more)."""
    try:
        hall = hall_of(db, session.id, slug)
    except NotFound:
        hall = None
    if hall is None or hall.point_id not in {one.point_id for one in session.invitations}:
        raise Invalid(errors=[{"field": "hall", "message": "This hall is not open for the session."}])
    return hall


def _known(db: DbSession, session_id: str, sheet: str, visitor: str) -> t.Seat | None:
    """The same sheet once more. Raises Invalid for somebody else's."""
    row = db.scalar(select(t.Seat).where(t.Seat.session_id == session_id, t.Seat.client_id == sheet))
    if row is not None and row.visitor != visitor:
        raise Invalid(errors=[{"field": "guest", "message": "Load the page again, then send it once more."}])
    return row


def _require_patience(db: DbSession, session_id: str, visitor: str, digest: str) -> None:
    """No browser and no address holds more than a few. Raises RateLimited."""
    s = t.Seat
    mine = (s.session_id == session_id, s.state.in_(OPEN_STATES))
    held = db.scalar(select(func.count()).where(*mine, s.visitor == visitor)) if visitor else 0
    reached = db.scalar(select(func.count()).where(*mine, s.contact_digest == digest))
    if (held or 0) >= MOST_PER_VISITOR or (reached or 0) >= MOST_PER_CONTACT:
        raise RateLimited("You have registered several times for this session.",
                          remedy="Give back a seat that you do not need, by the link of its message.")


def _add(db: DbSession, house: House, session: t.Session, hall: t.Hall, wish: Wish, visitor: str) -> t.Seat:
    """A new row at the end of the line; it holds a seat where there is room."""
    now, people = house.clock.now(), wish.people or 1
    free = counts_of(db, session.id, [hall.point_id])[hall.point_id].free
    row = t.Seat(
        id=new_id(), session_id=session.id, point_id=hall.point_id, point=hall.point, number=next_number(db, session.id),
        client_id=wish.sheet, code=new_code(db, session.id), name=wish.name, people=people, visitor=visitor, language=wish.language,
        origin=SeatOrigin.PAGE, state=SeatState.HELD if people <= free else SeatState.WAITING, came=0, starts_at=session.starts_at,
        reminded=passed_over(session.starts_at, now), created_at=now, updated_at=now)
    db.add(row)
    db.flush()
    return row


def next_number(db: DbSession, session_id: str) -> int:
    return (db.scalar(select(func.max(t.Seat.number)).where(t.Seat.session_id == session_id)) or 0) + 1


def new_code(db: DbSession, session_id: str) -> str:
    """Short enough to be typed at the door; no other ticket of the session has it."""
    while True:
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        if db.scalar(select(t.Seat.id).where(t.Seat.session_id == session_id, t.Seat.code == code)) is None:
            return code


def _row(db: DbSession, house: House, token: str) -> t.Seat:
    row = db.get(t.Seat, read_own_token(house.settings, "seat", token))
    if row is None or row.origin == SeatOrigin.WALK_IN:
        raise NotFound()
    return row


def _ahead(db: DbSession, row: t.Seat) -> int:
    s = t.Seat
    return db.scalar(select(func.count()).where(s.session_id == row.session_id, s.point_id == row.point_id,
                                                s.state == SeatState.WAITING, s.number < row.number)) or 0
