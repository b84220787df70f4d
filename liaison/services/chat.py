"""The chat of a session in the database: written under the room's lock, numbered without gaps, read back by whoever may.

The chat is no part of the room's log and state, but goes the same way: ``room.chat_seq`` is the bus, and every web process tells
its own sockets what is new. Who may read what is pure, in ``domain.chat``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.chat import LONGEST, WHILE_S, Doors, Message, Reader, readable, too_many
from ..domain.errors import Invalid, NotFound, RateLimited
from ..domain.text import storable
from ..store import tables as t
from . import room_log
from .attendance import stamp

PAGE = 50
CHUNK = 200
"""So many rows are read at once while a reader's page is put together."""
Row = t.ChatMessage


@dataclass(frozen=True)
class Sender:
    """``user``: the account that came for itself. Without ``peer`` it is the help desk."""

    name: str
    role: str
    peer: str = ""
    user: str | None = None
    point: str | None = None


@dataclass(frozen=True)
class Receiver:
    """Whom an answer is for."""

    peer: str
    user: str | None = None
    point: str | None = None
    name: str = ""


@dataclass(frozen=True)
class Said:
    """A message on its way: who was cut off when it was said is kept with it."""

    id: str
    to: str
    text: str
    sender: Sender
    receiver: Receiver | None = None
    answers: int | None = None
    file: str | None = None
    doors: Doors | None = None
    held: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Page:
    """``seq``: the chat's newest number when this was read; ``more``: there is more in the direction asked for."""

    messages: list[dict[str, Any]]
    seq: int
    more: bool


def say(db: DbSession, session_id: str, said: Said, at: datetime) -> int:
    """Write a message whose id is not known yet; its number. The room must exist. Only one that brings a file may be without words.

    Raises Invalid (empty, too long), RateLimited.
    """
    room = room_log.lock_room(db, session_id)
    text = _checked(said.text, 0 if said.file else 1)
    _require_patience(db, session_id, said.sender, at)
    seq = _append(db, room, _row(said, text), at)
    if said.file:
        db.get_one(t.ChatFile, said.file).seq = seq
    return seq


def known_seq(db: DbSession, session_id: str, client_id: str, sender: Sender) -> int | None:
    """The number under which a message was written already, under the room's lock. Raises Invalid for somebody else's id."""
    known = db.scalar(select(Row).where(Row.session_id == session_id, Row.client_id == client_id))
    if known is None:
        return None
    require_own(known, sender)
    return known.seq


def require_own(row: Row | t.ChatFile, sender: Sender) -> None:
    """Raises Invalid for what somebody else has sent under this id."""
    if not _keys(row.peer, row.user_id) & _keys(sender.peer, sender.user):
        raise Invalid(errors=[{"field": "id", "message": "This belongs to another message."}])


def remove(db: DbSession, row: Row, by: str, at: datetime) -> bool:
    """Take a message away: it stays in the table as removed, and everybody who could read it is told. False: it was removed before."""
    if row.removed_at is not None:
        return False
    row.removed_at, row.removed_by = at, by[:200]
    kept = ("peer", "user_id", "point", "name", "role", "addressee", "to_peer", "to_user", "to_point", "to_name", "doors", "held")
    removal = Row(client_id=f"removes-{row.seq}", removes=row.seq, text="", **{name: getattr(row, name) for name in kept})
    _append(db, room_log.lock_room(db, row.session_id), removal, at)
    return True


def readable_row(db: DbSession, session_id: str, seq: int, reader: Reader) -> Row:
    """A message that this reader may see. Raises NotFound."""
    return find_row(db, session_id, seq, lambda row: readable(message_of(row), reader))


def find_row(db: DbSession, session_id: str, seq: int, may: Callable[[Row], bool]) -> Row:
    """The message of this number, if it may be read. Raises NotFound."""
    row = db.get(Row, (session_id, seq)) if seq < 2**31 else None
    if row is None or row.removes is not None or not may(row):
        raise NotFound()
    return row


def news_after(db: DbSession, session_id: str, seq: int) -> list[Row]:
    """Every row numbered above ``seq``, in order: for those who tell the sockets."""
    return list(db.scalars(select(Row).where(Row.session_id == session_id, Row.seq > seq).order_by(Row.seq)))


