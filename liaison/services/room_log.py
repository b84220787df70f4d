"""The room log: the bus of every live room and the evidence for attendance.

``append`` numbers events without gaps under the room's row lock, inside the caller's transaction. PostgreSQL tells
listeners of the channel ``room_log`` at commit (payload: the session's id); on SQLite followers poll ``newest_seqs``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session as DbSession

from ..domain.errors import NotFound
from ..store import tables as t

CHANNEL = "room_log"
Event = tuple[str, dict[str, Any]]

# Asked so often that they are made once.
_LOCKED = (select(t.Room).where(t.Room.session_id == bindparam("session")).with_for_update()
           .execution_options(populate_existing=True))
_EVENTS_AFTER = (select(t.RoomEvent).where(t.RoomEvent.session_id == bindparam("session"), t.RoomEvent.seq > bindparam("after"))
                 .order_by(t.RoomEvent.seq))


def ensure_room(db: DbSession, session_id: str, worker: int = 0) -> t.Room:
    """The session's room, made on first use and locked."""
    room = _locked(db, session_id)
    if room is None:
        room = t.Room(session_id=session_id, worker=worker, seq=0, snapshot={}, snapshot_seq=0, media_epoch=1)
        db.add(room)
        db.flush()
    return room


def lock_room(db: DbSession, session_id: str) -> t.Room:
    """The room's row, locked until the transaction ends (SQLite: the whole transaction is exclusive). Raises NotFound."""
    room = _locked(db, session_id)
    if room is None:
        raise NotFound()
    return room


def append(db: DbSession, session_id: str, events: Sequence[Event], at: datetime, actor: str = "",
           command_id: str | None = None) -> int:
    """Write events; return the first one's ``seq``. ``command_id`` marks the first: a repeated one breaks a unique index."""
    return append_locked(db, lock_room(db, session_id), events, at, actor, command_id)


def append_locked(db: DbSession, room: t.Room, events: Sequence[Event], at: datetime, actor: str = "",
                  command_id: str | None = None) -> int:
    """The same for who has locked the room in this transaction."""
    session_id = room.session_id
    first = room.seq + 1
    for offset, (kind, data) in enumerate(events):
        db.add(t.RoomEvent(session_id=session_id, seq=first + offset, type=kind, data=data, at=at, actor=actor,
                           command_id=command_id if offset == 0 else None))
    room.seq += len(events)
    db.flush()
    if events:
        wake(db, session_id)
    return first


def append_if_open(db: DbSession, session_id: str, events: Sequence[Event], at: datetime, actor: str = "") -> int | None:
    """Like append, but nothing happens while the session has no room yet."""
    return append(db, session_id, events, at, actor) if _locked(db, session_id) else None


def events_after(db: DbSession, session_id: str, seq: int, limit: int | None = None) -> list[t.RoomEvent]:
    """The events numbered above ``seq``, in order."""
    query = _EVENTS_AFTER if limit is None else _EVENTS_AFTER.limit(limit)
    return list(db.scalars(query, {"session": session_id, "after": seq}))


def removed_users(db: DbSession, session_id: str) -> set[str]:
    """Accounts that the chair removed (``peer_left`` with ``by``) and has not let back in (``peer_readmitted``)."""
    return _removed(db, session_id, "user")


def removed_tokens(db: DbSession, session_id: str) -> set[str]:
    """The same of join tokens, by their ``jti``."""
    return _removed(db, session_id, "jti")


def _removed(db: DbSession, session_id: str, key: str) -> set[str]:
    query = select(t.RoomEvent.type, t.RoomEvent.data).where(
        t.RoomEvent.session_id == session_id, t.RoomEvent.type.in_(("peer_left", "peer_readmitted"))).order_by(t.RoomEvent.seq)
    by_peer: dict[str, str] = {}
    for kind, data in db.execute(query):
        if kind == "peer_left" and data.get("reason") == "removed" and data.get("by") and data.get(key):
            by_peer[data["peer"]] = data[key]
        elif kind == "peer_readmitted":
            pardoned = by_peer.get(data["peer"])
            by_peer = {peer: held for peer, held in by_peer.items() if held != pardoned}
    return set(by_peer.values())


def newest_seqs(db: DbSession, session_ids: Iterable[str]) -> dict[str, tuple[int, int, int]]:
    """The last numbers of each room named, of its events, its chat and its notes; cheap enough to ask every 50 ms."""
    query = select(t.Room.session_id, t.Room.seq, t.Room.chat_seq, t.Room.notes_seq).where(t.Room.session_id.in_(list(session_ids)))
    return {session_id: (seq, chat, notes) for session_id, seq, chat, notes in db.execute(query)}


def _locked(db: DbSession, session_id: str) -> t.Room | None:
    return db.scalars(_LOCKED, {"session": session_id}).one_or_none()


def wake(db: DbSession, session_id: str) -> None:
    """Tell whoever follows this room that there is news, at the commit."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(select(func.pg_notify(CHANNEL, session_id)))
