"""Who may see a session's documents, who may add them, and who is kept from them while an item is closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Forbidden
from ..domain.words import AccountRole, RoomRole, SessionStatus
from ..house import House
from ..store import tables as t
from .join import Claims, check_resume, is_chair
from .session_views import may_see, people_of, takes_part
from .settings import read_setting

ALWAYS_INSIDE = (RoomRole.CHAIR, RoomRole.SECRETARY, RoomRole.INTERPRETER)
"""Roles that stay in the room whichever points a closed item leaves out."""
SEEING_ALL = frozenset({*ALWAYS_INSIDE, RoomRole.DEPUTY})
"""Roles for which every document is, whichever points it is for."""


@dataclass(frozen=True)
class Reader:
    """Who wants to see: an account, or somebody who is in the room (``claims`` of the resume token)."""

    actor: Actor
    claims: Claims | None = None

    @property
    def inside(self) -> bool:
        """In a room, and not only to watch."""
        return self.claims is not None and self.claims.role != RoomRole.WATCHER


class DoorsClosed(Forbidden):
    code = "doors_closed"
    message = "A closed item is being treated; its documents are for those who stay."
    remedy = "Wait until the doors are open again."


class NotForThem(Forbidden):
    code = "not_for_you"
    message = "This document is for other points."
    remedy = "Ask the chair."


def reader_of(house: House, actor: Actor, resume: str | None) -> Reader:
    """Whoever shows the resume token of its place in a room is asked for that alone. Raises TokenRefused."""
    return Reader(actor, check_resume(house, resume) if resume else None)


def require_reader(db: DbSession, house: House, session: t.Session, reader: Reader, public: bool) -> None:
    """Raise unless a document of this session may be seen. ``public``: it is for citizens too."""
    if public and may_see(reader.actor, session, house.clock.now()):
        return
    if reader.claims is not None:
        _require_in_room(db, session, reader.claims)
        return
    require(takes_part(reader.actor, session), reader.actor)
    closed = _room(db, session.id).get("closed_item")
    if closed is not None and not conducts(session, reader.actor) and not _stays(closed, _own_points(session, reader.actor)):
        raise DoorsClosed()


def is_for(session: t.Session, document: t.Document, reader: Reader) -> bool:
    """Whether a document that is for some points alone is for this reader: of one of them, of those who lead, whoever added it."""
    if document.points is None:
        return True
    claims = reader.claims
    if claims is None:
        return may_change(session, document, reader.actor) or not set(document.points).isdisjoint(_own_points(session, reader.actor))
    added = claims.own and claims.user is not None and claims.user == document.uploaded_by_id
    return added or claims.role in SEEING_ALL or claims.point in document.points


def conducts(session: t.Session, actor: Actor) -> bool:
    """The office, the chair, its deputy, the secretary, whoever booked it."""
    return actor.plans or is_chair(session, actor) or (actor.user_id is not None and actor.user_id in people_of(session))


def may_add(db: DbSession, house: House, session: t.Session, actor: Actor) -> bool:
    """Those who conduct the session; officers of its points where the office allows it."""
    if session.status == SessionStatus.CANCELLED:
        return False
    if conducts(session, actor):
        return True
    officer = actor.role is AccountRole.OFFICER and takes_part(actor, session)
    return officer and bool(read_setting(db, house, "officers_add_documents"))


def may_change(session: t.Session, document: t.Document, actor: Actor) -> bool:
    """Those who conduct it, and whoever added the document."""
    return conducts(session, actor) or (actor.user_id is not None and actor.user_id == document.uploaded_by_id)


def shown_in_room(db: DbSession, session_id: str) -> str | None:
    """The document that everybody in the room sees now."""
    shown = _room(db, session_id).get("document")
    return str(shown["document"]) if shown else None


def _require_in_room(db: DbSession, session: t.Session, claims: Claims) -> None:
    """The peer must be in this room now, see what happens there, and not only watch."""
    here = db.scalar(select(t.Presence.id).where(
        t.Presence.session_id == session.id, t.Presence.peer_id == str(claims.peer), t.Presence.left_at.is_(None)).limit(1))
    if claims.session != session.id or here is None or claims.role == RoomRole.WATCHER:
        raise Forbidden()
    room = _room(db, session.id)
    if room.get("peers", {}).get(claims.peer, {}).get("held"):
        raise Forbidden()
    closed = room.get("closed_item")
    inside = claims.role in ALWAYS_INSIDE or room.get("acting") == claims.peer
    if closed is not None and not inside and not _stays(closed, [claims.point] if claims.point else []):
        raise DoorsClosed()


def _room(db: DbSession, session_id: str) -> Mapping[str, Any]:
    """The room's snapshot, which every command that closes doors or keeps somebody waiting writes anew; empty: there is no room."""
    return db.scalar(select(t.Room.snapshot).where(t.Room.session_id == session_id)) or {}


def _stays(closed: Mapping[str, Any], points: Collection[str]) -> bool:
    kept = closed.get("points")
    return bool(points) and (kept is None or not set(kept).isdisjoint(points))


def _own_points(session: t.Session, actor: Actor) -> list[str]:
    return [invitation.point.slug for invitation in session.invitations if invitation.point_id in actor.points]
