"""The door of a hall: who has come, by ticket or without one. What a telephone counted without a network comes later, and counts once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import IllegalState, Invalid
from ..domain.seats import MOST_WALK_INS, SeatOrigin, SeatState, may_become
from ..domain.text import storable
from ..domain.words import SessionStatus
from ..house import House
from ..ids import new_id
from ..store import tables as t
from .hall_rows import OPEN_SESSIONS, HallView, SeatView, counts_of, fill_hall, hall_of, hall_view, lock_halls, seat_view
from .halls import may_open
from .seats import new_code, next_number
from .session_views import load_session

MOST_ACTS = 500
LONGEST_ID = 64
EARLIEST, LATEST = timedelta(hours=3), timedelta(hours=12)
"""The door is open so long before the session. So long after it acts of telephones that had no network are taken, and so old may they
be."""
LIST_KEPT = timedelta(hours=1)
"""So long after the planned end a telephone may keep the list, which names people, for a page that is opened without a network."""


class ActKind(StrEnum):
    CAME = "came"
    WALK_IN = "walk_in"
    UNDO = "undo"


class Result(StrEnum):
    COUNTED = "counted"
    ALREADY = "already"        # the ticket was used before
    GIVEN_BACK = "given_back"  # it holds no seat any more
    ELSEWHERE = "elsewhere"    # it is for another hall
    OTHER_SESSION = "other_session"
    UNKNOWN = "unknown"
    UNDONE = "undone"


@dataclass(frozen=True)
class Act:
    """What somebody at the door did. ``id`` is the telephone's own: sent twice it counts once. ``ticket`` is a code; of an undoing,
    the id of the act that is taken back."""

    id: str
    kind: ActKind
    ticket: str = ""
    people: int = 1
    at: datetime | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of an act; ``at`` is when the ticket was used (first), ``hall`` the name of the hall that it is for, if not this."""

    id: str
    result: Result
    at: datetime | None = None
    hall: dict[str, str] | None = None


@dataclass(frozen=True)
class Door:
    """What the door's page shows: every registration of this hall that stands, in the order of names, and the codes of those given
    back. A telephone keeps it for ``keeps_s`` seconds at most."""

    hall: HallView
    tickets: tuple[SeatView, ...]
    gone: tuple[str, ...]
    open: bool
    keeps_s: int


def look_at_door(house: House, actor: Actor, session_id: str, slug: str) -> Door:
    """For the point's officers, those who lead the session, the office. Raises NotFound, Forbidden, Unauthenticated."""
    with house.db.read() as db:
        session, hall = _hall(db, actor, session_id, slug)
        return _door(db, house, session, hall)


def count(house: House, actor: Actor, session_id: str, slug: str, acts: Sequence[Act]) -> tuple[list[Outcome], Door]:
    """What happened at the door, in its order, and how it stands then. Raises Invalid, IllegalState, NotFound, Forbidden."""
    _check(acts)
    with house.db.write() as db:
        session, hall = _hall(db, actor, session_id, slug)
        if not _is_open(house, session):
            raise IllegalState("The door of this hall is not open now.",
                               remedy="It is open from three hours before the session until twelve hours after it.")
        lock_halls(db, session_id)
        outcomes = _of_other_sessions(db, acts, [_ACTS[act.kind](db, house, session, hall, act) for act in acts])
        fill_hall(db, house, session, hall)  # a family that came with fewer leaves seats
        db.flush()
        return outcomes, _door(db, house, session, hall)


# ---------------------------------------------------------------- inside


def _hall(db: DbSession, actor: Actor, session_id: str, slug: str) -> tuple[t.Session, t.Hall]:
    session = load_session(db, session_id)
    own = {one.point.slug for one in session.invitations if may_open(session, actor, one.point_id)}
    require(slug in own, actor)
    return session, hall_of(db, session_id, slug)


def _door(db: DbSession, house: House, session: t.Session, hall: t.Hall) -> Door:
    s = t.Seat
    rows = db.scalars(select(s).where(s.session_id == session.id, s.point_id == hall.point_id, s.origin == SeatOrigin.PAGE).order_by(
        s.name, s.number)).all()
    tickets = tuple(seat_view(house, row) for row in rows if row.state != SeatState.CANCELLED)
    gone = tuple(row.code for row in rows if row.state == SeatState.CANCELLED)
    counts = counts_of(db, session.id, [hall.point_id])[hall.point_id]
    return Door(hall_view(hall, counts), tickets, gone, _is_open(house, session), _keeps_s(house, session))


