"""What a paired room PC does all day: shows its point's sessions, goes into them by itself, and comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.errors import Forbidden
from ..domain.room_pc import ENTERED, RoomSession, may_enter, next_move
from ..domain.words import SessionStatus
from ..house import House
from ..store import tables as t
from . import room_log
from .join import device_jti, device_token
from .room_devices import Device

AHEAD = timedelta(days=14)
"""So far it looks for the next session when there is none today."""
SHOWN = (SessionStatus.CONFIRMED, SessionStatus.LIVE, SessionStatus.ENDED)


@dataclass(frozen=True)
class Waiting:
    """The waiting page: ``enter`` is the session to go into now, ``enters_at`` the moment at which the next one is due.

    ``open``: the ids of all that may be entered now.
    """

    today: tuple[RoomSession, ...]
    later: RoomSession | None
    enter: RoomSession | None
    enters_at: datetime | None
    open: frozenset[str]


def waiting(house: House, device: Device, left: str = "") -> Waiting:
    """What the PC shows and does now; into the session ``left`` by hand it does not go back by itself."""
    now = house.clock.now()
    start = now.astimezone(house.network.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    with house.db.read() as db:
        found = _sessions(db, device, start, start + AHEAD)
    end = (start + timedelta(hours=36)).replace(hour=0)  # the local midnight, however long this day is
    today = tuple(one for one in found if one.starts_at < end)
    later = next((one for one in found if one.starts_at >= end), None)
    opened = frozenset(one.id for one in found if may_enter(one, now, device.minutes))
    return Waiting(today, later, *next_move([one for one in found if one.id != left], now, device.minutes), opened)


def enter(house: House, device: Device, session_id: str) -> dict[str, Any]:
    """A join token for this PC. Raises NotFound, IllegalState, Invalid (not invited), Forbidden (too early, removed by the chair)."""
    way = device_token(house, device.id, session_id, device.point, device.name)
    now = house.clock.now()
    with house.db.read() as db:
        found = [one for one in _sessions(db, device, now - AHEAD, now + AHEAD) if one.id == session_id]
    if not any(may_enter(one, now, device.minutes) for one in found):
        raise Forbidden("This PC may not enter the session now.", remedy="Wait until it is time, or ask the chair.")
    return way


def _sessions(db: DbSession, device: Device, start: datetime, end: datetime) -> Sequence[RoomSession]:
    """Those of the point that touch the period, by start; one that is live counts however long ago it was to end."""
    query = (select(t.Session, t.Invitation.answer).join(t.Invitation, t.Invitation.session_id == t.Session.id).where(
        t.Invitation.point_id == device.point_id, t.Session.status.in_(SHOWN), t.Session.starts_at < end,
        (t.Session.ends_at > start) | (t.Session.status == SessionStatus.LIVE)).order_by(t.Session.starts_at, t.Session.id))
    return [_seen(db, device, session, answer) for session, answer in db.execute(query)]


def _seen(db: DbSession, device: Device, session: t.Session, answer: str) -> RoomSession:
    barred = session.status in ENTERED and device_jti(device.id) in room_log.removed_tokens(db, session.id)
    return RoomSession(session.id, session.title, session.starts_at, session.extended_to or session.ends_at, session.status, answer, barred)
