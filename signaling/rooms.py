"""Rooms in the database: fold, decide, and write events and snapshot in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session as DbSession

from liaison.domain.errors import NotFound
from liaison.domain.words import REHEARSAL
from liaison.house import House
from liaison.services import room_log
from liaison.services.session_rows import bare_session
from liaison.store import tables as t

from . import placement
from .placement import OPEN
from .room.events import Event, evolve
from .room.roll_rules import follows
from .room.state import CLOSED, Plan, RoomState, from_json, to_json

Act = Callable[[DbSession, t.Session, RoomState], Sequence[Event]]


@dataclass(frozen=True)
class Written:
    """What a transaction left: the state after it, the log's last ``seq``; ``first`` is its own first event's, if it wrote any."""

    state: RoomState
    seq: int
    first: int | None
    repeated: bool = False


def transact(house: House, session_id: str, act: Act, actor: str, command_id: str | None = None) -> Written:
    """Lock the room, fold, let ``act`` decide, write. A command id that is known already changes nothing.

    Raises NotFound for an unknown session, and whatever ``act`` raises; then nothing is written.
    """
    with house.db.write() as db:
        session = bare_session(db, session_id)
        if session is None:
            raise NotFound()
        room = room_log.ensure_room(db, session_id)
        state = _fold(db, room, session)
        known = command_seq(db, session_id, command_id)
        if known is not None:
            return Written(state, room.seq, known, repeated=True)
        before = _place(db, house, room, state)
        events = [*before, *act(db, session, replace(state, epoch=room.media_epoch))]
        return _write(db, room, state, [*events, *_follows(state, events, house.clock.now())], house.clock.now(), actor, command_id)


def _follows(state: RoomState, events: Sequence[Event], now: datetime) -> tuple[Event, ...]:
    """What the events call for by themselves."""
    for event in events:
        state = evolve(state, event)
    return follows(state, now)


def settle(house: House, session_id: str) -> Written:
    """Write what time alone has made due: a quorum lost with somebody's line, a presence check that is over."""
    return transact(house, session_id, lambda _db, _session, _state: (), "liaison")


def _write(db: DbSession, room: t.Room, state: RoomState, events: Sequence[Event], now: datetime, actor: str,
           command_id: str | None) -> Written:
    first = None
    for event in events:
        state = evolve(state, replace(event, at=now))  # of the log's time, or the log would not fold to what is saved
    newest = room.seq + len(events)
    if room.snapshot_seq != newest:  # before the events, so that the room's row is written once
        room.snapshot, room.snapshot_seq = to_json(state), newest
    if events:
        first = room_log.append_locked(db, room, [(e.type, dict(e.data)) for e in events], now, actor, command_id)
    return Written(state, room.seq, first)


def read_state(db: DbSession, session_id: str) -> tuple[RoomState, int]:
    """The present state and its ``seq``, without a lock. Raises NotFound."""
    session = bare_session(db, session_id)
    if session is None:
        raise NotFound()
    room = db.get(t.Room, session_id)
    if room is None:
        return RoomState(session_id, plan=plan_of(session)), 0
    return _fold(db, room, session), room.seq


def _fold(db: DbSession, room: t.Room, session: t.Session) -> RoomState:
    """The snapshot and the events after it. A session closed without a word in the log is closed all the same."""
    plan = plan_of(session)
    state = from_json(room.snapshot, plan) if room.snapshot else RoomState(room.session_id, plan=plan)
    if room.snapshot_seq < room.seq:
        for row in room_log.events_after(db, room.session_id, room.snapshot_seq):
            state = evolve(state, Event(row.type, row.data, row.at))
    state = replace(state, epoch=room.media_epoch)
    return state if session.status in OPEN else replace(state, phase=CLOSED)


def plan_of(session: t.Session) -> Plan:
    """What the booking says. Agenda and points are read once for each version of the session."""
    known = _OUTLINES.get(session.id)
    if known is None or known[0] != session.version:
        if len(_OUTLINES) >= MOST_OUTLINES:
            _OUTLINES.clear()
        points = tuple(invitation.point.slug for invitation in session.places)
        known = session.version, tuple(item.minutes for item in session.agenda), points, _played(session, points)
        _OUTLINES[session.id] = known
    _version, minutes, points, played = known
    return Plan(session.starts_at, session.extended_to or session.ends_at, minutes, points, played=played)


def _played(session: t.Session, points: tuple[str, ...]) -> tuple[str, ...]:
    """In a rehearsal bots may stand for everybody but the chair's point."""
    chair = session.chair_point.slug if session.chair_point else None
    return tuple(slug for slug in points if slug != chair) if session.kind == REHEARSAL else ()


MOST_OUTLINES = 500
_OUTLINES: dict[str, tuple[int, tuple[int, ...], tuple[str, ...], tuple[str, ...]]] = {}


def command_seq(db: DbSession, session_id: str, command_id: str | None) -> int | None:
    """The ``seq`` that a command was written under, if it was."""
    if command_id is None:
        return None
    return db.scalar(select(t.RoomEvent.seq).where(t.RoomEvent.session_id == session_id, t.RoomEvent.command_id == command_id))


def mark_command(house: House, session_id: str, command_id: str) -> int:
    """Remember a command whose events another service wrote, on the newest unmarked of them; return the log's last ``seq``."""
    with house.db.write() as db:
        room = room_log.lock_room(db, session_id)
        newest = select(func.max(t.RoomEvent.seq)).where(t.RoomEvent.session_id == session_id, t.RoomEvent.command_id.is_(None))
        seq = db.scalar(newest)
        if seq is not None and command_seq(db, session_id, command_id) is None:
            db.execute(update(t.RoomEvent).where(t.RoomEvent.session_id == session_id, t.RoomEvent.seq == seq)
                       .values(command_id=command_id))
        return room.seq


def _place(db: DbSession, house: House, room: t.Room, state: RoomState) -> tuple[Event, ...]:
    """A room with nobody in it goes to the worker that has the least to do."""
    if state.peers or state.phase == CLOSED or not placement.place(db, house, room):
        return ()
    return (Event("media_reset", {"epoch": room.media_epoch}, house.clock.now()),)


def open_rooms(db: DbSession) -> list[str]:
    """Rooms whose session has not ended."""
    return list(db.scalars(_OPEN_ROOMS))


_OPEN_ROOMS = select(t.Room.session_id).join(t.Session, t.Session.id == t.Room.session_id).where(t.Session.status.in_(OPEN))
