"""The secretary's notes under each agenda item: kept in versions, written by several people at once, the draft of the minutes.

Every version that somebody kept stays, but for those that the same person replaced within a minute, once they are old enough that
nobody is still writing upon them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Invalid, NotFound
from ..domain.notes import GENERAL, LONGEST, merge
from ..domain.text import storable
from ..domain.words import SessionStatus
from ..house import House
from ..store import tables as t
from . import audit, room_log
from .session_views import load_session

FRESH = 30
"""So many versions of an item are all kept, for those who still write upon one of them."""
AT_ONCE = timedelta(minutes=1)
Row = t.SessionNote


@dataclass(frozen=True)
class Note:
    """A version of the notes under an item (0, 1 …; -1: on the session as a whole)."""

    item: int
    version: int
    at: datetime
    name: str
    text: str


@dataclass(frozen=True)
class Written:
    """What somebody wrote under an item: upon version ``base`` (0: there was none), or upon another text that came of it."""

    item: int
    text: str
    base: int
    upon: str | None = None


@dataclass(frozen=True)
class Kept:
    """What stands there now. ``merged``: somebody else had written meanwhile; ``clean``: and changed no paragraph that was changed here."""

    version: int
    text: str
    merged: bool
    clean: bool = True


def may_keep_notes(actor: Actor, session: t.Session) -> bool:
    """The office that plans, and those who lead the session: chair, deputy, secretary, booker."""
    people = {session.chair_user_id, session.deputy_user_id, session.secretary_user_id, session.booked_by_id} - {None}
    presides = session.chair_user_id is None and session.chair_point_id is not None and session.chair_point_id in actor.points
    return actor.plans or actor.user_id in people or presides


def read_notes(house: House, actor: Actor, session_id: str) -> list[Note]:
    """The newest version under each item that has one. Raises NotFound, Forbidden, Unauthenticated."""
    with house.db.read() as db:
        _require(actor, load_session(db, session_id))
        return newest_notes(db, session_id)


def read_versions(house: House, actor: Actor, session_id: str, item: int) -> list[Note]:
    """Every version that is kept, the newest first. Raises NotFound, Forbidden, Unauthenticated."""
    with house.db.read() as db:
        _require(actor, load_session(db, session_id))
        query = select(Row).where(Row.session_id == session_id, Row.item == item).order_by(Row.version.desc())
        return [_note(row) for row in db.scalars(query)]


def write_note(house: House, actor: Actor, session_id: str, written: Written) -> Kept:
    """Keep what was written; the text that stands there now. Raises Invalid and the same as ``read_notes``."""
    with house.db.write() as db:
        session = load_session(db, session_id)
        _require(actor, session)
        room_log.ensure_room(db, session_id)
        if session.status == SessionStatus.ENDED:
            audit.record(db, house, actor, "session.notes", "session", session_id, None, {"item": written.item + 1})
        return keep_note(db, session, written, actor.user_id, actor.name, house.clock.now())


def newest_notes(db: DbSession, session_id: str) -> list[Note]:
    """The same for who has looked at the right to it."""
    newest = (select(Row.item, func.max(Row.version).label("version")).where(Row.session_id == session_id)
              .group_by(Row.item).subquery())
    query = select(Row).join(newest, (Row.item == newest.c.item) & (Row.version == newest.c.version)).where(Row.session_id == session_id)
    return [_note(row) for row in db.scalars(query.order_by(Row.item))]


def news_after(db: DbSession, session_id: str, seq: int) -> list[tuple[int, Note]]:
    """What was kept after a change, with each one's number: for those who tell the sockets."""
    query = select(Row).where(Row.session_id == session_id, Row.seq > seq).order_by(Row.seq)
    return [(row.seq, _note(row)) for row in db.scalars(query)]


def keep_note(db: DbSession, session: t.Session, written: Written, user_id: str | None, name: str, at: datetime) -> Kept:
    """Under the room's lock. A text equal to what stands there makes no version."""
    item, text = written.item, _checked(session, written)
    room = room_log.lock_room(db, session.id)
    newest = _version(db, session.id, item)
    version, standing = (newest.version, newest.text) if newest else (0, "")
    kept, clean = text, True
    if written.base != version or written.upon is not None:
        upon = written.upon if written.upon is not None else _text_of(db, session.id, item, written.base)
        merged = merge(upon, text, standing)
        kept, clean = merged.text, merged.clean
    if kept != standing:
        version, room.notes_seq = version + 1, room.notes_seq + 1
        db.add(Row(session_id=session.id, item=item, version=version, seq=room.notes_seq, at=at, user_id=user_id, name=name[:200],
                   text=kept))
        db.flush()
        _thin(db, session.id, item, version - FRESH)
        room_log.wake(db, session.id)
    return Kept(version, kept, kept != text, clean)


# ---------------------------------------------------------------- inside


def _require(actor: Actor, session: t.Session) -> None:
    require(may_keep_notes(actor, session), actor)


def _checked(session: t.Session, written: Written) -> str:
    if written.item != GENERAL and not 0 <= written.item < len(session.agenda):
        raise NotFound("This agenda item does not exist.")
    text = written.text.replace("\r\n", "\n")
    if len(text) > LONGEST or not storable(text):
        raise Invalid(errors=[{"field": "text", "message": "The length must be between %(low)s and %(high)s characters.",
                               "low": 0, "high": LONGEST}])
    return text


def _version(db: DbSession, session_id: str, item: int, upto: int | None = None) -> Row | None:
    """The newest version, or the newest up to one."""
    query = select(Row).where(Row.session_id == session_id, Row.item == item)
    if upto is not None:
        query = query.where(Row.version <= upto)
    return db.scalar(query.order_by(Row.version.desc()).limit(1))


def _text_of(db: DbSession, session_id: str, item: int, base: int) -> str:
    row = _version(db, session_id, item, base)
    return row.text if row else ""


def _thin(db: DbSession, session_id: str, item: int, version: int) -> None:
    """Drop a version that its own writer replaced at once."""
    row = db.get(Row, (session_id, item, version))
    after = db.get(Row, (session_id, item, version + 1))
    if row and after and (row.user_id, row.name) == (after.user_id, after.name) and after.at - row.at < AT_ONCE:
        db.delete(row)


def _note(row: Row) -> Note:
    return Note(row.item, row.version, row.at, row.name, row.text)

