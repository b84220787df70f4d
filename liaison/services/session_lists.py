"""Pages of sessions: filters, and cursors that stay right while others book."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, tuple_
from sqlalchemy.orm import selectinload

from ..domain.actor import Actor
from ..domain.errors import Invalid
from ..domain.text import storable
from ..domain.words import UNBOOKED, AccountRole, SessionStatus
from ..house import House
from ..store import tables as t
from .session_views import CANCELLED_SHOWN, SessionView, session_view

LONGEST_PAGE = 200


_PEOPLE = [selectinload(named) for named in (
    t.Session.chair_point, t.Session.chair_user, t.Session.deputy_user, t.Session.secretary_user, t.Session.booked_by,
    t.Session.on_behalf_of)]
"""Loaded with the page, not one by one."""


@dataclass(frozen=True)
class SessionFilter:
    """What to list. A session is between ``from_at`` and ``to_at`` when any part of its plan is."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    statuses: tuple[str, ...] = ()
    kind: str | None = None
    point: str | None = None  # slug
    q: str = ""  # every word occurs in title, description or number
    public: bool | None = None
    mine: bool = False  # booked, chaired, deputised or kept by the reader, or the reader's points are invited
    newest_first: bool = False


@dataclass(frozen=True)
class SessionPage:
    """Part of a list; ``next`` is the cursor of the following part, None at the end."""

    items: tuple[SessionView, ...]
    next: str | None


def list_sessions(house: House, actor: Actor, wanted: SessionFilter | None = None, cursor: str | None = None,
                  limit: int = 50) -> SessionPage:
    """The sessions this reader may see, by start. Raises Invalid for a cursor that this list did not give."""
    wanted = wanted or SessionFilter()
    limit = max(1, min(limit, LONGEST_PAGE))
    query = _filtered(visible(actor, house.clock.now()), actor, wanted)
    query = _after(query, cursor, wanted.newest_first).limit(limit + 1)
    with house.db.read() as db:
        rows = list(db.scalars(query.options(*_PEOPLE)))
        items = tuple(session_view(house, actor, row) for row in rows[:limit])
    return SessionPage(items, _encode(rows[limit - 1]) if len(rows) > limit else None)


def visible(actor: Actor, now: datetime) -> Select[tuple[t.Session]]:
    """The same rule as ``session_views.may_see``, as SQL."""
    query = select(t.Session).where(t.Session.kind.not_in(UNBOOKED))
    if actor.sees_all:
        return query
    shown = or_(t.Session.status != SessionStatus.CANCELLED, t.Session.starts_at > now - CANCELLED_SHOWN)
    return query.where(or_(and_(t.Session.public, shown), _own(actor)))


def _own(actor: Actor) -> ColumnElement[bool]:
    if actor.user_id is None:
        return false()
    user_id = actor.user_id
    named = or_(t.Session.chair_user_id == user_id, t.Session.deputy_user_id == user_id,
                t.Session.secretary_user_id == user_id, t.Session.booked_by_id == user_id,
                t.Session.on_behalf_of_id == user_id)
    if actor.role is not AccountRole.OFFICER or not actor.points:
        return named
    return or_(named, t.Session.invitations.any(t.Invitation.point_id.in_(sorted(actor.points))))


def _filtered(query: Select[tuple[t.Session]], actor: Actor, wanted: SessionFilter) -> Select[tuple[t.Session]]:
    if wanted.from_at is not None:
        query = query.where(t.Session.ends_at > wanted.from_at)
    if wanted.to_at is not None:
        query = query.where(t.Session.starts_at < wanted.to_at)
    if wanted.statuses:
        query = query.where(t.Session.status.in_(wanted.statuses))
    if wanted.kind is not None:
        query = query.where(t.Session.kind == wanted.kind)
    if wanted.public is not None:
        query = query.where(t.Session.public.is_(wanted.public))
    if wanted.mine:
        query = query.where(_own(actor))
    if wanted.point is not None:
        here = t.Invitation.point.has(t.Point.slug == wanted.point.replace("\0", ""))
        query = query.where(t.Session.invitations.any(here))
    for word in wanted.q.replace("\0", "").casefold().split():
        query = query.where(t.Session.search_text.contains(word, autoescape=True))
    return query


def _after(query: Select[tuple[t.Session]], cursor: str | None, newest_first: bool) -> Select[tuple[t.Session]]:
    place = tuple_(t.Session.starts_at, t.Session.id)
    if cursor is not None:
        at, session_id = _decode(cursor)
        query = query.where(place < (at, session_id) if newest_first else place > (at, session_id))
    if newest_first:
        return query.order_by(t.Session.starts_at.desc(), t.Session.id.desc())
    return query.order_by(t.Session.starts_at, t.Session.id)


def _encode(session: t.Session) -> str:
    return base64.urlsafe_b64encode(f"{session.starts_at.isoformat()}|{session.id}".encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[datetime, str]:
    try:
        at, _, session_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition("|")
        moment = datetime.fromisoformat(at).astimezone(UTC)
    except (ValueError, OverflowError, binascii.Error):
        moment, session_id = None, ""
    if moment is None or not storable(session_id):
        raise Invalid(errors=[{"field": "cursor", "message": "This cursor is not known. Start from the first page."}])
    return moment, session_id
