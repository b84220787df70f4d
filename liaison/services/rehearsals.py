"""Rehearsals: a booked session tried out beforehand, with bots for the points that are absent (``signaling/rehearsal.py``).

A rehearsal is a live session of a kind of its own with the booking's agenda, people and rules. It invites nobody and holds no
rooms, so that it is in no list, sheet, feed, letter or statistic; its points are those of the session that it rehearses.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import SYSTEM, Actor, require
from ..domain.booking import Period
from ..domain.errors import IllegalState, NotFound
from ..domain.words import REHEARSAL, SessionStatus
from ..house import House
from ..ids import new_id
from ..store import tables as t
from ..store.locks import lock_bookings
from . import audit, lifecycle
from .capacity import require_ports
from .session_views import SessionView, load_session
from .sessions import next_serial

KEPT = timedelta(days=1)
NUMBERED = 0
"""The year of its numbers: they count apart from those of sessions, with the help desk's."""
THOSE_WHO_COME = 1
"""Bots have no picture; the site must at least carry the chair's."""


@dataclass(frozen=True)
class Rehearsal:
    """As the booked session's page shows it."""

    id: str
    live: bool
    started_at: datetime


def may_rehearse(actor: Actor, session: SessionView) -> bool:
    """Whoever plans sessions, the booked chair, or, where none is named, the officers of the chair's point."""
    if session.chair_user is not None:
        return actor.plans or actor.user_id == session.chair_user.id
    return actor.plans or session.chair_point in session.own_points


def start_rehearsal(house: House, actor: Actor, session_id: str) -> str:
    """The rehearsal that is going on, or a new one, open. Raises NotFound, Forbidden, IllegalState, CapacityExceeded."""
    with house.db.write() as db:
        lock_bookings(db)  # ports are counted and numbers given one at a time
        session = load_session(db, session_id)
        _require_conduct(actor, session)
        if session.kind == REHEARSAL or session.status != SessionStatus.CONFIRMED:
            raise IllegalState("Only a session that is still to come can be rehearsed.")
        for known in _of(db, session_id):
            if known.status == SessionStatus.LIVE:
                return known.id
        now = house.clock.now()
        length = session.ends_at - session.starts_at
        require_ports(db, house, THOSE_WHO_COME, Period(now, now + length), session.id)
        made = _copy(db, session, now, now + length)
        lifecycle.open_within(db, house, actor, made)
        audit.record(db, house, actor, "rehearsal.started", "session", session.id)
        return made.id


def remove_rehearsal(house: House, actor: Actor, rehearsal_id: str) -> str:
    """Away with it and its log; the id of the session that it rehearsed. It must have ended. Raises NotFound, Forbidden, IllegalState."""
    with house.db.write() as db:
        made = _load(db, rehearsal_id)
        _require_conduct(actor, made)
        if made.status == SessionStatus.LIVE:
            raise IllegalState("The rehearsal is still going on.", remedy="End it first.")
        rehearsed = str(made.rehearses_id)
        db.execute(delete(t.Session).where(t.Session.id == made.id))
        audit.record(db, house, actor, "rehearsal.removed", "session", rehearsed)
        return rehearsed


def end_rehearsal(house: House, actor: Actor, rehearsal_id: str) -> None:
    """End it, if it goes on. Raises NotFound, Forbidden."""
    with house.db.read() as db:
        _load(db, rehearsal_id)
    lifecycle.close_session(house, actor, rehearsal_id)


def rehearsals_of(house: House, session_id: str) -> list[Rehearsal]:
    """Newest first."""
    with house.db.read() as db:
        return [Rehearsal(row.id, row.status == SessionStatus.LIVE, row.created_at) for row in _of(db, session_id)]


def forget_rehearsals(house: House) -> int:
    """End and remove those that are older than a day; how many."""
    before = house.clock.now() - KEPT
    with house.db.read() as db:
        query = select(t.Session.id).where(t.Session.kind == REHEARSAL, t.Session.created_at < before)
        old = list(db.scalars(query))
    for rehearsal_id in old:
        end_rehearsal(house, SYSTEM, rehearsal_id)
        remove_rehearsal(house, SYSTEM, rehearsal_id)
    return len(old)


# ---------------------------------------------------------------- inside


def _require_conduct(actor: Actor, session: t.Session) -> None:
    if session.chair_user_id is not None:
        chairs = actor.user_id == session.chair_user_id
    else:
        chairs = session.chair_point_id is not None and session.chair_point_id in actor.points
    require(actor.plans or chairs, actor)


def _load(db: DbSession, rehearsal_id: str) -> t.Session:
    found = load_session(db, rehearsal_id)
    if found.kind != REHEARSAL:
        raise NotFound()
    return found


def _of(db: DbSession, session_id: str) -> list[t.Session]:
    query = select(t.Session).where(t.Session.rehearses_id == session_id, t.Session.kind == REHEARSAL)
    return list(db.scalars(query.order_by(t.Session.created_at.desc(), t.Session.id)))


def _copy(db: DbSession, session: t.Session, now: datetime, ends_at: datetime) -> t.Session:
    """The booking's agenda, people and rules; none of its invitations and rooms."""
    made = t.Session(
        id=new_id(), number_year=NUMBERED, number_serial=next_serial(db, NUMBERED), title=dict(session.title),
        description=dict(session.description), kind=REHEARSAL, status=SessionStatus.CONFIRMED, starts_at=now, ends_at=ends_at,
        timezone=session.timezone, quorum=session.quorum, checks_minutes=session.checks_minutes, chair_point_id=session.chair_point_id,
        chair_user_id=session.chair_user_id, deputy_user_id=session.deputy_user_id, secretary_user_id=session.secretary_user_id,
        booked_by_id=session.booked_by_id, rehearses_id=session.id, created_at=now, updated_at=now)
    made.agenda = [t.AgendaItem(id=new_id(), position=item.position, title=dict(item.title), minutes=item.minutes)
                   for item in session.agenda]
    db.add(made)
    db.flush()
    return made
