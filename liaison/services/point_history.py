"""How a point did in its sessions of the last 90 days: each of them, and all together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor
from ..domain.attendance import Span
from ..domain.reliability import LOOKED_BACK, Reliability, SessionRecord, record, together
from ..domain.words import Answer, SessionStatus
from ..house import House
from ..store import tables as t
from .attendance import stays_of
from .link_history import require_reader
from .points import find_point
from .session_views import may_see


@dataclass(frozen=True)
class PastSession:
    """A session of the point's that is over. ``title`` is None for readers who may not see it."""

    record: SessionRecord
    number: str
    title: dict[str, str] | None


@dataclass(frozen=True)
class PointHistory:
    """The sessions, newest first, and what they come to."""

    sessions: tuple[PastSession, ...]
    reliability: Reliability


def point_history(house: House, actor: Actor, slug: str) -> PointHistory:
    """The office and the help desk see every point's, officers their own. Raises NotFound, Unauthenticated, Forbidden."""
    now = house.clock.now()
    with house.db.read() as db:
        point = find_point(db, slug)
        require_reader(actor, point)
        sessions = _sessions(db, point.id, now)
        stays = defaultdict(list)
        for session_id, stay in stays_of(db, [session.id for session in sessions], point.id):
            stays[session_id].append(stay)
        past = [PastSession(record(session.id, stays[session.id], Span(session.opened_at, session.closed_at, session.starts_at, now)),
                            session.number, session.title if may_see(actor, session, now) else None) for session in sessions]
    return PointHistory(tuple(past), together(one.record for one in past))


def _sessions(db: DbSession, point_id: str, now: datetime) -> list[t.Session]:
    """Those that took place and that the point had not declined."""
    query = select(t.Session).join(t.Invitation, t.Invitation.session_id == t.Session.id).where(
        t.Invitation.point_id == point_id, t.Invitation.answer != Answer.DECLINED, t.Session.status == SessionStatus.ENDED,
        t.Session.opened_at.is_not(None), t.Session.starts_at >= now - LOOKED_BACK)
    return list(db.scalars(query.order_by(t.Session.starts_at.desc(), t.Session.id)))
