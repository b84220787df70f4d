"""What the clock does for halls: citizens hear of a session that moved or is off, are reminded, and seats of no-shows are freed.

It compares what each registration was told with what is true now, whatever changed it, so that a burst of changes is one message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session as DbSession

from ..domain.seats import OPEN_STATES, REMIND_BEFORE, SeatState, passed_over, reminder_due
from ..domain.words import SessionStatus
from ..house import House
from ..store import tables as t
from .hall_rows import OPEN_SESSIONS, fill_hall, lock_halls
from .seat_notices import tell_guest
from .settings import read_setting

NO_NEWS = timedelta(days=2)
"""So long after its start nobody needs to hear that a session has moved or is off; and no turn looks at the seats of all years."""
AT_ONCE = 200
"""Registrations dealt with in one transaction; the next turn goes on."""


@dataclass(frozen=True)
class HallReport:
    """How many registrations one turn dealt with."""

    told: int = 0
    reminded: int = 0
    freed: int = 0


def run_halls(house: House) -> HallReport:
    """One turn. A look without a lock first: mostly there is nothing to do."""
    now = house.clock.now()
    with house.db.read() as db:
        settled = now - timedelta(seconds=int(read_setting(db, house, "settle_seconds")))
        late = now - timedelta(minutes=int(read_setting(db, house, "no_show_minutes")))
        untrue = list(db.scalars(_untrue(settled).distinct().limit(AT_ONCE)))
        due = list(db.scalars(_to_remind(now).limit(AT_ONCE)))
        begun = list(db.execute(_begun(late)).tuples())
    told = sum(_tell_change(house, session_id, settled) for session_id in untrue)
    reminded = _remind(house, due) if due else 0
    return HallReport(told, reminded, sum(_free(house, *which) for which in begun))


def _untrue(settled: datetime) -> Any:
    """Sessions with registrations that know another start, or expect a session or a hall that is off."""
    return select(t.Seat.session_id).join(t.Session, t.Session.id == t.Seat.session_id).where(
        _NOT_TRUE, t.Session.updated_at <= settled, t.Session.starts_at > settled - NO_NEWS)


def _to_remind(now: datetime) -> Any:
    s = t.Seat
    due = or_(*(and_(t.Session.starts_at <= now + timedelta(minutes=minutes), or_(s.reminded.is_(None), s.reminded > minutes))
                for minutes in REMIND_BEFORE))
    return select(s.id).join(t.Session, t.Session.id == s.session_id).where(
        s.state == SeatState.HELD, t.Session.status == SessionStatus.CONFIRMED, t.Session.starts_at > now, due)


def _begun(late: datetime) -> Any:
    return select(t.Hall.session_id, t.Hall.point_id).join(t.Session, t.Session.id == t.Hall.session_id).where(
        t.Hall.freed_at.is_(None), t.Session.status == SessionStatus.LIVE, t.Session.starts_at <= late)


_INVITED = exists().where(t.Invitation.session_id == t.Seat.session_id, t.Invitation.point_id == t.Seat.point_id)
_EXPECTED = (SessionStatus.CONFIRMED, SessionStatus.LIVE, SessionStatus.CANCELLED)
_NOT_TRUE = and_(t.Seat.state.in_(OPEN_STATES), t.Session.status.in_(_EXPECTED), or_(
    t.Session.status == SessionStatus.CANCELLED, ~t.Session.public, t.Seat.starts_at != t.Session.starts_at, ~_INVITED))


def _tell_change(house: House, session_id: str, settled: datetime) -> int:
    with house.db.write() as db:
        lock_halls(db, session_id)
        session = db.get_one(t.Session, session_id)
        rows = list(db.scalars(select(t.Seat).join(t.Session, t.Session.id == t.Seat.session_id).where(
            _NOT_TRUE, t.Session.updated_at <= settled, t.Seat.session_id == session_id).order_by(t.Seat.number).limit(AT_ONCE)))
        invited = {one.point_id for one in session.invitations}
        for row in rows:
            _tell_one(db, house, session, row, row.point_id in invited)
        return len(rows)


def _tell_one(db: DbSession, house: House, session: t.Session, row: t.Seat, invited: bool) -> None:
    hall, now = db.get(t.Hall, (row.session_id, row.point_id)), house.clock.now()
    row.updated_at = now
    if session.status in OPEN_SESSIONS and session.public and invited:
        row.starts_at, row.reminded = session.starts_at, passed_over(session.starts_at, now)
        tell_guest(db, house, session, hall, row, "moved")
        return
    row.state = SeatState.CANCELLED
    off = session.status == SessionStatus.CANCELLED
    tell_guest(db, house, session, hall, row, "off" if off else "hall_closed", session.cancel_reason if off else "")


def _remind(house: House, ids: list[str]) -> int:
    done = 0
    with house.db.write() as db:
        for row in db.scalars(select(t.Seat).where(t.Seat.id.in_(ids), t.Seat.state == SeatState.HELD).with_for_update(of=t.Seat)):
            session = db.get_one(t.Session, row.session_id)
            minutes = reminder_due(session.starts_at, house.clock.now(), row.reminded)
            if minutes is not None:
                row.reminded = minutes
                tell_guest(db, house, session, db.get(t.Hall, (row.session_id, row.point_id)), row, "reminder", minutes=minutes)
                done += 1
    return done


def _free(house: House, session_id: str, point_id: str) -> int:
    """Who has not come by now holds no seat any more; those who wait get them. Once for each hall."""
    with house.db.write() as db:
        lock_halls(db, session_id)
        hall = db.get(t.Hall, (session_id, point_id))
        if hall is None or hall.freed_at is not None:
            return 0
        hall.freed_at = now = house.clock.now()
        rows = list(db.scalars(select(t.Seat).where(t.Seat.session_id == session_id, t.Seat.point_id == point_id,
                                                    t.Seat.state == SeatState.HELD)))
        for row in rows:
            row.state, row.updated_at = SeatState.FREED, now
        fill_hall(db, house, db.get_one(t.Session, session_id), hall)
        return len(rows)
