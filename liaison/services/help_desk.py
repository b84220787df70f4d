"""The help desk's room: a point in trouble enters it with one press, the help desk sees who waits and comes in.

It is an ordinary live session of a kind that nobody books: made when somebody enters, closed by the clock when it has stood empty.
It holds no point's room and none of the site's ports, stands in no list, and every point in use may come in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import SYSTEM, Actor, require
from ..domain.words import HELP_DESK, AccountRole, RoomRole, SessionStatus
from ..house import House
from ..i18n import translator
from ..ids import new_id
from ..store import tables as t
from ..store.locks import lock_bookings, lock_key
from . import help_calls, lifecycle
from .help_calls import Call
from .join import device_token
from .room_devices import Device
from .sessions import next_serial

PLANNED = timedelta(hours=1)
NUMBERED = 0
"""The year of its numbers: they count apart from those of sessions."""


@dataclass(frozen=True)
class Caller:
    """A point that is in the help desk's room, and since when."""

    slug: str
    name: dict[str, str]
    since: datetime


@dataclass(frozen=True)
class HelpDesk:
    """``session`` is empty while nobody is there; ``helped``: somebody of the help desk is in the room."""

    session: str
    callers: tuple[Caller, ...]
    helped: bool

    @property
    def waiting(self) -> tuple[Caller, ...]:
        return () if self.helped else self.callers


def may_enter(actor: Actor) -> bool:
    """Officers of a point, the help desk, the office."""
    return actor.sees_all or (actor.role is AccountRole.OFFICER and bool(actor.points))


def open_help_desk(house: House, actor: Actor) -> str:
    """The room's session: the live one, or a new one; the help desk is told of officers. Raises Unauthenticated, Forbidden."""
    require(may_enter(actor), actor)
    return _open(house, actor, None if actor.sees_all else lambda db: help_calls.call_of_officer(db, actor.user_id))


def open_for_pc(house: House, device: Device) -> str:
    """The same for a room's own PC."""
    return _open(house, SYSTEM, lambda _db: Call(f"pc:{device.point_id}", "", (device.point_name,)))


def pc_token(house: House, device: Device, session_id: str) -> Mapping[str, Any]:
    """A join token for a room's PC. Raises NotFound, IllegalState, Invalid."""
    return device_token(house, device.id, session_id, device.point, device.name)


def is_help_desk(house: House, session_id: str) -> bool:
    """Whether this is the help desk's room, live now."""
    with house.db.read() as db:
        return _live(db) == session_id


def look_at_help_desk(house: House, actor: Actor) -> HelpDesk:
    """Who is there. For the office and the help desk."""
    require(actor.sees_all, actor)
    with house.db.read() as db:
        session_id = _live(db)
        if session_id is None:
            return HelpDesk("", (), False)
        query = (select(t.Presence, t.Point).outerjoin(t.Point, t.Point.id == t.Presence.point_id).where(
            t.Presence.session_id == session_id, t.Presence.left_at.is_(None)).order_by(t.Presence.joined_at))
        callers: dict[str, Caller] = {}
        helped = False
        for presence, point in db.execute(query):
            helped = helped or presence.role == RoomRole.CHAIR
            if point is not None and presence.role == RoomRole.POINT:
                callers.setdefault(point.slug, Caller(point.slug, point.name, presence.joined_at))
        return HelpDesk(session_id, tuple(callers.values()), helped)


def _live(db: DbSession) -> str | None:
    return db.scalar(select(t.Session.id).where(t.Session.status == SessionStatus.LIVE, t.Session.kind == HELP_DESK)
                     .order_by(t.Session.starts_at.desc()).limit(1))


def _open(house: House, actor: Actor, caller: Callable[[DbSession], Call | None] | None) -> str:
    with house.db.write() as db:
        lock_bookings(db)  # numbers are given one at a time
        lock_key(db, "help desk")
        session_id = _live(db) or _new(db, house, actor)
        call = caller(db) if caller is not None else None
        if call is not None:
            help_calls.tell_help_desk(db, house, session_id, call)
        return session_id


def _new(db: DbSession, house: House, actor: Actor) -> str:
    now = house.clock.now()
    title = {code: translator(code)("Help desk") for code in house.network.languages}
    session = t.Session(id=new_id(), number_year=NUMBERED, number_serial=next_serial(db, NUMBERED), title=title, kind=HELP_DESK,
                        status=SessionStatus.CONFIRMED, starts_at=now, ends_at=now + PLANNED, timezone=house.network.timezone,
                        created_at=now, updated_at=now)
    db.add(session)
    db.flush()
    lifecycle.open_within(db, house, actor, session)
    return session.id