def _keeps_s(house: House, session: t.Session) -> int:
    """Nothing once the session is over."""
    if session.status not in OPEN_SESSIONS:
        return 0
    return max(0, int((session.ends_at + LIST_KEPT - house.clock.now()).total_seconds()))


def _is_open(house: House, session: t.Session) -> bool:
    return session.status != SessionStatus.CANCELLED and session.starts_at - EARLIEST <= house.clock.now() < session.ends_at + LATEST


def _check(acts: Sequence[Act]) -> None:
    fine = len(acts) <= MOST_ACTS and all(
        0 < len(act.id) <= LONGEST_ID and storable(act.id) and storable(act.ticket) and 0 < act.people <= MOST_WALK_INS for act in acts)
    if not fine:
        raise Invalid(errors=[{"field": "acts", "message": "This is not what the door's page sends."}])


def _when(house: House, act: Act) -> datetime:
    """The telephone's time, if it can be true; a wrong clock does not falsify the record."""
    now = house.clock.now()
    return act.at if act.at is not None and now - LATEST <= act.at <= now else now


def _code(act: Act) -> str:
    return act.ticket.strip().upper()


def _of_other_sessions(db: DbSession, acts: Sequence[Act], outcomes: list[Outcome]) -> list[Outcome]:
    """A code that this session does not know may be another's: its holder has come on the wrong day, or with an old ticket."""
    unknown = {_code(act) for act, outcome in zip(acts, outcomes, strict=True) if outcome.result == Result.UNKNOWN}
    found = set(db.scalars(select(t.Seat.code).where(t.Seat.code.in_(unknown), t.Seat.origin == SeatOrigin.PAGE))) if unknown else set()
    return [replace(outcome, result=Result.OTHER_SESSION) if outcome.result == Result.UNKNOWN and _code(act) in found else outcome
            for act, outcome in zip(acts, outcomes, strict=True)]


def _came(db: DbSession, house: House, session: t.Session, hall: t.Hall, act: Act) -> Outcome:
    row = db.scalar(select(t.Seat).where(t.Seat.session_id == session.id, t.Seat.code == _code(act), t.Seat.origin == SeatOrigin.PAGE))
    if row is None:
        return Outcome(act.id, Result.UNKNOWN)
    if row.point_id != hall.point_id:
        return Outcome(act.id, Result.ELSEWHERE, hall=row.point.name)
    if row.state == SeatState.CAME:
        return Outcome(act.id, Result.COUNTED if row.came_act == act.id else Result.ALREADY, row.came_at)
    if not may_become(row.state, SeatState.CAME):
        return Outcome(act.id, Result.GIVEN_BACK)
    row.came_from = row.state
    row.state, row.came, row.came_at, row.came_act = SeatState.CAME, min(act.people, row.people), _when(house, act), act.id
    row.updated_at = house.clock.now()
    db.flush()
    return Outcome(act.id, Result.COUNTED, row.came_at)


def _walk_in(db: DbSession, house: House, session: t.Session, hall: t.Hall, act: Act) -> Outcome:
    """Counted whatever is free: they are inside."""
    known = db.scalar(select(t.Seat).where(t.Seat.session_id == session.id, t.Seat.client_id == act.id))
    if known is None:
        at, now = _when(house, act), house.clock.now()
        db.add(t.Seat(
            id=new_id(), session_id=session.id, point_id=hall.point_id, point=hall.point, number=next_number(db, session.id),
            client_id=act.id, code=new_code(db, session.id), name="", people=act.people, language=house.network.languages[0],
            origin=SeatOrigin.WALK_IN, state=SeatState.CAME, came=act.people, came_at=at, came_act=act.id, starts_at=session.starts_at,
            created_at=now, updated_at=now))
        db.flush()
    return Outcome(act.id, Result.COUNTED)


def _undo(db: DbSession, house: House, session: t.Session, hall: t.Hall, act: Act) -> Outcome:
    """What was counted in error is as before; twice is once."""
    row = db.scalar(select(t.Seat).where(t.Seat.session_id == session.id, t.Seat.point_id == hall.point_id,
                                         t.Seat.came_act == act.ticket, t.Seat.state == SeatState.CAME)) if act.ticket else None
    if row is not None:
        row.state = SeatState.CANCELLED if row.origin == SeatOrigin.WALK_IN else SeatState(row.came_from or SeatState.HELD)
        row.came, row.came_at, row.came_act, row.updated_at = 0, None, "", house.clock.now()
        db.flush()
    return Outcome(act.id, Result.UNDONE)


_ACTS = {ActKind.CAME: _came, ActKind.WALK_IN: _walk_in, ActKind.UNDO: _undo}
