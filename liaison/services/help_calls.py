"""The help desk hears at once that somebody in trouble has entered its room, on the channels of each of its people, by day and night.

Those who come in quick succession are told in one message; who is told of already is not told again for a while. Nobody is told
while somebody of the help desk is in the room: they see who comes. ``payload``: ``recipient``, ``room`` (the session), and ``callers``,
each with ``key``, ``who`` (a person's name, may be empty), ``places`` (names of points by language) and ``at``. The rows have no
session: what belongs to one waits for the end of quiet hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.words import AccountRole, Channel, OutboxKind, OutboxStatus, RoomRole
from ..house import House
from ..ids import new_id
from ..store import tables as t
from .settings import read_setting
from .ways import channels_of

REST = timedelta(minutes=1)
"""So long after a message those who come next are gathered for the next one."""
AGAIN = timedelta(minutes=10)
"""So long nobody is told of the same caller again."""
LIVES = timedelta(minutes=30)
"""A call that could not be told for so long is told no more."""
_TOLD = (OutboxStatus.PENDING, OutboxStatus.CLAIMED, OutboxStatus.SENT)


@dataclass(frozen=True)
class Call:
    """Who enters: ``key`` tells one caller from another."""

    key: str
    who: str
    places: tuple[dict[str, str], ...]

    def told(self, at: datetime) -> dict[str, Any]:
        """As it stands in a message."""
        return {"key": self.key, "who": self.who, "places": list(self.places), "at": at.isoformat()}


def call_of_officer(db: DbSession, user_id: str | None) -> Call | None:
    """An officer with the points that they act for."""
    user = db.get(t.User, user_id) if user_id else None
    if user is None:
        return None
    return Call(f"user:{user.id}", user.full_name or user.name, tuple(point.name for point in user.points))


def tell_help_desk(db: DbSession, house: House, session_id: str, call: Call) -> None:
    """Write what is owed to each of the help desk; the caller of this function holds the lock on its room."""
    if _helped(db, session_id):
        return
    users = _desk(db)
    ways = channels_of(db, house, users)
    for user in users:
        for channel in ways[user.id]:
            _tell(db, house, session_id, call, user, channel)


def _helped(db: DbSession, session_id: str) -> bool:
    """Somebody of the help desk is in the room."""
    return db.scalar(select(t.Presence.id).where(
        t.Presence.session_id == session_id, t.Presence.left_at.is_(None), t.Presence.role == RoomRole.CHAIR).limit(1)) is not None


def _desk(db: DbSession) -> Sequence[t.User]:
    """Active operators; the administrators where there is none."""
    users = list(db.scalars(select(t.User).where(t.User.active, t.User.role.in_(
        (AccountRole.OPERATOR, AccountRole.ADMINISTRATOR))).order_by(t.User.name)))
    return [user for user in users if user.role == AccountRole.OPERATOR] or users


def _tell(db: DbSession, house: House, session_id: str, call: Call, user: t.User, channel: Channel) -> None:
    """A new message, or one more caller in the one that has not left yet."""
    now = house.clock.now()
    rows = _recent(db, session_id, user, channel, now)
    if any(one["key"] == call.key and datetime.fromisoformat(one["at"]) > now - AGAIN for row in rows for one in row.payload["callers"]):
        return
    waiting = next((row for row in rows if row.status == OutboxStatus.PENDING and row.attempts == 0), None)
    if waiting is not None:
        waiting.payload = {**waiting.payload, "callers": [*waiting.payload["callers"], call.told(now)]}
        return
    due_at = max([now, *(max(row.due_at, row.created_at) + REST for row in rows)])
    db.add(_row(house, session_id, call, user, channel, read_setting(db, house, "default_language"), due_at))


def _recent(db: DbSession, session_id: str, user: t.User, channel: Channel, now: datetime) -> list[t.Outbox]:
    """What this person was told, or is about to be told, of the room on this channel; the rows stay locked (SQLite: all are)."""
    rows = db.scalars(select(t.Outbox).where(
        t.Outbox.kind == OutboxKind.HELP_CALL, t.Outbox.user_id == user.id, t.Outbox.channel == channel,
        t.Outbox.status.in_(_TOLD), t.Outbox.created_at > now - LIVES).order_by(t.Outbox.created_at).with_for_update())
    return [row for row in rows if row.payload["room"] == session_id]


def _row(house: House, session_id: str, call: Call, user: t.User, channel: Channel, language: str, due_at: datetime) -> t.Outbox:
    now = house.clock.now()
    key = f"{OutboxKind.HELP_CALL}:{session_id}:{int(now.timestamp() * 1000)}:{call.key}:{user.id}"
    mail = channel is Channel.EMAIL
    return t.Outbox(
        id=new_id(), kind=OutboxKind.HELP_CALL, channel=channel, dedupe_key=key if mail else f"{key}:{channel}", user_id=user.id,
        address=user.email if mail else "", language=user.language or language, due_at=due_at, expires_at=due_at + LIVES, created_at=now,
        payload={"recipient": user.id, "room": session_id, "callers": [call.told(now)]})