def newest_seq(db: DbSession, session_id: str) -> int:
    return db.scalar(select(t.Room.chat_seq).where(t.Room.session_id == session_id)) or 0


def read(db: DbSession, session_id: str, may: Callable[[Row], bool], after: int | None = None, before: int | None = None,
         limit: int = PAGE) -> Page:
    """A page of what may be read: the newest, those before a number, or (with what was taken away) those after one."""
    newest = newest_seq(db, session_id)
    found: list[Row] = []
    for row in _rows(db, session_id, after, before):
        if (after is not None or row.removes is None) and may(row):
            if len(found) == limit:
                return Page([shown(each) for each in _ordered(found)], newest, True)
            found.append(row)
    return Page([shown(each) for each in _ordered(found)], newest, False)


def message_of(row: Row) -> Message:
    """What decides on who reads it."""
    doors = Doors(_tuple(row.doors["points"]), row.doors["acting"]) if row.doors else None
    return Message(row.addressee, row.role, _keys(row.peer, row.user_id), _keys(row.to_peer, row.to_user), doors, frozenset(row.held or ()))


def shown(row: Row) -> dict[str, Any]:
    """PROTOCOL.md's message. A removed one has no text; a removal says only what it takes away."""
    if row.removes is not None:
        return {"seq": row.seq, "removes": row.removes}
    return {"seq": row.seq, "at": stamp(row.at), "peer": row.peer, "point": row.point, "name": row.name, "role": row.role,
            "to": row.addressee, "to_peer": row.to_peer, "to_point": row.to_point, "to_name": row.to_name, "answers": row.answers,
            "text": "" if row.removed_at else row.text, "file": _file(row), "removed": row.removed_at is not None}


def _file(row: Row) -> dict[str, Any] | None:
    """What is told of a message's file; ``width`` and ``height`` are those of a picture's small one."""
    file = None if row.removed_at else row.file
    return None if file is None else {"name": file.name, "kind": file.kind, "size": file.size, "width": file.width, "height": file.height}


# ---------------------------------------------------------------- inside


def _row(said: Said, text: str) -> Row:
    sender, to = said.sender, said.receiver
    return Row(client_id=said.id, peer=sender.peer, user_id=sender.user, point=sender.point, name=sender.name[:200], role=sender.role,
               addressee=said.to, to_peer=to.peer if to else None, to_user=to.user if to else None, to_point=to.point if to else None,
               to_name=to.name if to else "", answers=said.answers, text=text, held=sorted(said.held),
               doors=asdict(said.doors) if said.doors else None)


def _append(db: DbSession, room: t.Room, row: Row, at: datetime) -> int:
    room.chat_seq += 1
    row.session_id, row.seq, row.at = room.session_id, room.chat_seq, at
    db.add(row)
    db.flush()
    room_log.wake(db, room.session_id)
    return row.seq


def _checked(text: str, shortest: int) -> str:
    text = text.strip()
    if not shortest <= len(text) <= LONGEST or not storable(text):
        raise Invalid(errors=[{"field": "text", "message": "The length must be between %(low)s and %(high)s characters.",
                               "low": shortest, "high": LONGEST}])
    return text


def _require_patience(db: DbSession, session_id: str, sender: Sender, at: datetime) -> None:
    query = select(Row.at).where(Row.session_id == session_id, Row.peer == sender.peer, Row.at > at - timedelta(seconds=WHILE_S))
    if sender.peer and too_many([(at - moment).total_seconds() for moment in db.scalars(query)]):
        raise RateLimited("You are writing too many messages.", remedy="Wait a few seconds.")


def _rows(db: DbSession, session_id: str, after: int | None, before: int | None) -> Iterator[Row]:
    """Upwards from ``after``, else downwards."""
    edge = after if after is not None else before
    while True:
        query = select(Row).where(Row.session_id == session_id).limit(CHUNK)
        if after is not None:
            query = query.where(Row.seq > edge).order_by(Row.seq)
        else:
            query = (query if edge is None else query.where(Row.seq < edge)).order_by(Row.seq.desc())
        rows = list(db.scalars(query))
        yield from rows
        if len(rows) < CHUNK:
            return
        edge = rows[-1].seq


def _ordered(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row.seq)


def _keys(*names: str | None) -> frozenset[str]:
    return frozenset(name for name in names if name)


def _tuple(points: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if points is None else tuple(points)
