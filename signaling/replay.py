"""The recorded log of a session that is over, for those who may see its room again.

Who sees the whole attendance sheet sees everything. Officers of a point that was there see what their devices were shown: nothing
of an item treated without them, nor of the time before they came.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from liaison.domain.actor import Actor, require
from liaison.domain.errors import IllegalState
from liaison.domain.words import SessionStatus
from liaison.house import House
from liaison.services import room_log
from liaison.services.attendance import may_see_whole_sheet
from liaison.services.session_views import SessionView, get_session, load_session
from liaison.store import tables as t

from .booking_view import booking_view
from .room.events import Event
from .room.playback import Playback, Sees, page
from .room.state import Plan, RoomState, stamp


def may_replay(house: House, actor: Actor, session: SessionView) -> bool:
    """Whether this reader may see the session's room again."""
    if session.status != SessionStatus.ENDED:
        return False
    return may_see_whole_sheet(actor, session) or (session.inside and _was_there(house, session))


def open_replay(house: House, actor: Actor, session_id: str) -> SessionView:
    """The session to be seen again. Raises NotFound, Forbidden, Unauthenticated, IllegalState (not over)."""
    session = get_session(house, actor, session_id)
    require(session.inside, actor)
    if session.status != SessionStatus.ENDED:
        raise IllegalState("This session is not over yet.", remedy="Come back when it has ended.")
    require(may_replay(house, actor, session), actor)
    return session


def replay_page(house: House, actor: Actor, session_id: str, after: int) -> dict[str, Any]:
    """As ``playback.page``, the first with what the booking says (``session``) and whether the reader sees everything (``whole``).

    Raises like open_replay.
    """
    session = open_replay(house, actor, session_id)
    with house.db.read() as db:
        playback = Playback(session_id, _plan(db, session), _sees(actor, session))
        found = page(playback, _events(db, session_id), after)
        whole = may_see_whole_sheet(actor, session)
        return found if after else found | {
            "session": booking_view(db, session_id), "begins_at": _begins_at(db, session_id), "whole": whole}


def _was_there(house: House, session: SessionView) -> bool:
    own = [point.id for point in session.points if point.slug in session.own_points]
    with house.db.read() as db:
        query = select(t.Presence.id).where(t.Presence.session_id == session.id, t.Presence.point_id.in_(own))
        return db.scalar(query.limit(1)) is not None


def _sees(actor: Actor, session: SessionView) -> Sees:
    if may_see_whole_sheet(actor, session):
        return lambda _state: True
    own = frozenset(session.own_points)

    def was_shown(state: RoomState) -> bool:
        return any(peer.point in own and not state.cut_off(peer) for peer in state.peers.values())
    return was_shown


def _plan(db: DbSession, session: SessionView) -> Plan:
    """The booking's: its end is the planned one, for extensions are in the log."""
    minutes = tuple(item.minutes for item in load_session(db, session.id).agenda)
    return Plan(session.starts_at, session.ends_at, minutes, tuple(point.slug for point in session.points))


def _events(db: DbSession, session_id: str) -> Iterator[tuple[int, Event]]:
    for row in room_log.events_after(db, session_id, 0):
        yield row.seq, Event(row.type, row.data, row.at)


def _begins_at(db: DbSession, session_id: str) -> str | None:
    first = room_log.events_after(db, session_id, 0, 1)
    return stamp(first[0].at) if first else None
